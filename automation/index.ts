/**
 * The library behind the command `spokes`: each operation takes a context and answers a typed result, reports coded
 * messages while it runs, and throws a RunnerError or InputError that says whose turn it is.
 */
export { openContext, type OpenOptions } from "./open-context";
export type { ActAsQuick, Context } from "./context";
export { asRunnerError, exitCodes, type FailureCode, RunnerError, type Whose } from "./failure";
export type { Message, Report } from "./message";
export { onboard, type Onboarded, type OnboardOptions } from "./onboard";
export { preview, type Previewed, requestNamed } from "./preview";
export { verify, type Verified } from "./verify";
export { type Queried, query, type QueryOptions } from "./query";
export { offboard, type Offboarded, type OffboardOptions } from "./offboard";
export type { Leftovers } from "./leftovers";
export {
  destroyEnvironment,
  type EnvironmentDestroyed,
  type EnvironmentUpdated,
  updateEnvironment,
} from "./environment";
export { bootstrap, type BootstrapOptions, type BootstrapWanted, type WrittenBootstrap } from "./bootstrap";
export { type ListedSpoke, listSpokes, type SpokeStatus, spokeStatus } from "./spokes";
export { spokeNamed, type SpokeName } from "./spoke-name";
export {
  readRequestFile,
  readRequestFlags,
  type RequestFlags,
  type WrittenRequest,
} from "./files/request-file";
export { findProject } from "./files/project";
export type { Change, Operation, Plan } from "./engine/plan";
export { type PolicyOptions, policyPackOf } from "./policy";
export type { PolicyPack } from "./engine/engine";
export type { Finding } from "./engine/finding";
export type { Rung } from "./verify/rung";
