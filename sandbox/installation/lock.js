// @ts-check
"use strict";

/**
 * A lock file between processes of one user.
 *
 * It only spares double work: whatever is made under it is made in a folder of its own and renamed
 * into place, so two holders at once would be wasteful and not wrong. A holder that was killed is
 * noticed by its process id, a holder on another machine (a shared home folder) by its missing sign
 * of life.
 */

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

/** How often a holder touches its lock, and how long a lock counts without that, in milliseconds. */
const SIGN_OF_LIFE = 5000;
const STALE_AFTER = 60_000;

/** How often a waiting process looks again, in milliseconds. */
const LOOK_AGAIN = 250;

/**
 * Runs `work` while holding the lock `file`, waiting for its turn.
 *
 * @template T
 * @param {string} file
 * @param {object} options
 * @param {AbortSignal} options.signal gives up waiting
 * @param {(holder: number) => void} options.onWait called once, with the holder's process id
 * @param {(also: (group: number) => void) => Promise<T>} work `also` names a process group whose life
 *   keeps the lock, so that a command that outlives its killed holder is waited for
 * @returns {Promise<T>}
 */
async function withLock(file, { signal, onWait }, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = { pid: process.pid, host: os.hostname(), group: 0 };
  let waiting = false;
  while (!take(file, mine)) {
    const found = read(file);
    if (found === undefined) continue;
    if (!isAlive(found)) {
      remove(file, found.text);
      continue;
    }
    if (!waiting) onWait(found.pid);
    waiting = true;
    await sleep(LOOK_AGAIN, undefined, { signal });
  }

  const heart = setInterval(() => {
    touch(file);
  }, SIGN_OF_LIFE);
  try {
    return await work((group) => {
      mine.group = group;
      fs.writeFileSync(file, JSON.stringify(mine));
    });
  } finally {
    clearInterval(heart);
    fs.rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {object} mine
 */
function take(file, mine) {
  try {
    fs.writeFileSync(file, JSON.stringify(mine), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} file */
function touch(file) {
  try {
    fs.utimesSync(file, new Date(), new Date());
  } catch {
    // Gone with the cache folder, which somebody removed meanwhile: the work itself will say so.
  }
}

/**
 * @param {string} file
 * @returns {{ text: string, age: number, pid: number, host: string, group: number } | undefined} undefined: gone
 */
function read(file) {
  try {
    const text = fs.readFileSync(file, "utf8");
    const age = Date.now() - fs.statSync(file).mtimeMs;
    return { text, age, ...parse(text) };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param {string} text
 * @returns {{ pid: number, host: string, group: number }}
 */
function parse(text) {
  try {
    /** @type {unknown} */
    const parsed = JSON.parse(text);
    return /** @type {{ pid: number, host: string, group: number }} */ (parsed);
  } catch {
    // Its holder is between making and filling it, or was killed there.
    return { pid: 0, host: "", group: 0 };
  }
}

/** @param {{ age: number, pid: number, host: string, group: number }} lock */
function isAlive({ age, pid, host, group }) {
  if (pid === 0 || host !== os.hostname()) return age < STALE_AFTER;
  return (age < STALE_AFTER && exists(pid)) || (group !== 0 && exists(-group));
}

/** @param {number} pid */
function exists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Removes a dead holder's lock, but not the one that a faster process has put in its place meanwhile.
 *
 * @param {string} file
 * @param {string} text what the dead holder wrote
 */
function remove(file, text) {
  const aside = `${file}.dead-${String(process.pid)}`;
  try {
    fs.renameSync(file, aside);
    if (fs.readFileSync(aside, "utf8") !== text) fs.linkSync(aside, file);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

module.exports = { withLock };
