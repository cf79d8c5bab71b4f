import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { LakeFormationClient, RegisterResourceCommand } from "@aws-sdk/client-lakeformation";
import { expect } from "chai";
import { AwsAccount } from "../../automation/cloud/aws-account";
import { ADMINISTRATOR_ROLE } from "../../sandbox/world";
import { Clients } from "./clients";
import { testCloud, useVariables } from "./cloud";

const ACCOUNT = "120000000604";
const LOCATION = "arn:aws:s3:::looked-for/orders";

describe("what is looked for when it should be gone, as the command sees it in the sandbox (R76)", () => {
  useVariables(async () => (await testCloud()).environment);

  it("is there once it is made: a rule, an alarm, a location of Lake Formation", async () => {
    const clients = new Clients((await testCloud()).endpoint);
    const account = new AwsAccount(ACCOUNT, "us-east-1", () => clients.credentials(ACCOUNT));
    const look = () =>
      Promise.all([account.hasRule("x"), account.hasAlarm("x"), account.hasLakeLocation(LOCATION)]);
    expect(await look()).to.deep.equal([false, false, false]);
    await (
      await clients.in(EventBridgeClient, ACCOUNT)
    ).send(new PutRuleCommand({ Name: "x", EventPattern: JSON.stringify({ source: ["aws.sts"] }) }));
    await (
      await clients.in(CloudWatchClient, ACCOUNT)
    ).send(
      new PutMetricAlarmCommand({
        AlarmName: "x",
        Namespace: "AWS/Athena",
        MetricName: "ProcessedBytes",
        Statistic: "Sum",
        Period: 3600,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
    await (
      await clients.in(LakeFormationClient, ACCOUNT)
    ).send(
      new RegisterResourceCommand({
        ResourceArn: LOCATION,
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/${ADMINISTRATOR_ROLE}`,
      }),
    );
    expect(await look()).to.deep.equal([true, true, true]);
  });
});
