import type { CatalogTableArgs, CatalogTableState } from "@pulumi/aws/glue";
import type { Column, StorageDescriptor, Table, TableInput } from "@aws-sdk/client-glue";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";

type Inputs = Known<CatalogTableArgs>;
type Storage = NonNullable<Inputs["storageDescriptor"]>;

const notFound = "EntityNotFoundException";

export const catalogTable = resourceType<CatalogTableArgs, CatalogTableState>({
  token: "aws:glue/catalogTable:CatalogTable",
  properties: {
    catalogId: { computed: true, replaces: true },
    databaseName: { replaces: true },
    description: {},
    name: { replaces: true },
    owner: {},
    parameters: {},
    partitionKeys: {},
    retention: {},
    storageDescriptor: {},
    tableType: {},
    targetTable: {},
    viewExpandedText: {},
    viewOriginalText: {},
  },
  identity: ["catalogId", "databaseName", "name"],
  naming: { property: "name", maxLength: 255, lowerCase: true },
  omits: ["openTableFormatInput", "partitionIndices", "viewDefinition"],

  async create(cloud, inputs, exists) {
    const glue = await cloud.glue();
    const CatalogId = inputs.catalogId ?? cloud.accountId;
    await glue.createTable({ CatalogId, DatabaseName: inputs.databaseName, TableInput: tableInput(inputs) });
    exists(`${CatalogId}:${inputs.databaseName}:${inputs.name ?? ""}`);
  },

  async read(cloud, id) {
    const glue = await cloud.glue();
    const target = splitId(id);
    const found = await unlessGone(glue.getTable(target), notFound);
    return found?.Table && described(cloud, target, found.Table);
  },

  async update(cloud, id, inputs) {
    const glue = await cloud.glue();
    const { CatalogId, DatabaseName } = splitId(id);
    await glue.updateTable({ CatalogId, DatabaseName, TableInput: tableInput(inputs) });
  },

  async delete(cloud, id) {
    const glue = await cloud.glue();
    await unlessGone(glue.deleteTable(splitId(id)), notFound);
  },
});

interface Target {
  readonly CatalogId: string;
  readonly DatabaseName: string;
  readonly Name: string;
}

/** An id of the form `<catalog id>:<database>:<table>`. */
function splitId(id: string): Target {
  const [CatalogId, DatabaseName, Name, ...rest] = id.split(":");
  if (CatalogId === undefined || DatabaseName === undefined || Name === undefined || rest.length > 0) {
    throw new Error(`"${id}" is not the id of a table: write it as <catalog id>:<database>:<table>`);
  }
  return { CatalogId, DatabaseName, Name };
}

function tableInput(inputs: Inputs): TableInput {
  const { targetTable: target } = inputs;
  return {
    Name: inputs.name,
    Description: inputs.description,
    Owner: inputs.owner,
    Parameters: inputs.parameters,
    PartitionKeys: inputs.partitionKeys?.map(column),
    Retention: inputs.retention,
    StorageDescriptor: inputs.storageDescriptor && storageDescriptor(inputs.storageDescriptor),
    TableType: inputs.tableType,
    TargetTable: target && {
      CatalogId: target.catalogId,
      DatabaseName: target.databaseName,
      Name: target.name,
      Region: target.region,
    },
    ViewExpandedText: inputs.viewExpandedText,
    ViewOriginalText: inputs.viewOriginalText,
  };
}

function column(inputs: NonNullable<Storage["columns"]>[number]): Column & { Name: string } {
  return { Name: inputs.name, Comment: inputs.comment, Parameters: inputs.parameters, Type: inputs.type };
}

function storageDescriptor(inputs: Storage): StorageDescriptor {
  const { schemaReference: schema, serDeInfo, skewedInfo } = inputs;
  return {
    AdditionalLocations: inputs.additionalLocations,
    BucketColumns: inputs.bucketColumns,
    Columns: inputs.columns?.map(column),
    Compressed: inputs.compressed,
    InputFormat: inputs.inputFormat,
    Location: inputs.location,
    NumberOfBuckets: inputs.numberOfBuckets,
    OutputFormat: inputs.outputFormat,
    Parameters: inputs.parameters,
    SchemaReference: schema && {
      SchemaId: schema.schemaId && {
        RegistryName: schema.schemaId.registryName,
        SchemaArn: schema.schemaId.schemaArn,
        SchemaName: schema.schemaId.schemaName,
      },
      SchemaVersionId: schema.schemaVersionId,
      SchemaVersionNumber: schema.schemaVersionNumber,
    },
    SerdeInfo: serDeInfo && {
      Name: serDeInfo.name,
      Parameters: serDeInfo.parameters,
      SerializationLibrary: serDeInfo.serializationLibrary,
    },
    SkewedInfo: skewedInfo && {
      SkewedColumnNames: skewedInfo.skewedColumnNames,
      SkewedColumnValueLocationMaps: skewedInfo.skewedColumnValueLocationMaps,
      SkewedColumnValues: skewedInfo.skewedColumnValues,
    },
    SortColumns: inputs.sortColumns?.map(({ column: Column, sortOrder: SortOrder }) => ({
      Column,
      SortOrder,
    })),
    StoredAsSubDirectories: inputs.storedAsSubDirectories,
  };
}

function described(cloud: Cloud, target: Target, found: Table): Known<CatalogTableState> {
  const { CatalogId, DatabaseName, Name } = target;
  return {
    arn: `arn:${cloud.partition}:glue:${cloud.region}:${CatalogId}:table/${DatabaseName}/${Name}`,
    catalogId: found.CatalogId ?? CatalogId,
    databaseName: DatabaseName,
    description: found.Description,
    name: found.Name,
    owner: found.Owner,
    parameters: found.Parameters,
    partitionKeys: found.PartitionKeys?.map(describedColumn),
    retention: found.Retention,
    storageDescriptor: found.StorageDescriptor && describedStorage(found.StorageDescriptor),
    tableType: found.TableType,
    targetTable: found.TargetTable && {
      catalogId: found.TargetTable.CatalogId ?? "",
      databaseName: found.TargetTable.DatabaseName ?? "",
      name: found.TargetTable.Name ?? "",
      region: found.TargetTable.Region,
    },
    viewExpandedText: found.ViewExpandedText,
    viewOriginalText: found.ViewOriginalText,
  };
}

function describedColumn(found: Column): NonNullable<Storage["columns"]>[number] {
  return { name: found.Name ?? "", comment: found.Comment, parameters: found.Parameters, type: found.Type };
}

function describedStorage(found: StorageDescriptor): Storage {
  const { SchemaReference: schema, SerdeInfo: serDeInfo, SkewedInfo: skewedInfo } = found;
  return {
    additionalLocations: found.AdditionalLocations,
    bucketColumns: found.BucketColumns,
    columns: found.Columns?.map(describedColumn),
    compressed: found.Compressed,
    inputFormat: found.InputFormat,
    location: found.Location,
    numberOfBuckets: found.NumberOfBuckets,
    outputFormat: found.OutputFormat,
    parameters: found.Parameters,
    schemaReference: schema && {
      schemaId: schema.SchemaId && {
        registryName: schema.SchemaId.RegistryName,
        schemaArn: schema.SchemaId.SchemaArn,
        schemaName: schema.SchemaId.SchemaName,
      },
      schemaVersionId: schema.SchemaVersionId,
      schemaVersionNumber: schema.SchemaVersionNumber ?? 0,
    },
    serDeInfo: serDeInfo && {
      name: serDeInfo.Name,
      parameters: serDeInfo.Parameters,
      serializationLibrary: serDeInfo.SerializationLibrary,
    },
    skewedInfo: skewedInfo && {
      skewedColumnNames: skewedInfo.SkewedColumnNames,
      skewedColumnValueLocationMaps: skewedInfo.SkewedColumnValueLocationMaps,
      skewedColumnValues: skewedInfo.SkewedColumnValues,
    },
    sortColumns: found.SortColumns?.map(({ Column = "", SortOrder = 0 }) => ({
      column: Column,
      sortOrder: SortOrder,
    })),
    storedAsSubDirectories: found.StoredAsSubDirectories,
  };
}
