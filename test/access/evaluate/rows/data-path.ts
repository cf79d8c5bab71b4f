import {
  asRoleA,
  asRoleB,
  data,
  dataAccess,
  does,
  fullAccess,
  otherSpoke,
  producer,
  region,
  results,
  roleB,
  spoke,
  stranger,
  workgroup,
} from "../chain";
import { type Row, aws, policy } from "../row";

const identity = { identity: [dataAccess] };
const table = `arn:aws:glue:${region}:${spoke}:table/sales/orders`;
const inSpoke = { owner: spoke };

/** Seed 002:211-246 as printed, for the bucket pattern of query results. */
const seedResults = policy("seed-results", {
  Effect: "Allow",
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: ["arn:aws:s3:::aws-athena-query-results-*", "arn:aws:s3:::aws-athena-query-results-*/*"],
});
const guardedResults = policy("guarded-results", {
  Effect: "Allow",
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: "arn:aws:s3:::aws-athena-query-results-*/*",
  Condition: { StringEquals: { "aws:ResourceAccount": spoke } },
});
const lure = policy("lure", {
  Effect: "Allow",
  Principal: "*",
  Action: "s3:PutObject",
  Resource: "arn:aws:s3:::aws-athena-query-results-lure/*",
});

/** A producer publishes its catalog to the spoke (R47). */
const publishedTable = `arn:aws:glue:${region}:${producer}:table/music/songs`;
const catalogPolicy = policy("catalog-policy", {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${spoke}:root` },
  Action: ["glue:GetDatabase", "glue:GetTable"],
  Resource: [
    `arn:aws:glue:${region}:${producer}:catalog`,
    `arn:aws:glue:${region}:${producer}:database/music`,
    `arn:aws:glue:${region}:${producer}:table/music/*`,
  ],
});
const readCatalog = policy("read-catalog", {
  Effect: "Allow",
  Action: ["glue:GetDatabase", "glue:GetTable"],
  Resource: [`arn:aws:glue:${region}:${producer}:catalog`, `arn:aws:glue:${region}:${producer}:*/music*`],
});

export const rows: readonly Row[] = [
  {
    name: "Role B starts a query in its workgroup",
    request: does(asRoleB, "athena:StartQueryExecution", workgroup),
    policies: identity,
    expected: "allowed: AthenaGlueS3Access[0]",
    source: aws.athenaActions,
  },
  {
    name: "Role B starts a query in the primary workgroup",
    request: does(
      asRoleB,
      "athena:StartQueryExecution",
      `arn:aws:athena:${region}:${spoke}:workgroup/primary`,
    ),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "Role B starts a query in a workgroup of the same name in another Region",
    request: does(asRoleB, "athena:StartQueryExecution", workgroup.replace(region, "eu-west-1")),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "Role B starts a query in another spoke's workgroup",
    request: does(asRoleB, "athena:StartQueryExecution", workgroup.replace(spoke, otherSpoke)),
    policies: { identity: [policy("all", { Effect: "Allow", Action: "athena:*", Resource: "*" })] },
    expected: "implicit-deny: resource-based policy",
    source: aws.crossAccount,
  },
  {
    name: "Role A starts no query in the spoke",
    request: does(asRoleA, "athena:StartQueryExecution", workgroup),
    policies: { identity: [policy("assume", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" })] },
    expected: "implicit-deny: identity-based policy, resource-based policy",
    source: aws.crossAccount,
  },
  {
    name: "Role B does not change its workgroup",
    request: does(asRoleB, "athena:UpdateWorkGroup", workgroup),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "Role B lists data catalogs in its Region",
    request: does(asRoleB, "athena:ListDataCatalogs", "*"),
    policies: identity,
    expected: "allowed: AthenaGlueS3Access[1]",
    source: aws.athenaActions,
  },
  {
    name: "Role B lists data catalogs in another Region",
    request: does(asRoleB, "athena:ListDataCatalogs", "*", {
      context: { "aws:RequestedRegion": "eu-west-1" },
    }),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.keys,
  },
  {
    name: "hole: an action that takes no resource, scoped to an ARN as the seed does",
    request: does(asRoleB, "athena:ListWorkGroups", "*"),
    policies: {
      identity: [policy("seed", { Effect: "Allow", Action: "athena:ListWorkGroups", Resource: workgroup })],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.athenaActions,
  },
  {
    name: "Role B reads the table's metadata",
    request: does(asRoleB, "glue:GetTable", table),
    policies: identity,
    expected: "allowed: AthenaGlueS3Access[2]",
    source: aws.resource,
  },
  {
    name: "Role B reads the catalog that holds the table, the second check of the call",
    request: does(asRoleB, "glue:GetTable", `arn:aws:glue:${region}:${spoke}:catalog`),
    policies: identity,
    expected: "allowed: AthenaGlueS3Access[2]",
    source: aws.glue,
  },
  {
    name: "Role B reads a table of another database",
    request: does(asRoleB, "glue:GetTable", `arn:aws:glue:${region}:${spoke}:table/salaries/people`),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "Role B deletes no table",
    request: does(asRoleB, "glue:DeleteTable", table),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "Role B reads an object under the data prefix",
    request: does(asRoleB, "s3:GetObject", `${data}/orders/2026/1.parquet`, inSpoke),
    policies: identity,
    expected: "allowed: AthenaGlueS3Access[3]",
    source: aws.resource,
  },
  {
    name: "Role B reads an object beside the data prefix",
    request: does(asRoleB, "s3:GetObject", `${data}/orders-secret/1.parquet`, inSpoke),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "Role B does not write on the data (C6)",
    request: does(asRoleB, "s3:PutObject", `${data}/orders/1.parquet`, inSpoke),
    policies: identity,
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "Role B writes results under its prefix",
    request: does(asRoleB, "s3:PutObject", `${results}/quick/abc.csv`, inSpoke),
    policies: identity,
    expected: "allowed: AthenaGlueS3Access[4]",
    source: aws.keys,
  },
  {
    name: "Role B writes results when the bucket's policy demands TLS",
    request: does(asRoleB, "s3:PutObject", `${results}/quick/abc.csv`, {
      ...inSpoke,
      context: { "aws:SecureTransport": "false" },
    }),
    policies: {
      ...identity,
      resource: policy("tls-only", {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [results, `${results}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    },
    expected: "explicit-deny: tls-only[0]",
    source: aws.bucket,
  },
  {
    name: "hole: results by bucket name alone go to a stranger's bucket of that name",
    request: does(asRoleB, "s3:PutObject", "arn:aws:s3:::aws-athena-query-results-lure/x", {
      owner: stranger,
    }),
    policies: { identity: [seedResults], resource: lure },
    expected: "allowed: seed-results[0], lure[0]",
    source: aws.crossAccount,
  },
  {
    name: "hole closed: aws:ResourceAccount keeps results in the spoke (C22)",
    request: does(asRoleB, "s3:PutObject", "arn:aws:s3:::aws-athena-query-results-lure/x", {
      owner: stranger,
    }),
    policies: { identity: [guardedResults], resource: lure },
    expected: "implicit-deny: identity-based policy",
    source: aws.keys,
  },
  {
    name: "hole closed: results in the spoke's own bucket still work",
    request: does(asRoleB, "s3:PutObject", "arn:aws:s3:::aws-athena-query-results-own/x", inSpoke),
    policies: { identity: [guardedResults] },
    expected: "allowed: guarded-results[0]",
    source: aws.keys,
  },
  {
    name: "the root user of the spoke reads its bucket without any policy",
    request: does({ type: "root", account: spoke }, "s3:GetObject", `${data}/orders/1.parquet`, inSpoke),
    policies: {},
    expected: "allowed: root user",
    source: aws.evaluation,
  },
  {
    name: "the root user of the spoke is bound by service control policies",
    request: does({ type: "root", account: spoke }, "s3:GetObject", `${data}/orders/1.parquet`, inSpoke),
    policies: {
      serviceControl: [[policy("glue-only", { Effect: "Allow", Action: "glue:*", Resource: "*" })]],
    },
    expected: "implicit-deny: service control policy",
    source: aws.serviceControlExempt,
  },
  {
    name: "the root user of the spoke is bound by a bucket policy that denies",
    request: does({ type: "root", account: spoke }, "s3:GetObject", `${data}/orders/1.parquet`, inSpoke),
    policies: {
      resource: policy("closed", {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `${data}/*`,
      }),
    },
    expected: "explicit-deny: closed[0]",
    source: aws.evaluation,
  },
  {
    name: "Role B reads a table that the producer publishes to its account",
    request: does(asRoleB, "glue:GetTable", publishedTable),
    policies: { identity: [readCatalog], resource: catalogPolicy },
    expected: "allowed: read-catalog[0], catalog-policy[0]",
    source: aws.glue,
  },
  {
    name: "the producer's catalog policy alone is not enough",
    request: does(asRoleB, "glue:GetTable", publishedTable),
    policies: { identity: [dataAccess], resource: catalogPolicy },
    expected: "implicit-deny: identity-based policy",
    source: aws.glue,
  },
  {
    name: "the spoke's identity policy alone is not enough",
    request: does(asRoleB, "glue:GetTable", publishedTable),
    policies: { identity: [readCatalog] },
    expected: "implicit-deny: resource-based policy",
    source: aws.glue,
  },
  {
    name: "another spoke reads the published table",
    request: does(
      { type: "role", arn: roleB.replace(spoke, otherSpoke), session: "athena" },
      "glue:GetTable",
      publishedTable,
    ),
    policies: { identity: [readCatalog], resource: catalogPolicy },
    expected: "implicit-deny: resource-based policy",
    source: aws.glue,
  },
  {
    name: "a published table does not publish its neighbours",
    request: does(asRoleB, "glue:GetTable", `arn:aws:glue:${region}:${producer}:table/royalties/payments`),
    policies: { identity: [fullAccess], resource: catalogPolicy },
    expected: "implicit-deny: resource-based policy",
    source: aws.glue,
  },
  {
    name: "a catalog open to the organization takes a spoke of it",
    request: does(asRoleB, "glue:GetTable", publishedTable),
    policies: {
      identity: [readCatalog],
      resource: policy("org-catalog", {
        Effect: "Allow",
        Principal: "*",
        Action: "glue:GetTable",
        Resource: `arn:aws:glue:${region}:${producer}:*`,
        Condition: { StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" } },
      }),
    },
    expected: "allowed: read-catalog[0], org-catalog[0]",
    source: aws.keys,
  },
  {
    name: "a catalog open to the organization takes no stranger",
    request: does(
      { type: "role", arn: roleB.replace(spoke, stranger), session: "x" },
      "glue:GetTable",
      publishedTable,
    ),
    policies: {
      identity: [readCatalog],
      resource: policy("org-catalog", {
        Effect: "Allow",
        Principal: "*",
        Action: "glue:GetTable",
        Resource: `arn:aws:glue:${region}:${producer}:*`,
        Condition: { StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" } },
      }),
    },
    expected: "implicit-deny: resource-based policy",
    source: aws.keys,
  },
  {
    name: "resource control policies have no bearing on Glue, which does not support them",
    request: does(asRoleB, "glue:GetTable", table),
    policies: {
      ...identity,
      resourceControl: [
        policy("deny", { Effect: "Deny", Principal: "*", Action: "glue:GetTable", Resource: "*" }),
      ],
    },
    expected: "allowed: AthenaGlueS3Access[2]",
    source: aws.resourceControl,
  },
];
