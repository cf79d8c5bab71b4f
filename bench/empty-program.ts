/**
 * The yardstick: `preview` and `up` of an empty inline program through the Automation API, in a stack of its own.
 *
 *     node --import tsx bench/empty-program.ts <folder for the project> <stack>
 */
import { InlineProgramArgs, LocalWorkspace } from "@pulumi/pulumi/automation";

async function main([workDir, stackName]: readonly string[]): Promise<void> {
  if (workDir === undefined || stackName === undefined) throw new Error("say the folder and the stack");
  const args: InlineProgramArgs = { projectName: "empty", stackName, program: () => Promise.resolve() };
  const stack = await LocalWorkspace.createStack(args, { workDir });
  await stack.preview();
  await stack.up();
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
