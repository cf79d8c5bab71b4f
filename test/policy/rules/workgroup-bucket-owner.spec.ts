import { workgroupBucketOwner } from "../../../policy/rules/workgroup-bucket-owner";
import { SPOKE } from "../../worlds";
import { workgroup, workgroupWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

const writing = (props: object) => workgroupWith({ resultConfiguration: props });

ruleSpec({
  rule: workgroupBucketOwner,
  passes: {
    "a workgroup of ours (C22)": [workgroup],
    "a workgroup that writes nowhere": writing({}),
  },
  fails: {
    "anybody's bucket": [
      writing({ outputLocation: "s3://b/r/" }),
      ["workgroup: the workgroup writes to s3://b/r/, whoever owns it"],
    ],
    "an unknown owner": [
      writing({ outputLocation: "s3://b/r/", expectedBucketOwner: UNKNOWN }),
      [unknown("workgroup", "configuration.resultConfiguration.expectedBucketOwner")],
    ],
    "an unknown place": [
      writing({ outputLocation: UNKNOWN, expectedBucketOwner: SPOKE }),
      [unknown("workgroup", "configuration.resultConfiguration.outputLocation")],
    ],
  },
});
