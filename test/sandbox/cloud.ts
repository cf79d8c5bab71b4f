/**
 * The cloud that specs of the sandbox talk to: one for all of them, started when the first spec asks for it and removed
 * after the last.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "mocha";
import { locations } from "../../sandbox/installation.js";
import { resetSandbox, startSandbox } from "../../sandbox/sandbox";

/** The endpoint, and the variables under which AWS's clients work in it as administrator of the management account. */
export interface TestCloud {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
}

let started: Promise<{ cloud: TestCloud; folder: string }> | undefined;

/** The cloud, started if need be. Throws when the emulator is not installed. */
export async function testCloud(): Promise<TestCloud> {
  started ??= start();
  return (await started).cloud;
}

async function start(): Promise<{ cloud: TestCloud; folder: string }> {
  const { python } = locations();
  if (!existsSync(python)) {
    throw new Error(
      `the sandbox's emulator is not installed at "${python}": run npm test, which installs it`,
    );
  }
  const folder = path.join(await mkdtemp(path.join(tmpdir(), "athena-spokes-test-")), "sandbox");
  const { endpoint, environment } = await startSandbox({ name: "test", folder });
  return { cloud: { endpoint, environment }, folder };
}

after("remove the cloud", async function () {
  if (started === undefined) return;
  const { folder } = await started;
  await resetSandbox({ name: "test", folder });
  await rm(path.dirname(folder), { recursive: true, force: true });
});

/** Sets the variables for the time of the specs in a `describe`, and gives back what was set before. */
export function useVariables(variables: () => Promise<Readonly<Record<string, string>>>): void {
  const before_: Record<string, string | undefined> = {};
  before(async () => {
    for (const [name, value] of Object.entries(await variables())) {
      before_[name] = process.env[name];
      process.env[name] = value;
    }
  });
  after(() => {
    for (const [name, value] of Object.entries(before_)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
}
