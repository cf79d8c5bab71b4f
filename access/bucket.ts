/** Bucket policies: of the private buckets, and of a spill bucket that spokes read (R8, R12, L15). */
import { bucketArn, principalArn, type RoleOrUser, rootArn } from "./arn";
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
import { invokersOf, knownInvokers, producerConnector, spillBucketName } from "./names";

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
  const document = policyDocument(
    denyInsecureTransport(region, bucket),
    ...spillReaders(environment, producer, ({ suffix, principal, condition }) => [
      {
        Sid: `ReadSpill${suffix}`,
        Effect: "Allow",
        Principal: principal,
        Action: "s3:GetObject",
        Resource: connectors.map(({ spill }) => bucketArn(region, bucket, `${spill.prefix}*`)),
        Condition: condition,
      },
      {
        Sid: `ListSpill${suffix}`,
        Effect: "Allow",
        Principal: principal,
        Action: "s3:ListBucket",
        Resource: bucketArn(region, bucket),
        Condition: condition,
      },
    ]),
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

/** Who may read what a producer's connectors spill, for one statement of each action. */
export interface SpillReaders {
  /** Tells their statements from others' of the same document: nothing, `2`, `3` and so on. */
  readonly suffix: string;
  readonly principal: Principal;
  readonly condition: Condition;
}

/**
 * Statements for the roles and users that read a producer's spill, as `producerGrants` says; none when nobody attaches it.
 *
 * Under `accounts`, accounts with the same names go into statements of their own where the text is shorter for it.
 *
 * @param statementsFor what the document says for some of them.
 */
export function spillReaders(
  environment: Environment,
  producer: string,
  statementsFor: (readers: SpillReaders) => readonly Statement[],
): Statement[] {
  const { region, organization, producerGrants } = environment;
  if (producerGrants === "organization") {
    if (organization === undefined) throw new Error("scope organization needs the organization's id");
    return [
      ...statementsFor({
        suffix: "",
        // S3 has no principal for an organization: everybody, bounded by aws:PrincipalOrgID and their names.
        principal: "*",
        condition: {
          StringEquals: { "aws:PrincipalOrgID": organization },
          ArnLike: {
            "aws:PrincipalArn": knownInvokers(environment).map((known) => principalArn(region, "*", known)),
          },
        },
      }),
    ];
  }
  const readers: AccountReaders = new Map<string, RoleOrUser[]>();
  for (const spoke of Object.values(environment.spokes)) {
    const principals = invokersOf(spoke, producer).map(({ principal }) => principal);
    if (principals.length > 0)
      readers.set(spoke.account, unique([...(readers.get(spoke.account) ?? []), ...principals]));
  }
  const groups = producerGrants === "accounts" ? alike(readers) : [];
  // A group costs the same statements whatever its size, so those that save the most come first: none, one, two and so on.
  const ways = Array.from({ length: groups.length + 1 }, (_, count) =>
    inGroups(region, readers, groups.slice(0, count)).flatMap((each) => [...statementsFor(each)]),
  );
  return ways.reduce((shortest, way) => (textOf(way) < textOf(shortest) ? way : shortest));
}

/** The roles and users of each account. */
type AccountReaders = Map<string, RoleOrUser[]>;

/** Accounts that have the very same roles and users. */
interface Alike {
  readonly accounts: readonly string[];
  readonly principals: readonly RoleOrUser[];
}

function textOf(statements: readonly Statement[]): number {
  return policyText(policyDocument(...statements)).length;
}

/** The readers of groups by their names, of all other accounts by their ARNs. */
function inGroups(region: string, readers: AccountReaders, groups: readonly Alike[]): SpillReaders[] {
  const grouped = new Set(groups.flatMap(({ accounts }) => accounts));
  const apart = [...readers].filter(([account]) => !grouped.has(account));
  return [
    ...groups.map(({ accounts, principals }) => ({
      accounts,
      // Any account here, since the principal names the accounts already: the text grows by one ARN a spoke, not two.
      condition: {
        ArnLike: { "aws:PrincipalArn": principals.map((each) => principalArn(region, "*", each)) },
      },
    })),
    {
      accounts: apart.map(([account]) => account),
      condition: {
        ArnEquals: {
          "aws:PrincipalArn": unique(
            apart.flatMap(([account, principals]) =>
              principals.map((each) => principalArn(region, account, each)),
            ),
          ),
        },
      },
    },
  ]
    .filter(({ accounts }) => accounts.length > 0)
    .map(({ accounts, condition }, index) => ({
      suffix: index === 0 ? "" : String(index + 1),
      principal: { AWS: unique(accounts.map((account) => rootArn(region, account))) },
      condition,
    }));
}

/**
 * Accounts with roles and users of the very same names, two at least: no account gets at anything by the name of another's.
 * Those with the most ARNs first.
 */
function alike(readers: AccountReaders): Alike[] {
  const accounts = new Map<string, string[]>();
  for (const [account, principals] of readers) {
    const names = principals.join(" ");
    accounts.set(names, [...(accounts.get(names) ?? []), account]);
  }
  return [...accounts]
    .filter(([, together]) => together.length > 1)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, together]) => ({ accounts: together, principals: readers.get(together[0] ?? "") ?? [] }))
    .sort((one, other) => arnsIn(other) - arnsIn(one));
}

function arnsIn({ accounts, principals }: Alike): number {
  return accounts.length * principals.length;
}

function unique<Text extends string>(values: readonly Text[]): Text[] {
  return [...new Set(values)].sort();
}
