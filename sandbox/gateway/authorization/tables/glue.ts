import { actionOf, arnOr, each, made, structure, tagging, textOf } from "../need";
import type { Asked, Need, Rule, Table } from "../need";

/**
 * Glue asks for the whole path down to what is named: the catalog, the database, the table ("Resource ARNs for AWS Glue
 * operations", Glue developer guide), each allowed on its own, in the account that the catalog belongs to.
 */
const path =
  (...steps: ((asked: Asked) => string)[]): Rule =>
  (asked) =>
    ["catalog", ...steps.map((step) => step(asked))].map((step): Need => {
      return { action: actionOf(asked), resource: arnIn(asked, step) };
    });

function arnIn({ region, account, input }: Asked, resource: string): string {
  // A catalog's id is its account's, with the name of a nested catalog behind it.
  const owner = /^\d{12}(?=$|:)/.exec(textOf(input, "CatalogId"))?.[0] ?? account;
  return `arn:aws:glue:${region}:${owner}:${resource}`;
}

const database =
  (parameter: string, inside?: string) =>
  ({ input }: Asked): string =>
    `database/${textOf(inside === undefined ? input : structure(input, inside), parameter)}`;

const table =
  (parameter: string, inside?: string) =>
  ({ input }: Asked): string => {
    const name = textOf(inside === undefined ? input : structure(input, inside), parameter);
    return `table/${textOf(input, "DatabaseName")}/${name}`;
  };

const inDatabase = database("DatabaseName");
const everyTable =
  (parameter: string, kind: string) =>
  ({ input }: Asked): string =>
    `${kind}/${textOf(input, parameter)}/*`;

const tablesNamed: Rule = (asked) => {
  const names: unknown = asked.input["TablesToDelete"];
  const tables = (Array.isArray(names) ? names : []).map(String);
  return path(
    inDatabase,
    ...tables.map((name) => () => `table/${textOf(asked.input, "DatabaseName")}/${name}`),
  )(asked);
};

const policyOfCatalog: Rule = (asked) => {
  const given = textOf(asked.input, "ResourceArn");
  return [{ action: actionOf(asked), resource: arnOr(given, () => arnIn(asked, "catalog")) }];
};

/** Glue: the Data Catalog. Jobs, crawlers and what else Glue has are not known here. */
export const glue: Table = {
  CreateDatabase: made(path(database("Name", "DatabaseInput")), "glue:TagResource"),
  ...each("GetDatabase UpdateDatabase", path(database("Name"))),
  GetDatabases: path(),
  DeleteDatabase: path(
    database("Name"),
    everyTable("Name", "table"),
    everyTable("Name", "userDefinedFunction"),
  ),
  CreateTable: path(inDatabase, table("Name", "TableInput")),
  UpdateTable: path(inDatabase, table("Name", "TableInput")),
  ...each("GetTable DeleteTable", path(inDatabase, table("Name"))),
  GetTables: path(inDatabase),
  SearchTables: path(),
  BatchDeleteTable: tablesNamed,
  ...each(
    "BatchCreatePartition BatchDeletePartition BatchDeleteTableVersion BatchGetPartition BatchUpdatePartition " +
      "CreatePartition CreatePartitionIndex DeletePartition DeletePartitionIndex DeleteTableVersion GetPartition " +
      "GetPartitionIndexes GetPartitions GetTableVersion GetTableVersions UpdatePartition " +
      "GetColumnStatisticsForTable UpdateColumnStatisticsForTable DeleteColumnStatisticsForTable " +
      "GetColumnStatisticsForPartition UpdateColumnStatisticsForPartition DeleteColumnStatisticsForPartition",
    path(inDatabase, table("TableName")),
  ),
  ...each("GetResourcePolicy PutResourcePolicy DeleteResourcePolicy", policyOfCatalog),
  ...each("GetResourcePolicies GetDataCatalogEncryptionSettings PutDataCatalogEncryptionSettings", path()),
  TagResource: tagging("ResourceArn", "TagsToAdd"),
  UntagResource: tagging("ResourceArn", "Tags", "TagsToRemove"),
  GetTags: tagging("ResourceArn"),
};
