import { randomUUID } from "node:crypto";
import { APPLICATION_ID } from "../../../access/application";
import { jsonAnswer } from "../answer";
import { jsonInput, list, requiredText, text } from "../call";
import { changesOf, checked, newStack } from "../cloudformation/stacks";
import type { Context, Handlers } from "../context";
import { AwsError } from "../errors";
import {
  CAPABILITIES,
  LATEST,
  PARAMETERS,
  processedTemplate,
} from "../serverless-repository/athena-dynamodb-connector";
import type { ChangeSet, Stack, Tag } from "../state";
import { keptHere } from "./kept-here";

/** The Serverless Application Repository with the one application that this project deploys (R25). */
export const serverlessRepository: Handlers = keptHere("serverlessrepo", {
  GetApplication(context) {
    refuseUnknown(context);
    const semanticVersion = known(context.call.query.get("semanticVersion") ?? LATEST);
    return jsonAnswer({
      applicationId: APPLICATION_ID,
      author: "Amazon Athena Federation",
      name: "AthenaDynamoDBConnector",
      version: {
        applicationId: APPLICATION_ID,
        semanticVersion,
        requiredCapabilities: CAPABILITIES,
        resourcesSupported: true,
        parameterDefinitions: Object.entries(PARAMETERS).map(([name, defaultValue]) => ({
          name,
          type: "String",
          referencedByResources: ["ConnectorConfig"],
          ...(defaultValue === undefined ? {} : { defaultValue }),
        })),
      },
    });
  },

  CreateCloudFormationChangeSet(context) {
    refuseUnknown(context);
    const { cloud, call, principal } = context;
    const input = jsonInput(call);
    const acknowledged = (list(input, "capabilities") ?? []).map(String);
    if (CAPABILITIES.some((capability) => !acknowledged.includes(capability)))
      throw new AwsError("BadRequestException", `Requires capabilities : [${CAPABILITIES.join(", ")}]`);
    const semanticVersion = known(text(input, "semanticVersion") ?? LATEST);
    const name = `serverlessrepo-${stackName(input)}`;
    const parameters = Object.fromEntries(
      pairs(input, "parameterOverrides").map(({ name: key, value }) => [String(key), String(value)]),
    );
    const tags: Tag[] = [
      ...pairs(input, "tags").map(({ key, value }) => ({ Key: String(key), Value: String(value) })),
      { Key: "serverlessrepo:applicationId", Value: APPLICATION_ID },
      { Key: "serverlessrepo:semanticVersion", Value: semanticVersion },
    ];
    const wanted = {
      template: processedTemplate(call.region, semanticVersion, parameters),
      parameters,
      // CloudFormation knows no CAPABILITY_RESOURCE_POLICY: that is between the repository and its customer.
      capabilities: acknowledged.filter((capability) => capability !== "CAPABILITY_RESOURCE_POLICY"),
      tags,
    };
    checked(wanted);
    const existing = Object.values(cloud.state.stacks).find(
      (each) => each.name === name && isHere(context, each) && each.status !== "DELETE_COMPLETE",
    );
    if (
      existing !== undefined &&
      !/^(REVIEW_IN_PROGRESS|(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE)$/.test(existing.status)
    )
      throw new AwsError(
        "BadRequestException",
        `Stack:${existing.id} is in ${existing.status} state and can not be updated.`,
      );
    const stack = existing ?? newStack(context, name, wanted, "REVIEW_IN_PROGRESS");
    cloud.state.stacks = { ...cloud.state.stacks, [stack.id]: stack };
    const changeSetName = `a${randomUUID()}`;
    const changes = changesOf(context, stack, wanted);
    const changeSet: ChangeSet = {
      id: `arn:aws:cloudformation:${call.region}:${principal.account}:changeSet/${changeSetName}/${randomUUID()}`,
      name: changeSetName,
      stackId: stack.id,
      ...wanted,
      ...(changes.length === 0
        ? { status: "FAILED", reason: "No updates are to be performed." }
        : { status: "CREATE_COMPLETE" }),
      executed: false,
      changes,
      created: new Date().toISOString(),
    };
    cloud.state.changeSets = { ...cloud.state.changeSets, [changeSet.id]: changeSet };
    return jsonAnswer(
      { applicationId: APPLICATION_ID, changeSetId: changeSet.id, semanticVersion, stackId: stack.id },
      201,
    );
  },
});

function refuseUnknown({ call }: Context): void {
  const id = call.labels["ApplicationId"] ?? "";
  if (id !== APPLICATION_ID) throw new AwsError("NotFoundException", `Application ${id} does not exist`, 404);
}

/** AWS numbers its releases by year, week and release. @throws AwsError for what is no such number */
function known(version: string): string {
  if (!/^\d{4}\.\d+\.\d+$/.test(version))
    throw new AwsError("NotFoundException", `Version ${version} of the application does not exist`, 404);
  return version;
}

function stackName(input: Readonly<Record<string, unknown>>): string {
  const name = requiredText(input, "stackName", "BadRequestException");
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name))
    throw new AwsError("BadRequestException", `Stack name ${name} does not match [a-zA-Z][-a-zA-Z0-9]*`);
  return name;
}

function isHere({ call, principal }: Context, { id }: Stack): boolean {
  return id.startsWith(`arn:aws:cloudformation:${call.region}:${principal.account}:`);
}

function pairs(input: Readonly<Record<string, unknown>>, name: string): Record<string, unknown>[] {
  return (list(input, name) ?? []).filter(
    (item): item is Record<string, unknown> => typeof item === "object" && item !== null,
  );
}
