/** An AWS in memory, behind the runner's own port. What it does is laid down in fake-cloud.spec.ts. */
import type { PastQuery } from "../../access/costs";
import { type LakeTarget, targetName } from "../../access/mesh/lake-formation";
import {
  type AccountView,
  type BucketOwner,
  type Caller,
  type CatalogView,
  type Cloud,
  type CredentialSource,
  type DatabaseLink,
  type DataSetView,
  type DataSourceView,
  type DataSourceWanted,
  EndpointUnreachable,
  type Entry,
  EntryRefused,
  type IngestionView,
  type ItemKey,
  type KeyView,
  NotExecuted,
  OrganizationHidden,
  type PermissionView,
  type Query,
  type QueryResult,
  RoleRefused,
  type RoleView,
  type UserCredential,
  type UserView,
  type StackView,
  type SubscriptionView,
  type Tagged,
  type Tags,
  type TrailEvent,
  type TrailLookup,
  type TrailView,
  type UnnamedKey,
  type WorkgroupView,
} from "../../automation/cloud/cloud";

export class FakeAccount implements AccountView {
  readonly roles = new Map<string, RoleView & { policies: ReadonlyMap<string, unknown> }>();
  readonly users = new Map<string, UserView & { policies: ReadonlyMap<string, unknown> }>();
  readonly credentials = new Map<string, readonly UserCredential[]>();
  readonly workgroups = new Map<string, WorkgroupView>([
    [
      "primary",
      {
        enabled: true,
        enforced: false,
        encryption: undefined,
        managedResults: false,
        bytesScannedCutoff: undefined,
        outputLocation: undefined,
      },
    ],
  ]);
  readonly catalogs = new Map<string, CatalogView>();
  /** Name -> trail. */
  readonly trails = new Map<string, TrailView>();
  readonly buckets = new Map<string, { policy?: unknown; keys: string[] }>();
  readonly foreignBuckets = new Set<string>();
  /** ARN of a topic -> its policy. */
  readonly topics = new Map<string, unknown>();
  readonly keys = new Map<string, KeyView>();
  /** Keys without an alias. */
  readonly unnamed: UnnamedKey[] = [];
  readonly rules = new Set<string>();
  readonly alarms = new Set<string>();
  /** ARNs of locations that Lake Formation hands out credentials for. */
  readonly lakeLocations = new Set<string>();
  readonly functions = new Map<string, Readonly<Record<string, unknown>>[]>();
  /** Stacks of AWS's application, by their connectors. */
  readonly stacks = new Map<string, StackView>();
  readonly managedPolicies = new Set<string>();
  /** By ARN. */
  readonly managedDocuments = new Map<string, unknown>();
  gluePolicy: unknown;
  readonly logGroups = new Set<string>();
  readonly dynamoTables = new Set<string>();
  readonly dynamoItems = new Map<string, ItemKey[]>();
  readonly databases = new Map<string, string[]>();
  readonly dataSources = new Map<string, DataSourceView & { permissions: readonly PermissionView[] }>();
  readonly dataSets = new Map<
    string,
    DataSetView & { permissions: readonly PermissionView[]; ingestion?: IngestionView }
  >();
  readonly principals = new Set<string>();
  readonly thingTags = new Map<string, Tags>();
  quick: SubscriptionView | undefined;
  /** `hidden` when the account may not ask for it. */
  organizationId: string | undefined = "o-athenaspokes";
  /** Operations that this endpoint does not execute. */
  readonly notExecuted = new Set<string>();
  /** Resource link -> where it leads. */
  readonly links = new Map<string, DatabaseLink>();
  /** Target's name -> whom Lake Formation grants what on it. */
  readonly lakeGrants = new Map<string, readonly PermissionView[]>();
  /** ARNs of the administrators of the data lake. */
  administrators: readonly string[] = [];
  /** What a query answers, the names of the columns first. */
  rows: readonly (readonly (string | null)[])[] = [];
  /** What a query fails with. */
  refusal: Error | undefined;
  readonly queries: (Query & { readonly as: string })[] = [];
  readonly deletedResults: string[] = [];
  /** Workgroup -> its history. */
  readonly history = new Map<string, PastQuery[]>();
  /** Event's name -> events. */
  readonly events = new Map<string, TrailEvent[]>();
  /** As which role the account is seen. */
  readonly as: string = "OrganizationAccountAccessRole";

  constructor(
    readonly account: string,
    readonly region: string,
  ) {}

  tags(kind: Tagged, name: string): Promise<Tags> {
    return Promise.resolve(this.thingTags.get(`${kind} ${name}`) ?? {});
  }
  unnamedKeys(): Promise<readonly UnnamedKey[]> {
    return Promise.resolve(this.unnamed);
  }
  hasRule(name: string): Promise<boolean> {
    return Promise.resolve(this.rules.has(name));
  }
  hasAlarm(name: string): Promise<boolean> {
    return Promise.resolve(this.alarms.has(name));
  }
  hasLakeLocation(locationArn: string): Promise<boolean> {
    return Promise.resolve(this.lakeLocations.has(locationArn));
  }
  role(name: string): Promise<RoleView | undefined> {
    return Promise.resolve(this.roles.get(name));
  }
  rolePolicies(name: string): Promise<ReadonlyMap<string, unknown>> {
    return Promise.resolve(this.roles.get(name)?.policies ?? new Map<string, unknown>());
  }
  user(name: string): Promise<UserView | undefined> {
    return Promise.resolve(this.users.get(name));
  }
  userPolicies(name: string): Promise<ReadonlyMap<string, unknown>> {
    return Promise.resolve(this.users.get(name)?.policies ?? new Map<string, unknown>());
  }
  userCredentials(name: string): Promise<readonly UserCredential[]> {
    return Promise.resolve(this.credentials.get(name) ?? []);
  }
  managedPolicy(policyArn: string): Promise<unknown> {
    return Promise.resolve(this.managedDocuments.get(policyArn));
  }
  catalogPolicy(): Promise<unknown> {
    return Promise.resolve(this.gluePolicy);
  }
  hasManagedPolicy(name: string): Promise<boolean> {
    return Promise.resolve(this.managedPolicies.has(name));
  }
  hasLogGroup(name: string): Promise<boolean> {
    return Promise.resolve(this.logGroups.has(name));
  }
  workgroup(name: string): Promise<WorkgroupView | undefined> {
    return Promise.resolve(this.workgroups.get(name));
  }
  catalog(name: string): Promise<CatalogView | undefined> {
    return Promise.resolve(this.catalogs.get(name));
  }
  catalogTables(catalog: string, schema: string): Promise<readonly string[]> {
    return this.executed("athena:ListTableMetadata", () => {
      if (catalog === "AwsDataCatalog") return this.databases.get(schema) ?? [];
      return this.catalogs.has(catalog) ? ["music"] : [];
    });
  }
  catalogDatabases(catalog: string): Promise<readonly string[]> {
    return this.executed("athena:ListDatabases", () =>
      catalog === "AwsDataCatalog" ? [...this.databases.keys()] : ["default"],
    );
  }
  query(query: Query, signal: AbortSignal): Promise<QueryResult> {
    signal.throwIfAborted();
    this.queries.push({ ...query, as: this.as });
    return this.executed("athena:StartQueryExecution", () => {
      if (this.refusal !== undefined) throw this.refusal;
      const [columns = [], ...rows] = this.rows;
      return {
        id: "11111111-2222-3333-4444-555555555555",
        columns: columns.map(String),
        rows: rows.slice(0, query.rows),
        more: rows.length > query.rows,
        bytesScanned: 42,
        milliseconds: 7,
        outputLocation: "s3://results/11111111-2222-3333-4444-555555555555.csv",
      };
    });
  }
  queryHistory(workgroup: string): Promise<readonly PastQuery[]> {
    return this.executed("athena:ListQueryExecutions", () => this.history.get(workgroup) ?? []);
  }
  trail(lookup: TrailLookup, since: Date): Promise<readonly TrailEvent[]> {
    return this.executed("cloudtrail:LookupEvents", () => {
      const events =
        "event" in lookup
          ? this.events.get(lookup.event)
          : this.events.get("AssumeRole")?.filter(({ assumedRole }) => assumedRole === lookup.assumed);
      return (events ?? []).filter(({ time }) => time >= since);
    });
  }
  trailNamed(named: string): Promise<TrailView | undefined> {
    return this.executed("cloudtrail:DescribeTrails", () => this.trails.get(named));
  }
  deleteResults({ outputLocation }: QueryResult): Promise<void> {
    this.deletedResults.push(outputLocation ?? "");
    return Promise.resolve();
  }
  assume(roleArn: string): Promise<FakeAccount> {
    const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
    return this.roles.has(name)
      ? Promise.resolve(this.seenAs(roleArn))
      : Promise.reject(new RoleRefused(roleArn, `AccessDenied: there is no ${name}`));
  }
  /** The same account, seen as another role. */
  seenAs(role: string): FakeAccount {
    return Object.create(this, { as: { value: role } }) as FakeAccount;
  }
  bucketOwner(name: string): Promise<BucketOwner> {
    if (this.foreignBuckets.has(name)) return Promise.resolve("somebody else");
    return Promise.resolve(this.buckets.has(name) ? "this account" : "nobody");
  }
  bucketPolicy(name: string): Promise<unknown> {
    return Promise.resolve(this.buckets.get(name)?.policy);
  }
  topicPolicy(arn: string): Promise<unknown> {
    return Promise.resolve(this.topics.get(arn));
  }
  hasObjects(bucket: string, except: ReadonlySet<string>): Promise<boolean> {
    return Promise.resolve((this.buckets.get(bucket)?.keys ?? []).some((key) => !except.has(key)));
  }
  empty(bucket: string): Promise<void> {
    this.buckets.get(bucket)?.keys.splice(0);
    return Promise.resolve();
  }
  key(alias: string): Promise<KeyView | undefined> {
    return Promise.resolve(this.keys.get(alias));
  }
  applicationStack(connector: string): Promise<StackView | undefined> {
    return Promise.resolve(this.stacks.get(connector));
  }
  hasFunction(name: string): Promise<boolean> {
    return Promise.resolve(this.functions.has(name));
  }
  functionStatements(name: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return Promise.resolve(this.functions.get(name) ?? []);
  }
  hasTable(name: string): Promise<boolean> {
    return Promise.resolve(this.dynamoTables.has(name));
  }
  hasItems(table: string, except: readonly ItemKey[]): Promise<boolean> {
    const known = new Set(except.map((key) => JSON.stringify(key)));
    return Promise.resolve(
      (this.dynamoItems.get(table) ?? []).some((key) => !known.has(JSON.stringify(key))),
    );
  }
  organization(): Promise<string | undefined> {
    return this.organizationId === "hidden"
      ? Promise.reject(new OrganizationHidden(this.account))
      : Promise.resolve(this.organizationId);
  }
  hasDatabase(name: string): Promise<boolean> {
    return Promise.resolve(this.databases.has(name));
  }
  databaseLink(name: string): Promise<DatabaseLink | undefined> {
    return Promise.resolve(this.links.get(name));
  }
  lakePermissions(target: LakeTarget): Promise<readonly PermissionView[]> {
    return Promise.resolve(this.lakeGrants.get(targetName(target)) ?? []);
  }
  lakeAdministrators(): Promise<readonly string[]> {
    return Promise.resolve(this.administrators);
  }
  tables(database: string): Promise<readonly string[]> {
    return Promise.resolve(this.databases.get(database) ?? []);
  }
  subscription(): Promise<SubscriptionView | undefined> {
    return Promise.resolve(this.quick);
  }
  hasQuickPrincipal(written: string, namespace: string, identityRegion: string): Promise<boolean> {
    return Promise.resolve(this.principals.has(`${identityRegion} ${namespace} ${written}`));
  }
  dataSource(id: string): Promise<DataSourceView | undefined> {
    return Promise.resolve(this.dataSources.get(id));
  }
  deleteDataSource(id: string): Promise<void> {
    this.dataSources.delete(id);
    return Promise.resolve();
  }
  updateDataSource(id: string, wanted: DataSourceWanted): Promise<void> {
    const existing = this.dataSources.get(id);
    if (existing === undefined) return Promise.reject(new Error(`there is no data source ${id}`));
    const { roleArn, consumerAccountRoleArn, workgroup } = wanted;
    const parameters = { roleArn, consumerAccountRoleArn, workgroup };
    this.dataSources.set(id, { ...existing, ...parameters, status: "UPDATE_SUCCESSFUL", error: undefined });
    return Promise.resolve();
  }
  dataSourcePermissions(id: string): Promise<readonly PermissionView[]> {
    return Promise.resolve(this.dataSources.get(id)?.permissions ?? []);
  }
  dataSet(id: string): Promise<DataSetView | undefined> {
    const found = this.dataSets.get(id);
    if (found === undefined) return Promise.resolve(undefined);
    const { importMode, dataSource, catalog, database, table, columns } = found;
    return Promise.resolve({ importMode, dataSource, catalog, database, table, columns });
  }
  dataSetPermissions(id: string): Promise<readonly PermissionView[] | undefined> {
    return Promise.resolve(this.dataSets.get(id)?.permissions);
  }
  ingestion(dataSet: string): Promise<IngestionView | undefined> {
    return Promise.resolve(this.dataSets.get(dataSet)?.ingestion);
  }
  deleteDataSet(id: string): Promise<void> {
    this.dataSets.delete(id);
    return Promise.resolve();
  }
  countDataSources(): Promise<number> {
    return Promise.resolve(this.dataSources.size);
  }

  private executed<Answer>(operation: string, answer: () => Answer): Promise<Answer> {
    if (this.notExecuted.has(operation)) return Promise.reject(new NotExecuted(operation));
    return Promise.resolve(answer());
  }
}

export class FakeCloud implements Cloud {
  readonly accounts = new Map<string, FakeAccount>();
  /** Accounts whose role may not be assumed. */
  readonly refused = new Set<string>();
  reachable = true;
  /** With which accounts were seen. */
  readonly credentials: CredentialSource[] = [];

  constructor(
    readonly identity: Caller = { account: "100000000000", arn: "arn:aws:iam::100000000000:user/platform" },
  ) {}

  /** The account of this id; made when it is first asked for. */
  account(id: string): FakeAccount {
    const account = this.accounts.get(id) ?? new FakeAccount(id, "us-east-1");
    this.accounts.set(id, account);
    return account;
  }

  caller(): Promise<Caller> {
    return this.reachable
      ? Promise.resolve(this.identity)
      : Promise.reject(new EndpointUnreachable("http://127.0.0.1:1"));
  }

  async callerIdentity(): Promise<string> {
    return (await this.caller()).arn;
  }

  enter(entry: Entry): Promise<FakeAccount> {
    if (!this.reachable) return Promise.reject(new EndpointUnreachable("http://127.0.0.1:1"));
    if (this.refused.has(entry.account)) return Promise.reject(new EntryRefused(entry, "AccessDenied"));
    return Promise.resolve(this.account(entry.account));
  }

  assume(roleArn: string): Promise<FakeAccount> {
    return this.account(roleArn.split(":")[4] ?? "").assume(roleArn);
  }

  view(account: string, _region: string, credentials: CredentialSource): FakeAccount {
    this.credentials.push(credentials);
    return this.account(account).seenAs("credentials");
  }
}
