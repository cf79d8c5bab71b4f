import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect } from "chai";
import { type Alarms, hubAlarms, spokeAlarms } from "../../../access/alarms";
import { policyText } from "../../../access/document";
import { dataSourceArnOf } from "../../../access/names";
import { environmentWith, requestWith } from "../../worlds";
import { TopicListener } from "../topic-listener";
import { clients, managementCredentials } from "./clients";
import { refusal } from "./refusal";

const HUB = "110000000801";
const SPOKE = "130000000801";
const NEIGHBOUR = "130000000802";
const REGION = "us-east-1";

const environment = environmentWith({
  alarms: { trail: "management-events" },
  hub: { account: HUB, quick: { owners: ["group/bi-admins"] } },
});
const request = requestWith({ account: SPOKE, analyst: false });

function wanted(alarms: Alarms | undefined): Alarms {
  if (alarms === undefined) throw new Error("there are no alarms");
  return alarms;
}

describe("what CloudTrail hands on to EventBridge, and EventBridge to topics (R73)", () => {
  /** Makes topic and rules of an account, and listens. */
  const listened = async (account: string, { topic, rules }: Alarms): Promise<TopicListener> => {
    const made = await clients();
    const [sns, events] = [await made.in(SNSClient, account), await made.in(EventBridgeClient, account)];
    await sns.send(new CreateTopicCommand({ Name: topic.name }));
    await sns.send(
      new SetTopicAttributesCommand({
        TopicArn: topic.arn,
        AttributeName: "Policy",
        AttributeValue: policyText(topic.policy),
      }),
    );
    for (const { name, pattern } of rules) {
      await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
      await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "topic", Arn: topic.arn }] }));
    }
    return TopicListener.to(sns, topic.arn);
  };
  const role = async (account: string, RoleName: string, trusted: readonly string[]): Promise<string> => {
    const made = await (await clients()).in(IAMClient, account).then((iam) =>
      iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: trusted.map((id) => ({
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${id}:root` },
              Action: "sts:AssumeRole",
            })),
          }),
        }),
      ),
    );
    return made.Role?.Arn ?? "";
  };
  const assume = async (account: string, RoleArn: string, ExternalId?: string) => {
    const made = await clients();
    await made.assume(await made.credentials(account), {
      RoleArn,
      RoleSessionName: `from-${account}`,
      ...(ExternalId === undefined ? {} : { ExternalId }),
    });
  };
  const session = ({ detail }: TopicListener["told"][number]) =>
    (detail["requestParameters"] as { roleSessionName: string; externalId?: string }).roleSessionName;

  it("raises a message for every unexpected assumer of Role B, and none for the expected one", async () => {
    const alarms = wanted(spokeAlarms(request, environment));
    const listener = await listened(SPOKE, alarms);
    try {
      // As somebody has opened it by hand.
      const roleB = await role(SPOKE, "qs-athena-consumer-role", [HUB, NEIGHBOUR]);
      await assume(HUB, roleB, dataSourceArnOf(request, environment));
      await refusal(assume("130000000803", roleB));
      await assume(NEIGHBOUR, roleB, dataSourceArnOf(request, environment));
      await assume(HUB, roleB);
      await assume(HUB, roleB, dataSourceArnOf({ ...request, spoke: "others" }, environment));
      const told = await listener.heard(3);
      expect(told.map(session)).to.have.members([`from-${NEIGHBOUR}`, `from-${HUB}`, `from-${HUB}`]);
      const [first] = told.filter((each) => session(each) === `from-${NEIGHBOUR}`);
      expect(first).to.deep.include({
        source: "aws.sts",
        "detail-type": "AWS API Call via CloudTrail",
        account: SPOKE,
        region: REGION,
      });
      expect(first?.detail["userIdentity"]).to.deep.include({ type: "AWSAccount", accountId: NEIGHBOUR });
    } finally {
      listener.stop();
    }
  });

  it("raises a message in the hub for whoever but Quick becomes Role A, and but Role A a Role B", async () => {
    const listener = await listened(HUB, wanted(hubAlarms(environment)));
    try {
      const roleA = await role(HUB, "qs-athena-cross-account-role-a", [HUB]);
      const roleB = await role(SPOKE, "qs-athena-consumer-role-dev-heard", [HUB]);
      await role(HUB, "no-role-of-the-chain", [HUB]);
      await assume(HUB, `arn:aws:iam::${HUB}:role/no-role-of-the-chain`);
      await assume(HUB, roleA);
      await assume(HUB, roleB);
      const told = await listener.heard(2);
      expect(
        told.map(({ detail }) => (detail["requestParameters"] as { roleArn: string }).roleArn),
      ).to.have.members([roleA, roleB]);
    } finally {
      listener.stop();
    }
  });

  it("publishes only where the topic's policy lets EventBridge", async () => {
    const alarms = wanted(spokeAlarms(requestWith({ account: NEIGHBOUR, analyst: false }), environment));
    const listener = await listened(NEIGHBOUR, alarms);
    try {
      const sns = await (await clients()).in(SNSClient, NEIGHBOUR);
      const [, scans] = alarms.topic.policy.Statement;
      const set = (Statement: unknown) =>
        sns.send(
          new SetTopicAttributesCommand({
            TopicArn: alarms.topic.arn,
            AttributeName: "Policy",
            AttributeValue: JSON.stringify({ Version: "2012-10-17", Statement }),
          }),
        );
      const roleB = await role(NEIGHBOUR, "qs-athena-consumer-role", [SPOKE]);
      await set([scans]);
      await assume(SPOKE, roleB, "unheard");
      await set(alarms.topic.policy.Statement);
      await assume(SPOKE, roleB, "heard");
      const [told, ...more] = await listener.heard(1);
      expect(told?.detail["requestParameters"]).to.deep.include({ externalId: "heard" });
      expect(more).to.deep.equal([]);
    } finally {
      listener.stop();
    }
  });

  it("asks for permissions on alarms, rules and topics by their names", async () => {
    const made = await clients();
    const limited = await made.assume(managementCredentials, {
      RoleArn: `arn:aws:iam::${SPOKE}:role/OrganizationAccountAccessRole`,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "events:*", Resource: `arn:aws:events:${REGION}:${SPOKE}:rule/mine-*` },
          { Effect: "Allow", Action: "sns:*", Resource: `arn:aws:sns:${REGION}:${SPOKE}:mine-*` },
          {
            Effect: "Allow",
            Action: "cloudwatch:*",
            Resource: `arn:aws:cloudwatch:${REGION}:${SPOKE}:alarm:mine-*`,
          },
        ],
      }),
    });
    const EventPattern = JSON.stringify({ source: ["aws.sts"] });
    const alarm = (AlarmName: string) => ({
      AlarmName,
      Namespace: "AWS/Athena",
      MetricName: "ProcessedBytes",
      Statistic: "Sum" as const,
      Period: 3600,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold" as const,
    });
    const [sns, events, cloudWatch] = [
      made.with(SNSClient, limited),
      made.with(EventBridgeClient, limited),
      made.with(CloudWatchClient, limited),
    ];
    await sns.send(new CreateTopicCommand({ Name: "mine-1" }));
    await events.send(new PutRuleCommand({ Name: "mine-1", EventPattern }));
    await cloudWatch.send(new PutMetricAlarmCommand(alarm("mine-1")));
    const refused = [
      [() => sns.send(new CreateTopicCommand({ Name: "others-1" })), "sns:CreateTopic"],
      [() => events.send(new PutRuleCommand({ Name: "others-1", EventPattern })), "events:PutRule"],
      [() => cloudWatch.send(new PutMetricAlarmCommand(alarm("others-1"))), "cloudwatch:PutMetricAlarm"],
      // Asked for on all alarms, whichever the request names.
      [
        () => cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ["mine-1"] })),
        "cloudwatch:DescribeAlarms",
      ],
    ] as const;
    for (const [call, action] of refused)
      expect((await refusal(call())).message).to.include(
        `not authorized to perform: ${action} on resource: arn:`,
      );
  });
});
