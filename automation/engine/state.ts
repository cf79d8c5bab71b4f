/** A stack's state as the engine exports it: what the stack knows of, and what was interrupted. */
import { nounOf, physicalName } from "./words";
import { accountOfProvider, nameOfUrn, providerUrn } from "./plan";

/** One resource in a state. */
export interface KnownResource {
  readonly urn: string;
  readonly type: string;
  readonly noun: string;
  readonly id: string;
  /** The name in AWS where it has one, else the program's. */
  readonly name: string;
  readonly account: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

export interface StackState {
  readonly stack: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly KnownResource[];
  /** Operations that were interrupted: `creating role x`. */
  readonly pending: readonly string[];
}

interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly provider?: string;
  readonly protect?: boolean;
  /** Deleted already, to be made anew by the next update. */
  readonly pendingReplacement?: boolean;
}

interface Exported {
  readonly deployment?: {
    readonly resources?: readonly ExportedResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: ExportedResource }[];
  };
}

/** Reads `pulumi stack export`. */
export function readState(stack: string, exported: string): StackState {
  const { deployment } = JSON.parse(exported) as Exported;
  const resources = deployment?.resources ?? [];
  const accounts = new Map(
    resources
      .filter((resource) => resource.type.startsWith("pulumi:providers:"))
      .map((resource) => [resource.urn, accountOfProvider(resource.inputs ?? {})]),
  );
  const known = (resource: ExportedResource): KnownResource => {
    const inputs = resource.inputs ?? {};
    return {
      urn: resource.urn,
      type: resource.type,
      noun: nounOf(resource.type, inputs),
      id: resource.id ?? "",
      name: physicalName(inputs) ?? nameOfUrn(resource.urn),
      account: accounts.get(providerUrn(resource.provider ?? "")),
      inputs,
      protect: resource.protect ?? false,
    };
  };
  return {
    stack,
    outputs: resources.find((resource) => resource.type === "pulumi:pulumi:Stack")?.outputs ?? {},
    resources: resources
      .filter(
        (resource) =>
          resource.custom === true &&
          resource.pendingReplacement !== true &&
          !resource.type.startsWith("pulumi:"),
      )
      .map(known),
    pending: (deployment?.pending_operations ?? []).map(({ type, resource }) => {
      const { noun, name } = known(resource);
      return `${type} ${noun} ${name}`;
    }),
  };
}

/** Whether the state has a resource of the noun under the name. */
export function knows(state: StackState | undefined, noun: string, name: string): boolean {
  return state?.resources.some((resource) => resource.noun === noun && resource.name === name) ?? false;
}
