import { EventRule } from "@pulumi/aws/cloudwatch/eventRule";
import { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm";
import { Topic } from "@pulumi/aws/sns/topic";
import { TopicPolicy } from "@pulumi/aws/sns/topicPolicy";
import * as pulumi from "@pulumi/pulumi";
import type { Alarms, ScanAlarm } from "../access/alarms";
import { policyText } from "../access/document";
import { onceMade } from "./once-made";

/** Seconds that scans are added up over. */
const HOUR = 3600;

/**
 * Alarms of one account (R73): a topic, EventBridge rules that tell it of unexpected assumers, and CloudWatch alarms of what
 * workgroups scan. People subscribe to the topic; nothing here does.
 *
 * AssumeRole reaches EventBridge only through a trail that logs management events, and in the Region whose STS endpoint
 * was called ("Events from AWS services", EventBridge user guide): the trail that the rules' descriptions name has to be
 * there, which preflight looks for, and who calls STS in another Region is seen by `spokes audit` of that Region's history alone.
 *
 * @example
 * new AccessAlarms("sales-alarms", alarms, { provider: spoke });
 */
export class AccessAlarms extends pulumi.ComponentResource {
  /** ARN of the topic, known when services may publish to it. */
  public readonly topicArn: pulumi.Output<string>;

  public constructor(name: string, alarms: Alarms, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:AccessAlarms", name, {}, opts);
    const child = { parent: this };
    const topic = new Topic(`${name}-topic`, { name: alarms.topic.name }, child);
    const policy = new TopicPolicy(
      `${name}-topic-policy`,
      // By name, so that a preview knows whose policy it is before the topic exists.
      { arn: alarms.topic.arn, policy: policyText(alarms.topic.policy) },
      { ...child, dependsOn: [topic] },
    );
    this.topicArn = onceMade(pulumi.output(alarms.topic.arn), [policy]);
    const heard = { ...child, dependsOn: [policy] };
    for (const { name: ruleName, description, pattern } of alarms.rules) {
      const rule = new EventRule(
        `${name}-${ruleName}`,
        {
          name: ruleName,
          description,
          eventPattern: JSON.stringify(pattern),
          // AssumeRole is a read-only event ("Receiving read-only management events", EventBridge user guide).
          state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        },
        child,
      );
      new EventTarget(
        `${name}-${ruleName}-target`,
        { rule: rule.name, targetId: "topic", arn: alarms.topic.arn },
        heard,
      );
    }
    for (const scan of alarms.scans) createScanAlarm(`${name}-${scan.name}`, scan, alarms.topic.arn, heard);
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/**
 * An alarm of the bytes that all queries of a workgroup scan within an hour, however they end. Hours without a query have
 * no data, and are none to alarm of.
 *
 * Athena tells ProcessedBytes by the workgroup alone: of its other dimensions, QueryState and QueryType, an alarm would have
 * to name each value, and what is new among them would go by unseen.
 */
function createScanAlarm(
  name: string,
  { name: alarmName, description, workgroup, threshold }: ScanAlarm,
  topicArn: string,
  opts: pulumi.CustomResourceOptions,
): void {
  new MetricAlarm(
    name,
    {
      name: alarmName,
      alarmDescription: description,
      namespace: "AWS/Athena",
      metricName: "ProcessedBytes",
      dimensions: { WorkGroup: workgroup },
      period: HOUR,
      statistic: "Sum",
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 1,
      threshold,
      treatMissingData: "notBreaching",
      alarmActions: [topicArn],
    },
    opts,
  );
}
