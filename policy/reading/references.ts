/** Which resource of a stack a property of another means. */
import { UnknownProperty } from "../frame/properties";
import type { Stack, StackResource } from "../frame/resource";

/** Whether a property of one resource names another, by its value or, while that is unknown, by where it comes from. */
export function refersTo(
  from: StackResource,
  property: string,
  to: StackResource,
  ...names: readonly string[]
): boolean {
  const isSource = () => from.sourcesOf(property.split(".")[0] ?? "").includes(to.urn);
  const value = knownText(from, property);
  if (value === undefined) return isSource();
  const known = names.map((name) => knownText(to, name));
  return known.includes(value) || (known.every((name) => name === undefined) && isSource());
}

/** A text of the inputs, or of the outputs; undefined when it is absent or unknown. */
export function knownText({ inputs, outputs }: StackResource, property: string): string | undefined {
  for (const properties of [inputs, outputs])
    try {
      const value = properties.text(property);
      if (value !== undefined) return value;
    } catch (error) {
      if (!(error instanceof UnknownProperty)) throw error;
    }
  return undefined;
}

/**
 * What a property names: its text or, while that is unknown, the resource of the stack that it comes from.
 *
 * @throws UnknownProperty when it is unknown and comes from no resource of the stack.
 */
export function knownOrSource(
  resource: StackResource,
  property: string,
  stack: Stack,
): string | StackResource | undefined {
  try {
    return resource.inputs.text(property);
  } catch (error) {
    if (!(error instanceof UnknownProperty)) throw error;
    const [source, ...others] = resource.sourcesOf(property.split(".")[0] ?? "");
    const found = stack.resources.find(({ urn }) => urn === source);
    // With several sources nobody can tell which one the property is.
    if (found === undefined || others.length > 0) throw error;
    return found;
  }
}
