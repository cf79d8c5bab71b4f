import { expect } from "chai";
import { enterChain } from "../../automation/accounts";
import { climb } from "../../automation/verify/ladder";
import { differences } from "../../automation/verify/documents";
import { environmentWith, HUB, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { deployedEnvironmentCloud, onboardInto } from "./chain";
import type { FakeCloud } from "./fake-cloud";

const SPILL = "dev-music-athena-spill-122222222222";

async function climbed(cloud: FakeCloud) {
  const request = requestWith();
  const environment = environmentWith({ spokes: { sales: registeredSales } });
  const accounts = await enterChain(cloud, request, environment);
  return climb({
    request,
    environment,
    accounts,
    context: { report: () => undefined, signal: new AbortController().signal },
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

  it("has a rung for each hop, and every one that can be tried from outside passes", async () => {
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
      ["tables:acct1dynamodb", "passed"],
      ["select:acct1dynamodb", "passed"],
      ["data-source", "passed"],
      ["shared", "passed"],
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
      fails: [["glue:sales", /has no table/]],
    },
    {
      name: "a query returns nothing at all",
      make: () => (cloud.account(SPOKE).rows = []),
      fails: [["select:acct1dynamodb", /without as much as its columns/]],
    },
    {
      name: "the data source failed (e5)",
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

  it("claims nothing about what the endpoint does not execute", async () => {
    for (const account of [SPOKE, PRODUCER])
      cloud.account(account).notExecuted.add("athena:ListTableMetadata");
    const rungs = await climbed(cloud);
    expect(
      rungs.filter(({ status }) => status === "not executed").map(({ id, detail }) => [id, detail]),
    ).to.deep.equal([
      ["producer-tables:acct1dynamodb", "not executed here: athena:ListTableMetadata"],
      ["tables:acct1dynamodb", "not executed here: athena:ListTableMetadata"],
      ["select:acct1dynamodb", "not executed here: athena:ListTableMetadata"],
      ["trail", "not executed: the events appear when Quick has run a query, up to 15 minutes later"],
    ]);
    expect(rungs.some(({ status }) => status === "failed")).to.equal(false);
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
