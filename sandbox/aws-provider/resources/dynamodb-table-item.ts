import type { TableItemArgs, TableItemState } from "@pulumi/aws/dynamodb";
import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import { itemText, keyText, readItem, sameItem, type Item } from "../attribute-values";
import { isError, unlessGone } from "../cloud";
import { resourceType, type Known } from "../resource-type";

const noTable = "ResourceNotFoundException";

export const tableItem = resourceType<TableItemArgs, TableItemState>({
  token: "aws:dynamodb/tableItem:TableItem",
  properties: {
    hashKey: { replaces: true },
    item: {
      same: (left, right) => typeof left === "string" && typeof right === "string" && sameItem(left, right),
    },
    rangeKey: { replaces: true },
    tableName: { replaces: true },
  },
  // The item's key is within the item; another key is another item, so both can exist at once.
  identity: [],

  check({ item, hashKey, rangeKey }) {
    if (item === undefined) return {};
    try {
      const read = readItem(item);
      const missing = [hashKey, rangeKey].find((name) => name !== undefined && read[name] === undefined);
      return missing === undefined ? {} : { item: `lacks the key attribute "${missing}"` };
    } catch (error) {
      return { item: error instanceof Error ? error.message : String(error) };
    }
  },

  alsoReplaces(old, inputs) {
    const key = (state: Known<TableItemState>): string => idOf({ ...inputs, item: state.item ?? "{}" });
    return key(old) === key(inputs) ? [] : ["item"];
  },

  async create(cloud, inputs, exists) {
    const dynamodb = await cloud.dynamodb();
    const Item = readItem(inputs.item);
    try {
      await dynamodb.putItem({
        TableName: inputs.tableName,
        Item,
        ConditionExpression: "attribute_not_exists(#hash)",
        ExpressionAttributeNames: { "#hash": inputs.hashKey },
      });
    } catch (error) {
      if (!isError(error, "ConditionalCheckFailedException")) throw error;
      throw new Error(
        `table "${inputs.tableName}" has an item with this key already: import "${idOf(inputs)}"`,
        {
          cause: error,
        },
      );
    }
    exists(idOf(inputs));
  },

  async read(cloud, _, known) {
    const dynamodb = await cloud.dynamodb();
    const { tableName = "", hashKey = "", rangeKey, item = "{}" } = known;
    const wanted = readItem(item);
    const found = await unlessGone(
      dynamodb.getItem({ TableName: tableName, Key: keyOf(wanted, hashKey, rangeKey), ConsistentRead: true }),
      noTable,
    );
    if (found?.Item === undefined) return undefined;
    return {
      tableName,
      hashKey,
      hashKeyValue: keyText(found.Item[hashKey]),
      item: itemText(found.Item),
      rangeKey,
      rangeKeyValue: rangeKey === undefined ? "" : keyText(found.Item[rangeKey]),
    };
  },

  async update(cloud, _, inputs) {
    const dynamodb = await cloud.dynamodb();
    await dynamodb.putItem({ TableName: inputs.tableName, Item: readItem(inputs.item) });
  },

  async delete(cloud, _, state) {
    const dynamodb = await cloud.dynamodb();
    const { tableName = "", hashKey = "", rangeKey, item = "{}" } = state;
    await unlessGone(
      dynamodb.deleteItem({ TableName: tableName, Key: keyOf(readItem(item), hashKey, rangeKey) }),
      noTable,
    );
  },

  async import(cloud, importId) {
    const [tableName, hashValue, rangeValue, ...rest] = importId.split(",");
    if (tableName === undefined || hashValue === undefined || rest.length > 0) {
      throw new Error(`"${importId}" is not the import id of an item: write it as <table>,<hash>[,<range>]`);
    }
    const { hashKey, rangeKey, types } = await keysOf(await cloud.dynamodb(), tableName);
    const item = {
      [hashKey]: { [types[hashKey] ?? "S"]: hashValue },
      ...(rangeKey === undefined ? {} : { [rangeKey]: { [types[rangeKey] ?? "S"]: rangeValue ?? "" } }),
    };
    const known = { tableName, hashKey, rangeKey, item: JSON.stringify(item) };
    return { id: idOf(known), known };
  },
});

/** As the real provider writes it: table, hash key's name and value, range key's name and value. */
function idOf(inputs: Known<TableItemArgs>): string {
  const item = readItem(inputs.item);
  const range = inputs.rangeKey === undefined ? [] : [inputs.rangeKey, keyText(item[inputs.rangeKey])];
  return [inputs.tableName, inputs.hashKey, keyText(item[inputs.hashKey]), ...range].join("|");
}

function keyOf(item: Item, hashKey: string, rangeKey: string | undefined): Item {
  return Object.fromEntries(
    [hashKey, rangeKey].flatMap((name) => {
      const value = name === undefined ? undefined : item[name];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

async function keysOf(
  dynamodb: DynamoDB,
  TableName: string,
): Promise<{ hashKey: string; rangeKey: string | undefined; types: Record<string, string> }> {
  const { Table } = await dynamodb.describeTable({ TableName });
  const key = (type: string): string | undefined =>
    Table?.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const types = (Table?.AttributeDefinitions ?? []).map(({ AttributeName = "", AttributeType = "S" }) => [
    AttributeName,
    AttributeType,
  ]);
  return {
    hashKey: key("HASH") ?? "",
    rangeKey: key("RANGE"),
    types: Object.fromEntries(types) as Record<string, string>,
  };
}
