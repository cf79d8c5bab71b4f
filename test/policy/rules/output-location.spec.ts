import { outputLocation } from "../../../policy/rules/output-location";
import { workgroup, workgroupWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

const writing = (location?: string) => workgroupWith({ resultConfiguration: { outputLocation: location } });
const bad = (location: string) =>
  [writing(location), [`workgroup: "${location}" is no output location`]] as const;

ruleSpec({
  rule: outputLocation,
  passes: {
    "a workgroup of ours": [workgroup],
    "seed 003's good example (R93)": writing("s3://analytics-prod/athena/results/"),
    "a whole bucket": writing("s3://analytics-prod/"),
    "results that Athena keeps itself": workgroupWith({
      resultConfiguration: undefined,
      managedQueryResultsConfiguration: { enabled: true },
    }),
  },
  fails: {
    "seed 003's example without a slash at the end": bad("s3://analytics-prod/athena/results"),
    "seed 003's example with a URL": bad("https://s3.amazonaws.com/analytics-prod/athena/results/"),
    "a prefix that is empty": bad("s3://analytics-prod//results/"),
    "a bucket that is none": bad("s3://Analytics/"),
    "no place": [
      writing(),
      ["workgroup: the workgroup has no output location, so that each client chooses one"],
    ],
    "an unknown place": [
      writing(UNKNOWN),
      [unknown("workgroup", "configuration.resultConfiguration.outputLocation")],
    ],
  },
});
