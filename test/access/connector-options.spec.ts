import { expect } from "chai";
import { applicationParameters } from "../../access/application";
import { connectorPermissions, connectorVariables } from "../../access/connector";
import { tablesBootstrap } from "../../access/bootstrap";
import { InputError } from "../../access/faults";
import { producerConnector } from "../../access/names";
import { faultsInEnvironment } from "../../access/request";
import { tablesRolePermissions, tablesRoleTrust } from "../../access/tables";
import { environmentWith, ORGANIZATION, PRODUCER, requestWith, SPOKE } from "../worlds";

const TABLES = "122222222229";
const ADMINISTRATOR = "arn:aws:iam::100000000000:user/admin";

/** The producer of the examples, its connector with these options. */
function producersWith(options: Record<string, unknown>, producer: Record<string, unknown> = {}) {
  return {
    music: {
      account: PRODUCER,
      ...producer,
      connectors: { acct1dynamodb: { tables: ["Music"], ...options } },
    },
  };
}

/** The faults of what is written; none when it is read. */
function faultsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults.map(({ path, message }) => `${path}: ${message}`);
    throw thrown;
  }
}

describe("tables of another account (C10, C11)", () => {
  const environment = environmentWith({ producers: producersWith({ tablesIn: { account: TABLES } }) });
  const connector = producerConnector(environment, "music", "acct1dynamodb");
  const role = "arn:aws:iam::122222222229:role/athena-tables-dev-acct1dynamodb";

  it("are read through a role there, which the connector may assume and is told of", () => {
    const { Statement } = connectorPermissions(connector, ["Music"]);
    expect(Statement[0]).to.deep.equal({
      Sid: "AssumeTablesRole",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: role,
    });
    expect(Statement.map(({ Sid }) => Sid)).to.deep.equal([
      "AssumeTablesRole",
      "CheckSpillBucket",
      "Spill",
      "WriteLog",
    ]);
    expect(connectorVariables(connector)).to.deep.equal({
      cross_account_role_arn: role,
      disable_glue: "true",
      disable_spill_encryption: "false",
      spill_bucket: "dev-music-athena-spill-122222222222",
      spill_prefix: "athena-spill/acct1dynamodb",
    });
  });

  it("open to the connector's role, in our organization where it is known, without an external id (C11)", () => {
    const trust = (Condition: object) => ({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ConnectorReadsTables",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::122222222222:root" },
          Action: "sts:AssumeRole",
          Condition,
        },
      ],
    });
    const ArnEquals = { "aws:PrincipalArn": "arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb" };
    expect(tablesRoleTrust(connector, ORGANIZATION)).to.deep.equal(
      trust({ ArnEquals, StringEquals: { "aws:PrincipalOrgID": ORGANIZATION } }),
    );
    expect(tablesRoleTrust(connector, undefined)).to.deep.equal(trust({ ArnEquals }));
  });

  it("open to what the connector reads, and nothing else", () => {
    expect(tablesRolePermissions(connector, ["Music"])).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadTables",
          Effect: "Allow",
          Action: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
          Resource: [
            "arn:aws:dynamodb:us-east-1:122222222229:table/Music",
            "arn:aws:dynamodb:us-east-1:122222222229:table/Music/index/*",
          ],
        },
        {
          Sid: "FindTablesInLowerCase",
          Effect: "Allow",
          Action: ["dynamodb:DescribeTable", "dynamodb:Scan"],
          Resource: ["arn:aws:dynamodb:us-east-1:122222222229:table/music"],
        },
        {
          Sid: "ListTables",
          Effect: "Allow",
          Action: "dynamodb:ListTables",
          Resource: "*",
          Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
        },
      ],
    });
  });

  it("have a bootstrap of their own, for the one role under the boundary of reading", () => {
    const { kind, roles, boundary } = tablesBootstrap(environment, TABLES, [ADMINISTRATOR]);
    expect(kind).to.equal("tables");
    expect([...roles.keys()]).to.deep.equal(["athena-spokes-tables-deployer-dev"]);
    expect(boundary.document.Statement.map(({ Sid }) => Sid)).to.deep.equal(["ReadTables", "ListTables"]);
    const [deployer] = roles.values();
    expect(deployer?.permissions.Statement.map(({ Sid, Resource }) => [Sid, Resource])).to.deep.equal([
      ["MakeRolesUnderBoundary", [role]],
      ["RemoveRolesUnderBoundary", [role]],
      ["ReadAndTagRoles", [role]],
      ["FindTables", ["arn:aws:dynamodb:us-east-1:122222222229:table/Music"]],
      ["ReadBoundary", "arn:aws:iam::122222222229:policy/athena-spokes-tables-boundary-dev"],
    ]);
    const elsewhere = { deploy: { tables: ["Salaries"], tablesIn: { account: "122222222228" } } };
    const request = requestWith({ classifications: { pii: { connectors: [elsewhere] } } });
    const [ofLevel] = tablesBootstrap(environment, "122222222228", [ADMINISTRATOR], [request]).roles.values();
    expect(ofLevel?.permissions.Statement[0]?.Resource).to.deep.equal([
      "arn:aws:iam::122222222228:role/athena-tables-dev-sales_piidynamodb",
    ]);
    expect(faultsOf(() => tablesBootstrap(environment, SPOKE, [ADMINISTRATOR]))).to.deep.equal([
      "tablesIn: no connector reads tables of account 133333333333 by a role of the bootstrap: name the account under tablesIn.account of a connector first",
    ]);
  });
});

describe("a connector in a VPC", () => {
  const subnet = "subnet-0a1b2c3d4e5f60718";
  const group = "sg-0a1b2c3d";
  const vpc = { subnets: [subnet], securityGroups: [group] };
  const environment = environmentWith({ producers: producersWith({ vpc }) });
  const connector = producerConnector(environment, "music", "acct1dynamodb");

  it("lets Lambda make network interfaces there and nowhere else, and its code none", () => {
    const ec2 = (resource: string) => `arn:aws:ec2:us-east-1:122222222222:${resource}`;
    const inRegion = { StringEquals: { "aws:RequestedRegion": "us-east-1" } };
    const { Statement } = connectorPermissions(connector, ["Music"], vpc);
    expect(Statement.slice(-4)).to.deep.equal([
      {
        Sid: "MakeNetworkInterfaces",
        Effect: "Allow",
        Action: "ec2:CreateNetworkInterface",
        Resource: [ec2("network-interface/*"), ec2(`subnet/${subnet}`), ec2(`security-group/${group}`)],
      },
      {
        Sid: "ChangeNetworkInterfaces",
        Effect: "Allow",
        Action: [
          "ec2:AssignPrivateIpAddresses",
          "ec2:DeleteNetworkInterface",
          "ec2:UnassignPrivateIpAddresses",
        ],
        Resource: ec2("network-interface/*"),
      },
      {
        Sid: "LookAtNetwork",
        Effect: "Allow",
        Action: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"],
        Resource: "*",
        Condition: inRegion,
      },
      {
        Sid: "NoNetworkByCode",
        Effect: "Deny",
        Action: "ec2:*",
        Resource: "*",
        Condition: { Null: { "lambda:SourceFunctionArn": "false" } },
      },
    ]);
  });
});

describe("disableSpillEncryption (R6, R13)", () => {
  const spoke = (account: string) => ({ account, roleB: "qs-athena-consumer-role", producers: ["music"] });

  it("leaves the bucket's own encryption, and no key for the connector", () => {
    const environment = environmentWith({
      producers: producersWith({ disableSpillEncryption: true, customerManagedKey: true }),
    });
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    expect(connectorVariables(connector)).to.deep.equal({
      disable_glue: "true",
      disable_spill_encryption: "true",
      spill_bucket: "dev-music-athena-spill-122222222222",
      spill_prefix: "athena-spill/acct1dynamodb",
    });
    const sids = connectorPermissions(connector, ["Music"]).Statement.map(({ Sid }) => Sid);
    expect(sids).to.include("EncryptSpill").and.to.not.include.members(["EncryptBlocks", "DrawNonces"]);
  });

  const producers = producersWith({ disableSpillEncryption: true });
  const two =
    'spokes a, b would read from each other what connector "acct1dynamodb" of producer "music" spills unencrypted: write `disableSpillEncryption: false`, or leave the producer to one spoke';
  const path = "producers.music.connectors.acct1dynamodb.disableSpillEncryption";
  for (const { name, changes, faults } of [
    { name: "is taken with one consumer", changes: { spokes: { a: spoke(SPOKE) } }, faults: [] },
    {
      name: "is refused with two",
      changes: { spokes: { a: spoke(SPOKE), b: spoke("133333333334") } },
      faults: [`${path}: ${two}`],
    },
    {
      name: "is refused with two of which one reads what is classified (R72)",
      changes: {
        spokes: {
          a: spoke(SPOKE),
          b: {
            account: "133333333334",
            roleB: "qs-athena-consumer-role",
            classifications: { pii: { roleB: "qs-athena-consumer-role-dev-pii", producers: ["music"] } },
          },
        },
      },
      faults: [`${path}: ${two}`],
    },
    {
      name: "is refused where the whole organization reads",
      changes: { producerGrants: "organization" },
      faults: [
        `${path}: with \`producerGrants: organization\` every spoke can read what connector "acct1dynamodb" of producer "music" spills unencrypted: write \`disableSpillEncryption: false\`, or choose \`producerGrants: accounts\` and one spoke`,
      ],
    },
  ])
    it(name, () => {
      expect(faultsOf(() => environmentWith({ producers, ...changes }))).to.deep.equal(faults);
    });

  it("refuses a second spoke's request", () => {
    const environment = environmentWith({ producers, spokes: { emea: spoke("133333333335") } });
    expect(faultsInEnvironment(requestWith(), environment)).to.deep.equal([
      { path: "connectors", message: two.replace("spokes a, b", "spokes emea, sales") },
    ]);
  });
});

describe("choices of a connector that exclude each other", () => {
  const other = { account: "122222222223", connectors: { shop: { tables: ["Shop"] } } };
  for (const { name, producers, faults } of [
    {
      name: "a boundary beside the bootstrap's",
      producers: producersWith({ permissionsBoundary: "Ours" }),
      faults: [
        "producers.music.connectors.acct1dynamodb.permissionsBoundary: roles of this account are made under the boundary of `spokes bootstrap`, and a role has one: leave it out, or name a role of your own under assumeRole",
      ],
    },
    {
      name: "a boundary where the account has a role of its own",
      producers: producersWith({ permissionsBoundary: "Ours" }, { assumeRole: "Deployer" }),
      faults: [],
    },
    {
      name: "tables of another account that is the connector's",
      producers: producersWith({ tablesIn: { account: PRODUCER } }),
      faults: [
        "producers.music.connectors.acct1dynamodb.tablesIn.account: the connector is in 122222222222 itself: leave tablesIn out",
      ],
    },
    {
      name: "one role for two connectors",
      producers: {
        ...producersWith({ tablesIn: { account: TABLES, role: "reader" } }),
        shop: {
          ...other,
          connectors: { shop: { tables: ["Shop"], tablesIn: { account: TABLES, role: "reader" } } },
        },
      },
      faults: [
        'producers.shop.connectors.shop.tablesIn.role: producers.music.connectors.acct1dynamodb makes role "reader" in 122222222229 already: name another',
      ],
    },
    {
      name: "a role's name that grows too long",
      producers: {
        shop: {
          ...other,
          connectors: { ["c".repeat(47)]: { tables: ["Shop"], tablesIn: { account: TABLES } } },
        },
      },
      faults: [
        `producers.shop.connectors.${"c".repeat(47)}.tablesIn.role: "athena-tables-dev-${"c".repeat(47)}" would have 65 characters, IAM allows 64: name the role`,
      ],
    },
    {
      name: "networks, numbers and external ids that are none",
      producers: producersWith({
        vpc: { subnets: ["vpc-1"], securityGroups: [] },
        reservedConcurrency: 0,
        tablesIn: { account: TABLES, externalId: "x" },
      }),
      faults: [
        "producers.music.connectors.acct1dynamodb.reservedConcurrency: 0 is not a reserved concurrency: write a whole number of invocations from 1 to 10000",
        'producers.music.connectors.acct1dynamodb.vpc.subnets[0]: "vpc-1" is not a valid subnet id: write it as AWS does, subnet-0a1b2c3d4e5f60718',
        "producers.music.connectors.acct1dynamodb.vpc.securityGroups: name at least one of the security groups",
        'producers.music.connectors.acct1dynamodb.tablesIn: unknown key "externalId": tablesIn knows account, role, assumeRole',
      ],
    },
  ])
    it(`${faults.length === 0 ? "takes" : "refuses"} ${name}`, () => {
      expect(faultsOf(() => environmentWith({ producers }))).to.deep.equal(faults);
    });
});

describe("a connector of AWS's serverless application (R25)", () => {
  const parametersOf = (options: Record<string, unknown>, name = "acct1dynamodb") => {
    const connectors = {
      [name]: { tables: ["Music"], application: "2026.33.1", ...options },
    };
    const environment = environmentWith({ producers: { music: { account: PRODUCER, connectors } } });
    const spec = environment.producers["music"]?.connectors[name];
    if (spec === undefined) throw new Error(`the environment has no connector ${name}`);
    return applicationParameters(producerConnector(environment, "music", name), spec);
  };
  const least = {
    AthenaCatalogName: "acct1dynamodb",
    LambdaRole: "arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb",
    SpillBucket: "dev-music-athena-spill-122222222222",
    SpillPrefix: "athena-spill/acct1dynamodb",
  };

  it("is given our role, and nothing that the template has of itself", () => {
    expect(parametersOf({})).to.deep.equal(least);
    expect(parametersOf({ timeout: 900, memory: 3008 })).to.deep.equal(least);
  });

  it("is given what is chosen", () => {
    expect(parametersOf({ timeout: 60, memory: 1024, customerManagedKey: true })).to.deep.equal({
      ...least,
      LambdaTimeout: "60",
      LambdaMemory: "1024",
      KMSKeyId: "alias/dev-music-athena-spill",
    });
    expect(parametersOf({ disableSpillEncryption: true })).to.deep.equal({
      ...least,
      DisableSpillEncryption: "true",
    });
  });

  const at = "producers.music.connectors.acct1dynamodb";
  const vpc = { subnets: ["subnet-0a1b2c3d4e5f60718"], securityGroups: ["sg-0a1b2c3d"] };
  for (const [name, options, faults] of [
    [
      "a version that is no text",
      { application: 2026.33 },
      [
        `${at}.application: the application's version is not a text: write it in quotes, for example "2026.33.1"`,
      ],
    ],
    [
      "a version that is none",
      { application: "latest" },
      [
        `${at}.application: "latest" is not a version of the application: write three numbers, for example "2026.33.1"`,
      ],
    ],
    [
      "what the application excludes, all of it",
      {
        application: "2026.33.1",
        imageVersion: "2026.33.1",
        jar: "s3://artifacts/dynamodb.jar",
        reservedConcurrency: 5,
        tablesIn: { account: TABLES },
        vpc,
      },
      [
        `${at}.imageVersion: the application's version says which image it is of: leave out application, or imageVersion`,
        `${at}.jar: the application is of AWS's image: leave out application, or jar`,
        `${at}.reservedConcurrency: the application's template has no parameter for it: leave out application, or reservedConcurrency`,
        `${at}.tablesIn: the application's template has no parameter for cross_account_role_arn: leave out application, or tablesIn`,
        `${at}.vpc: the application's template has no parameter for it: leave out application, or vpc`,
      ],
    ],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(faultsOf(() => environmentWith({ producers: producersWith(options) }))).to.deep.equal(faults);
    });

  for (const name of ["acct1_dynamodb", "1dynamodb"])
    it(`refuses ${name}, after which no stack can be named`, () => {
      expect(faultsOf(() => parametersOf({}, name))).to.deep.equal([
        `producers.music.connectors.${name}.application: its stack would be named after "${name}", and CloudFormation takes letters, digits and dashes, a letter first: name the connector so, or leave application out`,
      ]);
    });

  it("is refused in a request by the same rules", () => {
    const deploy = { tables: ["Music"], application: "2026.33.1", vpc };
    expect(faultsOf(() => requestWith({ connectors: [{ deploy }] }))).to.deep.equal([
      "connectors[0].deploy.vpc: the application's template has no parameter for it: leave out application, or vpc",
    ]);
  });
});
