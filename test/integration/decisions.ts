/** Has the test cloud's gateway record its decisions, as whoever may read the sandbox's own file. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Recording } from "../../sandbox/gateway/decision-record";
import type { TestCloud } from "../sandbox/cloud";

/** Begins a recording. */
export async function recordDecisions(cloud: TestCloud): Promise<void> {
  await ask(cloud, "POST");
}

/** Ends the recording. */
export async function recordedDecisions(cloud: TestCloud): Promise<Recording> {
  return (await (await ask(cloud, "DELETE")).json()) as Recording;
}

async function ask({ endpoint, environment }: TestCloud, method: string): Promise<Response> {
  const file = path.join(environment["ATHENA_SPOKES_SANDBOX"] ?? "", "sandbox.json");
  const { secret } = JSON.parse(await readFile(file, "utf8")) as { secret: string };
  const answer = await fetch(`${endpoint}/_sandbox/decisions`, {
    method,
    headers: { authorization: secret },
  });
  if (!answer.ok) throw new Error(`${method} decisions: ${answer.status} ${await answer.text()}`);
  return answer;
}
