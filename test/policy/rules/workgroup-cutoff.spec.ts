import { workgroupCutoff } from "../../../policy/rules/workgroup-cutoff";
import { workgroup, workgroupWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

const cutoff = (bytes?: number | string) => workgroupWith({ bytesScannedCutoffPerQuery: bytes });

ruleSpec({
  rule: workgroupCutoff,
  passes: {
    "a workgroup of ours (R71)": [workgroup],
    "the most that is allowed": cutoff(1_099_511_627_776),
  },
  fails: {
    "no cutoff": [cutoff(), ["workgroup: the workgroup lets a query scan any number of bytes"]],
    "a high one": [
      cutoff(1_099_511_627_777),
      ["workgroup: the workgroup lets a query scan 1099511627777 bytes, more than 1099511627776"],
    ],
    "a higher one than is configured": [
      [workgroup],
      ["workgroup: the workgroup lets a query scan 10737418240 bytes, more than 10485760"],
      { bytes: 10_485_760 },
    ],
    "an unknown one": [cutoff(UNKNOWN), [unknown("workgroup", "configuration.bytesScannedCutoffPerQuery")]],
  },
});
