/** Functions of other accounts that read a producer's table: the function's role, the role that it goes on into, nobody else (R95-R102, C9, C10). */
import { arn, roleArn, tableArn } from "../arn";
import {
  type TableReader,
  tableReaderArn,
  tableReaderLogGroup,
  tableReaders,
  tableRoleArn,
} from "../table-reader";
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

const OTHERS = [
  "BatchGetItem",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
].map((name) => `dynamodb:${name}`);

export function tableReading(cast: Cast): { things: Thing[]; rows: Expectation[] } {
  const parts = tableReaders(cast.environment).map((reader) => readerParts(cast, reader));
  return { things: parts.flatMap(({ things }) => things), rows: parts.flatMap(({ rows }) => rows) };
}

function readerParts(cast: Cast, reader: TableReader): { things: Thing[]; rows: Expectation[] } {
  const { region } = cast;
  const { name, account, table } = reader;
  const execution: Thing = {
    kind: "role",
    arn: roleArn(region, account, reader.executionRole),
    account,
    words: `the execution role of table reader ${name}`,
    madeBy: "environment",
  };
  const tableRole: Thing = {
    kind: "role",
    arn: tableRoleArn(reader),
    account: table.account,
    words: `the role that table reader ${name} reads with`,
    madeBy: "environment",
  };
  const called: Thing = {
    kind: "function",
    arn: tableReaderArn(reader),
    account,
    words: `table reader ${name}`,
    madeBy: "environment",
  };
  return {
    things: [execution, tableRole, called],
    rows: [
      ...functionRows(cast, reader, called),
      ...executionRows(cast, reader, execution, tableRole),
      ...tableRoleRows(cast, reader, execution, tableRole),
    ],
  };
}

/** Those who have no business with it, wherever it is. */
function outsiders(cast: Cast, ...owners: readonly string[]): [string, Party][] {
  const parties: [string, string, Party][] = [
    ["hub-administrator", cast.hub, cast.hubAdministrator],
    ["role-a", cast.hub, cast.unboundRoleA],
    ["neighbour", cast.neighbour, cast.neighbourAdministrator],
    ["role-b-of-another", cast.neighbour, cast.neighbourRoleB],
    ["stranger", cast.stranger, cast.strangerAdministrator],
  ];
  return [
    ...parties
      .filter(([, account]) => !owners.includes(account))
      .map(([id, , party]): [string, Party] => [id, party]),
    ["anybody", anybody],
  ];
}

function functionRows(cast: Cast, { name, region, account }: TableReader, thing: Thing): Expectation[] {
  const { mayNot, nothingElse } = rowWriter(`reader/${name}`, ["R95"]);
  const invoke = requests(region, ["lambda:InvokeFunction"], [thing.arn], {
    resourceAccount: account,
    policies: { at: thing.arn },
  });
  return [
    ...outsiders(cast, account).map(([id, party]) =>
      mayNot(`invoke/${id}`, party, `invoke ${thing.words}`, invoke),
    ),
    nothingElse(thing),
  ];
}

function executionRows(
  { neighbour, region }: Cast,
  reader: TableReader,
  thing: Thing,
  tableRole: Thing,
): Expectation[] {
  const { account, table } = reader;
  const { may, mayNot, nothingElse } = rowWriter(`reader/${reader.name}/role`, ["R100", "R101"]);
  const self = role(`table reader ${reader.name}`, thing.arn);
  const log = arn("logs", reader.region, account, `log-group:${tableReaderLogGroup(reader)}`);
  const trust = requests(region, ["sts:AssumeRole"], [thing.arn], {
    resourceAccount: account,
    policies: { at: thing.arn },
    bound: { principals: ["lambda.amazonaws.com"] },
  });
  const others: [string, Party][] = [
    ["other-service", service("ec2.amazonaws.com")],
    ["administrator", administratorOf(region, "an administrator of its account", account)],
    ["root", rootUser("the root user of its account", account)],
    ["owner", administratorOf(region, "an administrator of the table's account", table.account)],
    ["stranger", administratorOf(region, "an administrator of an uninvolved account", neighbour)],
    ["anybody", anybody],
  ];
  return [
    may("trust/lambda", service("lambda.amazonaws.com"), `become ${thing.words}`, trust),
    ...others.map(([id, party]) => mayNot(`trust/${id}`, party, `become ${thing.words}`, trust)),
    may(
      "assume",
      self,
      `become ${tableRole.words}`,
      requests(region, ["sts:AssumeRole"], [tableRole.arn], {
        resourceAccount: table.account,
        policies: { at: tableRole.arn },
        bound: {
          principals: accountPrincipals(region, account),
          resource: { "aws:principalarn": [thing.arn] },
        },
      }),
      ["R98"],
    ),
    mayNot(
      "other-roles",
      self,
      "become other roles, even ones that let it in",
      [account, table.account, neighbour].flatMap((owner) =>
        requests(region, ["sts:AssumeRole", "sts:TagSession"], [roleArn(region, owner, "Administrator")], {
          resourceAccount: owner,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "tables",
      self,
      "read tables by itself, even where it is let in",
      requests(
        table.region,
        ["dynamodb:GetItem", ...OTHERS],
        [tableArn(table.region, table.account, table.name)],
        { resourceAccount: table.account, policies: "open" },
      ),
    ),
    may(
      "log",
      self,
      "write its log",
      requests(reader.region, ["logs:CreateLogStream", "logs:PutLogEvents"], [`${log}:log-stream:any`], {
        resourceAccount: account,
        bound: { resources: [`${log}:*`] },
      }),
    ),
    nothingElse(thing),
  ];
}

function tableRoleRows(cast: Cast, reader: TableReader, execution: Thing, thing: Thing): Expectation[] {
  const { region } = cast;
  const { table, account } = reader;
  const { may, mayNot, nothingElse } = rowWriter(`reader/${reader.name}/table-role`, ["R96", "R97", "R98"]);
  const self = role(thing.words, thing.arn);
  const at = (name: string) => tableArn(table.region, table.account, name);
  const read = (actions: readonly string[], names: readonly string[]) =>
    requests(table.region, actions, names.map(at), { resourceAccount: table.account });
  const assume = (action = "sts:AssumeRole") =>
    requests(region, [action], [thing.arn], {
      resourceAccount: table.account,
      policies: { at: thing.arn },
    });
  const nobody: [string, Party][] = [
    [
      "another-of-the-account",
      administrator("another role of the function's account", `${execution.arn}-other`),
    ],
    [
      "function-administrator",
      administratorOf(region, "an administrator of the function's account", account),
    ],
    ["function-root", rootUser("the root user of the function's account", account)],
    ["owner", administratorOf(region, "an administrator of the table's account", table.account)],
    ["lambda", service("lambda.amazonaws.com")],
    ...outsiders(cast, account, table.account),
  ];
  return [
    ...nobody.map(([id, party]) => mayNot(`trust/${id}`, party, `become ${thing.words}`, assume(), ["C9"])),
    mayNot(
      "trust/tag-session",
      administrator("the function's role", execution.arn),
      "tag the session it begins",
      assume("sts:TagSession"),
    ),
    may("get", self, "get items of the table", read(["dynamodb:GetItem"], [table.name]), ["C10"]),
    mayNot("more", self, "do anything else with it", read(OTHERS, [table.name]), ["C10"]),
    mayNot(
      "other-tables",
      self,
      "read other tables",
      read(["dynamodb:GetItem", ...OTHERS], [`${table.name}-other`]),
    ),
    nothingElse(thing),
  ];
}
