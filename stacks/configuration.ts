/** Where a stack's configuration says what the stack is. */

/** Name of the Pulumi project, which configuration keys begin with. */
export const PROJECT = "athena-spokes";
/** Configuration key of an environment stack. */
export const ENVIRONMENT_KEY = `${PROJECT}:environment`;
/** Configuration key of a spoke stack. */
export const SPOKE_KEY = `${PROJECT}:spoke`;
