import { record, text } from "../call";
import type { Context } from "../context";
import {
  createDataSource,
  dataSource,
  dataSourcesIn,
  deleteDataSource,
  updateDataSource,
  updatePermissions,
} from "../quick/data-sources";
import type { DataSource } from "../state";
import { setTags, tagList, tagsOf } from "../tagging";
import { allowed, invalid, type Model, permissionChange, placeOf, type ResourceType } from "./resource-type";

const ATHENA_PARAMETERS = ["ConsumerAccountRoleArn", "IdentityCenterConfiguration", "RoleArn", "WorkGroup"];

const READING = ["DescribeDataSource", "DescribeDataSourcePermissions", "ListTagsForResource"];
const CREATING = ["CreateDataSource", ...READING];
const UPDATING = ["UpdateDataSource", ...READING];

export const dataSourceType: ResourceType = {
  name: "AWS::QuickSight::DataSource",
  properties: {
    AlternateDataSourceParameters: "array",
    Arn: "string",
    AwsAccountId: "string",
    CreatedTime: "string",
    Credentials: "object",
    DataSourceId: "string",
    DataSourceParameters: "object",
    ErrorInfo: "object",
    FolderArns: "array",
    LastUpdatedTime: "string",
    Name: "string",
    Permissions: "array",
    SslProperties: "object",
    Status: "string",
    Tags: "array",
    Type: "string",
    VpcConnectionProperties: "object",
  },
  required: ["Name", "Type"],
  readOnly: ["Arn", "CreatedTime", "LastUpdatedTime", "Status"],
  writeOnly: [],
  createOnly: ["AwsAccountId", "DataSourceId", "Type"],
  id: "DataSourceId",

  check(given) {
    const parameters = record(record(given, "DataSourceParameters") ?? {}, "AthenaParameters") ?? {};
    for (const name of Object.keys(parameters)) {
      if (!ATHENA_PARAMETERS.includes(name)) {
        throw invalid(`#/DataSourceParameters/AthenaParameters: extraneous key [${name}] is not permitted`);
      }
    }
  },

  async create(context, model) {
    await may(context, CREATING, model);
    await createDataSource(placeOf(context), model, context.cloud);
  },

  async update(context, before, after) {
    const { cloud } = context;
    const place = placeOf(context);
    const id = text(after, "DataSourceId") ?? "";
    const tags = tagList(after, "Tags", "InvalidParameterValueException") ?? [];
    const sharing = permissionChange(before, after);
    await may(context, UPDATING, after);
    if (sharing.GrantPermissions.length + sharing.RevokePermissions.length > 0)
      await may(context, ["UpdateDataSourcePermissions"], after);
    const { arn } = dataSource(place, id, cloud);
    const retagging = JSON.stringify(tags) !== JSON.stringify(tagsOf(cloud, arn));
    if (retagging) await may(context, ["TagResource", "UntagResource"], after);
    await updatePermissions(place, id, { ...sharing }, cloud);
    setTags(cloud, arn, tags);
    updateDataSource(place, id, after, cloud);
  },

  async remove(context, id) {
    await may(context, ["DeleteDataSource"], { DataSourceId: id });
    deleteDataSource(placeOf(context), id, context.cloud);
  },

  mayRead: (context, id) => may(context, READING, { DataSourceId: id }),

  read: (context, id) => model(dataSource(placeOf(context), id, context.cloud), context),

  async list(context) {
    await may(context, ["ListDataSources"], {});
    return dataSourcesIn(placeOf(context), context.cloud).map((source) => model(source, context));
  },

  outcome(place, id, { cloud }) {
    const { status, errorInfo } = dataSource(place, id, cloud);
    if (status.endsWith("IN_PROGRESS")) return "working";
    if (errorInfo === undefined) return undefined;
    const { Type, Message } = errorInfo;
    return { failed: `DataSource ${id} has status ${status}: ${Type}: ${Message}` };
  },

  unattended: () => false,
};

function may(context: Context, operations: readonly string[], given: Model): Promise<void> {
  return allowed(context, operations, `datasource/${text(given, "DataSourceId") ?? ""}`, given);
}

function model(source: DataSource, { cloud }: Context): Model {
  const tags = tagsOf(cloud, source.arn);
  return {
    Arn: source.arn,
    AwsAccountId: source.account,
    DataSourceId: source.id,
    Name: source.name,
    Type: source.type,
    Status: source.status,
    CreatedTime: new Date(source.created * 1000).toISOString(),
    LastUpdatedTime: new Date(source.updated * 1000).toISOString(),
    ...source.settings,
    ...(source.errorInfo === undefined ? {} : { ErrorInfo: source.errorInfo }),
    ...(source.permissions.length === 0 ? {} : { Permissions: source.permissions }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  };
}
