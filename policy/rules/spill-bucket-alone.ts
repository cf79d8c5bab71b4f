import { stackRule } from "../frame/rule";
import { dataOf, resultsOf, spillBucketName, spillsOf } from "../reading/buckets";
import { accountOf } from "../reading/account";

export const spillBucketAlone = stackRule({
  name: "spill-bucket-alone",
  summary: "A spill bucket serves nothing but spilling: who may read it reads whatever else lies there",
  severity: "high",
  requirements: ["R7", "R10", "R12"],
  references: [],
  remedy: "give the connectors of one producer a bucket that holds nothing else",
  subjects: spillsOf,
  *check(spill, _, stack) {
    const name = spillBucketName(spill);
    if (name.includes("*")) yield `the connector may spill into any bucket ("${name}")`;
    if (resultsOf(stack).some(({ bucket }) => bucket === name))
      yield `bucket ${name} also takes query results`;
    if (dataOf(stack).some(({ bucket }) => bucket === name))
      yield `bucket ${name} also holds data of a Glue table`;
    const account = accountOf(spill.resource);
    const owner = spill.bucket === undefined ? account : accountOf(spill.bucket.resource);
    // The connector checks that the bucket is of its own account.
    if (owner !== account)
      yield `bucket ${name} is in account ${owner ?? "unknown"}, the connector in ${account ?? "unknown"}`;
  },
});
