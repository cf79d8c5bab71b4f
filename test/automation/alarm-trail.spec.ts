import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { Document, parse } from "yaml";
import type { TrailView } from "../../automation/cloud/cloud";
import { updateEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import { readRequestFile } from "../../automation/files/request-file";
import { preview } from "../../automation/preview";
import { environmentWith, HUB, SPOKE } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const TRAIL = "management-events";
const fine: TrailView = { seen: { logging: true, logsReads: true } };
const REST = "so that no rule would ever hear of STS";

describe("the trail of alarms (R73)", () => {
  let world: Chain;

  beforeEach(async () => {
    world = await chain();
    const file = path.join(world.project, "Pulumi.dev.yaml");
    const text = parse(await readFile(file, "utf8")) as { config: Record<string, object> };
    const key = "athena-spokes:environment";
    text.config[key] = { ...text.config[key], alarms: { trail: TRAIL } };
    await writeFile(file, new Document(text).toString());
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ alarms: { trail: TRAIL } }) },
      resources: [],
      pending: [],
    });
    for (const account of [HUB, SPOKE]) world.cloud.account(account).trails.set(TRAIL, fine);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const advisories = () =>
    world.messages.flatMap((message) =>
      message.code === "advisory" && message.text.includes("trail") ? [message.text] : [],
    );
  const commands = [
    [
      "environment up",
      HUB,
      "alarms.trail",
      () => {
        // What is there already is not this stack's.
        for (const { roles, functions, catalogs, buckets, dynamoTables } of world.cloud.accounts.values())
          for (const things of [roles, functions, catalogs, buckets, dynamoTables]) things.clear();
        return updateEnvironment(world.context, "dev");
      },
    ],
    [
      "onboarding",
      SPOKE,
      "",
      async () => preview(world.context, await readRequestFile(path.join(EXAMPLES, "sales.yaml"))),
    ],
  ] as const;
  const lacks: readonly [what: string, trail: TrailView | undefined, lack: string, remedy: string][] = [
    [
      "is not there",
      undefined,
      "is not there, or is another Region's alone,",
      "make it, make it a multi-Region trail, name another as `aws cloudtrail describe-trails` shows them",
    ],
    [
      "was stopped",
      { seen: { logging: false, logsReads: true } },
      "does not log",
      "run `aws cloudtrail start-logging`",
    ],
    [
      "logs writes only",
      { seen: { logging: true, logsReads: false } },
      "logs no read-only management events, of which AssumeRole is one,",
      "have it log management events, reads and writes",
    ],
  ];
  for (const [command, account, at, run] of commands) {
    for (const [what, trail, lack, remedy] of lacks)
      it(`stops ${command} where it ${what}`, async () => {
        const { trails } = world.cloud.account(account);
        trails.delete(TRAIL);
        if (trail !== undefined) trails.set(TRAIL, trail);
        const thrown = await failureOf(run());
        if (!(thrown instanceof RunnerError)) throw thrown;
        expect(thrown.faults.map((fault) => ({ path: fault.path, message: fault.message }))).to.deep.equal([
          {
            path: at,
            message: `trail ${TRAIL} of alarms ${lack} in ${account}, us-east-1, ${REST}: ${remedy}, or leave alarms out`,
          },
        ]);
        expect(world.engine.calls).to.deep.equal([]);
      });

    for (const [what, trail, told] of [
      ["logs here", fine, []],
      [
        "is the organization's, which may not be looked at",
        { seen: undefined },
        [
          `trail ${TRAIL} of alarms is not this account's own, and whether it logs management events in ${account}, us-east-1 may not be looked at: ask whoever keeps it`,
        ],
      ],
    ] as const)
      it(`is no hindrance to ${command} where it ${what}`, async () => {
        world.cloud.account(account).trails.set(TRAIL, trail);
        await run();
        expect(advisories()).to.deep.equal(told);
      });

    it(`is no hindrance to ${command} where the role may not look for it, as one of an older template`, async () => {
      const denied = Object.assign(new Error("not authorized to perform: cloudtrail:DescribeTrails"), {
        name: "AccessDeniedException",
      });
      world.cloud.account(account).trailNamed = () => Promise.reject(denied);
      await run();
      expect(advisories()).to.deep.equal([
        `trail ${TRAIL} of alarms may not be looked at in ${account}, us-east-1: once this is through, apply the account's template of \`spokes bootstrap\` again, or let the role call cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors`,
      ]);
    });

    it(`stops ${command} where looking for it fails otherwise`, async () => {
      world.cloud.account(account).trailNamed = () => Promise.reject(new Error("CloudTrail is ill"));
      expect(String(await failureOf(run()))).to.include("CloudTrail is ill");
      expect(world.engine.calls).to.deep.equal([]);
    });
  }
});
