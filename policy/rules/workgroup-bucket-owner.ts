import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

const RESULTS = "configuration.resultConfiguration";

export const workgroupBucketOwner = resourceRule({
  name: "workgroup-bucket-owner",
  summary:
    "A workgroup says whose the bucket for results is, so that results never go to a stranger's bucket of that name",
  severity: "medium",
  requirements: ["R42", "C22"],
  references: ["prowler s3_bucket_shadow_resource_vulnerability"],
  remedy: "set configuration.resultConfiguration.expectedBucketOwner to the bucket's account",
  types: [types.workgroup],
  *check({ inputs }) {
    const location = inputs.text(`${RESULTS}.outputLocation`);
    if (location !== undefined && inputs.text(`${RESULTS}.expectedBucketOwner`) === undefined)
      yield `the workgroup writes to ${location}, whoever owns it`;
  },
});
