import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const workgroupCutoff = resourceRule<{ bytes: number }>({
  name: "workgroup-cutoff",
  summary: "A query stops when it has scanned what the workgroup allows",
  severity: "medium",
  requirements: ["R71", "R75", "L29"],
  references: [],
  remedy: "set configuration.bytesScannedCutoffPerQuery, for example to 10737418240 (10 GiB)",
  parameters: {
    bytes: {
      type: "integer",
      minimum: 10_485_760,
      description: "Most bytes that a query may scan",
      // 1 TiB, about five dollars at Athena's list price.
      default: 1_099_511_627_776,
    },
  },
  types: [types.workgroup],
  *check({ inputs }, { bytes }) {
    const cutoff = inputs.number("configuration.bytesScannedCutoffPerQuery");
    if (cutoff === undefined || cutoff <= 0) yield "the workgroup lets a query scan any number of bytes";
    else if (cutoff > bytes) yield `the workgroup lets a query scan ${cutoff} bytes, more than ${bytes}`;
  },
});
