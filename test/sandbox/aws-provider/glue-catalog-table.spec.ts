import { account, describeLifecycle, region } from "./lifecycle";

const storageDescriptor = {
  columns: [
    { name: "id", type: "bigint" },
    { name: "amount", type: "double", comment: "in euros" },
  ],
  inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
  location: "s3://data/sales/orders/",
  outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
  serDeInfo: {
    parameters: { "field.delim": "," },
    serializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
  },
};

describeLifecycle({
  token: "aws:glue/catalogTable:CatalogTable",
  inputs: {
    databaseName: "table_spec",
    name: "orders",
    parameters: { classification: "csv" },
    partitionKeys: [{ name: "day", type: "date" }],
    storageDescriptor,
    tableType: "EXTERNAL_TABLE",
  },
  prepare: async (cloud) => (await cloud.glue()).createDatabase({ DatabaseInput: { Name: "table_spec" } }),
  id: `${account}:table_spec:orders`,
  state: {
    arn: `arn:aws:glue:${region}:${account}:table/table_spec/orders`,
    catalogId: account,
    databaseName: "table_spec",
    name: "orders",
    parameters: { classification: "csv" },
    partitionKeys: [{ name: "day", type: "date" }],
    region,
    storageDescriptor,
    tableType: "EXTERNAL_TABLE",
  },
  unknown: ["arn", "catalogId"],
  updates: [
    {
      title: "a column and a parameter",
      with: {
        parameters: { classification: "csv", "skip.header.line.count": "1" },
        storageDescriptor: {
          ...storageDescriptor,
          columns: [...storageDescriptor.columns, { name: "paid", type: "boolean" }],
        },
      },
      changes: {
        'parameters["skip.header.line.count"]': "add",
        "storageDescriptor.columns[2]": "add",
      },
      state: {
        parameters: { classification: "csv", "skip.header.line.count": "1" },
        storageDescriptor: {
          ...storageDescriptor,
          columns: [...storageDescriptor.columns, { name: "paid", type: "boolean" }],
        },
      },
    },
  ],
  replacements: [
    { with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { databaseName: "other" }, replaces: ["databaseName"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) =>
      (await cloud.glue()).updateTable({
        DatabaseName: "table_spec",
        TableInput: {
          Name: "orders",
          TableType: "EXTERNAL_TABLE",
          Parameters: { classification: "parquet" },
        },
      }),
    changes: {
      "parameters.classification": "update",
      'parameters["skip.header.line.count"]': "add",
      partitionKeys: "add",
      storageDescriptor: "add",
    },
  },
  remove: async (cloud) => (await cloud.glue()).deleteTable({ DatabaseName: "table_spec", Name: "orders" }),
});
