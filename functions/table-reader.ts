/**
 * The Lambda function that reads an item of a DynamoDB table in another account (R95-R102).
 *
 * Its event has the item's key in DynamoDB's own words, `{ "key": { "id": { "S": "123" } } }`, and its answer the item in
 * the same words: `{ "item": { "id": { "S": "123" }, ... } }`, or `{ "item": null }` where the table has none (R102).
 * Binary values are base64 in both.
 */
import { type AttributeValue, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/** Environment variables of the function. */
export interface TableReaderVariables {
  /** ARN of the role in the table's account (R96). */
  readonly ROLE_ARN: string;
  readonly TABLE_NAME: string;
  /** The table's Region, which need not be the function's (R102). */
  readonly TABLE_REGION: string;
}

/** The answer, as Lambda writes it into JSON. */
export interface ItemRead {
  readonly item: Readonly<Record<string, unknown>> | null;
}

/** R99. */
const SESSION_NAME = "LambdaDynamoDBSession";

/** How often a call is tried. The SDK waits longer each time, and tries again what was throttled. */
const ATTEMPTS = 8;

/** Reads items, with one set of clients for all of them. */
export function tableReader(variables: TableReaderVariables): (event: unknown) => Promise<ItemRead> {
  const sts = new STSClient({ maxAttempts: ATTEMPTS });
  const dynamodb = new DynamoDBClient({
    region: variables.TABLE_REGION,
    maxAttempts: ATTEMPTS,
    // The client keeps what this answers, and asks again five minutes before it expires.
    credentials: () => assumed(sts, variables.ROLE_ARN),
  });
  return async (event) => {
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: variables.TABLE_NAME, Key: keyOf(event) }),
    );
    return { item: Item === undefined ? null : (written(Item) as Record<string, unknown>) };
  };
}

async function assumed(sts: STSClient, RoleArn: string) {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: SESSION_NAME }));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
    throw new Error(`STS answered no credentials of ${RoleArn}`);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
  };
}

function keyOf(event: unknown): Record<string, AttributeValue> {
  const key = typeof event === "object" && event !== null && "key" in event ? event.key : undefined;
  if (typeof key !== "object" || key === null || Array.isArray(key) || Object.keys(key).length === 0)
    throw new Error(
      `the event ${JSON.stringify(event)} has no key: write { "key": { "<attribute>": { "S": "<value>" } } }`,
    );
  return Object.fromEntries(
    Object.entries(key).map(([attribute, value]: [string, unknown]) => [attribute, keyValue(value)]),
  );
}

/** The value of a key attribute: text and number as they are, binary from base64. */
function keyValue(value: unknown): AttributeValue {
  const { B: binary } = (value ?? {}) as { B?: unknown };
  return typeof binary === "string" ? { B: Buffer.from(binary, "base64") } : (value as AttributeValue);
}

/** What JSON has no word for, base64. */
function written(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, written(inner)]));
}

let reader: ReturnType<typeof tableReader> | undefined;

/** What Lambda calls. The clients, and with them the credentials, outlast the invocation. */
export function handler(event: unknown): Promise<ItemRead> {
  reader ??= tableReader({
    ROLE_ARN: variable("ROLE_ARN"),
    TABLE_NAME: variable("TABLE_NAME"),
    TABLE_REGION: variable("TABLE_REGION"),
  });
  return reader(event);
}

function variable(name: keyof TableReaderVariables): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`environment variable ${name} is missing`);
  return value;
}
