/** What every statement and condition is for: what stops without it, or who gets in. */
import type { Title } from "./documents";
import type { OutsiderName } from "./outsiders";
import type { Who, WorkName } from "./works";

/** Numbers of the errors that the seeds describe (docs/requirements.md). */
export type ErrorNumber = "e1" | "e2" | "e3" | "e5" | "e6" | "e7" | "e9";

/** What one statement is needed for. */
export interface Need {
  /** What stops when less is allowed, and the error that says so: where docs/requirements.md has a number for it, with that. */
  readonly stops: readonly [work: WorkName, error: RegExp, number?: ErrorNumber];
  /** Who gets in when more is allowed: without the whole of a Deny, or by the condition that an Allow lacks then. */
  readonly admits?: OutsiderName | Readonly<Record<string, OutsiderName>>;
}

const identityLacks = (action: string): RegExp => lacks("identity-based policy", action);
const resourceLacks = (action: string): RegExp => lacks("resource-based policy", action);

function lacks(policy: string, action: string): RegExp {
  return new RegExp(`not authorized to perform: ${action} on resource: .* because no ${policy} allows`);
}

/** What each statement is for that Role B and the analyst query with. */
function toQuery(who: Who): Record<string, Need> {
  return {
    AthenaInRegion: {
      stops: [`browsing as ${who}`, identityLacks("athena:ListDataCatalogs")],
      admits: { "aws:RequestedRegion": `${who} in another Region` },
    },
    AthenaWorkgroup: { stops: [`orders as ${who}`, identityLacks("athena:StartQueryExecution")] },
    AthenaCatalogs: { stops: [`rows as ${who}`, identityLacks("athena:GetDataCatalog")] },
    GlueRead: { stops: [`orders as ${who}`, identityLacks("glue:GetTable")] },
    GlueDefaultDatabase: { stops: [`orders as ${who}`, identityLacks("glue:GetDatabase")] },
    ListData: {
      stops: [`orders as ${who}`, identityLacks("s3:ListBucket")],
      admits: { "s3:prefix": `${who} beside the prefix` },
    },
    ReadData: { stops: [`orders as ${who}`, identityLacks("s3:GetObject")] },
    ResultsBucket: {
      stops: [`orders as ${who}`, identityLacks("s3:GetBucketLocation")],
      admits: { "aws:ResourceAccount": `${who} lists a stranger's results bucket` },
    },
    ResultsObjects: {
      stops: [`orders as ${who}`, identityLacks("s3:PutObject")],
      admits: { "aws:ResourceAccount": `${who} writes into a stranger's results bucket` },
    },
    InvokeConnectors: { stops: [`rows as ${who}`, identityLacks("lambda:InvokeFunction")] },
    ListSpill: {
      stops: [`list of what is spilled as ${who}`, identityLacks("s3:ListBucket")],
      admits: { "aws:ResourceAccount": `${who} lists a stranger's spill bucket` },
    },
    ReadSpill: {
      stops: [`spilled rows as ${who}`, identityLacks("s3:GetObject"), "e2"],
      admits: { "aws:ResourceAccount": `${who} reads a stranger's spill bucket` },
    },
    DecryptSpill: {
      stops: [`spilled rows as ${who}`, identityLacks("kms:Decrypt"), "e3"],
      admits: decrypting(who),
    },
  };
}

function decrypting(who: Who): Record<string, OutsiderName> {
  return {
    "kms:ViaService": `${who} decrypts by itself`,
    "kms:EncryptionContext:aws:s3:arn": `${who} decrypts of another bucket`,
  };
}

/** By the document's title and the statement's Sid, without the number or the stack's name it may end in. */
export const NEEDS: Readonly<Record<Title, Readonly<Record<string, Need>>>> = {
  "Role A's trust": {
    QuickAssumesRoleA: {
      stops: ["data source", /^UPDATE_FAILED: Quick to Role A: .* because no role trust policy allows/, "e9"],
    },
  },
  "Role A's permissions": {
    AssumeRoleBByName: {
      stops: [
        "data source",
        /^UPDATE_FAILED: Role A to Role B: .* because no identity-based policy allows/,
        "e5",
      ],
      admits: {
        "aws:ResourceOrgID": "Role B of a stranger",
        "sts:ExternalId": "Role A for no data source",
      },
    },
    AssumeListedRoleB: {
      stops: [
        "data source",
        /^UPDATE_FAILED: Role A to Role B: .* because no identity-based policy allows/,
        "e5",
      ],
      admits: { "sts:ExternalId": "Role A for no data source" },
    },
  },
  "Role B's trust": {
    RoleAAssumesRoleB: {
      stops: [
        "data source",
        /^UPDATE_FAILED: Role A to Role B: .* because no role trust policy allows/,
        "e9",
      ],
      admits: {
        "aws:PrincipalArn": "another role of the hub",
        "sts:ExternalId": "another data source",
      },
    },
  },
  "Role B's permissions": toQuery("Quick"),
  "analyst's trust": {
    OwnAccountAssumesAnalyst: {
      stops: ["rows as analyst", lacks("role trust policy", "sts:AssumeRole")],
    },
  },
  "analyst's permissions": toQuery("analyst"),
  "connector's trust": {
    LambdaRunsConnector: {
      stops: ["rows as Quick", /The role defined for the function cannot be assumed by Lambda/],
    },
  },
  "connector's permissions": {
    ReadTables: { stops: ["rows as Quick", identityLacks("dynamodb:Scan")] },
    FindTablesInLowerCase: { stops: ["rows as Quick", identityLacks("dynamodb:Scan")] },
    ListTables: {
      stops: ["rows as Quick", identityLacks("dynamodb:ListTables")],
      admits: { "aws:RequestedRegion": "connector lists tables of another Region" },
    },
    CheckSpillBucket: {
      stops: ["rows of a new connector", /spill_bucket: .* not found under your account/],
      admits: { "aws:ResourceAccount": "connector trusts a stranger's bucket" },
    },
    Spill: {
      stops: ["spilled rows as Quick", /0 of 20 rows/],
      admits: { "aws:ResourceAccount": "connector into a stranger's bucket" },
    },
    EncryptBlocks: {
      stops: ["spilled rows as Quick", identityLacks("kms:GenerateDataKey")],
      admits: { "kms:RequestAlias": "connector encrypts by itself" },
    },
    DrawNonces: {
      stops: ["spilled rows as Quick", identityLacks("kms:GenerateRandom")],
      admits: { "aws:RequestedRegion": "connector draws in another Region" },
    },
    EncryptSpill: {
      stops: ["spilled rows as Quick", /0 of 20 rows/],
      admits: {
        "kms:ViaService": "connector encrypts by itself",
        "kms:EncryptionContext:aws:s3:arn": "connector encrypts for another bucket",
      },
    },
  },
  "function's policy": {
    AnalystInvocationStatement: {
      stops: ["rows as analyst", resourceLacks("lambda:InvokeFunction")],
    },
    CrossAccountInvocationStatement: {
      stops: ["rows as Quick", resourceLacks("lambda:InvokeFunction")],
      admits: { "aws:PrincipalOrgID": "invocation by a stranger" },
    },
  },
  "spill bucket's policy": {
    DenyInsecureTransport: { stops: ["spilled rows as Quick", /0 of 20 rows/], admits: "plain HTTP" },
    ReadSpill: {
      stops: ["spilled rows as Quick", resourceLacks("s3:GetObject"), "e2"],
      admits: {
        "aws:PrincipalArn": "spilled rows by another role of the spoke",
        "aws:PrincipalOrgID": "spilled rows by a stranger",
      },
    },
    ListSpill: {
      stops: ["list of what is spilled as Quick", resourceLacks("s3:ListBucket")],
      admits: {
        "aws:PrincipalArn": "list by another role of the spoke",
        "aws:PrincipalOrgID": "list by a stranger",
      },
    },
  },
  "key's policy": {
    AdministerKey: { stops: ["administration of the key", resourceLacks("kms:DescribeKey")] },
    ConnectorsEncrypt: {
      stops: ["spilled rows as Quick", resourceLacks("kms:GenerateDataKey")],
      admits: { "aws:PrincipalArn": "another role of the producer encrypts" },
    },
    AccountReadsSpill: {
      stops: ["spilled rows of the producer", resourceLacks("kms:Decrypt"), "e3"],
      admits: {
        "kms:ViaService": "producer decrypts by itself",
        "kms:EncryptionContext:aws:s3:arn": "producer decrypts of another bucket",
      },
    },
    GrantUseOfTheKey: {
      stops: ["grant on the key", resourceLacks("kms:CreateGrant")],
      admits: {
        "kms:GrantOperations": "grant of more than to decrypt",
        "kms:GrantConstraintType": "grant for any bucket",
      },
    },
    "Allow use of the key": {
      stops: ["spilled rows as Quick", resourceLacks("kms:Decrypt"), "e3"],
      admits: {
        ...decrypting("Quick"),
        "aws:PrincipalArn": "spilled rows by another role of the spoke",
        "aws:PrincipalOrgID": "spilled rows by a stranger",
      },
    },
  },
  "key's grant": {
    RoleBDecrypts: {
      stops: ["spilled rows as Quick", resourceLacks("kms:Decrypt"), "e3"],
      admits: decrypting("Quick"),
    },
    AnalystDecrypts: {
      stops: ["spilled rows as analyst", resourceLacks("kms:Decrypt"), "e3"],
      admits: decrypting("analyst"),
    },
  },
  "private bucket's policy": {
    DenyInsecureTransport: {
      stops: ["orders as Quick", /with an explicit deny in a resource-based policy/],
      admits: "plain HTTP",
    },
  },
};

const DATA_BUCKETS =
  'Athena asks for the location of buckets with data, too (AWS re:Post, "athena-access-iam"); the sandbox\'s only for that of results';

/**
 * What the sandbox cannot show, and why it is there all the same: the beginning of a row's name, and the reason with the
 * document of AWS that it rests on.
 */
export const ONLY_ON_AWS: Readonly<Record<string, string>> = {
  "Role A's trust: QuickAssumesRoleA without aws:SourceAccount":
    'aws:SourceArn beside it names the account too; AWS recommends both ("Cross-service confused deputy prevention", IAM user guide)',
  "Role A's trust: QuickAssumesRoleA without aws:SourceArn":
    'keeps out what else of Quick in the hub assumes roles, and the sandbox\'s Quick has data sources only ("Cross-service confused deputy prevention", IAM user guide)',
  "Role B's permissions: LocateDataBuckets": DATA_BUCKETS,
  "analyst's permissions: LocateDataBuckets": DATA_BUCKETS,
  "connector's permissions: WriteLog":
    'Lambda writes the log with the execution role, and the sandbox keeps no log ("AWSLambdaBasicExecutionRole", AWS managed policy reference)',
};
