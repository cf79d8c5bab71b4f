// @ts-check
"use strict";

/**
 * Loaded into each program before it starts.
 *
 * Pulumi prints a program's unhandled error with `util.inspect(error, { colors: true })`. In Node 20.20 that
 * loops until the memory is full (a minute, gigabytes) when a line of the stack reads
 * `node_modules/@scope/file`, as those of @pulumi/pulumi do once they are mapped to its sources. Without
 * colors the loop is never entered.
 */

const util = require("node:util");

util.inspect = new Proxy(util.inspect, {
  apply: (inspect, self, /** @type {[unknown, import("node:util").InspectOptions | undefined]} */ args) => {
    const [value, options] = args;
    if (!(value instanceof Error) || options?.colors !== true) return Reflect.apply(inspect, self, args);
    return inspect(value, { ...options, colors: false });
  },
});
