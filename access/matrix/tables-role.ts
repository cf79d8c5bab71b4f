/** The role beside tables of another account, by which a connector reads them (C10, C11). */
import { roleArn } from "../arn";
import { type Connector, connectorRoleName } from "../names";
import { tablesTrustBound } from "./bound";
import { administratorOf, type Cast } from "./cast";
import { readingTables } from "./connector-role";
import {
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

/** None for a connector that reads tables of its own account. */
export function tablesRoleThings(connector: Connector, madeBy: Thing["madeBy"]): Thing[] {
  const { region, tables, name } = connector;
  if (tables === undefined) return [];
  return [
    {
      kind: "role",
      arn: roleArn(region, tables.account, tables.role),
      account: tables.account,
      words: `the role beside the tables of ${name}`,
      madeBy,
    },
  ];
}

/** @param owner what its rows' ids begin with. */
export function tablesRole(
  cast: Cast,
  connector: Connector,
  tables: readonly string[],
  madeBy: Thing["madeBy"],
  owner: string,
): Expectation[] {
  return tablesRoleThings(connector, madeBy).flatMap((thing) => {
    const prefix = `${owner}/${connector.name}/tables-role`;
    const self = role(thing.words, thing.arn);
    const place = { region: connector.region, account: thing.account };
    const { nothingElse } = rowWriter(prefix, ["C10"]);
    return [
      ...trust(cast, connector, thing, prefix),
      ...readingTables(cast, place, tables, self, prefix),
      ...noWayOn(cast, connector, thing, self, prefix),
      nothingElse(thing),
    ];
  });
}

function trust(cast: Cast, connector: Connector, thing: Thing, prefix: string): Expectation[] {
  const { region } = cast;
  const { account } = connector;
  const { may, mayNot } = rowWriter(`${prefix}/trust`, ["C9", "C11"]);
  const execution = roleArn(region, account, connectorRoleName(connector));
  const assume = (action = "sts:AssumeRole") =>
    requests(region, [action], [thing.arn], {
      resourceAccount: thing.account,
      policies: { at: thing.arn },
      bound: tablesTrustBound(cast, connector),
    });
  const others: [string, Party][] = [
    [
      "another-of-the-account",
      administrator("another role of the connector's account", `${execution}-other`),
    ],
    ["administrator", administratorOf(region, "an administrator of the connector's account", account)],
    ["root", rootUser("the root user of the connector's account", account)],
    ["owner", administratorOf(region, "an administrator of the tables' account", thing.account)],
    ["hub-administrator", cast.hubAdministrator],
    ["role-a", cast.unboundRoleA],
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    [
      "strangers-connector",
      administrator(
        "a stranger's role with the connector's name",
        roleArn(region, cast.stranger, connectorRoleName(connector)),
      ),
    ],
    ["lambda", service("lambda.amazonaws.com")],
    ["anybody", anybody],
  ];
  const self = administrator(`the connector ${connector.name}, whatever its own policies say,`, execution);
  return [
    may("connector", self, `become ${thing.words}`, assume()),
    mayNot("tag-session", self, "tag the session it begins", assume("sts:TagSession")),
    ...others.map(([id, party]) => mayNot(id, party, `become ${thing.words}`, assume())),
  ];
}

function noWayOn(
  cast: Cast,
  connector: Connector,
  { arn, account }: Thing,
  self: Party,
  prefix: string,
): Expectation[] {
  const { region, neighbour } = cast;
  const { mayNot } = rowWriter(`${prefix}/no-way-on`, ["C10"]);
  return [
    mayNot(
      "roles",
      self,
      "become another role, even one that lets it in",
      [...new Set([account, connector.account, neighbour])].flatMap((owner) =>
        requests(region, ["sts:AssumeRole"], [roleArn(region, owner, "Administrator")], {
          resourceAccount: owner,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "iam",
      self,
      "change or hand on roles",
      requests(region, ["iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], [arn], {
        resourceAccount: account,
      }),
    ),
  ];
}
