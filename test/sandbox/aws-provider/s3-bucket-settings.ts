/** What the specs of a bucket's settings share. */
import type { Cloud } from "../../../sandbox/aws-provider/cloud";

/** Makes the bucket whose settings a spec is about. */
export function emptyBucket(Bucket: string): (cloud: Cloud) => Promise<unknown> {
  return async (cloud) => (await cloud.s3()).createBucket({ Bucket });
}
