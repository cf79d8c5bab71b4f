/** What onboarding would do, and nothing more. */
import type { Context } from "./context";
import type { Plan } from "./engine/plan";
import { RunnerError } from "./failure";
import { SPOKE_KEY } from "../stacks/configuration";
import { readStackFile } from "./files/stack-file";
import { isRequestFile, readRequestFile, type WrittenRequest } from "./files/request-file";
import { parseYaml } from "./files/yaml-file";
import { readRequest } from "../access/request";
import type { Side } from "../access/side";
import { planOnboarding, type PlanOptions } from "./onboarding-plan";
import { refuseFindings } from "./policy";
import { type ProofOptions, provePlan, refuseUnproved } from "./proof";
import type { ShownProof } from "./proof/shown";
import { spokeNamed, unknownSpoke } from "./spoke-name";

export interface Previewed {
  readonly stack: string;
  /** Undefined when the environment need not be updated. */
  readonly environment: Plan | undefined;
  readonly spoke: Plan;
  /** Where it was asked for. */
  readonly proof?: ShownProof;
}

export interface PreviewOptions extends PlanOptions {
  /** Proves the access as planned; undefined for none. */
  readonly proof?: ProofOptions;
}

/**
 * Plans an onboarding and puts everything back.
 *
 * @throws InputError, RunnerError; when all has been told, `policy.refused` for a mandatory finding,
 * `proof.failed` when access would not be as it must be.
 */
export async function preview(
  context: Context,
  written: WrittenRequest,
  options: PreviewOptions = {},
): Promise<Previewed> {
  const plan = await planOnboarding(context, written, options);
  const { stack, side, environmentPlan, spokePlan, undo } = plan;
  let proof: ShownProof | undefined;
  try {
    if (options.proof !== undefined) proof = await provePlan(context, plan, options.proof);
  } finally {
    await undo();
  }
  refuseFindings(environmentPlan, spokePlan);
  if (proof !== undefined) refuseUnproved(stack, proof, "input", side);
  return { stack, environment: environmentPlan, spoke: spokePlan, ...(proof === undefined ? {} : { proof }) };
}

/**
 * The request that is meant: a file's, or the configured one of a spoke, or of one side of it.
 *
 * @param written `request.yaml`, `dev-sales`, or `sales` with its environment, `dev-sales--hub`.
 * @param side of the spoke, where the name does not say it.
 */
export async function requestNamed(
  project: string,
  written: string,
  environment?: string,
  side?: Side,
): Promise<{ readonly request: WrittenRequest; readonly side?: Side | undefined }> {
  if (isRequestFile(written) || written.includes("/"))
    return { request: await readRequestFile(written, project), side };
  const name = await spokeNamed(project, written, environment, side);
  const file = await readStackFile(project, name.stack);
  const value = file.value(SPOKE_KEY);
  if (value === undefined) throw await unknownSpoke(project, name);
  const { document } = parseYaml("{}", file.path);
  document.contents = document.createNode(value);
  const request = readRequest(value, file.path);
  return {
    request: { source: file.path, request, document, text: undefined },
    side: name.side,
  };
}

/** The error for a command that was given both a file and flags, or neither. */
export function ambiguousRequest(): RunnerError {
  return new RunnerError(
    "input.invalid",
    "input",
    "say what to onboard once: a request file, or the flags --spoke, --environment, --account and --region",
  );
}
