// @ts-check
"use strict";

/** A folder of the cache: made beside its place and renamed when whole, by one process at a time. */

const fs = require("node:fs");
const path = require("node:path");
const { withLock } = require("./lock");

/**
 * Makes `folder` unless it is there already.
 *
 * @param {string} folder
 * @param {object} options
 * @param {() => boolean} options.isWhole whether the folder in its place can be used
 * @param {(partial: string, also: (group: number) => void) => Promise<void>} options.make fills an empty
 *   folder; `also` takes the process groups it starts
 * @param {AbortSignal} options.signal
 * @param {(holder: number) => void} options.onWait called when another process is at it
 * @returns {Promise<boolean>} whether this process made it
 */
async function ensureFolder(folder, { isWhole, make, signal, onWait }) {
  if (isWhole()) return false;
  return withLock(`${folder}.lock`, { signal, onWait }, async (also) => {
    if (isWhole()) return false;
    const home = path.dirname(folder);
    const leftover = `${path.basename(folder)}.partial`;
    for (const name of fs.readdirSync(home).filter((n) => n.startsWith(leftover)))
      remove(path.join(home, name));

    const partial = fs.mkdtempSync(`${folder}.partial-`);
    try {
      await make(partial, also);
      // What is there is not whole: an older make, broken from outside.
      remove(folder);
      fs.renameSync(partial, folder);
    } catch (error) {
      remove(partial);
      if (isWhole()) return false;
      throw error;
    }
    return true;
  });
}

/** @param {string} folder */
function remove(folder) {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

module.exports = { ensureFolder };
