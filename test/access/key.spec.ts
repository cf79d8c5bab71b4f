import { expect } from "chai";
import { connectorPermissions, connectorVariables } from "../../access/connector";
import { type PolicyDocument, policyDocument } from "../../access/document";
import type { Environment } from "../../access/environment";
import { decide, validateDocument } from "../../access/evaluate";
import type { Caller, ContextKeys, KeyGrant } from "../../access/evaluate";
import { ownSpillKey, spillKey, spillKeyGrants } from "../../access/key";
import { connectorRoleName, ownConnector, producerConnector } from "../../access/names";
import { roleBPermissions } from "../../access/role-b";
import {
  environmentWith,
  keyedProducers,
  ORGANIZATION,
  OTHER_SPOKE,
  PRODUCER,
  registeredSales,
  requestWith,
  SPOKE,
} from "../worlds";

const BUCKET = "arn:aws:s3:::dev-music-athena-spill-122222222222";
const ROOT = { AWS: "arn:aws:iam::122222222222:root" };
const throughS3 = {
  "kms:ViaService": "s3.us-east-1.amazonaws.com",
  "kms:EncryptionContext:aws:s3:arn": [BUCKET],
};

/** What the key's own account may do. */
const ownAccount = [
  {
    Sid: "AdministerKey",
    Effect: "Allow",
    Principal: ROOT,
    Action: [
      "kms:CancelKeyDeletion",
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
      "kms:ListKeyPolicies",
      "kms:ListResourceTags",
      "kms:PutKeyPolicy",
      "kms:RevokeGrant",
      "kms:RotateKeyOnDemand",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription",
    ],
    Resource: "*",
  },
  {
    Sid: "DeployerManagesKey",
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::122222222222:role/athena-spokes-producer-deployer-dev" },
    Action: [
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
    ],
    Resource: "*",
  },
  {
    Sid: "ConnectorsEncrypt",
    Effect: "Allow",
    Principal: ROOT,
    Action: "kms:GenerateDataKey",
    Resource: "*",
    Condition: {
      ArnEquals: {
        "aws:PrincipalArn": ["arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb"],
      },
    },
  },
  {
    Sid: "AccountReadsSpill",
    Effect: "Allow",
    Principal: ROOT,
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: { StringEquals: throughS3 },
  },
];

const keyed = (changes: Readonly<Record<string, unknown>> = {}) =>
  environmentWith({ producers: keyedProducers, spokes: { sales: registeredSales }, ...changes });

function policyOf(environment: Environment): PolicyDocument {
  const key = spillKey(environment, "music");
  if (key === undefined) throw new Error("the producer has no key");
  return key.policy;
}

describe("keys (R13, C23, C25)", () => {
  const scopes = [
    {
      producerGrants: "accounts",
      spokes: { sales: registeredSales, returns: { ...registeredSales, account: OTHER_SPOKE } },
      Principal: { AWS: ["arn:aws:iam::133333333333:root", "arn:aws:iam::133333333334:root"] },
      Condition: {
        ArnLike: {
          "aws:PrincipalArn": ["arn:aws:iam::*:role/analyst", "arn:aws:iam::*:role/qs-athena-consumer-role"],
        },
        StringEquals: throughS3,
      },
    },
    {
      producerGrants: "roles",
      Principal: { AWS: ["arn:aws:iam::133333333333:root"] },
      Condition: {
        ArnEquals: {
          "aws:PrincipalArn": [
            "arn:aws:iam::133333333333:role/analyst",
            "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
          ],
        },
        StringEquals: throughS3,
      },
    },
    {
      producerGrants: "organization",
      Principal: "*",
      Condition: {
        StringEquals: { "aws:PrincipalOrgID": ORGANIZATION, ...throughS3 },
        ArnLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::*:role/qs-athena-consumer-role",
            "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
            "arn:aws:iam::*:role/analyst",
            "arn:aws:iam::*:role/analyst-dev-*",
            "arn:aws:iam::*:user/analyst",
            "arn:aws:iam::*:user/analyst-dev-*",
            "arn:aws:iam::*:role/athena-reader-dev-*",
            "arn:aws:iam::*:user/athena-reader-dev-*",
          ],
        },
      },
    },
  ];
  for (const { producerGrants, Principal, Condition, ...more } of scopes)
    it(`a producer's key is used by readers as scope ${producerGrants} says, through S3 for its spill bucket (R13)`, () => {
      expect(spillKey(keyed({ producerGrants, ...more }), "music")).to.deep.equal({
        alias: "alias/dev-music-athena-spill",
        bucket: "dev-music-athena-spill-122222222222",
        policy: {
          Version: "2012-10-17",
          Statement: [
            ...ownAccount,
            {
              Sid: "Allow use of the key",
              Effect: "Allow",
              Principal,
              Action: "kms:Decrypt",
              Resource: "*",
              Condition,
            },
          ],
        },
      });
    });

  it("nobody else's role uses the key while no spoke attaches the producer", () => {
    expect(spillKey(keyed({ spokes: {} }), "music")?.policy.Statement).to.deep.equal(ownAccount);
  });

  it("under keyAccess: grants the policy names no spoke, and grants of one form can be made", () => {
    const environment = keyed({ keyAccess: "grants" });
    expect(spillKey(environment, "music")?.policy.Statement).to.deep.equal([
      ...ownAccount,
      {
        Sid: "GrantUseOfTheKey",
        Effect: "Allow",
        Principal: ROOT,
        Action: "kms:CreateGrant",
        Resource: "*",
        Condition: {
          "ForAllValues:StringEquals": { "kms:GrantOperations": ["Decrypt"] },
          StringEquals: { "kms:GrantConstraintType": "EncryptionContextSubset" },
        },
      },
    ]);
    const decrypt = { operations: ["Decrypt"], encryptionContextSubset: { "aws:s3:arn": BUCKET } };
    const roleB = {
      name: "dev-sales",
      granteePrincipal: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      ...decrypt,
    };
    expect(spillKeyGrants(requestWith({ analyst: false }), environment, "music")).to.deep.equal([roleB]);
    expect(spillKeyGrants(requestWith({ analyst: true }), environment, "music")).to.deep.equal([
      roleB,
      {
        name: "dev-sales-analyst",
        granteePrincipal: "arn:aws:iam::133333333333:role/analyst",
        ...decrypt,
      },
    ]);
  });

  it("a producer whose connectors ask for none has no key, and its connector and readers no rights to any", () => {
    const environment = environmentWith();
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    expect(spillKey(environment, "music")).to.equal(undefined);
    expect(connectorVariables(connector)).to.not.have.property("kms_key_id");
    for (const document of [
      connectorPermissions(connector, ["Music"]),
      roleBPermissions(requestWith(), environment),
    ])
      expect(JSON.stringify(document)).to.not.include("kms:");
  });

  it("a spoke's own connectors share a key of the spoke, which only its account uses", () => {
    const deploy = { tables: ["Returns"], customerManagedKey: true };
    const request = requestWith({
      connectors: [{ deploy }, { deploy: { ...deploy, name: "other" }, catalog: "other" }],
    });
    const root = { AWS: "arn:aws:iam::133333333333:root" };
    const bucket = "arn:aws:s3:::dev-sales-athena-spill-133333333333";
    const [administer, manage, , reads] = ownAccount;
    expect(ownSpillKey(request)).to.deep.equal({
      alias: "alias/dev-sales-athena-spill",
      bucket: "dev-sales-athena-spill-133333333333",
      policy: {
        Version: "2012-10-17",
        Statement: [
          { ...administer, Principal: root },
          {
            ...manage,
            Principal: { AWS: "arn:aws:iam::133333333333:role/athena-spokes-spoke-deployer-dev" },
          },
          {
            Sid: "ConnectorsEncrypt",
            Effect: "Allow",
            Principal: root,
            Action: "kms:GenerateDataKey",
            Resource: "*",
            Condition: {
              ArnEquals: {
                "aws:PrincipalArn": [
                  "arn:aws:iam::133333333333:role/athena-connector-salesdynamodb",
                  "arn:aws:iam::133333333333:role/athena-connector-other",
                ],
              },
            },
          },
          {
            ...reads,
            Principal: root,
            Condition: { StringEquals: { ...throughS3, "kms:EncryptionContext:aws:s3:arn": [bucket] } },
          },
        ],
      },
    });
    const [own] = request.connectors;
    if (own === undefined || !("deploy" in own)) throw new Error("the request deploys a connector");
    expect(ownConnector(request, own).keyAlias).to.equal("alias/dev-sales-athena-spill");
    expect(ownSpillKey(requestWith())).to.equal(undefined);
  });

  it("is managed by the role of assumeRole where that makes it (R53)", () => {
    const [, managed] =
      ownSpillKey(
        requestWith({
          assumeRole: "Deployer",
          connectors: [{ deploy: { tables: ["Music"], customerManagedKey: true } }],
        }),
      )?.policy.Statement ?? [];
    expect(managed?.Principal).to.deep.equal({ AWS: "arn:aws:iam::133333333333:role/Deployer" });
  });

  it("the connector encrypts blocks with the key by its alias, and what it puts through S3 (C25)", () => {
    const connector = producerConnector(keyed(), "music", "acct1dynamodb");
    expect(connectorVariables(connector)).to.deep.equal({
      disable_glue: "true",
      disable_spill_encryption: "false",
      kms_key_id: "alias/dev-music-athena-spill",
      spill_bucket: "dev-music-athena-spill-122222222222",
      spill_prefix: "athena-spill/acct1dynamodb",
    });
    const plain = producerConnector(environmentWith(), "music", "acct1dynamodb");
    const others = new Set(
      connectorPermissions(plain, ["Music"]).Statement.map((statement) => JSON.stringify(statement)),
    );
    expect(
      connectorPermissions(connector, ["Music"]).Statement.filter(
        (statement) => !others.has(JSON.stringify(statement)),
      ),
    ).to.deep.equal([
      {
        Sid: "EncryptBlocks",
        Effect: "Allow",
        Action: "kms:GenerateDataKey",
        Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
        Condition: { StringEquals: { "kms:RequestAlias": "alias/dev-music-athena-spill" } },
      },
      {
        Sid: "DrawNonces",
        Effect: "Allow",
        Action: "kms:GenerateRandom",
        Resource: "*",
        Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
      },
      {
        Sid: "EncryptSpill",
        Effect: "Allow",
        Action: "kms:GenerateDataKey",
        Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
        Condition: { StringEquals: throughS3 },
      },
    ]);
  });

  it("Role B decrypts what keyed connectors spilled, of all its producers in one statement (C8, C23)", () => {
    const films = {
      account: "122222222223",
      connectors: { films: { tables: ["Films"], customerManagedKey: true } },
    };
    const plain = { account: "122222222224", connectors: { plain: { tables: ["Plain"] } } };
    const environment = keyed({ producers: { ...keyedProducers, films, plain } });
    const request = requestWith({ connectors: [{ from: "music" }, { from: "films" }, { from: "plain" }] });
    expect(roleBPermissions(request, environment).Statement.at(-1)).to.deep.equal({
      Sid: "DecryptSpill",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: ["arn:aws:kms:us-east-1:122222222222:key/*", "arn:aws:kms:us-east-1:122222222223:key/*"],
      Condition: {
        StringEquals: {
          ...throughS3,
          "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::dev-films-athena-spill-122222222223", BUCKET],
        },
      },
    });
  });

  it("one bucket has one key: connectors of a producer, or of a request, agree on it", () => {
    const music = {
      ...keyedProducers.music,
      connectors: { ...keyedProducers.music.connectors, films: { tables: ["Films"] } },
    };
    expect(() => keyed({ producers: { music } })).to.throw(
      "environment dev has a fault:\n  producers.music.connectors.films.customerManagedKey: the others here have a key, and all spill to one bucket, which has one key: write `customerManagedKey: true` here too, or take it away there",
    );
    expect(() =>
      requestWith({
        connectors: [
          { deploy: { tables: ["Albums"], customerManagedKey: true } },
          { deploy: { tables: ["Bands"], name: "b" } },
        ],
      }),
    ).to.throw("sales.yaml has a fault:\n  connectors[1].deploy.customerManagedKey: the others here");
  });

  it("refuses to outgrow KMS's limit and names the remedy (L16)", () => {
    const spokes = Object.fromEntries(
      Array.from({ length: 1200 }, (_, index) => [
        `s${index}`,
        { account: String(130000000000 + index), roleB: "qs-athena-consumer-role", producers: ["music"] },
      ]),
    );
    const environment = { ...keyed(), spokes };
    expect(() => spillKey(environment, "music")).to.throw(
      /keyAccess: the policy of the key of dev-music-athena-spill-122222222222 would have \d+ bytes, KMS allows 32768: choose `keyAccess: grants` or `producerGrants: organization`/,
    );
    expect(spillKey({ ...environment, keyAccess: "grants" }, "music")).to.not.equal(undefined);
  });

  describe("together they open the key to readers and connectors, and to nobody else", () => {
    const key = `arn:aws:kms:us-east-1:${PRODUCER}:key/11111111-2222-3333-4444-555555555555`;
    const environment = keyed();
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    const role = (account: string, name: string): Caller => ({
      type: "role",
      arn: `arn:aws:iam::${account}:role/${name}`,
      session: "s",
    });
    const roleB = role(SPOKE, "qs-athena-consumer-role");
    const connectorRole = role(PRODUCER, connectorRoleName(connector));
    const ofRoleB = roleBPermissions(requestWith(), environment);
    const ofConnector = connectorPermissions(connector, ["Music"]);
    const everything = policyDocument({ Effect: "Allow", Action: "*", Resource: "*" });
    const s3 = (bucket = BUCKET): ContextKeys => ({
      "kms:ViaService": "s3.us-east-1.amazonaws.com",
      "kms:EncryptionContext:aws:s3:arn": bucket,
    });
    const alias = (name: string): ContextKeys => ({ "kms:RequestAlias": `alias/${name}` });
    const grant: KeyGrant = {
      id: "g",
      grantee: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      operations: ["Decrypt"],
      constraints: { encryptionContextSubset: { "aws:s3:arn": BUCKET } },
    };

    const rows: readonly {
      name: string;
      caller: Caller;
      identity: PolicyDocument;
      action: string;
      context: ContextKeys;
      grants?: true;
      expected: string;
    }[] = [
      {
        name: "Role B reads spill",
        caller: roleB,
        identity: ofRoleB,
        action: "Decrypt",
        context: s3(),
        expected: "allowed",
      },
      {
        name: "Role B reads spill by a grant",
        caller: roleB,
        identity: ofRoleB,
        action: "Decrypt",
        context: s3(),
        grants: true,
        expected: "allowed",
      },
      {
        name: "Role B decrypts by itself",
        caller: roleB,
        identity: ofRoleB,
        action: "Decrypt",
        context: {},
        expected: "implicit-deny",
      },
      {
        name: "Role B reads another bucket",
        caller: roleB,
        identity: ofRoleB,
        action: "Decrypt",
        context: s3("arn:aws:s3:::other"),
        expected: "implicit-deny",
      },
      {
        name: "Role B with every right of its own account, on another bucket",
        caller: roleB,
        identity: everything,
        action: "Decrypt",
        context: s3("arn:aws:s3:::other"),
        expected: "implicit-deny",
      },
      {
        name: "Role B writes",
        caller: roleB,
        identity: everything,
        action: "GenerateDataKey",
        context: s3(),
        expected: "implicit-deny",
      },
      {
        name: "another role of the spoke",
        caller: role(SPOKE, "intern"),
        identity: everything,
        action: "Decrypt",
        context: s3(),
        expected: "implicit-deny",
      },
      {
        name: "Role B of a spoke that is not registered",
        caller: role(OTHER_SPOKE, "qs-athena-consumer-role"),
        identity: everything,
        action: "Decrypt",
        context: s3(),
        expected: "implicit-deny",
      },
      {
        name: "the connector draws a data key",
        caller: connectorRole,
        identity: ofConnector,
        action: "GenerateDataKey",
        context: alias("dev-music-athena-spill"),
        expected: "allowed",
      },
      {
        name: "the connector draws a data key of another alias",
        caller: connectorRole,
        identity: ofConnector,
        action: "GenerateDataKey",
        context: alias("other"),
        expected: "implicit-deny",
      },
      {
        name: "the connector puts into its bucket",
        caller: connectorRole,
        identity: ofConnector,
        action: "GenerateDataKey",
        context: s3(),
        expected: "allowed",
      },
      {
        name: "the connector reads its bucket",
        caller: connectorRole,
        identity: ofConnector,
        action: "Decrypt",
        context: s3(),
        expected: "implicit-deny",
      },
      {
        name: "an administrator of the producer decrypts by himself",
        caller: role(PRODUCER, "admin"),
        identity: everything,
        action: "Decrypt",
        context: {},
        expected: "implicit-deny",
      },
      {
        name: "an administrator of the producer encrypts",
        caller: role(PRODUCER, "admin"),
        identity: everything,
        action: "GenerateDataKey",
        context: {},
        expected: "implicit-deny",
      },
      {
        name: "an administrator of the producer changes the policy",
        caller: role(PRODUCER, "admin"),
        identity: everything,
        action: "PutKeyPolicy",
        context: {},
        expected: "allowed",
      },
    ];
    for (const { name, caller, identity, action, context, grants, expected } of rows)
      it(`${name}: ${expected}`, () => {
        const policy = policyOf(grants === true ? keyed({ keyAccess: "grants" }) : environment);
        const { decision } = decide(
          { caller, action: `kms:${action}`, resource: key, context, organizationOf: () => ORGANIZATION },
          {
            identity: [{ name: "own", document: identity }],
            resource: { name: "key", document: policy },
            ...(grants === true ? { grants: [grant] } : {}),
          },
        );
        expect(decision).to.equal(expected);
      });
  });

  it("writes nothing that AWS would not read", () => {
    for (const keyAccess of ["policy", "grants"])
      expect(validateDocument(policyOf(keyed({ keyAccess })), "key")).to.deep.equal([]);
  });
});
