import { record, text } from "../call";
import type { Context } from "../context";
import {
  createDataSet,
  dataSet,
  dataSetsIn,
  deleteDataSet,
  outputColumns,
  updateDataSet,
  updateDataSetPermissions,
} from "../quick/data-sets";
import { isOver } from "../quick/ingestions";
import type { DataSet } from "../state";
import { setTags, tagList, tagsOf } from "../tagging";
import { allowed, type Model, permissionChange, placeOf, type ResourceType } from "./resource-type";

const READING = [
  "DescribeDataSet",
  "DescribeDataSetPermissions",
  "ListTagsForResource",
  "DescribeDataSetRefreshProperties",
];
/** Asked for where SPICE is filled; the ingestion that is looked at is the one that was begun. */
const WATCHING = ["ListIngestions", "DescribeIngestion"];
const CREATING = ["CreateDataSet", ...READING];
const UPDATING = ["UpdateDataSet", ...READING];
const DELETING = [
  "DescribeDataSet",
  "DescribeDataSetRefreshProperties",
  "DeleteDataSetRefreshProperties",
  "ListTagsForResource",
  "DeleteDataSet",
];

export const dataSetType: ResourceType = {
  name: "AWS::QuickSight::DataSet",
  properties: {
    Arn: "string",
    AwsAccountId: "string",
    ColumnGroups: "array",
    ColumnLevelPermissionRules: "array",
    ConsumedSpiceCapacityInBytes: "number",
    CreatedTime: "string",
    DataPrepConfiguration: "object",
    DataSetId: "string",
    DataSetRefreshProperties: "object",
    DataSetUsageConfiguration: "object",
    DatasetParameters: "array",
    FieldFolders: "object",
    FolderArns: "array",
    ImportMode: "string",
    IngestionWaitPolicy: "object",
    LastUpdatedTime: "string",
    LogicalTableMap: "object",
    Name: "string",
    OutputColumns: "array",
    PerformanceConfiguration: "object",
    Permissions: "array",
    PhysicalTableMap: "object",
    RowLevelPermissionDataSet: "object",
    RowLevelPermissionTagConfiguration: "object",
    SemanticModelConfiguration: "object",
    Tags: "array",
    UseAs: "string",
  },
  // The schema requires nothing; Quick does.
  required: [],
  readOnly: ["Arn", "ConsumedSpiceCapacityInBytes", "CreatedTime", "LastUpdatedTime", "OutputColumns"],
  writeOnly: ["FieldFolders", "IngestionWaitPolicy"],
  createOnly: ["AwsAccountId", "DataSetId"],
  id: "DataSetId",

  // What is within, Quick itself checks.
  check: () => undefined,

  async create(context, model) {
    await may(context, [...CREATING, ...(isSpice(model) ? WATCHING : [])], model);
    await createDataSet(placeOf(context), model, context.cloud);
  },

  async update(context, before, after) {
    const { cloud } = context;
    const place = placeOf(context);
    const id = text(after, "DataSetId") ?? "";
    const tags = tagList(after, "Tags", "InvalidParameterValueException") ?? [];
    const sharing = permissionChange(before, after);
    await may(context, [...UPDATING, ...(isSpice(after) ? WATCHING : [])], after);
    if (sharing.GrantPermissions.length + sharing.RevokePermissions.length > 0)
      await may(context, ["UpdateDataSetPermissions"], after);
    const { arn } = dataSet(place, id, cloud);
    const retagging = JSON.stringify(tags) !== JSON.stringify(tagsOf(cloud, arn));
    if (retagging) await may(context, ["TagResource", "UntagResource"], after);
    await updateDataSetPermissions(place, id, { ...sharing }, cloud);
    setTags(cloud, arn, tags);
    updateDataSet(place, id, after, cloud);
  },

  async remove(context, id) {
    await may(context, DELETING, { DataSetId: id });
    deleteDataSet(placeOf(context), id, context.cloud);
  },

  mayRead: (context, id) => may(context, READING, { DataSetId: id }),

  read: (context, id) => model(dataSet(placeOf(context), id, context.cloud), context),

  async list(context) {
    await may(context, ["ListDataSets"], {});
    return dataSetsIn(placeOf(context), context.cloud).map((set) => model(set, context));
  },

  outcome(place, id, { cloud }) {
    const { importMode, ingestions } = dataSet(place, id, cloud);
    const newest = importMode === "SPICE" ? ingestions.at(-1) : undefined;
    if (newest === undefined) return undefined;
    if (!isOver(newest)) return "working";
    if (newest.error === undefined) return undefined;
    const { Type, Message } = newest.error;
    return {
      failed: `Ingestion ${newest.id} of DataSet ${id} has status ${newest.status}: ${Type}: ${Message}`,
    };
  },

  unattended: (given) => record(given, "IngestionWaitPolicy")?.["WaitForSpiceIngestion"] === false,
};

function isSpice(given: Model): boolean {
  return given["ImportMode"] === "SPICE";
}

function may(context: Context, operations: readonly string[], given: Model): Promise<void> {
  return allowed(context, operations, `dataset/${text(given, "DataSetId") ?? ""}`, {
    IngestionId: "newest",
    ...given,
  });
}

function model(set: DataSet, { cloud }: Context): Model {
  const tags = tagsOf(cloud, set.arn);
  return {
    Arn: set.arn,
    AwsAccountId: set.account,
    DataSetId: set.id,
    Name: set.name,
    ImportMode: set.importMode,
    ...set.settings,
    OutputColumns: outputColumns(set),
    ConsumedSpiceCapacityInBytes: 0,
    CreatedTime: new Date(set.created * 1000).toISOString(),
    LastUpdatedTime: new Date(set.updated * 1000).toISOString(),
    ...(set.permissions.length === 0 ? {} : { Permissions: set.permissions }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  };
}
