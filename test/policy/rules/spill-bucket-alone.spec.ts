import { types } from "../../../policy/reading/types";
import { spillBucketAlone } from "../../../policy/rules/spill-bucket-alone";
import { PRODUCER, SPOKE } from "../../worlds";
import { spill, workgroup, workgroupWith } from "../stacks";
import { mutated, ruleSpec, UNKNOWN, unknown, without, type Written } from "../world";

const bucket = `dev-music-athena-spill-${PRODUCER}`;
const table: Written = {
  type: types.glueTable,
  name: "table",
  props: { name: "orders", storageDescriptor: { location: `s3://${bucket}/orders/` } },
};

ruleSpec({
  rule: spillBucketAlone,
  passes: {
    "a spill bucket beside a workgroup": [...spill, workgroup],
    "a bucket of elsewhere": without(spill, "spill"),
  },
  fails: {
    "query results in it": [
      [...spill, ...workgroupWith({ resultConfiguration: { outputLocation: `s3://${bucket}/results/` } })],
      [`connector: bucket ${bucket} also takes query results`],
    ],
    "data of a table in it": [
      [...spill, table],
      [`connector: bucket ${bucket} also holds data of a Glue table`],
    ],
    "any bucket": [
      mutated(spill, "connector", { environment: { variables: { spill_bucket: "*" } } }),
      ['connector: the connector may spill into any bucket ("*")'],
    ],
    "a bucket of another account": [
      spill.map((written) => (written.name === "connector" ? { ...written, account: SPOKE } : written)),
      [`connector: bucket ${bucket} is in account ${PRODUCER}, the connector in ${SPOKE}`],
    ],
    "an unknown bucket of elsewhere": [
      mutated(without(spill, "spill"), "connector", {
        environment: { variables: { spill_bucket: UNKNOWN } },
      }),
      [unknown("connector", "environment.variables.spill_bucket")],
    ],
  },
});
