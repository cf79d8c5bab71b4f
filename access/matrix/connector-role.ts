/** The execution role of a connector: Lambda becomes it, it reads the allowed tables, spills and writes its log (C9, C10). */
import { arn, bucketArn, functionArn, roleArn, tableArn } from "../arn";
import type { ConnectorSpec } from "../environment";
import { type Connector, connectorArn, connectorRoleName } from "../names";
import type { Vpc } from "../network";
import { tablesTrustBound } from "./bound";
import { administratorOf, anotherRegion, anyKey, type Cast, keysOutside } from "./cast";
import { encrypting, type SpillKey } from "./key";
import {
  anybody,
  type Bound,
  type Check,
  type Circumstances,
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
const CHANGES_OF_NETWORKS = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:DeleteNetworkInterface",
  "ec2:UnassignPrivateIpAddresses",
];
const LOOKS_AT_NETWORKS = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
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

/**
 * @param spec what a person wrote of the connector.
 * @param owner what its rows' ids begin with.
 */
export function connectorRole(
  cast: Cast,
  connector: Connector,
  { tables, vpc }: Pick<ConnectorSpec, "tables" | "vpc">,
  thing: Thing,
  owner: string,
  key: SpillKey | undefined,
): Expectation[] {
  const prefix = `${owner}/${connector.name}/role`;
  const { nothingElse } = rowWriter(prefix, ["C10"]);
  const self = role(`the connector ${connector.name}`, thing.arn);
  return [
    ...trust(cast, thing, prefix),
    ...(connector.tables === undefined
      ? readingTables(cast, connector, tables, self, prefix)
      : readingElsewhere(cast, connector, tables, self, prefix)),
    ...spills(cast, connector, self, prefix),
    ...logs(connector, self, prefix),
    ...(key === undefined ? [] : encrypting(cast, connector, key, self, prefix)),
    ...(vpc === undefined ? [] : networking(connector, vpc, self, prefix)),
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

/** A connector whose tables another account has: it becomes the role beside them, and reads nothing by itself. */
function readingElsewhere(
  cast: Cast,
  connector: Connector,
  names: readonly string[],
  self: Party,
  prefix: string,
): Expectation[] {
  const { region, account, tables } = connector;
  if (tables === undefined) throw new Error(`connector ${connector.name} reads tables of its own account`);
  const beside = roleArn(region, tables.account, tables.role);
  const { may, mayNot } = rowWriter(`${prefix}/tables`, ["C10", "C11"]);
  const there = { resourceAccount: tables.account };
  return [
    may(
      "assume",
      self,
      "become the role beside its tables in another account",
      requests(region, ["sts:AssumeRole"], [beside], {
        ...there,
        policies: { at: beside },
        bound: tablesTrustBound(cast, connector),
      }),
    ),
    mayNot("other-roles", self, "become other roles of that account, even ones that let it in", [
      ...requests(
        region,
        ["sts:AssumeRole"],
        [roleArn(region, tables.account, "Administrator"), `${beside}-other`],
        {
          ...there,
          policies: "open",
        },
      ),
      ...requests(region, ["sts:TagSession"], [beside], { ...there, policies: "open" }),
    ]),
    mayNot("by-itself", self, "read tables by itself, even ones that let it in", [
      ...[tables.account, account].flatMap((owner) =>
        requests(
          region,
          [...READS, "dynamodb:GetItem"],
          names.map((name) => tableArn(region, owner, name)),
          { resourceAccount: owner, policies: "open" },
        ),
      ),
      ...requests(region, ["dynamodb:ListTables"], [], { resourceAccount: account }),
    ]),
  ];
}

/** What somebody may do who reads a connector's tables, in the account that has them. */
export function readingTables(
  cast: Cast,
  { region, account }: Pick<Connector, "region" | "account">,
  tables: readonly string[],
  self: Party,
  prefix: string,
): Expectation[] {
  const { may, mayNot } = rowWriter(`${prefix}/tables`, ["R25", "C10"]);
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

/** What Lambda does as the role for a function in a VPC, and the function's own code may not (L13). */
function networking(
  connector: Connector,
  { subnets, securityGroups }: Vpc,
  self: Party,
  prefix: string,
): Expectation[] {
  const { region, account } = connector;
  const { may, mayNot } = rowWriter(`${prefix}/network`, ["L13"]);
  const at = (resource: string) => arn("ec2", region, account, resource);
  const anInterface = at("network-interface/any");
  const ask = (actions: readonly string[], resources: readonly string[], more: Partial<Circumstances> = {}) =>
    requests(region, actions, resources, { resourceAccount: account, ...more });
  const interfaces = { bound: { resources: [at("network-interface/*")] } };
  const named = [
    ...subnets.map((subnet) => at(`subnet/${subnet}`)),
    ...securityGroups.map((group) => at(`security-group/${group}`)),
  ];
  const byCode = { context: { "lambda:SourceFunctionArn": connectorArn(connector) } };
  return [
    may("make", self, "have network interfaces made in its subnets and security groups", [
      ...ask(["ec2:CreateNetworkInterface"], [anInterface], interfaces),
      ...ask(["ec2:CreateNetworkInterface"], named),
    ]),
    may(
      "change",
      self,
      "have them changed and taken away",
      ask(CHANGES_OF_NETWORKS, [anInterface], interfaces),
    ),
    may(
      "look",
      self,
      "have the network looked at in the Region",
      ask(LOOKS_AT_NETWORKS, [], { bound: { identity: { "aws:requestedregion": [region] } } }),
    ),
    mayNot(
      "look-elsewhere",
      self,
      "have the network of another Region looked at",
      ask(LOOKS_AT_NETWORKS, [], { context: { "aws:RequestedRegion": anotherRegion(region) } }),
    ),
    mayNot(
      "other-networks",
      self,
      "have network interfaces made in other subnets or security groups",
      ask(["ec2:CreateNetworkInterface"], [at("subnet/subnet-00000000"), at("security-group/sg-00000000")]),
    ),
    mayNot(
      "misuse",
      self,
      "attach network interfaces, hand them to others, or change what may reach them",
      ask(
        [
          "ec2:AttachNetworkInterface",
          "ec2:CreateNetworkInterfacePermission",
          "ec2:ModifyNetworkInterfaceAttribute",
        ],
        [anInterface],
      ),
    ),
    mayNot("by-code", self, "do any of this by its own code", [
      ...ask(["ec2:CreateNetworkInterface"], [anInterface, ...named], byCode),
      ...ask(CHANGES_OF_NETWORKS, [anInterface], byCode),
      ...ask(LOOKS_AT_NETWORKS, [], byCode),
    ]),
  ];
}
