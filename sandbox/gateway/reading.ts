import type { Call } from "./call";

/** What operations that change nothing are called. The others are followed by a save. */
const READING =
  /^(Get|List|Describe|Head|Search|BatchGet|Lookup|Scan$|Query$|TransactGet|Decrypt|Encrypt|Verify|AssumeRole|Simulate)/;

/** True for an operation that changes nothing that must outlive a restart. */
export function isReading(operation: string): boolean {
  // A session must survive a restart: its key is in the gateway's state, and the handler says so itself.
  return READING.test(operation);
}

/** Operations on data: they change no policy, key or tag, whatever else they change. */
const DATA: Readonly<Record<string, RegExp>> = {
  dynamodb: /Item|Statement|Transaction/,
  kms: /^(GenerateDataKey|GenerateMac|GenerateRandom|ReEncrypt|Sign)/,
  lambda: /^Invoke/,
  sns: /^Publish/,
  s3: /^(DeleteObjects?|UploadPart(Copy)?|AbortMultipartUpload|PutObject(Acl|Tagging|Retention|LegalHold))$/,
};

/** True for an operation that leaves what decisions are made on as it was. */
export function isData({ service, operation, headers }: Call): boolean {
  // An object that brings a key of its own makes its bucket one with encrypted objects.
  if (service === "s3" && /^(PutObject|CopyObject|(Create|Complete)MultipartUpload)$/.test(operation)) {
    return headers["x-amz-server-side-encryption"] === undefined && operation !== "CompleteMultipartUpload";
  }
  return DATA[service]?.test(operation) === true;
}
