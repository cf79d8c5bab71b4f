import { expect } from "chai";
import { readRequest } from "../../access/request";
import { SHARE_POLICY, sharePermissions, shareRoleTrust, sharesOf } from "../../access/share";
import { enterChain } from "../../automation/accounts";
import { looksForSpoke } from "../../automation/leftovers/of-spoke";
import { shareProblems } from "../../automation/preflight/share";
import type { PreflightInput } from "../../automation/preflight/preflight";
import { spokeProblems } from "../../automation/preflight/spoke";
import { climb } from "../../automation/verify/ladder";
import { environmentWith, PRODUCER, SPOKE } from "../worlds";
import { deployedEnvironmentCloud, onboardInto } from "./chain";
import { FakeCloud } from "./fake-cloud";
import { resourceOf } from "./fake-engine";

/** Rungs that look into the shared catalog. */
const NEEDS_CATALOG = [
  "catalog:acct1dynamodb",
  "tables:acct1dynamodb",
  "select:acct1dynamodb",
  "quick:acct1dynamodb",
  "browse",
  "ingestion:songs",
  "quick-dataset:songs",
];
const ROLE = "AthenaCrossAccountCreate-122222222222";
const producers = {
  music: {
    account: PRODUCER,
    registersCatalogs: true,
    connectors: { acct1dynamodb: { tables: ["Music"] } },
  },
};
const environment = environmentWith({ producers });
const request = readRequest(
  {
    spoke: "sales",
    environment: "dev",
    account: SPOKE,
    region: "us-east-1",
    connectors: [{ from: "music", registeredBy: "producer" }],
  },
  "sales.yaml",
);

/** Somebody of the producer shares in Athena's console. */
const byHand = readRequest(
  {
    ...{ spoke: "sales", environment: "dev", account: SPOKE, region: "us-east-1", analyst: true },
    connectors: [
      {
        from: "music",
        registeredBy: "producer",
        sharePermissions: "create-only",
        sharedBy: "ConnectorOwner",
      },
    ],
    datasets: {
      songs: {
        ...{ catalog: "acct1dynamodb", database: "default", table: "music" },
        ...{ columns: { artist: "STRING" }, importMode: "SPICE" },
      },
    },
  },
  "sales.yaml",
);

describe("a catalog that the producer shares by hand (R15)", () => {
  const found = {
    type: "LAMBDA",
    functionArn: `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`,
  };

  for (const [name, asked, problems] of [
    ["is not claimed before onboarding", byHand, []],
    [
      "is claimed when the stack shares it",
      request,
      [
        `Athena catalog "acct1dynamodb" exists in ${SPOKE} and belongs to somebody else, having no tags of ours: choose another name under connectors[0].catalog`,
      ],
    ],
  ] as const)
    it(name, async () => {
      const spoke = new FakeCloud().account(SPOKE);
      spoke.catalogs.set("acct1dynamodb", found);
      const input = { request: asked, environment } as unknown as PreflightInput;
      const told = (await spokeProblems(spoke, input)).problems;
      expect(
        told.filter(({ path }) => path === "connectors[0].catalog").map(({ message }) => message),
      ).to.deep.equal(problems);
    });

  it("is waited for by the rungs that need it, and looked at when it is there", async () => {
    const cloud = deployedEnvironmentCloud(environment);
    const deployed = onboardInto(cloud, byHand, { producers });
    const spoke = cloud.account(SPOKE);
    for (const share of sharesOf(byHand, deployed))
      for (const role of share.roles)
        spoke.roles.set(role, {
          trust: shareRoleTrust(share, deployed),
          policies: new Map([[SHARE_POLICY, sharePermissions(share, byHand)]]),
          tags: {},
        });
    const rungs = async () => {
      const climbed = await climb({
        request: byHand,
        environment: deployed,
        accounts: await enterChain(cloud, byHand, deployed),
        context: {
          report: () => undefined,
          signal: new AbortController().signal,
          cloud,
          actAsQuick: () => Promise.resolve({ accessKeyId: "ASIA", secretAccessKey: "secret" }),
        },
      });
      return climbed.filter(({ id, status }) => status === "failed" || NEEDS_CATALOG.includes(id));
    };
    spoke.catalogs.clear();
    const waiting =
      "not executed: catalog acct1dynamodb is not there yet, which ConnectorOwner of music shares by hand; then `spokes verify`";
    expect((await rungs()).map(({ id, status, detail }) => [id, status, detail])).to.deep.equal(
      NEEDS_CATALOG.map((id) => [id, "not executed", waiting]),
    );
    spoke.catalogs.set("acct1dynamodb", found);
    expect((await rungs()).map(({ id, status }) => [id, status])).to.deep.equal(
      NEEDS_CATALOG.map((id) => [id, "passed"]),
    );
    spoke.catalogs.set("acct1dynamodb", { ...found, functionArn: "arn:x" });
    expect((await rungs())[0]).to.include({ id: "catalog:acct1dynamodb", status: "failed" });
  });

  it("is told and not missed when the spoke is gone: nobody here made it", async () => {
    const spoke = new FakeCloud().account(SPOKE);
    spoke.catalogs.set("acct1dynamodb", found);
    const looks = looksForSpoke(byHand, environment, {
      spoke,
      hub: undefined,
      producers: new Map(),
      tables: new Map(),
    });
    const look = async () =>
      (await Promise.all(looks.map((each) => each.find()))).flat().filter(({ name }) => name !== "sales");
    expect(await look()).to.deep.equal([
      {
        account: SPOKE,
        noun: "Athena catalog",
        name: "acct1dynamodb",
        why: "ConnectorOwner of music shared it by hand; `aws athena delete-data-catalog --name acct1dynamodb` takes it away",
      },
    ]);
    spoke.catalogs.clear();
    expect(await look()).to.deep.equal([]);
  });
});

describe("the look at share roles before onboarding (R19)", () => {
  const known = {
    stack: "dev-sales",
    outputs: {},
    pending: [],
    resources: [resourceOf("role", ROLE, SPOKE), resourceOf("role policy", `${ROLE}:${SHARE_POLICY}`, SPOKE)],
  };
  const lacks = (what: string) =>
    `account ${PRODUCER} does not have the permissions to assume role ${ROLE} in account ${SPOKE}: ${what}; put it right with \`pulumi refresh --stack dev-sales\`, then the same command again (R19)`;
  const cases: readonly {
    name: string;
    policies?: readonly string[];
    tags?: Record<string, string>;
    isKnown: boolean | "without policy";
    problems: readonly string[];
  }[] = [
    { name: "finds nothing before the role is made", isKnown: false, problems: [] },
    {
      name: "finds nothing when the role has its policy",
      policies: [SHARE_POLICY],
      isKnown: true,
      problems: [],
    },
    {
      name: "names a role that is gone, or spelled otherwise (R19)",
      isKnown: true,
      problems: [lacks("there is no role of that name any more, spelled just so")],
    },
    {
      name: "names a policy that is not attached",
      policies: ["Another"],
      isKnown: true,
      problems: [lacks(`its policy ${SHARE_POLICY} is not attached`)],
    },
    {
      name: "finds nothing when an interrupted run has made the role without its policy",
      policies: [],
      isKnown: "without policy",
      problems: [],
    },
    {
      name: "refuses a role of somebody else",
      policies: [SHARE_POLICY],
      isKnown: false,
      problems: [
        `role "${ROLE}" exists in ${SPOKE} and belongs to somebody else, having no tags of ours: remove it, or write \`registeredBy: consumer\``,
      ],
    },
  ];
  for (const { name, policies, tags = {}, isKnown, problems } of cases)
    it(name, async () => {
      const spoke = new FakeCloud().account(SPOKE);
      const [share] = sharesOf(request, environment);
      if (share === undefined) throw new Error("the request shares a connector");
      if (policies !== undefined)
        spoke.roles.set(ROLE, {
          trust: shareRoleTrust(share, environment),
          policies: new Map(policies.map((policy) => [policy, sharePermissions(share, request)])),
          tags,
        });
      const [role] = known.resources;
      const spokeState =
        isKnown === "without policy" ? { ...known, resources: [role] } : isKnown ? known : undefined;
      const input = { request, environment, spokeState };
      const found = (await Promise.all(shareProblems(spoke, input as unknown as PreflightInput))).flat();
      expect(found.map(({ message }) => message)).to.deep.equal(problems);
      for (const { path, whose } of found)
        expect([path, whose]).to.deep.equal(["connectors[0].registeredBy", "input"]);
    });
});
