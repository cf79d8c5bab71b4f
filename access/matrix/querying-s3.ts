/** What a role that queries may read of the data in S3, and where it writes results (R58, R93, R94, C6, C22). */
import { bucketArn } from "../arn";
import {
  dataOf,
  type Place,
  resultsBucketName,
  resultsBuckets,
  resultsPlace,
  sampleDataBucketName,
} from "../names";
import type { SpokeRequest } from "../request";
import { splitS3Location } from "../written";
import { type Cast, keysOutside } from "./cast";
import {
  type Check,
  type Circumstances,
  type Expectation,
  requests,
  type ResourcesPolicies,
  rowWriter,
  type Thing,
} from "./expectation";
import type { Querying } from "./querying";

const BUCKET_WRITES = [
  "DeleteBucket",
  "PutBucketPolicy",
  "DeleteBucketPolicy",
  "PutBucketAcl",
  "PutLifecycleConfiguration",
  "PutEncryptionConfiguration",
  "PutBucketPublicAccessBlock",
].map((name) => `s3:${name}`);

/** What results ask for of their bucket, and of themselves (R58). */
export const RESULTS_BUCKET = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];
export const RESULTS_OBJECTS = [
  "s3:AbortMultipartUpload",
  "s3:GetObject",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
];

/** Buckets of data and results that were there before. */
export function existingBuckets(request: SpokeRequest): Thing[] {
  const { region, account } = request;
  const made = new Set([resultsBucketName(request), sampleDataBucketName(request)]);
  const buckets = new Set([...dataPlaces(request).map(({ bucket }) => bucket), ...resultsBuckets(request)]);
  return [...buckets]
    .filter((bucket) => !made.has(bucket))
    .map((bucket) => ({
      kind: "bucket",
      arn: bucketArn(region, bucket),
      account,
      words: `the bucket ${bucket}`,
      madeBy: "others",
    }));
}

function dataPlaces(request: SpokeRequest): Place[] {
  return dataOf(request).flatMap(({ prefixes }) =>
    prefixes.map((prefix) => ({ account: request.account, ...splitS3Location(prefix) })),
  );
}

/** Whose policies speak for a bucket: its own. */
export const own = (region: string, bucket: string): ResourcesPolicies => ({ at: bucketArn(region, bucket) });

export function data(cast: Cast, request: SpokeRequest, { party, id }: Querying): Expectation[] {
  const { region } = cast;
  const { account } = request;
  const places = dataPlaces(request);
  const resultsAt = resultsPlace(request);
  const { may, mayNot } = rowWriter(`${id}/data`, ["R58", "C6"]);
  const ask = (
    actions: readonly string[],
    { bucket }: Pick<Place, "bucket">,
    key: string | undefined,
    more: Partial<Circumstances> = {},
  ) =>
    requests(region, actions, [bucketArn(region, bucket, key)], {
      resourceAccount: account,
      policies: own(region, bucket),
      ...more,
    });
  const buckets = [...new Set(places.map(({ bucket }) => bucket))].map((bucket) => ({
    bucket,
    prefixes: [...places, ...(resultsAt === undefined ? [] : [resultsAt])]
      .filter((place) => place.bucket === bucket)
      .map(({ prefix }) => prefix),
  }));
  // Of a bucket that also takes results every name may be listed.
  const onlyData = buckets.filter(({ bucket }) => bucket !== resultsAt?.bucket);
  const outside = (each: (typeof buckets)[number], actions: readonly string[]): Check[] =>
    keysOutside(each.prefixes).flatMap((key) => ask(actions, each, key));
  const otherBucket = "another-bucket-of-the-spoke";
  if (places.length === 0) return [];
  return [
    may(
      "locate",
      party,
      "ask where the data's buckets are",
      buckets.flatMap((each) => ask(["s3:GetBucketLocation"], each, undefined)),
    ),
    may(
      "list",
      party,
      "list the data's prefixes",
      places.flatMap((place) =>
        ask(["s3:ListBucket"], place, undefined, {
          context: { "s3:prefix": `${place.prefix}part` },
          ...(place.bucket === resultsAt?.bucket
            ? {}
            : {
                bound: {
                  identity: {
                    "s3:prefix": places
                      .filter(({ bucket }) => bucket === place.bucket)
                      .map(({ prefix }) => `${prefix}*`),
                  },
                },
              }),
        }),
      ),
      ["R60"],
    ),
    may(
      "read",
      party,
      "read the data's objects",
      places.flatMap((place) =>
        ask(["s3:GetObject"], place, `${place.prefix}part-0`, {
          bound: { resources: [bucketArn(region, place.bucket, `${place.prefix}*`)] },
        }),
      ),
    ),
    ...(onlyData.length === 0
      ? []
      : [
          mayNot(
            "list-outside",
            party,
            "list the data's buckets without a prefix, or elsewhere",
            onlyData.flatMap((each) => [
              ...ask(["s3:ListBucket"], each, undefined),
              ...keysOutside(each.prefixes).flatMap((key) =>
                ask(["s3:ListBucket"], each, undefined, { context: { "s3:prefix": key } }),
              ),
            ]),
            ["R60"],
          ),
        ]),
    ...rowIfAny(
      buckets.flatMap((each) => outside(each, ["s3:GetObject"])),
      (checks) => mayNot("read-outside", party, "read other objects of the data's buckets", checks, ["R60"]),
    ),
    mayNot(
      "write",
      party,
      "write, delete or re-share data",
      places.flatMap((place) =>
        ask(
          ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"],
          place,
          `${place.prefix}part-0`,
        ),
      ),
      ["R94"],
    ),
    mayNot(
      "settings",
      party,
      "change the data's buckets",
      buckets.flatMap((each) => ask(BUCKET_WRITES, each, undefined)),
    ),
    mayNot(
      "other-buckets",
      party,
      "see another bucket of the spoke",
      [
        ...requests(region, ["s3:GetBucketLocation", "s3:ListBucket"], [bucketArn(region, otherBucket)], {
          resourceAccount: account,
          context: { "s3:prefix": places[0]?.prefix ?? "" },
        }),
        ...requests(
          region,
          ["s3:GetObject"],
          [bucketArn(region, otherBucket, `${places[0]?.prefix ?? ""}part-0`)],
          { resourceAccount: account },
        ),
      ],
      ["R60"],
    ),
  ];
}

function rowIfAny(checks: readonly Check[], row: (checks: readonly Check[]) => Expectation): Expectation[] {
  return checks.length === 0 ? [] : [row(checks)];
}

/** Of a role whose results Athena keeps: it writes nowhere, and reads results by its right to the workgroup. */
function noResults(
  { region }: Cast,
  request: SpokeRequest,
  { party, id }: Pick<Querying, "party" | "id">,
): Expectation[] {
  const { mayNot } = rowWriter(`${id}/results`, ["R71", "C6"]);
  const { account } = request;
  const bucket = resultsBucketName(request);
  return [
    mayNot("bucket", party, "write results into a bucket, since Athena keeps them", [
      ...requests(region, RESULTS_BUCKET, [bucketArn(region, bucket)], {
        resourceAccount: account,
        policies: "open",
      }),
      ...requests(region, RESULTS_OBJECTS, [bucketArn(region, bucket, "results/result.csv")], {
        resourceAccount: account,
        policies: "open",
      }),
    ]),
  ];
}

export function results(cast: Cast, request: SpokeRequest, { party, id, does }: Querying): Expectation[] {
  const { region, stranger } = cast;
  const place = resultsPlace(request);
  if (place === undefined) return noResults(cast, request, { party, id });
  const { may, mayNot } = rowWriter(`${id}/results`, ["R58", "R93"]);
  const bucket = bucketArn(region, place.bucket);
  const object = bucketArn(region, place.bucket, `${place.prefix}result.csv`);
  const identity = { "aws:resourceaccount": [place.account] };
  const here = { resourceAccount: place.account, policies: own(region, place.bucket) };
  const taken = { resourceAccount: stranger, policies: "open" } as const;
  const otherData = dataPlaces(request)
    .filter((each) => each.bucket === place.bucket)
    .map(({ prefix }) => prefix);
  return [
    may(
      "bucket",
      party,
      "use the bucket of its results",
      requests(region, does.results.bucket, [bucket], { ...here, bound: { identity } }),
    ),
    may(
      "objects",
      party,
      "write and read its results",
      requests(region, does.results.objects, [object], {
        ...here,
        bound: { identity, resources: [bucketArn(region, place.bucket, `${place.prefix}*`)] },
      }),
    ),
    mayNot(
      "stranger",
      party,
      "write results into a stranger's bucket that took the name",
      // Of a bucket that also holds data, anybody's may be located: it tells nothing.
      [
        ...requests(
          region,
          otherData.length === 0 ? RESULTS_BUCKET : RESULTS_BUCKET.slice(1),
          [bucket],
          taken,
        ),
        ...requests(region, RESULTS_OBJECTS, [object], taken),
      ],
      ["C22"],
    ),
    mayNot(
      "another-bucket",
      party,
      "write results into any other bucket named like one for results",
      requests(
        region,
        RESULTS_OBJECTS,
        [bucketArn(region, "aws-athena-query-results-proof", `${place.prefix}result.csv`)],
        taken,
      ),
      ["C22"],
    ),
    ...rowIfAny(
      keysOutside([place.prefix, ...otherData]).flatMap((key) =>
        requests(region, RESULTS_OBJECTS, [bucketArn(region, place.bucket, key)], here),
      ),
      (checks) => mayNot("outside", party, "write beside its results", checks, ["C6"]),
    ),
    mayNot("delete", party, "delete results or change their bucket", [
      ...requests(region, ["s3:DeleteObject", "s3:PutObjectAcl"], [object], here),
      ...requests(region, BUCKET_WRITES, [bucket], here),
    ]),
    mayNot("another-bucket-of-the-spoke", party, "write results into another bucket of the spoke", [
      ...requests(region, RESULTS_BUCKET, [bucketArn(region, "another-results-bucket")], {
        resourceAccount: place.account,
      }),
      ...requests(
        region,
        RESULTS_OBJECTS,
        [bucketArn(region, "another-results-bucket", `${place.prefix}result.csv`)],
        { resourceAccount: place.account },
      ),
    ]),
  ];
}
