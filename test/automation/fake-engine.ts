/** An engine in memory: stacks are made, updated and destroyed by a script that each spec writes. */
import type {
  Engine,
  PreviewOptions,
  StackSummary,
  UpOptions,
  Updated,
} from "../../automation/engine/engine";
import type { Finding } from "../../automation/engine/finding";
import type { Change, Plan, PlannedResource } from "../../automation/engine/plan";
import type { KnownResource, StackState } from "../../automation/engine/state";

export function changeOf(
  noun: string,
  name: string,
  account: string,
  operation: Change["operation"] = "create",
): Change {
  return {
    operation,
    noun,
    name,
    urn: `urn:pulumi:s::athena-spokes::x::${name}`,
    type: "aws:x/y:Z",
    account,
    properties: [],
    kept: false,
  };
}

export function resourceOf(
  noun: string,
  name: string,
  account: string,
  inputs: Record<string, unknown> = {},
): KnownResource {
  return {
    urn: `urn:${noun}:${name}`,
    type: "aws:x/y:Z",
    noun,
    id: name,
    name,
    account,
    inputs,
    protect: false,
    leaving: false,
  };
}

export class FakeEngine implements Engine {
  readonly states = new Map<string, StackState>();
  /** What a preview of the stack shows. */
  readonly plans = new Map<string, readonly Change[]>();
  /** What a preview of the stack says would be there, changed or not. */
  readonly resources = new Map<string, readonly PlannedResource[]>();
  /** What a policy pack says of the stack, where a preview is given one. */
  readonly findings = new Map<string, readonly Finding[]>();
  /** What an update of the stack leaves; may throw. */
  readonly updates = new Map<string, () => Omit<StackState, "stack">>();
  /** Every call that changes something, in order. */
  readonly calls: string[] = [];
  previewFailure: Error | undefined;
  /** Takes from the cloud in memory what a destroy deletes. */
  onDestroy: (plan: Plan) => void = () => undefined;

  state(stack: string): Promise<StackState | undefined> {
    return Promise.resolve(this.states.get(stack));
  }
  stacks(): Promise<readonly StackSummary[]> {
    return Promise.resolve(
      [...this.states.keys()].sort().map((name) => ({ name, lastUpdate: undefined, updating: false })),
    );
  }
  prepare(): void {
    // Nothing to load.
  }
  create(stack: string): Promise<boolean> {
    if (this.states.has(stack)) return Promise.resolve(false);
    this.calls.push(`create ${stack}`);
    this.states.set(stack, { stack, outputs: {}, resources: [], pending: [] });
    return Promise.resolve(true);
  }
  remove(stack: string): Promise<void> {
    this.calls.push(`remove ${stack}`);
    this.states.delete(stack);
    return Promise.resolve();
  }
  preview(stack: string, options: PreviewOptions = {}): Promise<Plan> {
    if (this.previewFailure !== undefined) return Promise.reject(this.previewFailure);
    const replaced = (options.replace ?? []).map((urn) => changeOf("Quick data source", urn, "", "replace"));
    options.onResources?.(this.resources.get(stack) ?? []);
    return Promise.resolve({
      stack,
      changes: [...(this.plans.get(stack) ?? []), ...replaced],
      ...(options.policy === undefined ? {} : { findings: this.findings.get(stack) ?? [] }),
    });
  }
  async up(stack: string, options: UpOptions = {}): Promise<Updated> {
    this.calls.push(`up ${stack}${(options.replace ?? []).length > 0 ? " --replace" : ""}`);
    await Promise.resolve();
    const state = { stack, ...(this.updates.get(stack)?.() ?? { outputs: {}, resources: [], pending: [] }) };
    this.states.set(stack, state);
    const changes = this.plans.get(stack) ?? [];
    this.plans.delete(stack);
    return { plan: { stack, changes }, outputs: state.outputs };
  }
  destroy(stack: string, plan: Plan): Promise<Plan> {
    this.calls.push(`destroy ${stack}`);
    this.onDestroy(plan);
    return Promise.resolve(plan);
  }
  adopt(stack: string, ids: ReadonlyMap<string, string>): Promise<void> {
    this.calls.push(`adopt ${stack} ${[...ids.values()].join(" ")}`);
    return Promise.resolve();
  }
  unprotect(stack: string): Promise<void> {
    this.calls.push(`unprotect ${stack}`);
    return Promise.resolve();
  }
  keep(stack: string, urns: readonly string[]): Promise<void> {
    this.calls.push(`keep ${stack} ${urns.join(" ")}`);
    return Promise.resolve();
  }
}
