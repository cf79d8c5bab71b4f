import type { Caller } from "../../../../access/evaluate";
import {
  analyst,
  asRoleB,
  connector,
  connectorPolicy,
  does,
  organization,
  otherSpoke,
  producer,
  quick,
  region,
  spill,
  spillPolicy,
  spoke,
  stranger,
  useConnector,
} from "../chain";
import { type Row, aws, policy } from "../row";

const invoke = "lambda:InvokeFunction";
const both = { identity: [useConnector], resource: connectorPolicy };
const byUser = policy("by-user", {
  Sid: "CrossAccountInvocationStatement",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${spoke}:user/analyst` },
  Action: invoke,
  Resource: connector,
});
const byOrganization = policy("by-organization", {
  Effect: "Allow",
  Principal: "*",
  Action: invoke,
  Resource: connector,
  Condition: { StringEquals: { "aws:PrincipalOrgID": organization } },
});
const invokeAll = policy("invoke-all", { Effect: "Allow", Action: "lambda:*", Resource: "*" });
const block = `${spill}/athena-spill/q/block-0`;
const inProducer = { owner: producer };
const readSpill = { identity: [useConnector], resource: spillPolicy };

/** Seed 004: a Lambda in the hub's side assumes a role beside the table. */
const lambdaRole = `arn:aws:iam::${spoke}:role/service-role/YourLambdaExecutionRole`;
const tableRole = `arn:aws:iam::${producer}:role/CrossAccountDynamoDBRole`;
const asLambda: Caller = { type: "role", arn: lambdaRole, session: "LambdaDynamoDBSession" };
const tableTrust = policy("table-trust", {
  Effect: "Allow",
  Principal: { AWS: lambdaRole },
  Action: "sts:AssumeRole",
});
const mayAssume = policy("may-assume", { Effect: "Allow", Action: "sts:AssumeRole", Resource: tableRole });
const table = `arn:aws:dynamodb:${region}:${producer}:table/Music`;
const asTableRole: Caller = { type: "role", arn: tableRole, session: "LambdaDynamoDBSession" };
const readItem = policy("read-item", { Effect: "Allow", Action: "dynamodb:GetItem", Resource: table });
const connectorRole: Caller = {
  type: "role",
  arn: `arn:aws:iam::${producer}:role/acct1dynamodb`,
  session: "f",
};
const scan = policy("scan", {
  Effect: "Allow",
  Action: ["dynamodb:DescribeTable", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"],
  Resource: [table, `${table}/index/*`],
});
const tablePolicy = policy("table-policy", {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${spoke}:root` },
  Action: ["dynamodb:GetItem", "dynamodb:Query"],
  Resource: table,
});
const ownRows = policy("own-rows", {
  Effect: "Allow",
  Action: "dynamodb:Query",
  Resource: table,
  Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/artist}"] } },
});
const artist: Caller = {
  type: "role",
  arn: `arn:aws:iam::${producer}:role/artist`,
  session: "x",
  tags: { artist: "Acme Band" },
};

export const rows: readonly Row[] = [
  {
    name: "the analyst invokes the connector: both halves",
    request: does(analyst, invoke, connector),
    policies: { identity: [useConnector], resource: byUser },
    expected: "allowed: UseConnector[0], by-user[0]",
    source: aws.lambda,
  },
  {
    name: "the analyst without an identity policy (R31)",
    request: does(analyst, invoke, connector),
    policies: { identity: [], resource: byUser },
    expected: "implicit-deny: identity-based policy",
    source: aws.crossAccount,
  },
  {
    name: "the analyst without a statement on the function (R29)",
    request: does(analyst, invoke, connector),
    policies: { identity: [useConnector] },
    expected: "implicit-deny: resource-based policy",
    source: aws.crossAccount,
  },
  {
    name: "another user of the spoke",
    request: does({ type: "user", arn: `arn:aws:iam::${spoke}:user/intern` }, invoke, connector),
    policies: { identity: [useConnector], resource: byUser },
    expected: "implicit-deny: resource-based policy",
    source: aws.principal,
  },
  {
    name: "a user of the same name in another account",
    request: does({ type: "user", arn: `arn:aws:iam::${otherSpoke}:user/analyst` }, invoke, connector),
    policies: { identity: [useConnector], resource: byUser },
    expected: "implicit-deny: resource-based policy",
    source: aws.principal,
  },
  {
    name: "a user of the same name with a path is another user",
    request: does({ type: "user", arn: `arn:aws:iam::${spoke}:user/staff/analyst` }, invoke, connector),
    policies: { identity: [useConnector], resource: byUser },
    expected: "implicit-deny: resource-based policy",
    source: aws.principal,
  },
  {
    name: "a user whose name differs in case is another user",
    request: does({ type: "user", arn: `arn:aws:iam::${spoke}:user/Analyst` }, invoke, connector),
    policies: { identity: [useConnector], resource: byUser },
    expected: "implicit-deny: resource-based policy",
    source: aws.principal,
  },
  {
    name: "Role B invokes the connector for its account",
    request: does(asRoleB, invoke, connector),
    policies: both,
    expected: "allowed: UseConnector[0], connector-policy[0]",
    source: aws.lambda,
  },
  {
    name: "an alias of the connector is another resource than the function",
    request: does(asRoleB, invoke, `${connector}:live`),
    policies: both,
    expected: "implicit-deny: identity-based policy, resource-based policy",
    source: aws.lambda,
  },
  {
    name: "an alias that both halves name",
    request: does(asRoleB, invoke, `${connector}:live`),
    policies: {
      identity: [
        policy("invoke", { Effect: "Allow", Action: invoke, Resource: [connector, `${connector}:*`] }),
      ],
      resource: policy("alias-policy", {
        Effect: "Allow",
        Principal: { AWS: spoke },
        Action: invoke,
        Resource: `${connector}:live`,
      }),
    },
    expected: "allowed: invoke[0], alias-policy[0]",
    source: aws.lambda,
  },
  {
    name: "another function of the producer",
    request: does(asRoleB, invoke, connector.replace("acct1dynamodb", "payroll")),
    policies: { identity: [invokeAll], resource: connectorPolicy },
    expected: "implicit-deny: resource-based policy",
    source: aws.lambda,
  },
  {
    name: "the connector's code cannot be changed through the invocation grant",
    request: does(asRoleB, "lambda:UpdateFunctionCode", connector),
    policies: { identity: [invokeAll], resource: connectorPolicy },
    expected: "implicit-deny: resource-based policy",
    source: aws.evaluation,
  },
  {
    name: "the organization's connector takes any of its accounts",
    request: does(
      { type: "role", arn: `arn:aws:iam::${otherSpoke}:role/qs-athena-consumer-role`, session: "a" },
      invoke,
      connector,
    ),
    policies: { identity: [useConnector], resource: byOrganization },
    expected: "allowed: UseConnector[0], by-organization[0]",
    source: aws.keys,
  },
  {
    name: "the organization's connector takes no stranger",
    request: does(
      { type: "role", arn: `arn:aws:iam::${stranger}:role/qs-athena-consumer-role`, session: "a" },
      invoke,
      connector,
    ),
    policies: { identity: [invokeAll], resource: byOrganization },
    expected: "implicit-deny: resource-based policy",
    source: aws.keys,
  },
  {
    name: "the organization's connector takes nobody without an account",
    request: does({ type: "anonymous" }, invoke, connector),
    policies: { resource: byOrganization },
    expected: "implicit-deny: resource-based policy",
    source: aws.keys,
  },
  {
    name: "hole: a connector open to everybody is open to strangers",
    request: does(
      { type: "role", arn: `arn:aws:iam::${stranger}:role/any`, session: "a" },
      invoke,
      connector,
    ),
    policies: {
      identity: [invokeAll],
      resource: policy("open", { Effect: "Allow", Principal: "*", Action: invoke, Resource: connector }),
    },
    expected: "allowed: invoke-all[0], open[0]",
    source: aws.principal,
  },
  {
    name: "Role B invokes only through Athena when its policy says so",
    request: does(asRoleB, invoke, connector, { context: { "aws:CalledVia": ["athena.amazonaws.com"] } }),
    policies: {
      identity: [
        policy("via-athena", {
          Effect: "Allow",
          Action: invoke,
          Resource: connector,
          Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } },
        }),
      ],
      resource: connectorPolicy,
    },
    expected: "allowed: via-athena[0], connector-policy[0]",
    source: aws.keys,
  },
  {
    name: "Role B invokes directly though its policy says through Athena",
    request: does(asRoleB, invoke, connector),
    policies: {
      identity: [
        policy("via-athena", {
          Effect: "Allow",
          Action: invoke,
          Resource: connector,
          Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } },
        }),
      ],
      resource: connectorPolicy,
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.manyValues,
  },
  {
    name: "Role B reads a spilled block",
    request: does(asRoleB, "s3:GetObject", block, inProducer),
    policies: readSpill,
    expected: "allowed: UseConnector[1], spill-policy[1]",
    source: aws.federation,
  },
  {
    name: "Role B lists the spill bucket",
    request: does(asRoleB, "s3:ListBucket", spill, inProducer),
    policies: readSpill,
    expected: "allowed: UseConnector[2], spill-policy[2]",
    source: aws.federation,
  },
  {
    name: "Role B reads a spilled block over plain HTTP",
    request: does(asRoleB, "s3:GetObject", block, {
      ...inProducer,
      context: { "aws:SecureTransport": "false" },
    }),
    policies: readSpill,
    expected: "explicit-deny: spill-policy[0]",
    source: aws.bucket,
  },
  {
    name: "Role B writes no block",
    request: does(asRoleB, "s3:PutObject", block, inProducer),
    policies: {
      identity: [policy("s3", { Effect: "Allow", Action: "s3:*", Resource: "*" })],
      resource: spillPolicy,
    },
    expected: "implicit-deny: resource-based policy",
    source: aws.crossAccount,
  },
  {
    name: "the analyst reads a spilled block",
    request: does(analyst, "s3:GetObject", block, inProducer),
    policies: readSpill,
    expected: "allowed: UseConnector[1], spill-policy[1]",
    source: aws.federation,
  },
  {
    name: "another user of the spoke reads a spilled block",
    request: does(
      { type: "user", arn: `arn:aws:iam::${spoke}:user/intern` },
      "s3:GetObject",
      block,
      inProducer,
    ),
    policies: readSpill,
    expected: "implicit-deny: resource-based policy",
    source: aws.keys,
  },
  {
    name: "the analyst of another spoke reads a spilled block",
    request: does(
      { type: "user", arn: `arn:aws:iam::${otherSpoke}:user/analyst` },
      "s3:GetObject",
      block,
      inProducer,
    ),
    policies: readSpill,
    expected: "implicit-deny: resource-based policy",
    source: aws.crossAccount,
  },
  {
    name: "nobody in particular reads a spilled block",
    request: does({ type: "anonymous" }, "s3:GetObject", block, inProducer),
    policies: { resource: spillPolicy },
    expected: "implicit-deny: resource-based policy",
    source: aws.principal,
  },
  {
    name: "nobody in particular over plain HTTP is denied outright",
    request: does({ type: "anonymous" }, "s3:GetObject", block, {
      ...inProducer,
      context: { "aws:SecureTransport": "false" },
    }),
    policies: { resource: spillPolicy },
    expected: "explicit-deny: spill-policy[0]",
    source: aws.bucket,
  },
  {
    name: "a bucket open to the organization takes no stranger",
    request: does(
      { type: "role", arn: `arn:aws:iam::${stranger}:role/x`, session: "x" },
      "s3:GetObject",
      block,
      inProducer,
    ),
    policies: {
      identity: [useConnector],
      resource: policy("org-bucket", {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `${spill}/*`,
        Condition: { StringEquals: { "aws:PrincipalOrgID": organization } },
      }),
    },
    expected: "implicit-deny: resource-based policy",
    source: aws.keys,
  },
  {
    name: "a resource control policy keeps strangers from an open bucket",
    request: does({ type: "anonymous" }, "s3:GetObject", block, inProducer),
    policies: {
      resource: policy("open", {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `${spill}/*`,
      }),
      resourceControl: [
        policy("org-only", {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: "*",
          Condition: { StringNotEqualsIfExists: { "aws:PrincipalOrgID": organization } },
        }),
      ],
    },
    expected: "explicit-deny: org-only[0]",
    source: aws.resourceControl,
  },
  {
    name: "an open bucket is open to everybody",
    request: does({ type: "anonymous" }, "s3:GetObject", block, inProducer),
    policies: {
      resource: policy("open", {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "s3:GetObject",
        Resource: `${spill}/*`,
      }),
    },
    expected: "allowed: open[0]",
    source: aws.principal,
  },
  {
    name: "Athena's service principal needs a statement of its own",
    request: does(quick, "s3:GetObject", block, inProducer),
    policies: { resource: spillPolicy },
    expected: "implicit-deny: resource-based policy",
    source: aws.principal,
  },
  {
    name: "the Lambda's execution role, with its path, assumes the table's role",
    request: does(asLambda, "sts:AssumeRole", tableRole),
    policies: { identity: [mayAssume], resource: tableTrust },
    expected: "allowed: may-assume[0], table-trust[0]",
    source: aws.crossAccount,
  },
  {
    name: "the Lambda's execution role without an identity policy (R101)",
    request: does(asLambda, "sts:AssumeRole", tableRole),
    policies: { identity: [], resource: tableTrust },
    expected: "implicit-deny: identity-based policy",
    source: aws.crossAccount,
  },
  {
    name: "a trust that leaves the role's path out names another role",
    request: does(asLambda, "sts:AssumeRole", tableRole),
    policies: {
      identity: [mayAssume],
      resource: policy("no-path", {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${spoke}:role/YourLambdaExecutionRole` },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "a trust narrowed by the role's ARN with its path",
    request: does(asLambda, "sts:AssumeRole", tableRole),
    policies: {
      identity: [mayAssume],
      resource: policy("narrowed", {
        Effect: "Allow",
        Principal: { AWS: spoke },
        Action: "sts:AssumeRole",
        Condition: { ArnEquals: { "aws:PrincipalArn": lambdaRole } },
      }),
    },
    expected: "allowed: may-assume[0], narrowed[0]",
    source: aws.keys,
  },
  {
    name: "hole: trusting the Lambda service trusts no role that the function runs as (C9)",
    request: does(asLambda, "sts:AssumeRole", tableRole),
    policies: {
      identity: [mayAssume],
      resource: policy("service", {
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "the table's role reads an item",
    request: does(asTableRole, "dynamodb:GetItem", table),
    policies: { identity: [readItem] },
    expected: "allowed: read-item[0]",
    source: aws.resource,
  },
  {
    name: "the seed's reader does not scan (C10)",
    request: does(asTableRole, "dynamodb:Scan", table),
    policies: { identity: [readItem] },
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "the connector's role scans its table",
    request: does(connectorRole, "dynamodb:Scan", table),
    policies: { identity: [scan] },
    expected: "allowed: scan[0]",
    source: aws.resource,
  },
  {
    name: "the connector's role queries an index of its table",
    request: does(connectorRole, "dynamodb:Query", `${table}/index/by-year`),
    policies: { identity: [scan] },
    expected: "allowed: scan[0]",
    source: aws.resource,
  },
  {
    name: "the connector's role scans another table",
    request: does(connectorRole, "dynamodb:Scan", table.replace("Music", "Payroll")),
    policies: { identity: [scan] },
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "the connector's role scans a table whose name differs in case only",
    request: does(connectorRole, "dynamodb:Scan", table.replace("Music", "music")),
    policies: { identity: [scan] },
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "the connector's role writes nothing",
    request: does(connectorRole, "dynamodb:PutItem", table),
    policies: { identity: [scan] },
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "a table's own policy opens it to another account, with the identity policy there",
    request: does(asLambda, "dynamodb:GetItem", table),
    policies: { identity: [readItem], resource: tablePolicy },
    expected: "allowed: read-item[0], table-policy[0]",
    source: aws.tablePolicy,
  },
  {
    name: "a table's own policy alone is not enough for another account",
    request: does(asLambda, "dynamodb:GetItem", table),
    policies: { identity: [], resource: tablePolicy },
    expected: "implicit-deny: identity-based policy",
    source: aws.tablePolicy,
  },
  {
    name: "a table without a policy is closed to another account",
    request: does(asLambda, "dynamodb:GetItem", table),
    policies: { identity: [readItem] },
    expected: "implicit-deny: resource-based policy",
    source: aws.tablePolicy,
  },
  {
    name: "leading keys: an artist queries rows of its own",
    request: does(artist, "dynamodb:Query", table, { context: { "dynamodb:LeadingKeys": ["Acme Band"] } }),
    policies: { identity: [ownRows] },
    expected: "allowed: own-rows[0]",
    source: aws.leadingKeys,
  },
  {
    name: "leading keys: an artist queries another's rows along with its own",
    request: does(artist, "dynamodb:Query", table, {
      context: { "dynamodb:LeadingKeys": ["Acme Band", "No One You Know"] },
    }),
    policies: { identity: [ownRows] },
    expected: "implicit-deny: identity-based policy",
    source: aws.leadingKeys,
  },
  {
    name: "leading keys: hole: ForAllValues holds when the request names no key at all",
    request: does(artist, "dynamodb:Query", table),
    policies: { identity: [ownRows] },
    expected: "allowed: own-rows[0]",
    source: aws.manyValues,
  },
  {
    name: "leading keys: hole closed by asking for the key with Null",
    request: does(artist, "dynamodb:Query", table),
    policies: {
      identity: [
        policy("own-rows", {
          Effect: "Allow",
          Action: "dynamodb:Query",
          Resource: table,
          Condition: {
            "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/artist}"] },
            Null: { "dynamodb:LeadingKeys": "false" },
          },
        }),
      ],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.manyValues,
  },
  {
    name: "leading keys: a role without the tag has no rows",
    request: does(asTableRole, "dynamodb:Query", table, {
      context: { "dynamodb:LeadingKeys": ["Acme Band"] },
    }),
    policies: { identity: [ownRows] },
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
];
