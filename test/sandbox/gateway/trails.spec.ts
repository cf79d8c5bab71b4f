import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "120000000732";
const ARN = `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/management`;

describe("trails of CloudTrail (R73)", () => {
  const client = async (region = "us-east-1", account = ACCOUNT) =>
    (await clients()).in(CloudTrailClient, account, region);
  it("are found in their Region, and everywhere when they are of all, with what they log", async () => {
    const home = await client();
    const other = await client("eu-west-1");
    await home.send(
      new CreateTrailCommand({ Name: "management", S3BucketName: "logs", IsMultiRegionTrail: true }),
    );
    await home.send(new CreateTrailCommand({ Name: "local", S3BucketName: "logs" }));
    const names = async (from: CloudTrailClient, input = {}) =>
      (await from.send(new DescribeTrailsCommand(input))).trailList?.map(({ Name }) => Name);
    expect(await names(home)).to.deep.equal(["management", "local"]);
    expect(await names(home, { trailNameList: ["local"] })).to.deep.equal(["local"]);
    expect(await names(other)).to.deep.equal(["management"]);
    expect(await names(other, { trailNameList: ["management"] })).to.deep.equal([]);
    expect(await names(other, { trailNameList: [ARN] })).to.deep.equal(["management"]);
    expect(await names(other, { includeShadowTrails: false })).to.deep.equal([]);

    const logging = async (from: CloudTrailClient, Name: string) =>
      (await from.send(new GetTrailStatusCommand({ Name }))).IsLogging;
    const selectors = async (from: CloudTrailClient) =>
      (await from.send(new GetEventSelectorsCommand({ TrailName: ARN }))).EventSelectors;
    expect(await logging(home, "management")).to.equal(false);
    await home.send(new StartLoggingCommand({ Name: "management" }));
    expect(await logging(other, ARN)).to.equal(true);
    await home.send(new StopLoggingCommand({ Name: "management" }));
    expect(await logging(home, "management")).to.equal(false);
    expect(
      (await selectors(other))?.map((each) => [each.ReadWriteType, each.IncludeManagementEvents]),
    ).to.deep.equal([["All", true]]);
    const EventSelectors = [{ ReadWriteType: "WriteOnly" as const, IncludeManagementEvents: true }];
    await home.send(new PutEventSelectorsCommand({ TrailName: "management", EventSelectors }));
    expect(await selectors(other)).to.deep.equal(EventSelectors);
    await home.send(new DeleteTrailCommand({ Name: "local" }));
    expect(await names(home)).to.deep.equal(["management"]);
  });

  it("are refused as AWS refuses", async () => {
    const home = await client();
    const Name = "twice";
    const create = () => home.send(new CreateTrailCommand({ Name, S3BucketName: "logs" }));
    await create();
    expect((await refusal(create())).code).to.equal("TrailAlreadyExistsException");
    const status = (from: CloudTrailClient, named: string) =>
      from.send(new GetTrailStatusCommand({ Name: named }));
    expect((await refusal(status(home, "none"))).code).to.equal("TrailNotFoundException");
    expect((await refusal(status(await client("eu-west-1"), Name))).code).to.equal("TrailNotFoundException");
  });

  it("are looked at by those who may, trail by trail", async () => {
    const made = await clients();
    const session = await made.assume(await made.credentials("100000000000"), {
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/OrganizationAccountAccessRole`,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "cloudtrail:GetTrailStatus",
            Resource: "arn:aws:cloudtrail:*:*:trail/twice",
          },
        ],
      }),
    });
    const limited = made.with(CloudTrailClient, session);
    await limited.send(new GetTrailStatusCommand({ Name: "twice" }));
    for (const [denied, action] of [
      [limited.send(new GetTrailStatusCommand({ Name: ARN })), "GetTrailStatus"],
      [limited.send(new GetEventSelectorsCommand({ TrailName: "twice" })), "GetEventSelectors"],
      [limited.send(new DescribeTrailsCommand({})), "DescribeTrails"],
    ] as const)
      expect((await refusal(denied)).message).to.include(`not authorized to perform: cloudtrail:${action}`);
  });
});
