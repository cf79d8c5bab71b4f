import operationsFile from "./operations.json";

/** An operation found, with what its path says. */
export interface Route {
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Operations of a service whose SDK is not used here, as far as it is served. */
const WRITTEN = {
  serverlessrepo: {
    CreateCloudFormationChangeSet: "POST /applications/{ApplicationId}/changesets",
    GetApplication: "GET /applications/{ApplicationId}",
  },
} as const;

const OPERATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...operationsFile,
  ...WRITTEN,
};

/** True when AWS has the operation; undefined for a service whose operations the gateway does not know. */
export function isOperation(service: string, operation: string): boolean | undefined {
  const known = OPERATIONS[service];
  return known === undefined ? undefined : Object.hasOwn(known, operation);
}

/** True for the services whose operation is told by method and path. */
export function isRest(service: string): boolean {
  return REST[service] !== undefined;
}

interface Template {
  readonly operation: string;
  readonly segments: readonly string[];
  /** Names of query parameters that must be present: `policy` in `/?policy`. */
  readonly query: readonly string[];
  /** The last label takes all segments that are left: `{Key+}`. */
  readonly greedy: boolean;
}

const REST: Readonly<Record<string, Readonly<Record<string, readonly Template[]>>>> = Object.fromEntries(
  Object.entries(OPERATIONS)
    .filter(([, operations]) => Object.values(operations).some((route) => route !== ""))
    .map(([service, operations]) => [service, templates(operations)]),
);

function templates(operations: Readonly<Record<string, string>>): Record<string, Template[]> {
  const byMethod: Record<string, Template[]> = {};
  for (const [operation, route] of Object.entries(operations)) {
    const [method = "", target = ""] = route.split(" ");
    const [path = "", query = ""] = target.split("?");
    const names = query === "" ? [] : query.split("&").map((pair) => pair.split("=")[0] ?? "");
    (byMethod[method] ??= []).push({
      operation,
      segments: segmentsOf(path),
      query: names.filter((name) => name !== "x-id" && name !== "select-type"),
      greedy: path.includes("+}"),
    });
  }
  // Literal segments beat labels, and more query parameters beat fewer.
  for (const list of Object.values(byMethod)) {
    list.sort((a, b) => literals(b) - literals(a) || b.query.length - a.query.length);
  }
  return byMethod;
}

/** Query parameters that tell S3's operations apart: `policy`, `uploads`, ... */
const SUBRESOURCES: ReadonlySet<string> = new Set(
  Object.values(REST["s3"] ?? {}).flatMap((list) => list.flatMap(({ query }) => query)),
);

/** The operation of a REST request; undefined when the service has none there. `path` is as received (encoded). */
export function route(
  service: string,
  method: string,
  path: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, unknown>>,
): Route | undefined {
  return service === "s3" ? routeS3(method, path, query, headers) : find(service, method, path, query);
}

function find(service: string, method: string, path: string, query: URLSearchParams): Route | undefined {
  const segments = segmentsOf(path);
  for (const template of REST[service]?.[method] ?? []) {
    if (!template.query.every((name) => query.has(name))) continue;
    const labels = match(template, segments);
    if (labels !== undefined) return { operation: template.operation, labels };
  }
  return undefined;
}

/**
 * S3 puts the bucket before the path that its model describes, and tells some operations apart by things that are not
 * in the path.
 */
function routeS3(
  method: string,
  path: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, unknown>>,
): Route | undefined {
  // Of several, each reader would take another one.
  if ([...new Set(query.keys())].filter((name) => SUBRESOURCES.has(name)).length > 1) return undefined;
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
  if (bucket === "") return method === "GET" ? { operation: "ListBuckets", labels: {} } : undefined;
  const found = find("s3", method, `/${key}`, query);
  if (found === undefined) return undefined;
  // A key is all that follows the bucket, with the slash that it may end in.
  const named = found.labels["Key"] === undefined ? {} : { Key: decoded(key) };
  const labels = { ...found.labels, ...named, Bucket: decoded(bucket) };
  return { operation: s3Operation(found.operation, method, key, query, headers), labels };
}

function s3Operation(
  found: string,
  method: string,
  key: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, unknown>>,
): string {
  // Get...Configuration names one by id, List...Configurations has none.
  const listed =
    /^(?:Get|List)(Bucket(?:Analytics|IntelligentTiering|Inventory|Metrics)Configuration)s?$/.exec(found);
  if (listed !== null) return query.has("id") ? `Get${listed[1] ?? ""}` : `List${listed[1] ?? ""}s`;
  if (key === "") return found === "ListBuckets" || found === "ListDirectoryBuckets" ? "ListObjects" : found;
  const part = query.has("uploadId");
  const copied = headers["x-amz-copy-source"] !== undefined;
  const plain = [
    "AbortMultipartUpload",
    "DeleteObject",
    "GetObject",
    "ListParts",
    "CopyObject",
    "PutObject",
    "UploadPart",
    "UploadPartCopy",
  ];
  if (!plain.includes(found)) return found;
  if (method === "DELETE") return part ? "AbortMultipartUpload" : "DeleteObject";
  if (method === "GET") return part ? "ListParts" : "GetObject";
  return part ? (copied ? "UploadPartCopy" : "UploadPart") : copied ? "CopyObject" : "PutObject";
}

function match(template: Template, segments: readonly string[]): Record<string, string> | undefined {
  if (
    template.greedy
      ? segments.length < template.segments.length
      : segments.length !== template.segments.length
  ) {
    return undefined;
  }
  const labels: Record<string, string> = {};
  for (const [i, expected] of template.segments.entries()) {
    const label = /^\{(.+?)(\+?)\}$/.exec(expected);
    const given = segments[i] ?? "";
    if (label === null) {
      if (given !== expected) return undefined;
    } else {
      labels[label[1] ?? ""] = decoded(label[2] === "+" ? segments.slice(i).join("/") : given);
    }
  }
  return labels;
}

function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\//, "").replace(/\/$/, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

function literals(template: Template): number {
  return template.segments.filter((segment) => !segment.startsWith("{")).length;
}

/** A path segment decoded; one that is not valid stays as it is, and will not be found. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** AWS's names of a service's operations. */
export function operationsOf(service: string): readonly string[] {
  return Object.keys(OPERATIONS[service] ?? {});
}

/** Services whose SDK is not used here and whose paths are just the operation's name, in whatever case. */
const AT_PATH: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    lakeformation:
      "BatchGrantPermissions BatchRevokePermissions CreateLakeFormationOptIn DeleteLakeFormationOptIn DeregisterResource DescribeResource GetDataLakeSettings " +
      "GetEffectivePermissionsForPath GrantPermissions ListLakeFormationOptIns ListPermissions ListResources PutDataLakeSettings " +
      "RegisterResource RevokePermissions UpdateResource AddLFTagsToResource CreateLFTag DeleteLFTag GetLFTag " +
      "GetResourceLFTags ListLFTags RemoveLFTagsFromResource UpdateLFTag",
    ram:
      "AcceptResourceShareInvitation AssociateResourceShare CreateResourceShare DeleteResourceShare " +
      "DisassociateResourceShare EnableSharingWithAwsOrganization GetResourceShareAssociations " +
      "GetResourceShareInvitations GetResourceShares ListPrincipals ListResources ListResourceSharePermissions " +
      "RejectResourceShareInvitation TagResource UntagResource UpdateResourceShare",
  }).map(([service, names]) => [service, names.split(" ")]),
);

/** The operation of such a service at a path; undefined where it has none that is known. */
export function operationAtPath(service: string, path: string): string | undefined {
  const name = path.slice(1).toLowerCase();
  return AT_PATH.get(service)?.find((operation) => operation.toLowerCase() === name);
}
