// @ts-check
"use strict";

/**
 * Shows an installation: on a terminal one line for each part, rewritten in place; elsewhere a line when
 * a part starts, waits, ends, and every 15 seconds in between.
 */

/** @typedef {import("../installation").Progress} Progress */

/** @typedef {{ title: string, state: Progress["state"], detail: string, since: number, until: number }} Line */

/** How often the lines are rewritten on a terminal, and how often plain text gives a sign of life, in milliseconds. */
const REWRITE = 200;
const SIGN_OF_LIFE = 15_000;

/** How much of a line of output is shown, in characters: pip puts all its packages into one. */
const LONGEST_DETAIL = 80;

/**
 * @param {object} output
 * @param {boolean} [output.isTTY]
 * @param {number | undefined} [output.columns]
 * @param {(text: string) => unknown} output.write
 * @param {() => number} [now] the time in milliseconds
 * @returns {{ report: (progress: Progress) => void, close: () => void }} `close` stops the clock and leaves
 *   the last state on the screen
 */
function createProgress(output, now = Date.now) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  const show = output.isTTY === true ? onTerminal(output, lines, now) : asText(output, lines, now);
  return {
    report: ({ part, title, state, detail }) => {
      const line = lines.get(part) ?? { title, state, detail, since: now(), until: 0 };
      lines.set(part, line);
      Object.assign(line, { state, detail, until: state === "done" || state === "failed" ? now() : 0 });
      show.changed(line);
    },
    close: show.close,
  };
}

/**
 * @param {{ write: (text: string) => unknown, columns?: number | undefined }} output
 * @param {Map<string, Line>} lines
 * @param {() => number} now
 */
function onTerminal(output, lines, now) {
  let drawn = 0;
  const draw = () => {
    const width = (output.columns ?? 80) - 1;
    const text = [...lines.values()].map((line) => `${describe(line, now()).slice(0, width)}\n`).join("");
    // Up to the first of our lines, and clear from there.
    output.write(`${drawn > 0 ? `\u001b[${String(drawn)}A` : ""}\u001b[0J${text}`);
    drawn = lines.size;
  };
  const clock = setInterval(draw, REWRITE);
  return {
    changed: () => undefined,
    close: () => {
      clearInterval(clock);
      if (lines.size > 0) draw();
    },
  };
}

/**
 * @param {{ write: (text: string) => unknown }} output
 * @param {Map<string, Line>} lines
 * @param {() => number} now
 */
function asText(output, lines, now) {
  const clock = setInterval(() => {
    for (const line of lines.values()) if (line.until === 0) output.write(`${describe(line, now())}\n`);
  }, SIGN_OF_LIFE);
  return {
    changed: (/** @type {Line} */ line) => {
      if (line.state !== "output") output.write(`${describe(line, now())}\n`);
    },
    close: () => {
      clearInterval(clock);
    },
  };
}

/**
 * @param {Line} line
 * @param {number} now
 */
function describe({ title, state, detail, since, until }, now) {
  const time = duration((until === 0 ? now : until) - since);
  switch (state) {
    case "started":
      return `  ${title}: installing, ${time}`;
    case "output":
      return `  ${title}: installing, ${time}  ${detail.trim().slice(0, LONGEST_DETAIL)}`;
    case "waiting":
      return `  ${title}: ${detail}, waiting, ${time}`;
    case "done":
      return `✓ ${title}: installed in ${time}`;
    case "failed":
      return `✗ ${title}: ${detail}, after ${time}`;
  }
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60
    ? `${String(seconds)} s`
    : `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
}

module.exports = { createProgress };
