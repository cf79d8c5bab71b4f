import { expect } from "chai";
import type { IngestionView, TrailEvent } from "../../automation/cloud/cloud";
import type { ActAsQuick } from "../../automation/context";
import { enterChain } from "../../automation/accounts";
import { climb } from "../../automation/verify/ladder";
import { differences } from "../../automation/verify/documents";
import type { Environment } from "../../access/environment";
import { analystPermissions } from "../../access/analyst";
import { type KeyGrant, spillKey, spillKeyGrants } from "../../access/key";
import {
  readerPermissions,
  readersOf,
  readerTrust,
  readerUserPermissions,
} from "../../access/third-party-reader";
import {
  environmentWith,
  HUB,
  keyedProducers,
  PRODUCER,
  registeredSales,
  requestWith,
  SPOKE,
} from "../worlds";
import { deployedEnvironmentCloud, onboardInto } from "./chain";
import type { FakeCloud } from "./fake-cloud";

const SPILL = "dev-music-athena-spill-122222222222";

type Changes = Readonly<Record<string, unknown>>;

const withoutAnalyst = { account: SPOKE, roleB: registeredSales.roleB, producers: ["music"] };

/** A producer that is entered by a role of the organization's own. */
const ownRole = {
  producers: {
    music: {
      account: PRODUCER,
      assumeRole: "OrganizationAccountAccessRole",
      connectors: { acct1dynamodb: { tables: ["Music"] } },
    },
  },
};

/** Somebody who can act as Quick, as in a sandbox. */
const actAsQuick: ActAsQuick = () => Promise.resolve({ accessKeyId: "ASIA", secretAccessKey: "secret" });

async function climbed(
  cloud: FakeCloud,
  on: "aws" | "sandbox" = "sandbox",
  changes: Changes = {},
  ofEnvironment: Changes = {},
) {
  const request = requestWith(changes);
  const registered = request.analyst === false ? withoutAnalyst : registeredSales;
  const environment = environmentWith({ spokes: { sales: registered }, ...ofEnvironment });
  const accounts = await enterChain(cloud, request, environment);
  return climb({
    request,
    environment,
    accounts,
    context: {
      report: () => undefined,
      signal: new AbortController().signal,
      cloud,
      ...(on === "sandbox" ? { actAsQuick } : {}),
    },
  });
}

function change<Value extends object>(map: Map<string, Value>, key: string, changes: Partial<Value>): void {
  const value = map.get(key);
  if (value === undefined) throw new Error(`there is no ${key}`);
  map.set(key, { ...value, ...changes });
}

describe("the ladder of verification (A6)", () => {
  let cloud: FakeCloud;
  beforeEach(() => {
    cloud = deployedEnvironmentCloud();
    onboardInto(cloud);
  });

  it("has a rung for each hop, and passes those that its roles and whoever acts as Quick can try (R21, R27, R33, R66)", async () => {
    expect((await climbed(cloud)).map(({ id, status }) => [id, status])).to.deep.equal([
      ["registered", "passed"],
      ["role-a", "passed"],
      ["role-b", "passed"],
      ["analyst", "passed"],
      ["permission:acct1dynamodb", "passed"],
      ["spill:acct1dynamodb", "passed"],
      ["catalog:acct1dynamodb", "passed"],
      ["workgroup", "passed"],
      ["glue:sales", "passed"],
      ["producer-tables:acct1dynamodb", "passed"],
      ["producer-select:acct1dynamodb", "not executed"],
      ["tables:acct1dynamodb", "passed"],
      ["select:acct1dynamodb", "passed"],
      ["quick:acct1dynamodb", "passed"],
      ["select:AwsDataCatalog", "passed"],
      ["quick:AwsDataCatalog", "passed"],
      ["data-source", "passed"],
      ["shared", "passed"],
      ["browse", "passed"],
      ["trail", "not executed"],
    ]);
  });

  const broken: readonly {
    name: string;
    make: () => unknown;
    fails: readonly (readonly [string, RegExp])[];
  }[] = [
    {
      name: "Role A is gone",
      make: () => {
        cloud.account(HUB).roles.clear();
      },
      fails: [["role-a", /there is no role qs-athena-cross-account-role-a/]],
    },
    {
      name: "Role B trusts another hub",
      make: () => {
        change(cloud.account(SPOKE).roles, "qs-athena-consumer-role", {
          trust: { Version: "2012-10-17", Statement: [] },
        });
      },
      fails: [["role-b", /trust\.Statement: wanted .*111111111111.*, found \[\]/]],
    },
    {
      name: "Role B has a policy more",
      make: () => {
        const { policies } = cloud.account(SPOKE).roles.get("qs-athena-consumer-role") ?? {
          policies: new Map<string, unknown>(),
        };
        change(cloud.account(SPOKE).roles, "qs-athena-consumer-role", {
          policies: new Map([...policies, ["Extra", {}]]),
        });
      },
      fails: [["role-b", /^policy Extra is not ours$/]],
    },
    {
      name: "the analyst lets others in",
      make: () => {
        change(cloud.account(SPOKE).roles, "analyst", {
          trust: { Version: "2012-10-17", Statement: [] },
        });
      },
      fails: [["analyst", /trust\.Statement: wanted .*OwnAccountAssumesAnalyst.*, found \[\]/]],
    },
    {
      name: "the function's statement is gone (e1)",
      make: () => cloud.account(PRODUCER).functions.set("acct1dynamodb", []),
      fails: [["permission:acct1dynamodb", /has no statement CrossAccountInvocationStatement-dev-sales/]],
    },
    {
      name: "the function lets another account in",
      make: () => {
        const [statement] = cloud.account(PRODUCER).functions.get("acct1dynamodb") ?? [];
        cloud.account(PRODUCER).functions.set("acct1dynamodb", [{ ...statement, Principal: "*" }]);
      },
      fails: [
        [
          "permission:acct1dynamodb",
          /^Principal: wanted \{"AWS":"arn:aws:iam::133333333333:root"\}, found "\*"$/,
        ],
      ],
    },
    {
      name: "the spill bucket's policy is gone (e2)",
      make: () => {
        cloud.account(PRODUCER).buckets.set(SPILL, { keys: [] });
      },
      fails: [["spill:acct1dynamodb", /has no policy/]],
    },
    {
      name: "the catalog leads elsewhere",
      make: () =>
        cloud.account(SPOKE).catalogs.set("acct1dynamodb", { type: "LAMBDA", functionArn: "arn:x" }),
      fails: [
        [
          "catalog:acct1dynamodb",
          /^it leads to arn:x, not to arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb$/,
        ],
      ],
    },
    {
      name: "the catalog is of another type (e10)",
      make: () =>
        cloud.account(SPOKE).catalogs.set("acct1dynamodb", { type: "GLUE", functionArn: undefined }),
      fails: [["catalog:acct1dynamodb", /^its type is GLUE, not LAMBDA/]],
    },
    {
      name: "the workgroup no longer enforces its limit",
      make: () => {
        change(cloud.account(SPOKE).workgroups, "dev-sales", {
          enforced: false,
          bytesScannedCutoff: undefined,
        });
      },
      fails: [
        [
          "workgroup",
          /^bytesScannedCutoff: wanted 10737418240, found nothing; enforced: wanted true, found false$/,
        ],
      ],
    },
    {
      name: "the sample's table is gone",
      make: () => cloud.account(SPOKE).databases.set("sales", []),
      fails: [
        ["glue:sales", /has no table/],
        ["browse", /^AwsDataCatalog\.sales does not show orders$/],
      ],
    },
    {
      name: "a query returns nothing at all",
      make: () => (cloud.account(SPOKE).rows = []),
      fails: [
        ["select:acct1dynamodb", /without as much as its columns/],
        ["quick:acct1dynamodb", /without as much as its columns/],
        ["select:AwsDataCatalog", /without as much as its columns/],
        ["quick:AwsDataCatalog", /without as much as its columns/],
      ],
    },
    {
      name: "the data source failed (R64, e5)",
      make: () => {
        change(cloud.account(HUB).dataSources, "dev-sales", {
          status: "CREATION_FAILED",
          error: "ACCESS_DENIED: Role B",
        });
      },
      fails: [["data-source", /^CREATION_FAILED: ACCESS_DENIED: Role B$/]],
    },
    {
      name: "the data source goes through another Role B",
      make: () => {
        change(cloud.account(HUB).dataSources, "dev-sales", {
          consumerAccountRoleArn: "arn:aws:iam::1:role/x",
        });
      },
      fails: [
        [
          "data-source",
          /^consumerAccountRoleArn: wanted "arn:aws:iam::133333333333:role\/qs-athena-consumer-role", found "arn:aws:iam::1:role\/x"$/,
        ],
      ],
    },
    {
      name: "the data source is shared with nobody",
      make: () => {
        change(cloud.account(HUB).dataSources, "dev-sales", { permissions: [] });
      },
      fails: [["shared", /group\/default\/bi-authors: wanted .* found nothing/]],
    },
  ];
  for (const { name, make, fails } of broken)
    it(`shows that ${name}`, async () => {
      make();
      const failed = (await climbed(cloud)).filter(({ status }) => status === "failed");
      expect(failed.map(({ id }) => id)).to.deep.equal(fails.map(([id]) => id));
      for (const [index, [, detail]] of fails.entries()) expect(failed[index]?.detail).to.match(detail);
    });

  describe("has rungs for each dataset", () => {
    const asked = {
      datasets: {
        orders: { database: "sales", table: "orders" },
        songs: {
          ...{ catalog: "acct1dynamodb", database: "default", table: "music" },
          ...{ columns: { artist: "STRING" }, importMode: "SPICE" },
        },
      },
    };
    const rungs = async (on: "aws" | "sandbox" = "sandbox") =>
      (await climbed(cloud, on, asked)).filter(
        ({ requirement, id }) => requirement === "R66" && id !== "browse",
      );

    beforeEach(() => {
      // The connector shows what it may read.
      cloud.account(SPOKE).rows = [["artist"], ["Acme Band"]];
      onboardInto(cloud, requestWith(asked));
    });

    it("as asked, filled where Quick keeps rows, and of columns that Role B can read (R66)", async () => {
      expect((await rungs()).map(({ id, status, detail }) => [id, status, detail])).to.deep.equal([
        ["dataset:orders", "passed", "group/default/bi-admins, group/default/bi-authors"],
        ["quick-dataset:orders", "passed", '1 row of "AwsDataCatalog"."sales"."orders", 42 bytes scanned'],
        ["dataset:songs", "passed", "group/default/bi-admins, group/default/bi-authors"],
        ["ingestion:songs", "passed", "COMPLETED, 3 rows"],
        ["quick-dataset:songs", "passed", '1 row of "acct1dynamodb"."default"."music", 42 bytes scanned'],
      ]);
      expect(cloud.account(SPOKE).queries.map(({ sql }) => sql)).to.include.members([
        'SELECT "artist", "order_id", "price", "quantity" FROM "AwsDataCatalog"."sales"."orders" LIMIT 1',
        'SELECT "artist" FROM "acct1dynamodb"."default"."music" LIMIT 1',
      ]);
    });

    it("leaves to Quick what only Quick can query (R66)", async () => {
      expect((await rungs("aws")).map(({ id, status }) => [id, status])).to.deep.equal([
        ["dataset:orders", "passed"],
        ["quick-dataset:orders", "not executed"],
        ["dataset:songs", "passed"],
        ["ingestion:songs", "passed"],
        ["quick-dataset:songs", "not executed"],
      ]);
    });

    const sets = () => cloud.account(HUB).dataSets;
    const fill = (ingestion: IngestionView) => {
      change(sets(), "dev-sales_songs", { ingestion });
    };
    const faulty: readonly { name: string; make: () => unknown; fails: readonly [string, RegExp] }[] = [
      {
        name: "the dataset is gone",
        make: () => sets().delete("dev-sales_orders"),
        fails: ["dataset:orders", /^there is no dataset dev-sales_orders in 111111111111$/],
      },
      {
        name: "the dataset is on another data source",
        make: () => {
          change(sets(), "dev-sales_orders", { dataSource: "arn:x" });
        },
        fails: ["dataset:orders", /^dataSource: wanted ".*datasource\/dev-sales", found "arn:x"$/],
      },
      {
        name: "a column has another type",
        make: () => {
          change(sets(), "dev-sales_songs", { columns: { artist: "INTEGER" } });
        },
        fails: ["dataset:songs", /^columns\.artist: wanted "STRING", found "INTEGER"$/],
      },
      {
        name: "the dataset is shared with somebody else",
        make: () => {
          const stranger = { principal: "arn:stranger", actions: ["quicksight:PassDataSet"] };
          change(sets(), "dev-sales_orders", { permissions: [stranger] });
        },
        fails: ["dataset:orders", /arn:stranger: wanted nothing/],
      },
      {
        name: "Quick could not fill it",
        make: () => {
          fill({ status: "FAILED", rows: undefined, dropped: 0, error: "SQL_EXCEPTION: no table" });
        },
        fails: ["ingestion:songs", /^FAILED: SQL_EXCEPTION: no table$/],
      },
      {
        name: "Quick took none of the rows",
        make: () => {
          fill({ status: "COMPLETED", rows: 0, dropped: 3, error: undefined });
        },
        fails: ["ingestion:songs", /^COMPLETED, 3 rows not taken: look at the columns' types$/],
      },
      {
        name: "Quick has not begun to fill it",
        make: () => {
          const songs = sets().get("dev-sales_songs");
          if (songs === undefined) throw new Error("there is no dataset");
          const { importMode, dataSource, catalog, database, table, columns, permissions } = songs;
          const unfilled = { importMode, dataSource, catalog, database, table, columns, permissions };
          sets().set("dev-sales_songs", unfilled);
        },
        fails: ["ingestion:songs", /^Quick has not begun to fill it$/],
      },
    ];
    for (const { name, make, fails } of faulty)
      it(`shows that ${name} (R66)`, async () => {
        make();
        const failed = (await rungs()).filter(({ status }) => status === "failed");
        expect(failed.map(({ id }) => id)).to.deep.equal([fails[0]]);
        expect(failed[0]?.detail).to.match(fails[1]);
      });

    for (const status of ["INITIALIZED", "QUEUED", "RUNNING"])
      it(`fails nobody for what Quick is still filling after ten minutes: ${status} (R66)`, async () => {
        fill({ status, rows: undefined, dropped: 0, error: undefined });
        const now = Date.now;
        let looks = 0;
        Date.now = () => now() + 601_000 * looks++;
        try {
          const ingestion = (await rungs()).find(({ id }) => id === "ingestion:songs");
          expect([ingestion?.status, ingestion?.detail]).to.deep.equal([
            "not executed",
            `not executed: Quick is still filling it (${status})`,
          ]);
        } finally {
          Date.now = now;
        }
      });
  });

  const untried = async (...how: Parameters<typeof climbed>) => {
    const rungs = await climbed(...how);
    expect(rungs.filter(({ status }) => status === "failed")).to.deep.equal([]);
    return Object.fromEntries(
      rungs.filter(({ status }) => status === "not executed").map(({ id, detail }) => [id, detail]),
    );
  };
  const trail = "not executed: the events appear when Quick has run a query, up to 15 minutes later";
  const onlyQuick =
    "not executed: nobody but Quick can be Role A or Role B; a query of a dataset in Quick shows it";
  const noRows =
    "not executed: athena-spokes-producer-onboarder-dev reads no rows of a producer, so that who onboards a spoke gets nobody's data; run it as somebody who may read there";
  const noAnalyst = "not executed: the spoke has no analyst (`analyst: true` in the request)";

  it("says on AWS which rungs nobody but Quick can try", async () => {
    expect(await untried(cloud, "aws")).to.deep.equal({
      "quick:acct1dynamodb": onlyQuick,
      "quick:AwsDataCatalog": onlyQuick,
      browse: onlyQuick,
      "producer-select:acct1dynamodb": noRows,
      trail,
    });
  });

  it("says which rungs need an analyst", async () => {
    onboardInto(cloud, requestWith({ analyst: false }), { spokes: { sales: withoutAnalyst } });
    expect(await untried(cloud, "sandbox", { analyst: false })).to.deep.equal({
      "select:acct1dynamodb": noAnalyst,
      "select:AwsDataCatalog": noAnalyst,
      "tables:acct1dynamodb":
        "not executed: athena-spokes-spoke-deployer-dev asks no connector, and the spoke has no analyst that can be assumed (`analyst: true` in the request)",
      "producer-select:acct1dynamodb": noRows,
      trail,
    });
  });

  const people = {
    analyst: "user/analyst",
    readers: {
      connecty: { role: "athena-reader-dev-connecty", catalogs: ["acct1dynamodb"] },
      tool: { permissionsOn: "user" },
    },
  };

  /** A spoke whose analyst and readers are there, as they should be. */
  function peopleInto(): void {
    const request = requestWith(people);
    const environment = onboardInto(cloud, request);
    const spoke = cloud.account(SPOKE);
    const user = (...policies: [string, unknown][]) => ({
      tags: {},
      groups: [],
      policies: new Map(policies),
    });
    spoke.users.set("analyst", user(["AthenaQueries-dev-sales", analystPermissions(request, environment)]));
    for (const reader of readersOf(request)) {
      const permissions = readerPermissions(request, environment, reader);
      if (reader.role === undefined) spoke.users.set(reader.user, user([reader.user, permissions]));
      else {
        spoke.users.set(reader.user, user(["AssumeReader", readerUserPermissions(request, reader)]));
        spoke.roles.set(reader.role, {
          trust: readerTrust(request, reader),
          policies: new Map([["AthenaReader", permissions]]),
          tags: {},
        });
      }
    }
  }

  it("compares users with their documents, and queries as none of them (R28, R77, R91, R92)", async () => {
    peopleInto();
    const rungs = await climbed(cloud, "sandbox", people);
    const ofUsers = ["analyst", "reader:connecty", "reader:tool", "select:acct1dynamodb"];
    expect(
      rungs.filter(({ id }) => ofUsers.includes(id)).map(({ id, status, detail }) => [id, status, detail]),
    ).to.deep.equal([
      ["analyst", "passed", "AthenaQueries-dev-sales"],
      ["reader:connecty", "passed", "AssumeReader; trust, AthenaReader"],
      ["reader:tool", "passed", "dev-sales-tool"],
      [
        "select:acct1dynamodb",
        "not executed",
        `not executed: nobody becomes arn:aws:iam::${SPOKE}:user/analyst, a user, but with its own password or keys`,
      ],
    ]);
  });

  it("finds what is not as it should be of users: a group, a policy of others, a trust", async () => {
    peopleInto();
    const { users, roles } = cloud.account(SPOKE);
    change(users, "analyst", { groups: ["admins"] });
    change(users, "dev-sales-tool", { policies: new Map([["Another", {}]]) });
    change(roles, "athena-reader-dev-connecty", { trust: {} });
    const failed = (await climbed(cloud, "sandbox", people)).filter(({ status }) => status === "failed");
    expect(
      failed
        .filter(({ id }) => id !== "registered")
        .map(({ id, detail }) => [id, detail.split(": wanted")[0]]),
    ).to.deep.equal([
      ["analyst", "group admins is not ours"],
      ["reader:connecty", "trust.Statement"],
      ["reader:tool", "policy dev-sales-tool is missing; policy Another is not ours"],
    ]);
  });

  it("fails where the producer's bootstrap role may not ask the connector", async () => {
    cloud.account(PRODUCER).notExecuted.clear();
    cloud.account(PRODUCER).catalogs.clear();
    const failed = (await climbed(cloud)).filter(({ status }) => status === "failed");
    expect(failed.map(({ id }) => id)).to.deep.equal(["producer-tables:acct1dynamodb"]);
  });

  for (const words of [
    "User: arn:aws:sts::122222222222:assumed-role/OrganizationAccountAccessRole/athena-spokes is not authorized to perform: athena:StartQueryExecution on resource: x",
    "You are not authorized to perform: athena:StartQueryExecution on the resource. After your AWS administrator has updated your permissions, please try again.",
  ])
    it(`claims nothing of what its own role may not do: ${words}`, async () => {
      cloud.account(PRODUCER).refusal = new Error(words);
      expect(await untried(cloud, "sandbox", {}, ownRole)).to.deep.equal({
        "producer-select:acct1dynamodb": `not executed: ${words}`,
        trail,
      });
    });

  it("fails where the connector's own role may not do what it has to", async () => {
    cloud.account(PRODUCER).refusal = new Error(
      "User: arn:aws:sts::122222222222:assumed-role/athena-connector-acct1dynamodb/x is not authorized to perform: dynamodb:Scan on resource: x",
    );
    const failed = (await climbed(cloud, "sandbox", {}, ownRole)).filter(({ status }) => status === "failed");
    expect(failed.map(({ id }) => id)).to.deep.equal(["producer-select:acct1dynamodb"]);
  });

  describe("of an environment with a key (R13, C23)", () => {
    const ALIAS = "alias/dev-music-athena-spill";
    const keyed = { producers: keyedProducers };
    const granted = { ...keyed, keyAccess: "grants" };

    /** The producer's key as the stacks make it, with the grants given. */
    function deployKey(
      changes: Readonly<Record<string, unknown>>,
      grants: readonly KeyGrant[] = [],
    ): Environment {
      const environment = onboardInto(cloud, requestWith(), changes);
      const policy = spillKey(environment, "music")?.policy;
      cloud.account(PRODUCER).keys.set(ALIAS, { policy, grants, tags: {} });
      return environment;
    }
    const keyRung = async (changes: Readonly<Record<string, unknown>>) => {
      const rung = (await climbed(cloud, "sandbox", {}, changes)).find(
        ({ id }) => id === "key:acct1dynamodb",
      );
      return rung && [rung.title, rung.status, rung.detail];
    };
    const title = `KMS key ${ALIAS} has exactly its policy`;

    it("compares the key's policy, by which Role B decrypts", async () => {
      deployKey(keyed);
      expect(await keyRung(keyed)).to.deep.equal([title, "passed", "5 statements"]);
      deployKey({ ...keyed, spokes: {} });
      expect((await keyRung(keyed))?.[1]).to.equal("failed");
      cloud.account(PRODUCER).keys.clear();
      expect(await keyRung(keyed)).to.deep.equal([
        title,
        "failed",
        `there is no key ${ALIAS} in ${PRODUCER}`,
      ]);
    });

    it("looks for the spoke's grant under keyAccess: grants", async () => {
      const grants = spillKeyGrants(requestWith(), deployKey(granted), "music");
      const withGrant = `${title}, and the spoke its grants`;
      expect(await keyRung(granted)).to.deep.equal([
        withGrant,
        "failed",
        "it has no grant dev-sales to arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      ]);
      deployKey(
        granted,
        grants.map((grant) => ({ ...grant, operations: ["Decrypt", "Encrypt"] })),
      );
      expect((await keyRung(granted))?.[1]).to.equal("failed");
      deployKey(granted, grants);
      expect(await keyRung(granted)).to.deep.equal([
        withGrant,
        "passed",
        "5 statements, grant dev-sales, grant dev-sales-analyst",
      ]);
    });
  });

  it("claims nothing about what the endpoint does not execute", async () => {
    for (const account of [SPOKE, PRODUCER])
      cloud.account(account).notExecuted.add("athena:StartQueryExecution");
    const words = "not executed here: athena:StartQueryExecution";
    expect(await untried(cloud, "sandbox", {}, ownRole)).to.deep.equal({
      "producer-select:acct1dynamodb": words,
      "select:acct1dynamodb": words,
      "quick:acct1dynamodb": words,
      "select:AwsDataCatalog": words,
      "quick:AwsDataCatalog": words,
      trail,
    });
  });

  it("finds the chain in the trails of hub and spoke, and says where audit has more to tell (R73)", async () => {
    const [roleA, roleB] = [
      "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
    ];
    const event = (changes: Partial<TrailEvent>): TrailEvent => ({
      time: new Date(),
      caller: "quicksight.amazonaws.com",
      callerAccount: HUB,
      callerRole: undefined,
      key: undefined,
      assumedRole: undefined,
      session: undefined,
      externalId: undefined,
      givenKey: undefined,
      workgroup: undefined,
      queryId: undefined,
      error: undefined,
      ...changes,
    });
    const intoB = event({
      caller: "Role A's session",
      callerRole: roleA,
      key: "KEYA",
      assumedRole: roleB,
      externalId: "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales",
      givenKey: "KEYB",
    });
    cloud.account(HUB).events.set("AssumeRole", [event({ assumedRole: roleA, givenKey: "KEYA" }), intoB]);
    cloud.account(SPOKE).events.set("AssumeRole", [{ ...intoB, caller: HUB, callerRole: undefined }]);
    const started = event({
      caller: "Role B's session",
      callerRole: roleB,
      key: "KEYB",
      workgroup: "dev-sales",
      queryId: "4711",
    });
    cloud.account(SPOKE).events.set("StartQueryExecution", [started]);
    const rung = async () => (await climbed(cloud)).find(({ id }) => id === "trail");
    const passed = await rung();
    expect(passed?.status, passed?.detail).to.equal("passed");
    expect(passed?.detail).to.match(
      /^at \S+Z quicksight\.amazonaws\.com became Role A, that Role B, and started 4711$/,
    );
    cloud.account(SPOKE).events.set("StartQueryExecution", [started, { ...started, callerRole: undefined }]);
    const noted = await rung();
    expect(noted?.status).to.equal("passed");
    expect(noted?.detail).to.match(/; not explained by the chain: 1 event, which `spokes audit` tells$/);
  });

  it("queries as the analyst and as Quick in the spoke's workgroup, in the producer beside the spill, and deletes the results", async () => {
    await climbed(cloud, "sandbox", {}, ownRole);
    const music = 'SELECT * FROM "acct1dynamodb"."default"."music" LIMIT 1';
    const orders = 'SELECT * FROM "AwsDataCatalog"."sales"."orders" LIMIT 1';
    const workgroup = "dev-sales";
    const analyst = "arn:aws:iam::133333333333:role/analyst";
    expect(cloud.account(SPOKE).queries).to.have.deep.members([
      { sql: music, workgroup, rows: 1, as: analyst },
      { sql: music, workgroup, rows: 1, as: "credentials" },
      { sql: orders, workgroup, rows: 1, as: analyst },
      { sql: orders, workgroup, rows: 1, as: "credentials" },
      // for the trail
      { sql: "SELECT 1", workgroup, rows: 1, as: "credentials" },
    ]);
    expect(cloud.account(SPOKE).deletedResults).to.have.length(5);
    expect(cloud.account(PRODUCER).queries).to.deep.equal([
      {
        sql: music,
        workgroup: "primary",
        outputLocation: `s3://${SPILL}/athena-spokes-verification/`,
        rows: 1,
        as: "OrganizationAccountAccessRole",
      },
    ]);
    expect(cloud.account(PRODUCER).deletedResults).to.have.length(1);
  });
});

describe("documents are compared without regard to what AWS rewrites", () => {
  for (const [name, wanted, found, expected] of [
    ["order of keys and of plain lists", { a: 1, b: ["x", "y"] }, { b: ["y", "x"], a: 1 }, []],
    ["a list of one", { Action: ["sts:AssumeRole"] }, { Action: "sts:AssumeRole" }, []],
    ["a value", { a: { b: "x" } }, { a: { b: "y" } }, ['a.b: wanted "x", found "y"']],
    ["a missing key", { a: 1 }, {}, ["a: wanted 1, found nothing"]],
    ["an extra key", {}, { a: 1 }, ["a: wanted nothing, found 1"]],
    ["a statement", [{ Sid: "a" }], [{ Sid: "b" }], ['[0].Sid: wanted "a", found "b"']],
  ] as const)
    it(name, () => {
      expect(differences(wanted, found)).to.deep.equal(expected);
    });
});
