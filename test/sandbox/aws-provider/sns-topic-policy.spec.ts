import { document } from "./documents";
import { account, describeLifecycle, region } from "./lifecycle";

const arn = `arn:aws:sns:${region}:${account}:spec-topic-with-policy`;
const other = `arn:aws:sns:${region}:${account}:spec-other-topic`;

const policy = (service: string): string =>
  document({
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sns:Publish",
    Resource: arn,
  });

describeLifecycle({
  token: "aws:sns/topicPolicy:TopicPolicy",
  inputs: { arn, policy: policy("events.amazonaws.com") },
  prepare: async (cloud) => (await cloud.sns()).createTopic({ Name: "spec-topic-with-policy" }),
  id: arn,
  state: { arn, owner: account, policy: policy("events.amazonaws.com"), region },
  unknown: ["owner"],
  updates: [
    {
      title: "policy",
      with: { policy: policy("cloudwatch.amazonaws.com") },
      changes: { policy: "update" },
      state: { policy: policy("cloudwatch.amazonaws.com") },
    },
  ],
  replacements: [{ with: { arn: other }, replaces: ["arn"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) =>
      (await cloud.sns()).setTopicAttributes({
        TopicArn: arn,
        AttributeName: "Policy",
        AttributeValue: policy("s3.amazonaws.com"),
      }),
    changes: { policy: "update" },
  },
  remains: {
    arn,
    owner: account,
    policy: JSON.stringify({
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
          Resource: arn,
          Condition: { StringEquals: { "AWS:SourceOwner": account } },
        },
      ],
    }),
    region,
  },
  remove: async (cloud) => (await cloud.sns()).deleteTopic({ TopicArn: arn }),
});
