#!/usr/bin/env node
// @ts-check
"use strict";
// The project runs from its TypeScript sources.
// @ts-expect-error tsx ships no types for this entry
require("tsx");
/** @type {typeof import("../cli")} */
const { main } = require("../cli");
void main(process.argv);
