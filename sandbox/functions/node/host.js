// @ts-check
"use strict";
/**
 * Runs a handler of a nodejs function, one invocation after the other, for the process that started it.
 *
 *     node host.js <handler>       in the folder of the function's code
 *
 * Invocations come and outcomes go by file 3, in the frames of sandbox/functions/frames.ts. Its end ends the process. What
 * is loaded and how, and what faults are called, is as in AWS's runtime (aws/aws-lambda-nodejs-runtime-interface-client).
 */
const { existsSync, readFileSync, statSync } = require("node:fs");
const { Socket } = require("node:net");
const path = require("node:path");
const { format, types } = require("node:util");

const ANSWER = 0;
const ERROR = 1;
const READY = 2;
const FAILED = 3;

const loadCommon = /** @type {(id: string) => unknown} */ (require);

const channel = new Socket({ fd: 3, readable: true, writable: true });

/** @typedef {{ requestId: string, functionArn: string, deadline: number, memory: number, logGroup: string, logStream: string, payload: Buffer }} Invocation */
/** @typedef {(event: unknown, context: object, callback: (error?: unknown, result?: unknown) => void) => unknown} Handler */

/** A fault that has a name of the runtime's own. */
class RuntimeFault extends Error {
  /** @param {string} name @param {string} message */
  constructor(name, message) {
    super(message);
    this.name = `Runtime.${name}`;
  }
}

/** The invocation that is being answered. @type {{ requestId: string, idle: () => void, fault: (error: unknown, then: () => void) => void } | undefined} */
let current;

/** @param {number} kind @param {string} text @param {() => void} [then] */
function write(kind, text, then) {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(payload.length, 1);
  channel.write(
    Buffer.concat([head, payload]),
    then &&
      (() => {
        then();
      }),
  );
}

/** @param {unknown} error */
function errorDocument(error) {
  if (types.isNativeError(error)) {
    const trace = typeof error.stack === "string" ? error.stack.split("\n") : [];
    return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace });
  }
  return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
}

/** A line as Lambda's log has it. @param {NodeJS.WriteStream} stream @param {string} level @param {string} text */
function log(stream, level, text) {
  stream.write(`${new Date().toISOString()}\t${current?.requestId ?? ""}\t${level}\t${text}\n`);
}

/** @param {string} name @param {NodeJS.WriteStream} stream */
function patchConsole(name, stream, level = name.toUpperCase()) {
  Object.defineProperty(console, name, {
    value: (/** @type {unknown[]} */ ...values) => {
      log(stream, level, format(...values));
    },
  });
}
for (const name of ["trace", "warn", "error"]) patchConsole(name, process.stderr);
for (const name of ["debug", "info"]) patchConsole(name, process.stdout);
patchConsole("log", process.stdout, "INFO");

/** @param {unknown} error */
function printFault(error) {
  log(process.stderr, "ERROR", errorDocument(error));
}

/** Whether .js files of a folder are ES modules. @param {string} folder @returns {boolean} */
function isModuleFolder(folder) {
  if (path.basename(folder) === "node_modules") return false;
  const file = path.join(folder, "package.json");
  if (existsSync(file)) {
    try {
      /** @type {unknown} */
      const read = JSON.parse(readFileSync(file, "utf8"));
      return /** @type {{ type?: unknown } | null} */ (read)?.type === "module";
    } catch {
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent !== folder && isModuleFolder(parent);
}

/** @param {string} module path without extension @returns {Promise<unknown>} */
async function load(module) {
  if (existsSync(module) && statSync(module).isFile()) return loadCommon(module);
  const isModule = isModuleFolder(path.dirname(module));
  if (!isModule && existsSync(`${module}.js`)) return loadCommon(`${module}.js`);
  for (const extension of isModule ? [".js", ".mjs"] : [".mjs"])
    if (existsSync(module + extension)) return /** @type {Promise<unknown>} */ (import(module + extension));
  if (existsSync(`${module}.cjs`)) return loadCommon(`${module}.cjs`);
  return loadCommon(require.resolve(path.basename(module), { paths: [process.cwd(), path.dirname(module)] }));
}

/** @param {string} name `folder/module.object.function` @returns {Promise<Handler>} */
async function handlerOf(name) {
  if (name.includes(".."))
    throw new RuntimeFault(
      "MalformedHandlerName",
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  const base = path.basename(name);
  const dot = base.indexOf(".");
  if (dot === -1) throw new RuntimeFault("MalformedHandlerName", "Bad handler");
  const module = path.resolve(process.cwd(), name.slice(0, name.length - base.length), base.slice(0, dot));
  /** @type {unknown} */
  let found;
  try {
    found = await load(module);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeFault("UserCodeSyntaxError", String(error));
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")
      throw new RuntimeFault("ImportModuleError", String(error));
    throw error;
  }
  for (const key of base.slice(dot + 1).split("."))
    found = /** @type {Record<string, unknown> | null | undefined} */ (found)?.[key];
  if (!found) throw new RuntimeFault("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof found !== "function") throw new RuntimeFault("HandlerNotFound", `${name} is not a function`);
  return /** @type {Handler} */ (found);
}

/** Answers one invocation. @param {Handler} handler @param {Invocation} invocation */
function invoke(handler, { requestId, functionArn, deadline, memory, logGroup, logStream, payload }) {
  let answered = false;
  let waits = true;
  let called = false;
  const isAsync = handler.constructor.name === "AsyncFunction";

  /** @param {number} kind @param {string} text @param {() => void} [then] */
  const answer = (kind, text, then) => {
    if (answered) return;
    answered = true;
    current = undefined;
    channel.ref();
    write(kind, text, then);
  };
  /** @param {unknown} error @param {() => void} [then] */
  const fail = (error, then) => {
    if (answered) return;
    printFault(error);
    answer(ERROR, errorDocument(error), then);
  };
  /** @param {unknown} result */
  const succeed = (result) => {
    try {
      answer(ANSWER, JSON.stringify(result === undefined ? null : result));
    } catch (error) {
      fail(new Error(`Unable to stringify response body: ${String(error)}`));
    }
  };
  /** @type {() => void} */
  let whenIdle = () => {
    if (isAsync)
      fail(
        new RuntimeFault(
          "NodeJsExit",
          "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled.",
        ),
      );
    else succeed(null);
  };
  /** The first call counts. @param {(error: unknown, result: unknown) => void} what */
  const once = (what) => (/** @type {unknown} */ error, /** @type {unknown} */ result) => {
    if (called) return;
    called = true;
    what(error, result);
  };
  const callback = once((error, result) => {
    if (error !== undefined && error !== null) fail(error);
    else if (waits)
      whenIdle = () => {
        succeed(result);
      };
    else succeed(result);
  });
  const done = once((error, result) => {
    if (error !== undefined && error !== null) fail(error);
    else succeed(result);
  });
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
    done,
    succeed: (/** @type {unknown} */ result) => {
      done(null, result);
    },
    fail: (/** @type {unknown} */ error) => {
      done(error ?? "handled", undefined);
    },
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memory),
    logGroupName: logGroup,
    logStreamName: logStream,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  current = {
    requestId,
    idle: () => {
      whenIdle();
    },
    fault: (error, then) => {
      if (answered) then();
      else fail(error, then);
    },
  };
  // From here on the process is idle when the handler is.
  channel.unref();
  try {
    const text = payload.toString("utf8");
    const result = handler(text === "" ? {} : JSON.parse(text), context, callback);
    if (typeof (/** @type {PromiseLike<unknown> | null | undefined} */ (result)?.then) === "function")
      /** @type {PromiseLike<unknown>} */ (result).then(context.succeed, context.fail);
  } catch (error) {
    called = true;
    fail(error);
  }
}

/** Cuts invocations out of what comes. @param {(invocation: Invocation) => void} take */
function listen(take) {
  let held = Buffer.alloc(0);
  channel.on("data", (chunk) => {
    held = Buffer.concat([held, chunk]);
    let at = 0;
    const text = () => {
      const length = held.readUInt16BE(at);
      at += 2 + length;
      if (at > held.length) throw new RangeError("there is more to come");
      return held.toString("utf8", at - length, at);
    };
    try {
      const requestId = text();
      const functionArn = text();
      const deadline = Number(held.readBigInt64BE(at));
      const memory = held.readInt32BE(at + 8);
      at += 12;
      const logGroup = text();
      const logStream = text();
      const length = held.readInt32BE(at);
      if (held.length < at + 4 + length) return;
      const payload = held.subarray(at + 4, at + 4 + length);
      held = held.subarray(at + 4 + length);
      take({ requestId, functionArn, deadline, memory, logGroup, logStream, payload });
    } catch (error) {
      // The rest of the frame is on its way.
      if (!(error instanceof RangeError)) throw error;
    }
  });
}

async function main() {
  channel.on("end", () => process.exit(0));
  channel.on("error", () => process.exit(0));
  process.on("beforeExit", () => current?.idle());
  const name = process.argv[2] ?? "";
  /** @type {Handler} */
  let handler;
  try {
    handler = await handlerOf(name);
  } catch (error) {
    printFault(error);
    write(FAILED, errorDocument(error), () => process.exit(1));
    return;
  }
  /** @param {unknown} error @param {number} code */
  const die = (error, code) => {
    if (current === undefined) {
      printFault(error);
      process.exit(code);
    }
    current.fault(error, () => process.exit(code));
  };
  process.on("uncaughtException", (error) => {
    die(error, 129);
  });
  process.on("unhandledRejection", (reason) => {
    die(new RuntimeFault("UnhandledPromiseRejection", String(reason)), 128);
  });
  listen((invocation) => {
    invoke(handler, invocation);
  });
  write(READY, "");
}

void main();
