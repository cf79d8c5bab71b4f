/** What a role of `spokes bootstrap` is there for, thing by thing, and the words in which that is written. */
import { roleArn } from "../../arn";
import { actionsOf, takesResource } from "../../evaluate/service-table";
import type { ContextKeys } from "../../evaluate";
import type { Cast } from "../cast";
import { type Check, type Expectation, type Party, requests, rowWriter, type Thing } from "../expectation";

/** A role or a boundary of an account, and those for whom its rows speak. */
export interface Holder {
  readonly cast: Cast;
  readonly account: string;
  readonly thing: Thing;
  /** Whom its policies speak for: the role itself, or whoever is made under the boundary. */
  readonly party: Party;
  /** What its rows' ids begin with. */
  readonly id: string;
}

/** Things of one kind that a role handles in one way. */
export interface Duty {
  readonly id: string;
  readonly words: string;
  /** Actions that it cannot do without. It has no others. */
  readonly needs: readonly string[];
  /** One of each thing -> what statements may call it; a duty about nothing is none. */
  readonly on: Readonly<Record<string, string | readonly string[]>>;
  /** What its requests come with. */
  readonly given?: ContextKeys;
  /** What its statements have to be bounded by: lower-case context key -> value patterns. */
  readonly bound?: Readonly<Record<string, readonly string[]>>;
}

/** Rows for each duty, and that there is nothing else. */
export function dutiesOf(holder: Holder, duties: readonly Duty[]): Expectation[] {
  const { cast, account, party, thing, id } = holder;
  const { may, nothingElse } = rowWriter(id, ["R53", "R70"]);
  const ask = (actions: readonly string[], { on, given = {}, bound = {} }: Duty): Check[] => {
    const asked = (action: string, resource: string, patterns: readonly string[]) =>
      requests(cast.region, [action], [resource], {
        resourceAccount: ownerOf(resource) ?? account,
        // IAM's own things have no policies of others.
        policies: action.startsWith("iam:") ? "none" : "open",
        context: given,
        bound: { identity: bound, resources: patterns },
      });
    return actions.flatMap((action) =>
      Object.entries(on)
        .filter(([sample]) => takes(action, sample))
        .flatMap(([sample, pattern]) => asked(action, sample, [pattern].flat())),
    );
  };
  return [
    ...duties
      .filter(({ on }) => Object.keys(on).length > 0)
      .map((duty) => may(duty.id, party, duty.words, ask(duty.needs, duty))),
    nothingElse(thing),
  ];
}

function ownerOf(resource: string): string | undefined {
  const owner = resource.split(":")[4];
  return owner === "" || owner === "aws" ? undefined : owner;
}

function takes(action: string, resource: string): boolean {
  const [service = "", name = ""] = action.toLowerCase().split(":");
  const known = actionsOf(service)?.get(name);
  if (known === undefined) throw new Error(`unknown action ${action}`);
  return known.resources.length === 0 ? resource === "*" : takesResource(known, resource);
}

/** What actions that take no resource are about. */
export const WITHOUT_RESOURCE: Duty["on"] = { "*": "*" };

/** Things that are called by their very names. */
export function exactly(arns: readonly string[]): Record<string, string> {
  return Object.fromEntries(arns.map((each) => [each, each]));
}

/** Things by pattern, of which one is looked at for each: in any account in the one given. */
export function like(patterns: readonly string[], anyAccount = ""): Record<string, string> {
  return Object.fromEntries(
    patterns.map((each) => [
      each.replace(":*:", `:${anyAccount}:`).replaceAll("*", "proof").replaceAll("?", "1"),
      each,
    ]),
  );
}

const ATTACHING = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"];

/**
 * No way to more rights than the role has: not by roles that it makes without the boundary, not by its own documents, not
 * by what others hand on.
 *
 * @param made names of the roles that it makes; none for a role that makes none.
 * @param own names of the account's roles of bootstrap.
 */
export function noEscalation(
  { cast, account, party, id }: Holder,
  { made, boundary, own }: { made: readonly string[]; boundary: string; own: readonly string[] },
): Expectation[] {
  const { region } = cast;
  const { mayNot } = rowWriter(`${id}/no-way-up`, ["R53", "R70"]);
  const role = (name: string) => roleArn(region, account, name);
  const ask = (actions: readonly string[], resources: readonly string[], context: ContextKeys = {}) =>
    requests(region, actions, resources, { resourceAccount: account, context });
  const WRITES = ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"];
  const CHANGES = ["iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:UpdateRole"];
  const administrator = `arn:${region.startsWith("cn-") ? "aws-cn" : "aws"}:iam::aws:policy/AdministratorAccess`;
  return [
    ...(made.length === 0
      ? []
      : [
          mayNot("without-boundary", party, "make roles without the boundary, or under another", [
            ...ask(WRITES, made.map(role)),
            ...ask(WRITES, made.map(role), { "iam:PermissionsBoundary": administrator }),
          ]),
          mayNot(
            "foreign-roles",
            party,
            "say who becomes a role of the account's own that has such a name, bring it under the boundary, or take it away",
            [
              ...ask(CHANGES, made.map(role)),
              ...ask(CHANGES, made.map(role), { "iam:PermissionsBoundary": administrator }),
              ...ask(["iam:PutRolePermissionsBoundary"], made.map(role), {
                "iam:PermissionsBoundary": boundary,
              }),
            ],
          ),
          mayNot("free-roles", party, "free roles of their boundary, or attach policies of others to them", [
            ...ask(["iam:DeleteRolePermissionsBoundary"], made.map(role)),
            ...ask(ATTACHING, made.map(role), {
              "iam:PermissionsBoundary": boundary,
              "iam:PolicyARN": administrator,
            }),
          ]),
        ]),
    mayNot(
      "other-roles",
      party,
      "make, change or hand on other roles, and its own least of all",
      ["Administrator", ...own].flatMap((name) =>
        ask(
          [...WRITES, ...ATTACHING, "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:PassRole"],
          [role(name)],
          {
            "iam:PermissionsBoundary": boundary,
            "iam:PolicyARN": administrator,
            "iam:PassedToService": "lambda.amazonaws.com",
          },
        ),
      ),
    ),
    mayNot("boundary", party, "change the boundary", [
      ...ask(
        [
          "iam:CreatePolicyVersion",
          "iam:SetDefaultPolicyVersion",
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
        ],
        [boundary],
      ),
    ]),
    mayNot(
      "users",
      party,
      "make users or their keys",
      ask(
        ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:PutUserPolicy"],
        [role("any").replace(":role/", ":user/")],
      ),
    ),
    mayNot(
      "assume",
      party,
      "become another role, even one that lets it in",
      [...new Set([account, cast.hub, cast.neighbour])].flatMap((each) =>
        requests(region, ["sts:AssumeRole"], [roleArn(region, each, "Administrator")], {
          resourceAccount: each,
          policies: "open",
        }),
      ),
    ),
  ];
}
