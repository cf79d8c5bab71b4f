/** Mutants that no row can catch, because they decide as the original does: each kind with the reason. */
import { productLinks } from "../../access/mesh/consumed";
import { dataOf, resultsBuckets } from "../../access/names";
import type { Configuration } from "../access/configurations";
import type { Mutant } from "./mutants";

export interface Equivalent<About = void> {
  readonly reason: string;
  readonly covers: (mutant: Mutant, about: About) => boolean;
}

const hasData = ({ request }: Configuration) => dataOf(request).length > 0;
const hasLinks = ({ request, environment }: Configuration) => productLinks(request, environment).length > 0;
const readsDefault = ({ request }: Configuration) =>
  dataOf(request).some(({ database }) => database === "default");
const resultsBesideData = ({ request }: Configuration) =>
  resultsBuckets(request).some((bucket) =>
    dataOf(request).some(({ prefixes }) => prefixes.some((prefix) => prefix.startsWith(`s3://${bucket}/`))),
  );

/** Of the roles of `spokes bootstrap`: two statements of one document allow the same. */
export const bootstrapEquivalents: readonly Equivalent[] = (
  [
    [
      "FindTables and SampleTable both let look at the sample table",
      /^FindTables: deleted$|^SampleTable: action dynamodb:DescribeTable taken out$/,
    ],
    [
      "AthenaCatalogs and CreateCatalogs let do with a shared catalog what ManageSharedCatalogs does not",
      /^ManageSharedCatalogs: (actions widened to athena:\*|action athena:(Create|Get)DataCatalog taken out)$/,
    ],
    [
      "an alias takes no other actions than the three that NameKeys names",
      /^NameKeys: actions widened to kms:\*$/,
    ],
    [
      "Links and the statements by which Glue data is found both let look at the catalog",
      /^Links: (action glue:GetDatabase|resource \S+:catalog) taken out$/,
    ],
    [
      "a template's transform takes no other action than CreateChangeSet",
      /^TransformApplication: actions widened to cloudformation:\*$/,
    ],
    [
      "Functions and ReadFunctions both let look at a function's configuration",
      /^(Read)?Functions\d*: action lambda:GetFunctionConfiguration taken out$/,
    ],
    [
      "of any spoke: ReadBucketPolicies lets look at every bucket's policy",
      /^Buckets: action s3:GetBucketPolicy taken out$/,
    ],
    [
      "of any spoke: the pattern *dynamodb covers the connector's catalog",
      /^(Athena)?Catalogs: resource \S+:datacatalog\/acct1dynamodb taken out$/,
    ],
    [
      "of any spoke: databases of every name cover `default` and the links to products",
      /^GlueRead: resource \S+:(database\/\w+|table\/\w+\/\*) (taken out|widened to \S+:database\/\*)$/,
    ],
    [
      "of any spoke: ReadData lets read every bucket and object, whose pattern reaches over the slash",
      /^ReadData: resource arn:aws:s3:::\*\/\* taken out$|^WriteResults: action s3:(GetBucketLocation|GetObject|ListBucket) taken out$|^ReadSpill: (deleted|(resource|action) \S+ taken out)$/,
    ],
    [
      "of any spoke: tables of every name cover their indexes, whose pattern reaches over the slash",
      /^ReadTables: resource \S+:table\/\*\/index\/\* (taken out|widened to \S+:table\/\*)$/,
    ],
    [
      "ReadSpill and CheckSpillBucket both let list the spoke's own spill bucket",
      /^CheckSpillBucket: deleted$|^ReadSpill: resource arn:aws:s3:::dev-\S+-athena-spill-133333333333 taken out$/,
    ],
  ] as const
).map(([reason, changes]) => ({ reason, covers: ({ change }: Mutant) => changes.test(change) }));

export const equivalents: readonly Equivalent<Configuration>[] = [
  {
    reason:
      "AssumeRoleBByName lets Role A go on into listed roles, too, which are named so and of the organization",
    covers: ({ change }, { environment }) =>
      environment.formerRoleA === "pattern" && /^AssumeListedRoleB: resource \S+ taken out$/.test(change),
  },
  {
    reason:
      "a bucket's policy is only asked about that bucket and its objects, which the statement names both",
    covers: ({ change }) => change === "DenyInsecureTransport: resource widened to *",
  },
  {
    reason: "a key that is there has some value",
    covers: ({ change }) =>
      change === "NoNetworkByCode: condition Null lambda:SourceFunctionArn widened to any value",
  },
  {
    reason:
      "GlueRead or GlueReadLinks allows GetDatabase on the catalog as well, as soon as a database is named",
    covers: ({ change }, configuration) =>
      (hasData(configuration) || hasLinks(configuration)) &&
      /^GlueDefaultDatabase: resource [^ ]*:catalog taken out$/.test(change),
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
      (resultsBuckets(configuration.request).some(
        (bucket) => change === `LocateDataBuckets: resource arn:aws:s3:::${bucket} taken out`,
      ) ||
        change === "ResultsBucket: action s3:GetBucketLocation taken out"),
  },
];
