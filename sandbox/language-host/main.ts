import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { languageHost } from "./host";
import { serve } from "./serve";

/**
 * `pulumi-language-nodejs`: what the engine starts to run a program that is written for Node. It prints
 * the port it listens on and ends when the engine interrupts it or is gone.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { tracing: { type: "string" }, v: { type: "string" }, logtostderr: { type: "boolean" } },
  });
  const stopping = new AbortController();
  const tracing = typeof values["tracing"] === "string" ? values["tracing"] : "";
  const { implementation, idle } = languageHost(positionals.at(-1) ?? "", tracing, stopping.signal);
  const { port } = await serve(LanguageRuntimeService, implementation);
  process.stdout.write(`${port}\n`);

  const stop = () => {
    stopping.abort();
    void idle().then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // The engine holds the other end of this pipe: when it closes, the engine is gone, however it ended.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on("end", stop).on("error", stop).resume();
}

main().catch((error: unknown) => {
  process.stderr.write(`pulumi-language-nodejs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
