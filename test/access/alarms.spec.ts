import { expect } from "chai";
import { hubAlarms, spokeAlarms } from "../../access/alarms";
import { environmentWith, HUB, requestWith, SPOKE } from "../worlds";

const alarms = { trail: "management-events" };
const ROLE_A = `arn:aws:iam::${HUB}:role/qs-athena-cross-account-role-a`;
const ROLE_B = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;

/** Successful assumptions of roles, by any of STS's ways. */
const assumed = (roleArn: unknown, unexpected: object, requestParameters: object = {}) => ({
  source: ["aws.sts"],
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: {
    eventSource: ["sts.amazonaws.com"],
    eventName: [{ prefix: "AssumeRole" }],
    errorCode: [{ exists: false }],
    requestParameters: { roleArn, ...requestParameters },
    ...unexpected,
  },
});
const otherThan = (value: unknown) => [{ "anything-but": value }, { exists: false }];
const published = (topic: string, service: string, sid: string, condition: object = {}) => ({
  Sid: sid,
  Effect: "Allow",
  Principal: { Service: service },
  Action: "sns:Publish",
  Resource: topic,
  ...condition,
});

describe("alarms (R73)", () => {
  it("are none without the key", () => {
    expect(hubAlarms(environmentWith())).to.equal(undefined);
    expect(spokeAlarms(requestWith(), environmentWith())).to.equal(undefined);
  });

  it("of the hub tell of anybody but Quick as Role A, and of anybody but Role A going on into a Role B", () => {
    const topic = `arn:aws:sns:us-east-1:${HUB}:dev-alarms`;
    expect(hubAlarms(environmentWith({ alarms }))).to.deep.equal({
      topic: {
        name: "dev-alarms",
        arn: topic,
        policy: {
          Version: "2012-10-17",
          Statement: [published(topic, "events.amazonaws.com", "UnexpectedAssumers")],
        },
      },
      rules: [
        {
          name: "dev-assumers-of-role-a",
          description: "Somebody but Quick became Role A of dev; told by trail management-events",
          pattern: assumed([ROLE_A], { userIdentity: { invokedBy: otherThan("quicksight.amazonaws.com") } }),
        },
        {
          name: "dev-assumers-of-role-b",
          description:
            "Somebody of the hub but Role A became a Role B of dev; told by trail management-events",
          pattern: assumed(
            [
              { wildcard: "arn:aws:iam::*:role/qs-athena-consumer-role" },
              { wildcard: "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*" },
            ],
            {
              userIdentity: {
                accountId: [HUB],
                sessionContext: { sessionIssuer: { arn: otherThan({ wildcard: [ROLE_A] }) } },
              },
            },
          ),
        },
      ],
      scans: [],
    });
  });

  it("of a spoke tell of anybody but the hub, and of another data source, and of scans, for each level (R72)", () => {
    const request = requestWith({ classifications: { pii: { connectors: [{ from: "music" }] } } });
    const topic = `arn:aws:sns:us-east-1:${SPOKE}:dev-sales-alarms`;
    const opened = (roleB: string, dataSource: string) =>
      assumed([roleB], {
        $or: [
          { userIdentity: { accountId: otherThan(HUB) } },
          {
            requestParameters: {
              externalId: otherThan(`arn:aws:quicksight:us-east-1:${HUB}:datasource/${dataSource}`),
            },
          },
        ],
      });
    const scanned = (level: string) => ({
      name: `${level}-scans`,
      description: `Queries of ${level} scanned more than 5000 bytes within an hour`,
      workgroup: level,
      threshold: 5000,
    });
    const environment = environmentWith({ alarms: { ...alarms, bytesScannedPerHour: 5000 } });
    expect(spokeAlarms(request, environment)).to.deep.equal({
      topic: {
        name: "dev-sales-alarms",
        arn: topic,
        policy: {
          Version: "2012-10-17",
          Statement: [
            published(topic, "events.amazonaws.com", "UnexpectedAssumers"),
            published(topic, "cloudwatch.amazonaws.com", "Scans", {
              Condition: {
                ArnEquals: {
                  "aws:SourceArn": [
                    `arn:aws:cloudwatch:us-east-1:${SPOKE}:alarm:dev-sales-scans`,
                    `arn:aws:cloudwatch:us-east-1:${SPOKE}:alarm:dev-sales--pii-scans`,
                  ],
                },
                StringEquals: { "aws:SourceAccount": SPOKE },
              },
            }),
          ],
        },
      },
      rules: [
        {
          name: "dev-sales-assumers",
          description: `Somebody but hub ${HUB} became Role B of dev-sales; told by trail management-events`,
          pattern: opened(ROLE_B, "dev-sales"),
        },
        {
          name: "dev-sales--pii-assumers",
          description: `Somebody but hub ${HUB} became Role B of dev-sales--pii; told by trail management-events`,
          pattern: opened(`${ROLE_B}-dev-pii`, "dev-sales--pii"),
        },
      ],
      scans: [scanned("dev-sales"), scanned("dev-sales--pii")],
    });
  });

  it("go by the accounts alone where any data source may open Role B (C21)", () => {
    const environment = environmentWith({ alarms, externalId: "any-data-source" });
    expect(spokeAlarms(requestWith(), environment)?.rules[0]?.pattern).to.deep.equal(
      assumed([ROLE_B], { $or: [{ userIdentity: { accountId: otherThan(HUB) } }] }),
    );
  });

  it("are of Role A's of spokes' own too, also while the environment moves to them (C12)", () => {
    const rolesA = (changes: object) =>
      (
        hubAlarms(environmentWith({ alarms, ...changes }))?.rules[0]?.pattern as {
          detail: { requestParameters: { roleArn: unknown } };
        }
      ).detail.requestParameters.roleArn;
    const own = { wildcard: `${ROLE_A}-dev-*` };
    expect(rolesA({ roleA: "dedicated" })).to.deep.equal([own]);
    expect(rolesA({ roleA: "dedicated", formerRoleA: "pattern" })).to.deep.equal([ROLE_A, own]);
  });

  it("are none of Role B without Quick, and none of the scans in primary, which may be anybody's", () => {
    const environment = environmentWith({ alarms });
    expect(spokeAlarms(requestWith({ quick: false }), environment)?.rules).to.deep.equal([]);
    const primary = requestWith({ workgroup: { name: "primary", outputLocation: "s3://results/x/" } });
    expect(spokeAlarms(primary, environment)).to.deep.include({ scans: [] });
  });

  it("have names of the Region's partition", () => {
    const producers = {
      music: { account: "122222222222", connectors: { a: { tables: ["Music"], jar: "s3://jars/a.jar" } } },
    };
    const environment = environmentWith({ alarms, region: "cn-north-1", producers });
    expect(hubAlarms(environment)?.topic.arn).to.equal(`arn:aws-cn:sns:cn-north-1:${HUB}:dev-alarms`);
  });

  it("know Role B's that only the list of spokes knows, each once, as far as EventBridge lets them", () => {
    const spokes = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `s${index}`,
          { account: String(130000000000 + index), roleB: `reader-of-business-unit-${index % 40}` },
        ]),
      );
    const listed = (count: number) => environmentWith({ alarms, roleA: "list", spokes: spokes(count) });
    expect(JSON.stringify(hubAlarms(listed(2))?.rules[1]?.pattern)).to.include(
      '{"wildcard":"arn:aws:iam::*:role/reader-of-business-unit-1"}',
    );
    expect(() => listed(40)).to.throw(
      /^environment dev has a fault:\n {2}alarms: the pattern of Role B's would have \d+ characters, EventBridge allows 2048: give spokes the default name of Role B, or one that begins with qs-athena-consumer-role-dev-$/,
    );
  });

  const wrong: { name: string; written: unknown; message: string }[] = [
    {
      name: "no trail",
      written: {},
      message: "alarms.trail: the trail is missing: write its name",
    },
    {
      name: "a trail that is no text",
      written: { trail: 5 },
      message: "alarms.trail: the trail is not a text: write its name",
    },
    {
      name: "what is no trail's name or ARN",
      written: { trail: "arn:aws:s3:::logs" },
      message: 'alarms.trail: "arn:aws:s3:::logs" is not a trail: write its name',
    },
    {
      name: "a bound that is no number of bytes",
      written: { trail: "t-1", bytesScannedPerHour: 0.5 },
      message:
        "alarms.bytesScannedPerHour: 0.5 is not a bound of scans: write a whole number of bytes from 1 to",
    },
    {
      name: "keys that there are not",
      written: { trail: "t-1", topic: "x" },
      message: 'alarms: unknown key "topic": alarms knows trail, bytesScannedPerHour',
    },
  ];
  for (const { name, written, message } of wrong)
    it(`refuse ${name}`, () => {
      expect(() => environmentWith({ alarms: written })).to.throw(message);
    });

  it("take a trail by name or by ARN, and 100 GiB by default", () => {
    for (const trail of ["management-events", "arn:aws:cloudtrail:eu-west-1:100000000000:trail/Org_1.all"])
      expect(environmentWith({ alarms: { trail } }).alarms).to.deep.equal({
        trail,
        bytesScannedPerHour: 107_374_182_400,
      });
  });
});
