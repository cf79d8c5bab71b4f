import { createRequire } from "node:module";
import type { NamedPolicy } from "../../access/evaluate";
import { type Case, accountOf } from "../access/evaluate/random-case";

/** What @cloud-copilot/iam-simulate takes and gives, as far as it is asked here. */
interface Simulate {
  readonly runSimulation: (
    simulation: object,
    options: { simulationMode: "Strict" },
  ) => Promise<SimulationResult>;
  readonly anonymousPrincipal: object;
}
type SimulationResult =
  | { readonly resultType: "error"; readonly errors: unknown }
  | {
      readonly resultType: "single" | "wildcard";
      readonly overallResult: "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";
    };

const decisions = {
  Allowed: "allowed",
  ExplicitlyDenied: "explicit-deny",
  ImplicitlyDenied: "implicit-deny",
} as const;

let simulate: Simulate | undefined;

/** Loaded by hand: the project's own type check runs without the oracle installed. */
function loaded(): Simulate {
  try {
    return (simulate ??= createRequire(__filename)("@cloud-copilot/iam-simulate") as Simulate);
  } catch (cause) {
    throw new Error("the oracle is not installed: npm test installs it", { cause });
  }
}

/**
 * The oracle's decision.
 *
 * @throws Error when the oracle finds the case unsound, or is not installed.
 */
export async function oracleDecides({
  request,
  policies,
}: Case): Promise<"allowed" | "explicit-deny" | "implicit-deny"> {
  const level = (list: readonly NamedPolicy[], n: number): object => ({
    orgIdentifier: `level-${n}`,
    policies: list.map(asTheirs),
  });
  const service = request.caller.type === "service";
  const result = await loaded().runSimulation(
    {
      request: {
        principal: principalOf(request.caller),
        action: request.action,
        resource: { resource: request.resource, accountId: request.resourceAccount },
        contextVariables: contextOf({ request, policies }),
      },
      identityPolicies: (policies.identity ?? []).map(asTheirs),
      ...(policies.boundary && { permissionBoundaryPolicies: [asTheirs(policies.boundary)] }),
      ...(policies.session?.[0] && { sessionPolicy: policies.session[0].document }),
      ...(policies.resource && { resourcePolicy: policies.resource.document }),
      // AWS does not apply them to services, the oracle would
      serviceControlPolicies: service ? [] : (policies.serviceControl ?? []).map(level),
      resourceControlPolicies:
        policies.resourceControl === undefined ? [] : [level(policies.resourceControl, 0)],
    },
    { simulationMode: "Strict" },
  );
  if (result.resultType === "error") throw new Error(`the oracle refuses: ${JSON.stringify(result.errors)}`);
  return decisions[result.overallResult];
}

function asTheirs({ name, document }: NamedPolicy): { name: string; policy: unknown } {
  return { name, policy: document };
}

function principalOf(caller: Case["request"]["caller"]): string | object {
  switch (caller.type) {
    case "user":
      return caller.arn;
    case "role":
      return (
        caller.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") +
        `/${caller.session ?? "none"}`
      );
    case "root":
      return `arn:aws:iam::${caller.account}:root`;
    case "service":
      return caller.name;
    case "anonymous":
      return loaded().anonymousPrincipal;
  }
}

/** The oracle fills in no key that AWS fills in; written out here again, so that ours is not its own judge. */
function contextOf({ request }: Case): Record<string, string | string[]> {
  const { caller, organizationOf, resourceAccount = "" } = request;
  const account = accountOf(caller);
  const known: Record<string, string | readonly string[] | undefined> = {
    ...request.context,
    "aws:PrincipalAccount": caller.type === "anonymous" ? "anonymous" : account,
    "aws:PrincipalOrgID": account === undefined ? undefined : organizationOf?.(account),
    "aws:ResourceAccount": resourceAccount,
    "aws:ResourceOrgID": organizationOf?.(resourceAccount),
    "aws:ViaAWSService":
      request.context?.["aws:ViaAWSService"] ?? String((request.context?.["aws:CalledVia"]?.length ?? 0) > 0),
    "aws:PrincipalIsAWSService": caller.type === "anonymous" ? undefined : String(caller.type === "service"),
    "aws:PrincipalType": {
      user: "User",
      role: "AssumedRole",
      root: "Account",
      anonymous: "Anonymous",
      service: undefined,
    }[caller.type],
    "aws:PrincipalServiceName": caller.type === "service" ? caller.name : undefined,
    "aws:username": caller.type === "user" ? caller.arn.split("/").at(-1) : undefined,
    "aws:PrincipalArn":
      caller.type === "user" || caller.type === "role"
        ? caller.arn
        : caller.type === "root"
          ? `arn:aws:iam::${caller.account}:root`
          : undefined,
  };
  const tags = caller.type === "user" || caller.type === "role" ? (caller.tags ?? {}) : {};
  for (const [key, value] of Object.entries(tags)) known[`aws:PrincipalTag/${key}`] = value;
  const context: Record<string, string | string[]> = {};
  for (const [key, value] of Object.entries(known)) {
    if (value !== undefined) context[key] = typeof value === "string" ? value : [...value];
  }
  return context;
}
