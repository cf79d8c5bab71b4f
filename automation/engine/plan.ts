/** What a run of the engine does or would do, in words people use, read from the engine's events. */
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events";
import type { Finding } from "./finding";
import { nounOf, physicalName } from "./words";

/** What happens to a resource. */
export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** One resource with what happens to it. */
export interface Change {
  readonly operation: Operation;
  /** `role`, `workgroup`, `bucket policy`... */
  readonly noun: string;
  /** The name in AWS where it has one, else the program's. */
  readonly name: string;
  readonly urn: string;
  /** Type token: `aws:iam/role:Role`. */
  readonly type: string;
  /** The account it lives in; undefined when its provider tells none. */
  readonly account: string | undefined;
  /** Properties that change, for an update or replacement. */
  readonly properties: readonly string[];
  /** The engine lets it go without deleting it. */
  readonly kept: boolean;
}

/** A resource as a run leaves it, changed or not. */
export interface PlannedResource extends Pick<Change, "urn" | "type" | "account"> {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Its id in AWS; undefined before it exists. */
  readonly id: string | undefined;
  /** URN of the component that it is part of. */
  readonly parent: string | undefined;
}

/** The changes of one stack. */
export interface Plan {
  readonly stack: string;
  readonly changes: readonly Change[];
  /** What the policy pack says of the stack; undefined when none was asked. */
  readonly findings?: readonly Finding[];
}

/** Whether the plan changes anything. */
export function changesAnything(plan: Plan): boolean {
  return plan.changes.length > 0;
}

/** `3 to create, 1 to update`, or `nothing to change`. */
export function countsOf(plan: Plan): string {
  const kept = plan.changes.filter((change) => change.kept).length;
  const counts = [
    ...(["create", "update", "replace", "delete"] as const).map((operation) => ({
      verb: operation,
      count: plan.changes.filter((change) => change.operation === operation && !change.kept).length,
    })),
    { verb: "keep", count: kept },
  ].filter(({ count }) => count > 0);
  return counts.length === 0
    ? "nothing to change"
    : counts.map(({ verb, count }) => `${count} to ${verb}`).join(", ");
}

/** `3 created, 1 updated`, or `nothing changed`. */
export function countsDone(plan: Plan): string {
  return changesAnything(plan)
    ? countsOf(plan)
        .replace(/ to (create|update|replace|delete)/g, " $1d")
        .replace(" to keep", " kept")
    : "nothing changed";
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  create: "create",
  update: "update",
  delete: "delete",
  same: "same",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  import: "create",
  "import-replacement": "replace",
  discard: "delete",
  "discard-replaced": "delete",
};

/** Reads the events of one run. Feed it every event, then ask. */
export class EventReader {
  readonly #stack: string;
  /** Provider's URN -> account. */
  readonly #accounts = new Map<string, string>();
  /** Resource's URN -> account, for runs in which providers are not heard of. */
  readonly #expected: ReadonlyMap<string, string | undefined>;
  readonly #changes = new Map<string, Change>();
  readonly #resources = new Map<string, PlannedResource>();
  #outputs: Readonly<Record<string, unknown>> | undefined;

  /** @param expected what the run was planned to do; a destroy's events do not tell the providers. */
  constructor(stack: string, expected?: Plan) {
    this.#stack = stack;
    this.#expected = new Map(expected?.changes.map(({ urn, account }) => [urn, account]));
  }

  /** What the event says of a resource; undefined for events about nothing that people know as a resource. */
  change(metadata: StepEventMetadata): Change | undefined {
    if (metadata.type.startsWith("pulumi:providers:")) this.#noteProvider(metadata);
    const state = metadata.new ?? metadata.old;
    const operation = OPERATIONS[metadata.op];
    // Components, the stack itself and providers are the program's own structure, nothing that exists in AWS.
    if (operation === undefined || state?.custom !== true || metadata.type.startsWith("pulumi:"))
      return undefined;
    const inputs = state.inputs as Record<string, unknown> | undefined;
    return {
      operation,
      noun: nounOf(metadata.type, inputs ?? {}),
      name: physicalName(inputs ?? {}) ?? nameOfUrn(metadata.urn),
      urn: metadata.urn,
      type: metadata.type,
      account: this.#accounts.get(providerUrn(state.provider)) ?? this.#expected.get(metadata.urn),
      properties: metadata.diffs ?? [],
      kept: operation === "delete" && state.retainOnDelete === true,
    };
  }

  /** Notes an event. */
  read(event: EngineEvent): void {
    const metadata = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
    if (metadata === undefined) return;
    if (metadata.type === "pulumi:pulumi:Stack") {
      const outputs = metadata.new?.outputs;
      if (event.resOutputsEvent !== undefined && outputs !== undefined)
        this.#outputs = outputs as Record<string, unknown>;
      return;
    }
    const change = this.change(metadata);
    if (change === undefined) return;
    // A replacement comes as several steps; the one that deletes the old tells nothing new.
    if (metadata.new !== undefined && change.operation !== "delete") {
      const { urn, type, account } = change;
      const { id, parent } = metadata.new;
      const inputs = metadata.new.inputs as Record<string, unknown> | undefined;
      this.#resources.set(urn, {
        urn,
        type,
        account,
        inputs: inputs ?? {},
        id: id === "" ? undefined : id,
        parent,
      });
    }
    if (change.operation === "same") return;
    // A replacement comes as several steps; it is shown once, as what it is.
    const known = this.#changes.get(change.urn);
    if (known === undefined || change.operation === "replace") this.#changes.set(change.urn, change);
  }

  get plan(): Plan {
    return { stack: this.#stack, changes: [...this.#changes.values()] };
  }

  /** What there will be, or is, when the run is over. */
  get resources(): readonly PlannedResource[] {
    return [...this.#resources.values()];
  }

  /** The stack's outputs as the engine told them at the end; secrets are not among them. */
  get outputs(): Readonly<Record<string, unknown>> {
    return this.#outputs ?? {};
  }

  #noteProvider({ urn, new: now, old }: StepEventMetadata): void {
    const account = accountOfProvider(((now ?? old)?.inputs ?? {}) as Record<string, unknown>);
    if (account !== undefined) this.#accounts.set(urn, account);
  }
}

/** The one account that a provider may call, from its inputs (the engine hands lists over as JSON text). */
export function accountOfProvider(inputs: Readonly<Record<string, unknown>>): string | undefined {
  const { allowedAccountIds } = inputs;
  const ids: unknown =
    typeof allowedAccountIds === "string" ? JSON.parse(allowedAccountIds) : allowedAccountIds;
  return Array.isArray(ids) && typeof ids[0] === "string" ? ids[0] : undefined;
}

/** `urn:...::name::id` of a provider reference -> its URN. */
export function providerUrn(reference: string): string {
  return reference.slice(0, Math.max(0, reference.lastIndexOf("::")));
}

/** The program's name in a URN. */
export function nameOfUrn(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
