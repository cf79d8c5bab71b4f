/**
 * The roles under which the programs run, one set for each kind of account, as `spokes bootstrap` writes them into a
 * template (R39, R53, R70). Every statement has a Sid and is needed: without it, environment, onboarding, verification or
 * offboarding fails.
 *
 * Names are those of names.ts. What a request may choose freely is known from the requests given; without any, the
 * template reaches what has its default name.
 */
import { hubRuleNames, hubTopicName, scanAlarmName, spokeRuleName, spokeTopicName } from "./alarms";
import {
  arn,
  bucketArn,
  functionArn,
  keysArn,
  policyArn,
  principalArn,
  roleArn,
  rootArn,
  tableArn,
  userArn,
  viaService,
} from "./arn";
import { readBoundary, readExistingPolicies, readTopic } from "./bootstrap/proof";
import {
  alarming,
  allow,
  applications,
  askConnectors,
  buckets,
  catalogs,
  code,
  emptyBuckets,
  functions,
  grantInvocation,
  grantDecryption,
  inRegion,
  keys,
  leftRoles,
  listTables,
  logGroups,
  lookAtTrail,
  MANAGE_POLICIES,
  managedPolicies,
  named,
  passRoles,
  readCatalogs,
  readFunctions,
  readKeys,
  readManagedPolicies,
  readRoles,
  readHistory,
  readTables,
  readTrail,
  roles,
  sampleTable,
  type Where,
  workgroups,
} from "./bootstrap/statements";
import {
  byLake,
  consuming,
  lakeRoles,
  linking,
  productSamples,
  publishing,
  readLocations,
} from "./bootstrap/mesh";
import { connectorLogGroup } from "./connector";
import { type PolicyDocument, policyDocument, policyText, type Statement } from "./document";
import {
  type ConnectorSpec,
  type Environment,
  hasDedicatedRoleA,
  identityRegion,
  sharedRoleAScopes,
} from "./environment";
import { InputError } from "./faults";
import { levelsOf } from "./level";
import { limits } from "./limits";
import { defaultLinks, productCatalogs, productData, productLinks } from "./mesh/consumed";
import { sharedBuckets } from "./mesh/product";
import {
  type AccountKind,
  type BootstrapKind,
  analystPolicyName,
  analystRole,
  analystUser,
  ASSUME_CONSUMER_ROLE_POLICY,
  bootstrapRoleName,
  boundaryName,
  catalogsOf,
  type Connector,
  connectorArn,
  connectorRoleName,
  dataOf,
  ownConnector,
  dedicatedRoleANames,
  ownSpillBucketName,
  ownSpillKeyAlias,
  makesResultsBucket,
  ownsWorkgroup,
  producerConnector,
  reachableNames,
  resultsBucketName,
  resultsBuckets,
  sharedRoleAName,
  roleBName,
  SAMPLE_TABLE,
  shareRoleName,
  sampleDatabaseName,
  sampleDataBucketName,
  spillBucketName,
  spillKeyAlias,
  tablesRoleName,
  workgroupNameOf,
  GLUE_CATALOG,
  knownAnalysts,
  knownInvokers,
} from "./names";
import { NETWORK_ACTIONS } from "./network";
import type { SpokeRequest } from "./request";
import { sharesOf, shareStatements } from "./share";
import { tablesRoleArn } from "./tables";
import { anyDataSource } from "./role-a";
import { ATHENA_ON_CATALOG, ATHENA_ON_WORKGROUP, ATHENA_WITHOUT_RESOURCE, GLUE_READ } from "./role-b";
import { tableReaderLogGroup, tableReaders, tableReadersOf, tableRoleArn } from "./table-reader";
import { ENVIRONMENT_TAG } from "./tags";
import {
  ownsReaderWorkgroup,
  readerPolicyArn,
  readerRoleArn,
  readersOf,
  readerUserArn,
} from "./third-party-reader";
import { splitS3Location } from "./written";

/** A role of the template. */
export interface BootstrapRole {
  readonly description: string;
  readonly trust: PolicyDocument;
  readonly permissions: PolicyDocument;
}

/** What one account gets. */
export interface Bootstrap<Kind extends BootstrapKind = AccountKind> {
  readonly kind: Kind;
  readonly environment: string;
  /** Role's name -> what it is. */
  readonly roles: ReadonlyMap<string, BootstrapRole>;
  /** Whether the deployer is to be an administrator of the account's data lake, as Lake Formation asks of who grants (C18). */
  readonly administersLake: boolean;
  /** What roles that a deployer makes can have at most. */
  readonly boundary: { readonly name: string; readonly document: PolicyDocument };
}

/** What CloudFormation puts the account's id in place of, where a template is for many accounts. */
export const ANY_ACCOUNT = "${AWS::AccountId}";

/** The name of each role's one inline policy. */
export const BOOTSTRAP_POLICY = "AthenaSpokes";

/** The roles of the hub. */
export function hubBootstrap(environment: Environment, trusted: readonly string[]): Bootstrap {
  const { region, name } = environment;
  const where = { region, account: environment.hub.account };
  const shared = sharedRoleAName(environment);
  const own = hasDedicatedRoleA(environment) ? [dedicatedRoleANames(environment)] : [];
  const boundary = boundaryName("hub", name);
  const shards = `${ASSUME_CONSUMER_ROLE_POLICY}-${name}-*`;
  const listed = sharedRoleAScopes(environment).includes("list");
  const isShared = sharedRoleAScopes(environment).length > 0;
  return bootstrap(environment, "hub", trusted, {
    deployer: policyDocument(
      // Where each spoke has its own: only to find, and to take away, what an earlier scope has left.
      ...(isShared ? roles(where, [shared], boundary) : leftRoles(where, [shared], boundary)),
      ...(listed ? managedPolicies(where, shards, shared, boundary) : []),
      ...(environment.alarms === undefined
        ? []
        : [
            ...alarming(where, {
              topics: [hubTopicName(environment)],
              rules: Object.values(hubRuleNames(environment)),
              alarms: [],
            }),
            ...lookAtTrail(where, environment.alarms.trail),
          ]),
    ),
    onboarder: policyDocument(
      ...dataSources(where, environment),
      passRoles(where, "PassRoleA", [...(isShared ? [shared] : []), ...own], "quicksight.amazonaws.com"),
      ...(isShared ? [readRoles(where, [shared])] : []),
      readBoundary(where, boundary),
      readTrail(where),
      ...(listed ? [readManagedPolicies(where, shards)] : []),
      ...(environment.alarms === undefined ? [] : [readTopic(where, hubTopicName(environment))]),
      ...(own.length === 0 ? [] : roles(where, own, boundary)),
    ),
    boundary: policyDocument({
      Sid: "AssumeRoleB",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      // The account is `*` because spokes join without a change here.
      Resource: reachableNames(environment).map((role) => roleArn(region, "*", role)),
      Condition: {
        ...(environment.organization === undefined
          ? {}
          : { StringEquals: { "aws:ResourceOrgID": environment.organization } }),
        StringLike: { "sts:ExternalId": anyDataSource(environment) },
      },
    }),
  });
}

/**
 * The environment's data sources and their datasets through Cloud Control, and what of Quick is looked at before and after
 * (R62, R64, R66).
 */
function dataSources(where: Where, environment: Environment): Statement[] {
  const { region, account } = where;
  const { name } = environment;
  const { namespace } = environment.hub.quick;
  const people = (kind: string) =>
    arn("quicksight", identityRegion(environment), account, `${kind}/${namespace}/*`);
  const sources = arn("quicksight", region, account, `datasource/${name}-*`);
  const sets = arn("quicksight", region, account, `dataset/${name}-*`);
  const tagged = { StringEquals: { [`aws:RequestTag/${ENVIRONMENT_TAG}`]: name } };
  return [
    allow(
      "CloudControl",
      [
        "cloudformation:CancelResourceRequest",
        "cloudformation:CreateResource",
        "cloudformation:DeleteResource",
        "cloudformation:GetResource",
        "cloudformation:GetResourceRequestStatus",
        "cloudformation:UpdateResource",
      ],
      // AWS defines no resource type for them; what they do is asked for by the service's own actions.
      "*",
      inRegion(where),
    ),
    // AWS defines no resource type for it; to tag the new data source is allowed by name below.
    allow("CreateDataSources", "quicksight:CreateDataSource", "*", tagged),
    allow(
      "DataSources",
      [
        "quicksight:DeleteDataSource",
        "quicksight:DescribeDataSource",
        "quicksight:DescribeDataSourcePermissions",
        "quicksight:ListFoldersForResource",
        "quicksight:ListTagsForResource",
        // To build datasets on it.
        "quicksight:PassDataSource",
        "quicksight:TagResource",
        "quicksight:UntagResource",
        "quicksight:UpdateDataSource",
        "quicksight:UpdateDataSourcePermissions",
      ],
      sources,
    ),
    // AWS's reference says that it asks about the data source, AWS's own policies that it asks about the new dataset.
    allow("CreateDataSets", "quicksight:CreateDataSet", [sources, sets], tagged),
    allow(
      "DataSets",
      [
        "quicksight:DeleteDataSet",
        "quicksight:DeleteDataSetRefreshProperties",
        "quicksight:DescribeDataSet",
        "quicksight:DescribeDataSetPermissions",
        "quicksight:DescribeDataSetRefreshProperties",
        "quicksight:ListFoldersForResource",
        "quicksight:ListTagsForResource",
        "quicksight:TagResource",
        "quicksight:UntagResource",
        "quicksight:UpdateDataSet",
        "quicksight:UpdateDataSetPermissions",
      ],
      sets,
    ),
    allow(
      "Ingestions",
      ["quicksight:CancelIngestion", "quicksight:DescribeIngestion"],
      `${sets}/ingestion/*`,
    ),
    // AWS defines no resource type for it; the Region is the only bound there is.
    allow("FollowIngestions", "quicksight:ListIngestions", "*", inRegion(where)),
    // AWS defines no resource type for it; the Region is the only bound there is.
    allow("CountDataSources", "quicksight:ListDataSources", "*", inRegion(where)),
    allow(
      "FindPeople",
      ["quicksight:DescribeGroup", "quicksight:DescribeUser"],
      [people("user"), people("group")],
    ),
    allow(
      "FindSubscription",
      "quicksight:DescribeAccountSubscription",
      arn("quicksight", region, account, `account/${account}`),
    ),
  ];
}

/**
 * The roles of a producer's account; producers in the same account share them.
 *
 * @param spokes account ids of the spokes that its onboarder may let in. Default: any account, so that spokes join without a
 * change here; Lambda and KMS know no condition by which that could be the organization's only.
 */
export function producerBootstrap(
  environment: Environment,
  producer: string,
  trusted: readonly string[],
  spokes: readonly string[] = [],
): Bootstrap {
  const { region, name } = environment;
  const account = environment.producers[producer]?.account;
  if (account === undefined) throw new Error(`environment ${name} has no producer ${producer}`);
  const where = { region, account };
  const here = Object.entries(environment.producers).filter(([, spec]) => spec.account === account);
  const connectors = here.flatMap(([each, spec]) =>
    Object.keys(spec.connectors).map((connector) => producerConnector(environment, each, connector)),
  );
  const names = connectors.map((connector) => connector.name);
  const specs = here.flatMap(([, spec]) => Object.values(spec.connectors));
  const stacks = here.flatMap(([, spec]) => applied(Object.entries(spec.connectors)));
  const producersHere = here.map(([each]) => each);
  const samples = productSamples(environment, producersHere);
  const tables = unique(specs.flatMap((spec) => (spec.tablesIn === undefined ? spec.tables : [])));
  const spills = here.flatMap(([each, spec]) =>
    Object.keys(spec.connectors).length === 0 ? [] : [spillBucketName(environment, each)],
  );
  const made = [...spills, ...(samples?.buckets ?? [])];
  const roleNames = connectors.map(connectorRoleName);
  const jars = unique(specs.flatMap(({ jar }) => jar ?? []));
  const images = specs.some(({ jar }) => jar === undefined);
  const readers = here.flatMap(([each]) => tableReadersOf(environment, each));
  const lakes = lakeRoles(environment, producersHere);
  const published = unique(producersHere.flatMap((each) => sharedBuckets(environment, each)));
  const aliases = unique(here.flatMap(([each]) => spillKeyAlias(environment, each) ?? []));
  const keyed = aliases.length > 0;
  const principals = invokers(environment, spokes);
  const most = [
    ...(names.length === 0 ? [] : connectorBoundary(where, tables, spills, names, aliases)),
    ...beyondAccount(where, connectors, specs),
    ...(readers.length === 0
      ? []
      : [
          allow(
            "GetItems",
            "dynamodb:GetItem",
            unique(readers.map(({ table }) => tableArn(region, account, table.name))),
          ),
        ]),
    ...readLocations(where, environment, producersHere),
  ];
  return bootstrap(environment, "producer", trusted, {
    administersLake: lakes.length > 0,
    deployer: policyDocument(
      ...roles(
        where,
        [...roleNames, ...readers.map(({ role }) => role), ...lakes],
        boundaryName("producer", name),
      ),
      passRoles(where, "PassConnectorRoles", roleNames, "lambda.amazonaws.com"),
      functions(where, names),
      ...(environment.producerGrants === "organization"
        ? [...grantInvocation(where, names, EVERYBODY), readFunctions(where, names)]
        : []),
      ...code(where, images, jars),
      ...applications(where, stacks),
      ...(names.length === 0 ? [] : logGroups(where, names)),
      ...buckets(where, made),
      emptyBuckets(where, made),
      catalogs(where, names),
      readTables(where, unique([...tables, ...readers.map(({ table }) => table.name)])),
      ...publishing(where, environment, producersHere),
      // Without connectors there is no onboarder, which would look at it.
      ...(names.length === 0 && readers.length + lakes.length > 0
        ? [readBoundary(where, boundaryName("producer", name))]
        : []),
      ...sampleOrders(where, { sample: samples }),
      ...(keyed ? keys(where, aliases, name) : []),
      ...(here.some(([, spec]) => spec.sampleData) ? [sampleTable(where, SAMPLE_TABLE)] : []),
      ...attachToNetworks(where, specs),
    ),
    // Spokes query products without an entry into the producer's account.
    ...(names.length === 0
      ? {}
      : {
          onboarder: policyDocument(
            ...(principals === undefined
              ? []
              : grantInvocation(where, names, { StringLike: { "lambda:Principal": principals } })),
            readFunctions(where, names),
            ...(here.some(([, spec]) => spec.registersCatalogs)
              ? [shareConnectors(environment, account, spokes)]
              : []),
            allow(
              "ReadSpillPolicy",
              "s3:GetBucketPolicy",
              spills.map((bucket) => bucketArn(region, bucket)),
            ),
            readRoles(where, [...roleNames, ...readers.map(({ role }) => role)]),
            readBoundary(where, boundaryName("producer", name)),
            ...(published.length === 0 ? [] : readExistingPolicies(where, published)),
            listTables(where, names),
            askConnectors(connectors.map(connectorArn)),
            ...(keyed ? [readKeys(where, aliases)] : []),
            ...(keyed && environment.keyAccess === "grants"
              ? grantDecryption(where, aliases, invokersIn(environment, spokes.length === 0 ? ["*"] : spokes))
              : []),
          ),
        }),
    boundary: policyDocument(...(most.length === 0 ? noRoles() : most)),
  });
}

/** The role of an account with functions that read tables of producers; readers in the same account share it. */
export function readerBootstrap(
  environment: Environment,
  account: string,
  trusted: readonly string[],
): Bootstrap {
  const { name } = environment;
  const here = tableReaders(environment).filter((reader) => reader.account === account);
  const executionRoles = here.map(({ executionRole }) => executionRole);
  const iam = { region: environment.region, account };
  const inEachRegion = unique(here.map(({ region }) => region)).flatMap((region, index) => {
    const where = { region, account };
    const names = here.filter((reader) => reader.region === region).map((reader) => reader.name);
    return [functions(where, names), readFunctions(where, names), ...logGroups(where, names)].map(
      (statement) => (index === 0 ? statement : { ...statement, Sid: `${statement.Sid ?? ""}${index + 1}` }),
    );
  });
  return bootstrap(environment, "reader", trusted, {
    deployer: policyDocument(
      ...roles(iam, executionRoles, boundaryName("reader", name)),
      passRoles(iam, "PassExecutionRoles", executionRoles, "lambda.amazonaws.com"),
      ...inEachRegion,
      readBoundary(iam, boundaryName("reader", name)),
    ),
    boundary: policyDocument(
      allow("AssumeTableRoles", "sts:AssumeRole", here.map(tableRoleArn)),
      allow(
        "WriteLogs",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        here.map((reader) =>
          arn("logs", reader.region, account, `log-group:${tableReaderLogGroup(reader)}:*`),
        ),
      ),
    ),
  });
}

/** Whom producers let in by their names, in accounts, ids or patterns of them. */
function invokersIn(environment: Environment, accounts: readonly string[]): string[] {
  return accounts.flatMap((account) =>
    knownInvokers(environment).map((known) => principalArn(environment.region, account, known)),
  );
}

/** Becomes the roles of spokes by which this producer registers catalogs there (R14, R30). */
function shareConnectors(environment: Environment, account: string, spokes: readonly string[]): Statement {
  const { region, organization } = environment;
  return allow(
    "AssumeShareRoles",
    "sts:AssumeRole",
    // The account is `*` where spokes join without a change here; each role names this producer, and trusts it alone.
    (spokes.length === 0 ? ["*"] : spokes).flatMap((spoke) =>
      (["Create", "Federated"] as const).map((style) =>
        roleArn(region, spoke, shareRoleName(style, account, environment)),
      ),
    ),
    organization === undefined ? undefined : { StringEquals: { "aws:ResourceOrgID": organization } },
  );
}

/** The principal `*` and no other: whose organization it has to be, the function's policy says. */
const EVERYBODY = { StringEquals: { "lambda:Principal": "*" } } as const;

/** Whom a spoke's stack may let invoke; undefined where the environment's own statement lets everybody of it. */
function invokers(environment: Environment, spokes: readonly string[]): string[] | undefined {
  // Twelve characters: an account, and neither everybody nor a service.
  const accounts = spokes.length === 0 ? ["?".repeat(12)] : [...spokes];
  switch (environment.producerGrants) {
    case "organization":
      return undefined;
    case "accounts":
      return accounts;
    case "roles":
      return invokersIn(environment, accounts);
  }
}

/** The boundary of an account in which no role is made: IAM knows no policy without a statement. */
function noRoles(): Statement[] {
  // A deny for every action and resource, since nothing is to be allowed.
  return [{ Sid: "NoRoleIsMade", Effect: "Deny", Action: "*", Resource: "*" }];
}

/** What functions in a VPC are made with ("Giving Lambda functions access to resources in an Amazon VPC", Lambda guide). */
function attachToNetworks(where: Where, specs: readonly Pick<ConnectorSpec, "vpc">[]): Statement[] {
  return specs.every(({ vpc }) => vpc === undefined)
    ? []
    : [
        // AWS defines no resource type for these; the Region is the only bound there is.
        allow(
          "FindNetworks",
          ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
          "*",
          inRegion(where),
        ),
      ];
}

/** What connectors' roles have beside their own account's data: roles beside tables of others, and networks. */
function beyondAccount(
  where: Where,
  connectors: readonly Connector[],
  specs: readonly Pick<ConnectorSpec, "vpc">[],
): Statement[] {
  const assumed = unique(connectors.flatMap((connector) => tablesRoleArn(connector) ?? []));
  const networked = specs.some(({ vpc }) => vpc !== undefined);
  return [
    ...(assumed.length === 0 ? [] : [allow("AssumeTablesRoles", "sts:AssumeRole", assumed)]),
    // Which subnets and groups it is, the roles' own policies say; AWS describes interfaces on `*` only.
    ...(networked ? [allow("NetworkInterfaces", NETWORK_ACTIONS, "*", inRegion(where))] : []),
  ];
}

/** Tables as connectors read them. */
function readByConnectors(where: Where, tables: readonly string[]): Statement[] {
  const { region, account } = where;
  if (tables.length === 0) return [];
  const readable = unique(tables.flatMap((table) => [table, table.toLowerCase()]));
  return [
    allow(
      "ReadTables",
      ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
      readable.flatMap((table) => [
        tableArn(region, account, table),
        tableArn(region, account, `${table}/index/*`),
      ]),
    ),
    // AWS defines no resource type for ListTables; the Region is the only bound there is.
    allow("ListTables", "dynamodb:ListTables", "*", inRegion(where)),
  ];
}

/** The most that connectors' roles can have. */
function connectorBoundary(
  where: Where,
  tables: readonly string[],
  spills: readonly string[],
  names: readonly string[],
  aliases: readonly string[],
): Statement[] {
  const { region, account } = where;
  return [
    ...readByConnectors(where, tables),
    // Apart, since a wildcard in a bucket's name would reach into objects of other buckets.
    allow(
      "CheckSpillBucket",
      "s3:ListBucket",
      spills.map((bucket) => bucketArn(region, bucket)),
    ),
    allow(
      "Spill",
      "s3:PutObject",
      spills.map((bucket) => bucketArn(region, bucket, "*")),
    ),
    allow(
      "WriteLogs",
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      names.map((name) => arn("logs", region, account, `log-group:${connectorLogGroup({ name })}:*`)),
    ),
    ...(aliases.length === 0
      ? []
      : [
          allow("EncryptSpill", "kms:GenerateDataKey", keysArn(region, account), named(aliases)),
          // AWS defines no resource type for GenerateRandom; the Region is the only bound there is.
          allow("DrawNonces", "kms:GenerateRandom", "*", inRegion(where)),
        ]),
  ];
}

/** What spokes' stacks make in an account, by name; `*` stands for what a name does not have to be. */
interface SpokeNames {
  /** Role B's, and analysts that are roles. */
  readonly querying: readonly string[];
  /** Analysts that are roles. */
  readonly analysts: readonly string[];
  readonly workgroups: readonly string[];
  /** Workgroups that queries run in, made or not. */
  readonly queried: readonly string[];
  /** Buckets that stacks make, without those of sample data. */
  readonly buckets: readonly string[];
  /** Buckets for results, made or not. */
  readonly results: readonly string[];
  readonly catalogs: readonly string[];
  /** Of these those that producers register, as roles of their own. */
  readonly sharedCatalogs: readonly string[];
  /** Functions of connectors that requests deploy. */
  readonly connectors: readonly string[];
  readonly spills: readonly string[];
  /** Aliases of the keys of these. */
  readonly keys: readonly string[];
  readonly tables: readonly string[];
  /** Whether functions are made from AWS's image. */
  readonly images: boolean;
  readonly jars: readonly string[];
  /** Of the functions those that AWS's application makes. */
  readonly applications: readonly string[];
  readonly databases: readonly string[];
  readonly dataBuckets: readonly string[];
  /** Products that are queried. */
  readonly products: readonly string[];
  /** Databases that lead to those of them which Lake Formation shares. */
  readonly links: readonly string[];
  readonly sample?: { readonly databases: readonly string[]; readonly buckets: readonly string[] };
  readonly sampleTable: boolean;
  /** Of alarms, whether or not the environment asks for them. */
  readonly alarms: Parameters<typeof alarming>[1];
  /** Third parties' readers, which only requests name. */
  readonly readers: {
    /** Names of their roles. */
    readonly roles: readonly string[];
    readonly roleArns: readonly string[];
  };
  /** Users of readers, and analysts that are users. */
  readonly users: {
    readonly arns: readonly string[];
    /** Of policies that are attached to them. */
    readonly policyArns: readonly string[];
    /** Of those that get an access key. */
    readonly keyedArns: readonly string[];
  };
}

/**
 * The role of a spoke's account.
 *
 * @param requests the requests of the account's spokes, for exactly what they need; none: what has default names.
 * @throws InputError when a document outgrows IAM's limits.
 */
export function spokeBootstrap(
  environment: Environment,
  account: string,
  trusted: readonly string[],
  requests: readonly SpokeRequest[] = [],
): Bootstrap {
  const { region, name } = environment;
  const where = { region, account };
  const levels = requests.flatMap(levelsOf);
  const names = requests.length === 0 ? defaultNames(environment, account) : namesIn(levels, environment);
  const own = levels.flatMap((level) => ownConnectorsOf(level, environment));
  const shares = levels.flatMap((level) => sharesOf(level, environment));
  const shareRoles = unique(shares.flatMap((share) => share.roles));
  const connectorRoles = names.connectors.map((connector) => connectorRoleName({ name: connector }));
  const attached = Object.entries(environment.producers).flatMap(([producer, spec]) =>
    Object.keys(spec.connectors).map((connector) =>
      connectorArn(producerConnector(environment, producer, connector)),
    ),
  );
  const deployed = names.connectors.map((connector) => functionArn(region, account, connector));
  const made = [...names.buckets, ...(names.sample?.buckets ?? [])];
  return bootstrap(environment, "spoke", trusted, {
    administersLake: byLake(environment, names.products),
    deployer: policyDocument(
      ...linking(where, environment, names.products, names.links),
      ...roles(
        where,
        [...names.querying, ...connectorRoles, ...names.readers.roles, ...shareRoles],
        boundaryName("spoke", name),
      ),
      ...users(where, names, boundaryName("spoke", name)),
      ...(names.connectors.length === 0
        ? []
        : [
            passRoles(where, "PassConnectorRoles", connectorRoles, "lambda.amazonaws.com"),
            functions(where, names.connectors),
            ...code(where, names.images, names.jars),
            ...applications(where, names.applications),
            ...logGroups(where, names.connectors),
            readTables(where, names.tables),
          ]),
      ...attachToNetworks(
        where,
        own.map(({ deploy }) => deploy),
      ),
      ...buckets(where, made),
      emptyBuckets(where, made),
      workgroups(where, names.workgroups),
      ...(environment.alarms === undefined
        ? []
        : [...alarming(where, names.alarms), ...lookAtTrail(where, environment.alarms.trail)]),
      catalogs(
        where,
        names.catalogs.filter((catalog) => !names.sharedCatalogs.includes(catalog)),
      ),
      readCatalogs(where, names.sharedCatalogs),
      ...lookAt(where, names),
      readBoundary(where, boundaryName("spoke", name)),
      ...readExistingPolicies(
        where,
        unique([...names.results, ...names.dataBuckets]).filter((bucket) => !made.includes(bucket)),
      ),
      readHistory(where, names.queried),
      readTrail(where),
      ...(names.analysts.length === 0
        ? []
        : [
            allow(
              "QueryAsAnalyst",
              "sts:AssumeRole",
              names.analysts.map((analyst) => roleArn(region, account, analyst)),
            ),
          ]),
      ...(names.keys.length === 0 ? [] : keys(where, names.keys, name)),
      // AWS defines no resource type for it.
      allow("FindOrganization", "organizations:DescribeOrganization", "*"),
      ...sampleOrders(where, names),
      ...(names.sampleTable ? [sampleTable(where, SAMPLE_TABLE)] : []),
    ),
    boundary: policyDocument(
      ...spokeBoundary(where, names, [...attached, ...deployed], environment),
      ...beyondAccount(
        where,
        own.map(({ connector }) => connector),
        own.map(({ deploy }) => deploy),
      ),
      ...shareStatements(shares, where),
    ),
  });
}

function defaultNames(environment: Environment, account: string): SpokeNames {
  const { name } = environment;
  const bucket = (what: string) => `${name}-*-athena-${what}-${account}`;
  return {
    // Users, and third parties' roles, only requests name.
    querying: [...reachableNames(environment), ...knownAnalysts(environment)],
    analysts: knownAnalysts(environment),
    workgroups: [`${name}-*`],
    queried: [`${name}-*`, "primary"],
    buckets: [bucket("results"), bucket("spill")],
    results: [bucket("results")],
    catalogs: unique([
      ...Object.values(environment.producers).flatMap(({ connectors }) => Object.keys(connectors)),
      ...Object.keys(environment.products),
      "*dynamodb",
    ]),
    sharedCatalogs: [],
    connectors: ["*dynamodb"],
    spills: [bucket("spill")],
    keys: [`alias/${name}-*-athena-spill`],
    tables: ["*"],
    images: true,
    jars: [],
    applications: [],
    databases: ["*"],
    dataBuckets: ["*"],
    products: Object.keys(environment.products),
    links: defaultLinks(environment).map((link) => link.name),
    sampleTable: false,
    alarms: {
      topics: [`${name}-*-alarms`],
      rules: [`${name}-*-assumers`],
      alarms: [`${name}-*-scans`],
    },
    readers: { roles: [], roleArns: [] },
    users: { arns: [], policyArns: [], keyedArns: [] },
  };
}

/** The names of those connectors that AWS's application makes. */
function applied(connectors: readonly (readonly [name: string, Pick<ConnectorSpec, "application">])[]) {
  return connectors.flatMap(([name, { application }]) => (application === undefined ? [] : [name]));
}

/** The connectors that a request deploys. */
function ownConnectorsOf(request: SpokeRequest, environment: Environment) {
  return catalogsOf(request, environment).flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, deploy: requested.deploy }] : [],
  );
}

/** @param requests each level by itself */
function namesIn(requests: readonly SpokeRequest[], environment: Environment): SpokeNames {
  const each = (pick: (request: SpokeRequest) => string | readonly string[]) =>
    unique(requests.flatMap(pick));
  const deployed = (request: SpokeRequest) => ownConnectorsOf(request, environment);
  const analystsOf = (request: SpokeRequest) => {
    const analyst = analystRole(request, environment);
    return analyst === undefined ? [] : [analyst];
  };
  const analystUsersOf = (request: SpokeRequest) => {
    const analyst = analystUser(request, environment);
    return analyst === undefined ? [] : [analyst];
  };
  const ownResults = each((request) => (makesResultsBucket(request) ? [resultsBucketName(request)] : []));
  const spills = each((request) => (deployed(request).length === 0 ? [] : [ownSpillBucketName(request)]));
  const sampled = requests.filter(({ sampleData }) => sampleData);
  return {
    querying: each((request) => [
      ...(request.quick ? [roleBName(request, environment)] : []),
      ...analystsOf(request),
    ]),
    analysts: each(analystsOf),
    workgroups: each((request) => [
      ...(ownsWorkgroup(request) ? [workgroupNameOf(request)] : []),
      ...readersOf(request).flatMap((reader) => (ownsReaderWorkgroup(reader) ? [reader.workgroup] : [])),
    ]),
    queried: each((request) => [
      workgroupNameOf(request),
      ...readersOf(request).map(({ workgroup }) => workgroup),
    ]),
    buckets: [...ownResults, ...spills],
    results: each((request) => [
      ...resultsBuckets(request),
      ...readersOf(request).map(({ outputLocation }) => splitS3Location(outputLocation).bucket),
    ]),
    catalogs: each((request) => [
      ...catalogsOf(request, environment).map(({ catalog }) => catalog),
      ...productCatalogs(request, environment),
    ]),
    sharedCatalogs: each((request) => sharesOf(request, environment).flatMap(({ catalogs }) => catalogs)),
    connectors: each((request) => deployed(request).map(({ connector }) => connector.name)),
    spills,
    keys: each((request) => ownSpillKeyAlias(request) ?? []),
    tables: each((request) =>
      deployed(request).flatMap(({ deploy }) => (deploy.tablesIn === undefined ? deploy.tables : [])),
    ),
    images: requests.some((request) => deployed(request).some(({ deploy }) => deploy.jar === undefined)),
    jars: each((request) => deployed(request).flatMap(({ deploy }) => deploy.jar ?? [])),
    applications: each((request) =>
      applied(deployed(request).map(({ connector, deploy }) => [connector.name, deploy])),
    ),
    databases: each((request) => dataOf(request).map(({ database }) => database)),
    dataBuckets: each((request) =>
      [...dataOf(request), ...productData(request, environment)].flatMap(({ prefixes }) =>
        prefixes.map((prefix) => splitS3Location(prefix).bucket),
      ),
    ),
    products: each((request) => request.products.map(({ product }) => product)),
    alarms: {
      topics: each(spokeTopicName),
      rules: each((request) => (request.quick ? spokeRuleName(request) : [])),
      alarms: each((request) => (ownsWorkgroup(request) ? scanAlarmName(request) : [])),
    },
    links: each((request) => productLinks(request, environment).map(({ name }) => name)),
    ...(sampled.length === 0
      ? {}
      : {
          sample: {
            databases: sampled.map(sampleDatabaseName),
            buckets: sampled.map(sampleDataBucketName),
          },
        }),
    readers: {
      roles: each((request) => readersOf(request).flatMap(({ role }) => role ?? [])),
      roleArns: each((request) =>
        readersOf(request).flatMap((reader) => readerRoleArn(request, reader) ?? []),
      ),
    },
    users: {
      arns: each((request) => [
        ...analystUsersOf(request).map((analyst) => userArn(request.region, request.account, analyst)),
        ...readersOf(request).map((reader) => readerUserArn(request, reader)),
      ]),
      policyArns: each((request) => [
        ...analystUsersOf(request).map(() =>
          policyArn(request.region, request.account, analystPolicyName(request)),
        ),
        ...readersOf(request).flatMap((reader) => readerPolicyArn(request, reader) ?? []),
      ]),
      keyedArns: each((request) =>
        readersOf(request)
          .filter(({ accessKey }) => accessKey)
          .map((reader) => readerUserArn(request, reader)),
      ),
    },
    sampleTable: requests.some((request) => deployed(request).some(({ deploy }) => deploy.sampleData)),
  };
}

/** Users of third parties and analysts, made under the boundary, with policies and keys where requests ask for them. */
function users(
  { region, account }: Where,
  { users: { arns, policyArns, keyedArns } }: SpokeNames,
  boundary: string,
): Statement[] {
  if (arns.length === 0) return [];
  const bounded = { ArnEquals: { "iam:PermissionsBoundary": policyArn(region, account, boundary) } };
  return [
    allow(
      "MakeUsersUnderBoundary",
      ["iam:CreateUser", "iam:DeleteUserPolicy", "iam:PutUserPolicy"],
      arns,
      bounded,
    ),
    allow(
      "ManageUsers",
      [
        "iam:DeleteUser",
        // IAM deletes no user that has a password, keys or MFA devices: whoever lets one go looks first.
        "iam:GetLoginProfile",
        "iam:GetUser",
        "iam:GetUserPolicy",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListMFADevices",
        "iam:ListUserPolicies",
        "iam:ListUserTags",
        "iam:TagUser",
        "iam:UntagUser",
        "iam:UpdateUser",
      ],
      arns,
    ),
    ...(policyArns.length === 0
      ? []
      : [
          allow("ManageUserPolicies", MANAGE_POLICIES, policyArns),
          allow("AttachUserPolicies", ["iam:AttachUserPolicy", "iam:DetachUserPolicy"], arns, {
            ...bounded,
            ArnLike: { "iam:PolicyARN": policyArns },
          }),
        ]),
    ...(keyedArns.length === 0
      ? []
      : [
          allow(
            "ReaderKeys",
            ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"],
            keyedArns,
          ),
        ]),
  ];
}

/** What a request names and no stack makes: shared workgroups, places for results, data of Glue. */
function lookAt({ region, account }: Where, names: SpokeNames): Statement[] {
  const shared = names.queried.filter((workgroup) => !names.workgroups.includes(workgroup));
  const places = names.results.filter((bucket) => !names.buckets.includes(bucket));
  return [
    ...(shared.length === 0
      ? []
      : [
          allow(
            "FindWorkgroups",
            "athena:GetWorkGroup",
            shared.map((workgroup) => arn("athena", region, account, `workgroup/${workgroup}`)),
          ),
        ]),
    ...(places.length === 0
      ? []
      : [
          allow(
            "FindResultsPlaces",
            "s3:ListBucket",
            places.map((bucket) => bucketArn(region, bucket)),
            { StringEquals: { "aws:ResourceAccount": account } },
          ),
        ]),
    ...(names.databases.length === 0
      ? []
      : [
          allow(
            "FindData",
            ["glue:GetDatabase", "glue:GetTables"],
            glueArns({ region, account }, names.databases, "table"),
          ),
        ]),
  ];
}

function glueArns({ region, account }: Where, databases: readonly string[], ...inside: string[]): string[] {
  return [
    arn("glue", region, account, "catalog"),
    ...databases.flatMap((database) => [
      arn("glue", region, account, `database/${database}`),
      ...inside.map((kind) => arn("glue", region, account, `${kind}/${database}/*`)),
    ]),
  ];
}

function sampleOrders(
  where: Where,
  { sample }: { readonly sample?: SpokeNames["sample"] | undefined },
): Statement[] {
  if (sample === undefined) return [];
  return [
    allow(
      "SampleDatabase",
      [
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
      // A database is deleted with all that is in it.
      glueArns(where, sample.databases, "table", "userDefinedFunction"),
    ),
    allow(
      "SampleObjects",
      ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
      sample.buckets.map((bucket) => bucketArn(where.region, bucket, "*")),
      { StringEquals: { "aws:ResourceAccount": where.account } },
    ),
  ];
}

/** The most that Role B and the roles of connectors in a spoke can have. */
function spokeBoundary(
  where: Where,
  names: SpokeNames,
  connectorArns: readonly string[],
  environment: Environment,
): Statement[] {
  const { region, account } = where;
  const producers = Object.entries(environment.producers);
  const spills = [...producers.map(([producer]) => spillBucketName(environment, producer)), ...names.spills];
  const keyed = unique([
    ...producers.flatMap(([producer, spec]) =>
      spillKeyAlias(environment, producer) === undefined ? [] : [spec.account],
    ),
    ...(names.keys.length === 0 ? [] : [account]),
  ]);
  return [
    // AWS defines no resource type for these actions; the Region is the only bound there is.
    allow("AthenaInRegion", ATHENA_WITHOUT_RESOURCE, "*", inRegion(where)),
    allow(
      "AthenaWorkgroups",
      ATHENA_ON_WORKGROUP,
      names.queried.map((workgroup) => arn("athena", region, account, `workgroup/${workgroup}`)),
    ),
    allow(
      "AthenaCatalogs",
      ATHENA_ON_CATALOG,
      [GLUE_CATALOG, ...names.catalogs].map((catalog) =>
        arn("athena", region, account, `datacatalog/${catalog}`),
      ),
    ),
    allow(
      "GlueRead",
      GLUE_READ,
      glueArns(where, unique([...names.databases, ...names.links, "default"]), "table"),
    ),
    ...consuming(where, environment, names.products),
    ...(names.dataBuckets.length === 0
      ? []
      : [
          allow(
            "ReadData",
            ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
            names.dataBuckets.flatMap((bucket) => [
              bucketArn(region, bucket),
              bucketArn(region, bucket, "*"),
            ]),
          ),
        ]),
    allow(
      "WriteResults",
      [
        "s3:AbortMultipartUpload",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
      ],
      names.results.flatMap((bucket) => [bucketArn(region, bucket), bucketArn(region, bucket, "*")]),
      { StringEquals: { "aws:ResourceAccount": account } },
    ),
    ...(connectorArns.length === 0
      ? []
      : [allow("InvokeConnectors", "lambda:InvokeFunction", connectorArns)]),
    ...(spills.length === 0
      ? []
      : [
          allow(
            "ReadSpill",
            ["s3:GetObject", "s3:ListBucket"],
            spills.flatMap((bucket) => [bucketArn(region, bucket), bucketArn(region, bucket, "*")]),
          ),
        ]),
    ...(keyed.length === 0
      ? []
      : [
          allow(
            "DecryptSpill",
            "kms:Decrypt",
            // A key's id is not known before it exists.
            keyed.map((owner) => keysArn(region, owner)),
            { StringEquals: { "kms:ViaService": viaService("s3", region) } },
          ),
        ]),
    ...(names.readers.roleArns.length === 0
      ? []
      : [allow("AssumeReaders", "sts:AssumeRole", names.readers.roleArns)]),
    ...(names.connectors.length === 0
      ? []
      : connectorBoundary(where, names.tables, names.spills, names.connectors, names.keys)),
  ];
}

/**
 * The role of an account with tables that connectors of other accounts read (C11).
 *
 * @param requests of spokes whose own connectors read tables there, beside the producers'.
 * @throws InputError when no connector reads tables of the account by such a role.
 */
export function tablesBootstrap(
  environment: Environment,
  account: string,
  trusted: readonly string[],
  requests: readonly SpokeRequest[] = [],
): Bootstrap<"tables"> {
  const { region, name } = environment;
  const where = { region, account };
  const read = [
    ...Object.values(environment.producers).flatMap(({ connectors }) => Object.entries(connectors)),
    ...requests
      .flatMap(levelsOf)
      .flatMap((level) =>
        level.connectors.flatMap((requested) =>
          "deploy" in requested ? [[ownConnector(level, requested).name, requested.deploy] as const] : [],
        ),
      ),
  ].filter(([, { tablesIn }]) => tablesIn?.account === account && tablesIn.assumeRole === undefined);
  if (read.length === 0)
    throw new InputError(`environment ${name}`, [
      {
        path: "tablesIn",
        message: `no connector reads tables of account ${account} by a role of the bootstrap: name the account under tablesIn.account of a connector first`,
      },
    ]);
  const tables = unique(read.flatMap(([, spec]) => spec.tables));
  const roleNames = unique(read.flatMap(([connector, spec]) => tablesRoleName(name, connector, spec) ?? []));
  return bootstrap(environment, "tables", trusted, {
    deployer: policyDocument(
      ...roles(where, roleNames, boundaryName("tables", name)),
      readTables(where, tables),
      readBoundary(where, boundaryName("tables", name)),
    ),
    boundary: policyDocument(...readByConnectors(where, tables)),
  });
}

function bootstrap<Kind extends BootstrapKind>(
  environment: Environment,
  kind: Kind,
  trusted: readonly string[],
  documents: {
    readonly administersLake?: boolean;
    readonly deployer: PolicyDocument;
    readonly onboarder?: PolicyDocument;
    readonly boundary: PolicyDocument;
  },
): Bootstrap<Kind> {
  const { name } = environment;
  const trust = bootstrapTrust(environment, trusted);
  const deployer = aboutSomething(documents.deployer);
  const onboarder = documents.onboarder && aboutSomething(documents.onboarder);
  const boundary = aboutSomething(documents.boundary);
  const made: Bootstrap<Kind> = {
    kind,
    environment: name,
    roles: new Map([
      [
        bootstrapRoleName(kind, "deployer", name),
        {
          description: `athena-spokes: makes what environment ${name} has in this ${kind} account`,
          trust,
          permissions: deployer,
        },
      ],
      ...(onboarder === undefined
        ? []
        : [
            [
              bootstrapRoleName(kind, "onboarder", name),
              {
                description: `athena-spokes: lets the stacks of spokes of environment ${name} into this ${kind} account`,
                trust,
                permissions: onboarder,
              },
            ] as const,
          ]),
    ]),
    administersLake: documents.administersLake ?? false,
    boundary: { name: boundaryName(kind, name), document: boundary },
  };
  refuseTooLarge(made);
  return made;
}

/** The document without statements about nothing, which IAM refuses: not every request makes one of each thing. */
function aboutSomething({ Statement }: PolicyDocument): PolicyDocument {
  return policyDocument(...Statement.filter(({ Resource }) => Resource?.length !== 0));
}

/**
 * Who may assume the roles: the accounts of those trusted, narrowed to them by condition, so that a role that is made
 * anew stays trusted; and nobody outside of the organization, where it is known.
 */
function bootstrapTrust({ region, organization }: Environment, trusted: readonly string[]): PolicyDocument {
  return policyDocument({
    Sid: "TrustedToDeploy",
    Effect: "Allow",
    Principal: { AWS: unique(trusted.map((each) => rootArn(region, each.split(":")[4] ?? ""))) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnLike: { "aws:PrincipalArn": unique(trusted) },
      ...(organization === undefined ? {} : { StringEquals: { "aws:PrincipalOrgID": organization } }),
    },
  });
}

function refuseTooLarge({ kind, roles: made, boundary }: Bootstrap<BootstrapKind>): void {
  const sized = [
    ...[...made].map(([name, { permissions }]) => ({
      what: `the policy of role ${name}`,
      size: policyText(permissions).length,
      limit: limits.roleInlinePolicies,
    })),
    {
      what: `the permissions boundary ${boundary.name}`,
      size: policyText(boundary.document).length,
      limit: limits.managedPolicy,
    },
  ];
  const faults = sized
    .filter(({ size, limit }) => size > limit)
    .map(({ what, size, limit }) => ({
      path: "",
      message: `${what} would have ${size} characters, IAM allows ${limit}: ${
        kind === "spoke"
          ? "leave the requests out, so that it reaches default names instead of each by itself"
          : "name fewer connectors, tables and spokes"
      }`,
    }));
  if (faults.length > 0) throw new InputError(`the bootstrap of a ${kind} account`, faults);
}

/**
 * The CloudFormation template that makes the roles and the boundary, complete as it stands.
 *
 * @returns the template, for JSON.
 */
export function bootstrapTemplate({
  kind,
  environment,
  roles: made,
  administersLake,
  boundary,
}: Bootstrap<BootstrapKind>): object {
  const roleEntries = [...made].map(([name, { description, trust, permissions }]): [string, object] => [
    logicalName(name),
    {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: name,
        Description: description,
        AssumeRolePolicyDocument: substituted(trust),
        Policies: [{ PolicyName: BOOTSTRAP_POLICY, PolicyDocument: substituted(permissions) }],
      },
    },
  ]);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `athena-spokes: roles of a ${kind} account of environment ${environment}`,
    Resources: {
      ...Object.fromEntries(roleEntries),
      [logicalName(boundary.name)]: {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: {
          ManagedPolicyName: boundary.name,
          Description: `athena-spokes: the most that roles of environment ${environment} can have in this ${kind} account`,
          PolicyDocument: substituted(boundary.document),
        },
      },
      ...(administersLake
        ? {
            DataLakeAdministrator: {
              Type: "AWS::LakeFormation::DataLakeSettings",
              Properties: {
                Admins: [
                  { DataLakePrincipalIdentifier: { "Fn::GetAtt": [deployerOf(kind, environment), "Arn"] } },
                ],
                // Beside the administrators that are there.
                MutationType: "APPEND",
              },
            },
          }
        : {}),
    },
  };
}

function deployerOf(kind: BootstrapKind, environment: string): string {
  return logicalName(bootstrapRoleName(kind, "deployer", environment));
}

/** `athena-spokes-hub-deployer-dev` -> `HubDeployer`: the environment is the template's. */
function logicalName(name: string): string {
  const [kind = "", what = ""] = name.split("-").slice(2);
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}${what.charAt(0).toUpperCase()}${what.slice(1)}`;
}

/** The document with `Fn::Sub` around each text that CloudFormation has to complete. */
function substituted(value: unknown): unknown {
  if (typeof value === "string") return value.includes("${") ? { "Fn::Sub": value } : value;
  if (Array.isArray(value)) return (value as unknown[]).map((item) => substituted(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, substituted(inner)]));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
