import type { TableArgs, TableState } from "@pulumi/aws/dynamodb";
import type {
  BillingMode,
  DynamoDB,
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  KeyType,
  Projection,
  ProjectionType,
  ScalarAttributeType,
  StreamViewType,
  TableClass,
  TableDescription,
} from "@aws-sdk/client-dynamodb";
import { isError, unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

type Inputs = Known<TableArgs>;
type GlobalIndex = NonNullable<Inputs["globalSecondaryIndexes"]>[number];

const notFound = "ResourceNotFoundException";
const onDemand = "PAY_PER_REQUEST";

/** The days that a recovery reaches back when nothing is said. */
const recoveryDays = 35;

export const table = resourceType<TableArgs, TableState>({
  token: "aws:dynamodb/table:Table",
  properties: {
    attributes: { set: true },
    billingMode: { default: "PROVISIONED" },
    deletionProtectionEnabled: { default: false },
    globalSecondaryIndexes: { set: true },
    "globalSecondaryIndexes.hashKey": { unserved: true },
    "globalSecondaryIndexes.keySchemas": {},
    "globalSecondaryIndexes.nonKeyAttributes": { set: true },
    "globalSecondaryIndexes.onDemandThroughput": { unserved: true, computed: true },
    "globalSecondaryIndexes.rangeKey": { unserved: true },
    "globalSecondaryIndexes.readCapacity": { computed: true },
    "globalSecondaryIndexes.warmThroughput": { unserved: true, computed: true },
    "globalSecondaryIndexes.writeCapacity": { computed: true },
    hashKey: { replaces: true },
    localSecondaryIndexes: { set: true, replaces: true },
    "localSecondaryIndexes.nonKeyAttributes": { set: true },
    name: { replaces: true },
    pointInTimeRecovery: { computed: true },
    "pointInTimeRecovery.recoveryPeriodInDays": { computed: true },
    rangeKey: { replaces: true },
    readCapacity: { computed: true },
    serverSideEncryption: { computed: true },
    "serverSideEncryption.kmsKeyArn": { computed: true },
    streamEnabled: {},
    streamViewType: { computed: true },
    tableClass: { default: "STANDARD" },
    tags: {},
    ttl: { computed: true },
    writeCapacity: { computed: true },
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 255 },
  omits: [
    "globalTableWitness",
    "importTable",
    "onDemandThroughput",
    "replicas",
    "restoreBackupArn",
    "restoreDateTime",
    "restoreSourceName",
    "restoreSourceTableArn",
    "restoreToLatestTime",
    "warmThroughput",
  ],

  check(inputs) {
    const faults: Record<string, string> = {};
    if (inputs.hashKey === undefined) faults["hashKey"] = "is missing, and a table needs it";
    const keys = new Set([
      inputs.hashKey,
      inputs.rangeKey,
      ...(inputs.globalSecondaryIndexes ?? []).flatMap(attributesOf),
      ...(inputs.localSecondaryIndexes ?? []).map((index) => index.rangeKey),
    ]);
    const idle = (inputs.attributes ?? []).filter(({ name }) => !keys.has(name)).map(({ name }) => name);
    if (idle.length > 0) faults["attributes"] = `names ${idle.join(", ")}, which no key uses: leave them out`;
    return faults;
  },

  unknownAfter: (changed) => [
    ...(changed.has("streamEnabled") ? ["streamArn", "streamLabel"] : []),
    // Its period goes when it is turned off.
    ...(changed.has("pointInTimeRecovery") ? ["pointInTimeRecovery"] : []),
  ],

  async create(cloud, inputs, exists) {
    const dynamodb = await cloud.dynamodb();
    const TableName = inputs.name ?? "";
    await dynamodb.createTable({
      TableName,
      AttributeDefinitions: attributes(inputs),
      KeySchema: keySchema(inputs.hashKey, inputs.rangeKey),
      BillingMode: inputs.billingMode as BillingMode | undefined,
      ProvisionedThroughput: throughput(inputs, inputs),
      GlobalSecondaryIndexes: inputs.globalSecondaryIndexes?.map((index) => globalIndex(index, inputs)),
      LocalSecondaryIndexes: inputs.localSecondaryIndexes?.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(inputs.hashKey, index.rangeKey),
        Projection: projection(index),
      })),
      StreamSpecification: stream(inputs),
      SSESpecification: encryption(inputs),
      TableClass: inputs.tableClass as TableClass | undefined,
      DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
      Tags: tagList(inputs.tagsAll),
    });
    exists(TableName);
    await untilActive(cloud, dynamodb, TableName);
    if (inputs.ttl?.enabled === true) await setTimeToLive(dynamodb, TableName, inputs.ttl);
    if (inputs.pointInTimeRecovery !== undefined) await setRecovery(cloud, dynamodb, TableName, inputs);
  },

  async read(cloud, id) {
    const dynamodb = await cloud.dynamodb();
    const answer = await unlessGone(dynamodb.describeTable({ TableName: id }), notFound);
    const found = answer?.Table;
    if (found === undefined || found.TableStatus === "DELETING") return undefined;
    const [recovery, expiry, tags] = await Promise.all([
      unlessGone(dynamodb.describeContinuousBackups({ TableName: id }), notFound, "TableNotFoundException"),
      unlessGone(dynamodb.describeTimeToLive({ TableName: id }), notFound),
      allTags(dynamodb, found.TableArn ?? ""),
    ]);
    const pointInTime = recovery?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    const ttl = expiry?.TimeToLiveDescription;
    return {
      ...described(found),
      pointInTimeRecovery: {
        enabled: pointInTime?.PointInTimeRecoveryStatus === "ENABLED",
        recoveryPeriodInDays: pointInTime?.RecoveryPeriodInDays,
      },
      tagsAll: tags,
      ttl: {
        attributeName: ttl?.AttributeName,
        enabled: ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING",
      },
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const dynamodb = await cloud.dynamodb();
    const TableName = id;
    const settle = (): Promise<void> => untilActive(cloud, dynamodb, TableName);
    const any = (...names: readonly string[]): boolean => names.some((name) => changed.has(name));
    if (any("billingMode", "readCapacity", "writeCapacity")) {
      await dynamodb.updateTable({
        TableName,
        BillingMode: inputs.billingMode as BillingMode | undefined,
        ProvisionedThroughput: throughput(inputs, inputs),
        GlobalSecondaryIndexUpdates:
          inputs.billingMode === onDemand
            ? undefined
            : old.globalSecondaryIndexes?.map((index) => ({
                Update: { IndexName: index.name, ProvisionedThroughput: throughput(index, inputs) },
              })),
      });
      await settle();
    }
    if (any("tableClass", "deletionProtectionEnabled")) {
      await dynamodb.updateTable({
        TableName,
        TableClass: changed.has("tableClass") ? (inputs.tableClass as TableClass) : undefined,
        DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
      });
      await settle();
    }
    if (any("streamEnabled", "streamViewType")) {
      // A stream's view cannot be changed, so a running one is stopped first.
      if (old.streamEnabled === true) {
        await dynamodb.updateTable({ TableName, StreamSpecification: { StreamEnabled: false } });
        await settle();
      }
      if (inputs.streamEnabled === true) {
        await dynamodb.updateTable({ TableName, StreamSpecification: stream(inputs) });
        await settle();
      }
    }
    if (changed.has("serverSideEncryption")) {
      await dynamodb.updateTable({ TableName, SSESpecification: encryption(inputs) ?? { Enabled: false } });
      await settle();
    }
    if (changed.has("globalSecondaryIndexes")) await changeIndexes(dynamodb, TableName, inputs, old, settle);
    if (changed.has("ttl") && inputs.ttl !== undefined) await setTimeToLive(dynamodb, TableName, inputs.ttl);
    if (changed.has("pointInTimeRecovery")) await setRecovery(cloud, dynamodb, TableName, inputs);
    const ResourceArn = old.arn ?? "";
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => dynamodb.tagResource({ ResourceArn, Tags: tagList(tags) }),
      (TagKeys) => dynamodb.untagResource({ ResourceArn, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const dynamodb = await cloud.dynamodb();
    const TableName = id;
    await unlessGone(
      cloud.retry(
        () => dynamodb.deleteTable({ TableName }),
        (error) => isError(error, "ResourceInUseException"),
      ),
      notFound,
    );
    await cloud.until(`table "${id}" to be gone`, async () => {
      const found = await unlessGone(dynamodb.describeTable({ TableName }), notFound);
      return found === undefined ? true : undefined;
    });
  },
});

function described(found: TableDescription): Known<TableState> {
  const key = (schema: readonly KeySchemaElement[] | undefined, type: string): string | undefined =>
    schema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const isOnDemand = found.BillingModeSummary?.BillingMode === onDemand;
  const streaming = found.StreamSpecification?.StreamEnabled === true;
  return {
    arn: found.TableArn,
    attributes: found.AttributeDefinitions?.map((attribute) => ({
      name: attribute.AttributeName ?? "",
      type: attribute.AttributeType ?? "",
    })),
    billingMode: isOnDemand ? onDemand : "PROVISIONED",
    deletionProtectionEnabled: found.DeletionProtectionEnabled ?? false,
    globalSecondaryIndexes: found.GlobalSecondaryIndexes?.map((index: GlobalSecondaryIndexDescription) => ({
      name: index.IndexName ?? "",
      keySchemas: index.KeySchema?.map(({ AttributeName = "", KeyType = "HASH" }) => ({
        attributeName: AttributeName,
        keyType: KeyType,
      })),
      nonKeyAttributes: index.Projection?.NonKeyAttributes,
      projectionType: index.Projection?.ProjectionType ?? "",
      readCapacity: index.ProvisionedThroughput?.ReadCapacityUnits,
      writeCapacity: index.ProvisionedThroughput?.WriteCapacityUnits,
    })),
    hashKey: key(found.KeySchema, "HASH"),
    localSecondaryIndexes: found.LocalSecondaryIndexes?.map((index) => ({
      name: index.IndexName ?? "",
      rangeKey: key(index.KeySchema, "RANGE") ?? "",
      nonKeyAttributes: index.Projection?.NonKeyAttributes,
      projectionType: index.Projection?.ProjectionType ?? "",
    })),
    name: found.TableName,
    rangeKey: key(found.KeySchema, "RANGE"),
    readCapacity: found.ProvisionedThroughput?.ReadCapacityUnits,
    serverSideEncryption: {
      enabled: found.SSEDescription?.Status === "ENABLED",
      kmsKeyArn: found.SSEDescription?.KMSMasterKeyArn,
    },
    // A stream that was stopped is still told of.
    streamArn: streaming ? found.LatestStreamArn : undefined,
    streamEnabled: streaming,
    streamLabel: streaming ? found.LatestStreamLabel : undefined,
    streamViewType: streaming ? found.StreamSpecification?.StreamViewType : undefined,
    tableClass: found.TableClassSummary?.TableClass ?? "STANDARD",
    writeCapacity: found.ProvisionedThroughput?.WriteCapacityUnits,
  };
}

async function untilActive(cloud: Cloud, dynamodb: DynamoDB, TableName: string): Promise<void> {
  await cloud.until(`table "${TableName}" to be active`, async () => {
    const { Table } = await dynamodb.describeTable({ TableName });
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    const active = [Table?.TableStatus, ...indexes.map(({ IndexStatus }) => IndexStatus)].every(
      (s) => s === "ACTIVE",
    );
    return active ? true : undefined;
  });
}

async function allTags(dynamodb: DynamoDB, ResourceArn: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (let NextToken: string | undefined; ;) {
    const page = await unlessGone(dynamodb.listTagsOfResource({ ResourceArn, NextToken }), notFound);
    Object.assign(all, tagRecord(page?.Tags));
    NextToken = page?.NextToken;
    if (NextToken === undefined) return all;
  }
}

async function setTimeToLive(
  dynamodb: DynamoDB,
  TableName: string,
  ttl: NonNullable<Inputs["ttl"]>,
): Promise<void> {
  await dynamodb.updateTimeToLive({
    TableName,
    TimeToLiveSpecification: { AttributeName: ttl.attributeName, Enabled: ttl.enabled ?? false },
  });
}

async function setRecovery(
  cloud: Cloud,
  dynamodb: DynamoDB,
  TableName: string,
  inputs: Inputs,
): Promise<void> {
  const enabled = inputs.pointInTimeRecovery?.enabled ?? false;
  await cloud.retry(
    () =>
      dynamodb.updateContinuousBackups({
        TableName,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: enabled,
          RecoveryPeriodInDays: enabled
            ? (inputs.pointInTimeRecovery?.recoveryPeriodInDays ?? recoveryDays)
            : undefined,
        },
      }),
    (error) => isError(error, "ContinuousBackupsUnavailableException"),
  );
}

/** One index is made or removed at a time, as DynamoDB wants it; one that changed is made anew. */
async function changeIndexes(
  dynamodb: DynamoDB,
  TableName: string,
  inputs: Inputs,
  old: Known<TableState>,
  settle: () => Promise<void>,
): Promise<void> {
  const shape = (index: GlobalIndex): string =>
    JSON.stringify([index.keySchemas, index.projectionType, [...(index.nonKeyAttributes ?? [])].sort()]);
  const [before, after] = [old.globalSecondaryIndexes ?? [], inputs.globalSecondaryIndexes ?? []];
  for (const index of before) {
    const wanted = after.find(({ name }) => name === index.name);
    if (wanted !== undefined && shape(wanted) === shape(index)) continue;
    await dynamodb.updateTable({
      TableName,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: index.name } }],
    });
    await settle();
  }
  for (const index of after) {
    const present = before.find(({ name }) => name === index.name);
    if (present !== undefined && shape(present) === shape(index)) {
      const capacity = throughput(index, inputs);
      const same =
        capacity === undefined ||
        (capacity.ReadCapacityUnits === present.readCapacity &&
          capacity.WriteCapacityUnits === present.writeCapacity);
      if (same) continue;
      const Update = { IndexName: index.name, ProvisionedThroughput: capacity };
      await dynamodb.updateTable({ TableName, GlobalSecondaryIndexUpdates: [{ Update }] });
    } else {
      await dynamodb.updateTable({
        TableName,
        AttributeDefinitions: attributes(inputs),
        GlobalSecondaryIndexUpdates: [{ Create: globalIndex(index, inputs) }],
      });
    }
    await settle();
  }
}

function attributesOf(index: GlobalIndex): string[] {
  return (index.keySchemas ?? []).map(({ attributeName }) => attributeName);
}

function attributes(inputs: Inputs): { AttributeName: string; AttributeType: ScalarAttributeType }[] {
  return (inputs.attributes ?? []).map(({ name, type }) => ({
    AttributeName: name,
    AttributeType: type as ScalarAttributeType,
  }));
}

function keySchema(hashKey: string | undefined, rangeKey: string | undefined): KeySchemaElement[] {
  return [
    { AttributeName: hashKey, KeyType: "HASH" as const },
    ...(rangeKey === undefined ? [] : [{ AttributeName: rangeKey, KeyType: "RANGE" as const }]),
  ];
}

function globalIndex(
  index: GlobalIndex,
  inputs: Inputs,
): GlobalSecondaryIndex & { KeySchema: KeySchemaElement[] } {
  return {
    IndexName: index.name,
    KeySchema: (index.keySchemas ?? []).map(({ attributeName, keyType }) => ({
      AttributeName: attributeName,
      KeyType: keyType as KeyType,
    })),
    Projection: projection(index),
    ProvisionedThroughput: throughput(index, inputs),
  };
}

function projection(index: { projectionType: string; nonKeyAttributes?: string[] | undefined }): Projection {
  return { ProjectionType: index.projectionType as ProjectionType, NonKeyAttributes: index.nonKeyAttributes };
}

function throughput(
  owner: { readCapacity?: number | undefined; writeCapacity?: number | undefined },
  inputs: Inputs,
): { ReadCapacityUnits: number | undefined; WriteCapacityUnits: number | undefined } | undefined {
  if (inputs.billingMode === onDemand) return undefined;
  return { ReadCapacityUnits: owner.readCapacity, WriteCapacityUnits: owner.writeCapacity };
}

function stream(inputs: Inputs): { StreamEnabled: boolean; StreamViewType?: StreamViewType } | undefined {
  if (inputs.streamEnabled !== true) return undefined;
  return {
    StreamEnabled: true,
    StreamViewType: (inputs.streamViewType ?? "NEW_AND_OLD_IMAGES") as StreamViewType,
  };
}

function encryption(
  inputs: Inputs,
): { Enabled: boolean; SSEType?: "KMS"; KMSMasterKeyId?: string | undefined } | undefined {
  if (inputs.serverSideEncryption?.enabled !== true) return undefined;
  return { Enabled: true, SSEType: "KMS", KMSMasterKeyId: inputs.serverSideEncryption.kmsKeyArn };
}
