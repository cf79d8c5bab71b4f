/** The execution role of a connector: Lambda becomes it, it reads the allowed tables, spills and writes its log (C9, C10). */
import { tablesRoleArn } from "../tables";
import { arn, bucketArn, functionArn, roleArn, tableArn } from "../arn";
import { type Connector, connectorRoleName } from "../names";
import { administratorOf, anotherRegion, anyKey, type Cast, keysOutside } from "./cast";
import { encrypting, type SpillKey } from "./key";
import {
  anybody,
  type Bound,
  type Check,
  type Expectation,
  type Party,
  requests,
  role,
  rootUser,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

const READS = ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"];
const READS_OF_INDEXES = ["dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"];
const WRITES = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:DeleteItem",
  "dynamodb:DeleteTable",
  "dynamodb:GetItem",
  "dynamodb:PartiQLDelete",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PutItem",
  "dynamodb:PutResourcePolicy",
  "dynamodb:UpdateItem",
  "dynamodb:UpdateTable",
];

export function connectorRoleThing(connector: Connector, madeBy: Thing["madeBy"]): Thing {
  return {
    kind: "role",
    arn: roleArn(connector.region, connector.account, connectorRoleName(connector)),
    account: connector.account,
    words: `the execution role of ${connector.name}`,
    madeBy,
  };
}

/** @param owner what its rows' ids begin with. */
export function connectorRole(
  cast: Cast,
  connector: Connector,
  tables: readonly string[],
  thing: Thing,
  owner: string,
  key: SpillKey | undefined,
): Expectation[] {
  const prefix = `${owner}/${connector.name}/role`;
  const { nothingElse } = rowWriter(prefix, ["C10"]);
  const self = role(`the connector ${connector.name}`, thing.arn);
  return [
    ...trust(cast, thing, prefix),
    ...reads(cast, connector, tables, self, prefix),
    ...spills(cast, connector, self, prefix),
    ...logs(connector, self, prefix),
    ...(key === undefined ? [] : encrypting(cast, connector, key, self, prefix)),
    ...nothingMore(cast, connector, self, prefix),
    nothingElse(thing),
  ];
}

function trust(cast: Cast, thing: Thing, prefix: string): Expectation[] {
  const { region } = cast;
  const { may, mayNot } = rowWriter(`${prefix}/trust`, ["C9"]);
  const assume = (action = "sts:AssumeRole") =>
    requests(region, [action], [thing.arn], {
      resourceAccount: thing.account,
      policies: { at: thing.arn },
      bound: { principals: ["lambda.amazonaws.com"] },
    });
  const others: [string, Party][] = [
    ["other-service", service("ec2.amazonaws.com")],
    ["quick", service("quicksight.amazonaws.com")],
    ["administrator", administratorOf(region, "an administrator of its account", thing.account)],
    ["root", rootUser("the root user of its account", thing.account)],
    ["role-a", cast.unboundRoleA],
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    ["anybody", anybody],
  ];
  const lambda = service("lambda.amazonaws.com");
  return [
    may("lambda", lambda, `become ${thing.words}`, assume()),
    mayNot("tag-session", lambda, "tag the session it begins", assume("sts:TagSession")),
    ...others.map(([id, party]) => mayNot(id, party, `become ${thing.words}`, assume())),
  ];
}

function reads(
  cast: Cast,
  connector: Connector,
  tables: readonly string[],
  self: Party,
  prefix: string,
): Expectation[] {
  const { region, account, tables: elsewhereIn } = connector;
  const { may, mayNot } = rowWriter(`${prefix}/tables`, ["R25", "C10"]);
  const beside = tablesRoleArn(connector);
  if (elsewhereIn !== undefined && beside !== undefined)
    return [
      may(
        "assume",
        self,
        "become the role beside its tables in another account",
        requests(region, ["sts:AssumeRole"], [beside], {
          resourceAccount: elsewhereIn.account,
          policies: "open",
        }),
        ["C11"],
      ),
    ];
  const ask = (actions: readonly string[], resources: readonly string[], bound?: Partial<Bound>): Check[] =>
    requests(region, actions, resources, {
      resourceAccount: account,
      ...(bound === undefined ? {} : { bound }),
    });
  const arns = tables.map((table) => tableArn(region, account, table));
  const lower = tables
    .map((table) => table.toLowerCase())
    .filter((name) => !tables.includes(name))
    .map((name) => tableArn(region, account, name));
  const other = tableArn(region, account, "AnotherTable");
  const elsewhere = anotherRegion(region);
  const name = tables[0] ?? "";
  return [
    may("read", self, "read its tables", ask(READS, arns)),
    may(
      "indexes",
      self,
      "read their indexes",
      arns.flatMap((table) =>
        ask(READS_OF_INDEXES, [`${table}/index/any`], { resources: [`${table}/index/*`] }),
      ),
    ),
    ...(lower.length === 0
      ? []
      : [
          may(
            "lower-case",
            self,
            "look for its tables under the lower-case names that Athena asks for",
            ask(["dynamodb:DescribeTable", "dynamodb:Scan"], lower),
          ),
          mayNot(
            "lower-case-only-looks",
            self,
            "query under the lower-case names",
            ask(["dynamodb:PartiQLSelect", "dynamodb:Query"], lower),
          ),
        ]),
    may(
      "list",
      self,
      "list the tables of the Region",
      ask(["dynamodb:ListTables"], [], { identity: { "aws:requestedregion": [region] } }),
    ),
    mayNot(
      "list-elsewhere",
      self,
      "list the tables of another Region",
      requests(region, ["dynamodb:ListTables"], [], {
        resourceAccount: account,
        context: { "aws:RequestedRegion": elsewhere },
      }),
      ["C17"],
    ),
    mayNot(
      "other-tables",
      self,
      "read another table or its indexes",
      ask([...READS, "dynamodb:GetItem"], [other, `${other}/index/any`]),
    ),
    mayNot(
      "elsewhere",
      self,
      "read a table of its name in another Region or account, even one that lets it in",
      [
        ...requests(region, READS, [tableArn(elsewhere, account, name)], {
          resourceAccount: account,
          context: { "aws:RequestedRegion": elsewhere },
        }),
        ...requests(region, READS, [tableArn(region, cast.neighbour, name)], {
          resourceAccount: cast.neighbour,
          policies: "open",
        }),
      ],
    ),
    mayNot(
      "write",
      self,
      "write to its tables, or read them in other ways than the connector does",
      ask(WRITES, arns),
    ),
  ];
}

function spills(
  cast: Cast,
  { region, name, account, spill }: Connector,
  self: Party,
  prefix: string,
): Expectation[] {
  const { may, mayNot } = rowWriter(`${prefix}/spill`, ["R6", "C22"]);
  const bucket = bucketArn(region, spill.bucket);
  const block = bucketArn(region, spill.bucket, `${spill.prefix}block`);
  const here = { resourceAccount: spill.account, policies: { at: bucket } };
  const taken = { resourceAccount: cast.stranger, policies: "open" } as const;
  const identity = { "aws:resourceaccount": [spill.account] };
  return [
    may(
      "check",
      self,
      "see that its spill bucket is there",
      requests(region, ["s3:ListBucket"], [bucket], { ...here, bound: { identity } }),
    ),
    may(
      "put",
      self,
      "spill",
      requests(region, ["s3:PutObject"], [block], {
        ...here,
        bound: { identity, resources: [bucketArn(region, spill.bucket, `${spill.prefix}*`)] },
      }),
    ),
    mayNot("stranger", self, "spill into a stranger's bucket that took the name", [
      ...requests(region, ["s3:ListBucket"], [bucket], taken),
      ...requests(region, ["s3:PutObject"], [block], taken),
    ]),
    mayNot(
      "outside",
      self,
      "spill where other connectors do, or anywhere else in the bucket",
      [
        ...keysOutside([spill.prefix]).map((key) => bucketArn(region, spill.bucket, key)),
        bucketArn(region, spill.bucket, `athena-spill/${name}x/block`),
      ].flatMap((resource) => requests(region, ["s3:PutObject"], [resource], here)),
    ),
    mayNot(
      "read-back",
      self,
      "read or delete what was spilled",
      requests(region, ["s3:GetObject", "s3:DeleteObject", "s3:PutObjectAcl"], [block], here),
    ),
    mayNot(
      "settings",
      self,
      "configure the bucket",
      requests(
        region,
        ["s3:PutBucketPolicy", "s3:PutLifecycleConfiguration", "s3:DeleteBucket"],
        [bucket],
        here,
      ),
    ),
    mayNot("other-buckets", self, "use another bucket of its account", [
      ...requests(region, ["s3:ListBucket"], [bucketArn(region, "another-bucket")], {
        resourceAccount: account,
      }),
      ...requests(
        region,
        ["s3:PutObject", "s3:GetObject"],
        [bucketArn(region, "another-bucket", `${spill.prefix}block`)],
        { resourceAccount: account },
      ),
    ]),
  ];
}

function logs({ region, account, name }: Connector, self: Party, prefix: string): Expectation[] {
  const { may, mayNot } = rowWriter(`${prefix}/log`, ["R25"]);
  const group = (each: string) => arn("logs", region, account, `log-group:/aws/lambda/${each}`);
  const actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
  const ask = (which: readonly string[], resource: string, bound?: Partial<Bound>) =>
    requests(region, which, [resource], {
      resourceAccount: account,
      ...(bound === undefined ? {} : { bound }),
    });
  return [
    may(
      "write",
      self,
      "write its log",
      ask(actions, `${group(name)}:log-stream:any`, { resources: [`${group(name)}:*`] }),
    ),
    mayNot(
      "other-logs",
      self,
      "write another function's log",
      ask(actions, `${group(`${name}-other`)}:log-stream:any`),
    ),
    mayNot(
      "groups",
      self,
      "make, change or delete log groups",
      ask(["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"], group(name)),
    ),
  ];
}

function nothingMore(
  cast: Cast,
  { region, account, name }: Connector,
  self: Party,
  prefix: string,
): Expectation[] {
  const { mayNot } = rowWriter(`${prefix}/no-way-on`, ["C10"]);
  const ask = (actions: readonly string[], resources: readonly string[]) =>
    requests(region, actions, resources, { resourceAccount: account, policies: "open" });
  const neighbourRole = roleArn(region, cast.neighbour, "Administrator");
  return [
    mayNot("roles", self, "become another role, even one that lets it in", [
      ...ask(["sts:AssumeRole"], [roleArn(region, account, "Administrator")]),
      ...requests(region, ["sts:AssumeRole"], [neighbourRole], {
        resourceAccount: cast.neighbour,
        policies: "open",
      }),
    ]),
    mayNot(
      "iam",
      self,
      "change or hand on roles",
      requests(
        region,
        ["iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
        [roleArn(region, account, `athena-connector-${name}`)],
        { resourceAccount: account },
      ),
    ),
    mayNot(
      "functions",
      self,
      "invoke or change functions",
      ask(["lambda:InvokeFunction", "lambda:UpdateFunctionCode"], [functionArn(region, account, name)]),
    ),
    mayNot(
      "keys",
      self,
      "use keys that nobody named",
      ask(["kms:Decrypt", "kms:GenerateDataKey"], [anyKey(region, account)]),
    ),
    mayNot(
      "glue",
      self,
      "read the Glue catalog",
      ask(["glue:GetDatabase", "glue:GetTable"], [arn("glue", region, account, "catalog")]),
    ),
    mayNot(
      "athena",
      self,
      "ask Athena",
      ask(["athena:GetQueryExecution"], [arn("athena", region, account, "workgroup/primary")]),
    ),
  ];
}
