import { applicationStackArn, transformArn } from "../../../../access/application";
import { actionOf, tagContext, tagsIn, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

/** The application, which a refusal names in the caller's Region, whichever its id has. */
const onApplication: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: textOf(asked.input, "ApplicationId").replace(
      /^(arn:aws:serverlessrepo:)[a-z0-9-]+/,
      (_, begin: string) => begin + asked.region,
    ),
  },
];

/** The change set is CloudFormation's, of a template with a macro. */
function onStack(asked: Asked) {
  const { input, region, account } = asked;
  const action = "cloudformation:CreateChangeSet";
  const tags = (Array.isArray(input["tags"]) ? (input["tags"] as unknown[]) : []).map((tag) => {
    const { key, value } = (tag ?? {}) as Record<string, unknown>;
    return { Key: key, Value: value };
  });
  return [
    {
      action,
      resource: applicationStackArn(region, account, textOf(input, "stackName")),
      context: tagContext(tagsIn(tags)),
    },
    { action, resource: transformArn(region) },
  ];
}

/** The Serverless Application Repository. */
export const serverlessRepository: Table = {
  GetApplication: onApplication,
  CreateCloudFormationChangeSet: async (asked) => [...(await onApplication(asked)), ...onStack(asked)],
};
