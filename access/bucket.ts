/** Bucket policies: of the private buckets, and of a spill bucket that spokes read (R8, R12, L15). */
import { bucketArn, roleArn, rootArn } from "./arn";
import {
  type Condition,
  type PolicyDocument,
  policyDocument,
  policyText,
  type Principal,
  type Statement,
} from "./document";
import type { Environment } from "./environment";
import { InputError } from "./faults";
import { limits } from "./limits";
import { knownAnalysts, producerConnector, queryingRoles, reachableNames, spillBucketName } from "./names";

/** Denies plain HTTP. */
export function denyInsecureTransport(region: string, bucket: string): Statement {
  return {
    Sid: "DenyInsecureTransport",
    Effect: "Deny",
    // A deny for everybody and every action: nothing may pass in the clear.
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn(region, bucket), bucketArn(region, bucket, "*")],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** The policy of a bucket that only its own account uses: TLS only. */
export function privateBucketPolicy(region: string, bucket: string): PolicyDocument {
  return policyDocument(denyInsecureTransport(region, bucket));
}

/**
 * The policy of a producer's spill bucket: TLS only, and readers as `producerGrants` says (R12).
 *
 * S3 refuses principals that do not exist, so the principal is always an account or everybody of an organization, and a
 * condition narrows it to the roles.
 *
 * @throws InputError when the policy outgrows S3's limit; the remedy is `producerGrants: organization`.
 */
export function spillBucketPolicy(environment: Environment, producer: string): PolicyDocument {
  const spec = environment.producers[producer];
  const connectors = Object.keys(spec?.connectors ?? {}).map((name) =>
    producerConnector(environment, producer, name),
  );
  const { region } = environment;
  const bucket = spillBucketName(environment, producer);
  const readers = spillReaders(environment, producer);
  const document = policyDocument(
    denyInsecureTransport(region, bucket),
    readers && {
      Sid: "ReadSpill",
      Effect: "Allow",
      Principal: readers.principal,
      Action: "s3:GetObject",
      Resource: connectors.map(({ spill }) => bucketArn(region, bucket, `${spill.prefix}*`)),
      Condition: readers.condition,
    },
    readers && {
      Sid: "ListSpill",
      Effect: "Allow",
      Principal: readers.principal,
      Action: "s3:ListBucket",
      Resource: bucketArn(region, bucket),
      Condition: readers.condition,
    },
  );
  const size = Buffer.byteLength(policyText(document));
  if (size > limits.bucketPolicy)
    throw new InputError(`environment ${environment.name}`, [
      {
        path: "producerGrants",
        message: `the policy of ${bucket} would have ${size} bytes, S3 allows ${limits.bucketPolicy}: choose \`producerGrants: organization\``,
      },
    ]);
  return document;
}

/** The Role B's that read a producer's spill, as `producerGrants` says; undefined when there are none. */
export function spillReaders(
  environment: Environment,
  producer: string,
): { principal: Principal; condition: Condition } | undefined {
  const { region, organization, producerGrants } = environment;
  if (producerGrants === "organization") {
    if (organization === undefined) throw new Error("scope organization needs the organization's id");
    return {
      // S3 has no principal for an organization: everybody, bounded by aws:PrincipalOrgID and the roles' names.
      principal: "*",
      condition: {
        StringEquals: { "aws:PrincipalOrgID": organization },
        ArnLike: {
          "aws:PrincipalArn": [...reachableNames(environment), ...knownAnalysts(environment)].map((name) =>
            roleArn(region, "*", name),
          ),
        },
      },
    };
  }
  const spokes = Object.values(environment.spokes)
    .map((spoke) => ({ account: spoke.account, roles: queryingRoles(spoke, producer) }))
    .filter(({ roles }) => roles.length > 0);
  if (spokes.length === 0) return undefined;
  const principal = { AWS: unique(spokes.map((spoke) => rootArn(region, spoke.account))) };
  return producerGrants === "roles"
    ? {
        principal,
        condition: {
          ArnEquals: {
            "aws:PrincipalArn": unique(
              spokes.flatMap(({ account, roles }) => roles.map((name) => roleArn(region, account, name))),
            ),
          },
        },
      }
    : {
        principal,
        condition: {
          // Any account here, since the principal names the accounts already: the text grows by one ARN a spoke, not two.
          ArnLike: {
            "aws:PrincipalArn": unique(
              spokes.flatMap(({ roles }) => roles.map((name) => roleArn(region, "*", name))),
            ),
          },
        },
      };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
