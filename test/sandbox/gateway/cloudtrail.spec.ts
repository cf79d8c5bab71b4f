import {
  CloudTrailClient,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from "@aws-sdk/client-cloudtrail";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "120000000731";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/OrganizationAccountAccessRole`;

describe("CloudTrail's event history", () => {
  const lookUp = async (input: LookupEventsCommandInput, account = ACCOUNT, region = "us-east-1") => {
    const client = await (await clients()).in(CloudTrailClient, account, region);
    const { Events = [] } = await client.send(new LookupEventsCommand(input));
    return Events.map(({ CloudTrailEvent = "{}", ...event }) => ({
      ...event,
      record: JSON.parse(CloudTrailEvent) as Record<string, Record<string, unknown>>,
    }));
  };
  const named = (AttributeValue: string): LookupEventsCommandInput => ({
    LookupAttributes: [{ AttributeKey: "EventName", AttributeValue }],
  });

  it("tells of an assumed role in the caller's account and in the role's, as each sees it", async () => {
    const { accessKeyId } = await (
      await clients()
    ).assume(await (await clients()).credentials("100000000000"), {
      RoleArn: ROLE,
      RoleSessionName: "trailed",
      ExternalId: "some-id",
    });
    const ours = (events: Awaited<ReturnType<typeof lookUp>>) =>
      events.filter(
        ({ record }) =>
          (record["responseElements"] as { credentials: { accessKeyId: string } }).credentials.accessKeyId ===
          accessKeyId,
      );
    const [there] = ours(await lookUp(named("AssumeRole")));
    const [here] = ours(await lookUp(named("AssumeRole"), "100000000000"));
    expect(here?.record["sharedEventID"]).to.equal(there?.record["sharedEventID"]);
    expect(here?.record["userIdentity"]).to.deep.include({
      type: "IAMUser",
      arn: "arn:aws:iam::100000000000:user/administrator",
    });
    expect(Object.keys(there?.record["userIdentity"] ?? {})).to.deep.equal([
      "type",
      "principalId",
      "accountId",
    ]);
    expect(there?.record["userIdentity"]).to.deep.include({ type: "AWSAccount", accountId: "100000000000" });
    expect(there?.record["requestParameters"]).to.deep.equal({
      roleArn: ROLE,
      roleSessionName: "trailed",
      externalId: "some-id",
    });
    expect(there?.Resources).to.deep.equal([{ ResourceType: "AWS::IAM::Role", ResourceName: ROLE }]);
  });

  it("tells of changes by their name, the newest first, in their Region only", async () => {
    const iam = await (await clients()).in(IAMClient, ACCOUNT);
    for (const UserName of ["first", "second"]) await iam.send(new CreateUserCommand({ UserName }));
    const events = await lookUp(named("CreateUser"));
    expect(events.map(({ EventSource, ReadOnly }) => [EventSource, ReadOnly])).to.deep.equal([
      ["iam.amazonaws.com", "false"],
      ["iam.amazonaws.com", "false"],
    ]);
    expect((events[0]?.EventTime ?? 0) >= (events[1]?.EventTime ?? 0)).to.equal(true);
    expect(await lookUp(named("CreateUser"), ACCOUNT, "eu-west-1")).to.deep.equal([]);
    expect(await lookUp({ ...named("CreateUser"), StartTime: new Date(Date.now() + 60_000) })).to.deep.equal(
      [],
    );
  });

  it("refuses what AWS refuses", async () => {
    const two = [
      { AttributeKey: "EventName", AttributeValue: "a" },
      { AttributeKey: "EventName", AttributeValue: "b" },
    ] as const;
    expect((await refusal(lookUp({ LookupAttributes: [...two] }))).code).to.equal(
      "InvalidLookupAttributesException",
    );
    expect((await refusal(lookUp({ StartTime: new Date(2000), EndTime: new Date(1000) }))).code).to.equal(
      "InvalidTimeRangeException",
    );
  });

  it("is read by those who may", async () => {
    const made = await clients();
    const session = await made.assume(await made.credentials("100000000000"), {
      RoleArn: ROLE,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
      }),
    });
    const denied = await refusal(made.with(CloudTrailClient, session).send(new LookupEventsCommand({})));
    expect(denied.message).to.match(/not authorized to perform: cloudtrail:LookupEvents/);
  });
});
