/**
 * The customer managed key of a spill bucket (R13): its policy, the grant that a spoke may have on it instead, and what
 * those who use it need in policies of their own, for across accounts neither half does without the other (C23).
 *
 * S3 encrypts each spilled object with the key (C25), by way of a bucket key: the encryption context that KMS sees is then
 * the bucket's ARN, whatever the object ("Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys", S3 user guide).
 */
import { bucketArn, keysArn, principalArn, roleArn, rootArn, viaService } from "./arn";
import { spillReaders } from "./bucket";
import { type Condition, type PolicyDocument, policyDocument, policyText, type Statement } from "./document";
import type { Environment } from "./environment";
import { InputError } from "./faults";
import { levelsOf } from "./level";
import { limits } from "./limits";
import {
  analystArn,
  type Connector,
  connectorRoleName,
  levelName,
  ownConnector,
  ownSpillBucketName,
  ownSpillKeyAlias,
  producerConnector,
  producerRole,
  producersOf,
  roleBArn,
  spillBucketName,
  spillKeyAlias,
  spokeRole,
} from "./names";
import type { SpokeRequest } from "./request";
import { readerPrincipal, readerProducers, readersOf } from "./third-party-reader";

/** Sid of the readers' statement, as seed 000 names it (R13). */
const ALLOW_USE = "Allow use of the key";

/** In a key's policy `*` is this key and no other; its ARN is not known before it exists. */
const THIS_KEY = "*";

/** What the role does with the key that makes it: the calls of Pulumi's aws provider in the life of a key. */
const DEPLOYMENT = [
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
] as const;

/**
 * What an administrator of the account may do by an identity policy. Not to use the key: AWS's default policy would let
 * every administrator decrypt.
 */
const ADMINISTRATION = [
  ...DEPLOYMENT,
  "kms:CancelKeyDeletion",
  "kms:ListKeyPolicies",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
].sort();

/** A key to be made. */
export interface SpillKey {
  /** Its name: `alias/...`. */
  readonly alias: string;
  /** The bucket that it encrypts. */
  readonly bucket: string;
  /** The whole key policy. */
  readonly policy: PolicyDocument;
}

/**
 * A producer's key; undefined when its connectors ask for none.
 *
 * @throws InputError when its policy outgrows KMS's limit (L16); the remedy is `keyAccess: grants`.
 */
export function spillKey(environment: Environment, producer: string): SpillKey | undefined {
  const alias = spillKeyAlias(environment, producer);
  if (alias === undefined) return undefined;
  const connectors = Object.keys(environment.producers[producer]?.connectors ?? {}).map((name) =>
    producerConnector(environment, producer, name),
  );
  const byGrants = environment.keyAccess === "grants";
  const bucket = spillBucketName(environment, producer);
  const policy = policyDocument(
    ...ownAccount(connectors, producerRole(environment, producer, "deployer")),
    byGrants ? mayGrant(connectors) : undefined,
    ...(byGrants
      ? []
      : spillReaders(environment, producer, ({ suffix, principal, condition }) => [
          {
            Sid: `${ALLOW_USE}${suffix}`,
            Effect: "Allow",
            Principal: principal,
            Action: "kms:Decrypt",
            Resource: THIS_KEY,
            Condition: merged(condition, throughS3(environment.region, [bucket])),
          },
        ])),
  );
  const size = Buffer.byteLength(policyText(policy));
  if (size > limits.keyPolicy)
    throw new InputError(`environment ${environment.name}`, [
      {
        path: "keyAccess",
        message: `the policy of the key of ${bucket} would have ${size} bytes, KMS allows ${limits.keyPolicy}: choose \`keyAccess: grants\` or \`producerGrants: organization\``,
      },
    ]);
  return { alias, bucket, policy };
}

/** The key of a spoke's own connectors, which only its own account uses; undefined when they ask for none. */
export function ownSpillKey(request: SpokeRequest): SpillKey | undefined {
  const alias = ownSpillKeyAlias(request);
  if (alias === undefined) return undefined;
  const connectors = request.connectors.flatMap((requested) =>
    "deploy" in requested ? [ownConnector(request, requested)] : [],
  );
  return {
    alias,
    bucket: ownSpillBucketName(request),
    policy: policyDocument(...ownAccount(connectors, spokeRole(request))),
  };
}

/**
 * What the key's own account may do. Each statement opens it to the account's identity policies, which have to allow it too;
 * but the role that makes the key manages it by the key's policy alone, so that it needs no right to any other key.
 */
function ownAccount(connectors: readonly Connector[], deployer: string): Statement[] {
  const [{ region, account, spill }] = connectors as [Connector];
  const principal = { AWS: rootArn(region, account) };
  return [
    {
      Sid: "AdministerKey",
      Effect: "Allow",
      Principal: principal,
      Action: ADMINISTRATION,
      Resource: THIS_KEY,
    },
    {
      Sid: "DeployerManagesKey",
      Effect: "Allow",
      // The role is there, since it puts this policy.
      Principal: { AWS: roleArn(region, account, deployer) },
      Action: DEPLOYMENT,
      Resource: THIS_KEY,
    },
    {
      Sid: "ConnectorsEncrypt",
      Effect: "Allow",
      Principal: principal,
      Action: "kms:GenerateDataKey",
      Resource: THIS_KEY,
      Condition: {
        // Roles that do not exist yet cannot be principals.
        ArnEquals: {
          "aws:PrincipalArn": connectors.map((connector) =>
            roleArn(region, account, connectorRoleName(connector)),
          ),
        },
      },
    },
    {
      Sid: "AccountReadsSpill",
      Effect: "Allow",
      Principal: principal,
      Action: "kms:Decrypt",
      Resource: THIS_KEY,
      Condition: throughS3(region, [spill.bucket]),
    },
  ];
}

/** Grants can be made by the account's identity policies, of the one form that `spillKeyGrants` have. */
function mayGrant(connectors: readonly Connector[]): Statement {
  const [{ region, account }] = connectors as [Connector];
  return {
    Sid: "GrantUseOfTheKey",
    Effect: "Allow",
    Principal: { AWS: rootArn(region, account) },
    Action: "kms:CreateGrant",
    Resource: THIS_KEY,
    Condition: {
      "ForAllValues:StringEquals": { "kms:GrantOperations": GRANTED },
      StringEquals: { "kms:GrantConstraintType": "EncryptionContextSubset" },
    },
  };
}

const GRANTED = ["Decrypt"] as const;

/** A grant, in the words of KMS's CreateGrant. */
export interface KeyGrant {
  readonly name: string;
  readonly granteePrincipal: string;
  readonly operations: readonly string[];
  readonly encryptionContextSubset: Readonly<Record<string, string>>;
}

/** Whether each spoke's stack is to make grants on the producer's key (R13, C23). */
export function isSpillKeyGranted(environment: Environment, producer: string): boolean {
  return environment.keyAccess === "grants" && spillKeyAlias(environment, producer) !== undefined;
}

/** The grants of `keyAccess: grants`: who of a spoke queries decrypts objects of the producer's spill bucket (R13, R92). */
export function spillKeyGrants(
  request: SpokeRequest,
  environment: Environment,
  producer: string,
): readonly KeyGrant[] {
  const grant = {
    operations: GRANTED,
    encryptionContextSubset: {
      "aws:s3:arn": bucketArn(environment.region, spillBucketName(environment, producer)),
    },
  };
  return levelsOf(request)
    .filter(({ connectors }) => producersOf(connectors).includes(producer))
    .flatMap((level) => {
      const name = levelName(level);
      const analyst = analystArn(level, environment);
      return [
        ...(level.quick ? [{ name, granteePrincipal: roleBArn(level, environment), ...grant }] : []),
        ...(analyst === undefined ? [] : [{ name: `${name}-analyst`, granteePrincipal: analyst, ...grant }]),
        ...readersOf(level)
          .filter((reader) => readerProducers(level, environment, reader).includes(producer))
          .map((reader) => ({
            name: `${name}-reader-${reader.name}`,
            granteePrincipal: principalArn(level.region, level.account, readerPrincipal(reader)),
            ...grant,
          })),
      ];
    });
}

/** The reader's half (C23): decrypts what these connectors spilled, through S3 only. */
export function decryptSpill(region: string, connectors: readonly Connector[]): Statement[] {
  const keyed = connectors.filter(({ keyAlias }) => keyAlias !== undefined);
  if (keyed.length === 0) return [];
  return [
    {
      Sid: "DecryptSpill",
      Effect: "Allow",
      Action: "kms:Decrypt",
      // KMS chooses a key's id when it makes the key, so that no policy written before can name it; by its alias no
      // policy can name it either. What is opened is what S3 decrypts of these very buckets.
      Resource: unique(keyed.map(({ account }) => keysArn(region, account))),
      Condition: throughS3(region, unique(keyed.map(({ spill }) => spill.bucket))),
    },
  ];
}

/**
 * The connector's half: a data key and a nonce for each block that it encrypts itself, and S3's data key for what it puts
 * into its bucket.
 */
export function encryptSpill({ region, account, spill, keyAlias, plainSpill }: Connector): Statement[] {
  if (keyAlias === undefined) return [];
  const encryptSpill: Statement = {
    Sid: "EncryptSpill",
    Effect: "Allow",
    Action: "kms:GenerateDataKey",
    // S3 calls the key by its ARN, so that not even the alias can be asked for; the bucket can.
    Resource: keysArn(region, account),
    Condition: throughS3(region, [spill.bucket]),
  };
  if (plainSpill === true) return [encryptSpill];
  return [
    {
      Sid: "EncryptBlocks",
      Effect: "Allow",
      Action: "kms:GenerateDataKey",
      // The key's id is not known before it exists; the connector calls it by its alias, which is.
      Resource: keysArn(region, account),
      Condition: { StringEquals: { "kms:RequestAlias": keyAlias } },
    },
    {
      Sid: "DrawNonces",
      Effect: "Allow",
      Action: "kms:GenerateRandom",
      // AWS defines no resource type for GenerateRandom; the Region is the only bound there is.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    encryptSpill,
  ];
}

/** By way of S3, for objects of these buckets. */
function throughS3(region: string, buckets: readonly string[]): Condition {
  return {
    StringEquals: {
      "kms:ViaService": viaService("s3", region),
      "kms:EncryptionContext:aws:s3:arn": buckets.map((bucket) => bucketArn(region, bucket)),
    },
  };
}

/** Both conditions at once. */
function merged(a: Condition, b: Condition): Condition {
  return { ...a, ...b, StringEquals: { ...a["StringEquals"], ...b["StringEquals"] } };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
