/** The policy pack in previews: which one, what it says, and what it refuses. */
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PolicyPack } from "./engine/engine";
import type { Finding } from "./engine/finding";
import type { Plan } from "./engine/plan";
import { RunnerError } from "./failure";
import type { Report } from "./message";

/** Options of operations that preview. */
export interface PolicyOptions {
  /** Judges previews by a policy pack; a mandatory finding stops the operation before anything is changed. Default: none does. */
  readonly policy?: PolicyPack | undefined;
}

/**
 * The policy pack of a project: its own folder `policy`, else this package's.
 *
 * @param config JSON file with levels and parameters of rules.
 * @throws RunnerError (`input.unreadable`) when there is no such file.
 */
export async function policyPackOf(project: string, config?: string): Promise<PolicyPack> {
  const own = join(project, "policy");
  const folder = (await isThere(join(own, "PulumiPolicy.yaml"))) ? own : resolve(__dirname, "..", "policy");
  if (config === undefined) return { folder };
  if (!(await isThere(config)))
    throw new RunnerError(
      "input.unreadable",
      "input",
      `there is no file ${config}: --policy-config takes a JSON file with rules' levels and parameters, see docs/policy.md`,
    );
  return { folder, config: resolve(config) };
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Tells what the policy pack says of a stack, also when it says nothing. */
export function tellFindings(report: Report, { stack, findings }: Plan): void {
  if (findings !== undefined) report({ code: "policy", stack, findings });
}

/** @throws RunnerError (`policy.refused`) naming each mandatory finding */
export function refuseFindings(...plans: readonly (Plan | undefined)[]): void {
  const refused = plans.flatMap((plan) =>
    (plan?.findings ?? [])
      .filter(({ level }) => level === "mandatory")
      .map((finding) => ({ finding, stack: plan?.stack ?? "" })),
  );
  if (refused.length === 0) return;
  throw new RunnerError(
    "policy.refused",
    "input",
    `the policy pack refuses this, and nothing was changed:\n${refused.map(({ stack, finding }) => `  ${stack}: ${findingText(finding)}`).join("\n")}\ncorrect it, or acknowledge a finding with a reason in policy/acknowledged.yaml`,
  );
}

/** `key-rotation, music-spill-key: the key is not rotated: set enableKeyRotation: true`. */
export function findingText({ rule, resource, text }: Finding): string {
  return `${rule}, ${resource}: ${text}`;
}

/** `2 mandatory, 1 advisory`, or `no findings`. */
export function countsOfFindings(findings: readonly Finding[]): string {
  const counts = (["mandatory", "advisory"] as const)
    .map((level) => ({ level, count: findings.filter((finding) => finding.level === level).length }))
    .filter(({ count }) => count > 0);
  return counts.length === 0
    ? "no findings"
    : counts.map(({ level, count }) => `${count} ${level}`).join(", ");
}
