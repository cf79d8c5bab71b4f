import { expect } from "chai";
import { readRequest } from "../../access/request";
import { SHARE_POLICY, sharePermissions, shareRoleTrust, sharesOf } from "../../access/share";
import { shareProblems } from "../../automation/preflight/share";
import type { PreflightInput } from "../../automation/preflight/preflight";
import { environmentWith, PRODUCER, SPOKE } from "../worlds";
import { FakeCloud } from "./fake-cloud";
import { resourceOf } from "./fake-engine";

const ROLE = "AthenaCrossAccountCreate-122222222222";
const environment = environmentWith({
  producers: {
    music: {
      account: PRODUCER,
      registersCatalogs: true,
      connectors: { acct1dynamodb: { tables: ["Music"] } },
    },
  },
});
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
