import { principalArn } from "../principal";
import type { Context, Handlers } from "../context";
import { AwsError } from "../errors";
import { invalidPrincipal } from "../named-principals";

/** Since April 2023 every new bucket has these (S3 user guide, "Default settings for new buckets"). */
const BLOCK_PUBLIC_ACCESS =
  '<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>" +
  "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>" +
  "</PublicAccessBlockConfiguration>";
const BUCKET_OWNER_ENFORCED =
  '<OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";

/** A condition with one of these and a fixed value makes a statement for everybody not public (S3 user guide, "The meaning of public"). */
const NARROWING_KEYS = new Set(
  [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
  ].map((key) => key.toLowerCase()),
);

export const s3: Handlers = {
  async CreateBucket(context) {
    const answer = await context.forward();
    if (answer.status === 200) {
      const { cloud, call, principal } = context;
      const bucket = `/${call.labels["Bucket"] ?? ""}`;
      // us-east-1 answers 200 for a bucket that the caller has already: its settings are not new.
      const settled = await cloud.moto.s3(principal.account, "GET", `${bucket}?publicAccessBlock`);
      if (settled.status === 404) {
        await cloud.moto.s3(principal.account, "PUT", `${bucket}?publicAccessBlock`, BLOCK_PUBLIC_ACCESS);
        await cloud.moto.s3(principal.account, "PUT", `${bucket}?ownershipControls`, BUCKET_OWNER_ENFORCED);
      }
    }
    return answer;
  },

  async PutBucketPolicy(context) {
    const { cloud, call, principal } = context;
    const document = call.body?.toString("utf8") ?? "";
    if ((await invalidPrincipal(document, cloud.identities)) !== undefined) {
      throw new AwsError("MalformedPolicy", "Invalid principal in policy");
    }
    if (isPublic(document) && (await blocksPublicPolicy(context))) {
      throw new AwsError(
        "AccessDenied",
        `User: ${principalArn(principal)} is not authorized to perform: s3:PutBucketPolicy on resource: ` +
          `"arn:aws:s3:::${call.labels["Bucket"] ?? ""}" because public policies are blocked by the ` +
          "BlockPublicPolicy block public access setting.",
        403,
      );
    }
    return context.forward();
  },
};

async function blocksPublicPolicy({ cloud, call, owner }: Context): Promise<boolean> {
  const path = `/${call.labels["Bucket"] ?? ""}?publicAccessBlock`;
  const { status, text } = await cloud.moto.s3(owner, "GET", path);
  return status === 200 && /<BlockPublicPolicy>true<\/BlockPublicPolicy>/i.test(text);
}

/** True when a statement allows everybody something, without a condition that narrows it to fixed values. */
function isPublic(document: string): boolean {
  let statements: unknown;
  try {
    statements = (JSON.parse(document) as { Statement?: unknown } | null)?.Statement;
  } catch {
    return false;
  }
  return (Array.isArray(statements) ? statements : [statements]).some((statement: unknown) => {
    const { Effect, Principal, Condition } = (statement ?? {}) as Record<string, unknown>;
    return Effect === "Allow" && namesEverybody(Principal) && !isNarrowed(Condition);
  });
}

function namesEverybody(principal: unknown): boolean {
  if (principal === "*") return true;
  const named = (principal as { AWS?: unknown } | null | undefined)?.AWS;
  return named === "*" || (Array.isArray(named) && named.includes("*"));
}

function isNarrowed(condition: unknown): boolean {
  return Object.entries((condition ?? {}) as Record<string, Record<string, unknown>>).some(
    ([operator, keys]) =>
      !/Not|IfExists$|^ForAllValues|^Null$/.test(operator) &&
      Object.entries(keys).some(
        ([key, values]) =>
          NARROWING_KEYS.has(key.toLowerCase()) &&
          [values].flat().every((value) => !String(value).includes("*") || isFixedArn(key, String(value))),
      ),
  );
}

/** An ARN pattern is fixed enough when it names an account or is below a fixed prefix of one. */
function isFixedArn(key: string, value: string): boolean {
  return /Arn$/i.test(key) && /^arn:aws[a-z-]*:[a-z0-9-]+:[^:]*:\d{12}:/.test(value);
}
