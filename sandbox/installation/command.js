// @ts-check
"use strict";

/** Runs the commands of an installation: output goes to a log file, an abort ends the whole process group. */

const { spawn } = require("node:child_process");
const { appendFileSync } = require("node:fs");

/** How long a command may take to end after it was asked to, in milliseconds. */
const GRACE = 3000;

/** How many lines of output an error carries. */
const TAIL = 15;

/** A command that could not be started, failed, or was interrupted. */
class CommandError extends Error {
  /**
   * @param {string} message
   * @param {readonly string[]} tail the last lines that the command printed
   */
  constructor(message, tail) {
    super(message);
    this.name = "CommandError";
    this.tail = tail;
  }
}

/**
 * Runs one command to its end.
 *
 * The command gets a process group of its own, so that ending it also ends the compilers and
 * downloaders that it started.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.log a file; the command and its output are appended to it
 * @param {AbortSignal} options.signal
 * @param {(line: string) => void} options.onLine gets each line of output as it comes
 * @param {(group: number) => void} [options.onStart] gets the id of the process group
 * @returns {Promise<string>} what it printed on standard output
 * @throws {CommandError} when it cannot be started, exits with another code than 0, or is aborted
 */
function run(program, args, { cwd, env, log, signal, onLine, onStart }) {
  return new Promise((resolve, reject) => {
    /** @type {string[]} */
    const tail = [];
    /** @param {string} fault */
    const fail = (fault) => {
      reject(new CommandError(signal.aborted ? "interrupted" : fault, tail));
    };
    if (signal.aborted) {
      fail("interrupted");
      return;
    }
    appendFileSync(log, `$ ${[program, ...args].join(" ")}\n`);

    const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const group = child.pid;
    if (group === undefined) {
      child.on("error", (error) => {
        fail(`${program} could not be started: ${error.message}`);
      });
      return;
    }
    onStart?.(group);

    /** @type {NodeJS.Timeout | undefined} */
    let killer;
    const end = () => {
      signalGroup(group, "SIGTERM");
      killer = setTimeout(() => {
        signalGroup(group, "SIGKILL");
      }, GRACE);
    };
    signal.addEventListener("abort", end, { once: true });

    let printed = "";
    let unfinished = "";
    /** @type {string | undefined} */
    let logFault;
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      try {
        appendFileSync(log, chunk);
      } catch (error) {
        logFault ??= `the log cannot be written: ${/** @type {Error} */ (error).message}`;
      }
      const lines = (unfinished + chunk.toString()).split(/\r?\n|\r/);
      unfinished = lines.pop() ?? "";
      for (const line of lines) tell(line);
    };
    /** @param {string} line */
    const tell = (line) => {
      if (line.trim() === "") return;
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      onLine(line);
    };
    child.stdout.on("data", (/** @type {Buffer} */ chunk) => {
      printed += chunk.toString();
      take(chunk);
    });
    child.stderr.on("data", take);
    child.on("close", (code, endedBy) => {
      signal.removeEventListener("abort", end);
      clearTimeout(killer);
      tell(unfinished);
      if (code !== 0) fail(`${program} ended with ${endedBy ?? `exit code ${String(code)}`}`);
      else if (signal.aborted || logFault !== undefined) fail(logFault ?? "interrupted");
      else resolve(printed);
    });
  });
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // ESRCH: it has ended by itself in the meantime.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

module.exports = { run, CommandError };
