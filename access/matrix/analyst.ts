/** The analyst: a role or a user for the spoke account's own people, who query what Quick queries and nothing else (R28-R33). */
import { principalArn, roleArn } from "../arn";
import { analystOf, isUser } from "../names";
import type { SpokeRequest } from "../request";
import { administratorOf, type Cast } from "./cast";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Expectation,
  type Party,
  requests,
  role,
  rootUser,
  rowWriter,
  service,
  type Thing,
} from "./expectation";
import { EVERYTHING, querying } from "./querying";

/** Nothing when the request asks for no analyst. */
export function analyst(cast: Cast, request: SpokeRequest): { things: Thing[]; rows: Expectation[] } {
  const { environment, region } = cast;
  const principal = analystOf(request, environment);
  if (principal === undefined) return { things: [], rows: [] };
  const { account } = request;
  const at = principalArn(region, account, principal);
  const kind = isUser(principal) ? "user" : "role";
  const thing: Thing = { kind, arn: at, account, words: "the analyst", madeBy: "spoke" };
  const queries = querying(cast, request, {
    party: role("the analyst", at),
    id: "analyst",
    principal,
    thing,
    does: {
      ...EVERYTHING,
      lists: ["athena:ListDataCatalogs", "athena:ListEngineVersions", "athena:ListWorkGroups"],
    },
  });
  return {
    things: [thing],
    rows: isUser(principal)
      ? [userItself(request, thing), ...queries]
      : [...trust(cast, request, at), ...queries],
  };
}

/** A user is nobody's to become: who has its password or keys is it. What it may not, is to make itself more (R28). */
function userItself({ region, account }: SpokeRequest, thing: Thing): Expectation {
  const { mayNot } = rowWriter("analyst/user", ["R28"]);
  return mayNot(
    "iam",
    role("the analyst", thing.arn),
    "make keys or change itself",
    requests(
      region,
      [
        "iam:CreateAccessKey",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
        "iam:DeleteUserPermissionsBoundary",
      ],
      [thing.arn],
      { resourceAccount: account },
    ),
  );
}

function trust(cast: Cast, { account }: SpokeRequest, at: string): Expectation[] {
  const { region } = cast;
  const { may, mayNot } = rowWriter("analyst/trust", ["R28"]);
  const assume = (action = "sts:AssumeRole") =>
    requests(region, [action], [at], {
      resourceAccount: account,
      policies: { at },
      bound: { principals: accountPrincipals(region, account) },
    });
  const others: [string, Party][] = [
    ["role-a", cast.unboundRoleA],
    ["hub-administrator", cast.hubAdministrator],
    ["neighbour", cast.neighbourAdministrator],
    ["neighbours-analyst", cast.neighbourAnalyst],
    ["stranger", cast.strangerAdministrator],
    ["own-root", rootUser("the spoke's root user", account)],
    ["quick", service("quicksight.amazonaws.com")],
    ["athena", service("athena.amazonaws.com")],
    ["anybody", anybody],
  ];
  return [
    may(
      "own-account",
      administratorOf(region, "somebody whom the spoke's account lets", account),
      "become the analyst",
      assume(),
    ),
    mayNot(
      "own-account-without-rights",
      // Nothing is attached to it: the trust alone must not be enough.
      {
        ...administrator("a role of the spoke without rights", roleArn(region, account, "Nobody")),
        policies: "none",
      },
      "become the analyst",
      assume(),
    ),
    ...others
      // A hub that is a spoke as well has the rights of its own account.
      .filter(([, { caller }]) => caller.type !== "role" || !caller.arn.includes(`::${account}:`))
      .map(([id, party]) => mayNot(`nobody-else/${id}`, party, "become the analyst", assume())),
  ];
}
