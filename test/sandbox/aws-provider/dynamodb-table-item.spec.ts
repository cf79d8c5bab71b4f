import { describeLifecycle, region } from "./lifecycle";

const TableName = "ItemSpec";

const item = (awards: string): string =>
  JSON.stringify({
    Artist: { S: "Acme Band" },
    SongTitle: { S: "Happy Day" },
    Awards: { N: awards },
    Genres: { SS: ["rock", "country"] },
  });

const itemTold = JSON.stringify({
  Artist: { S: "Acme Band" },
  Awards: { N: "10" },
  Genres: { SS: ["rock", "country"] },
  SongTitle: { S: "Happy Day" },
});

describeLifecycle({
  token: "aws:dynamodb/tableItem:TableItem",
  inputs: { tableName: TableName, hashKey: "Artist", rangeKey: "SongTitle", item: item("1") },
  prepare: async (cloud) =>
    (await cloud.dynamodb()).createTable({
      TableName,
      AttributeDefinitions: ["Artist", "SongTitle"].map((name) => ({
        AttributeName: name,
        AttributeType: "S",
      })),
      KeySchema: [
        { AttributeName: "Artist", KeyType: "HASH" },
        { AttributeName: "SongTitle", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  id: `${TableName}|Artist|Acme Band|SongTitle|Happy Day`,
  state: {
    hashKey: "Artist",
    hashKeyValue: "Acme Band",
    item: item("1"),
    rangeKey: "SongTitle",
    rangeKeyValue: "Happy Day",
    region,
    tableName: TableName,
  },
  unknown: ["hashKeyValue", "rangeKeyValue"],
  updates: [
    {
      title: "an attribute",
      with: { item: item("10") },
      changes: { item: "update" },
      state: { item: item("10") },
    },
  ],
  replacements: [
    { with: { tableName: "Other" }, replaces: ["tableName"], deleteBeforeReplace: false },
    { with: { item: item("1").replace("Happy", "Sad") }, replaces: ["item"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) =>
      (await cloud.dynamodb()).updateItem({
        TableName,
        Key: { Artist: { S: "Acme Band" }, SongTitle: { S: "Happy Day" } },
        UpdateExpression: "SET Awards = :a",
        ExpressionAttributeValues: { ":a": { N: "99" } },
      }),
    changes: { item: "update" },
  },
  importId: `${TableName},Acme Band,Happy Day`,
  importedState: { item: itemTold },
  remove: async (cloud) =>
    (await cloud.dynamodb()).deleteItem({
      TableName,
      Key: { Artist: { S: "Acme Band" }, SongTitle: { S: "Happy Day" } },
    }),
});
