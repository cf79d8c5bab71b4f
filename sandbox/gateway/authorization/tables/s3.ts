import type { ContextKeys } from "../../../../access/evaluate";
import type { Bucket, ObjectKey } from "../resources";
import { keyNeed } from "./kms";
import type { Asked, Need, Rule, Table } from "../need";
import { all, each } from "../need";

const HEADERS = [
  "x-amz-acl",
  "x-amz-copy-source",
  "x-amz-grant-full-control",
  "x-amz-grant-read",
  "x-amz-grant-read-acp",
  "x-amz-grant-write",
  "x-amz-grant-write-acp",
  "x-amz-metadata-directive",
  "x-amz-object-ownership",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
  "if-match",
  "if-none-match",
] as const;

const QUERY = {
  prefix: "prefix",
  delimiter: "delimiter",
  "max-keys": "max-keys",
  versionId: "versionid",
} as const;

/** The owner of a bucket; the caller for one that does not exist. */
async function ownerOf({ resources, account }: Asked, bucket: string): Promise<string> {
  return (await resources.bucket(bucket))?.account ?? account;
}

/** What S3 says of every request. Source: "Actions, resources, and condition keys for Amazon S3". */
function context({ call }: Asked, account: string): ContextKeys {
  const found: Record<string, string> = {
    "s3:ResourceAccount": account,
    "s3:TlsVersion": "1.3",
    "s3:signatureversion": "AWS4-HMAC-SHA256",
    "s3:authType": call.headers.authorization === undefined ? "REST-QUERY-STRING" : "REST-HEADER",
  };
  for (const name of HEADERS) {
    const value = call.headers[name];
    if (typeof value === "string") found[`s3:${name}`] = value;
  }
  const hash = call.headers["x-amz-content-sha256"];
  if (typeof hash === "string") found["s3:x-amz-content-sha256"] = hash;
  for (const [parameter, key] of Object.entries(QUERY)) {
    const value = call.query.get(parameter);
    if (value !== null) found[`s3:${key}`] = value;
  }
  // A listing without a prefix is one with an empty prefix, and conditions see it so.
  if (/^ListObject/.test(call.operation)) found["s3:prefix"] ??= "";
  const tags = call.headers["x-amz-tagging"];
  if (typeof tags !== "string") return found;
  const pairs = [...new URLSearchParams(tags)];
  return {
    ...found,
    ...(pairs.length === 0 ? {} : { "s3:RequestObjectTagKeys": pairs.map(([key]) => key) }),
    ...Object.fromEntries(pairs.map(([key, value]) => [`s3:RequestObjectTag/${key}`, value])),
  };
}

const onBucket =
  (action: string): Rule =>
  async (asked) => {
    const name = asked.call.labels["Bucket"] ?? "";
    const account = await ownerOf(asked, name);
    return [
      { action: `s3:${action}`, resource: `arn:aws:s3:::${name}`, account, context: context(asked, account) },
    ];
  };

/** An action on the object; with a version named, the action on versions. */
const onObject =
  (action: string, versioned = action): Rule =>
  async (asked) => {
    const { call } = asked;
    const name = call.labels["Bucket"] ?? "";
    const account = await ownerOf(asked, name);
    const resource = `arn:aws:s3:::${name}/${call.labels["Key"] ?? ""}`;
    const done = call.query.has("versionId") ? versioned : action;
    return [{ action: `s3:${done}`, resource, account, context: context(asked, account) }];
  };

const whenHeader =
  (header: string, action: string): Rule =>
  (asked) =>
    asked.call.headers[header] === undefined ? [] : onObject(action)(asked);

/**
 * What S3 asks of KMS for its caller: by service, for the object, or with a bucket key for the bucket (S3 user guide,
 * "Encryption context").
 */
async function keyUse(
  asked: Asked,
  bucket: Bucket,
  { key, bucketKey }: ObjectKey,
  action: string,
): Promise<Need[]> {
  const { call } = asked;
  // S3's own key is free to use for who may use the bucket.
  if (key === "" || key.endsWith("alias/aws/s3")) return [];
  const name = `arn:aws:s3:::${call.labels["Bucket"] ?? ""}`;
  return [
    await keyNeed({ ...asked, region: bucket.region }, key, action, {
      "aws:ViaAWSService": "true",
      "kms:ViaService": `s3.${bucket.region}.amazonaws.com`,
      "kms:EncryptionContextKeys": ["aws:s3:arn"],
      "kms:EncryptionContext:aws:s3:arn": bucketKey ? name : `${name}/${call.labels["Key"] ?? ""}`,
    }),
  ];
}

/** The key that a new object is going to be encrypted with: the request's, else the bucket's. */
const encrypting =
  (...actions: readonly string[]): Rule =>
  async (asked) => {
    const { headers, labels } = asked.call;
    const bucket = await asked.resources.bucket(labels["Bucket"] ?? "");
    if (bucket === null) return [];
    const algorithm = headers["x-amz-server-side-encryption"];
    const own = String(headers["x-amz-server-side-encryption-aws-kms-key-id"] ?? "");
    const key =
      algorithm === undefined ? (bucket.key ?? "") : String(algorithm).startsWith("aws:kms") ? own : "";
    // An alias or id of the bucket's default means one of its owner.
    const owner = algorithm === undefined ? bucket.account : asked.account;
    const named =
      key === "" || key.startsWith("arn:") ? key : `arn:aws:kms:${bucket.region}:${owner}:${asPath(key)}`;
    const said = headers["x-amz-server-side-encryption-bucket-key-enabled"];
    const bucketKey = said === undefined ? bucket.bucketKey : String(said).toLowerCase() === "true";
    const use = { key: named, bucketKey };
    return (await Promise.all(actions.map((action) => keyUse(asked, bucket, use, action)))).flat();
  };

function asPath(key: string): string {
  return key.startsWith("alias/") ? key : `key/${key}`;
}

/** The key that the object is encrypted with. */
const decrypting =
  (place: (asked: Asked) => { bucket: string; key: string }): Rule =>
  async (asked) => {
    const { bucket: name, key: path } = place(asked);
    const bucket = await asked.resources.bucket(name);
    if (bucket?.keyed !== true) return [];
    const { key, bucketKey } = (await asked.resources.keyOfObject(name, path)) ?? {
      key: "",
      bucketKey: false,
    };
    const named =
      key === "" || key.startsWith("arn:")
        ? key
        : `arn:aws:kms:${bucket.region}:${bucket.account}:${asPath(key)}`;
    return keyUse(
      { ...asked, call: { ...asked.call, labels: { Bucket: name, Key: path } } },
      bucket,
      { key: named, bucketKey },
      "kms:Decrypt",
    );
  };

const itself = ({ call }: Asked): { bucket: string; key: string } => ({
  bucket: call.labels["Bucket"] ?? "",
  key: call.labels["Key"] ?? "",
});

/** `x-amz-copy-source: /bucket/key?versionId=...`, encoded. */
function copySource({ call }: Asked): { bucket: string; key: string; version: boolean } {
  const given = String(call.headers["x-amz-copy-source"] ?? "").replace(/^\//, "");
  const [path = "", search = ""] = given.split("?");
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Then S3 will not find it.
  }
  const at = decoded.indexOf("/");
  return {
    bucket: at === -1 ? decoded : decoded.slice(0, at),
    key: at === -1 ? "" : decoded.slice(at + 1),
    version: search.startsWith("versionId="),
  };
}

const copied: Rule = async (asked) => {
  const { bucket, key, version } = copySource(asked);
  const account = await ownerOf(asked, bucket);
  const action = version ? "s3:GetObjectVersion" : "s3:GetObject";
  return [{ action, resource: `arn:aws:s3:::${bucket}/${key}`, account, context: context(asked, account) }];
};

/** Each object of DeleteObjects needs what its deletion alone would need. */
const deletedObjects: Rule = async (asked) => {
  const { call } = asked;
  const name = call.labels["Bucket"] ?? "";
  const account = await ownerOf(asked, name);
  const body = call.body?.toString("utf8") ?? "";
  const objects = [...body.matchAll(/<Object>([\s\S]*?)<\/Object>/g)].map(([, object = ""]): Need => {
    const key = unescaped(/<Key>([\s\S]*?)<\/Key>/.exec(object)?.[1] ?? "");
    const action = object.includes("<VersionId>") ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
    return { action, resource: `arn:aws:s3:::${name}/${key}`, account, context: context(asked, account) };
  });
  // A body in any other form than SDKs write is not understood here, so that it needs the right to delete everything.
  const strange = /<!|<[\w.-]+:|<(Object|Key|VersionId)[\s/]/.test(body);
  if (!strange && objects.length > 0 && objects.length === body.split("<Key>").length - 1) return objects;
  return [
    {
      action: "s3:DeleteObject",
      resource: `arn:aws:s3:::${name}/*`,
      account,
      context: context(asked, account),
    },
  ];
};

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(lt|gt|quot|apos|amp));/g, (whole, hex, decimal, name) => {
    if (typeof name === "string") return ENTITIES[name] ?? whole;
    const code = typeof hex === "string" ? parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

const written = all(
  onObject("PutObject"),
  whenHeader("x-amz-tagging", "PutObjectTagging"),
  whenHeader("x-amz-acl", "PutObjectAcl"),
  encrypting("kms:GenerateDataKey"),
);

/** A name that somebody else has already is S3's to refuse, not that bucket's policy's. */
const created: Rule = (asked) => [
  {
    action: "s3:CreateBucket",
    resource: `arn:aws:s3:::${asked.call.labels["Bucket"] ?? ""}`,
    account: asked.account,
    unguarded: true,
    context: context(asked, asked.account),
  },
];

/** Operations on a bucket's configuration, and what IAM calls the action. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  DeleteBucket: "DeleteBucket",
  HeadBucket: "ListBucket",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
  GetBucketLocation: "GetBucketLocation",
  GetBucketPolicy: "GetBucketPolicy",
  PutBucketPolicy: "PutBucketPolicy",
  DeleteBucketPolicy: "DeleteBucketPolicy",
  GetBucketPolicyStatus: "GetBucketPolicyStatus",
  GetBucketAcl: "GetBucketAcl",
  PutBucketAcl: "PutBucketAcl",
  GetBucketCors: "GetBucketCORS",
  PutBucketCors: "PutBucketCORS",
  DeleteBucketCors: "PutBucketCORS",
  GetBucketEncryption: "GetEncryptionConfiguration",
  PutBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  GetBucketLogging: "GetBucketLogging",
  PutBucketLogging: "PutBucketLogging",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  GetBucketOwnershipControls: "GetBucketOwnershipControls",
  PutBucketOwnershipControls: "PutBucketOwnershipControls",
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  GetBucketReplication: "GetReplicationConfiguration",
  PutBucketReplication: "PutReplicationConfiguration",
  DeleteBucketReplication: "PutReplicationConfiguration",
  GetBucketRequestPayment: "GetBucketRequestPayment",
  PutBucketRequestPayment: "PutBucketRequestPayment",
  GetBucketTagging: "GetBucketTagging",
  PutBucketTagging: "PutBucketTagging",
  DeleteBucketTagging: "PutBucketTagging",
  GetBucketVersioning: "GetBucketVersioning",
  PutBucketVersioning: "PutBucketVersioning",
  GetBucketWebsite: "GetBucketWebsite",
  PutBucketWebsite: "PutBucketWebsite",
  DeleteBucketWebsite: "DeleteBucketWebsite",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  PutBucketAccelerateConfiguration: "PutAccelerateConfiguration",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  PutObjectLockConfiguration: "PutBucketObjectLockConfiguration",
};

/** S3: buckets and objects. Access points, batch jobs and what else S3 has are not known here. */
export const s3: Table = {
  CreateBucket: created,
  ListBuckets: () => [{ action: "s3:ListAllMyBuckets", resource: "*" }],
  ...Object.fromEntries(
    Object.entries(CONFIGURATION).map(([operation, action]) => [operation, onBucket(action)]),
  ),
  ...each("GetObject HeadObject", all(onObject("GetObject", "GetObjectVersion"), decrypting(itself))),
  GetObjectAttributes: all(
    onObject("GetObject", "GetObjectVersion"),
    onObject("GetObjectAttributes", "GetObjectVersionAttributes"),
    decrypting(itself),
  ),
  PutObject: written,
  CreateMultipartUpload: all(written, encrypting("kms:Decrypt")),
  ...each("UploadPart CompleteMultipartUpload", onObject("PutObject")),
  CopyObject: all(written, copied, decrypting(copySource)),
  UploadPartCopy: all(onObject("PutObject"), copied, decrypting(copySource)),
  DeleteObject: onObject("DeleteObject", "DeleteObjectVersion"),
  DeleteObjects: deletedObjects,
  AbortMultipartUpload: onObject("AbortMultipartUpload"),
  ListParts: onObject("ListMultipartUploadParts"),
  GetObjectAcl: onObject("GetObjectAcl", "GetObjectVersionAcl"),
  PutObjectAcl: onObject("PutObjectAcl", "PutObjectVersionAcl"),
  GetObjectTagging: onObject("GetObjectTagging", "GetObjectVersionTagging"),
  PutObjectTagging: onObject("PutObjectTagging", "PutObjectVersionTagging"),
  DeleteObjectTagging: onObject("DeleteObjectTagging", "DeleteObjectVersionTagging"),
  GetObjectRetention: onObject("GetObjectRetention"),
  PutObjectRetention: onObject("PutObjectRetention"),
  GetObjectLegalHold: onObject("GetObjectLegalHold"),
  PutObjectLegalHold: onObject("PutObjectLegalHold"),
};
