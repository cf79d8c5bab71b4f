/** Deploys a CloudFormation template, as `aws cloudformation deploy` does. */
import {
  type CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds between two looks at a stack that is being made. */
const INTERVAL = 200;

/**
 * Makes a stack, or brings it up to date.
 *
 * @throws Error with CloudFormation's reason when it fails.
 */
export async function deployStack(
  client: CloudFormationClient,
  stack: string,
  template: object,
): Promise<void> {
  const wanted = {
    StackName: stack,
    TemplateBody: JSON.stringify(template),
    Capabilities: ["CAPABILITY_NAMED_IAM" as const],
  };
  if ((await describe(client, stack)) === undefined) await client.send(new CreateStackCommand(wanted));
  else
    try {
      await client.send(new UpdateStackCommand(wanted));
    } catch (thrown) {
      if (!(thrown instanceof Error) || !thrown.message.includes("No updates are to be performed"))
        throw thrown;
    }
  for (;;) {
    const found = await describe(client, stack);
    const status = found?.StackStatus ?? "DELETE_COMPLETE";
    if (status === "CREATE_COMPLETE" || status === "UPDATE_COMPLETE") return;
    if (!status.endsWith("_IN_PROGRESS"))
      throw new Error(`stack ${stack} is ${status}: ${found?.StackStatusReason ?? "no reason given"}`);
    await pause(INTERVAL);
  }
}

async function describe(client: CloudFormationClient, stack: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Stacks?.[0];
  } catch (thrown) {
    if (thrown instanceof Error && /does not exist/.test(thrown.message)) return undefined;
    throw thrown;
  }
}
