import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const outputLocation = resourceRule({
  name: "output-location",
  summary: "Query results go to `s3://bucket/prefix/`",
  severity: "medium",
  requirements: ["R93"],
  references: [],
  remedy: "write s3://<bucket>/<prefix>/, with a slash at the end",
  types: [types.workgroup],
  *check({ inputs }) {
    const location = inputs.text("configuration.resultConfiguration.outputLocation");
    const managed = inputs.flag("configuration.managedQueryResultsConfiguration.enabled");
    if (location === undefined) {
      if (!managed) yield "the workgroup has no output location, so that each client chooses one";
    } else if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:[^/]+\/)*$/.test(location))
      yield `"${location}" is no output location`;
  },
});
