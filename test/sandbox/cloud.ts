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

/** Variables by name; `undefined` is one that must not be set. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The endpoint, and the variables under which AWS's clients work in it as administrator of the management account. */
export interface TestCloud {
  readonly endpoint: string;
  readonly environment: Variables;
}

const SHARED = "test";
let started: Promise<{ cloud: TestCloud; folder: string }> | undefined;

/** The cloud, started if need be. Throws when the emulator is not installed. */
export async function testCloud(): Promise<TestCloud> {
  started ??= start();
  return (await started).cloud;
}

/** A cloud of one spec's own, which may leave things behind. It goes with `remove`. */
export async function ownCloud(name: string): Promise<{ cloud: TestCloud; remove: () => Promise<void> }> {
  const { cloud, folder } = await start(name);
  return { cloud, remove: () => removed(name, folder) };
}

async function start(name = SHARED): Promise<{ cloud: TestCloud; folder: string }> {
  const { python } = locations();
  if (!existsSync(python)) {
    throw new Error(
      `the sandbox's emulator is not installed at "${python}": run npm test, which installs it`,
    );
  }
  const folder = path.join(await mkdtemp(path.join(tmpdir(), "athena-spokes-test-")), "sandbox");
  const { endpoint, environment, unset } = await startSandbox({ name, folder });
  const absent = Object.fromEntries(unset.map((variable) => [variable, undefined]));
  return { cloud: { endpoint, environment: { ...absent, ...environment } }, folder };
}

async function removed(name: string, folder: string): Promise<void> {
  await resetSandbox({ name, folder });
  await rm(path.dirname(folder), { recursive: true, force: true });
}

after("remove the cloud", async function () {
  if (started !== undefined) await removed(SHARED, (await started).folder);
});

/** Sets the variables for the time of the specs in a `describe`, and gives back what was set before. */
export function useVariables(variables: () => Promise<Variables>): void {
  const previous: Record<string, string | undefined> = {};
  before(async () => {
    for (const [name, value] of Object.entries(await variables())) {
      previous[name] = process.env[name];
      set(name, value);
    }
  });
  after(() => {
    for (const [name, value] of Object.entries(previous)) set(name, value);
  });
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
