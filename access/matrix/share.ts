/** The roles in a spoke by which producers register catalogs there (R14-R16, R30, C1, C26). */
import { arn, roleArn } from "../arn";
import type { SpokeRequest } from "../request";
import { type Share, sharesOf } from "../share";
import { administratorOf, type Cast } from "./cast";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Expectation,
  type Party,
  requests,
  role,
  rowWriter,
  type Thing,
} from "./expectation";

/** What is done with a catalog in its life (C26). */
export const MANAGE_CATALOGS = [
  "CreateDataCatalog",
  "DeleteDataCatalog",
  "GetDataCatalog",
  "ListTagsForResource",
  "TagResource",
  "UntagResource",
  "UpdateDataCatalog",
].map((name) => `athena:${name}`);

export function shares(cast: Cast, request: SpokeRequest): { things: Thing[]; rows: Expectation[] } {
  const parts = sharesOf(request, cast.environment).flatMap((share) =>
    share.roles.map((name) => {
      const thing: Thing = {
        kind: "role",
        arn: roleArn(cast.region, request.account, name),
        account: request.account,
        words: `the role ${name}, by which ${share.producer} shares,`,
        madeBy: "spoke",
      };
      return {
        thing,
        rows: [...trust(cast, request, share, thing, name), ...does(cast, request, share, thing, name)],
      };
    }),
  );
  return { things: parts.map(({ thing }) => thing), rows: parts.flatMap(({ rows }) => rows) };
}

function trust(
  cast: Cast,
  { account }: SpokeRequest,
  { producer, trusted }: Share,
  thing: Thing,
  name: string,
): Expectation[] {
  const { region, environment } = cast;
  const { may, mayNot } = rowWriter(`share/${name}/trust`, ["R16"]);
  const assume = requests(region, ["sts:AssumeRole"], [thing.arn], {
    resourceAccount: account,
    policies: { at: thing.arn },
    bound: {
      principals: accountPrincipals(region, producer),
      resource: {
        "aws:principalarn": trusted,
        ...(environment.organization === undefined
          ? {}
          : { "aws:principalorgid": [environment.organization] }),
      },
    },
  });
  const others: [string, Party][] = [
    ["another-of-the-producer", administrator("another role of the producer", `${trusted[0] ?? ""}-other`)],
    ["producer-administrator", administratorOf(region, "an administrator of the producer", producer)],
    ["own-administrator", administratorOf(region, "an administrator of the spoke", account)],
    ["role-a", cast.unboundRoleA],
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    ["anybody", anybody],
  ];
  return [
    ...trusted.map((at, index) =>
      may(
        `shares/${index + 1}`,
        administrator("the producer's role that shares", at),
        `become ${thing.words}`,
        assume,
      ),
    ),
    ...others.map(([id, party]) => mayNot(`nobody-else/${id}`, party, `become ${thing.words}`, assume)),
  ];
}

function does(
  cast: Cast,
  { account }: SpokeRequest,
  { catalogs, permissions }: Share,
  thing: Thing,
  name: string,
): Expectation[] {
  const { region, neighbour } = cast;
  const { may, mayNot, nothingElse } = rowWriter(`share/${name}`, ["R15", "C26"]);
  const self = role(thing.words, thing.arn);
  const at = (catalog: string) => arn("athena", region, account, `datacatalog/${catalog}`);
  const ask = (actions: readonly string[], names: readonly string[], pattern?: string) =>
    requests(region, actions, names.map(at), {
      resourceAccount: account,
      ...(pattern === undefined ? {} : { bound: { resources: [pattern] } }),
    });
  return [
    permissions === "manage"
      ? may("catalogs", self, "manage the catalogs that it shares", ask(MANAGE_CATALOGS, catalogs))
      : may(
          "create",
          self,
          "create catalogs of every name in every Region, as the document prints it",
          ask(["athena:CreateDataCatalog"], ["any"], arn("athena", "*", account, "datacatalog/*")),
        ),
    ...(permissions === "manage"
      ? [
          mayNot(
            "other-catalogs",
            self,
            "touch other catalogs",
            ask(MANAGE_CATALOGS, ["another", "AwsDataCatalog"]),
          ),
        ]
      : [
          mayNot(
            "change",
            self,
            "change or remove catalogs",
            ask(MANAGE_CATALOGS.slice(1), [...catalogs, "another"]),
          ),
        ]),
    mayNot("query", self, "query, or become another role", [
      ...requests(
        region,
        ["athena:StartQueryExecution", "athena:GetQueryResults"],
        [arn("athena", region, account, "workgroup/primary")],
        { resourceAccount: account },
      ),
      ...[account, neighbour].flatMap((owner) =>
        requests(region, ["sts:AssumeRole"], [roleArn(region, owner, "Administrator")], {
          resourceAccount: owner,
          policies: "open",
        }),
      ),
    ]),
    nothingElse(thing),
  ];
}
