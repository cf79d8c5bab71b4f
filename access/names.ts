/**
 * Physical names. Each is chosen here from what a person wrote, never read from an output, so that documents that name
 * a thing can be built before the thing exists (decision C28).
 */
import {
  dataCatalogArn,
  dataSourceArn,
  functionArn,
  policyArn,
  principalArn,
  roleArn,
  type RoleOrUser,
  workgroupArn,
} from "./arn";
import type { ConnectorSpec, Environment, ProducerSpec, RegisteredSpoke } from "./environment";
import { levelsOf } from "./level";
import type {
  AttachedConnector,
  DeployedConnector,
  RequestedConnector,
  SpokeData,
  SpokeRequest,
} from "./request";
import type { Side } from "./side";
import { splitS3Location } from "./written";

/** R51; what Role A's name begins with. */
export const ROLE_A = "qs-athena-cross-account-role-a";
/** R55; what Role B's name begins with unless a request names another. */
export const ROLE_B = "qs-athena-consumer-role";
/** R28. */
const ANALYST = "analyst";
/** What the names of third parties' readers begin with, before the environment, where producers let them in by name (R92). */
const READER = "athena-reader";
/** Name of Role A's inline policy (R52); under `roleA: list` the shards are `AssumeConsumerRolePolicy-<environment>-1`... */
export const ASSUME_CONSUMER_ROLE_POLICY = "AssumeConsumerRolePolicy";
/** Name of Role B's inline policy (R59). */
export const ATHENA_GLUE_S3_ACCESS = "AthenaGlueS3Access";
/** Name of the inline policy of an analyst that is a role. */
export const ATHENA_QUERIES = "AthenaQueries";
/** Athena's name for the account's own Glue Data Catalog. */
export const GLUE_CATALOG = "AwsDataCatalog";
/** The sample table (R24). */
export const SAMPLE_TABLE = "Music";
/** The table of a spoke's sample data, and the prefix of its objects. */
export const SAMPLE_ORDERS = "orders";
/** Its columns, with Glue's types. */
export const SAMPLE_ORDERS_COLUMNS = [
  { name: "order_id", type: "int" },
  { name: "artist", type: "string" },
  { name: "quantity", type: "int" },
  { name: "price", type: "double" },
] as const;
/** The database in which a DynamoDB connector shows its tables. */
export const CONNECTOR_DATABASE = "default";
/** Objects of connectors lie below this in a spill bucket, then the connector's name. AWS's template has the same word. */
const SPILL_PREFIX = "athena-spill";

/** The stack of a spoke, `dev-sales`, or of one side of it, `dev-sales--hub`. */
export function spokeStackName(environment: string, spoke: string, side?: Side): string {
  return `${environment}-${spoke}${side === undefined ? "" : `--${side}`}`;
}

/**
 * What is named after the spoke, of one level: `dev-sales`, and of its classification `dev-sales--confidential`. No
 * spoke's name has two dashes in a row, so that no other spoke's names are these.
 */
export function levelName({ environment, spoke, classification }: SpokeRequest): string {
  const stack = spokeStackName(environment, spoke);
  return classification === undefined ? stack : `${stack}--${classification}`;
}

/** What an account is in an environment; one account may be several of them. */
export type AccountKind = "hub" | "producer" | "spoke" | "reader";

/** What `spokes bootstrap` prepares: these, and accounts of tables that connectors of other accounts read (C11). */
export type BootstrapKind = AccountKind | "tables";

/**
 * The roles that `spokes bootstrap` makes: `deployer` makes what is the account's own, `onboarder` lets a spoke's stack
 * into an account that is not the spoke's.
 */
export type Duty = "deployer" | "onboarder";

/** The name of a role that `spokes bootstrap` makes. Kind and environment are in it, since one account may have several. */
export function bootstrapRoleName(kind: BootstrapKind, duty: Duty, environment: string): string {
  return `athena-spokes-${kind}-${duty}-${environment}`;
}

/** The name of the permissions boundary under which a deployer makes roles. */
export function boundaryName(kind: BootstrapKind, environment: string): string {
  return `athena-spokes-${kind}-boundary-${environment}`;
}

/** The role that a stack assumes in the hub: its own environment's is the deployer, a spoke's the onboarder. */
export function hubRole({ name, hub }: Environment, duty: Duty): string {
  return hub.assumeRole ?? bootstrapRoleName("hub", duty, name);
}

/** The role that the environment's stack assumes in the account of a function that reads a producer's table. */
export function readerRole(environment: Environment, producer: string, reader: string): string {
  return (
    producerSpec(environment, producer).tableReaders[reader]?.assumeRole ??
    bootstrapRoleName("reader", "deployer", environment.name)
  );
}

/** ARN of the boundary of roles that are made there. */
export function readerBoundary(
  environment: Environment,
  producer: string,
  reader: string,
): string | undefined {
  const written = producerSpec(environment, producer).tableReaders[reader];
  return written === undefined || written.assumeRole !== undefined
    ? undefined
    : policyArn(environment.region, written.account, boundaryName("reader", environment.name));
}

/** The role that a stack assumes in a producer: its own environment's is the deployer, a spoke's the onboarder. */
export function producerRole(environment: Environment, producer: string, duty: Duty): string {
  return (
    producerSpec(environment, producer).assumeRole ?? bootstrapRoleName("producer", duty, environment.name)
  );
}

/** The role that a spoke's stack assumes in the spoke's own account. */
export function spokeRole(request: SpokeRequest): string {
  return request.assumeRole ?? bootstrapRoleName("spoke", "deployer", request.environment);
}

/** ARN of the boundary of roles that are made in the hub; none where a role of the organization's own makes them. */
export function hubBoundary({ name, region, hub }: Environment): string | undefined {
  return hub.assumeRole === undefined ? policyArn(region, hub.account, boundaryName("hub", name)) : undefined;
}

/** ARN of the boundary of roles that are made in a producer. */
export function producerBoundary(environment: Environment, producer: string): string | undefined {
  const { account, assumeRole } = producerSpec(environment, producer);
  return assumeRole === undefined
    ? policyArn(environment.region, account, boundaryName("producer", environment.name))
    : undefined;
}

/** ARN of the boundary of roles that are made in a spoke. */
export function spokeBoundary({
  environment,
  region,
  account,
  assumeRole,
}: SpokeRequest): string | undefined {
  return assumeRole === undefined
    ? policyArn(region, account, boundaryName("spoke", environment))
    : undefined;
}

/** The role that a stack assumes in the account of a connector's tables, when that is another one. */
export function tablesDeployer(
  environment: string,
  { assumeRole }: { readonly assumeRole?: string | undefined },
): string {
  return assumeRole ?? bootstrapRoleName("tables", "deployer", environment);
}

/** ARN of the boundary of the role that is made in the account of a connector's tables. */
export function tablesBoundary(
  environment: string,
  region: string,
  { account, assumeRole }: { readonly account: string; readonly assumeRole?: string | undefined },
): string | undefined {
  return assumeRole === undefined
    ? policyArn(region, account, boundaryName("tables", environment))
    : undefined;
}

function producerSpec(environment: Environment, producer: string): ProducerSpec {
  const spec = environment.producers[producer];
  if (spec === undefined) throw new Error(`environment ${environment.name} has no producer ${producer}`);
  return spec;
}

function suffixed(seedName: string, environment: Environment): string {
  return environment.names === "seed" ? seedName : `${seedName}-${environment.name}`;
}

/** The name of the Role A that spokes share. */
export function sharedRoleAName(environment: Environment): string {
  return suffixed(ROLE_A, environment);
}

/** The names of Role A's that spokes have of their own. */
export function dedicatedRoleANames(environment: Environment): string {
  return dedicatedRoleAName(environment, "*");
}

function dedicatedRoleAName(environment: Environment, spoke: string): string {
  return `${ROLE_A}-${environment.name}-${spoke}`;
}

/** The name of the Role A of a spoke: under `roleA: dedicated` its own, else the one that spokes share (C12). */
export function roleAName(environment: Environment, { spoke }: Pick<SpokeRequest, "spoke">): string {
  return environment.roleA === "dedicated"
    ? dedicatedRoleAName(environment, spoke)
    : sharedRoleAName(environment);
}

export function roleAArn(environment: Environment, request: Pick<SpokeRequest, "spoke">): string {
  return roleArn(environment.region, environment.hub.account, roleAName(environment, request));
}

/** The name of a spoke's Role B, or of its classification's (C28); without a request, the environment's default. */
export function roleBName(request: SpokeRequest | undefined, environment: Environment): string {
  if (request?.roleB.name !== undefined) return request.roleB.name;
  return request?.classification === undefined
    ? suffixed(ROLE_B, environment)
    : `${ROLE_B}-${environment.name}-${request.classification}`;
}

export function roleBArn(request: SpokeRequest, environment: Environment): string {
  return roleArn(request.region, request.account, roleBName(request, environment));
}

/** The spoke's analyst (R28): a role, or a user where the request writes `user/<name>`; undefined when it asks for none. */
export function analystOf(request: SpokeRequest, environment: Environment): RoleOrUser | undefined {
  const { analyst } = request;
  if (analyst === false) return undefined;
  return roleOrUser(analyst === true ? suffixed(ANALYST, environment) : analyst);
}

/** `user/<name>` as it is, and any other name as a role's. */
function roleOrUser(written: string): RoleOrUser {
  return written.startsWith("user/") ? (written as RoleOrUser) : `role/${written}`;
}

/** The name of a role or user. */
export function nameOf(principal: RoleOrUser): string {
  return principal.slice("role/".length);
}

export function isUser(principal: RoleOrUser): principal is `user/${string}` {
  return principal.startsWith("user/");
}

/** The name of the spoke's analyst when it is a role. */
export function analystRole(request: SpokeRequest, environment: Environment): string | undefined {
  const analyst = analystOf(request, environment);
  return analyst === undefined || isUser(analyst) ? undefined : nameOf(analyst);
}

/** The name of the spoke's analyst when it is a user. */
export function analystUser(request: SpokeRequest, environment: Environment): string | undefined {
  const analyst = analystOf(request, environment);
  return analyst !== undefined && isUser(analyst) ? nameOf(analyst) : undefined;
}

/** Name of the managed policy of an analyst that is a user: inline, IAM has no room for it on users. */
export function analystPolicyName({ environment, spoke }: SpokeRequest): string {
  return `${ATHENA_QUERIES}-${spokeStackName(environment, spoke)}`;
}

/** The ARN of the spoke's analyst; undefined when the request asks for none. */
export function analystArn(request: SpokeRequest, environment: Environment): string | undefined {
  const analyst = analystOf(request, environment);
  return analyst && principalArn(request.region, request.account, analyst);
}

/** Names of a registered spoke's Role B's: its general one, and one a classification. */
export function rolesB({ roleB, classifications = {} }: RegisteredSpoke): string[] {
  return [roleB, ...Object.values(classifications).map((level) => level.roleB)].filter(
    (name) => name !== undefined,
  );
}

/** Who of a spoke invokes a producer's connectors. */
export interface Invoker {
  readonly principal: RoleOrUser;
  /** The general level's Role B, that of a classification, the analyst, or a third party's reader. */
  readonly as: "role-b" | { readonly classification: string } | "analyst" | { readonly reader: string };
}

/** Who of a registered spoke uses a producer's connectors; nobody when no level attaches one. */
export function invokersOf(
  { roleB, analyst, producers, classifications = {}, readers = {} }: RegisteredSpoke,
  producer: string,
): Invoker[] {
  return [
    ...(producers.includes(producer)
      ? [
          ...(roleB === undefined ? [] : [{ principal: `role/${roleB}`, as: "role-b" } as const]),
          ...(analyst === undefined ? [] : [{ principal: roleOrUser(analyst), as: "analyst" } as const]),
        ]
      : []),
    ...Object.entries(classifications).flatMap(([classification, level]): Invoker[] =>
      level.producers.includes(producer)
        ? [{ principal: `role/${level.roleB}`, as: { classification } }]
        : [],
    ),
    ...Object.entries(readers).flatMap(([reader, registered]): Invoker[] =>
      registered.producers.includes(producer)
        ? [{ principal: roleOrUser(registered.principal), as: { reader } }]
        : [],
    ),
  ];
}

/**
 * The role names that Role A may assume under `roleA: pattern`, and nobody else's: the default name itself, and names
 * that begin with `qs-athena-consumer-role-<environment>-`. An environment's name has no dash, so that no environment's
 * pattern reaches into another's.
 */
export function reachableNames(environment: Environment): string[] {
  return [roleBName(undefined, environment), `${ROLE_B}-${environment.name}-*`];
}

/** Whether Role A's pattern covers the name. */
export function isReachableName(name: string, environment: Environment): boolean {
  return matches(name, reachableNames(environment));
}

/** The names of analysts whom producers let in under `producerGrants: organization`, built as those of Role B. */
export function knownAnalysts(environment: Environment): string[] {
  return [suffixed(ANALYST, environment), `${ANALYST}-${environment.name}-*`];
}

/** Whether `producerGrants: organization` covers the analyst's name. */
export function isKnownAnalyst(name: string, environment: Environment): boolean {
  return matches(name, knownAnalysts(environment));
}

/** The names of third parties' readers whom producers let in under `producerGrants: organization` (R92). */
export function knownReaders(environment: Environment): string[] {
  return [`${READER}-${environment.name}-*`];
}

/** Whether `producerGrants: organization` covers the reader's name. */
export function isKnownReader(name: string, environment: Environment): boolean {
  return matches(name, knownReaders(environment));
}

/** Who queries what a spoke of the environment was granted, by the names of Role B and analysts: products (R47). */
export function knownConsumers(environment: Environment): RoleOrUser[] {
  const analysts = knownAnalysts(environment);
  return [
    ...[...reachableNames(environment), ...analysts].map((name) => `role/${name}` as const),
    ...analysts.map((name) => `user/${name}` as const),
  ];
}

/** Who uses producers' connectors, by the names of Role B, analysts and third parties' readers (C24, R92). */
export function knownInvokers(environment: Environment): RoleOrUser[] {
  return [
    ...knownConsumers(environment),
    ...knownReaders(environment).flatMap((name) => [`role/${name}`, `user/${name}`] as const),
  ];
}

function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

export function dataSourceIdOf(request: SpokeRequest): string {
  return request.dataSource.id ?? levelName(request);
}

/** The data source's ARN, which is Role B's external id (C4). */
export function dataSourceArnOf(request: SpokeRequest, environment: Environment): string {
  return dataSourceArn(environment.region, environment.hub.account, dataSourceIdOf(request));
}

export function dataSourceNameOf(request: SpokeRequest): string {
  const { spoke, classification, environment } = request;
  const level = classification === undefined ? spoke : `${spoke}, ${classification}`;
  return request.dataSource.name ?? `Athena Cross Account - ${level} (${environment})`;
}

export function workgroupNameOf(request: SpokeRequest): string {
  return request.workgroup.name ?? levelName(request);
}

/** Whether the workgroup is made for this spoke; `primary` never is. */
export function ownsWorkgroup(request: SpokeRequest): boolean {
  return workgroupNameOf(request) !== "primary";
}

export function workgroupArnOf(request: SpokeRequest): string {
  return workgroupArn(request.region, request.account, workgroupNameOf(request));
}

/** The name of the bucket for results, which is made where `makesResultsBucket` says so. */
export function resultsBucketName(request: SpokeRequest): string {
  return `${levelName(request)}-athena-results-${request.account}`;
}

/** Whether a bucket is made for results: the request names no place of its own, nor leaves them to Athena. */
export function makesResultsBucket({ workgroup }: SpokeRequest): boolean {
  return workgroup.outputLocation === undefined && !workgroup.managedResults;
}

/** Where the spoke's queries write: `s3://bucket/prefix/`; undefined when Athena keeps results itself. */
export function outputLocationOf(request: SpokeRequest): string | undefined {
  const { outputLocation, managedResults } = request.workgroup;
  return managedResults ? undefined : (outputLocation ?? `s3://${resultsBucketName(request)}/results/`);
}

/** Where the spoke's queries run. `primary` has a place for results of its own, where the spoke's roles may not write (C5). */
export function placeOfQueries(request: SpokeRequest): {
  readonly workgroup: string;
  readonly outputLocation?: string;
} {
  const workgroup = workgroupNameOf(request);
  const outputLocation = ownsWorkgroup(request) ? undefined : outputLocationOf(request);
  return { workgroup, ...(outputLocation === undefined ? {} : { outputLocation }) };
}

/** The bucket of the sample data. */
export function sampleDataBucketName(request: SpokeRequest): string {
  return `${request.environment}-${request.spoke}-athena-data-${request.account}`;
}

/** The Glue database of the sample data. */
export function sampleDatabaseName(request: SpokeRequest): string {
  return request.spoke.replaceAll("-", "_");
}

/** All data of the spoke: what the request names, and the sample. */
export function dataOf(request: SpokeRequest): SpokeData[] {
  const sample = {
    database: sampleDatabaseName(request),
    tables: [SAMPLE_ORDERS],
    prefixes: [`s3://${sampleDataBucketName(request)}/${SAMPLE_ORDERS}/`],
  };
  return request.sampleData ? [...request.data, sample] : request.data;
}

/** A place in S3 with the account that owns it. */
export interface Place {
  readonly account: string;
  readonly bucket: string;
  /** Ends in a slash, or is empty for the whole bucket. */
  readonly prefix: string;
}

/** Where results go, in the spoke's own account; undefined when Athena keeps them itself. */
export function resultsPlace(request: SpokeRequest): Place | undefined {
  const location = outputLocationOf(request);
  return location === undefined ? undefined : { account: request.account, ...splitS3Location(location) };
}

/** The bucket that results go to; none when Athena keeps them itself. */
export function resultsBuckets(request: SpokeRequest): string[] {
  const place = resultsPlace(request);
  return place === undefined ? [] : [place.bucket];
}

/** A connector as queries meet it: a function, the place it spills to, and the catalog that leads to it. */
export interface Connector {
  /** Name of the function. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly spill: Place;
  /** Alias of the KMS key that encrypts what it spills; without it S3's own key does. */
  readonly keyAlias?: string;
  /** The connector does not encrypt blocks itself: only the bucket does. */
  readonly plainSpill?: true;
  /** Where its tables are, when that is another account, and the role that it assumes there (C11). */
  readonly tables?: { readonly account: string; readonly role: string };
}

/** The bucket that a producer's connectors spill to. */
export function spillBucketName(environment: Environment, producer: string): string {
  const spec = producerSpec(environment, producer);
  return spec.spill.bucket ?? `${environment.name}-${producer}-athena-spill-${spec.account}`;
}

/** The bucket that a spoke's own connectors spill to. */
export function ownSpillBucketName(request: SpokeRequest): string {
  return `${levelName(request)}-athena-spill-${request.account}`;
}

/** The alias of the key that encrypts a producer's spill bucket; undefined when its connectors ask for none (R13). */
export function spillKeyAlias(environment: Environment, producer: string): string | undefined {
  const connectors = Object.values(environment.producers[producer]?.connectors ?? {});
  return connectors.some(({ customerManagedKey }) => customerManagedKey)
    ? `alias/${environment.name}-${producer}-athena-spill`
    : undefined;
}

/** The alias of the key that encrypts what a spoke's own connectors spill; undefined when they ask for none. */
export function ownSpillKeyAlias(request: SpokeRequest): string | undefined {
  return request.connectors.some((connector) => "deploy" in connector && connector.deploy.customerManagedKey)
    ? `alias/${levelName(request)}-athena-spill`
    : undefined;
}

/** A connector of a producer. */
export function producerConnector(environment: Environment, producer: string, name: string): Connector {
  const { account, connectors } = producerSpec(environment, producer);
  const spec = connectors[name];
  return {
    name,
    account,
    region: environment.region,
    spill: {
      account,
      bucket: spillBucketName(environment, producer),
      prefix: `${SPILL_PREFIX}/${name}/`,
    },
    ...encryptedWith(spillKeyAlias(environment, producer)),
    ...(spec === undefined ? {} : chosenOf(environment.name, name, spec)),
  };
}

/** How the role is spelled by which a producer registers a catalog in a spoke: AWS's documentation, or its blog (C1). */
export type ShareRoleStyle = "Create" | "Federated";

/** Name of the role by which a producer's account registers catalogs in a spoke (R14, R30). */
export function shareRoleName(style: ShareRoleStyle, producer: string, environment: Environment): string {
  return suffixed(`AthenaCrossAccount${style}-${producer}`, environment);
}

/** The account of a producer. */
export function producerAccountOf(environment: Environment, producer: string): string {
  return producerSpec(environment, producer).account;
}

/** What of a connector's options those who query it, or grant to it, have to know. */
function chosenOf(
  environment: string,
  name: string,
  { disableSpillEncryption, tablesIn }: Pick<ConnectorSpec, "disableSpillEncryption" | "tablesIn">,
): Pick<Connector, "plainSpill" | "tables"> {
  const role = tablesRoleName(environment, name, { tablesIn });
  return {
    ...(disableSpillEncryption ? { plainSpill: true } : {}),
    ...(tablesIn === undefined || role === undefined ? {} : { tables: { account: tablesIn.account, role } }),
  };
}

/** Name of the role by which a connector reaches tables of another account; undefined when its own has them. */
export function tablesRoleName(
  environment: string,
  connector: string,
  { tablesIn }: { readonly tablesIn?: { readonly role?: string | undefined } | undefined },
): string | undefined {
  return tablesIn && (tablesIn.role ?? `athena-tables-${environment}-${connector}`);
}

function encryptedWith(keyAlias: string | undefined): Pick<Connector, "keyAlias"> {
  return keyAlias === undefined ? {} : { keyAlias };
}

/** The default name of a connector that a spoke deploys for itself, or for its classification. */
export function ownConnectorName({
  spoke,
  classification,
}: Pick<SpokeRequest, "spoke" | "classification">): string {
  const level = classification === undefined ? "" : `_${classification}`;
  return `${spoke.replaceAll("-", "")}${level}dynamodb`;
}

/** A connector that a spoke deploys in its own account. */
export function ownConnector(request: SpokeRequest, connector: DeployedConnector): Connector {
  const name = connector.deploy.name ?? ownConnectorName(request);
  return {
    name,
    account: request.account,
    region: request.region,
    spill: {
      account: request.account,
      bucket: ownSpillBucketName(request),
      prefix: `${SPILL_PREFIX}/${name}/`,
    },
    ...encryptedWith(ownSpillKeyAlias(request)),
    ...chosenOf(request.environment, name, connector.deploy),
  };
}

/** Which of a producer's connectors a request attaches. */
export function attachedConnector(environment: Environment, attached: AttachedConnector): Connector {
  const only = Object.keys(environment.producers[attached.from]?.connectors ?? {})[0];
  const name = attached.connector ?? only;
  if (name === undefined) throw new Error(`producer ${attached.from} has no connector`);
  return producerConnector(environment, attached.from, name);
}

/** A connector with the spoke's catalog that leads to it. */
export interface SpokeCatalog {
  readonly catalog: string;
  readonly connector: Connector;
  readonly requested: RequestedConnector;
}

/** The catalogs that the spoke gets at this level, one a connector. */
export function catalogsOf(request: SpokeRequest, environment: Environment): SpokeCatalog[] {
  return request.connectors.map((requested) => {
    const connector =
      "from" in requested ? attachedConnector(environment, requested) : ownConnector(request, requested);
    return { catalog: requested.catalog ?? connector.name, connector, requested };
  });
}

/** The producers whose connectors these are, each once. */
export function producersOf(connectors: readonly RequestedConnector[]): string[] {
  return [
    ...new Set(connectors.flatMap((connector) => ("from" in connector ? [connector.from] : []))),
  ].sort();
}

/** The producers whose connectors the request attaches at any level, each once. */
export function attachedProducers(request: SpokeRequest): string[] {
  return producersOf(levelsOf(request).flatMap(({ connectors }) => connectors));
}

export function connectorArn(connector: Connector): string {
  return functionArn(connector.region, connector.account, connector.name);
}

/** Name of the connector's execution role; a connector's name is short enough for it (L8). */
export function connectorRoleName(connector: Pick<Connector, "name">): string {
  return `athena-connector-${connector.name}`;
}

/** ARN of the permissions boundary that a person chose for a connector's role. */
export function ownBoundary(
  { region, account }: Pick<Connector, "region" | "account">,
  { permissionsBoundary }: Pick<ConnectorSpec, "permissionsBoundary">,
): string | undefined {
  return permissionsBoundary && policyArn(region, account, permissionsBoundary);
}

export function catalogArnOf(request: SpokeRequest, catalog: string): string {
  return dataCatalogArn(request.region, request.account, catalog);
}
