import type { TopicArgs, TopicState } from "@pulumi/aws/sns";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

const notFound = "NotFoundException";

/** A standard topic. Its policy is an `aws:sns/topicPolicy:TopicPolicy`. */
export const topic = resourceType<TopicArgs, TopicState>({
  token: "aws:sns/topic:Topic",
  properties: {
    displayName: {},
    name: { replaces: true },
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 256 },
  omits: [
    "applicationFailureFeedbackRoleArn",
    "applicationSuccessFeedbackRoleArn",
    "applicationSuccessFeedbackSampleRate",
    "archivePolicy",
    "beginningArchiveTime",
    "contentBasedDeduplication",
    "deliveryPolicy",
    "fifoThroughputScope",
    "fifoTopic",
    "firehoseFailureFeedbackRoleArn",
    "firehoseSuccessFeedbackRoleArn",
    "firehoseSuccessFeedbackSampleRate",
    "httpFailureFeedbackRoleArn",
    "httpSuccessFeedbackRoleArn",
    "httpSuccessFeedbackSampleRate",
    "kmsMasterKeyId",
    "lambdaFailureFeedbackRoleArn",
    "lambdaSuccessFeedbackRoleArn",
    "lambdaSuccessFeedbackSampleRate",
    "namePrefix",
    "policy",
    "signatureVersion",
    "sqsFailureFeedbackRoleArn",
    "sqsSuccessFeedbackRoleArn",
    "sqsSuccessFeedbackSampleRate",
    "tracingConfig",
  ],

  async create(cloud, inputs, exists) {
    const sns = await cloud.sns();
    const { TopicArn = "" } = await sns.createTopic({
      Name: inputs.name,
      Tags: tagList(inputs.tagsAll),
      ...(inputs.displayName === undefined ? {} : { Attributes: { DisplayName: inputs.displayName } }),
    });
    exists(TopicArn);
  },

  async read(cloud, id) {
    const sns = await cloud.sns();
    const found = await unlessGone(sns.getTopicAttributes({ TopicArn: id }), notFound);
    if (found === undefined) return undefined;
    const { Tags } = await sns.listTagsForResource({ ResourceArn: id });
    return {
      arn: id,
      displayName: found.Attributes?.["DisplayName"],
      name: id.slice(id.lastIndexOf(":") + 1),
      owner: found.Attributes?.["Owner"],
      tagsAll: tagRecord(Tags),
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const sns = await cloud.sns();
    if (changed.has("displayName"))
      await sns.setTopicAttributes({
        TopicArn: id,
        AttributeName: "DisplayName",
        AttributeValue: inputs.displayName ?? "",
      });
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => sns.tagResource({ ResourceArn: id, Tags: tagList(tags) }),
      (TagKeys) => sns.untagResource({ ResourceArn: id, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const sns = await cloud.sns();
    await unlessGone(sns.deleteTopic({ TopicArn: id }), notFound);
  },
});
