// @ts-check
"use strict";
// The engine starts policy packs with ts-node in front, which knows no tsconfig here; the sources run as everywhere else.
// @ts-expect-error tsx ships no types for this entry
require("tsx/cjs");
require("./pack");
