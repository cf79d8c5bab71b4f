/** The proof: policies as they were found, held to the access matrix. Pure. */
export { combined } from "./proof/found";
export type { FoundDocument, FoundPolicies, FoundThing, Unplaced } from "./proof/found";
export { prove } from "./proof/prove";
export type { Outcome, Proof, ProvenCheck, ProvenRow } from "./proof/prove";
export { differences } from "./proof/difference";
export type { AccessChange } from "./proof/difference";
