/** moto by itself, without a gateway: as the sandbox runs it, and as it comes. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { locations } from "../../../sandbox/installation.js";

/** A running moto. */
export interface Emulator {
  readonly port: number;
  readonly dynamodb: DynamoDBClient;
  /** Ends it as its parent's end would: with its state written, when it has one. */
  close(): Promise<void>;
}

/** moto with what sandbox/moto changes, and its state in a file. */
export function ours(stateFile: string): Promise<Emulator> {
  return start([path.join(__dirname, "../../../sandbox/moto/serve.py"), "--state", stateFile]);
}

/** moto as it comes. */
export function plain(): Promise<Emulator> {
  return start([path.join(__dirname, "plain.py")]);
}

async function start(args: readonly string[]): Promise<Emulator> {
  const child = spawn(locations().python, ["-B", ...args], {
    // What it prints there is of requests that it cannot take, and they are answered.
    stdio: ["pipe", "pipe", "ignore"],
    // moto answers sets in the order of their hashes, which Python makes anew for each process.
    env: { ...process.env, PYTHONHASHSEED: "0" },
  });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`moto ended with exit code ${String(code)} at its start`);
  });
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended])) as [
    string,
  ];
  const { port } = JSON.parse(line) as { port: number };
  const dynamodb = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  return { port, dynamodb, close: () => close(child, dynamodb) };
}

async function close(child: ChildProcess, dynamodb: DynamoDBClient): Promise<void> {
  dynamodb.destroy();
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
}
