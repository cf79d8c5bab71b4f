// @ts-check
"use strict";

/**
 * Loads a bundled program together with the code that V8 compiled of it before, which halves the start of
 * the large ones. (Node 22 has `module.enableCompileCache` for this; Node 20 has not.)
 *
 *     node launch.js <program.js> [arguments]            run it
 *     node launch.js --record <program.js> [arguments]   run it until it prints its first line, and keep its
 *                                                        compiled code in <program.js>.cache
 */

const fs = require("node:fs");
const { createRequire, wrap } = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");

const isRecording = process.argv[2] === "--record";
const file = path.resolve(process.argv[isRecording ? 3 : 2] ?? "");
process.argv.splice(1, isRecording ? 3 : 2, file);

const cache = `${file}.cache`;
const cachedData = isRecording ? undefined : read(cache);
const script = new Script(wrap(fs.readFileSync(file, "utf8")), { filename: file, cachedData });

if (isRecording) {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (/** @type {string | Uint8Array} */ text) => {
    // Now all is compiled that a start takes.
    fs.writeFileSync(cache, script.createCachedData());
    write(text);
    process.exit(0);
  };
}

/** @typedef {(exports: unknown, require: NodeJS.Require, module: unknown, file: string, folder: string) => void} Program */

/** @type {unknown} */
const compiled = script.runInThisContext();
const program = /** @type {Program} */ (compiled);
program(exports, createRequire(file), module, file, path.dirname(file));

/** @param {string} name */
function read(name) {
  try {
    return fs.readFileSync(name);
  } catch {
    // It is only a shortcut.
    return undefined;
  }
}
