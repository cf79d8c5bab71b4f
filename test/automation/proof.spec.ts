/** The proof as the command makes it: of a plan against what is deployed, and of what the accounts answer. */
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { environmentMatrix, matrixOf } from "../../access/matrix";
import { roleBArn } from "../../access/names";
import { combined, type FoundDocument, type FoundPolicies } from "../../access/proof";
import type { PlannedResource } from "../../automation/engine/plan";
import { updateEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { onboard } from "../../automation/onboard";
import { preview } from "../../automation/preview";
import { proveDeployed } from "../../automation/proof";
import type { ShownProof } from "../../automation/proof/shown";
import { environmentDocuments, spokeDocuments, withSpoke } from "../documents";
import { environmentWith, HUB, PRODUCER, requestWith, SPOKE } from "../worlds";
import { chain, type Chain, failureOf, onboardInto } from "./chain";
import type { FakeCloud } from "./fake-cloud";
import { changeOf } from "./fake-engine";
import { plannedResources } from "./planned";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const request = requestWith();
const environment = withSpoke(environmentWith(), request);
const documents = combined(environmentDocuments(environment), spokeDocuments(request, environment));
/** Every row that is judged. */
const rows = matrixOf(request, environment).rows.filter(
  (row) => row.kind !== "request" || row.expected !== "permitted",
);

const read = (found: FoundDocument): unknown => {
  if ("unknown" in found) throw new Error(`${found.name} is not known`);
  return found.document;
};
const nameOf = (arn: string) => arn.slice(Math.max(arn.lastIndexOf(":"), arn.lastIndexOf("/")) + 1);
const accountOf = (arn: string) => arn.split(":")[4] ?? "";

/** Puts the boundaries of `spokes bootstrap` into the accounts, which are there before anything else. */
function bound(cloud: FakeCloud, { things }: FoundPolicies): void {
  for (const [arn, { boundary }] of things)
    if (boundary !== undefined)
      cloud.account(accountOf(arn)).managedDocuments.set(boundary.name, read(boundary));
}

/** Puts policies into the accounts, as they would answer them. */
function deploy(cloud: FakeCloud, { things }: FoundPolicies): void {
  for (const [arn, { trust, identity = [], boundary, resource = [] }] of things) {
    const account = cloud.account(accountOf(arn));
    if (trust !== undefined)
      account.roles.set(nameOf(arn), {
        trust: read(trust),
        tags: {},
        policies: new Map(identity.map((each) => [each.name, read(each)])),
        ...(boundary === undefined ? {} : { boundary: boundary.name }),
      });
    else if (arn.includes(":user/"))
      account.users.set(nameOf(arn), {
        tags: {},
        groups: [],
        policies: new Map(identity.map((each) => [each.name, read(each)])),
        ...(boundary === undefined ? {} : { boundary: boundary.name }),
      });
    else if (arn.includes(":function:"))
      account.functions.set(
        nameOf(arn),
        resource.flatMap((each) => (read(each) as { Statement: Record<string, unknown>[] }).Statement),
      );
  }
  for (const [name, account] of [
    ["dev-sales-athena-results-133333333333", SPOKE],
    ["dev-sales-athena-data-133333333333", SPOKE],
    ["dev-music-athena-spill-122222222222", PRODUCER],
  ] as const) {
    const [policy] = things.get(`arn:aws:s3:::${name}`)?.resource ?? [];
    if (policy !== undefined) cloud.account(account).buckets.set(name, { keys: [], policy: read(policy) });
  }
}

/** The rows that do not hold, and why. */
const wrongIn = (proof: ShownProof): Record<string, readonly string[]> =>
  Object.fromEntries(
    proof.rows.filter(({ outcome }) => outcome !== "holds").map(({ id, why }) => [id, why] as const),
  );

describe("the proof of a plan", () => {
  let world: Chain;
  let sales: WrittenRequest;
  let resources: Awaited<ReturnType<typeof plannedResources>>;

  before(async () => {
    resources = await plannedResources({ request, environment });
  });
  beforeEach(async () => {
    world = await chain();
    bound(world.cloud, documents);
    world.engine.resources.set("dev", resources.environment);
    world.engine.resources.set("dev-sales", resources.spoke);
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"), world.project);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const tooWide = () => {
    changed("aws:iam/rolePolicy:RolePolicy", (inputs) => ({
      ...inputs,
      policy: String(inputs["policy"]).replaceAll("/orders/*", "/*"),
    }));
  };
  const changed = (type: string, change: (inputs: Record<string, unknown>) => Record<string, unknown>) => {
    const before = world.engine.resources.get("dev-sales") ?? [];
    const after = before.map((each): PlannedResource =>
      each.type === type ? { ...each, inputs: change({ ...each.inputs }) } : each,
    );
    expect(after).to.not.deep.equal(before);
    world.engine.resources.set("dev-sales", after);
  };
  const toldChanges = () =>
    world.messages.flatMap((message) =>
      message.code === "access.change" ? [`${message.of}: ${message.change.words}`] : [],
    );

  it("holds, row by row, and tells what the spoke gains, by name", async () => {
    const { proof } = await preview(world.context, sales, { proof: {} });
    expect(proof?.holds).to.equal(true);
    expect(proof?.rows.map(({ id }) => id)).to.deep.equal(rows.map(({ id }) => id));
    expect(toldChanges()).to.include(
      "sales: Role B gains s3:GetObject on arn:aws:s3:::dev-sales-athena-data-133333333333/orders/*",
    );
  });

  it("is not made when nobody asks for it", async () => {
    const { proof } = await preview(world.context, sales);
    expect(proof).to.equal(undefined);
    expect(toldChanges()).to.deep.equal([]);
  });

  it("tells nothing when nothing changes", async () => {
    const state = (stack: string, outputs: Record<string, unknown>, of: readonly PlannedResource[]) => ({
      stack,
      outputs,
      pending: [],
      resources: of.map(({ parent, ...each }) => ({
        ...each,
        id: each.id ?? each.urn,
        noun: "thing",
        name: each.urn,
        protect: false,
        leaving: false,
        ...(parent === undefined ? {} : { parent }),
      })),
    });
    world.engine.states.set("dev", state("dev", { environment: environmentWith() }, resources.environment));
    world.engine.states.set("dev-sales", state("dev-sales", { spoke: request }, resources.spoke));
    const { proof } = await preview(world.context, sales, { proof: {} });
    expect(proof?.changes).to.deep.equal([]);
  });

  it("fails when the plan has a policy that is too wide, and puts everything back", async () => {
    const files = await readdir(world.project);
    tooWide();
    const error = await failureOf(preview(world.context, sales, { proof: {} }));
    expect(error).to.be.instanceOf(RunnerError);
    expect(error).to.include({ code: "proof.failed", exitCode: 2 });
    const told = world.messages.flatMap((message) =>
      message.code === "access.row" ? [[message.row.id, message.row.outcome]] : [],
    );
    expect(Object.fromEntries(told)).to.deep.equal({
      "role-b/data/read-outside": "fails",
      "role-b/nothing-else": "fails",
      "analyst/data/read-outside": "fails",
      "analyst/nothing-else": "fails",
    });
    expect(await readdir(world.project)).to.deep.equal(files);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
  });

  it("keeps an onboarding from being asked for, and from changing anything", async () => {
    const files = await readdir(world.project);
    const asked: string[] = [];
    const context = {
      ...world.context,
      confirm: (question: string) => {
        asked.push(question);
        return Promise.resolve(true);
      },
    };
    tooWide();
    const error = await failureOf(onboard(context, sales, { proof: {} }));
    expect(error).to.include({ code: "proof.failed", exitCode: 2 });
    expect(asked).to.deep.equal([]);
    expect(await readdir(world.project)).to.deep.equal(files);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
  });

  it("lets an onboarding go on that it holds for, and is in its result", async () => {
    const { proof, changed: isChanged } = await onboard(world.context, sales, { proof: {}, verify: false });
    expect(isChanged).to.equal(true);
    expect(proof?.holds).to.equal(true);
    expect(proof?.rows.map(({ id }) => id)).to.deep.equal(rows.map(({ id }) => id));
  });

  it("fails when the plan has something that may hold policies and has no rows", async () => {
    const topic: PlannedResource = {
      urn: "urn:pulumi:dev-sales::athena-spokes::aws:sqs/queuePolicy:QueuePolicy::news",
      type: "aws:sqs/queuePolicy:QueuePolicy",
      account: SPOKE,
      inputs: { policy: "{}" },
      id: undefined,
      parent: undefined,
    };
    world.engine.resources.set("dev-sales", [...resources.spoke, topic]);
    const error = await failureOf(preview(world.context, sales, { proof: {} }));
    expect((error as Error).message).to.match(
      /not proved\n {2}aws:sqs\/queuePolicy:QueuePolicy news is not proved: it is of a type/,
    );
    expect(world.messages.filter(({ code }) => code === "access.unplaced")).to.have.length(1);
  });

  it("proves nothing that rests on a document that the preview does not know", async () => {
    changed("aws:s3/bucketPolicy:BucketPolicy", (inputs) => ({
      ...inputs,
      policy: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    }));
    const error = await failureOf(preview(world.context, sales, { proof: {} }));
    expect(error).to.include({ code: "proof.failed" });
    const told = world.messages.flatMap((message) => (message.code === "access.row" ? [message.row] : []));
    expect(told.map(({ outcome }) => outcome))
      .to.include("not proved")
      .and.not.include("fails");
    expect(told.map(({ id }) => id)).to.include("bucket/results/plain-http");
  });

  it("proves nothing of roles whose boundary cannot be read", async () => {
    world.cloud.account(SPOKE).managedDocuments.clear();
    const error = await failureOf(preview(world.context, sales, { proof: {} }));
    const wrong = world.messages.flatMap((message) => (message.code === "access.row" ? [message.row] : []));
    expect(error).to.include({ code: "proof.failed" });
    expect(wrong.map(({ id }) => id)).to.include("role-b/athena/queries");
    expect(wrong.find(({ id }) => id === "role-b/athena/queries")?.why.join()).to.match(
      /policy\/athena-spokes-spoke-boundary-dev: there is no such document any more/,
    );
  });

  it("tells which statement decided a row, and which rows there are", async () => {
    const { proof } = await preview(world.context, sales, { proof: { explain: "role-b/data/read" } });
    const explained = proof?.rows.filter((row) => row.explained !== undefined);
    expect(explained?.map(({ id }) => id)).to.deep.equal(["role-b/data/read"]);
    expect(explained?.[0]?.explained).to.deep.equal([
      "s3:GetObject on arn:aws:s3:::dev-sales-athena-data-133333333333/orders/part-0: allowed by statement ReadData of AthenaGlueS3Access (identity-based policy); statement ReadData of arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev (permissions boundary)",
    ]);
    const error = await failureOf(preview(world.context, sales, { proof: { explain: "role-b/data/rea" } }));
    expect((error as Error).message).to.equal(
      'there is no row "role-b/data/rea" in the access matrix: there are\n  role-b/data/read\n  role-b/data/read-outside',
    );
    expect(error).to.include({ exitCode: 2 });
  });
});

describe("the proof of an environment's plan", () => {
  let world: Chain;
  const alone = environmentWith();
  const judged = environmentMatrix(alone).rows.filter(
    (row) => row.kind !== "request" || row.expected !== "permitted",
  );

  beforeEach(async () => {
    world = await chain();
    const { environment: shared } = await plannedResources({ request, environment: alone });
    bound(world.cloud, environmentDocuments(alone));
    world.engine.resources.set("dev", shared);
    world.engine.plans.set("dev", [changeOf("role", "Role A", HUB)]);
    // Nothing of it is there yet.
    world.engine.states.delete("dev");
    const producer = world.cloud.account(PRODUCER);
    for (const things of [
      producer.functions,
      producer.catalogs,
      producer.buckets,
      producer.dynamoTables,
      world.cloud.account(HUB).roles,
    ])
      things.clear();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("holds, row by row, and tells who gains what", async () => {
    const { proof, changed } = await updateEnvironment(world.context, "dev", { proof: {} });
    expect(changed).to.equal(true);
    expect(proof?.holds).to.equal(true);
    expect(proof?.rows.map(({ id }) => id)).to.deep.equal(judged.map(({ id }) => id));
    const told = world.messages.flatMap((message) =>
      message.code === "access.change" ? [`${message.of}: ${message.change.words}`] : [],
    );
    expect(told).to.include(
      "dev: the execution role of acct1dynamodb: lambda.amazonaws.com may newly become it",
    );
  });

  it("keeps the environment from being changed when it does not hold", async () => {
    const before = world.engine.resources.get("dev") ?? [];
    world.engine.resources.set(
      "dev",
      before.map((each) =>
        each.type === "aws:s3/bucketPolicy:BucketPolicy"
          ? {
              ...each,
              inputs: { ...each.inputs, policy: String(each.inputs["policy"]).replace('"false"', '"never"') },
            }
          : each,
      ),
    );
    const error = await failureOf(updateEnvironment(world.context, "dev", { proof: {} }));
    expect(error).to.include({ code: "proof.failed", exitCode: 2 });
    expect(world.engine.calls).to.deep.equal(["create dev", "remove dev"]);
  });
});

describe("the proof of what is deployed", () => {
  let world: Chain;

  beforeEach(async () => {
    world = await chain();
    onboardInto(world.cloud);
    bound(world.cloud, documents);
    deploy(world.cloud, documents);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const proved = () => proveDeployed(world.context, request, environment);
  const roleB = () => {
    const role = world.cloud.account(SPOKE).roles.get(nameOf(roleBArn(request, environment)));
    if (role === undefined) throw new Error("there is no Role B");
    return role;
  };

  it("holds for what access/ says", async () => {
    const proof = await proved();
    expect(wrongIn(proof)).to.deep.equal({});
    expect(proof.holds).to.equal(true);
    expect(proof.rows.map(({ id }) => id)).to.deep.equal(rows.map(({ id }) => id));
  });

  const edits: { edit: string; make: () => void; fails: string[] }[] = [
    {
      edit: "a trust policy without the external id",
      make: () => {
        const trust = { AWS: "arn:aws:iam::111111111111:root" };
        const statement = { Effect: "Allow", Principal: trust, Action: "sts:AssumeRole" };
        world.cloud.account(SPOKE).roles.set("qs-athena-consumer-role", {
          ...roleB(),
          trust: { Version: "2012-10-17", Statement: [statement] },
        });
      },
      fails: [
        "role-a-to-role-b/another-data-source",
        "role-a-to-role-b/no-external-id",
        "role-a-to-role-b/external-id/name",
        "role-a-to-role-b/external-id/another-hub",
        "role-a-to-role-b/external-id/another-region",
        "role-a-to-role-b/external-id/colons",
        "role-a-to-role-b/nobody-else/hub-administrator",
        "role-a-to-role-b/nobody-else/hub-role-of-similar-name",
        "role-b/nothing-else",
        "chain/another-spokes-data-source",
        "chain/around-quick",
      ],
    },
    {
      edit: "a statement for a stranger in the connector's policy",
      make: () => {
        world.cloud.account(PRODUCER).functions.get("acct1dynamodb")?.push({
          Sid: "friend",
          Effect: "Allow",
          Principal: "144444444444",
          Action: "lambda:InvokeFunction",
          Resource: "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb",
        });
      },
      fails: ["producer/music/acct1dynamodb/nothing-else"],
    },
    {
      edit: "a bucket policy that is gone",
      make: () => {
        world.cloud
          .account(SPOKE)
          .buckets.set("dev-sales-athena-results-133333333333", { keys: [], policy: undefined });
      },
      fails: ["bucket/results/plain-http"],
    },
    {
      edit: "a Glue catalog that denies the spoke",
      make: () => {
        world.cloud.account(SPOKE).gluePolicy = {
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Principal: "*", Action: "glue:GetTable", Resource: "*" }],
        };
      },
      fails: ["role-b/glue/reads", "analyst/glue/reads", "chain/data"],
    },
    {
      edit: "an author who became an owner",
      make: () => {
        const hub = world.cloud.account("111111111111");
        const source = hub.dataSources.get("dev-sales");
        if (source === undefined) throw new Error("there is no data source");
        const permissions = source.permissions.map((each) => ({
          ...each,
          actions: [...each.actions, "quicksight:DeleteDataSource"],
        }));
        hub.dataSources.set("dev-sales", { ...source, permissions });
      },
      fails: ["data-source/shared"],
    },
  ];
  for (const { edit, make, fails } of edits)
    it(`finds ${edit}`, async () => {
      make();
      const proof = await proved();
      expect(Object.keys(wrongIn(proof))).to.have.members(fails);
      expect(proof.holds).to.equal(false);
    });

  it("does not prove what cannot be read, and says why", async () => {
    world.cloud.refused.add(PRODUCER);
    const wrong = (await proved()).rows.filter(({ outcome }) => outcome !== "holds");
    expect(new Set(wrong.map(({ outcome }) => outcome))).to.deep.equal(new Set(["not proved"]));
    expect(wrong.find(({ id }) => id === "producer/music/acct1dynamodb/nothing-else")?.why.join()).to.match(
      /^the connector acct1dynamodb of music cannot be read: /,
    );
    expect(wrong.map(({ id }) => id).filter((id) => id.startsWith("role-b/athena/"))).to.deep.equal([]);
  });
});

describe("the proof of third parties' readers as they are deployed (R77-R94)", () => {
  let world: Chain;
  const read = requestWith({
    readers: { connecty: { workgroup: "connecty" }, tool: { permissionsOn: "user" } },
  });
  const around = withSpoke(environmentWith(), read);
  const found = combined(environmentDocuments(around), spokeDocuments(read, around));
  const USER = "dev-sales-connecty";

  beforeEach(async () => {
    world = await chain();
    onboardInto(world.cloud, read);
    bound(world.cloud, found);
    deploy(world.cloud, found);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const wrong = async () => {
    const { rows: all } = await proveDeployed(world.context, read, around);
    return all.filter(({ outcome }) => outcome !== "holds").map(({ id, outcome }) => [id, outcome]);
  };
  const edit = (change: (user: { policies: Map<string, unknown> }) => object) => {
    const { users } = world.cloud.account(SPOKE);
    const user = users.get(USER);
    if (user === undefined) throw new Error(`there is no user ${USER}`);
    users.set(USER, { ...user, ...change({ policies: new Map(user.policies) }) });
  };

  it("holds for what access/ says", async () => {
    expect(await wrong()).to.deep.equal([]);
  });

  it("finds a policy that somebody gave a user by hand", async () => {
    const own = { Effect: "Allow", Action: "athena:ListWorkGroups", Resource: "*" };
    edit(({ policies }) => ({
      policies: policies.set("more", { Version: "2012-10-17", Statement: [own] }),
    }));
    expect(await wrong()).to.deep.equal([
      ["third-party/connecty/user/data", "fails"],
      ["third-party/connecty/user/nothing-else", "fails"],
    ]);
  });

  it("does not prove a user whom somebody put into a group", async () => {
    edit(() => ({ groups: ["admins"] }));
    const outcomes = await wrong();
    expect(outcomes.map(([id]) => id)).to.include("third-party/connecty/user/nothing-else");
    expect(new Set(outcomes.map(([, outcome]) => outcome))).to.deep.equal(new Set(["not proved"]));
  });

  it("does not prove a user who is gone", async () => {
    world.cloud.account(SPOKE).users.delete(USER);
    expect(await wrong()).to.deep.include(["third-party/connecty/user/assume", "not proved"]);
  });
});
