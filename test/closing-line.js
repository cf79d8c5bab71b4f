// @ts-check
"use strict";

/** Mocha's own `spec` report, and then the line that says how it ended: `12 passed, 0 failed`. */

const { reporters, Runner } = require("mocha");

class ClosingLine extends reporters.Spec {
  /**
   * @param {import("mocha").Runner} runner
   * @param {import("mocha").MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      process.stdout.write(`${String(passes)} passed, ${String(failures)} failed\n`);
    });
  }
}

module.exports = ClosingLine;
