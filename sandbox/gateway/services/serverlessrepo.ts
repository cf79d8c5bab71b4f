import { randomUUID } from "node:crypto";
import { jsonAnswer } from "../answer";
import { jsonInput, list, requiredText, text } from "../call";
import { changesOf, checked, newStack } from "../cloudformation/stacks";
import type { Context, Handlers } from "../context";
import { AwsError } from "../errors";
import {
  APPLICATION,
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
    const version = context.call.query.get("semanticVersion") ?? LATEST;
    refuseVersion(version);
    return jsonAnswer({
      applicationId: APPLICATION,
      author: "Amazon Athena Federation",
      name: "AthenaDynamoDBConnector",
      version: {
        applicationId: APPLICATION,
        semanticVersion: version,
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
    const capabilities = (list(input, "capabilities") ?? []).map(String);
    const lacking = CAPABILITIES.filter((capability) => !capabilities.includes(capability));
    if (lacking.length > 0)
      throw new AwsError("BadRequestException", `Requires capabilities : [${CAPABILITIES.join(", ")}]`);
    const version = text(input, "semanticVersion") ?? LATEST;
    refuseVersion(version);
    const name = `serverlessrepo-${requiredText(input, "stackName", "BadRequestException")}`;
    const parameters = Object.fromEntries(
      pairs(input, "parameterOverrides").map(({ name: key, value }) => [String(key), String(value)]),
    );
    const tags: Tag[] = [
      ...pairs(input, "tags").map(({ key, value }) => ({ Key: String(key), Value: String(value) })),
      { Key: "serverlessrepo:applicationId", Value: APPLICATION },
      { Key: "serverlessrepo:semanticVersion", Value: version },
    ];
    const wanted = { template: processedTemplate(parameters, version), parameters, capabilities, tags };
    checked(wanted);
    const existing = Object.values(cloud.state.stacks).find(
      (stack) => stack.name === name && isHere(context, stack) && stack.status !== "DELETE_COMPLETE",
    );
    const stack = existing ?? newStack(context, name, wanted, "REVIEW_IN_PROGRESS");
    cloud.state.stacks = { ...cloud.state.stacks, [stack.id]: stack };
    const changeSetName = `a${randomUUID()}`;
    const changes = changesOf(context, stack, wanted);
    const nothing = changes.length === 0 && JSON.stringify(stack.tags) === JSON.stringify(tags);
    const changeSet: ChangeSet = {
      id: `arn:aws:cloudformation:${call.region}:${principal.account}:changeSet/${changeSetName}/${randomUUID()}`,
      name: changeSetName,
      stackId: stack.id,
      ...wanted,
      status: nothing ? "FAILED" : "CREATE_COMPLETE",
      ...(nothing ? { reason: "No updates are to be performed." } : {}),
      executed: false,
      changes,
      created: new Date().toISOString(),
    };
    cloud.state.changeSets = { ...cloud.state.changeSets, [changeSet.id]: changeSet };
    return {
      ...jsonAnswer({
        applicationId: APPLICATION,
        changeSetId: changeSet.id,
        semanticVersion: version,
        stackId: stack.id,
      }),
      status: 201,
    };
  },
});

function refuseUnknown({ call }: Context): void {
  const id = call.labels["ApplicationId"] ?? "";
  if (id !== APPLICATION) throw new AwsError("NotFoundException", `Application ${id} does not exist`, 404);
}

function refuseVersion(version: string): void {
  if (!/^\d{4}\.\d+\.\d+$/.test(version))
    throw new AwsError("NotFoundException", `Version ${version} of the application does not exist`, 404);
}

function isHere({ call, principal }: Context, { id }: Stack): boolean {
  return id.startsWith(`arn:aws:cloudformation:${call.region}:${principal.account}:`);
}

function pairs(input: Readonly<Record<string, unknown>>, name: string): Record<string, unknown>[] {
  return (list(input, name) ?? []).filter(
    (item): item is Record<string, unknown> => typeof item === "object" && item !== null,
  );
}
