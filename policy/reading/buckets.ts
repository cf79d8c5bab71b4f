/** Buckets with the settings that stand in resources of their own, and what a bucket is for. */
import { UnknownProperty } from "../frame/properties";
import type { Stack, StackResource } from "../frame/resource";
import { knownText, refersTo } from "./references";
import { types } from "./types";

export interface StackBucket {
  readonly resource: StackResource;
  /** The resources of a type that set something about this bucket. */
  readonly settings: (type: string) => readonly StackResource[];
}

export function bucketsOf(stack: Stack): readonly StackBucket[] {
  return stack.of(types.bucket).map((resource) => ({
    resource,
    settings: (type) => stack.of(type).filter((each) => refersTo(each, "bucket", resource, "bucket", "id")),
  }));
}

/** A function of the stack that spills, with the bucket where the stack makes that, too (R6). */
export interface Spill {
  readonly resource: StackResource;
  readonly bucket: StackBucket | undefined;
}

/** What AWS's connectors take their spill place from: a function's variables, or parameters of their application. */
const SPILL_PLACES: Readonly<Record<string, { readonly bucket: string; readonly prefix: string }>> = {
  [types.lambdaFunction]: {
    bucket: "environment.variables.spill_bucket",
    prefix: "environment.variables.spill_prefix",
  },
  [types.serverlessStack]: { bucket: "parameters.SpillBucket", prefix: "parameters.SpillPrefix" },
};

function spillPlace({ type }: StackResource): { readonly bucket: string; readonly prefix: string } {
  const place = SPILL_PLACES[type];
  if (place === undefined) throw new Error(`resources of type ${type} do not spill`);
  return place;
}

export function spillsOf(stack: Stack): readonly Spill[] {
  const buckets = bucketsOf(stack);
  return stack
    .of(...Object.keys(SPILL_PLACES))
    .filter((resource) => resource.inputs.has(spillPlace(resource).bucket))
    .map((resource) => ({
      resource,
      bucket: buckets.find((bucket) =>
        refersTo(resource, spillPlace(resource).bucket, bucket.resource, "bucket", "id"),
      ),
    }));
}

/** The name of the bucket that a function spills to. @throws CannotJudge while it is unknown. */
export function spillBucketName({ resource, bucket }: Spill): string {
  const named = bucket && knownText(bucket.resource, "bucket");
  return named ?? resource.inputs.text(spillPlace(resource).bucket) ?? "";
}

/** The prefix below which a function spills. @throws CannotJudge while it is unknown. */
export function spillPrefix({ resource }: Spill): string {
  return resource.inputs.text(spillPlace(resource).prefix) ?? "";
}

/** A place in S3. */
export interface Location {
  readonly bucket: string;
  /** Without a leading slash; may be empty. */
  readonly prefix: string;
}

/** `s3://bucket/prefix/`, undefined when the text is none. */
export function locationOf(text: string): Location | undefined {
  const [, bucket, prefix = ""] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

/** Where the workgroups of a stack write results. */
export function resultsOf(stack: Stack): readonly Location[] {
  return stack.of(types.workgroup).flatMap(({ inputs }) => {
    const location = inputs.text("configuration.resultConfiguration.outputLocation");
    return location === undefined ? [] : [locationOf(location)].filter((each) => each !== undefined);
  });
}

/** Where the Glue tables of a stack have their data. */
export function dataOf(stack: Stack): readonly Location[] {
  return stack.of(types.glueTable).flatMap(({ inputs }) => {
    try {
      const location = inputs.text("storageDescriptor.location");
      return location === undefined ? [] : [locationOf(location)].filter((each) => each !== undefined);
    } catch (error) {
      // A table whose place is unknown is judged once it is known; it widens no rule.
      if (error instanceof UnknownProperty) return [];
      throw error;
    }
  });
}
