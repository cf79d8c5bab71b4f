import { expect } from "chai";
import type { TrailEvent } from "../../automation/cloud/cloud";
import { trailEvent } from "../../automation/cloud/trail-event";
import { isWhole, readTrail } from "../../automation/trail";
import { environmentWith, HUB, OTHER_SPOKE, requestWith, SPOKE } from "../worlds";
import { FakeAccount } from "./fake-cloud";

const ROLE_A = `arn:aws:iam::${HUB}:role/qs-athena-cross-account-role-a`;
const ROLE_B = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;
const SESSION_A = `arn:aws:sts::${HUB}:assumed-role/qs-athena-cross-account-role-a/quick`;
const SOURCE = `arn:aws:quicksight:us-east-1:${HUB}:datasource/dev-sales`;
const NOW = new Date("2026-11-27T12:00:00Z");

const NOTHING: TrailEvent = {
  time: NOW,
  caller: "",
  callerAccount: undefined,
  callerRole: undefined,
  key: undefined,
  assumedRole: undefined,
  session: undefined,
  externalId: undefined,
  givenKey: undefined,
  workgroup: undefined,
  queryId: undefined,
  error: undefined,
};

const intoA = { ...NOTHING, caller: "quicksight.amazonaws.com", assumedRole: ROLE_A, givenKey: "KEYA" };
const intoB = {
  ...NOTHING,
  caller: SESSION_A,
  callerAccount: HUB,
  callerRole: ROLE_A,
  key: "KEYA",
  assumedRole: ROLE_B,
  session: "quick",
  externalId: SOURCE,
  givenKey: "KEYB",
};
/** The same event in the spoke's own trail, which knows the hub's account only. */
const seenInSpoke = { ...intoB, caller: HUB, callerRole: undefined, key: undefined };
const started = {
  ...NOTHING,
  caller: `arn:aws:sts::${SPOKE}:assumed-role/qs-athena-consumer-role/quick`,
  callerAccount: SPOKE,
  callerRole: ROLE_B,
  key: "KEYB",
  workgroup: "dev-sales",
  queryId: "11111111-2222",
};

function read(
  hubEvents: readonly TrailEvent[],
  spokeEvents: readonly TrailEvent[],
  queries: readonly TrailEvent[],
  request = requestWith(),
) {
  const hub = new FakeAccount(HUB, "us-east-1");
  hub.events.set("AssumeRole", [...hubEvents]);
  const spoke = new FakeAccount(SPOKE, "us-east-1");
  spoke.events.set("AssumeRole", [...spokeEvents]);
  spoke.events.set("StartQueryExecution", [...queries]);
  return readTrail({ hub, spoke }, request, environmentWith(), new Date(0));
}

describe("the trail of a chain (R73)", () => {
  it("joins Quick, Role A, Role B and the query by the keys of their sessions (R73)", async () => {
    const { sessions, unexpected } = await read([intoA, intoB], [seenInSpoke], [started]);
    expect(unexpected).to.deep.equal([]);
    expect(sessions).to.deep.equal([
      {
        time: NOW.toISOString(),
        session: "quick",
        by: SESSION_A,
        roleABy: "quicksight.amazonaws.com",
        externalId: SOURCE,
        queries: ["11111111-2222"],
      },
    ]);
    expect(sessions.map(isWhole)).to.deep.equal([true]);
  });

  it("does not call a way whole of which the trail tells a part", async () => {
    for (const [hubEvents, queries] of [
      [[intoB], [started]],
      [[intoA, intoB], []],
      [[intoA, intoB], [{ ...started, key: "OTHER", callerRole: ROLE_B }]],
    ] as const) {
      const { sessions } = await read(hubEvents, [seenInSpoke], queries);
      expect(sessions.map(isWhole)).to.deep.equal([false]);
    }
  });

  it("tells of one side what its own trail has (R46)", async () => {
    const hub = new FakeAccount(HUB, "us-east-1");
    hub.events.set("AssumeRole", [intoA, intoB, { ...intoA, caller: stranger }]);
    const ofHub = await readTrail({ hub, spoke: undefined }, requestWith(), environmentWith(), new Date(0));
    expect(ofHub.sessions.map(({ by, roleABy, queries }) => [by, roleABy, queries])).to.deep.equal([
      [SESSION_A, "quicksight.amazonaws.com", []],
    ]);
    expect(ofHub.unexpected).to.deep.equal([
      `${stranger} became Role A at ${at}; only quicksight.amazonaws.com should`,
    ]);
    const spoke = new FakeAccount(SPOKE, "us-east-1");
    spoke.events.set("AssumeRole", [seenInSpoke]);
    spoke.events.set("StartQueryExecution", [started]);
    const ofSpoke = await readTrail({ hub: undefined, spoke }, requestWith(), environmentWith(), new Date(0));
    expect(ofSpoke.unexpected).to.deep.equal([]);
    expect(ofSpoke.sessions.map(({ by, roleABy, queries }) => [by, roleABy, queries])).to.deep.equal([
      [HUB, undefined, ["11111111-2222"]],
    ]);
  });

  const at = NOW.toISOString();
  const stranger = `arn:aws:sts::${HUB}:assumed-role/admin/eve`;
  const cases: [string, Parameters<typeof read>, string[]][] = [
    [
      "somebody else than Quick becomes Role A",
      [[{ ...intoA, caller: stranger, callerAccount: HUB }, intoB], [seenInSpoke], []],
      [`${stranger} became Role A at ${at}; only quicksight.amazonaws.com should`],
    ],
    [
      "another role of the hub becomes Role B",
      [
        [
          {
            ...intoB,
            caller: stranger,
            callerRole: `arn:aws:iam::${HUB}:role/admin`,
          },
        ],
        [seenInSpoke],
        [],
      ],
      [`${stranger} became Role B at ${at}; only Role A should`],
    ],
    [
      "another account becomes Role B",
      [[], [{ ...seenInSpoke, caller: OTHER_SPOKE, callerAccount: OTHER_SPOKE }], []],
      [`${OTHER_SPOKE} of account ${OTHER_SPOKE} became Role B at ${at}; only hub ${HUB} should`],
    ],
    [
      "Role B is opened with another external id",
      [[intoA, intoB], [{ ...seenInSpoke, externalId: "other" }], []],
      [`${SESSION_A} became Role B at ${at} with external id other; only ${SOURCE} should open it`],
    ],
    [
      "somebody else queries in the spoke's workgroup",
      [
        [intoA, intoB],
        [seenInSpoke],
        [
          started,
          {
            ...started,
            caller: `arn:aws:iam::${SPOKE}:user/eve`,
            callerRole: undefined,
            key: "KEYE",
            queryId: "3333",
          },
        ],
      ],
      [
        `arn:aws:iam::${SPOKE}:user/eve queried in workgroup dev-sales at ${at} (3333); only Role B and the analyst should`,
      ],
    ],
  ];
  for (const [title, events, expected] of cases)
    it(`tells when ${title}`, async () => {
      expect((await read(...events)).unexpected).to.deep.equal(expected);
    });

  it("tells of each level's Role B and workgroup by itself (R72)", async () => {
    const pii = { data: [{ database: "pii", prefixes: ["s3://vault/pii/"] }] };
    const request = requestWith({ classifications: { pii } });
    const rolePii = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role-dev-pii`;
    const source = `${SOURCE}--pii`;
    const intoPii = { ...intoB, assumedRole: rolePii, externalId: source, givenKey: "KEYP" };
    const seen = { ...intoPii, caller: HUB, callerRole: undefined, key: undefined };
    const queried = {
      ...started,
      callerRole: rolePii,
      key: "KEYP",
      workgroup: "dev-sales--pii",
      queryId: "4",
    };
    const chained = await read([intoA, intoB, intoPii], [seenInSpoke, seen], [started, queried], request);
    expect(chained.unexpected).to.deep.equal([]);
    expect(
      chained.sessions.map(({ classification, externalId, queries }) => [
        classification,
        externalId,
        queries,
      ]),
    ).to.deep.equal([
      [undefined, SOURCE, ["11111111-2222"]],
      ["pii", source, ["4"]],
    ]);
    const broken = await read(
      [intoA, intoPii],
      [{ ...seen, externalId: SOURCE }],
      [{ ...queried, caller: "eve", callerRole: `arn:aws:iam::${SPOKE}:role/analyst` }],
      request,
    );
    expect(broken.unexpected).to.deep.equal([
      `${SESSION_A} became the Role B of pii at ${at} with external id ${SOURCE}; only ${source} should open it`,
      `eve queried in workgroup dev-sales--pii at ${at} (4); only the Role B of pii should`,
    ]);
  });

  it("tells who else queries in a third party's workgroup (R77)", async () => {
    const request = requestWith({
      readers: {
        connecty: { workgroup: "connecty" },
        other: { workgroup: "other", permissionsOn: "user" },
        shared: {},
      },
    });
    const role = `arn:aws:iam::${SPOKE}:role/dev-sales-connecty`;
    const user = `arn:aws:iam::${SPOKE}:user/dev-sales-other`;
    const { unexpected } = await read(
      [],
      [],
      [
        { ...started, callerRole: role, workgroup: "connecty" },
        { ...started, caller: user, callerRole: undefined, workgroup: "other" },
        { ...started, workgroup: "connecty", queryId: "5" },
        { ...started, caller: "eve", callerRole: role, workgroup: "other", queryId: "6" },
      ],
      request,
    );
    expect(unexpected).to.deep.equal([
      `${started.caller} queried in workgroup connecty at ${at} (5); only reader connecty should`,
      `eve queried in workgroup other at ${at} (6); only reader other should`,
    ]);
  });

  it("takes nobody in workgroup primary for an intruder: it is the whole account's", async () => {
    const request = requestWith({
      workgroup: { name: "primary", outputLocation: "s3://results/quick/" },
    });
    const { unexpected } = await read(
      [intoA, intoB],
      [seenInSpoke],
      [{ ...started, callerRole: undefined, workgroup: "primary" }],
      request,
    );
    expect(unexpected).to.deep.equal([]);
  });

  it("tells nothing of the analyst, of another workgroup, and of what was refused", async () => {
    const analyst = {
      ...started,
      callerRole: `arn:aws:iam::${SPOKE}:role/analyst`,
      key: "KEYN",
    };
    const elsewhere = { ...started, callerRole: undefined, key: "KEYE", workgroup: "payroll" };
    const refused = { ...NOTHING, caller: stranger, assumedRole: ROLE_A, error: "AccessDenied" };
    const { sessions, unexpected } = await read([refused], [], [analyst, elsewhere]);
    expect({ sessions, unexpected }).to.deep.equal({ sessions: [], unexpected: [] });
  });

  it("knows an analyst that is a user by itself, and no other user (R28)", async () => {
    const request = requestWith({ analyst: "user/analyst" });
    const as = (name: string) => ({
      ...started,
      caller: `arn:aws:iam::${SPOKE}:user/${name}`,
      callerRole: undefined,
    });
    const { unexpected } = await read([], [], [as("analyst"), as("analyst-too")], request);
    expect(unexpected).to.have.length(1);
    expect(unexpected[0]).to.match(/:user\/analyst-too queried in workgroup dev-sales/);
  });

  it("reads CloudTrail's records", () => {
    expect(
      trailEvent(
        JSON.stringify({
          eventTime: "2026-11-27T12:00:00Z",
          userIdentity: {
            type: "AssumedRole",
            arn: SESSION_A,
            accountId: HUB,
            accessKeyId: "KEYA",
            sessionContext: { sessionIssuer: { type: "Role", arn: ROLE_A } },
          },
          requestParameters: { roleArn: ROLE_B, roleSessionName: "quick", externalId: SOURCE },
          responseElements: { credentials: { accessKeyId: "KEYB" } },
        }),
      ),
    ).to.deep.equal(intoB);
    expect(
      trailEvent(
        JSON.stringify({
          eventTime: "2026-11-27T12:00:00Z",
          userIdentity: { type: "AWSService", invokedBy: "quicksight.amazonaws.com" },
          requestParameters: { roleArn: ROLE_A },
          responseElements: { credentials: { accessKeyId: "KEYA" } },
        }),
      ),
    ).to.deep.equal(intoA);
    expect(
      trailEvent(
        JSON.stringify({
          eventTime: "2026-11-27T12:00:00Z",
          errorCode: "AccessDenied",
          userIdentity: { type: "AWSAccount", accountId: OTHER_SPOKE },
          requestParameters: null,
          responseElements: null,
        }),
      ),
    ).to.deep.equal({
      ...NOTHING,
      caller: OTHER_SPOKE,
      callerAccount: OTHER_SPOKE,
      error: "AccessDenied",
    });
  });
});
