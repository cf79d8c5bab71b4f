import type { ContextKeys } from "../../../../access/evaluate";
import { AwsError } from "../../errors";
import { actionOf, arnOr, arn, each, made, on, structure, structures, tagging, textOf } from "../need";
import type { Asked, Need, Rule, Table } from "../need";

/** A table by name or ARN. */
function tableArn(asked: Asked, name: string): string {
  return arnOr(name, (table) => arn(asked, "dynamodb", `table/${table}`));
}

const onTable: Rule = (asked) => [
  { action: actionOf(asked), resource: tableArn(asked, textOf(asked.input, "TableName")) },
];

type Structure = Readonly<Record<string, unknown>>;

/** The partition keys that a request is about, for `dynamodb:LeadingKeys`; none where it does not say. */
async function leadingKeys(asked: Asked, table: string, items: readonly Structure[]): Promise<ContextKeys> {
  const [, , , region = "", account = "", resource = ""] = table.split(":");
  const found = await asked.resources.table(account, region, resource.replace(/^table\//, ""));
  const keys = items.flatMap((item) => scalar(structure(item, found?.hashKey ?? "")));
  return keys.length === 0 ? {} : { "dynamodb:LeadingKeys": keys };
}

function scalar(value: Structure): string[] {
  const [found] = Object.values(value);
  return typeof found === "string" ? [found] : [];
}

const onItem =
  (parameter: "Key" | "Item"): Rule =>
  async (asked) => {
    const resource = tableArn(asked, textOf(asked.input, "TableName"));
    const context = await leadingKeys(asked, resource, [structure(asked.input, parameter)]);
    return [{ action: actionOf(asked), resource, context }];
  };

/** Query and Scan are on the index when they name one. */
const searched: Rule = async (asked) => {
  const table = tableArn(asked, textOf(asked.input, "TableName"));
  const index = textOf(asked.input, "IndexName");
  const resource = index === "" ? table : `${table}/index/${index}`;
  const key = asked.call.operation === "Query" ? await keyOfQuery(asked, table) : {};
  return [{ action: actionOf(asked), resource, context: key }];
};

/** `pk = :value` of a query's key condition. */
async function keyOfQuery(asked: Asked, table: string): Promise<ContextKeys> {
  const expression = textOf(asked.input, "KeyConditionExpression");
  const [, name = "", value = ""] = /([\w#.-]+)\s*=\s*(:\w+)/.exec(expression) ?? [];
  const attribute = name.startsWith("#")
    ? textOf(structure(asked.input, "ExpressionAttributeNames"), name)
    : name;
  const item = structure(structure(asked.input, "ExpressionAttributeValues"), value);
  return leadingKeys(asked, table, [{ [attribute]: item }]);
}

const batchRead: Rule = async (asked) => {
  const wanted = structure(asked.input, "RequestItems");
  return Promise.all(
    Object.keys(wanted).map(async (name): Promise<Need> => {
      const resource = tableArn(asked, name);
      const keys = structures(structure(wanted, name), "Keys");
      return { action: actionOf(asked), resource, context: await leadingKeys(asked, resource, keys) };
    }),
  );
};

const batchWritten: Rule = async (asked) =>
  Promise.all(
    Object.keys(structure(asked.input, "RequestItems")).map(async (name): Promise<Need> => {
      const resource = tableArn(asked, name);
      const items = structures(structure(asked.input, "RequestItems"), name).map((write) => {
        const put = structure(structure(write, "PutRequest"), "Item");
        return Object.keys(put).length > 0 ? put : structure(structure(write, "DeleteRequest"), "Key");
      });
      return { action: actionOf(asked), resource, context: await leadingKeys(asked, resource, items) };
    }),
  );

/** Each member of a transaction needs what it would need alone. */
const TRANSACTED: Readonly<Record<string, readonly [action: string, item: string]>> = {
  Get: ["GetItem", "Key"],
  Put: ["PutItem", "Item"],
  Update: ["UpdateItem", "Key"],
  Delete: ["DeleteItem", "Key"],
  ConditionCheck: ["ConditionCheckItem", "Key"],
};

const transacted: Rule = async (asked) =>
  Promise.all(
    structures(asked.input, "TransactItems").flatMap((item) =>
      Object.entries(TRANSACTED)
        .filter(([member]) => item[member] !== undefined)
        .map(async ([member, [action, keys]]): Promise<Need> => {
          const part = structure(item, member);
          const resource = tableArn(asked, textOf(part, "TableName"));
          const context = await leadingKeys(asked, resource, [structure(part, keys)]);
          return { action: `dynamodb:${action}`, resource, context };
        }),
    ),
  );

/** The rule of a batch or transaction: of nothing it would need nothing, so it is refused here. */
const notEmpty =
  (parameter: string, rule: Rule): Rule =>
  async (asked) => {
    const needs = await rule(asked);
    if (needs.length > 0) return needs;
    const name = parameter.charAt(0).toLowerCase() + parameter.slice(1);
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    );
  };

/**
 * An import reads its objects as the caller (DynamoDB developer guide, "Requesting a table import in DynamoDB"). Which they are
 * is not known here: to read all that the prefix may hold must be allowed.
 */
const imported: Rule = async (asked) => {
  const source = structure(asked.input, "S3BucketSource");
  const bucket = `arn:aws:s3:::${textOf(source, "S3Bucket")}`;
  const prefix = textOf(source, "S3KeyPrefix");
  const account = (await asked.resources.bucket(textOf(source, "S3Bucket")))?.account ?? asked.account;
  const context = { "s3:ResourceAccount": account };
  const table = textOf(structure(asked.input, "TableCreationParameters"), "TableName");
  return [
    { action: "dynamodb:ImportTable", resource: tableArn(asked, table) },
    { action: "s3:ListBucket", resource: bucket, account, context: { ...context, "s3:prefix": prefix } },
    { action: "s3:GetObject", resource: `${bucket}/${prefix}*`, account, context },
  ];
};

export const dynamoDb: Table = {
  CreateTable: made(onTable, "dynamodb:TagResource"),
  ...each(
    "DeleteTable DescribeTable UpdateTable DescribeContinuousBackups UpdateContinuousBackups DescribeTimeToLive " +
      "UpdateTimeToLive DescribeContributorInsights DescribeKinesisStreamingDestination",
    onTable,
  ),
  ImportTable: imported,
  DescribeImport: on(({ input }) => textOf(input, "ImportArn")),
  ...each("GetItem DeleteItem UpdateItem", onItem("Key")),
  PutItem: onItem("Item"),
  ...each("Query Scan", searched),
  BatchGetItem: notEmpty("RequestItems", batchRead),
  BatchWriteItem: notEmpty("RequestItems", batchWritten),
  ...each("TransactGetItems TransactWriteItems", notEmpty("TransactItems", transacted)),
  ...each("GetResourcePolicy PutResourcePolicy DeleteResourcePolicy", tagging("ResourceArn")),
  ...each("ListTagsOfResource TagResource UntagResource", tagging("ResourceArn")),
};
