/** The customer managed key of a spill bucket: who may use it, and for what (R13, C23, C25). */
import { aliasArn, bucketArn, keysArn, principalArn, roleArn, type RoleOrUser, viaService } from "../arn";
import type { Environment } from "../environment";
import { type Connector, connectorRoleName } from "../names";
import { spillBound } from "./bound";
import {
  administratorOf,
  anotherRegion,
  anyKey,
  type Cast,
  idOf,
  isNamed,
  misnamed,
  namedPatterns,
  readerParty,
  readersOf,
  rowName,
  similarNames,
} from "./cast";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Bound,
  type Check,
  type Circumstances,
  type Expectation,
  type Party,
  requests,
  type ResourcesPolicies,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

/** A key as requests meet it. Its own ARN is not known before it exists; its alias is. */
export interface SpillKey {
  readonly thing: Thing;
  readonly alias: string;
  /** The bucket that it encrypts. */
  readonly bucket: string;
  /** The connectors that spill into it. */
  readonly connectors: readonly Connector[];
}

/** The key of connectors that spill to one bucket; undefined when they have none. */
export function spillKeyOf(
  connectors: readonly Connector[],
  words: string,
  madeBy: Thing["madeBy"],
): SpillKey | undefined {
  const [first] = connectors;
  if (first?.keyAlias === undefined) return undefined;
  const { region, account, keyAlias: alias, spill } = first;
  const thing: Thing = { kind: "key", arn: aliasArn(region, account, alias), account, words, madeBy };
  return { thing, alias, bucket: spill.bucket, connectors };
}

/** What S3 says of the key's use: it asks for the bucket as a whole, by way of a bucket key. */
export function throughS3(region: string, bucket: string): Circumstances["context"] & object {
  return {
    "kms:ViaService": viaService("s3", region),
    "kms:EncryptionContext:aws:s3:arn": bucketArn(region, bucket),
  };
}

/** What a statement has to be bounded by that lets use keys through S3 for these buckets. */
export function boundToS3(region: string, buckets: readonly string[]): Bound["identity"] {
  return {
    "kms:viaservice": [viaService("s3", region)],
    "kms:encryptioncontext:aws:s3:arn": buckets.map((bucket) => bucketArn(region, bucket)),
  };
}

/** Requests on the key. */
export function onKey(
  { thing, alias, connectors }: Pick<SpillKey, "thing" | "alias" | "connectors">,
  actions: readonly string[],
  context: Circumstances["context"] & object,
  bound: Partial<Bound> = {},
  policies: ResourcesPolicies = { at: thing.arn },
): Check[] {
  const region = connectors[0]?.region ?? "";
  return requests(region, actions, [anyKey(region, thing.account)], {
    resourceAccount: thing.account,
    policies,
    context: { "kms:ResourceAliases": [alias], ...context },
    // In a key's policy `*` is this key; an identity's policy cannot name a key that does not exist yet.
    bound: { resources: [keysArn(region, thing.account)], ownResources: ["*"], ...bound },
  });
}

const ADMINISTRATION = [
  "CancelKeyDeletion",
  "CreateAlias",
  "DeleteAlias",
  "DescribeKey",
  "DisableKey",
  "DisableKeyRotation",
  "EnableKey",
  "EnableKeyRotation",
  "GetKeyPolicy",
  "GetKeyRotationStatus",
  "ListGrants",
  "ListKeyPolicies",
  "ListResourceTags",
  "PutKeyPolicy",
  "RevokeGrant",
  "RotateKeyOnDemand",
  "ScheduleKeyDeletion",
  "TagResource",
  "UntagResource",
  "UpdateAlias",
  "UpdateKeyDescription",
].map((name) => `kms:${name}`);
/** What an administrator does and no stack. */
const BY_HAND = ["kms:CancelKeyDeletion", "kms:ListKeyPolicies", "kms:RevokeGrant", "kms:RotateKeyOnDemand"];
const DECRYPT = ["kms:Decrypt"];
const ENCRYPT = ["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];
const GRANTED = { "kms:GrantOperations": ["Decrypt"], "kms:GrantConstraintType": "EncryptionContextSubset" };

/**
 * What the key's own account may do with it, and what nobody may.
 *
 * @param deployer name of the role whose stack makes it.
 */
export function keyAtHome(
  cast: Cast,
  key: SpillKey,
  prefix: string,
  deployer: string,
  grants: boolean,
): Expectation[] {
  const { region } = cast;
  const { thing, bucket, connectors } = key;
  const { may, mayNot, nothingElse } = rowWriter(`${prefix}/key`, ["R13", "C25"]);
  const principals = accountPrincipals(region, thing.account);
  const owner = administratorOf(region, "an administrator of its account", thing.account);
  const deployerArn = roleArn(region, thing.account, deployer);
  const maker: Party = {
    words: "the role whose stack makes it, by no policy of its own,",
    caller: { type: "role", arn: deployerArn, session: "proof" },
    policies: "none",
  };
  const reading = throughS3(region, bucket);
  const bound = { principals, resource: boundToS3(region, [bucket]) };
  const roles = connectors.map((connector) => roleArn(region, thing.account, connectorRoleName(connector)));
  const grant = (context: Circumstances["context"] & object) =>
    onKey(key, ["kms:CreateGrant"], context, { principals });
  return [
    may("administer", owner, `administer ${thing.words}`, onKey(key, ADMINISTRATION, {}, { principals })),
    may(
      "deploy",
      maker,
      `manage ${thing.words}`,
      onKey(
        key,
        ADMINISTRATION.filter((action) => !BY_HAND.includes(action)),
        {},
        { principals: [deployerArn] },
      ),
      ["R53"],
    ),
    mayNot("deploy-only", maker, `use ${thing.words}, or let others use it by grants`, [
      ...onKey(key, [...DECRYPT, ...ENCRYPT], reading),
      ...onKey(key, [...BY_HAND, "kms:CreateGrant"], {}),
    ]),
    may(
      "decrypt",
      owner,
      `decrypt with ${thing.words} what is spilled, through S3`,
      onKey(key, DECRYPT, reading, bound),
    ),
    mayNot("decrypt-directly", owner, `decrypt with ${thing.words} past S3, or for another bucket`, [
      ...onKey(key, DECRYPT, { "kms:EncryptionContext:aws:s3:arn": bucketArn(region, bucket) }),
      ...onKey(key, DECRYPT, { "kms:ViaService": viaService("s3", region) }),
      ...onKey(key, DECRYPT, { ...reading, "kms:ViaService": viaService("dynamodb", region) }),
      ...onKey(key, DECRYPT, throughS3(region, "another-bucket")),
    ]),
    mayNot("encrypt", owner, `encrypt with ${thing.words}`, [
      ...onKey(key, ENCRYPT, reading),
      ...onKey(key, ENCRYPT, {}),
    ]),
    may(
      "connectors-encrypt",
      administrator("each of its connectors, as far as the key is concerned,", roles[0] ?? ""),
      `draw data keys from ${thing.words}`,
      onKey(key, ["kms:GenerateDataKey"], {}, { principals, resource: { "aws:principalarn": roles } }),
    ),
    ...(grants
      ? [
          may(
            "grant",
            owner,
            "grant decryption for a bucket, and nothing else",
            grantChecks(key, principals),
            ["R13"],
          ),
          mayNot("grant-more", owner, "grant anything else, or decryption without a bucket", [
            ...grant({ ...GRANTED, "kms:GrantOperations": ["Decrypt", "Encrypt"] }),
            ...grant({ ...GRANTED, "kms:GrantConstraintType": "EncryptionContextEquals" }),
            ...grant({ "kms:GrantOperations": ["Decrypt"] }),
          ]),
        ]
      : [mayNot("grant", owner, `grant the use of ${thing.words} to others`, grant(GRANTED))]),
    nothingElse(thing),
  ];
}

function grantChecks(key: SpillKey, principals: readonly string[]): Check[] {
  return onKey(key, ["kms:CreateGrant"], GRANTED, {
    principals,
    resource: { "kms:grantoperations": ["Decrypt"], "kms:grantconstrainttype": ["EncryptionContextSubset"] },
  });
}

/** What a key's policy may say for a role of an account that reads spilled blocks; under `keyAccess: grants` nothing. */
export function decryptBound(
  environment: Environment,
  producer: string,
  account: string,
  bucket: string,
): Partial<Bound> {
  const toS3 = boundToS3(environment.region, [bucket]);
  if (environment.keyAccess === "grants") return { resource: toS3 };
  const { principals = [], resource = {} } = spillBound(environment, producer, account);
  return { principals, resource: { ...resource, ...toS3 } };
}

/** Who else may use a producer's key (`producerGrants`, `keyAccess`). */
export function keyAbroad(
  cast: Cast,
  producer: string,
  key: SpillKey,
  outsiders: readonly Party[],
): Expectation[] {
  const { environment, region, neighbour } = cast;
  const { may, mayNot, mightDo } = rowWriter(`producer/${producer}/key`, ["R13", "C24"]);
  const { thing, bucket } = key;
  const byGrants = environment.keyAccess === "grants";
  const byOrganization = environment.producerGrants === "organization" && !byGrants;
  const what = `decrypt with ${thing.words}`;
  const context = throughS3(region, bucket);
  const decrypt = (bound: Partial<Bound> = {}) => onKey(key, DECRYPT, context, bound);
  const bound = (account: string) => decryptBound(environment, producer, account, bucket);
  const named = [cast.neighbourRoleB, cast.neighbourAnalyst, cast.neighbourAnalystUser];
  const withName = (known: RoleOrUser) =>
    administrator(`the ${known} of an uninvolved account`, principalArn(region, neighbour, known));
  const readers = readersOf(environment, producer).filter(({ account }) => account !== thing.account);
  return [
    ...[
      ...outsiders.filter((party) => !byOrganization || !named.includes(party)),
      anybody,
      service("s3.amazonaws.com"),
    ].map((party) =>
      mayNot(`decrypt/${idOf(party)}`, party, what, [
        ...decrypt(),
        ...onKey(key, ["kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey"], {}),
      ]),
    ),
    ...(byOrganization
      ? [
          ...namedPatterns(environment).map((pattern) =>
            may(
              `decrypt/named/${rowName(pattern)}`,
              withName(pattern.replace("*", "any") as RoleOrUser),
              `${what}: every one of the organization with such a name may`,
              decrypt(bound(neighbour)),
            ),
          ),
          ...similarNames(environment).map((name) =>
            mayNot(`decrypt/similar/${rowName(name)}`, withName(name), what, decrypt()),
          ),
        ]
      : []),
    ...readers.map((reader) => {
      const { spoke, account, principal } = reader;
      const party = readerParty(region, reader);
      const row = [
        `decrypt/spoke/${spoke}/${rowName(principal)}`,
        party,
        what,
        decrypt(bound(account)),
      ] as const;
      // Grants are each spoke's own stack's.
      return byGrants ? mightDo(...row) : may(...row);
    }),
    ...misnamed(cast, producer, thing.account).map(({ reader, account, party }) =>
      mayNot(`decrypt/misnamed/${account}/${rowName(reader.principal)}`, party, what, decrypt()),
    ),
  ];
}

/** What one spoke may not do with a producer's key, whatever its own policies say. */
export function keyForSpoke(
  cast: Cast,
  producer: string,
  key: SpillKey,
  spokeAdministrator: Party,
  readers: readonly { readonly principal: RoleOrUser; readonly party: Party; readonly isAttached: boolean }[],
): Expectation[] {
  const { environment, region } = cast;
  const { mayNot } = rowWriter(`producer/${producer}/key`, ["R13", "C23"]);
  const { thing, bucket } = key;
  const context = throughS3(region, bucket);
  const byName = environment.producerGrants === "organization" && environment.keyAccess === "policy";
  return [
    mayNot(
      "decrypt/spoke-administrator",
      spokeAdministrator,
      `decrypt with ${thing.words}`,
      onKey(key, DECRYPT, context),
    ),
    ...readers.flatMap(({ principal, party, isAttached }, index) => [
      mayNot(`other-use/${index + 1}`, party, `use ${thing.words} but to decrypt, or for another bucket`, [
        ...onKey(key, [...ENCRYPT, "kms:CreateGrant", "kms:DescribeKey"], context),
        ...onKey(key, DECRYPT, throughS3(region, "another-bucket")),
        ...onKey(key, DECRYPT, {}),
      ]),
      ...(isAttached || (byName && isNamed(principal, environment))
        ? []
        : [
            mayNot(
              `decrypt/not-attached/${index + 1}`,
              party,
              `decrypt with ${thing.words}, none of whose connectors it uses`,
              onKey(key, DECRYPT, context),
            ),
          ]),
    ]),
  ];
}

/** What a role that queries may do with the keys of its connectors. */
export function decrypting(
  region: string,
  party: Party,
  id: string,
  keys: readonly (SpillKey & { readonly bound: Partial<Bound> })[],
  stranger: string,
): Expectation[] {
  if (keys.length === 0) return [];
  const { may, mayNot } = rowWriter(`${id}/keys`, ["R13", "C23"]);
  const identity = boundToS3(
    region,
    keys.map(({ bucket }) => bucket),
  );
  const each = (actions: readonly string[], context: (key: SpillKey) => Circumstances["context"] & object) =>
    keys.flatMap((key) => onKey(key, actions, context(key), {}, "open"));
  return [
    may(
      "decrypt",
      party,
      "decrypt what its connectors spilled, through S3",
      keys.flatMap((key) => onKey(key, DECRYPT, throughS3(region, key.bucket), { ...key.bound, identity })),
      ["C25"],
    ),
    mayNot("other-buckets", party, "decrypt anything else, or past S3, even where it is let in", [
      ...each(DECRYPT, () => throughS3(region, "another-bucket")),
      ...each(DECRYPT, ({ bucket }) => ({ "kms:EncryptionContext:aws:s3:arn": bucketArn(region, bucket) })),
      ...each(DECRYPT, ({ bucket }) => ({
        ...throughS3(region, bucket),
        "kms:ViaService": viaService("s3", anotherRegion(region)),
      })),
      ...each(DECRYPT, () => ({ "kms:ViaService": viaService("s3", region) })),
    ]),
    mayNot(
      "other-use",
      party,
      "use these keys for anything else",
      each([...ENCRYPT, "kms:CreateGrant", "kms:PutKeyPolicy"], ({ bucket }) => throughS3(region, bucket)),
    ),
    mayNot("other-accounts", party, "decrypt with a stranger's key, even one that lets it in", [
      ...keys.flatMap((key) =>
        requests(region, DECRYPT, [anyKey(region, stranger)], {
          resourceAccount: stranger,
          policies: "open",
          context: throughS3(region, key.bucket),
        }),
      ),
    ]),
  ];
}

/** What a connector's role may do with its key. */
export function encrypting(
  cast: Cast,
  connector: Connector,
  key: SpillKey,
  self: Party,
  prefix: string,
): Expectation[] {
  const { region, stranger } = cast;
  const { may, mayNot } = rowWriter(`${prefix}/key`, ["R13", "C25"]);
  const { alias, bucket } = key;
  const context = throughS3(region, bucket);
  const generate = ["kms:GenerateDataKey"];
  const elsewhere = anotherRegion(region);
  const atHome = {
    principals: accountPrincipals(region, connector.account),
    resource: {
      "aws:principalarn": key.connectors.map((each) =>
        roleArn(region, each.account, connectorRoleName(each)),
      ),
    },
  };
  const random = (inRegion: string, bound?: Partial<Bound>) =>
    requests(region, ["kms:GenerateRandom"], [], {
      resourceAccount: connector.account,
      context: { "aws:RequestedRegion": inRegion },
      ...(bound === undefined ? {} : { bound }),
    });
  const byAlias = { "kms:RequestAlias": alias };
  const blocks = connector.plainSpill
    ? [
        mayNot("blocks", self, "draw data keys or nonces for itself, since it leaves encryption to S3", [
          ...onKey(key, generate, byAlias, {}, "open"),
          ...random(region),
        ]),
      ]
    : [
        may(
          "blocks",
          self,
          "draw a data key for each block, by the key's alias",
          onKey(key, generate, byAlias, { ...atHome, identity: { "kms:requestalias": [alias] } }),
        ),
        may("nonces", self, "draw nonces", random(region, { identity: { "aws:requestedregion": [region] } })),
        mayNot("nonces-elsewhere", self, "draw nonces in another Region", random(elsewhere)),
      ];
  return [
    ...blocks,
    may(
      "spill",
      self,
      "have S3 encrypt what it spills",
      onKey(key, generate, context, { ...atHome, identity: boundToS3(region, [bucket]) }),
    ),
    mayNot(
      "other-keys",
      self,
      "draw data keys from other keys, or for other buckets, even where it is let in",
      [
        ...onKey(key, generate, { "kms:RequestAlias": "alias/another" }, {}, "open"),
        ...onKey(key, generate, throughS3(region, "another-bucket"), {}, "open"),
        ...onKey(
          key,
          generate,
          { "kms:EncryptionContext:aws:s3:arn": bucketArn(region, bucket) },
          {},
          "open",
        ),
        ...onKey(key, generate, { "kms:ViaService": viaService("s3", region) }, {}, "open"),
        ...requests(region, generate, [anyKey(region, stranger)], {
          resourceAccount: stranger,
          policies: "open",
          context: { "kms:RequestAlias": alias, "kms:ResourceAliases": [alias] },
        }),
        ...requests(region, generate, [anyKey(region, stranger)], {
          resourceAccount: stranger,
          policies: "open",
          context,
        }),
      ],
    ),
    mayNot(
      "decrypt",
      self,
      "decrypt, or do anything else with the key",
      onKey(
        key,
        [...DECRYPT, "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy"],
        { ...context, "kms:RequestAlias": alias },
        {},
        "open",
      ),
    ),
  ];
}
