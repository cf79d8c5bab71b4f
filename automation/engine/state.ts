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
  /** URN of the component that it is part of. */
  readonly parent?: string;
  readonly protect: boolean;
  /** Replaced or no longer wanted; the update that should have deleted it did not come to that. */
  readonly leaving: boolean;
}

export interface StackState {
  readonly stack: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly KnownResource[];
  /** Operations that were interrupted: `creating role x`. */
  readonly pending: readonly string[];
  /** Resources whose creation was interrupted: each may exist. Undefined when there is none. */
  readonly interrupted?: readonly KnownResource[];
}

interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly provider?: string;
  readonly parent?: string;
  readonly protect?: boolean;
  /** Still to be deleted. */
  readonly delete?: boolean;
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
      ...(resource.parent === undefined ? {} : { parent: resource.parent }),
      protect: resource.protect ?? false,
      leaving: resource.delete ?? false,
    };
  };
  const operations = deployment?.pending_operations ?? [];
  const interrupted = operations
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => known(resource));
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
    ...(interrupted.length === 0 ? {} : { interrupted }),
    pending: operations.map(({ type, resource }) => {
      const { noun, name } = known(resource);
      return `${type} ${noun} ${name}`;
    }),
  };
}

/** Whether the state has a resource of the noun under the name in the account, which is there to stay. */
export function knows(state: StackState | undefined, noun: string, name: string, account: string): boolean {
  return (
    state?.resources.some(
      (resource) =>
        resource.noun === noun && resource.name === name && resource.account === account && !resource.leaving,
    ) ?? false
  );
}

/** Whether the creation of a resource of the noun under the name in the account was interrupted. */
export function isInterrupted(
  state: StackState | undefined,
  noun: string,
  name: string,
  account: string,
): boolean {
  return (
    state?.interrupted?.some(
      (resource) => resource.noun === noun && resource.name === name && resource.account === account,
    ) ?? false
  );
}

/** Whether a resource of the noun under the name in the account is still to be deleted: until then the name is taken. */
export function isLeaving(
  state: StackState | undefined,
  noun: string,
  name: string,
  account: string,
): boolean {
  return (
    state?.resources.some(
      (resource) =>
        resource.noun === noun && resource.name === name && resource.account === account && resource.leaving,
    ) ?? false
  );
}
