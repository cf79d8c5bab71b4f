/** AWS as the runner needs it: questions about accounts, in the project's words. The real one is `aws-cloud.ts`. */
import type { PastQuery } from "../../access/costs";
import type { KeyGrant } from "../../access/key";
import type { LakeTarget } from "../../access/mesh/lake-formation";

/** An account with the way into it. */
export interface Entry {
  readonly account: string;
  /** Name of the role that is assumed there. */
  readonly role: string;
  readonly region: string;
}

/** Who calls. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** The role of the account cannot be assumed with the caller's credentials. */
export class EntryRefused extends Error {
  override readonly name = "EntryRefused";
  constructor(
    readonly entry: Entry,
    /** AWS's words. */
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`role ${entry.role} of account ${entry.account} cannot be assumed: ${reason}`, { cause });
  }
}

/** A role cannot be assumed by whom it was tried. */
export class RoleRefused extends Error {
  override readonly name = "RoleRefused";
  constructor(
    readonly roleArn: string,
    /** AWS's words. */
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`${roleArn} cannot be assumed: ${reason}`, { cause });
  }
}

/** A query did not succeed. */
export class QueryFailed extends Error {
  override readonly name = "QueryFailed";
  constructor(
    /** Athena's id of the query. */
    readonly id: string,
    /** `STOPPED`: by us, since it took too long. */
    readonly state: "FAILED" | "CANCELLED" | "STOPPED",
    /** Athena's words. */
    readonly reason: string,
  ) {
    super(`query ${id} ${state === "FAILED" ? "failed" : `was ${state.toLowerCase()}`}: ${reason}`);
  }
}

/** Nobody answers at the endpoint. */
export class EndpointUnreachable extends Error {
  override readonly name = "EndpointUnreachable";
  constructor(
    readonly endpoint: string,
    cause?: unknown,
  ) {
    super(`nobody answers at ${endpoint}`, { cause });
  }
}

/** The endpoint does not execute this operation (HTTP 501). */
export class NotExecuted extends Error {
  override readonly name = "NotExecuted";
  /** @param operation `athena:ListTableMetadata` */
  constructor(
    readonly operation: string,
    cause?: unknown,
  ) {
    super(`${operation} is not executed here`, { cause });
  }
}

/** Whether AWS refused a call for want of a permission. */
export function isDenied(thrown: unknown): boolean {
  return thrown instanceof Error && /^(AccessDenied|AuthorizationError)/.test(thrown.name);
}

/** The account's role may not ask for its organization. */
export class OrganizationHidden extends Error {
  override readonly name = "OrganizationHidden";
  constructor(account: string, cause?: unknown) {
    super(`account ${account} may not describe its organization`, { cause });
  }
}

export type Tags = Readonly<Record<string, string>>;

export interface RoleView {
  readonly trust: unknown;
  readonly tags: Tags;
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
}

export interface UserView {
  readonly tags: Tags;
  /** ARN of its permissions boundary. */
  readonly boundary?: string;
  /** Names of the groups that it is in. */
  readonly groups: readonly string[];
}

/** What one signs in with as a user, and IAM deletes a user not before. */
export interface UserCredential {
  readonly kind: "access key" | "password" | "MFA device";
  /** The key's id, the device's serial number; a password has none. */
  readonly id: string;
}

export interface WorkgroupView {
  readonly enabled: boolean;
  /** Whether queries must use this configuration. */
  readonly enforced: boolean;
  /** `SSE_S3`, `SSE_KMS`, `CSE_KMS`, or undefined for none. */
  readonly encryption: string | undefined;
  /** Bytes. */
  readonly bytesScannedCutoff: number | undefined;
  readonly outputLocation: string | undefined;
  /** Whether Athena keeps results itself. */
  readonly managedResults: boolean;
}

export interface CatalogView {
  readonly type: string;
  /** ARN of the function behind a LAMBDA catalog. */
  readonly functionArn: string | undefined;
  /** The account whose Glue catalog a GLUE catalog is. */
  readonly catalogId?: string | undefined;
}

export interface DataSourceView {
  readonly arn: string;
  readonly type: string;
  /** `CREATION_SUCCESSFUL`, `CREATION_FAILED`, `UPDATE_IN_PROGRESS`... */
  readonly status: string;
  readonly roleArn: string | undefined;
  readonly consumerAccountRoleArn: string | undefined;
  readonly workgroup: string | undefined;
  /** `type: message`, when the status is a failure. */
  readonly error: string | undefined;
}

export interface DataSetView {
  /** `DIRECT_QUERY`, `SPICE`. */
  readonly importMode: string;
  /** ARN; this and what follows of the only table of a relational data source, else undefined. */
  readonly dataSource: string | undefined;
  readonly catalog: string | undefined;
  readonly database: string | undefined;
  readonly table: string | undefined;
  /** Name -> type. */
  readonly columns: Readonly<Record<string, string>>;
}

/** One filling of a dataset in SPICE. */
export interface IngestionView {
  /** `INITIALIZED`, `QUEUED`, `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`. */
  readonly status: string;
  /** Rows that the dataset has then. */
  readonly rows: number | undefined;
  /** Rows that Quick could not take, such as those with values that are not of their column's type; it ends COMPLETED for all that. */
  readonly dropped: number;
  /** `type: message`, when it failed. */
  readonly error: string | undefined;
}

/** What Quick is told of an Athena data source. */
export interface DataSourceWanted {
  readonly name: string;
  readonly roleArn: string;
  readonly consumerAccountRoleArn: string;
  readonly workgroup: string;
}

/** A KMS key. */
export interface KeyView {
  readonly policy: unknown;
  readonly grants: readonly KeyGrant[];
  readonly tags: Tags;
}

/** A KMS key without an alias. */
export interface UnnamedKey {
  readonly id: string;
  readonly tags: Tags;
  /** When KMS deletes it; undefined for one that stays. */
  readonly deletion?: Date;
}

export interface SubscriptionView {
  /** `ENTERPRISE`, `STANDARD`... */
  readonly edition: string;
  /** `ACCOUNT_CREATED` when active. */
  readonly status: string;
}

/** A database of another account. */
export interface DatabaseLink {
  readonly catalogId: string;
  readonly database: string;
}

export interface PermissionView {
  readonly principal: string;
  readonly actions: readonly string[];
}

/** A bucket name: nobody has it, this account has it (in this Region), or somebody else has. */
export type BucketOwner = "nobody" | "this account" | "somebody else";

/** Key of a DynamoDB item: attribute name -> typed value, `{ "Artist": { "S": "Acme Band" } }`. */
export type ItemKey = Readonly<Record<string, unknown>>;

/** Kinds of things whose tags can be asked for. */
export type Tagged =
  | "role"
  | "user"
  | "managed policy"
  | "workgroup"
  | "catalog"
  | "database"
  | "bucket"
  | "function"
  | "key"
  | "log group"
  | "data source"
  | "dataset";

/** Temporary credentials in an account. */
export interface AccountCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Answers credentials that still last; the SDK's clients ask it. */
export type CredentialSource = () => Promise<AccountCredentials>;

/** A query to run. */
export interface Query {
  readonly sql: string;
  readonly workgroup: string;
  /** Catalog of names that name none. Default: Athena's, the Glue Data Catalog. */
  readonly catalog?: string;
  /** Database of names that name none. */
  readonly database?: string;
  /** Where results go when the workgroup does not say: `s3://bucket/prefix/`. */
  readonly outputLocation?: string;
  /** How many rows to fetch. */
  readonly rows: number;
  /** Longest wait in milliseconds; then the query is stopped. Default 5 minutes. */
  readonly patience?: number;
}

/** What came of a query. */
export interface QueryResult {
  /** Athena's id of the query. */
  readonly id: string;
  readonly columns: readonly string[];
  /** As texts; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether there are more rows than were fetched. */
  readonly more: boolean;
  readonly bytesScanned: number;
  readonly milliseconds: number;
  /** The object with the results: `s3://bucket/prefix/<id>.csv`. */
  readonly outputLocation: string | undefined;
}

/** An event of CloudTrail, as far as it tells of roles and queries. */
export interface TrailEvent {
  readonly time: Date;
  /** ARN of the user or session that called; a service's name; of another account, its id. */
  readonly caller: string;
  /** Undefined for services. */
  readonly callerAccount: string | undefined;
  /** ARN of the role whose session called. */
  readonly callerRole: string | undefined;
  /** Id of the key that signed the call. */
  readonly key: string | undefined;
  /** Of AssumeRole: the role's ARN, the session's name, the external id, the id of the key that was given. */
  readonly assumedRole: string | undefined;
  readonly session: string | undefined;
  readonly externalId: string | undefined;
  readonly givenKey: string | undefined;
  /** Of StartQueryExecution: the workgroup and Athena's id of the query. */
  readonly workgroup: string | undefined;
  readonly queryId: string | undefined;
  /** AWS's code, when the call was refused. */
  readonly error: string | undefined;
}

/**
 * What is looked up in an event history: the assumptions of a role, by its ARN, or all events of a name. Of AssumeRole alone
 * a busy account has thousands a day, and CloudTrail answers two calls a second with 50 events each.
 */
export type TrailLookup = { readonly assumed: string } | { readonly event: string };

/** A CloudFormation stack. */
export interface StackView {
  /** Its ARN. */
  readonly id: string;
  readonly status: string;
  readonly tags: Tags;
}

/** A trail of CloudTrail. */
export interface TrailView {
  /** Undefined when only who keeps the trail may look, as of an organization's. */
  readonly seen:
    | {
        readonly logging: boolean;
        /** Whether it logs read-only management events of STS. */
        readonly logsReads: boolean;
      }
    | undefined;
}

/** One account, seen through its role. Whatever does not exist is undefined, false or empty. */
export interface AccountView {
  readonly account: string;
  readonly region: string;
  /** Tags of a thing that exists. */
  tags(kind: Tagged, name: string): Promise<Tags>;
  role(name: string): Promise<RoleView | undefined>;
  /** Inline and attached policies of a role, by name. */
  rolePolicies(name: string): Promise<ReadonlyMap<string, unknown>>;
  user(name: string): Promise<UserView | undefined>;
  /** Inline and attached policies of a user, by name; without those of its groups. */
  userPolicies(name: string): Promise<ReadonlyMap<string, unknown>>;
  /** Access keys, password and MFA devices of a user; none when there is no such user. */
  userCredentials(name: string): Promise<readonly UserCredential[]>;
  /** A managed policy's document, by ARN. */
  managedPolicy(policyArn: string): Promise<unknown>;
  hasManagedPolicy(name: string): Promise<boolean>;
  workgroup(name: string): Promise<WorkgroupView | undefined>;
  catalog(name: string): Promise<CatalogView | undefined>;
  /** Names of the tables that a catalog's function answers for a schema. */
  catalogTables(catalog: string, schema: string): Promise<readonly string[]>;
  /** Names of the databases of a catalog, as Athena lists them. */
  catalogDatabases(catalog: string): Promise<readonly string[]>;
  /**
   * Runs a query to its end, or stops it when the signal is aborted.
   *
   * @throws QueryFailed
   */
  query(query: Query, signal: AbortSignal): Promise<QueryResult>;
  /** The queries of a workgroup that were submitted since then. */
  queryHistory(workgroup: string, since: Date): Promise<readonly PastQuery[]>;
  /** Events of CloudTrail's event history since then, in this Region. */
  trail(lookup: TrailLookup, since: Date): Promise<readonly TrailEvent[]>;
  /** A trail by name or ARN, as this Region sees it; undefined when there is none. */
  trailNamed(named: string): Promise<TrailView | undefined>;
  /** Deletes the objects of a query's results. */
  deleteResults(result: QueryResult): Promise<void>;
  /** Becomes another role, from here. @throws RoleRefused */
  assume(roleArn: string): Promise<AccountView>;
  bucketOwner(name: string): Promise<BucketOwner>;
  bucketPolicy(name: string): Promise<unknown>;
  /** The policy of an SNS topic; undefined when there is no such topic. */
  topicPolicy(arn: string): Promise<unknown>;
  /** Whether the default event bus has the rule. */
  hasRule(name: string): Promise<boolean>;
  /** Whether CloudWatch has the metric alarm. */
  hasAlarm(name: string): Promise<boolean>;
  /** Whether the bucket holds objects, versions of objects or unfinished uploads other than `except`. */
  hasObjects(bucket: string, except: ReadonlySet<string>): Promise<boolean>;
  /** Deletes every object, version and unfinished upload. */
  empty(bucket: string): Promise<void>;
  /** The KMS key with the alias (`alias/...`). */
  key(alias: string): Promise<KeyView | undefined>;
  /** Keys without an alias, enabled or to be deleted; without those that may not be looked at. */
  unnamedKeys(): Promise<readonly UnnamedKey[]>;
  hasFunction(name: string): Promise<boolean>;
  /** The CloudFormation stack by which AWS's application makes a connector. */
  applicationStack(connector: string): Promise<StackView | undefined>;
  hasLogGroup(name: string): Promise<boolean>;
  /** Statements of a function's resource policy. */
  functionStatements(name: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Whether the DynamoDB table exists. */
  hasTable(name: string): Promise<boolean>;
  /** Whether the DynamoDB table holds items with keys other than `except`. */
  hasItems(table: string, except: readonly ItemKey[]): Promise<boolean>;
  hasDatabase(name: string): Promise<boolean>;
  /** The database of another account that a resource link leads to; undefined when there is none, or it is no link. */
  databaseLink(name: string): Promise<DatabaseLink | undefined>;
  /** The resource policy of the account's Glue catalog. */
  catalogPolicy(): Promise<unknown>;
  /** Whom Lake Formation of the account grants what on a database or table; IAM_ALLOWED_PRINCIPALS is left out. */
  lakePermissions(target: LakeTarget): Promise<readonly PermissionView[]>;
  /** Whether Lake Formation hands out credentials for the location (`arn:aws:s3:::bucket/prefix`). */
  hasLakeLocation(locationArn: string): Promise<boolean>;
  /** ARNs of the administrators of the account's data lake. */
  lakeAdministrators(): Promise<readonly string[]>;
  /** Names of the database's Glue tables. */
  tables(database: string): Promise<readonly string[]>;
  /**
   * Id of the organization that the account is in; undefined when it is in none.
   *
   * @throws OrganizationHidden when the account's role may not ask for it.
   */
  organization(): Promise<string | undefined>;
  subscription(): Promise<SubscriptionView | undefined>;
  /** Whether a Quick user or group (`user/alice`) exists in the namespace of the identity Region. */
  hasQuickPrincipal(written: string, namespace: string, identityRegion: string): Promise<boolean>;
  dataSource(id: string): Promise<DataSourceView | undefined>;
  deleteDataSource(id: string): Promise<void>;
  /** Tells Quick what a data source is to be; who it is shared with and its tags stay. */
  updateDataSource(id: string, wanted: DataSourceWanted): Promise<void>;
  dataSourcePermissions(id: string): Promise<readonly PermissionView[]>;
  dataSet(id: string): Promise<DataSetView | undefined>;
  /** Undefined when there is no such dataset. */
  dataSetPermissions(id: string): Promise<readonly PermissionView[] | undefined>;
  /** The newest ingestion of a dataset; undefined when there is none. */
  ingestion(dataSet: string): Promise<IngestionView | undefined>;
  deleteDataSet(id: string): Promise<void>;
  /** Number of data sources, counted up to about `enough`. */
  countDataSources(enough: number): Promise<number>;
}

export interface Cloud {
  /**
   * Who the ambient credentials belong to.
   *
   * @throws EndpointUnreachable; Error when there are no credentials.
   */
  caller(region: string): Promise<Caller>;
  /**
   * ARN of the user or role behind the ambient credentials; of a session, its role with the role's path.
   *
   * @throws EndpointUnreachable; Error when it cannot be found out, or is the root user.
   */
  callerIdentity(region: string): Promise<string>;
  /**
   * Assumes the account's role and makes sure that it is that account.
   *
   * @throws EntryRefused, EndpointUnreachable
   */
  enter(entry: Entry): Promise<AccountView>;
  /** Becomes any role, with the caller's own credentials. @throws RoleRefused, EndpointUnreachable */
  assume(roleArn: string, region: string): Promise<AccountView>;
  /** An account, seen with credentials that somebody else made. */
  view(account: string, region: string, credentials: CredentialSource): AccountView;
}
