import type { TopicPolicyArgs, TopicPolicyState } from "@pulumi/aws/sns";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType } from "../resource-type";
import { documentText } from "./iam-role";

const notFound = "NotFoundException";

/** A topic's policy. A topic always has one: deleted, it is again what SNS gives to a new topic, as the real provider does. */
export const topicPolicy = resourceType<TopicPolicyArgs, TopicPolicyState>({
  token: "aws:sns/topicPolicy:TopicPolicy",
  properties: {
    arn: { replaces: true },
    policy: { document: "policy" },
  },
  identity: ["arn"],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.arn, documentText(inputs.policy));
    exists(inputs.arn);
  },

  async read(cloud, id) {
    const sns = await cloud.sns();
    const found = await unlessGone(sns.getTopicAttributes({ TopicArn: id }), notFound);
    if (found === undefined) return undefined;
    return { arn: id, owner: found.Attributes?.["Owner"], policy: found.Attributes?.["Policy"] };
  },

  async update(cloud, id, inputs) {
    await put(cloud, id, documentText(inputs.policy));
  },

  async delete(cloud, id) {
    await unlessGone(put(cloud, id, ownersOwn(cloud, id)), notFound);
  },
});

async function put(cloud: Cloud, TopicArn: string, AttributeValue: string): Promise<void> {
  const sns = await cloud.sns();
  await sns.setTopicAttributes({ TopicArn, AttributeName: "Policy", AttributeValue });
}

/** The policy of a new topic ("Default topic policy", SNS developer guide). */
function ownersOwn(cloud: Cloud, Resource: string): string {
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "SNS:GetTopicAttributes",
          "SNS:SetTopicAttributes",
          "SNS:AddPermission",
          "SNS:RemovePermission",
          "SNS:DeleteTopic",
          "SNS:Subscribe",
          "SNS:ListSubscriptionsByTopic",
          "SNS:Publish",
        ],
        Resource,
        Condition: { StringEquals: { "AWS:SourceOwner": cloud.accountId } },
      },
    ],
  });
}
