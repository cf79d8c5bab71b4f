// @ts-check
"use strict";

/**
 * Mocha's own `spec` report, and then the line that says how it ended: `12 passed, 0 failed`.
 *
 * A row of docs/coverage.md whose test stands in a spec that was run, and did not run and pass, is a failure, too. Where only
 * some tests were asked for (`--grep`), or the first failure ends the run (`--bail`), rows tell nothing.
 */

const path = require("node:path");
const { reporters, Runner } = require("mocha");

const ROOT = path.dirname(__dirname);

class ClosingLine extends reporters.Spec {
  /**
   * @param {import("mocha").Runner} runner
   * @param {import("mocha").MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    /** Rows without a test that passed. */
    this.unproved = 0;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const whole = options.grep === undefined && options.bail !== true;
      const rows = whole ? unprovedRows(runner.suite) : [];
      for (const { number, spec, title } of rows)
        process.stdout.write(
          `docs/coverage.md, ${number}: no test passed in ${spec} of the title: ${title}\n`,
        );
      this.unproved = rows.length;
      const { passes, failures } = this.stats;
      process.stdout.write(`${String(passes)} passed, ${String(failures + this.unproved)} failed\n`);
    });
  }

  /**
   * @override
   * @param {number} failures
   * @param {(failures: number) => void} end
   */
  done(failures, end) {
    end(failures + this.unproved);
  }
}

/** @param {import("mocha").Suite} suite */
function unprovedRows(suite) {
  // Mocha has loaded tsx by now, and not yet where a reporter is loaded.
  /** @type {typeof import("./coverage/rows")} */
  const { proved, readRows, titlePattern } = require("./coverage/rows");
  /** @type {Map<string, import("mocha").Test[]>} */
  const tests = new Map();
  suite.eachTest((test) => {
    const spec = path.relative(ROOT, test.file ?? "");
    tests.set(spec, [...(tests.get(spec) ?? []), test]);
  });
  return proved(readRows()).filter((row) => {
    const named = tests.get(row.spec)?.filter((test) => titlePattern(row).test(test.fullTitle()));
    return named !== undefined && (named.length === 0 || named.some((test) => !test.isPassed()));
  });
}

module.exports = ClosingLine;
