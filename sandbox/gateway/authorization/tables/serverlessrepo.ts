import { actionOf, arn, tagContext, tagsIn, textOf } from "../need";
import type { Asked, Need, Rule, Table } from "../need";

const onApplication: Rule = (asked): Need[] => [
  { action: actionOf(asked), resource: textOf(asked.input, "ApplicationId") },
];

/** The stack's name in CloudFormation, which the repository puts its own word before. */
function stackArn(asked: Asked): string {
  return arn(asked, "cloudformation", `stack/serverlessrepo-${textOf(asked.input, "stackName") || "*"}/*`);
}

/** The Serverless Application Repository; the change set is CloudFormation's, and needs its permission as well. */
export const serverlessRepository: Table = {
  GetApplication: onApplication,
  CreateCloudFormationChangeSet: async (asked) => [
    ...(await onApplication(asked)),
    {
      action: "cloudformation:CreateChangeSet",
      resource: stackArn(asked),
      context: tagContext(tagsIn(asked.input["tags"])),
    },
  ],
};
