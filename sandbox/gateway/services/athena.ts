import { jsonAnswer } from "../answer";
import type { Answer } from "../answer";
import { AsCaller } from "../athena/as-caller";
import { GLUE_CATALOG, findCatalog, glueCatalog, inCatalog } from "../athena/catalog";
import { ENGINE, NEW_CONFIGURATION, PRIMARY, checkConfiguration, findWorkGroup } from "../athena/workgroup";
import { jsonInput, list, record, requiredText, text } from "../call";
import type { Context, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { page } from "../page";
import type { DataCatalog, QueryExecution, WorkGroup } from "../state";
import { addTags, removeTags, setTags, tagList, tagsOf } from "../tagging";
import { without } from "../without";
import { keptHere } from "./kept-here";

type Input = Record<string, unknown>;

const INVALID = "InvalidRequestException";

export const athena: Handlers = keptHere("athena", {
  CreateWorkGroup: answered((context, input) => {
    const name = requiredText(input, "Name", INVALID);
    if (!/^[a-zA-Z0-9._-]{1,128}$/.test(name))
      throw new AwsError(INVALID, `workgroup name ${name} is not valid`);
    if (workGroup(context, name) !== undefined) throw new AwsError(INVALID, "WorkGroup is already created");
    const configuration = { ...NEW_CONFIGURATION, ...record(input, "Configuration") };
    checkConfiguration(configuration);
    putWorkGroup(context, { name, ...description(input), state: "ENABLED", configuration, created: now() });
    setTags(context.cloud, arn(context, `workgroup/${name}`), tagList(input, "Tags", INVALID) ?? []);
    return {};
  }),

  GetWorkGroup: answered((context, input) => {
    const { name, state, configuration, created, ...rest } = namedWorkGroup(context, input);
    return {
      WorkGroup: {
        Name: name,
        State: state,
        Configuration: configuration,
        Description: rest.description ?? "",
        CreationTime: created,
      },
    };
  }),

  ListWorkGroups: answered((context, input) => {
    const all = [PRIMARY, ...here(context, context.cloud.state.workGroups)]
      .map(({ name }) => name)
      .filter((name, i, names) => names.indexOf(name) === i)
      .sort()
      .flatMap((name) => workGroup(context, name) ?? []);
    const { items, nextToken } = page(all, input, 50, PAGE_CODES);
    return {
      WorkGroups: items.map((group) => ({
        Name: group.name,
        State: group.state,
        Description: group.description ?? "",
        CreationTime: group.created,
        EngineVersion: group.configuration["EngineVersion"],
      })),
      ...token(nextToken),
    };
  }),

  UpdateWorkGroup: answered((context, input) => {
    const group = namedWorkGroup(context, input);
    const state = text(input, "State") ?? group.state;
    if (state !== "ENABLED" && state !== "DISABLED")
      throw new AwsError(INVALID, `State ${state} is not valid`);
    const configuration = updated(group.configuration, record(input, "ConfigurationUpdates") ?? {});
    checkConfiguration(configuration);
    putWorkGroup(context, { ...group, ...description(input), state, configuration });
    return {};
  }),

  DeleteWorkGroup: answered((context, input) => {
    const { name } = namedWorkGroup(context, input);
    if (name === PRIMARY.name) throw new AwsError(INVALID, "The primary workgroup cannot be deleted");
    context.cloud.state.workGroups = without(context.cloud.state.workGroups, key(context, name));
    setTags(context.cloud, arn(context, `workgroup/${name}`), []);
    return {};
  }),

  CreateDataCatalog: answered((context, input) => {
    const catalog = dataCatalogOf(input);
    if (dataCatalog(context, catalog.name) !== undefined) {
      throw new AwsError(INVALID, `DataCatalog ${catalog.name} has already been created`);
    }
    putDataCatalog(context, catalog);
    setTags(
      context.cloud,
      arn(context, `datacatalog/${catalog.name}`),
      tagList(input, "Tags", INVALID) ?? [],
    );
    return { DataCatalog: describedCatalog(catalog) };
  }),

  GetDataCatalog: answered((context, input) => ({
    DataCatalog: describedCatalog(namedDataCatalog(context, requiredText(input, "Name", INVALID))),
  })),

  ListDataCatalogs: answered((context, input) => {
    const all = [glueCatalog(context.principal.account), ...here(context, context.cloud.state.dataCatalogs)];
    all.sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(all, input, 50, PAGE_CODES);
    return {
      DataCatalogsSummary: items.map(({ name, type }) => ({ CatalogName: name, Type: type })),
      ...token(nextToken),
    };
  }),

  UpdateDataCatalog: answered((context, input) => {
    const { name } = namedDataCatalog(context, requiredText(input, "Name", INVALID));
    if (name === GLUE_CATALOG) throw new AwsError(INVALID, `${GLUE_CATALOG} cannot be updated`);
    putDataCatalog(context, dataCatalogOf(input));
    return {};
  }),

  DeleteDataCatalog: answered((context, input) => {
    const catalog = namedDataCatalog(context, requiredText(input, "Name", INVALID));
    if (catalog.name === GLUE_CATALOG) throw new AwsError(INVALID, `${GLUE_CATALOG} cannot be deleted`);
    context.cloud.state.dataCatalogs = without(context.cloud.state.dataCatalogs, key(context, catalog.name));
    setTags(context.cloud, arn(context, `datacatalog/${catalog.name}`), []);
    return { DataCatalog: describedCatalog(catalog) };
  }),

  ListDatabases: answered(async (context, input) => {
    const databases = await described(context, input, "GetDatabases", {});
    const { items, nextToken } = page(databases, input, 50, PAGE_CODES);
    return { DatabaseList: items.map(database), ...token(nextToken) };
  }),

  GetDatabase: answered(async (context, input) => {
    const Name = requiredText(input, "DatabaseName", INVALID);
    const [found] = await described(context, input, "GetDatabase", { Name });
    return { Database: database(found ?? {}) };
  }),

  ListTableMetadata: answered(async (context, input) => {
    const DatabaseName = requiredText(input, "DatabaseName", INVALID);
    const expression = text(input, "Expression");
    const tables = await described(context, input, "GetTables", { DatabaseName });
    const wanted =
      expression === undefined ? tables : tables.filter(({ Name }) => nameMatches(String(Name), expression));
    const { items, nextToken } = page(wanted, input, 50, PAGE_CODES);
    return { TableMetadataList: items.map(tableMetadata), ...token(nextToken) };
  }),

  GetTableMetadata: answered(async (context, input) => {
    const DatabaseName = requiredText(input, "DatabaseName", INVALID);
    const Name = requiredText(input, "TableName", INVALID);
    const [found] = await described(context, input, "GetTable", { DatabaseName, Name });
    return { TableMetadata: tableMetadata(found ?? {}) };
  }),

  TagResource: answered((context, input) => {
    addTags(context.cloud, existingArn(context, input), tagList(input, "Tags", INVALID) ?? []);
    return {};
  }),

  UntagResource: answered((context, input) => {
    removeTags(context.cloud, existingArn(context, input), (list(input, "TagKeys") ?? []).map(String));
    return {};
  }),

  ListTagsForResource: answered((context, input) => ({
    Tags: tagsOf(context.cloud, existingArn(context, input)),
  })),

  ListEngineVersions: answered(() => ({
    EngineVersions: [ENGINE, { ...ENGINE, SelectedEngineVersion: ENGINE.EffectiveEngineVersion }],
  })),

  StartQueryExecution: answered(async (context, input) => {
    const QueryExecutionId = await context.cloud.queries.start(context, input);
    context.cloud.trail.called({
      by: { principal: context.principal, key: context.key },
      region: context.call.region,
      service: "athena",
      operation: "StartQueryExecution",
      // Athena does not tell CloudTrail the query itself.
      request: { queryString: "***OMITTED***", workGroup: text(input, "WorkGroup") ?? "primary" },
      response: { queryExecutionId: QueryExecutionId },
    });
    return { QueryExecutionId };
  }),

  GetQueryExecution: answered((context, input) => ({
    QueryExecution: shownExecution(namedQuery(context, input)),
  })),

  BatchGetQueryExecution: answered((context, input) => {
    const ids = (list(input, "QueryExecutionIds") ?? []).map(String);
    if (ids.length < 1 || ids.length > 50)
      throw new AwsError(INVALID, `QueryExecutionIds has ${ids.length} members and not 1 to 50`);
    const found: object[] = [];
    const missing: object[] = [];
    for (const id of ids) {
      try {
        found.push(shownExecution(context.cloud.queries.named(context, id)));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        missing.push({ QueryExecutionId: id, ErrorCode: error.code, ErrorMessage: error.message });
      }
    }
    return { QueryExecutions: found, UnprocessedQueryExecutionIds: missing };
  }),

  ListQueryExecutions: answered((context, input) => {
    const group = text(input, "WorkGroup") ?? PRIMARY.name;
    const ids = here(context, context.cloud.state.queryExecutions)
      .filter(({ workGroup: of }) => of === group)
      .sort((a, b) => b.submitted - a.submitted)
      .map(({ id }) => id);
    const { items, nextToken } = page(ids, input, 50, PAGE_CODES);
    return { QueryExecutionIds: items, ...token(nextToken) };
  }),

  StopQueryExecution: answered((context, input) => {
    context.cloud.queries.stop(namedQuery(context, input));
    return {};
  }),

  GetQueryResults: answered(async (context, input) => {
    const query = namedQuery(context, input);
    const asked = input["MaxResults"] ?? MOST_ROWS;
    const most = Number(asked);
    if (!Number.isInteger(most) || most < 1 || most > MOST_ROWS)
      throw new AwsError(INVALID, `MaxResults ${JSON.stringify(asked)} is not between 1 and ${MOST_ROWS}`);
    const given = text(input, "NextToken");
    const from = given === undefined ? "0" : Buffer.from(given, "base64url").toString();
    if (!/^\d{1,15}$/.test(from)) throw new AwsError(INVALID, `NextToken ${given ?? ""} is not valid`);
    const { rows, next } = await context.cloud.queries.page(context, query, Number(from), most);
    return {
      UpdateCount: 0,
      ResultSet: {
        Rows: rows.map((row) => ({
          Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
        })),
        ResultSetMetadata: { ColumnInfo: query.result?.columns ?? [] },
      },
      ...token(next === undefined ? undefined : Buffer.from(String(next)).toString("base64url")),
    };
  }),

  GetQueryRuntimeStatistics: answered((context, input) => {
    const { bytesScanned, result, ...query } = namedQuery(context, input);
    const { QueryQueueTimeInMillis, EngineExecutionTimeInMillis, TotalExecutionTimeInMillis } = times(query);
    const rows = result === undefined ? {} : { OutputRows: result.rows, OutputBytes: result.size };
    return {
      QueryRuntimeStatistics: {
        Timeline: { QueryQueueTimeInMillis, EngineExecutionTimeInMillis, TotalExecutionTimeInMillis },
        Rows: { InputBytes: bytesScanned, ...rows },
      },
    };
  }),
});

/** Rows that GetQueryResults answers at once. */
const MOST_ROWS = 1000;

function namedQuery(context: Context, input: Input): QueryExecution {
  return context.cloud.queries.named(context, requiredText(input, "QueryExecutionId", INVALID));
}

function shownExecution(query: QueryExecution): object {
  const { catalog, database, completed, parameters } = query;
  return defined({
    QueryExecutionId: query.id,
    Query: query.query,
    StatementType: query.statementType,
    SubstatementType: query.substatementType,
    ResultConfiguration: query.results,
    ManagedQueryResultsConfiguration: query.results === undefined ? { Enabled: true } : undefined,
    // Athena shows the catalog in lower case.
    QueryExecutionContext: defined({ Catalog: catalog?.toLowerCase(), Database: database }),
    Status: defined({
      State: query.state,
      StateChangeReason: query.reason,
      SubmissionDateTime: query.submitted / 1000,
      CompletionDateTime: completed === undefined ? undefined : completed / 1000,
      AthenaError: query.error,
    }),
    Statistics: {
      ...times(query),
      DataScannedInBytes: query.bytesScanned,
      ResultReuseInformation: { ReusedPreviousResult: false },
    },
    WorkGroup: query.workGroup,
    EngineVersion: ENGINE,
    ExecutionParameters: parameters.length === 0 ? undefined : parameters,
  });
}

/** How long a query has waited and run, in milliseconds. */
function times({ submitted, begun, completed }: Pick<QueryExecution, "submitted" | "begun" | "completed">): {
  readonly QueryQueueTimeInMillis: number;
  readonly EngineExecutionTimeInMillis: number;
  readonly TotalExecutionTimeInMillis: number;
} {
  const end = completed ?? Date.now();
  return {
    QueryQueueTimeInMillis: (begun ?? end) - submitted,
    EngineExecutionTimeInMillis: end - (begun ?? end),
    TotalExecutionTimeInMillis: end - submitted,
  };
}

const PAGE_CODES = { token: INVALID, size: INVALID };

function answered(
  work: (context: Context, input: Input) => object | Promise<object>,
): (context: Context) => Promise<Answer> {
  return async (context) => jsonAnswer(await work(context, jsonInput(context.call)));
}

function workGroup({ cloud, principal, call }: Context, name: string): WorkGroup | undefined {
  return findWorkGroup(cloud.state.workGroups, principal.account, call.region, name);
}

function namedWorkGroup(context: Context, input: Input): WorkGroup {
  const name = requiredText(input, "WorkGroup", INVALID);
  const found = workGroup(context, name);
  if (found === undefined) throw new AwsError(INVALID, `WorkGroup ${name} is not found.`);
  return found;
}

function putWorkGroup(context: Context, group: WorkGroup): void {
  context.cloud.state.workGroups = { ...context.cloud.state.workGroups, [key(context, group.name)]: group };
  context.cloud.changed();
}

/** A configuration after ConfigurationUpdates: `Remove...` takes a member away, everything else sets it. */
function updated(configuration: Input, updates: Input): Input {
  const after: Input = { ...configuration };
  for (const [name, value] of Object.entries(updates)) {
    const removed = /^Remove(.+)$/.exec(name)?.[1];
    if (removed !== undefined) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy of our own
      if (value === true) delete after[removed];
    } else if (name === "EngineVersion") {
      after[name] = { ...ENGINE, ...(value as object) };
    } else if (name.endsWith("Updates")) {
      const member = name.slice(0, -"Updates".length);
      after[member] = updated(record(after, member) ?? {}, record(updates, name) ?? {});
    } else {
      after[name] = value;
    }
  }
  return after;
}

function dataCatalog({ cloud, principal, call }: Context, name: string): DataCatalog | undefined {
  return findCatalog(cloud.state, principal.account, call.region, name);
}

function namedDataCatalog(context: Context, name: string): DataCatalog {
  const found = dataCatalog(context, name);
  if (found === undefined) throw new AwsError(INVALID, `DataCatalog ${name} was not found`);
  return found;
}

function putDataCatalog(context: Context, catalog: DataCatalog): void {
  context.cloud.state.dataCatalogs = {
    ...context.cloud.state.dataCatalogs,
    [key(context, catalog.name)]: catalog,
  };
  context.cloud.changed();
}

/** Parameters that a type of catalog must have: one of the sets. */
const CATALOG_PARAMETERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  LAMBDA: [["function"], ["metadata-function", "record-function"]],
  HIVE: [["metadata-function"], ["metadata-function", "sdk-version"]],
  GLUE: [["catalog-id"]],
};

function dataCatalogOf(input: Input): DataCatalog {
  const name = requiredText(input, "Name", INVALID);
  const type = requiredText(input, "Type", INVALID);
  if (!/^[A-Za-z0-9_@-]{1,127}$/.test(name)) {
    throw new AwsError(INVALID, `DataCatalog name ${name} must be 1-127 letters, digits, _, @ and -`);
  }
  if (type === "FEDERATED")
    throw notImplemented("athena", "CreateDataCatalog", "of type FEDERATED is not served here");
  const sets = CATALOG_PARAMETERS[type];
  if (sets === undefined) throw new AwsError(INVALID, `DataCatalog type ${type} is not valid`);
  const given = Object.entries(record(input, "Parameters") ?? {}).map(([k, v]) => [k, String(v)] as const);
  const names = given.map(([k]) => k).sort();
  if (!sets.some((set) => [...set].sort().join() === names.join())) {
    const wanted = sets.map((set) => set.join(" and ")).join(", or ");
    throw new AwsError(INVALID, `a DataCatalog of type ${type} has the parameters ${wanted}`);
  }
  for (const [k, v] of given) {
    const valid =
      k === "catalog-id"
        ? /^\d{12}$/.test(v)
        : k === "sdk-version" ||
          /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(v);
    if (!valid) throw new AwsError(INVALID, `DataCatalog parameter ${k} has the invalid value ${v}`);
  }
  return { name, type, ...description(input), parameters: Object.fromEntries(given) };
}

function describedCatalog({ name, type, description: about, parameters }: DataCatalog): object {
  return {
    Name: name,
    Type: type,
    ...(about === undefined ? {} : { Description: about }),
    Parameters: parameters,
  };
}

/** What the catalog that a metadata call names says. */
function described(
  context: Context,
  input: Input,
  operation: Parameters<typeof inCatalog>[2],
  asked: Parameters<typeof inCatalog>[3],
): ReturnType<typeof inCatalog> {
  const catalog = namedDataCatalog(context, requiredText(input, "CatalogName", INVALID));
  return inCatalog(new AsCaller(context), catalog, operation, asked);
}

function database({ Name, Description, Parameters }: Input): object {
  return defined({ Name, Description, Parameters });
}

function tableMetadata(table: Input): object {
  const { Name, CreateTime, LastAccessTime, TableType, StorageDescriptor, PartitionKeys, Parameters } = table;
  return defined({
    Name,
    CreateTime,
    LastAccessTime,
    TableType,
    Columns: record({ StorageDescriptor }, "StorageDescriptor")?.["Columns"] ?? [],
    PartitionKeys: PartitionKeys ?? [],
    Parameters: Parameters ?? {},
  });
}

function nameMatches(name: string, expression: string): boolean {
  try {
    return new RegExp(`^(?:${expression})$`, "i").test(name);
  } catch {
    throw new AwsError(INVALID, `Expression ${expression} is not a regular expression`);
  }
}

/** The ARN of a request when it is of a workgroup or catalog that exists. */
function existingArn(context: Context, input: Input): string {
  const given = requiredText(input, "ResourceARN", INVALID);
  const [, kind, name = ""] = /:(workgroup|datacatalog)\/([^/]+)$/.exec(given) ?? [];
  const found =
    kind === "workgroup"
      ? workGroup(context, name)
      : kind === "datacatalog"
        ? dataCatalog(context, name)
        : undefined;
  if (found === undefined || given !== arn(context, `${String(kind)}/${name}`)) {
    throw new AwsError(INVALID, `Athena Resource, ${given} Does Not Exist`);
  }
  return given;
}

function arn({ principal, call }: Context, resource: string): string {
  return `arn:aws:athena:${call.region}:${principal.account}:${resource}`;
}

function key({ principal, call }: Context, name: string): string {
  return `${principal.account}/${call.region}/${name}`;
}

/** What the caller's account has in the Region. */
function here<T>(context: Context, all: Readonly<Record<string, T>>): T[] {
  const prefix = key(context, "");
  return Object.entries(all).flatMap(([k, value]) => (k.startsWith(prefix) ? [value] : []));
}

function description(input: Input): { description?: string } {
  const given = text(input, "Description");
  return given === undefined ? {} : { description: given };
}

function token(nextToken: string | undefined): object {
  return nextToken === undefined ? {} : { NextToken: nextToken };
}

function defined(members: Input): object {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  );
}

function now(): number {
  return Math.round(Date.now()) / 1000;
}
