import type { LogGroupArgs, LogGroupState } from "@pulumi/aws/cloudwatch";
import type { LogGroupClass } from "@aws-sdk/client-cloudwatch-logs";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType } from "../resource-type";
import { changeTags, ownTags } from "../tags";

const notFound = "ResourceNotFoundException";

export const logGroup = resourceType<LogGroupArgs, LogGroupState>({
  token: "aws:cloudwatch/logGroup:LogGroup",
  properties: {
    kmsKeyId: {},
    logGroupClass: { computed: true, replaces: true },
    name: { replaces: true },
    retentionInDays: { default: 0 },
    skipDestroy: { default: false },
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 512 },
  omits: ["deletionProtectionEnabled", "namePrefix"],

  async create(cloud, inputs, exists) {
    const logs = await cloud.logs();
    const logGroupName = inputs.name ?? "";
    await logs.createLogGroup({
      logGroupName,
      kmsKeyId: inputs.kmsKeyId,
      logGroupClass: inputs.logGroupClass as LogGroupClass | undefined,
      // Logs refuses an empty record of tags.
      tags: Object.keys(inputs.tagsAll ?? {}).length === 0 ? undefined : inputs.tagsAll,
    });
    exists(logGroupName);
    const { retentionInDays = 0 } = inputs;
    if (retentionInDays > 0) await logs.putRetentionPolicy({ logGroupName, retentionInDays });
  },

  async read(cloud, id) {
    const logs = await cloud.logs();
    for (let nextToken: string | undefined; ;) {
      const page = await logs.describeLogGroups({ logGroupNamePrefix: id, nextToken });
      const found = page.logGroups?.find(({ logGroupName }) => logGroupName === id);
      if (found !== undefined) {
        const arn = arnOf(cloud, id);
        const { tags } = await logs.listTagsForResource({ resourceArn: arn });
        return {
          arn,
          kmsKeyId: found.kmsKeyId,
          logGroupClass: found.logGroupClass ?? "STANDARD",
          name: id,
          retentionInDays: found.retentionInDays ?? 0,
          tagsAll: ownTags(tags),
        };
      }
      nextToken = page.nextToken;
      if (nextToken === undefined) return undefined;
    }
  },

  async update(cloud, id, inputs, old, changed) {
    const logs = await cloud.logs();
    const logGroupName = id;
    if (changed.has("retentionInDays")) {
      const { retentionInDays = 0 } = inputs;
      if (retentionInDays > 0) await logs.putRetentionPolicy({ logGroupName, retentionInDays });
      else await logs.deleteRetentionPolicy({ logGroupName });
    }
    if (changed.has("kmsKeyId")) {
      if (inputs.kmsKeyId === undefined) await logs.disassociateKmsKey({ logGroupName });
      else await logs.associateKmsKey({ logGroupName, kmsKeyId: inputs.kmsKeyId });
    }
    const resourceArn = arnOf(cloud, id);
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => logs.tagResource({ resourceArn, tags }),
      (tagKeys) => logs.untagResource({ resourceArn, tagKeys }),
    );
  },

  async delete(cloud, id, state) {
    if (state.skipDestroy === true) return;
    const logs = await cloud.logs();
    await unlessGone(logs.deleteLogGroup({ logGroupName: id }), notFound);
  },
});

/** Without the `:*` at its end, which the tagging calls refuse. */
function arnOf(cloud: Cloud, name: string): string {
  return `arn:${cloud.partition}:logs:${cloud.region}:${cloud.accountId}:log-group:${name}`;
}
