import { rm } from "node:fs/promises";
import { expect } from "chai";
import { withSpoke } from "../documents";
import { destroyEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import type { Leftovers } from "../../automation/leftovers";
import { type ThingKind, things } from "../../automation/leftovers/things";
import { isLeft } from "../../automation/leftovers/look";
import { looksForEnvironment } from "../../automation/leftovers/of-environment";
import { looksForSpoke } from "../../automation/leftovers/of-spoke";
import { about, namingOf, statements } from "../../automation/leftovers/statements";
import { offboard } from "../../automation/offboard";
import { PlainOutput } from "../../automation/output/plain-output";
import { environmentWith, HUB, keyedProducers, OTHER_SPOKE, PRODUCER, requestWith, SPOKE } from "../worlds";
import { chain, type Chain, failureOf, onboardedState, onboardInto, undeploy } from "./chain";
import { FakeAccount } from "./fake-cloud";

const SALES = { environment: "dev", spoke: "sales", stack: "dev-sales" };
const OWNER = { environment: "dev", spoke: "sales" };
const tagged = (spoke: string) => ({ "athena-spokes:environment": "dev", "athena-spokes:spoke": spoke });

async function refusal(operation: Promise<unknown>): Promise<RunnerError> {
  const thrown = await failureOf(operation);
  if (!(thrown instanceof RunnerError)) throw thrown;
  return thrown;
}

/** The bucket of a sample product. */
const ORDERS = `dev-orders-product-data-${PRODUCER}`;

const WORKGROUP = {
  enabled: true,
  enforced: false,
  encryption: undefined,
  managedResults: false,
  bytesScannedCutoff: undefined,
  outputLocation: undefined,
};

/** Each kind of thing, with how it comes to be in an account. */
const KINDS: readonly (readonly [
  kind: ThingKind,
  make: (account: FakeAccount) => unknown,
  remedy: string,
])[] = [
  [
    "role",
    (at) => at.roles.set("x", { trust: {}, tags: {}, policies: new Map() }),
    "aws iam delete-role --role-name x",
  ],
  [
    "user",
    (at) => at.users.set("x", { tags: {}, groups: [], policies: new Map() }),
    "aws iam delete-user --user-name x",
  ],
  [
    "policy",
    (at) => at.managedPolicies.add("x"),
    `aws iam delete-policy --policy-arn arn:aws:iam::${SPOKE}:policy/x`,
  ],
  [
    "workgroup",
    (at) => at.workgroups.set("x", WORKGROUP),
    "aws athena delete-work-group --recursive-delete-option --work-group x",
  ],
  [
    "catalog",
    (at) => at.catalogs.set("x", { type: "LAMBDA", functionArn: undefined }),
    "aws athena delete-data-catalog --name x",
  ],
  ["bucket", (at) => at.buckets.set("x", { keys: [] }), "aws s3api delete-bucket --bucket x"],
  ["database", (at) => at.databases.set("x", []), "aws glue delete-database --name x"],
  ["link", (at) => at.databases.set("x", ["a table of the producer"]), "aws glue delete-database --name x"],
  ["table", (at) => at.dynamoTables.add("x"), "aws dynamodb delete-table --table-name x"],
  ["function", (at) => at.functions.set("x", []), "aws lambda delete-function --function-name x"],
  [
    "application",
    (at) => at.stacks.set("x", { id: "arn", status: "DELETE_FAILED", tags: {} }),
    "aws cloudformation delete-stack --stack-name serverlessrepo-x",
  ],
  ["logGroup", (at) => at.logGroups.add("x"), "aws logs delete-log-group --log-group-name x"],
  [
    "alias",
    (at) => at.keys.set("x", { policy: {}, grants: [], tags: {} }),
    "aws kms delete-alias --alias-name x",
  ],
  [
    "dataSet",
    (at) =>
      at.dataSets.set("x", {
        importMode: "DIRECT_QUERY",
        ...{ dataSource: undefined, catalog: undefined, database: undefined, table: undefined },
        columns: {},
        permissions: [],
      }),
    `aws quicksight delete-data-set --aws-account-id ${SPOKE} --data-set-id x`,
  ],
  [
    "topic",
    (at) => at.topics.set(`arn:aws:sns:us-east-1:${SPOKE}:x`, {}),
    `aws sns delete-topic --topic-arn arn:aws:sns:us-east-1:${SPOKE}:x`,
  ],
  ["rule", (at) => at.rules.add("x"), "aws events delete-rule --name x"],
  ["alarm", (at) => at.alarms.add("x"), "aws cloudwatch delete-alarms --alarm-names x"],
  ["location", (at) => at.lakeLocations.add("x"), "aws lakeformation deregister-resource --resource-arn x"],
];

describe("a thing that should be gone (R74, R76)", () => {
  const look = async (view: FakeAccount, kind: ThingKind) => {
    const [only] = things({ view, owner: OWNER }, kind, ["x", "x"]);
    return only?.find();
  };

  for (const [kind, make, remedy] of KINDS)
    it(`is nothing when it is gone, and named with what takes it away when it is not: ${kind}`, async () => {
      const account = new FakeAccount(SPOKE, "us-east-1");
      expect(await look(account, kind)).to.deep.equal([]);
      make(account);
      const [found, ...more] = (await look(account, kind)) ?? [];
      expect(more).to.deep.equal([]);
      expect(found).to.include({ account: SPOKE, name: "x", remedy });
    });

  for (const [whose, tags, found] of [
    ["nobody's, as what is made by hand or by Lambda", {}, 1],
    ["its own", tagged("sales"), 1],
    ["another spoke's", tagged("returns"), 0],
    ["the environment's", { "athena-spokes:environment": "dev" }, 0],
    ["another environment's", { ...tagged("sales"), "athena-spokes:environment": "prod" }, 0],
  ] as const)
    it(`is ${found === 1 ? "" : "not "}told when by its tags it is ${whose}`, async () => {
      const account = new FakeAccount(SPOKE, "us-east-1");
      account.logGroups.add("x");
      account.thingTags.set("log group x", tags);
      expect(await look(account, "logGroup")).to.have.length(found);
    });

  for (const [kind, name, tags, doubt] of [
    ["logGroup", "log group x", {}, "without tags of ours"],
    ["logGroup", "log group x", tagged("sales"), undefined],
    ["table", "table x", {}, "whose tags are not read"],
    ["alarm", "alarm x", {}, undefined],
  ] as const)
    it(`is told as ${doubt ?? "surely ours"}: ${kind}`, async () => {
      const account = new FakeAccount(SPOKE, "us-east-1");
      for (const all of [account.logGroups, account.dynamoTables, account.alarms]) all.add("x");
      account.thingTags.set(name, tags);
      expect((await look(account, kind))?.map((found) => isLeft(found) && found.doubt)).to.deep.equal([
        doubt,
      ]);
    });

  for (const [kind, contents, make] of [
    ["bucket", "objects", (at: FakeAccount) => at.buckets.set("x", { keys: ["results/1.csv"] })],
    ["database", "tables", (at: FakeAccount) => at.databases.set("x", ["peoples"])],
    [
      "table",
      "items",
      (at: FakeAccount) => {
        at.dynamoTables.add("x");
        at.dynamoItems.set("x", [{ Artist: { S: "A" } }]);
      },
    ],
  ] as const)
    it(`is there on purpose when it holds what people have put there: ${kind}`, async () => {
      const account = new FakeAccount(SPOKE, "us-east-1");
      make(account);
      const [found] = (await look(account, kind)) ?? [];
      expect(found)
        .to.include({ name: "x", why: `it holds ${contents}` })
        .and.not.have.property("remedy");
    });
});

describe("a statement that names a spoke which is gone (R74, R76)", () => {
  const GONE = "AROAEXAMPLEEXAMPLE123";
  const ROLE_B = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;
  const other = (account: string) => ({
    spokes: { returns: { account, roleB: "qs-athena-consumer-role", producers: ["music"] } },
  });
  const said = async (statement: object, changes = {}): Promise<readonly { readonly name: string }[]> =>
    statements(
      PRODUCER,
      "policy of function x",
      () => Promise.resolve({ Statement: [statement] }),
      about(namingOf(requestWith(), withSpoke(environmentWith(changes), requestWith())), "dev"),
      (sid) => `remove ${sid}`,
    ).find();

  for (const [what, statement, changes, isLeft] of [
    ["by its Sid", { Sid: "CrossAccountInvocationStatement-dev-sales", Principal: "*" }, other(SPOKE), true],
    ["by the Sid of a level", { Sid: "CrossAccountInvocationStatement-dev-sales--pii" }, other(SPOKE), true],
    ["another by its Sid", { Sid: "CrossAccountInvocationStatement-dev-sales-two" }, {}, false],
    ["by its Role B", { Sid: "ByHand", Principal: { AWS: ROLE_B } }, other(SPOKE), true],
    ["by its analyst", { Principal: { AWS: `arn:aws:iam::${SPOKE}:role/analyst` } }, other(SPOKE), true],
    [
      "by another role of an account that others have, too",
      { Principal: { AWS: `${ROLE_B}-2` } },
      other(SPOKE),
      false,
    ],
    ["by another role of its own account", { Principal: { AWS: `${ROLE_B}-2` } }, other(OTHER_SPOKE), true],
    ["by its account", { Principal: { AWS: SPOKE } }, {}, true],
    ["by an account that another spoke has, too", { Principal: { AWS: SPOKE } }, other(SPOKE), false],
    ["the account of another", { Principal: { AWS: `arn:aws:iam::${OTHER_SPOKE}:root` } }, {}, false],
    ["in a condition", { Condition: { StringEquals: { "aws:PrincipalAccount": SPOKE } } }, {}, true],
    ["somebody who is gone", { Principal: { AWS: GONE } }, other(SPOKE), true],
    ["somebody who is gone, by a Sid of its own", { Sid: "ByHand", Principal: { AWS: GONE } }, {}, true],
    [
      "another whose role is gone, by its Sid",
      { Sid: "CrossAccountInvocationStatement-dev-returns", Principal: { AWS: GONE } },
      other(SPOKE),
      false,
    ],
  ] as const)
    it(`${isLeft ? "is told" : "is not told"}: ${what}`, async () => {
      const name = `${"Sid" in statement ? statement.Sid : "number 1"} in the policy of function x`;
      expect((await said(statement, changes)).map((each) => each.name)).to.deep.equal(isLeft ? [name] : []);
    });
});

describe("the search for what is left", () => {
  let world: Chain;
  const lines: string[] = [];
  const output = new PlainOutput({ out: (line) => lines.push(line), error: (line) => lines.push(line) });
  const found = (): Leftovers => {
    const message = world.messages.find(({ code }) => code === "leftovers");
    if (message?.code !== "leftovers") throw new Error("nothing was looked for");
    return message.leftovers;
  };

  beforeEach(async () => {
    lines.length = 0;
    world = await chain();
    onboardInto(world.cloud);
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState() });
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("ends an offboarding, and names what is left in every account with what takes it away (R74, R76)", async () => {
    const byHand = { Sid: "ByHand", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${SPOKE}:root` } };
    world.cloud.account(PRODUCER).functions.get("acct1dynamodb")?.push(byHand);
    world.cloud.account(SPOKE).roles.set("analyst", { trust: {}, tags: {}, policies: new Map() });
    const { roles } = world.cloud.account(HUB);
    const [name, roleA] = [...roles][0] ?? [];
    if (name === undefined || roleA === undefined) throw new Error("there is no Role A");
    const listed = { Statement: { Resource: [`arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`] } };
    roles.set(name, { ...roleA, policies: new Map([...roleA.policies, ["by-hand", listed]]) });
    // Its stack does not know of it.
    const state = onboardedState();
    const resources = state.resources.filter((resource) => resource.name !== "analyst");
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...state, resources });
    const error = await refusal(offboard(world.context, SALES));
    expect(error).to.include({ code: "leftovers.found", exitCode: 1 });
    expect(error.message).to.equal(
      [
        "dev-sales is gone but for 3 things:",
        `  role analyst of ${SPOKE}, without tags of ours: make sure that it is nobody else's, then aws iam delete-role --role-name analyst`,
        `  statement number 2 in the policies of role ${name} of ${HUB}: pulumi refresh --stack dev, then spokes environment up dev`,
        `  statement ByHand in the policy of function acct1dynamodb of ${PRODUCER}: aws lambda remove-permission --function-name acct1dynamodb --statement-id ByHand`,
        "remove what is not needed, and look again with `spokes offboard <request file>`",
      ].join("\n"),
    );
    expect(error.faults).to.have.length(3);
    expect(found().left.map(({ account }) => account)).to.deep.equal([SPOKE, HUB, PRODUCER]);
    // All else is done.
    expect(world.engine.calls).to.deep.equal(["destroy dev-sales", "remove dev-sales"]);
  });

  it("tells apart what is there on purpose, and shows both as a table", async () => {
    const results = "dev-sales-athena-results-133333333333";
    world.cloud.account(SPOKE).buckets.get(results)?.keys.push("results/1.csv");
    const { leftovers } = await offboard(world.context, SALES);
    expect(leftovers).to.deep.include({
      left: [],
      staying: [{ account: SPOKE, noun: "bucket", name: results, why: "it holds objects" }],
    });
    for (const message of world.messages) output.report(message);
    expect(lines.join("")).to.match(
      new RegExp(`│ spoke sales ${SPOKE} *│ bucket ${results} *│ on purpose: it holds objects`),
    );
  });

  it("names keys that are to be deleted with the day, and those that nobody deletes (R13)", async () => {
    const deploys = requestWith({
      sampleData: false,
      connectors: [{ deploy: { tables: ["songs"], customerManagedKey: true } }],
    });
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState(deploys) });
    world.cloud
      .account(SPOKE)
      .unnamed.push(
        { id: "leaving", tags: tagged("sales"), deletion: new Date("2027-01-31T12:00:00Z") },
        { id: "forgotten", tags: tagged("sales") },
        { id: "others", tags: tagged("returns") },
      );
    await refusal(offboard(world.context, SALES));
    expect(found().left).to.deep.equal([
      {
        account: SPOKE,
        noun: "KMS key",
        name: "forgotten",
        remedy: "aws kms schedule-key-deletion --key-id forgotten",
      },
    ]);
    expect(found().staying).to.deep.equal([
      {
        account: SPOKE,
        noun: "KMS key",
        name: "leaving",
        why: "KMS deletes it on 2027-01-31; `aws kms cancel-key-deletion --key-id leaving` brings it back",
      },
    ]);
  });

  it("is done again of a spoke that is gone, by its request (R76)", async () => {
    await offboard(world.context, SALES);
    world.engine.calls.length = 0;
    expect(await refusal(offboard(world.context, SALES))).to.include({ code: "spoke.unknown" });
    const again = await offboard(world.context, SALES, { request: requestWith() });
    expect(again).to.deep.include({ stack: "dev-sales", changed: false, kept: [], leaving: [] });
    expect(again.leftovers).to.deep.equal({ looked: 11, left: [], staying: [], unseen: [] });
    world.cloud.account(SPOKE).workgroups.set("dev-sales", WORKGROUP);
    expect((await refusal(offboard(world.context, SALES, { request: requestWith() }))).message).to.include(
      "Athena workgroup dev-sales",
    );
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("claims nothing of what it may not look at", async () => {
    const denied = Object.assign(new Error("User: x is not authorized to perform: lambda:GetPolicy"), {
      name: "AccessDeniedException",
    });
    world.cloud.account(PRODUCER).functionStatements = () => Promise.reject(denied);
    const { leftovers } = await offboard(world.context, SALES);
    expect(leftovers?.unseen).to.deep.equal([
      {
        account: PRODUCER,
        what: "statements in the policy of function acct1dynamodb",
        reason: denied.message,
      },
    ]);
    for (const message of world.messages) output.report(message);
    expect(lines.join("")).to.include("nothing of 11 things, 1 not looked at");
  });

  it("looks again while AWS still shows what is gone", async () => {
    const { cloud, context } = world;
    const spoke = cloud.account(SPOKE);
    let looks = 0;
    spoke.role = (name) => {
      if (name === "analyst" && looks++ === 0) return Promise.resolve({ trust: {}, tags: {} });
      return Promise.resolve(spoke.roles.get(name));
    };
    expect((await offboard({ ...context, patience: 10 }, SALES)).leftovers?.left).to.deep.equal([]);
    expect(looks).to.equal(2);
    expect(world.messages.filter(({ code }) => code === "waiting")).to.deep.equal([
      {
        code: "waiting",
        text: "1 thing still to be seen: looking again for up to 10 seconds, since AWS answers from copies",
      },
    ]);
  });

  it("tells grants of products that stay in the environment's file until they are taken out (R47)", async () => {
    const environment = environmentWith({
      producers: { shop: { account: PRODUCER } },
      products: { orders: { producer: "shop", sampleData: true } },
      grants: [{ product: "orders", consumer: "sales", account: SPOKE, approvedBy: "ada@example.com" }],
    });
    const request = requestWith({ connectors: [], products: [{ product: "orders" }] });
    const looks = looksForSpoke(request, environment, {
      spoke: world.cloud.account(SPOKE),
      hub: undefined,
      producers: new Map(),
      tables: new Map(),
    });
    expect(await looks.find(({ what }) => what === "grant of orders")?.find()).to.deep.equal([
      {
        account: PRODUCER,
        noun: "grant",
        name: "orders",
        why: `grant of orders to sales (${SPOKE}), approved by ada@example.com, is in Pulumi.dev.yaml until the platform team takes it out`,
      },
    ]);
  });

  it("tells grants on a producer's key, by their names and by whom they are to (R13)", async () => {
    const environment = environmentWith({ producers: keyedProducers, keyAccess: "grants" });
    const grant = { operations: ["Decrypt"], encryptionContextSubset: {} };
    const roleB = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;
    world.cloud.account(PRODUCER).keys.set("alias/dev-music-athena-spill", {
      policy: {},
      tags: {},
      grants: [
        { ...grant, name: "dev-sales", granteePrincipal: "AROAEXAMPLEEXAMPLE123" },
        { ...grant, name: "by-hand", granteePrincipal: roleB },
        { ...grant, name: "dev-returns", granteePrincipal: roleB.replace(SPOKE, OTHER_SPOKE) },
      ],
    });
    const looks = looksForSpoke(requestWith(), environment, {
      spoke: world.cloud.account(SPOKE),
      hub: world.cloud.account(HUB),
      producers: new Map([["music", world.cloud.account(PRODUCER)]]),
      tables: new Map(),
    });
    const told = await looks.find(({ what }) => what.startsWith("grants on key"))?.find();
    expect(told?.map(({ name }) => name)).to.deep.equal([
      "dev-sales on key alias/dev-music-athena-spill",
      "by-hand on key alias/dev-music-athena-spill",
    ]);
  });

  describe("of an environment", () => {
    beforeEach(() => {
      world.engine.states.delete("dev-sales");
    });

    for (const [via, name, noun] of [
      ["policy", "ReadOrders in the policy of the Glue catalog", "statement"],
      ["policy", `ReadOrders in the policy of bucket ${ORDERS}`, "statement"],
      ["lakeFormation", `of SELECT on orders-orders to ${SPOKE}`, "Lake Formation grant"],
      ["lakeFormation", `arn:aws:s3:::${ORDERS}/orders`, "Lake Formation location"],
    ] as const)
      it(`names what lets consumers in to products by ${via}: a ${noun} ${name}, and nobody else's (R47)`, async () => {
        const environment = environmentWith({
          producers: { shop: { account: PRODUCER } },
          products: { orders: { producer: "shop", via, sampleData: true } },
          grants: [{ product: "orders", consumer: "sales", account: SPOKE, approvedBy: "ada@example.com" }],
        });
        const shop = new FakeAccount(PRODUCER, "us-east-1");
        const looks = looksForEnvironment(environment, {
          hub: new FakeAccount(HUB, "us-east-1"),
          producers: new Map([["shop", shop]]),
          readers: new Map(),
          tables: new Map(),
        });
        const search = async () => (await Promise.all(looks.map((look) => look.find()))).flat();
        expect(await search()).to.deep.equal([]);
        const policy = { Statement: [{ Sid: "ReadOrders" }, { Sid: "SomebodyElses" }] };
        shop.gluePolicy = policy;
        shop.buckets.set(ORDERS, { policy, keys: ["orders/orders.csv"] });
        shop.lakeLocations.add(`arn:aws:s3:::${ORDERS}/orders`);
        shop.lakeGrants.set("orders-orders", [
          { principal: SPOKE, actions: ["SELECT"] },
          { principal: OTHER_SPOKE, actions: ["SELECT"] },
        ]);
        const left = (await search()).filter(isLeft).map((each) => `${each.noun} ${each.name}`);
        expect(left.filter((each) => each === `${noun} ${name}`)).to.have.length(1);
        expect(left.filter((each) => /SomebodyElses|133333333334/.test(each))).to.deep.equal([]);
      });

    it("looks for what is deployed and the file no longer names: a producer, a connector, roles elsewhere (R76)", async () => {
      const [CHARTS, READER, TABLES] = ["122222222223", "133333333335", "122222222224"] as const;
      const { engine, cloud, context } = world;
      const state = engine.states.get("dev");
      if (state === undefined) throw new Error("the environment is deployed");
      const deployed = environmentWith({
        producers: {
          music: {
            account: PRODUCER,
            sampleData: true,
            connectors: {
              acct1dynamodb: { tables: ["Music"] },
              old: { tables: ["Old"], tablesIn: { account: TABLES } },
            },
            tableReaders: { lookup: { account: READER, table: "Music" } },
          },
          charts: { account: CHARTS, connectors: { chartsdynamodb: { tables: ["Charts"] } } },
        },
      });
      engine.states.set("dev", { ...state, outputs: { environment: deployed } });
      undeploy(cloud);
      const role = { trust: {}, tags: {}, policies: new Map() };
      cloud.account(PRODUCER).functions.set("old", []);
      // One that both name is told once.
      cloud.account(PRODUCER).functions.set("acct1dynamodb", []);
      cloud.account(CHARTS).functions.set("chartsdynamodb", []);
      cloud.account(READER).functions.set("lookup", []);
      cloud.account(TABLES).roles.set("athena-tables-dev-old", role);
      await refusal(destroyEnvironment(context, "dev"));
      expect(found().left.map(({ account, name }) => `${account} ${name}`)).to.have.members([
        `${PRODUCER} acct1dynamodb`,
        `${PRODUCER} old`,
        `${CHARTS} chartsdynamodb`,
        `${READER} lookup`,
        `${TABLES} athena-tables-dev-old`,
      ]);
    });

    it("ends its destruction, and is done again of one that is gone (R76)", async () => {
      const error = await refusal(destroyEnvironment(world.context, "dev"));
      expect(error).to.include({ code: "leftovers.found", exitCode: 1 });
      expect(found().left.map(({ noun, name }) => `${noun} ${name}`)).to.deep.equal([
        "role qs-athena-cross-account-role-a",
        "Lambda function acct1dynamodb",
        "Athena catalog acct1dynamodb",
        "bucket dev-music-athena-spill-122222222222",
        "DynamoDB table Music",
      ]);
      undeploy(world.cloud);
      const { changed, leftovers } = await destroyEnvironment(world.context, "dev");
      expect({ changed, left: leftovers.left, looked: leftovers.looked }).to.deep.equal({
        changed: false,
        left: [],
        looked: 7,
      });
      // Lambda makes it by itself.
      world.cloud.account(PRODUCER).logGroups.add("/aws/lambda/acct1dynamodb");
      expect((await refusal(destroyEnvironment(world.context, "dev"))).message).to.include(
        `log group /aws/lambda/acct1dynamodb of ${PRODUCER}, without tags of ours: make sure that it is nobody else's, then aws logs delete-log-group --log-group-name /aws/lambda/acct1dynamodb\nremove what is not needed, and look again with \`spokes environment destroy dev\``,
      );
    });
  });
});
