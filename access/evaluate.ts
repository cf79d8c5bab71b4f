/**
 * Who may do what: the project's one IAM policy evaluator.
 *
 * Pure and strict. It decides one request against the policies that apply to it, by AWS's rules ("Policy evaluation
 * logic", IAM user guide), and refuses what it does not understand: a document with an unknown operator, element or
 * principal form is an error that names the place, never a guess.
 *
 * One request is one action on one resource. A call that touches several (Glue: catalog, database and table) is several
 * requests; a chain of roles is one request a hop.
 */
export { decide } from "./evaluate/decide";
export { denialMessage } from "./evaluate/denial-message";
export { validateDocument } from "./evaluate/document-reader";
export { PolicyError, RequestError } from "./evaluate/faults";
export type { Fault } from "./evaluate/faults";
export type { DocumentKind, NamedPolicy, Policies, KeyGrant } from "./evaluate/policies";
export type { AccessRequest, Caller, ContextKeys, Tags } from "./evaluate/request";
export type { Decision, PolicyType, Reason } from "./evaluate/decision";
