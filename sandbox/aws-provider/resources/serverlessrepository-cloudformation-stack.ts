import type { CloudFormation, Stack } from "@aws-sdk/client-cloudformation";
import type { CloudFormationStackArgs, CloudFormationStackState } from "@pulumi/aws/serverlessrepository";
import { isErrorSaying, type Cloud } from "../cloud";
import { resourceType, type Known, type Tagged } from "../resource-type";
import { ServerlessRepository } from "../serverless-repository";
import { tagRecord } from "../tags";

type Inputs = Known<CloudFormationStackArgs> & Tagged;

/** What the repository puts before the name of a stack, and before its own tags. */
const PREFIX = "serverlessrepo-";
const OWN_TAG = "serverlessrepo:";
const APPLICATION_TAG = `${OWN_TAG}applicationId`;
const VERSION_TAG = `${OWN_TAG}semanticVersion`;

/** Acknowledged to the repository, and unknown to CloudFormation. */
const RESOURCE_POLICY = "CAPABILITY_RESOURCE_POLICY";

/** A stack that an application of the Serverless Application Repository makes. */
export const serverlessStack = resourceType<CloudFormationStackArgs, CloudFormationStackState>({
  token: "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
  properties: {
    applicationId: { replaces: true },
    capabilities: { set: true },
    name: { replaces: true },
    parameters: { computed: true },
    semanticVersion: { computed: true },
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 113 },

  unknownAfter: (changed) => (changed.size === 0 ? [] : ["outputs"]),

  async create(cloud, inputs, exists) {
    await deploy(cloud, inputs, "CREATE_COMPLETE", exists);
  },

  async read(cloud, id) {
    const cloudFormation = await cloud.cloudFormation();
    const stack = await stackOf(cloudFormation, id);
    if (stack === undefined) return undefined;
    const tags = tagRecord(stack.Tags);
    const { [APPLICATION_TAG]: applicationId, [VERSION_TAG]: semanticVersion } = tags;
    if (applicationId === undefined || semanticVersion === undefined)
      throw new Error(
        `stack "${id}" has no tags ${APPLICATION_TAG} and ${VERSION_TAG}: no application made it`,
      );
    const { defaults, requiredCapabilities } = await new ServerlessRepository(cloudFormation).version(
      applicationId,
      semanticVersion,
    );
    return {
      applicationId,
      capabilities: [
        ...(stack.Capabilities ?? []),
        ...requiredCapabilities.filter((capability) => capability === RESOURCE_POLICY),
      ],
      name: (stack.StackName ?? "").replace(PREFIX, ""),
      outputs: Object.fromEntries(
        (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
      ),
      // The provider does not tell those that are the template's defaults.
      parameters: Object.fromEntries(
        (stack.Parameters ?? [])
          .map(({ ParameterKey = "", ParameterValue = "" }) => [ParameterKey, ParameterValue] as const)
          .filter(([name, value]) => defaults[name] !== value),
      ),
      semanticVersion,
      tagsAll: Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith(OWN_TAG))),
    };
  },

  async update(cloud, _, inputs) {
    await deploy(cloud, inputs, "UPDATE_COMPLETE");
  },

  async delete(cloud, id) {
    const cloudFormation = await cloud.cloudFormation();
    if ((await stackOf(cloudFormation, id)) === undefined) return;
    await cloudFormation.deleteStack({ StackName: id });
    await cloud.until(`stack "${id}" to be gone`, async () => {
      const stack = await stackOf(cloudFormation, id);
      if (stack?.StackStatus === "DELETE_FAILED") throw await failure(cloudFormation, stack);
      return stack === undefined ? true : undefined;
    });
  },

  async import(cloud, importId) {
    if (importId.startsWith("arn:")) return { id: importId };
    const name = importId.startsWith(PREFIX) ? importId : `${PREFIX}${importId}`;
    const stack = await stackOf(await cloud.cloudFormation(), name);
    return { id: stack?.StackId ?? importId };
  },
});

/** Makes a change set by the repository, and has CloudFormation carry it out. */
async function deploy(
  cloud: Cloud,
  inputs: Inputs,
  done: string,
  exists: (id: string) => void = () => undefined,
): Promise<void> {
  const cloudFormation = await cloud.cloudFormation();
  const { stackId: StackName, changeSetId: ChangeSetName } = await new ServerlessRepository(
    cloudFormation,
  ).createChangeSet({
    applicationId: inputs.applicationId,
    stackName: inputs.name ?? "",
    semanticVersion: inputs.semanticVersion,
    capabilities: inputs.capabilities ?? [],
    parameters: inputs.parameters ?? {},
    tags: inputs.tagsAll ?? {},
  });
  await cloud.until(`change set of stack "${StackName}"`, async () => {
    const { Status, StatusReason } = await cloudFormation.describeChangeSet({ StackName, ChangeSetName });
    if (Status === "FAILED")
      throw new Error(`the change set of stack "${StackName}" failed: ${StatusReason ?? ""}`);
    return Status === "CREATE_COMPLETE" ? true : undefined;
  });
  exists(StackName);
  await cloudFormation.executeChangeSet({ ChangeSetName });
  await cloud.until(`stack "${StackName}" to be ${done}`, async () => {
    const stack = await stackOf(cloudFormation, StackName);
    if (stack === undefined) throw new Error(`stack "${StackName}" is gone`);
    const { StackStatus } = stack;
    if (StackStatus === done) return true;
    if (/(ROLLBACK_COMPLETE|FAILED)$/.test(StackStatus ?? "")) throw await failure(cloudFormation, stack);
    return undefined;
  });
}

/** The stack; `undefined` when it is not there, or no more. */
async function stackOf(cloudFormation: CloudFormation, StackName: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.describeStacks({ StackName });
    const [stack] = Stacks ?? [];
    return stack?.StackStatus === "DELETE_COMPLETE" ? undefined : stack;
  } catch (error) {
    if (isErrorSaying(error, "ValidationError", /does not exist/)) return undefined;
    throw error;
  }
}

/** What went wrong, resource by resource. */
async function failure(cloudFormation: CloudFormation, { StackId = "", StackStatus }: Stack): Promise<Error> {
  const { StackEvents = [] } = await cloudFormation.describeStackEvents({ StackName: StackId });
  const reasons = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith("_FAILED")).map(
    ({ LogicalResourceId, ResourceStatusReason }) =>
      `${LogicalResourceId ?? ""}: ${ResourceStatusReason ?? ""}`,
  );
  return new Error(`stack "${StackId}" is ${StackStatus ?? "in no state"}: ${reasons.join("; ")}`);
}
