import { QUICK, hasQuick } from "../../world";
import type { Answer } from "../answer";
import { jsonInput, list } from "../call";
import type { Context, Handler, Handlers } from "../context";
import { AwsError } from "../errors";
import { page } from "../page";
import {
  createDataSource,
  dataSource,
  dataSourcesIn,
  deleteDataSource,
  updateDataSource,
  updatePermissions,
} from "../quick/data-sources";
import type { Place } from "../quick/data-sources";
import { operationsOf } from "../routes";
import type { DataSource } from "../state";
import { addTags, removeTags, tagList, tagsOf } from "../tagging";

const INVALID = "InvalidParameterValueException";

const served: Handlers = {
  async CreateDataSource(context) {
    const source = await createDataSource(place(context), jsonInput(context.call), context.cloud);
    return answer(context, { Arn: source.arn, DataSourceId: source.id, CreationStatus: source.status }, 202);
  },

  DescribeDataSource: (context) => answer(context, { DataSource: described(named(context)) }),

  ListDataSources(context) {
    const { query } = context.call;
    const input = {
      ...(query.has("max-results") ? { MaxResults: query.get("max-results") } : {}),
      ...(query.has("next-token") ? { NextToken: query.get("next-token") } : {}),
    };
    const codes = { token: "InvalidNextTokenException", size: INVALID };
    const { items, nextToken } = page(dataSourcesIn(place(context), context.cloud), input, 100, codes);
    return answer(context, {
      DataSources: items.map(described),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
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

  TagResource: ofDataSource((context, arn) => {
    addTags(context.cloud, arn, tagList(jsonInput(context.call), "Tags", INVALID) ?? []);
    return answer(context, {});
  }),
  UntagResource: ofDataSource((context, arn) => {
    const body = jsonInput(context.call);
    const keys = context.call.query.getAll("keys");
    removeTags(context.cloud, arn, keys.length > 0 ? keys : (list(body, "TagKeys") ?? []).map(String));
    return answer(context, {});
  }),
  ListTagsForResource: ofDataSource((context, arn) => answer(context, { Tags: tagsOf(context.cloud, arn) })),
};

/** Data sources are kept here; users, groups and what else moto has of Quick are passed on, after Quick's own checks. */
export const quickSight: Handlers = Object.fromEntries(
  operationsOf("quicksight").map((operation): [string, Handler] => {
    const handler: Handler = served[operation] ?? ((context) => context.forward());
    return [
      operation,
      (context) => {
        checkAccount(context);
        return handler(context);
      },
    ];
  }),
);

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

function ofDataSource(work: (context: Context, arn: string) => Answer): Handler {
  return (context) => {
    const arn = context.call.labels["ResourceArn"] ?? "";
    const [, , , region = "", account = "", resource = ""] = arn.split(":");
    if (!resource.startsWith("datasource/")) return context.forward();
    dataSource({ account, region }, resource.slice("datasource/".length), context.cloud);
    return work(context, arn);
  };
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
