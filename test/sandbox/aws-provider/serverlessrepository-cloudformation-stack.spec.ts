import { account, describeLifecycle, generated, region } from "./lifecycle";

const APPLICATION = "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector";
const roleArn = `arn:aws:iam::${account}:role/of-application`;
const capabilities = ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"];
const parameters = { AthenaCatalogName: "ofapplication", SpillBucket: "spill", LambdaRole: roleArn };

describeLifecycle({
  token: "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
  inputs: {
    applicationId: APPLICATION,
    capabilities,
    name: "ofapplication",
    parameters,
    semanticVersion: "2026.33.1",
    tags: { team: "music" },
  },
  prepare: async (cloud) => {
    const iam = await cloud.iam();
    await iam.createRole({
      RoleName: "of-application",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      }),
    });
  },
  id: generated,
  state: {
    applicationId: APPLICATION,
    capabilities,
    name: "ofapplication",
    outputs: {},
    parameters,
    region,
    semanticVersion: "2026.33.1",
    tags: { team: "music" },
    tagsAll: { team: "music" },
  },
  unknown: ["outputs"],
  updates: [
    {
      title: "a parameter",
      with: { parameters: { ...parameters, LambdaTimeout: "60" } },
      changes: { "parameters.LambdaTimeout": "add" },
      state: { parameters: { ...parameters, LambdaTimeout: "60" } },
    },
    {
      title: "the version",
      with: { semanticVersion: "2026.20.1" },
      changes: { semanticVersion: "update" },
      state: { semanticVersion: "2026.20.1" },
    },
    {
      title: "tags",
      with: { tags: { team: "films" } },
      changes: { "tags.team": "update", "tagsAll.team": "update" },
      state: { tags: { team: "films" }, tagsAll: { team: "films" } },
    },
  ],
  replacements: [{ with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false }],
  importId: "ofapplication",
  remove: async (cloud, stored) => {
    await (await cloud.cloudFormation()).deleteStack({ StackName: stored.id });
  },
});
