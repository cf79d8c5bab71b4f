/** Mutants that no row can catch, because they decide as the original does: each kind with the reason. */
import { resultsPlace } from "../../access/names";
import { dataOf } from "../../access/names";
import type { Configuration } from "../access/configurations";
import type { Mutant } from "./mutants";

interface Equivalent {
  readonly reason: string;
  readonly covers: (mutant: Mutant, configuration: Configuration) => boolean;
}

const hasData = ({ request }: Configuration) => dataOf(request).length > 0;
const readsDefault = ({ request }: Configuration) =>
  dataOf(request).some(({ database }) => database === "default");
const resultsBesideData = ({ request }: Configuration) => {
  const { bucket } = resultsPlace(request);
  return dataOf(request).some(({ prefixes }) =>
    prefixes.some((prefix) => prefix.startsWith(`s3://${bucket}/`)),
  );
};

export const equivalents: readonly Equivalent[] = [
  {
    reason:
      "a bucket's policy is only asked about that bucket and its objects, which the statement names both",
    covers: ({ change }) => change === "DenyInsecureTransport: resource widened to *",
  },
  {
    reason: "GlueRead allows GetDatabase on the catalog as well, as soon as a database is named",
    covers: ({ change }, configuration) =>
      hasData(configuration) && /^GlueDefaultDatabase: resource [^ ]*:catalog taken out$/.test(change),
  },
  {
    reason: "GlueRead allows GetDatabase on `default` as well, since the request names it",
    covers: ({ change }, configuration) =>
      readsDefault(configuration) &&
      (change === "GlueDefaultDatabase: deleted" ||
        /^GlueDefaultDatabase: resource [^ ]*:database\/default taken out$/.test(change)),
  },
  {
    reason: "ResultsBucket lets list the bucket as a whole, since results lie in the same bucket as data",
    covers: ({ change }, configuration) =>
      resultsBesideData(configuration) &&
      /^ListData3: (deleted|condition StringLike s3:prefix widened to any value)$/.test(change),
  },
  {
    reason:
      "LocateDataBuckets and ResultsBucket both let locate a bucket of data and results, which is the spoke's",
    covers: ({ change }, configuration) =>
      resultsBesideData(configuration) &&
      (change ===
        `LocateDataBuckets: resource arn:aws:s3:::${resultsPlace(configuration.request).bucket} taken out` ||
        change === "ResultsBucket: action s3:GetBucketLocation taken out"),
  },
];
