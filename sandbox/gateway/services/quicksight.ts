import { QUICK, hasQuick } from "../../world";
import type { Answer } from "../answer";
import { jsonInput, list } from "../call";
import type { Context, Handler, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { page } from "../page";
import {
  createDataSet,
  createIngestion,
  dataSet,
  dataSetsIn,
  deleteDataSet,
  outputColumns,
  updateDataSet,
  updateDataSetPermissions,
} from "../quick/data-sets";
import {
  createDataSource,
  dataSource,
  dataSourcesIn,
  deleteDataSource,
  updateDataSource,
  updatePermissions,
} from "../quick/data-sources";
import { INVALID, type Place } from "../quick/place";
import { operationsOf } from "../routes";
import type { DataSet, DataSource, Ingestion } from "../state";
import { addTags, removeTags, tagList, tagsOf } from "../tagging";

/** Operations on data sets: what moto has of them is not what is kept here. */
const OF_DATA_SETS = /DataSet|Ingestion|(?<!Topic)RefreshSchedule/;

const served: Handlers = {
  async CreateDataSource(context) {
    const source = await createDataSource(place(context), jsonInput(context.call), context.cloud);
    return answer(context, { Arn: source.arn, DataSourceId: source.id, CreationStatus: source.status }, 202);
  },

  DescribeDataSource: (context) => answer(context, { DataSource: described(named(context)) }),

  ListDataSources(context) {
    const { items, ...more } = paged(context, dataSourcesIn(place(context), context.cloud));
    return answer(context, { DataSources: items.map(described), ...more });
  },

  UpdateDataSource(context) {
    const source = updateDataSource(place(context), id(context), jsonInput(context.call), context.cloud);
    return answer(context, { Arn: source.arn, DataSourceId: source.id, UpdateStatus: source.status }, 202);
  },

  DeleteDataSource(context) {
    const source = deleteDataSource(place(context), id(context), context.cloud);
    return answer(context, { Arn: source.arn, DataSourceId: source.id });
  },

  DescribeDataSourcePermissions(context) {
    const source = named(context);
    return answer(context, {
      DataSourceArn: source.arn,
      DataSourceId: source.id,
      Permissions: source.permissions,
    });
  },

  async UpdateDataSourcePermissions(context) {
    const source = await updatePermissions(
      place(context),
      id(context),
      jsonInput(context.call),
      context.cloud,
    );
    return answer(context, { DataSourceArn: source.arn, DataSourceId: source.id });
  },

  async CreateDataSet(context) {
    const set = await createDataSet(place(context), jsonInput(context.call), context.cloud);
    return answer(context, { Arn: set.arn, DataSetId: set.id, ...newest(set) }, 201);
  },

  DescribeDataSet: (context) => answer(context, { DataSet: describedSet(namedSet(context)) }),

  ListDataSets(context) {
    const { items, ...more } = paged(context, dataSetsIn(place(context), context.cloud));
    return answer(context, { DataSetSummaries: items.map(summary), ...more });
  },

  UpdateDataSet(context) {
    const set = updateDataSet(place(context), setId(context), jsonInput(context.call), context.cloud);
    return answer(context, { Arn: set.arn, DataSetId: set.id, ...newest(set) });
  },

  DeleteDataSet(context) {
    const set = deleteDataSet(place(context), setId(context), context.cloud);
    return answer(context, { Arn: set.arn, DataSetId: set.id });
  },

  DescribeDataSetPermissions(context) {
    const { arn, id, permissions } = namedSet(context);
    return answer(context, { DataSetArn: arn, DataSetId: id, Permissions: permissions });
  },

  async UpdateDataSetPermissions(context) {
    const input = jsonInput(context.call);
    const set = await updateDataSetPermissions(place(context), setId(context), input, context.cloud);
    return answer(context, { DataSetArn: set.arn, DataSetId: set.id });
  },

  CreateIngestion(context) {
    const ingestion = context.call.labels["IngestionId"] ?? "";
    const set = createIngestion(place(context), setId(context), ingestion, context.cloud);
    const { IngestionArn: Arn, IngestionId } = newest(set);
    return answer(context, { Arn, IngestionId, IngestionStatus: "INITIALIZED" }, 201);
  },

  DescribeIngestion(context) {
    const set = namedSet(context);
    const id = context.call.labels["IngestionId"] ?? "";
    const found = set.ingestions.find((each) => each.id === id);
    if (found === undefined)
      throw new AwsError("ResourceNotFoundException", `Ingestion ${id} is not found`, 404, {
        ResourceType: "INGESTION",
      });
    return answer(context, { Ingestion: describedIngestion(set, found) });
  },

  ListIngestions(context) {
    const set = namedSet(context);
    // The newest first.
    const { items, ...more } = paged(context, [...set.ingestions].reverse());
    return answer(context, { Ingestions: items.map((each) => describedIngestion(set, each)), ...more });
  },

  DescribeAccountSubscription: (context) =>
    answer(context, {
      AccountInfo: {
        AccountName: accountName(context),
        Edition: QUICK.edition,
        NotificationEmail: QUICK.users[0].email,
        AuthenticationType: "IDENTITY_POOL",
        AccountSubscriptionStatus: "ACCOUNT_CREATED",
      },
    }),

  DescribeAccountSettings: (context) =>
    answer(context, {
      AccountSettings: {
        AccountName: accountName(context),
        Edition: QUICK.edition,
        DefaultNamespace: QUICK.namespace,
        NotificationEmail: QUICK.users[0].email,
        PublicSharingEnabled: false,
        TerminationProtectionEnabled: true,
      },
    }),

  CreateGroup: unlessThere("groups", (context) => jsonInput(context.call)["GroupName"]),
  RegisterUser: unlessThere("users", (context) => jsonInput(context.call)["UserName"]),

  TagResource: ofKept((context, arn) => {
    addTags(context.cloud, arn, tagList(jsonInput(context.call), "Tags", INVALID) ?? []);
    return answer(context, {});
  }),
  UntagResource: ofKept((context, arn) => {
    const body = jsonInput(context.call);
    const keys = context.call.query.getAll("keys");
    removeTags(context.cloud, arn, keys.length > 0 ? keys : (list(body, "TagKeys") ?? []).map(String));
    return answer(context, {});
  }),
  ListTagsForResource: ofKept((context, arn) => answer(context, { Tags: tagsOf(context.cloud, arn) })),
};

/**
 * Data sources and data sets are kept here; users, groups and what else moto has of Quick are passed on, after Quick's own
 * checks.
 */
export const quickSight: Handlers = Object.fromEntries(
  operationsOf("quicksight").map((operation): [string, Handler] => {
    const handler: Handler = served[operation] ?? (OF_DATA_SETS.test(operation) ? refused : passedOn);
    return [
      operation,
      (context) => {
        checkAccount(context);
        return handler(context);
      },
    ];
  }),
);

function refused({ call }: Context): Answer {
  throw notImplemented("quicksight", call.operation);
}

function passedOn(context: Context): Promise<Answer> {
  return context.forward();
}

function checkAccount({ call, principal }: Context): void {
  const account = call.labels["AwsAccountId"] ?? principal.account;
  const identities = call.path.includes("/namespaces/");
  const settings =
    call.operation.includes("AccountSettings") || call.operation.includes("AccountSubscription");
  if (account !== principal.account) {
    throw new AwsError(
      "AccessDeniedException",
      `account ${account} is not the caller's (${principal.account})`,
      401,
    );
  }
  if (!hasQuick(account)) {
    if (identities || settings) {
      const namespace = call.labels["Namespace"] ?? QUICK.namespace;
      const message = `Account ${account} is not signed up with QuickSight with namespace ${namespace}`;
      throw new AwsError("ResourceNotFoundException", message, 404, { ResourceType: "ACCOUNT_SETTINGS" });
    }
    throw new AwsError(
      "UnsupportedUserEditionException",
      `Account ${account} is not subscribed for QuickSight`,
      403,
    );
  }
  if ((identities || settings) && call.region !== QUICK.identityRegion) {
    throw new AwsError(
      "AccessDeniedException",
      `Operation is being called from endpoint ${call.region}, but your identity region is ${QUICK.identityRegion}. ` +
        `Please use the ${QUICK.identityRegion} endpoint.`,
      401,
    );
  }
  const namespace = call.labels["Namespace"];
  if (namespace !== undefined && namespace !== QUICK.namespace) {
    throw new AwsError("ResourceNotFoundException", `Namespace ${namespace} is not found`, 404, {
      ResourceType: "NAMESPACE",
    });
  }
}

/** moto replaces a group or user of the same name; Quick refuses. */
function unlessThere(kind: "groups" | "users", nameOf: (context: Context) => unknown): Handler {
  return async (context) => {
    const { cloud, call, principal } = context;
    const name = nameOf(context);
    if (typeof name === "string") {
      const path = `${call.path.replace(/\/$/, "")}/${encodeURIComponent(name)}`;
      const there = await cloud.moto.rest("quicksight", principal.account, call.region, "GET", path).then(
        () => true,
        () => false,
      );
      if (there) {
        const ResourceType = kind === "groups" ? "GROUP" : "USER";
        throw new AwsError("ResourceExistsException", `${ResourceType} ${name} already exists`, 409, {
          ResourceType,
        });
      }
    }
    return context.forward();
  };
}

function ofKept(work: (context: Context, arn: string) => Answer): Handler {
  return (context) => {
    const arn = context.call.labels["ResourceArn"] ?? "";
    const [, , , region = "", account = "", resource = ""] = arn.split(":");
    const [kind, name = ""] = resource.split("/");
    if (kind === "datasource") dataSource({ account, region }, name, context.cloud);
    else if (kind === "dataset") dataSet({ account, region }, name, context.cloud);
    else return context.forward();
    return work(context, arn);
  };
}

/** The page that a request asks for in its query. */
function paged<T>(
  { call: { query } }: Context,
  all: readonly T[],
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const input = {
    ...(query.has("max-results") ? { MaxResults: query.get("max-results") } : {}),
    ...(query.has("next-token") ? { NextToken: query.get("next-token") } : {}),
  };
  const codes = { token: "InvalidNextTokenException", size: INVALID };
  const { items, nextToken } = page(all, input, 100, codes);
  return { items, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

function place({ call, principal }: Context): Place {
  return { account: principal.account, region: call.region };
}

function id({ call }: Context): string {
  return call.labels["DataSourceId"] ?? "";
}

function named(context: Context): DataSource {
  return dataSource(place(context), id(context), context.cloud);
}

function setId({ call }: Context): string {
  return call.labels["DataSetId"] ?? "";
}

function namedSet(context: Context): DataSet {
  return dataSet(place(context), setId(context), context.cloud);
}

function summary({ arn, id, name, importMode, created, updated }: DataSet): object {
  return {
    Arn: arn,
    DataSetId: id,
    Name: name,
    CreatedTime: created,
    LastUpdatedTime: updated,
    ImportMode: importMode,
    RowLevelPermissionTagConfigurationApplied: false,
    ColumnLevelPermissionRulesApplied: false,
  };
}

function describedSet(set: DataSet): object {
  return {
    Arn: set.arn,
    DataSetId: set.id,
    Name: set.name,
    CreatedTime: set.created,
    LastUpdatedTime: set.updated,
    ...set.settings,
    OutputColumns: outputColumns(set),
    ImportMode: set.importMode,
    // Rows are counted, not kept: their bytes are not known.
    ConsumedSpiceCapacityInBytes: 0,
  };
}

function describedIngestion(set: DataSet, ingestion: Ingestion): object {
  const { id, type, status, error, rows, created } = ingestion;
  return {
    Arn: `${set.arn}/ingestion/${id}`,
    IngestionId: id,
    IngestionStatus: status,
    ...(error === undefined ? {} : { ErrorInfo: error }),
    ...(rows === undefined
      ? {}
      : { RowInfo: { RowsIngested: rows, RowsDropped: 0, TotalRowsInDataset: rows } }),
    CreatedTime: created,
    RequestSource: "MANUAL",
    RequestType: type,
  };
}

/** What Create and Update answer of the ingestion that they have begun. */
function newest({ arn, importMode, ingestions }: DataSet): { IngestionArn?: string; IngestionId?: string } {
  const id = importMode === "SPICE" ? ingestions.at(-1)?.id : undefined;
  return id === undefined ? {} : { IngestionArn: `${arn}/ingestion/${id}`, IngestionId: id };
}

function described(source: DataSource): object {
  return {
    Arn: source.arn,
    DataSourceId: source.id,
    Name: source.name,
    Type: source.type,
    Status: source.status,
    CreatedTime: source.created,
    LastUpdatedTime: source.updated,
    ...source.settings,
    ...(source.errorInfo === undefined ? {} : { ErrorInfo: source.errorInfo }),
  };
}

function accountName({ principal }: Context): string {
  return `quick-${principal.account}`;
}

function answer({ requestId }: Context, body: object, status = 200): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, RequestId: requestId, Status: status }),
  };
}
