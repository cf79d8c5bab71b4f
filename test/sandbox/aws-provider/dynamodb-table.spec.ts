import type { Properties } from "./driver";
import { account, describeLifecycle, generated, region } from "./lifecycle";

const arn = `arn:aws:dynamodb:${region}:${account}:table/Music`;
const keys = [
  { name: "Artist", type: "S" },
  { name: "SongTitle", type: "S" },
];

const index = (projectionType: string): Properties => ({
  name: "Albums",
  keySchemas: [{ attributeName: "AlbumTitle", keyType: "HASH" }],
  projectionType,
});

describeLifecycle({
  token: "aws:dynamodb/table:Table",
  inputs: {
    name: "Music",
    attributes: keys,
    hashKey: "Artist",
    rangeKey: "SongTitle",
    billingMode: "PAY_PER_REQUEST",
    pointInTimeRecovery: { enabled: true },
    serverSideEncryption: { enabled: true },
    tags: { kind: "sample" },
  },
  id: "Music",
  state: {
    arn,
    attributes: keys,
    billingMode: "PAY_PER_REQUEST",
    deletionProtectionEnabled: false,
    hashKey: "Artist",
    name: "Music",
    pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
    rangeKey: "SongTitle",
    readCapacity: 0,
    region,
    serverSideEncryption: generated,
    streamEnabled: false,
    tableClass: "STANDARD",
    tags: { kind: "sample" },
    tagsAll: { kind: "sample" },
    ttl: { enabled: false },
    writeCapacity: 0,
  },
  unknown: ["arn", "readCapacity", "streamArn", "streamLabel", "streamViewType", "ttl", "writeCapacity"],
  updates: [
    {
      title: "protection, expiry and recovery",
      with: {
        deletionProtectionEnabled: true,
        ttl: { attributeName: "Expires", enabled: true },
        pointInTimeRecovery: { enabled: false },
      },
      changes: {
        deletionProtectionEnabled: "update",
        "pointInTimeRecovery.enabled": "update",
        "ttl.attributeName": "add",
        "ttl.enabled": "update",
      },
      state: {
        deletionProtectionEnabled: true,
        pointInTimeRecovery: { enabled: false },
        ttl: { attributeName: "Expires", enabled: true },
      },
    },
    {
      title: "an index",
      with: {
        deletionProtectionEnabled: false,
        attributes: [...keys, { name: "AlbumTitle", type: "S" }],
        globalSecondaryIndexes: [index("ALL")],
      },
      changes: { attributes: "update", deletionProtectionEnabled: "update", globalSecondaryIndexes: "add" },
      state: {
        deletionProtectionEnabled: false,
        attributes: [...keys, { name: "AlbumTitle", type: "S" }],
        globalSecondaryIndexes: [index("ALL")],
      },
    },
    {
      title: "a stream and tags",
      with: { streamEnabled: true, streamViewType: "KEYS_ONLY", tags: { kind: "real" } },
      changes: {
        streamEnabled: "update",
        streamViewType: "add",
        "tags.kind": "update",
        "tagsAll.kind": "update",
      },
      state: {
        streamArn: generated,
        streamEnabled: true,
        streamLabel: generated,
        streamViewType: "KEYS_ONLY",
        tags: { kind: "real" },
        tagsAll: { kind: "real" },
      },
    },
    {
      title: "the index made anew",
      with: { globalSecondaryIndexes: [index("KEYS_ONLY")] },
      changes: { globalSecondaryIndexes: "update" },
      state: { globalSecondaryIndexes: [index("KEYS_ONLY")] },
    },
    {
      title: "capacity that is bought",
      with: {
        billingMode: "PROVISIONED",
        readCapacity: 5,
        writeCapacity: 2,
        globalSecondaryIndexes: [{ ...index("KEYS_ONLY"), readCapacity: 3, writeCapacity: 1 }],
      },
      changes: {
        billingMode: "update",
        globalSecondaryIndexes: "update",
        readCapacity: "update",
        writeCapacity: "update",
      },
      state: {
        billingMode: "PROVISIONED",
        globalSecondaryIndexes: [{ ...index("KEYS_ONLY"), readCapacity: 3, writeCapacity: 1 }],
        readCapacity: 5,
        writeCapacity: 2,
      },
    },
  ],
  replacements: [
    { with: { name: "Other" }, replaces: ["name"], deleteBeforeReplace: false },
    {
      with: { hashKey: "SongTitle", rangeKey: "Artist" },
      replaces: ["hashKey", "rangeKey"],
      deleteBeforeReplace: true,
    },
  ],
  drift: {
    meddle: async (cloud) => {
      const dynamodb = await cloud.dynamodb();
      await dynamodb.updateTable({ TableName: "Music", DeletionProtectionEnabled: true });
      await dynamodb.tagResource({ ResourceArn: arn, Tags: [{ Key: "by", Value: "hand" }] });
    },
    changes: { deletionProtectionEnabled: "update", "tags.by": "delete", "tagsAll.by": "delete" },
  },
  remove: async (cloud) => (await cloud.dynamodb()).deleteTable({ TableName: "Music" }),
});
