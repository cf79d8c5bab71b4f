/** Duties that roles of several kinds of account have, each written from what Pulumi and the command do with a thing. */
import { applicationArns, applicationStackArn, transformArn } from "../../application";
import { arn, bucketArn, functionArn, keysArn, policyArn, roleArn } from "../../arn";
import { connectorLogGroup, connectorRepositoryArn } from "../../connector";
import { ENVIRONMENT_TAG } from "../../tags";
import { splitS3Location } from "../../written";
import type { Duty, Holder } from "./duty";
import { ABSENT, type RequestRow, requests, rowWriter } from "../expectation";
import { exactly, like, WITHOUT_RESOURCE } from "./duty";

type At = Pick<Holder, "cast" | "account">;

/** A key of KMS's choosing. */
export const anyKeyOf = ({ cast, account }: At): Record<string, string> => ({
  [arn("kms", cast.region, account, "key/11111111-2222-3333-4444-555555555555")]: keysArn(
    cast.region,
    account,
  ),
});

/** What managed policies are made and changed with. */
export const MANAGE_POLICIES = [
  "CreatePolicy",
  "CreatePolicyVersion",
  "DeletePolicy",
  "DeletePolicyVersion",
  "GetPolicy",
  "GetPolicyVersion",
  "ListPolicyTags",
  "ListPolicyVersions",
  "TagPolicy",
  "UntagPolicy",
].map((name) => `iam:${name}`);

export const inRegion = ({ cast }: At) => ({ "aws:requestedregion": [cast.region] });

export function makingRoles(at: At, names: readonly string[], boundary: string): Duty[] {
  const { cast, account } = at;
  return [
    {
      id: "roles/make",
      words: "make its roles under the boundary, give them policies, say who may assume them",
      needs: [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      on: like(names.map((name) => roleArn(cast.region, account, name))),
      given: { "iam:PermissionsBoundary": boundary },
      bound: { "iam:permissionsboundary": [boundary] },
    },
    ...leavingRoles(at, names, boundary),
  ];
}

export function leavingRoles({ cast, account }: At, names: readonly string[], boundary: string): Duty[] {
  const on = like(names.map((name) => roleArn(cast.region, account, name)));
  return [
    {
      id: "roles/remove",
      words: "take its roles away",
      needs: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
      on,
      given: { "iam:PermissionsBoundary": boundary },
      bound: { "iam:permissionsboundary": [boundary] },
    },
    {
      id: "roles/look",
      words: "look at its roles, and tag them",
      needs: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:TagRole",
        "iam:UntagRole",
      ],
      on,
    },
  ];
}

export function readingRoles({ cast, account }: At, names: readonly string[]): Duty {
  return {
    id: "roles/read",
    words: "look at roles with their policies",
    needs: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    on: exactly(names.map((name) => roleArn(cast.region, account, name))),
  };
}

export function readingBoundary(boundary: string): Duty {
  return {
    id: "boundary/read",
    words: "look at the boundary",
    needs: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    on: exactly([boundary]),
  };
}

export function readingPolicies({ cast, account }: At, names: string): Duty {
  return {
    id: "policies/read",
    words: "look at managed policies",
    needs: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    on: like([policyArn(cast.region, account, names)]),
  };
}

/** Sees whether the trail of alarms is there, and what it logs (R73). */
export function lookingAtTrail(at: At, named: string): Duty[] {
  const { region } = at.cast;
  const owned = named.startsWith("arn:");
  return [
    {
      id: "alarms/trails",
      words: "find trails in the Region",
      needs: ["cloudtrail:DescribeTrails"],
      on: WITHOUT_RESOURCE,
      bound: inRegion(at),
    },
    {
      id: "alarms/trail",
      words: "see what the trail of alarms logs",
      needs: ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"],
      on: owned
        ? exactly([named])
        : {
            [arn("cloudtrail", region, at.account, `trail/${named}`)]: arn(
              "cloudtrail",
              region,
              at.account,
              `trail/${named}`,
            ).replace(`:${region}:${at.account}:`, ":*:*:"),
          },
    },
  ];
}

/** Topics, rules and alarms of these names (R73). */
export function makingAlarms(
  { cast, account }: At,
  { topics, rules, alarms }: Readonly<Record<"topics" | "rules" | "alarms", readonly string[]>>,
): Duty[] {
  const { region } = cast;
  const named = (service: string, before: string, names: readonly string[]) =>
    like(names.map((name) => arn(service, region, account, `${before}${name}`)));
  return [
    {
      id: "alarms/topics",
      words: "make its topic of alarms, say who may publish, take it away",
      needs: [
        "CreateTopic",
        "DeleteTopic",
        "GetTopicAttributes",
        "ListTagsForResource",
        "SetTopicAttributes",
        "TagResource",
        "UntagResource",
      ].map((name) => `sns:${name}`),
      on: named("sns", "", topics),
    },
    ...(rules.length === 0
      ? []
      : [
          {
            id: "alarms/rules",
            words: "make the rules that tell of unexpected assumers, and take them away",
            needs: [
              "DeleteRule",
              "DescribeRule",
              "ListTagsForResource",
              "ListTargetsByRule",
              "PutRule",
              "PutTargets",
              "RemoveTargets",
              "TagResource",
              "UntagResource",
            ].map((name) => `events:${name}`),
            on: named("events", "rule/", rules),
          },
        ]),
    ...(alarms.length === 0
      ? []
      : [
          {
            id: "alarms/scans",
            words: "make the alarms of scans, and take them away",
            needs: [
              "DeleteAlarms",
              "ListTagsForResource",
              "PutMetricAlarm",
              "TagResource",
              "UntagResource",
            ].map((name) => `cloudwatch:${name}`),
            on: named("cloudwatch", "alarm:", alarms),
          },
          {
            id: "alarms/find",
            words: "find alarms of the account",
            needs: ["cloudwatch:DescribeAlarms"],
            on: named("cloudwatch", "alarm:", ["*"]),
          },
        ]),
  ];
}

export function passing({ cast, account }: At, names: readonly string[], service: string): Duty {
  return {
    id: "roles/pass",
    words: `hand its roles to ${service}`,
    needs: ["iam:PassRole"],
    on: like(names.map((name) => roleArn(cast.region, account, name))),
    given: { "iam:PassedToService": service },
    bound: { "iam:passedtoservice": [service] },
  };
}

/** Functions, what they are made from, and their logs. */
export function makingFunctions(
  at: At,
  names: readonly string[],
  region = at.cast.region,
  number = "",
): Duty[] {
  const { account } = at;
  return [
    {
      id: `functions/make${number}`,
      words: "make its functions, change them and take them away",
      needs: [
        "lambda:CreateFunction",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionConcurrency",
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConfiguration",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
        "lambda:PutFunctionConcurrency",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
      ],
      on: like(names.map((name) => functionArn(region, account, name))),
    },
    {
      id: `logs/make${number}`,
      words: "make log groups for its functions, and keep or drop what is in them",
      needs: [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:DeleteRetentionPolicy",
        "logs:ListTagsForResource",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
      ],
      on: like(
        names.flatMap((name) => {
          const group = arn("logs", region, account, `log-group:${connectorLogGroup({ name })}`);
          return [group, `${group}:*`];
        }),
      ),
    },
    {
      id: `logs/find${number}`,
      words: `find log groups in ${region}`,
      needs: ["logs:DescribeLogGroups"],
      on: WITHOUT_RESOURCE,
      given: { "aws:RequestedRegion": region },
      bound: { "aws:requestedregion": [region] },
    },
  ];
}

/** What connectors are made from: AWS's container image, or jars (`s3://bucket/key`). */
export function fetchingCode(
  { cast: { region } }: At,
  connectors: readonly { readonly jar?: string | undefined }[],
): Duty[] {
  const jars = connectors.flatMap(({ jar }) => (jar === undefined ? [] : [splitS3Location(jar)]));
  return [
    ...(jars.length === connectors.length
      ? []
      : [
          {
            id: "functions/image",
            words: "fetch AWS's image of the connector",
            needs: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            on: exactly([connectorRepositoryArn(region)]),
          },
        ]),
    ...(jars.length === 0
      ? []
      : [
          {
            id: "functions/jars",
            words: "fetch the jars that connectors are made from",
            needs: ["s3:GetObject"],
            on: exactly(jars.map(({ bucket, prefix }) => bucketArn(region, bucket, prefix))),
          },
        ]),
  ];
}

/** What functions in networks are made with (L13). */
export function findingNetworks(at: At): Duty {
  return {
    id: "functions/networks",
    words: "find subnets and security groups in the Region",
    needs: ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
    on: WITHOUT_RESOURCE,
    bound: inRegion(at),
  };
}

/** Databases and tables, which others made. */
export function findingData({ cast, account }: At, databases: readonly string[]): Duty {
  const at = (resource: string) => arn("glue", cast.region, account, resource);
  return {
    id: "glue/find",
    words: "see that the databases and tables are there",
    needs: ["glue:GetDatabase", "glue:GetTables"],
    on: like([
      at("catalog"),
      ...databases.flatMap((name) => [at(`database/${name}`), at(`table/${name}/*`)]),
    ]),
  };
}

/** Sample orders: databases of Glue, and their objects in buckets that are made for them. */
export function makingSampleOrders(
  { cast, account }: At,
  databases: readonly string[],
  buckets: readonly string[],
): Duty[] {
  if (databases.length === 0) return [];
  const at = (resource: string) => arn("glue", cast.region, account, resource);
  return [
    {
      id: "sample/database",
      words: "make the database of sample data with its table",
      needs: [
        "glue:CreateDatabase",
        "glue:CreateTable",
        "glue:DeleteDatabase",
        "glue:DeleteTable",
        "glue:GetPartitionIndexes",
        "glue:GetTable",
        "glue:GetTags",
        "glue:TagResource",
        "glue:UntagResource",
        "glue:UpdateDatabase",
        "glue:UpdateTable",
      ],
      on: like([
        at("catalog"),
        ...databases.flatMap((name) => [
          at(`database/${name}`),
          at(`table/${name}/*`),
          at(`userDefinedFunction/${name}/*`),
        ]),
      ]),
    },
    {
      id: "sample/objects",
      words: "put the sample data there",
      needs: ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
      on: like(buckets.map((bucket) => bucketArn(cast.region, bucket, "*"))),
      bound: { "aws:resourceaccount": [account] },
    },
  ];
}

/** The policies of what was there before: the Glue catalog's, and buckets'. */
export function readingExisting({ cast, account }: At, buckets: readonly string[]): Duty[] {
  return [
    {
      id: "glue/policy",
      words: "look at the policy of the Glue catalog",
      needs: ["glue:GetResourcePolicy"],
      on: exactly([arn("glue", cast.region, account, "catalog")]),
    },
    ...(buckets.length === 0
      ? []
      : [
          {
            id: "buckets/policies",
            words: "look at the policies of buckets that were there",
            needs: ["s3:GetBucketPolicy"],
            on: like(buckets.map((bucket) => bucketArn(cast.region, bucket))),
            bound: { "aws:resourceaccount": [account] },
          },
        ]),
  ];
}

/** AWS's application, and the stacks by which it makes those of the functions of which that was written. */
export function deployingApplications(
  { cast: { region }, account }: At,
  functions: readonly string[],
  specs: readonly { readonly application?: string | undefined }[],
): Duty[] {
  const names = functions.filter((_, index) => specs[index]?.application !== undefined);
  if (names.length === 0) return [];
  return [
    {
      id: "applications/deploy",
      words: "deploy AWS's application of the connector",
      needs: ["serverlessrepo:CreateCloudFormationChangeSet", "serverlessrepo:GetApplication"],
      on: exactly(applicationArns(region)),
    },
    {
      id: "applications/stacks",
      words: "make the application's stacks, change them and take them away",
      needs: [
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteStack",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
      ],
      on: like(names.map((name) => applicationStackArn(region, account, name))),
    },
    {
      id: "applications/transform",
      words: "have the application's template transformed",
      needs: ["cloudformation:CreateChangeSet"],
      on: exactly([transformArn(region)]),
    },
  ];
}

export function grantingInvocation(
  { cast, account }: At,
  names: readonly string[],
  principals: readonly string[],
): Duty[] {
  const on = exactly(names.map((name) => functionArn(cast.region, account, name)));
  return [
    ...principals.map((principal, index) => ({
      id: `functions/grant/${index + 1}`,
      words: `let ${principal} invoke its functions`,
      needs: ["lambda:AddPermission"],
      on,
      given: {
        "lambda:Principal": principal === "*" ? "*" : principal.replaceAll("?", "1").replaceAll("*", "any"),
      },
      bound: { "lambda:principal": principals },
    })),
    {
      id: "functions/withdraw",
      words: "take that back",
      needs: ["lambda:RemovePermission"],
      on,
    },
  ];
}

export function readingFunctions(
  { cast, account }: At,
  names: readonly string[],
  region = cast.region,
  number = "",
): Duty {
  return {
    id: `functions/read${number}`,
    words: "look at its functions, and who may invoke them",
    needs: ["lambda:GetFunctionConfiguration", "lambda:GetPolicy"],
    on: exactly(names.map((name) => functionArn(region, account, name))),
  };
}

/** Buckets, which a stranger might have taken the name of: of the own account only. */
export function makingBuckets({ cast, account }: At, names: readonly string[]): Duty[] {
  const { region } = cast;
  const ours = { "aws:resourceaccount": [account] };
  return [
    {
      id: "buckets/make",
      words: "make its buckets",
      needs: ["s3:CreateBucket"],
      on: like(names.map((name) => bucketArn(region, name))),
    },
    {
      id: "buckets/manage",
      words: "make its buckets private, and take them away",
      needs: [
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:ListTagsForResource",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
        "s3:UntagResource",
      ],
      on: like(names.map((name) => bucketArn(region, name))),
      bound: ours,
    },
    {
      id: "buckets/empty",
      words: "empty its buckets",
      needs: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"],
      on: like(names.map((name) => bucketArn(region, name, "*"))),
      bound: ours,
    },
  ];
}

export function makingCatalogs({ cast, account }: At, names: readonly string[]): Duty {
  return {
    id: "catalogs/make",
    words: "make its Athena catalogs, and take them away",
    needs: [
      "athena:CreateDataCatalog",
      "athena:DeleteDataCatalog",
      "athena:GetDataCatalog",
      "athena:ListTagsForResource",
      "athena:TagResource",
      "athena:UntagResource",
      "athena:UpdateDataCatalog",
    ],
    on: like(names.map((name) => arn("athena", cast.region, account, `datacatalog/${name}`))),
  };
}

export function findingTables(arns: readonly string[]): Duty {
  return {
    id: "tables/find",
    words: "see that the tables are there",
    needs: ["dynamodb:DescribeTable"],
    on: like(arns),
  };
}

export function makingSampleTable(table: string): Duty {
  return {
    id: "tables/sample",
    words: "make the sample table with its items",
    needs: [
      "CreateTable",
      "DeleteItem",
      "DeleteTable",
      "DescribeContinuousBackups",
      "DescribeTable",
      "DescribeTimeToLive",
      "GetItem",
      "ListTagsOfResource",
      "PutItem",
      "Scan",
      "TagResource",
      "UntagResource",
      "UpdateContinuousBackups",
      "UpdateItem",
      "UpdateTable",
    ].map((name) => `dynamodb:${name}`),
    on: exactly([table]),
  };
}

/** Keys, told by the environment's tag, since KMS chooses their ids. */
export function makingKeys(at: At, aliases: readonly string[]): Duty[] {
  const { cast, account } = at;
  const { region, environment } = cast;
  const keys = anyKeyOf(at);
  const unused = { "kms:resourcealiases": [ABSENT] };
  return [
    {
      id: "keys/make",
      words: "make keys of the environment",
      needs: ["kms:CreateKey"],
      on: WITHOUT_RESOURCE,
      given: { [`aws:RequestTag/${ENVIRONMENT_TAG}`]: environment.name },
      bound: { [`aws:requesttag/${ENVIRONMENT_TAG}`]: [environment.name], ...unused, ...inRegion(at) },
    },
    {
      id: "keys/tag",
      words: "tag a key that nobody uses yet as the environment's",
      needs: ["kms:TagResource"],
      on: Object.fromEntries(Object.keys(keys).map((key) => [key, "*"])),
      given: { [`aws:RequestTag/${ENVIRONMENT_TAG}`]: environment.name },
      bound: { [`aws:requesttag/${ENVIRONMENT_TAG}`]: [environment.name], ...unused, ...inRegion(at) },
    },
    {
      id: "keys/name",
      words: "name them",
      needs: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      on: like(aliases.map((alias) => arn("kms", region, account, alias))),
    },
    {
      id: "keys/find",
      words: "find a key by its alias",
      needs: ["kms:DescribeKey"],
      on: keys,
      given: { "kms:RequestAlias": (aliases[0] ?? "").replaceAll("*", "proof") },
      bound: { "kms:requestalias": aliases },
    },
    {
      id: "keys/aliases",
      words: "list keys and aliases in the Region",
      needs: ["kms:ListAliases", "kms:ListKeys"],
      on: WITHOUT_RESOURCE,
      bound: inRegion(at),
    },
  ];
}

/** That keys which let in whom the account does are nobody's to manage, tagged as the environment's or not (R53, R70). */
export function foreignKeys({ cast, account, party, id }: Holder): RequestRow {
  const tag = `aws:ResourceTag/${ENVIRONMENT_TAG}`;
  return rowWriter(`${id}/keys`, ["R13", "R53", "R70"]).mayNot(
    "foreign",
    party,
    "manage keys by policies of its own, whatever their tags",
    [{}, { [tag]: cast.environment.name }].flatMap((context) =>
      requests(
        cast.region,
        [
          "PutKeyPolicy",
          "CreateGrant",
          "ScheduleKeyDeletion",
          "DisableKey",
          "CreateAlias",
          "UntagResource",
        ].map((name) => `kms:${name}`),
        Object.keys(anyKeyOf({ cast, account })),
        { resourceAccount: account, policies: "open", context },
      ),
    ),
  );
}

/** Keys of spill buckets as spokes' stacks meet them. */
export function usingKeys(at: At, aliases: readonly string[], grantees: readonly string[]): Duty[] {
  const keys = anyKeyOf(at);
  const [alias = ""] = aliases;
  const named = { "kms:ResourceAliases": [alias] };
  const bound = { "kms:resourcealiases": aliases };
  return [
    {
      id: "keys/read",
      words: "look at the keys of spill buckets, and who may use them",
      needs: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants", "kms:ListResourceTags"],
      on: keys,
      given: named,
      bound,
    },
    ...(grantees.length === 0
      ? []
      : [
          ...grantees.map((grantee, index) => ({
            id: `keys/grant/${index + 1}`,
            words: `let ${grantee} decrypt, and nothing else`,
            needs: ["kms:CreateGrant"],
            on: keys,
            given: {
              ...named,
              "kms:GrantOperations": ["Decrypt"],
              "kms:GrantConstraintType": "EncryptionContextSubset",
              "kms:GranteePrincipal": grantee.replaceAll("*", "any"),
            },
            bound: {
              ...bound,
              "kms:grantoperations": ["Decrypt"],
              "kms:grantconstrainttype": ["EncryptionContextSubset"],
              "kms:granteeprincipal": grantees,
            },
          })),
          {
            id: "keys/withdraw",
            words: "take that back",
            needs: ["kms:RevokeGrant"],
            on: keys,
            given: named,
            bound,
          },
        ]),
  ];
}
