import { record } from "../call";
import { AwsError, notImplemented } from "../errors";
import type { WorkGroup } from "../state";
import type { AsCaller, Place } from "./as-caller";
import { isDenial } from "./errors";
import { bothKinds, checkResults, keepsResults } from "./workgroup";

type Settings = Readonly<Record<string, unknown>>;

const INVALID = "InvalidRequestException";

/** Where and how the result of a query is to be kept. */
export interface Output {
  /** `s3://bucket/prefix/`, always with the slash at its end. */
  readonly location: string;
  /** The settings beside the location, as GetQueryExecution shows them. */
  readonly settings: Settings;
}

/**
 * The output of a query: the workgroup's where it enforces its configuration, else what the client asks for and the
 * workgroup's where it does not ask. Undefined where Athena keeps results itself.
 *
 * @throws AwsError InvalidRequestException when there is none, or it cannot be used by the caller
 */
export async function outputOf(
  group: WorkGroup,
  client: Settings,
  caller: AsCaller,
): Promise<Output | undefined> {
  const { configuration } = group;
  checkResults(client);
  if (keepsResults(configuration)) {
    if (Object.keys(client).length > 0) throw bothKinds();
    return undefined;
  }
  const own = record(configuration, "ResultConfiguration") ?? {};
  const { OutputLocation, ...settings } =
    configuration["EnforceWorkGroupConfiguration"] === true ? own : { ...own, ...client };
  if (typeof OutputLocation !== "string" || OutputLocation === "") {
    throw new AwsError(
      INVALID,
      "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.",
      400,
      { AthenaErrorCode: "INVALID_INPUT" },
    );
  }
  if (record(settings, "EncryptionConfiguration")?.["EncryptionOption"] === "CSE_KMS")
    throw notImplemented(
      "athena",
      "StartQueryExecution",
      "with results encrypted by CSE_KMS is not served here",
    );
  const location = OutputLocation.endsWith("/") ? OutputLocation : `${OutputLocation}/`;
  await checkBucket(placeOf(location).bucket, settings["ExpectedBucketOwner"], caller);
  return { location, settings };
}

async function checkBucket(name: string, expectedOwner: unknown, caller: AsCaller): Promise<void> {
  const unusable = (why: string): AwsError =>
    new AwsError(INVALID, `Unable to verify/create output bucket ${name} (${why})`, 400, {
      AthenaErrorCode: "INVALID_INPUT",
    });
  let bucket;
  try {
    bucket = await caller.bucket(name);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw isDenial(error) || error.code === "NoSuchBucket" ? unusable(error.message) : error;
  }
  if (expectedOwner !== undefined && expectedOwner !== bucket.account)
    throw unusable(`it does not belong to the expected owner ${JSON.stringify(expectedOwner)}`);
  if (bucket.region !== caller.region) {
    throw new AwsError(
      INVALID,
      "The S3 location provided to save your query results is invalid. Please check your S3 location is correct and is in the same region and try again. If you continue to see the issue, contact customer support for further assistance.",
      400,
      { AthenaErrorCode: "INVALID_INPUT" },
    );
  }
}

/** The bucket and key in `s3://bucket/key`. */
export function placeOf(url: string): Place {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(url) ?? [];
  return { bucket, key };
}

/** The headers with which S3 keeps a result as the settings say. */
export function outputHeaders(settings: Settings): Record<string, string> {
  const { EncryptionOption, KmsKey } = record(settings, "EncryptionConfiguration") ?? {};
  const acl = record(settings, "AclConfiguration")?.["S3AclOption"];
  return {
    ...(EncryptionOption === "SSE_S3" ? { "x-amz-server-side-encryption": "AES256" } : {}),
    ...(EncryptionOption === "SSE_KMS"
      ? {
          "x-amz-server-side-encryption": "aws:kms",
          "x-amz-server-side-encryption-aws-kms-key-id": String(KmsKey),
        }
      : {}),
    ...(acl === "BUCKET_OWNER_FULL_CONTROL" ? { "x-amz-acl": "bucket-owner-full-control" } : {}),
  };
}
