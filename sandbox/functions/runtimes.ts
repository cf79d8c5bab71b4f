import path from "node:path";
import type { Command } from "./function-process";

/** Where Java and what it runs are. */
export interface JavaInstallation {
  /** The `java` of a JDK 17 or newer. */
  readonly java: string;
  /** The connector's jar and the compiled host. */
  readonly classPath: string;
}

/** What a command is made from. */
export interface RuntimeFunction {
  readonly handler: string;
  /** MB, as configured. */
  readonly memory: number;
  /** The folder with its code; undefined where the runtime has it. */
  readonly code?: string;
}

/** A way to run functions. */
export interface Runtime {
  /** Processes at a time. */
  readonly most: number;
  readonly command: (fn: RuntimeFunction) => Command;
}

const JVM_FLAGS = [
  "--add-opens=java.base/java.nio=ALL-UNNAMED",
  // Small and soon there: a connector's work is waiting for DynamoDB and writing blocks. It begins with what it needs, not with
  // a share of the machine's memory, and of 200,000 items it keeps 70 MB at most.
  "-Xms32m",
  "-Xmx320m",
  "-Xss512k",
  "-XX:+UseSerialGC",
  // The better compiler would cost a second of each start, and connectors live for minutes here.
  "-XX:TieredStopAtLevel=1",
  // Gives back what a large answer took, when the host asks for it.
  "-XX:MinHeapFreeRatio=10",
  "-XX:MaxHeapFreeRatio=30",
  "-XX:MaxDirectMemorySize=256m",
  "-Xshare:auto",
  "-Dfile.encoding=UTF-8",
];

/** AWS's connector in a JVM. Three at a time: each takes 200-400 MB. */
export function jvmRuntime({ java, classPath }: JavaInstallation): Runtime {
  return {
    most: 3,
    command: ({ handler }) => ({
      file: java,
      args: [...JVM_FLAGS, "-cp", classPath, "ConnectorHost", handler],
      frames: "standard",
    }),
  };
}

/** Processes of Node and of Python at a time: each takes 40-80 MB. */
const MOST_SCRIPTS = 6;

/** How much of a function's memory is for JavaScript's objects; the rest is for what else a process needs. */
const HEAP = 0.9;

/** Node's functions, in the Node that runs the sandbox. @param hosts the folder of this file's source */
export function nodeRuntime(hosts: string): Runtime {
  return {
    most: MOST_SCRIPTS,
    command: ({ handler, memory, code }) => ({
      file: process.execPath,
      args: [
        `--max-old-space-size=${Math.floor(memory * HEAP)}`,
        path.join(hosts, "node", "host.js"),
        handler,
      ],
      frames: "apart",
      ...(code === undefined ? {} : { folder: code }),
    }),
  };
}

/** Python's functions, in the Python given. @param hosts the folder of this file's source */
export function pythonRuntime(hosts: string, python: string): Runtime {
  return {
    most: MOST_SCRIPTS,
    command: ({ handler, code }) => ({
      file: python,
      // Without written byte code and buffers: the code's folder stays as it is, and what is printed is there at once.
      args: ["-B", "-u", path.join(hosts, "python", "host.py"), handler],
      frames: "apart",
      ...(code === undefined ? {} : { folder: code }),
    }),
  };
}
