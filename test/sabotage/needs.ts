/** What every statement and condition is for: what stops without it, or who gets in. */
import { ENVIRONMENT_TAG } from "../../access/tags";
import { BOOTSTRAP_ROLES, type Title } from "./documents";
import type { CommandName } from "./lifecycle";
import type { OutsiderName } from "./outsiders";
import type { Who, WorkName } from "./works";

/** Numbers of the errors that the seeds describe (docs/requirements.md). */
export type ErrorNumber = "e1" | "e2" | "e3" | "e5" | "e6" | "e7" | "e9";

/** What one statement is needed for. */
export interface Need {
  /** What stops when less is allowed, and the error that says so: where docs/requirements.md has a number for it, with that. */
  readonly stops: readonly [
    work: WorkName | CommandName,
    /** `its actions`: that one of the statement's actions is refused. */
    error: RegExp | "its actions",
    number?: ErrorNumber,
  ];
  /** Who gets in when more is allowed: without the whole of a Deny, or by the condition that an Allow lacks then. */
  readonly admits?: OutsiderName | Readonly<Record<string, OutsiderName>>;
}

const identityLacks = (action: string): RegExp => lacks("identity-based policy", action);
const boundaryLacks = (action: string): RegExp => lacks("permissions boundary", action);
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

/** What a bootstrap role is assumed for. */
function trusted(command: CommandName): Record<string, Need> {
  return {
    TrustedToDeploy: {
      stops: [command, /is not authorized to perform: sts:AssumeRole/, "e9"],
      admits: { "aws:PrincipalArn": "another principal of those trusted" },
    },
  };
}

/** Buckets with their settings: of one that is there and may not be looked at, S3 says that it is somebody else's. */
function bucketsFor(command: CommandName): Need {
  return {
    stops: [
      command,
      /is not authorized to perform: s3:|bucket name ".+" is taken by another account .* may not look at it/,
    ],
    admits: { "aws:ResourceAccount": "stranger's bucket looked into" },
  };
}

/** What a command needs of a bootstrap role. */
function needed(command: CommandName, admits?: Need["admits"]): Need {
  return { stops: [command, "its actions"], ...(admits === undefined ? {} : { admits }) };
}

/** What Role A goes on into Role B with. */
const TO_ROLE_B: Need = {
  stops: [
    "data source",
    /^UPDATE_FAILED: Role A to Role B: .* because no identity-based policy allows/,
    "e5",
  ],
  admits: {
    "aws:ResourceOrgID": "Role B of a stranger",
    "sts:ExternalId": "Role A for no data source",
  },
};

/** Whom Role A lets in. */
const QUICK_TO_ROLE_A: Need["stops"] = [
  "data source",
  /^UPDATE_FAILED: Quick to Role A: .* because no role trust policy allows/,
  "e9",
];

const MAKING_ROLES = { "iam:PermissionsBoundary": "trust of a role without boundary" } as const;
const REMOVED_ROLES = { "iam:PermissionsBoundary": "role without boundary disarmed" } as const;
const EMPTIED_BUCKET = { "aws:ResourceAccount": "stranger's bucket emptied" } as const;

/** By the document's title and the statement's Sid, without the number or the stack's name it may end in. */
export const NEEDS: Readonly<Record<Title, Readonly<Record<string, Need>>>> = {
  "bootstrap: hub deployer's trust": trusted("environment update"),
  "bootstrap: hub onboarder's trust": trusted("verification"),
  "bootstrap: producer deployer's trust": trusted("environment update"),
  "bootstrap: producer onboarder's trust": trusted("verification"),
  "bootstrap: spoke deployer's trust": trusted("verification"),
  "bootstrap: hub deployer's permissions": {
    MakeRolesUnderBoundary: needed("environment up", MAKING_ROLES),
    RemoveRolesUnderBoundary: needed("destruction", REMOVED_ROLES),
    ReadAndTagRoles: needed("environment up"),
    ManagePolicies: needed("onboarding"),
    AttachPoliciesUnderBoundary: needed("onboarding", {
      "iam:PermissionsBoundary": "policy attached to a role without boundary",
      "iam:PolicyARN": "policy of another's attached",
    }),
  },
  "bootstrap: hub onboarder's permissions": {
    CloudControl: needed("onboarding", { "aws:RequestedRegion": "Cloud Control of another Region" }),
    CreateDataSources: needed("onboarding", {
      [`aws:RequestTag/${ENVIRONMENT_TAG}`]: "data source of no environment",
    }),
    DataSources: needed("onboarding"),
    CreateDataSets: needed("onboarding", {
      [`aws:RequestTag/${ENVIRONMENT_TAG}`]: "dataset of no environment",
    }),
    DataSets: needed("onboarding"),
    Ingestions: needed("onboarding"),
    FollowIngestions: needed("onboarding", { "aws:RequestedRegion": "ingestions of another Region" }),
    CountDataSources: needed("onboarding", { "aws:RequestedRegion": "data sources of another Region" }),
    FindPeople: needed("onboarding"),
    FindSubscription: needed("onboarding"),
    PassRoleA: { stops: ["onboarding", "its actions", "e6"] },
    MakeRolesUnderBoundary: needed("onboarding", MAKING_ROLES),
    RemoveRolesUnderBoundary: needed("offboarding", REMOVED_ROLES),
    ReadAndTagRoles: needed("onboarding"),
    ReadRoles: needed("verification"),
    ReadBoundary: needed("proof"),
    ReadTrail: needed("verification", { "aws:RequestedRegion": "trail of another Region" }),
    ReadPolicies: needed("verification"),
  },
  "bootstrap: producer deployer's permissions": {
    MakeRolesUnderBoundary: needed("environment up", MAKING_ROLES),
    RemoveRolesUnderBoundary: needed("destruction", REMOVED_ROLES),
    ReadAndTagRoles: needed("environment up"),
    PassConnectorRoles: needed("environment up"),
    Functions: needed("environment up"),
    FetchImage: needed("environment up"),
    GrantInvocation: needed("environment up", { "lambda:Principal": "invocation granted to an account" }),
    WithdrawInvocation: needed("destruction"),
    ReadFunctions: needed("environment up"),
    LogGroups: needed("environment up"),
    FindLogGroups: needed("environment up", { "aws:RequestedRegion": "log groups of another Region" }),
    MakeBuckets: needed("environment up"),
    Buckets: bucketsFor("environment up"),
    EmptyBuckets: needed("destruction with its data", EMPTIED_BUCKET),
    Catalogs: needed("environment up"),
    FindTables: needed("environment up"),
    MakeKeys: needed("environment up", {
      "kms:ResourceAliases": "somebody's key made ours",
      [`aws:RequestTag/${ENVIRONMENT_TAG}`]: "key of no environment",
      "aws:RequestedRegion": "key in another Region",
    }),
    NameKeys: needed("environment up"),
    FindKeys: needed("environment up", { "kms:RequestAlias": "somebody's key found" }),
    FindAliases: needed("environment up", { "aws:RequestedRegion": "aliases of another Region" }),
    SampleTable: needed("environment up"),
  },
  "bootstrap: producer onboarder's permissions": {
    GrantInvocation: needed("onboarding", { "lambda:Principal": "invocation granted to everybody" }),
    WithdrawInvocation: needed("offboarding"),
    ReadFunctions: needed("verification"),
    ReadSpillPolicy: needed("verification"),
    ReadRoles: needed("proof"),
    ReadBoundary: needed("proof"),
    ListTables: needed("verification"),
    AskConnectorsByAthena: needed("verification", { "aws:CalledVia": "invocation not by Athena" }),
    ReadKeys: needed("verification", { "kms:ResourceAliases": "somebody's key read" }),
    GrantDecryption: needed("onboarding", {
      "kms:ResourceAliases": "somebody's key granted",
      "kms:GrantOperations": "grant of more than to decrypt",
      "kms:GrantConstraintType": "grant for any bucket",
      "kms:GranteePrincipal": "grant to another role",
    }),
    AssumeShareRoles: needed("onboarding", { "aws:ResourceOrgID": "share role of a stranger" }),
    WithdrawDecryption: needed("offboarding", { "kms:ResourceAliases": "somebody's grant withdrawn" }),
  },
  "bootstrap: spoke deployer's permissions": {
    MakeRolesUnderBoundary: needed("onboarding", MAKING_ROLES),
    RemoveRolesUnderBoundary: needed("offboarding", REMOVED_ROLES),
    ReadAndTagRoles: needed("onboarding"),
    MakeBuckets: needed("onboarding"),
    Buckets: bucketsFor("onboarding"),
    EmptyBuckets: needed("offboarding with its data", EMPTIED_BUCKET),
    Workgroups: needed("onboarding"),
    Catalogs: needed("onboarding"),
    FindSharedCatalogs: needed("onboarding"),
    FindData: needed("verification"),
    ReadBoundary: needed("proof"),
    ReadCatalogPolicy: needed("proof"),
    ReadHistory: needed("costs"),
    ReadTrail: needed("verification", { "aws:RequestedRegion": "trail of another Region" }),
    QueryAsAnalyst: needed("verification"),
    FindOrganization: { stops: ["onboarding", /may not describe its organization/] },
    SampleDatabase: needed("onboarding"),
    SampleObjects: needed("onboarding", { "aws:ResourceAccount": "stranger's data bucket written to" }),
  },
  "bootstrap: tables deployer's trust": trusted("environment update"),
  "bootstrap: tables deployer's permissions": {
    MakeRolesUnderBoundary: needed("environment up", MAKING_ROLES),
    RemoveRolesUnderBoundary: needed("destruction", REMOVED_ROLES),
    ReadAndTagRoles: needed("environment up"),
    FindTables: needed("environment up"),
    ReadBoundary: needed("proof"),
  },
  "bootstrap: tables boundary": {
    ReadTables: { stops: ["rows as Quick", boundaryLacks("dynamodb:Scan")] },
    ListTables: {
      stops: ["rows as Quick", boundaryLacks("dynamodb:ListTables")],
      admits: { "aws:RequestedRegion": "tables role lists tables of another Region" },
    },
  },
  "bootstrap: hub boundary": {
    AssumeRoleB: {
      stops: [
        "data source",
        /^UPDATE_FAILED: Role A to Role B: .* because no permissions boundary allows/,
        "e5",
      ],
      admits: {
        "aws:ResourceOrgID": "Role B of a stranger",
        "sts:ExternalId": "Role A for no data source",
      },
    },
  },
  "bootstrap: producer boundary": {
    ReadTables: { stops: ["rows as Quick", boundaryLacks("dynamodb:Scan")] },
    ListTables: {
      stops: ["rows as Quick", boundaryLacks("dynamodb:ListTables")],
      admits: { "aws:RequestedRegion": "connector lists tables of another Region" },
    },
    AssumeTablesRoles: { stops: ["rows of a new connector", boundaryLacks("sts:AssumeRole")] },
    CheckSpillBucket: {
      stops: ["rows of a new connector", /spill_bucket: .* not found under your account/],
    },
    Spill: { stops: ["spilled blocks as Quick", boundaryLacks("s3:PutObject")] },
    EncryptSpill: {
      stops: ["spilled rows as Quick", boundaryLacks("kms:GenerateDataKey")],
      admits: { "kms:ResourceAliases": "connector encrypts with somebody's key" },
    },
    DrawNonces: {
      stops: ["spilled rows as Quick", boundaryLacks("kms:GenerateRandom")],
      admits: { "aws:RequestedRegion": "connector draws in another Region" },
    },
  },
  // No chain goes through it.
  "bootstrap: reader boundary": {},
  "bootstrap: spoke boundary": {
    AthenaInRegion: {
      stops: ["browsing as Quick", boundaryLacks("athena:ListDataCatalogs")],
      admits: { "aws:RequestedRegion": "Quick in another Region" },
    },
    AthenaWorkgroups: { stops: ["orders as Quick", boundaryLacks("athena:StartQueryExecution")] },
    AthenaCatalogs: { stops: ["rows as Quick", boundaryLacks("athena:GetDataCatalog")] },
    GlueRead: { stops: ["orders as Quick", boundaryLacks("glue:GetDatabase")] },
    ReadData: { stops: ["orders as Quick", boundaryLacks("s3:ListBucket")] },
    WriteResults: {
      stops: ["orders as Quick", boundaryLacks("s3:GetBucketLocation")],
      admits: { "aws:ResourceAccount": "Quick writes into a stranger's results bucket" },
    },
    InvokeConnectors: { stops: ["rows as Quick", boundaryLacks("lambda:InvokeFunction")] },
    ReadSpill: { stops: ["spilled rows as Quick", boundaryLacks("s3:GetObject"), "e2"] },
    DecryptSpill: {
      stops: ["spilled rows as Quick", boundaryLacks("kms:Decrypt"), "e3"],
      admits: { "kms:ViaService": "Quick decrypts by itself" },
    },
    ManageSharedCatalogs: { stops: ["sharing", boundaryLacks("athena:UpdateDataCatalog")] },
  },
  "Role A's trust": {
    QuickAssumesRoleA: { stops: QUICK_TO_ROLE_A },
  },
  "Role A's permissions": { AssumeRoleBByName: TO_ROLE_B, AssumeListedRoleB: TO_ROLE_B },
  "dedicated Role A's trust": {
    QuickAssumesRoleA: {
      stops: QUICK_TO_ROLE_A,
      admits: { "aws:SourceArn": "another data source to a spoke's own Role A" },
    },
  },
  "dedicated Role A's permissions": { AssumeRoleB: TO_ROLE_B },
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
  "share role's trust": {
    ProducerSharesConnector: {
      stops: ["sharing", lacks("role trust policy", "sts:AssumeRole"), "e9"],
      admits: { "aws:PrincipalArn": "another role of the producer shares" },
    },
  },
  "share role's permissions": {
    ManageSharedCatalogs: { stops: ["sharing", identityLacks("athena:UpdateDataCatalog")] },
  },
  "connector's trust": {
    LambdaRunsConnector: {
      stops: ["rows as Quick", /The role defined for the function cannot be assumed by Lambda/],
    },
  },
  "connector's permissions": {
    AssumeTablesRole: { stops: ["rows of a new connector", identityLacks("sts:AssumeRole")] },
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
      stops: ["spilled blocks as Quick", identityLacks("s3:PutObject")],
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
      stops: ["spilled blocks as Quick", identityLacks("kms:GenerateDataKey")],
      admits: {
        "kms:ViaService": "connector encrypts by itself",
        "kms:EncryptionContext:aws:s3:arn": "connector encrypts for another bucket",
      },
    },
  },
  "tables role's trust": {
    ConnectorReadsTables: {
      stops: ["rows of a new connector", lacks("role trust policy", "sts:AssumeRole")],
      admits: { "aws:PrincipalArn": "another role of the producer becomes the tables role" },
    },
  },
  "tables role's permissions": {
    ReadTables: { stops: ["rows as Quick", identityLacks("dynamodb:Scan")] },
    FindTablesInLowerCase: { stops: ["rows as Quick", identityLacks("dynamodb:Scan")] },
    ListTables: {
      stops: ["rows as Quick", identityLacks("dynamodb:ListTables")],
      admits: { "aws:RequestedRegion": "tables role lists tables of another Region" },
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
    DenyInsecureTransport: {
      stops: ["spilled blocks as Quick", /s3:PutObject .* with an explicit deny in a resource-based policy/],
      admits: "plain HTTP",
    },
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
    DeployerManagesKey: { stops: ["management of the key", identityLacks("kms:GetKeyPolicy")] },
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

const LOG =
  'Lambda writes the log with the execution role, and the sandbox keeps no log ("AWSLambdaBasicExecutionRole", AWS managed policy reference)';
const OF_A_NAMED_ACCOUNT =
  'the accounts of those trusted are named beside it; it ends the trust in an account that leaves the organization, which no account here does ("AWS global condition context keys", IAM user guide)';
const PASSED_ELSEWHERE =
  'the role may call no other service that a role could be passed to ("Granting a user permissions to pass a role to an AWS service", IAM user guide)';

/**
 * What the sandbox cannot show, and why it is there all the same: the beginning of a row's name, and the reason with the
 * document of AWS that it rests on.
 */
export const ONLY_ON_AWS: Readonly<Record<string, string>> = {
  "Role A's trust: QuickAssumesRoleA without aws:SourceAccount":
    'aws:SourceArn beside it names the account too; AWS recommends both ("Cross-service confused deputy prevention", IAM user guide)',
  "Role A's trust: QuickAssumesRoleA without aws:SourceArn":
    'keeps out what else of Quick in the hub assumes roles, and the sandbox\'s Quick has data sources only ("Cross-service confused deputy prevention", IAM user guide)',
  "dedicated Role A's trust: QuickAssumesRoleA without aws:SourceAccount":
    'aws:SourceArn beside it names the account too; AWS recommends both ("Cross-service confused deputy prevention", IAM user guide)',
  "share role's trust: ProducerSharesConnector without aws:PrincipalOrgID": OF_A_NAMED_ACCOUNT,
  "tables role's trust: ConnectorReadsTables without aws:PrincipalOrgID": OF_A_NAMED_ACCOUNT,
  "Role B's permissions: LocateDataBuckets": DATA_BUCKETS,
  "analyst's permissions: LocateDataBuckets": DATA_BUCKETS,
  ...Object.fromEntries(
    BOOTSTRAP_ROLES.map((role) => [
      `bootstrap: ${role}'s trust: TrustedToDeploy without aws:PrincipalOrgID`,
      OF_A_NAMED_ACCOUNT,
    ]),
  ),
  "bootstrap: hub onboarder's permissions: PassRoleA without iam:PassedToService": PASSED_ELSEWHERE,
  "bootstrap: producer deployer's permissions: PassConnectorRoles without iam:PassedToService":
    PASSED_ELSEWHERE,
  "bootstrap: producer boundary: WriteLogs": LOG,
  "connector's permissions: WriteLog": LOG,
};

const OWN_CONNECTOR =
  "a connector of a spoke's own: the same functions build what a producer has, and it is tried there";
const PRODUCTS = "products: data of Glue that accounts share, on which no connector is";
const EXISTING = "what the spoke has had before: a workgroup, a bucket for results, data";
const BY_HAND = "somebody of the producer shares by hand, and no stack";
const NETWORKS = "connectors in a VPC: the sandbox's Lambda has no networks";
const ALARMS = "environments with alarms";
const READERS = "third parties' readers, and analysts that are users: users beside the chain";

/**
 * Statements that are built for what no environment here has: what that is, the document's title, and Sids. Whatever
 * access/ builds in the documents here is tried, or is in this table.
 */
export const UNTRIED: readonly (readonly [what: string, title: Title, sids: string])[] = [
  [
    OWN_CONNECTOR,
    "bootstrap: spoke deployer's permissions",
    "FetchImage FindAliases FindKeys FindLogGroups FindTables Functions LogGroups MakeKeys NameKeys PassConnectorRoles",
  ],
  [
    OWN_CONNECTOR,
    "bootstrap: spoke boundary",
    "CheckSpillBucket DrawNonces EncryptSpill ListTables ReadTables Spill WriteLogs",
  ],
  [
    PRODUCTS,
    "bootstrap: producer deployer's permissions",
    "DataBucketPolicies FindData GluePolicy LakeFormation LakeShares MakeLakeShares PassLakeRoles ReadBoundary SampleDatabase SampleObjects",
  ],
  [PRODUCTS, "bootstrap: producer boundary", "NoRoleIsMade ReadLocations"],
  [PRODUCTS, "bootstrap: spoke deployer's permissions", "LakeFormation Links"],
  [PRODUCTS, "bootstrap: spoke boundary", "GlueReadProducts LakeFormationCredentials"],
  [PRODUCTS, "Role B's permissions", "GlueReadLinks GlueReadProducts LakeFormationCredentials"],
  [PRODUCTS, "analyst's permissions", "GlueReadLinks GlueReadProducts LakeFormationCredentials"],
  [
    EXISTING,
    "bootstrap: spoke deployer's permissions",
    "FindResultsPlaces FindWorkgroups ReadBucketPolicies",
  ],
  [OWN_CONNECTOR, "bootstrap: spoke boundary", "AssumeTablesRoles"],
  [BY_HAND, "share role's permissions", "CreateCatalogs"],
  [BY_HAND, "bootstrap: spoke boundary", "CreateCatalogs"],
  [NETWORKS, "bootstrap: producer deployer's permissions", "FindNetworks"],
  [NETWORKS, "bootstrap: producer boundary", "NetworkInterfaces"],
  [NETWORKS, "bootstrap: spoke deployer's permissions", "FindNetworks"],
  [NETWORKS, "bootstrap: spoke boundary", "NetworkInterfaces"],
  [
    NETWORKS,
    "connector's permissions",
    "MakeNetworkInterfaces ChangeNetworkInterfaces LookAtNetwork NoNetworkByCode",
  ],
  [
    READERS,
    "bootstrap: spoke deployer's permissions",
    "MakeUsersUnderBoundary ManageUsers ManageUserPolicies AttachUserPolicies ReaderKeys",
  ],
  [READERS, "function's policy", "ReaderInvocationStatement"],
  [READERS, "bootstrap: spoke boundary", "AssumeReaders"],
  [ALARMS, "bootstrap: hub deployer's permissions", "AlarmTopics AlarmRules FindTrails LookAtTrail"],
  [ALARMS, "bootstrap: hub onboarder's permissions", "ReadAlarmTopic"],
  [
    ALARMS,
    "bootstrap: spoke deployer's permissions",
    "AlarmTopics AlarmRules ScanAlarms FindAlarms FindTrails LookAtTrail",
  ],
  [
    "functions of other accounts that read a table by a role beside it",
    "bootstrap: producer boundary",
    "GetItems",
  ],
  ["connectors from a jar of one's own", "bootstrap: producer deployer's permissions", "FetchJars"],
];
