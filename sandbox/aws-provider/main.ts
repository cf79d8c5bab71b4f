/**
 * `pulumi-resource-aws`: the engine starts it with its own address, reads the port from the first line on stdout and
 * then calls it over gRPC. One process is one provider instance.
 */
import { serve, type Serving } from "./server";

// The engine shows what a plugin writes to stderr to people, and there the SDK tells them which Node it will need next year.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** How often to look whether the engine is still there, in milliseconds. */
const lookInterval = 1_000;

/** A killed engine does not stop its plugins: what is under way is finished, then the process ends. */
function endWithParent(serving: Serving): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && serving.pending() === 0) process.exit(0);
  }, lookInterval).unref();
}

serve().then(
  (serving) => {
    process.stdout.write(`${serving.port}\n`);
    endWithParent(serving);
  },
  (error: unknown) => {
    process.stderr.write(`the aws provider cannot serve: ${String(error)}\n`);
    process.exit(1);
  },
);
