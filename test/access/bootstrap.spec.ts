import { expect } from "chai";
import {
  ANY_ACCOUNT,
  type Bootstrap,
  BOOTSTRAP_POLICY,
  bootstrapTemplate,
  hubBootstrap,
  producerBootstrap,
  readerBootstrap,
  spokeBootstrap,
} from "../../access/bootstrap";
import type { PolicyDocument } from "../../access/document";
import { decide } from "../../access/evaluate";
import { InputError } from "../../access/faults";
import { limits } from "../../access/limits";
import type { AccountKind } from "../../access/names";
import { environmentWith, HUB, keyedProducers, OTHER_SPOKE, PRODUCER, requestWith, SPOKE } from "../worlds";
import type { Granted } from "./bootstrap/granted";
import { HUB as HUB_GRANTS } from "./bootstrap/hub";
import { APPLICATION_STATEMENTS, PRODUCER as PRODUCER_GRANTS } from "./bootstrap/producer";
import { SPOKE as SPOKE_GRANTS } from "./bootstrap/spoke";

const PIPELINE = "arn:aws:iam::100000000000:role/pipeline";
const trusted = [PIPELINE];

/** Title of the case -> what is granted. */
const EXPECTED: Readonly<Record<string, Granted>> = { ...HUB_GRANTS, ...PRODUCER_GRANTS, ...SPOKE_GRANTS };

type Changes = Readonly<Record<string, unknown>>;

const connectors = (spec: Changes) => ({
  producers: { music: { account: PRODUCER, connectors: { acct1dynamodb: { tables: ["Music"], ...spec } } } },
});

const hub = (changes: Changes = {}) => hubBootstrap(environmentWith(changes), trusted);
const producer = (changes: Changes = {}) => producerBootstrap(environmentWith(changes), "music", trusted);
const spoke = (request: Changes | undefined = {}, changes: Changes = {}) =>
  spokeBootstrap(environmentWith(changes), SPOKE, trusted, [requestWith(request)]);
const reader = () =>
  readerBootstrap(
    environmentWith({
      producers: {
        music: {
          account: PRODUCER,
          connectors: { acct1dynamodb: { tables: ["Music"] } },
          tableReaders: { lookup: { account: OTHER_SPOKE, table: "Music" } },
        },
      },
    }),
    OTHER_SPOKE,
    trusted,
  );
const anySpoke = (changes: Changes = {}) => spokeBootstrap(environmentWith(changes), SPOKE, trusted);

/** Every document that is granted, by the name of the role or boundary. */
function documents({ roles, boundary }: Bootstrap): Record<string, PolicyDocument> {
  return {
    ...Object.fromEntries([...roles].map(([name, { permissions }]) => [name, permissions])),
    [boundary.name]: boundary.document,
  };
}

/** What is granted, by the Sids, in which every statement is different. */
function statements(made: Bootstrap): Granted {
  return Object.fromEntries(
    Object.entries(documents(made)).map(([name, { Version, Statement, ...rest }]) => {
      expect({ Version, ...rest }).to.deep.equal({ Version: "2012-10-17" });
      return [
        name,
        Object.fromEntries(
          Statement.map(({ Sid = "", Effect, ...granted }) => {
            expect(Effect).to.equal("Allow");
            return [Sid, granted];
          }),
        ),
      ];
    }),
  );
}

describe("the roles that everything runs under", () => {
  describe("grant these documents (R39, R53, R70)", () => {
    const bootstraps: readonly [string, () => Bootstrap][] = [
      ["hub", hub],
      ["producer", producer],
      ["spoke", spoke],
      ["any spoke", anySpoke],
      ["hub with a list of roles", () => hub({ roleA: "list" })],
      ["hub with a role for each spoke", () => hub({ roleA: "dedicated" })],
      ["hub on the way to a role for each spoke", () => hub({ roleA: "dedicated", formerRoleA: "pattern" })],
      ["producer for the organization", () => producer({ producerGrants: "organization" })],
      ["producer for roles", () => producer({ producerGrants: "roles" })],
      ["producer with a key", () => producer({ producers: keyedProducers })],
      ["producer with a key and grants", () => producer({ producers: keyedProducers, keyAccess: "grants" })],
      ["producer with a jar", () => producer(connectors({ jar: "s3://artifacts/athena/dynamodb.jar" }))],
      ["producer with an application", () => producer(connectors({ application: "2026.33.1" }))],
      [
        "spoke with connectors of its own",
        () =>
          spoke({
            analyst: false,
            sampleData: false,
            workgroup: { name: "primary", outputLocation: "s3://own-results/athena/" },
            data: [{ database: "crm", prefixes: ["s3://crm-data/in/"] }],
            connectors: [{ deploy: { tables: ["Orders"], sampleData: true, customerManagedKey: true } }],
          }),
      ],
    ];
    for (const [title, make] of bootstraps)
      it(title, () => {
        expect(statements(make())).to.deep.equal(EXPECTED[title]);
      });

    it("a spoke with an application: what it has with an image, and of the application its own stack only (R25)", () => {
      const deploying = (spec: Changes) =>
        spoke({ connectors: [{ deploy: { tables: ["Orders"], ...spec } }] });
      const own = "arn:aws:cloudformation:us-east-1:133333333333:stack/serverlessrepo-salesdynamodb/*";
      const deployer = "athena-spokes-spoke-deployer-dev";
      const expected = statements(deploying({}));
      expect(statements(deploying({ application: "2026.33.1" }))).to.deep.equal({
        ...expected,
        [deployer]: {
          ...expected[deployer],
          ...APPLICATION_STATEMENTS,
          ApplicationStacks: { ...APPLICATION_STATEMENTS.ApplicationStacks, Resource: [own] },
        },
      });
    });

    it("and no others are expected", () => {
      expect(Object.keys(EXPECTED).sort()).to.deep.equal(bootstraps.map(([title]) => title).sort());
    });

    for (const [title, make] of bootstraps)
      it(`each statement with a name of its own: ${title}`, () => {
        for (const { Statement } of Object.values(documents(make()))) {
          const sids = Statement.map(({ Sid }) => Sid);
          expect(sids).to.not.include(undefined);
          expect(new Set(sids).size).to.equal(sids.length);
        }
      });
  });

  const trusts: readonly [string, readonly string[], Changes, unknown][] = [
    [
      "one role, of the organization",
      [PIPELINE],
      {},
      {
        Principal: { AWS: ["arn:aws:iam::100000000000:root"] },
        Condition: {
          ArnLike: { "aws:PrincipalArn": [PIPELINE] },
          StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" },
        },
      },
    ],
    [
      "several of several accounts, the organization unknown",
      [PIPELINE, "arn:aws:iam::100000000000:user/ann", "arn:aws:iam::100000000001:role/x/*"],
      { organization: undefined, roleA: "list" },
      {
        Principal: { AWS: ["arn:aws:iam::100000000000:root", "arn:aws:iam::100000000001:root"] },
        Condition: {
          ArnLike: {
            "aws:PrincipalArn": [
              PIPELINE,
              "arn:aws:iam::100000000000:user/ann",
              "arn:aws:iam::100000000001:role/x/*",
            ],
          },
        },
      },
    ],
  ];
  for (const [title, principals, changes, expected] of trusts)
    it(`trust ${title}`, () => {
      for (const { trust } of hubBootstrap(environmentWith(changes), principals).roles.values())
        expect(trust).to.deep.equal({
          Version: "2012-10-17",
          Statement: [
            { Sid: "TrustedToDeploy", Effect: "Allow", Action: "sts:AssumeRole", ...(expected as object) },
          ],
        });
    });

  it("are one set for all producers of an account", () => {
    const environment = environmentWith({
      producers: {
        music: { account: PRODUCER, connectors: { acct1dynamodb: { tables: ["Music"] } } },
        books: { account: PRODUCER, connectors: { books: { tables: ["Books"] } } },
        films: { account: "122222222223", connectors: { films: { tables: ["Films"] } } },
      },
    });
    const one = producerBootstrap(environment, "music", trusted);
    expect(documents(one)).to.deep.equal(documents(producerBootstrap(environment, "books", trusted)));
    const read = one.boundary.document.Statement.find(({ Sid }) => Sid === "ReadTables")?.Resource;
    expect(JSON.stringify(read)).to.match(/Books/).and.to.match(/Music/).and.not.to.match(/Films/);
  });

  it("are one set for all spokes of an account", () => {
    const requests = [
      requestWith(),
      requestWith({ spoke: "returns", roleB: { name: "qs-athena-consumer-role-dev-r" } }),
    ];
    const both = documents(spokeBootstrap(environmentWith(), SPOKE, trusted, requests));
    expect(JSON.stringify(both))
      .to.match(/dev-sales-athena-results/)
      .and.to.match(/dev-returns-athena-results/);
  });

  for (const [producerGrants, plain, registering, granting, both] of [
    ["accounts", 583, 53, 18, 13],
    ["roles", 21, 15, 9, 8],
    // Nothing grows with spokes without catalogs or grants.
    ["organization", undefined, 61, 20, 14],
  ] as const)
    it(`of a producer have room for as many spokes as docs/limits.md says, under ${producerGrants} (L1)`, () => {
      const { music } = environmentWith().producers;
      const registers = { registersCatalogs: true };
      for (const [count, changes] of [
        [plain, {}],
        [registering, { producers: { music: { ...music, ...registers } } }],
        [granting, { producers: keyedProducers, keyAccess: "grants" }],
        [both, { producers: { music: { ...keyedProducers.music, ...registers } }, keyAccess: "grants" }],
      ] as const) {
        if (count === undefined) continue;
        const named = (size: number) => () =>
          producerBootstrap(
            environmentWith({ producerGrants, ...changes }),
            "music",
            trusted,
            Array.from({ length: size }, (_, index) => String(130000000000 + index)),
          );
        expect(named(count)).not.to.throw();
        expect(named(count + 1)).to.throw(
          /athena-spokes-producer-onboarder-dev would have \d+ characters, IAM allows 10240: name fewer connectors, tables and spokes/,
        );
      }
    });

  const tooLarge: readonly [string, () => Bootstrap, RegExp][] = [
    [
      "tables",
      () => producer(connectors({ tables: Array.from({ length: 60 }, (_, n) => `Table${n}`) })),
      /the permissions boundary athena-spokes-producer-boundary-dev would have \d+ characters, IAM allows 6144: name fewer connectors, tables and spokes/,
    ],
    [
      "databases",
      () =>
        spoke({
          data: Array.from({ length: 60 }, (_, n) => ({
            database: `db${n}`,
            prefixes: [`s3://data${n}/in/`],
          })),
        }),
      /athena-spokes-spoke-boundary-dev would have \d+ characters, IAM allows 6144: leave the requests out/,
    ],
  ];
  for (const [what, make, words] of tooLarge)
    it(`are refused when there are too many ${what} for a document (L1, L2)`, () => {
      expect(make).to.throw(InputError, words);
    });

  it("fit into IAM's limits with a hundred bytes of account and names to spare (L1, L2)", () => {
    for (const made of [
      hub({ roleA: "list" }),
      producer({ producers: keyedProducers, keyAccess: "grants" }),
      anySpoke(),
    ]) {
      for (const { permissions, trust } of made.roles.values()) {
        expect(JSON.stringify(permissions).length).to.be.below(limits.roleInlinePolicies - 100);
        expect(JSON.stringify(trust).length).to.be.below(2048);
      }
      expect(JSON.stringify(made.boundary.document).length).to.be.below(limits.managedPolicy - 100);
    }
  });
});

describe("the template of the roles", () => {
  it("makes each role with its one policy, and the boundary", () => {
    const made = hub();
    const role = (name: string) => {
      const found = made.roles.get(name);
      return {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: name,
          Description: found?.description,
          AssumeRolePolicyDocument: found?.trust,
          Policies: [{ PolicyName: BOOTSTRAP_POLICY, PolicyDocument: found?.permissions }],
        },
      };
    };
    expect(bootstrapTemplate(made)).to.deep.equal({
      AWSTemplateFormatVersion: "2010-09-09",
      Description: "athena-spokes: roles of a hub account of environment dev",
      Resources: {
        HubDeployer: role("athena-spokes-hub-deployer-dev"),
        HubOnboarder: role("athena-spokes-hub-onboarder-dev"),
        HubBoundary: {
          Type: "AWS::IAM::ManagedPolicy",
          Properties: {
            ManagedPolicyName: "athena-spokes-hub-boundary-dev",
            Description: "athena-spokes: the most that roles of environment dev can have in this hub account",
            PolicyDocument: made.boundary.document,
          },
        },
      },
    });
  });

  it("leaves the account to CloudFormation where it fits any, and says the same then", () => {
    const template = JSON.stringify(
      bootstrapTemplate(spokeBootstrap(environmentWith(), ANY_ACCOUNT, trusted)),
    );
    expect(template).to.not.match(new RegExp(SPOKE));
    const substituted = template
      .replace(/\{"Fn::Sub":("(?:[^"\\]|\\.)*")\}/g, "$1")
      .replaceAll(ANY_ACCOUNT, SPOKE);
    expect(JSON.parse(substituted)).to.deep.equal(bootstrapTemplate(anySpoke()));
  });

  it("is short enough to be handed over inline (L26)", () => {
    for (const made of [hub({ roleA: "list" }), producer({ producers: keyedProducers }), anySpoke()])
      expect(JSON.stringify(bootstrapTemplate(made), undefined, 2).length).to.be.below(limits.templateBody);
  });
});

describe("with the roles that everything runs under", () => {
  const environment = environmentWith({ producers: keyedProducers, keyAccess: "grants", roleA: "list" });
  const all = [
    hubBootstrap(environment, trusted),
    producerBootstrap(environment, "music", trusted),
    reader(),
    spokeBootstrap(environment, SPOKE, trusted),
  ];
  const accounts = { hub: HUB, producer: PRODUCER, reader: OTHER_SPOKE, spoke: SPOKE };
  const made = {
    hub: "qs-athena-cross-account-role-a",
    producer: "athena-connector-acct1dynamodb",
    reader: "table-reader-lookup",
    spoke: "analyst",
  };

  const escalations: readonly [
    string,
    (kind: AccountKind) => {
      action: string;
      resource: string;
      context?: Record<string, string | string[]>;
    },
  ][] = [
    ["a role without the boundary", (kind) => ({ action: "iam:CreateRole", resource: `role/${made[kind]}` })],
    [
      "a role under another boundary",
      (kind) => ({
        action: "iam:CreateRole",
        resource: `role/${made[kind]}`,
        context: { "iam:PermissionsBoundary": `arn:aws:iam::${accounts[kind]}:policy/other` },
      }),
    ],
    [
      "a policy of a role without the boundary",
      (kind) => ({ action: "iam:PutRolePolicy", resource: `role/${made[kind]}` }),
    ],
    [
      "AWS's administrator policy for a role of ours",
      (kind) => ({
        action: "iam:AttachRolePolicy",
        resource: `role/${made[kind]}`,
        context: {
          "iam:PermissionsBoundary": `arn:aws:iam::${accounts[kind]}:policy/athena-spokes-${kind}-boundary-dev`,
          "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
      }),
    ],
    [
      "a role without its boundary",
      (kind) => ({ action: "iam:DeleteRolePermissionsBoundary", resource: `role/${made[kind]}` }),
    ],
    [
      "another boundary",
      (kind) => ({
        action: "iam:CreatePolicyVersion",
        resource: `policy/athena-spokes-${kind}-boundary-dev`,
      }),
    ],
    [
      "a role of the account's own that has the name of one of ours: who may become it",
      (kind) => ({ action: "iam:UpdateAssumeRolePolicy", resource: `role/${made[kind]}` }),
    ],
    [
      "the same by bringing it under the boundary first",
      (kind) => ({
        action: "iam:PutRolePermissionsBoundary",
        resource: `role/${made[kind]}`,
        context: {
          "iam:PermissionsBoundary": `arn:aws:iam::${accounts[kind]}:policy/athena-spokes-${kind}-boundary-dev`,
        },
      }),
    ],
    [
      "more rights of its own",
      (kind) => ({ action: "iam:PutRolePolicy", resource: `role/athena-spokes-${kind}-deployer-dev` }),
    ],
    [
      "other people who trust it",
      (kind) => ({
        action: "iam:UpdateAssumeRolePolicy",
        resource: `role/athena-spokes-${kind}-deployer-dev`,
      }),
    ],
    [
      "a role of somebody else",
      (kind) => ({
        action: "iam:CreateRole",
        resource: "role/admin",
        context: {
          "iam:PermissionsBoundary": `arn:aws:iam::${accounts[kind]}:policy/athena-spokes-${kind}-boundary-dev`,
        },
      }),
    ],
    [
      "a function that runs as somebody else",
      () => ({
        action: "iam:PassRole",
        resource: "role/admin",
        context: { "iam:PassedToService": "lambda.amazonaws.com" },
      }),
    ],
    [
      "another service that runs as a role of ours",
      (kind) => ({
        action: "iam:PassRole",
        resource: `role/${made[kind]}`,
        context: { "iam:PassedToService": "ec2.amazonaws.com" },
      }),
    ],
    ["a user", () => ({ action: "iam:CreateUser", resource: "user/eve" })],
  ];
  for (const [what, of] of escalations)
    it(`nobody gets ${what}`, () => {
      for (const { kind, roles } of all)
        for (const [name, { permissions }] of roles) {
          const { action, resource, context = {} } = of(kind);
          const asked = {
            caller: { type: "role" as const, arn: `arn:aws:iam::${accounts[kind]}:role/${name}` },
            action,
            resource: `arn:aws:iam::${accounts[kind]}:${resource}`,
            context,
          };
          const policies = { identity: [{ name: BOOTSTRAP_POLICY, document: permissions }] };
          expect(decide(asked, policies).decision, name).to.not.equal("allowed");
        }
    });

  const grants: readonly [string, string, string, Record<string, string | string[]>, boolean][] = [
    [
      "a spoke's account invoke",
      "lambda:AddPermission",
      "function:acct1dynamodb",
      { "lambda:Principal": SPOKE },
      true,
    ],
    [
      "everybody invoke",
      "lambda:AddPermission",
      "function:acct1dynamodb",
      { "lambda:Principal": "*" },
      false,
    ],
    [
      "a service invoke",
      "lambda:AddPermission",
      "function:acct1dynamodb",
      { "lambda:Principal": "events.amazonaws.com" },
      false,
    ],
    [
      "an account invoke another function",
      "lambda:AddPermission",
      "function:payroll",
      { "lambda:Principal": SPOKE },
      false,
    ],
  ];
  for (const [what, action, resource, context, expected] of grants)
    it(`the producer's onboarder may ${expected ? "" : "not "}let ${what}`, () => {
      const found = producer().roles.get("athena-spokes-producer-onboarder-dev");
      if (found === undefined) throw new Error("the producer has no onboarder");
      const asked = {
        caller: {
          type: "role" as const,
          arn: `arn:aws:iam::${PRODUCER}:role/athena-spokes-producer-onboarder-dev`,
        },
        action,
        resource: `arn:aws:lambda:us-east-1:${PRODUCER}:${resource}`,
        context,
      };
      const policies = { identity: [{ name: BOOTSTRAP_POLICY, document: found.permissions }] };
      expect(decide(asked, policies).decision === "allowed").to.equal(expected);
    });

  /** Whom producers let in by name, in these accounts. */
  const invokersOf = (...accounts: string[]) =>
    accounts.flatMap((account) =>
      [
        "role/qs-athena-consumer-role",
        "role/qs-athena-consumer-role-dev-*",
        "role/analyst",
        "role/analyst-dev-*",
        "user/analyst",
        "user/analyst-dev-*",
        "role/athena-reader-dev-*",
        "user/athena-reader-dev-*",
      ].map((known) => `arn:aws:iam::${account}:${known}`),
    );
  for (const [scope, principals] of [
    ["accounts", [SPOKE, OTHER_SPOKE]],
    ["roles", invokersOf(SPOKE, OTHER_SPOKE)],
  ] as const)
    it(`the producer's onboarder lets in the accounts that it is made for, where they are named: ${scope} (R11)`, () => {
      const named = { producers: keyedProducers, keyAccess: "grants", producerGrants: scope };
      const onboarder = "athena-spokes-producer-onboarder-dev";
      const any = statements(producer(named));
      const GrantInvocation = any[onboarder]?.GrantInvocation;
      const GrantDecryption = any[onboarder]?.GrantDecryption;
      const grantees = invokersOf(SPOKE, OTHER_SPOKE);
      expect(
        statements(producerBootstrap(environmentWith(named), "music", trusted, [SPOKE, OTHER_SPOKE])),
      ).to.deep.equal({
        ...any,
        [onboarder]: {
          ...any[onboarder],
          GrantInvocation: {
            ...GrantInvocation,
            Condition: { StringLike: { "lambda:Principal": principals } },
          },
          GrantDecryption: {
            ...GrantDecryption,
            Condition: { ...GrantDecryption?.Condition, StringLike: { "kms:GranteePrincipal": grantees } },
          },
        },
      });
    });

  it("a spoke's owner reaches no other account's roles", () => {
    const roles = spokeBootstrap(environment, OTHER_SPOKE, trusted).roles;
    const [permissions] = [...roles.values()].map((role) => role.permissions);
    expect(JSON.stringify(permissions)).to.not.match(new RegExp(`:iam::(?!${OTHER_SPOKE})`));
  });
});
