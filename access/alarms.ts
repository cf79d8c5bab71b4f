/**
 * Alarms of what the chain does not explain (R73): who becomes Role A or Role B and should not, and hours in which a
 * workgroup scans more than it should. Each account that has roles of the chain has its own topic, rules and alarms.
 */
import { arn, partitionOf, roleArn } from "./arn";
import { type PolicyDocument, policyDocument } from "./document";
import { type Environment, hasDedicatedRoleA, sharedRoleAScopes } from "./environment";
import { InputError } from "./faults";
import { levelsOf, queriedLevels } from "./level";
import { limits } from "./limits";
import {
  dataSourceArnOf,
  dedicatedRoleANames,
  isReachableName,
  levelName,
  ownsWorkgroup,
  reachableNames,
  roleBArn,
  rolesB,
  sharedRoleAName,
  spokeStackName,
  workgroupNameOf,
} from "./names";
import type { SpokeRequest } from "./request";

/** Who of AWS becomes Role A (R50). */
export const QUICK = "quicksight.amazonaws.com";

/** Keys of a filter in an event pattern of EventBridge. */
type Filter = string | Readonly<Record<string, unknown>>;

/** A rule that tells the topic of events. */
export interface AlarmRule {
  /** Up to 64 characters (EventBridge quotas). */
  readonly name: string;
  readonly description: string;
  /** EventBridge's event pattern, for JSON. */
  readonly pattern: object;
}

/** An alarm of what one workgroup scans. */
export interface ScanAlarm {
  readonly name: string;
  readonly description: string;
  readonly workgroup: string;
  /** Bytes within an hour. */
  readonly threshold: number;
}

/** What one account has. */
export interface Alarms {
  readonly topic: { readonly name: string; readonly arn: string; readonly policy: PolicyDocument };
  readonly rules: readonly AlarmRule[];
  readonly scans: readonly ScanAlarm[];
}

/** Name of the hub's topic. No spoke's is called so: theirs have the spoke in it. */
export function hubTopicName({ name }: Pick<Environment, "name">): string {
  return `${name}-alarms`;
}

/** Name of a spoke's topic. */
export function spokeTopicName({ environment, spoke }: SpokeRequest): string {
  return `${spokeStackName(environment, spoke)}-alarms`;
}

/** Name of the rule about the Role B of a level. */
export function spokeRuleName(level: SpokeRequest): string {
  return `${levelName(level)}-assumers`;
}

/** Names of the hub's rules. No spoke's ends so. */
export function hubRuleNames({ name }: Pick<Environment, "name">): { roleA: string; roleB: string } {
  return { roleA: `${name}-assumers-of-role-a`, roleB: `${name}-assumers-of-role-b` };
}

/** Name of the alarm about the workgroup of a level. */
export function scanAlarmName(level: SpokeRequest): string {
  return `${levelName(level)}-scans`;
}

export function topicArn(region: string, account: string, name: string): string {
  return arn("sns", region, account, name);
}

export function ruleArn(region: string, account: string, name: string): string {
  return arn("events", region, account, `rule/${name}`);
}

export function alarmArn(region: string, account: string, name: string): string {
  return arn("cloudwatch", region, account, `alarm:${name}`);
}

/** ARN of a trail, which may be another account's or Region's where only its name is known. */
export function trailArn(region: string, named: string): string {
  return named.startsWith("arn:") ? named : `arn:${partitionOf(region)}:cloudtrail:*:*:trail/${named}`;
}

/**
 * The hub's: becoming any Role A of the environment, except by Quick, and the hub's own principals becoming a Role B,
 * except Role A. Who in the hub it was, only the hub's trail tells; a spoke's says the account.
 *
 * @returns undefined when the environment asks for no alarms.
 * @throws InputError when the list of spokes outgrows EventBridge's limit.
 */
export function hubAlarms(environment: Environment): Alarms | undefined {
  const { region, alarms, hub } = environment;
  if (alarms === undefined) return undefined;
  const names = hubRuleNames(environment);
  const told = `told by trail ${alarms.trail}`;
  const rolesA = roleANames(environment).map((name) => roleArn(region, hub.account, name));
  const byOthers = assumptions(
    roleBNames(environment).map((name) => like(roleArn(region, "*", name))),
    {
      userIdentity: {
        accountId: [hub.account],
        sessionContext: { sessionIssuer: { arn: otherThan({ wildcard: rolesA }) } },
      },
    },
  );
  refuseTooLong(byOthers, environment);
  return {
    topic: topic(environment, hub.account, hubTopicName(environment), []),
    rules: [
      {
        name: names.roleA,
        description: `Somebody but Quick became Role A of ${environment.name}; ${told}`,
        pattern: assumptions(rolesA.map(like), {
          userIdentity: { invokedBy: otherThan(QUICK) },
        }),
      },
      {
        name: names.roleB,
        description: `Somebody of the hub but Role A became a Role B of ${environment.name}; ${told}`,
        pattern: byOthers,
      },
    ],
    scans: [],
  };
}

/**
 * A spoke's: another account than the hub's, or another data source, opening the Role B of a level, and hours in which
 * the workgroup of a level scans more than `bytesScannedPerHour`. `primary` may be anybody's, and has none.
 *
 * @returns undefined when the environment asks for no alarms.
 */
export function spokeAlarms(request: SpokeRequest, environment: Environment): Alarms | undefined {
  const { region, alarms, hub, externalId } = environment;
  if (alarms === undefined) return undefined;
  const scans = levelsOf(request)
    .filter(ownsWorkgroup)
    .map((level) => ({
      name: scanAlarmName(level),
      description: `Queries of ${levelName(level)} scanned more than ${alarms.bytesScannedPerHour} bytes within an hour`,
      workgroup: workgroupNameOf(level),
      threshold: alarms.bytesScannedPerHour,
    }));
  return {
    topic: topic(
      { region },
      request.account,
      spokeTopicName(request),
      scans.map(({ name }) => name),
    ),
    rules: queriedLevels(request).map((level) => ({
      name: spokeRuleName(level),
      description: `Somebody but hub ${hub.account} became Role B of ${levelName(level)}; told by trail ${alarms.trail}`,
      pattern: assumptions([roleBArn(level, environment)], {
        $or: [
          { userIdentity: { accountId: otherThan(hub.account) } },
          ...(externalId === "exact"
            ? [{ requestParameters: { externalId: otherThan(dataSourceArnOf(level, environment)) } }]
            : []),
        ],
      }),
    })),
    scans,
  };
}

/** The Role A's that the environment has or may have. */
function roleANames(environment: Environment): string[] {
  return [
    ...(sharedRoleAScopes(environment).length === 0 ? [] : [sharedRoleAName(environment)]),
    ...(hasDedicatedRoleA(environment) ? [dedicatedRoleANames(environment)] : []),
  ];
}

/** The Role B's that Role A goes on into: by name, and those that only the list of spokes knows. */
function roleBNames(environment: Environment): string[] {
  const listed = Object.values(environment.spokes).flatMap(rolesB);
  return [
    ...reachableNames(environment),
    ...new Set(listed.filter((name) => !isReachableName(name, environment))),
  ];
}

/** @throws InputError when there are more names than a pattern holds. */
function refuseTooLong(pattern: object, { name }: Environment): void {
  const size = JSON.stringify(pattern).length;
  if (size > limits.eventPattern)
    throw new InputError(`environment ${name}`, [
      {
        path: "alarms",
        message: `the pattern of Role B's would have ${size} characters, EventBridge allows ${limits.eventPattern}: give spokes the default name of Role B, or one that begins with qs-athena-consumer-role-${name}-`,
      },
    ]);
}

/**
 * Roles that were assumed, by whatever of STS's ways. Refusals are no assumption; those of another account CloudTrail does
 * not tell the role's account anyway ("Logging IAM and AWS STS API calls with AWS CloudTrail", IAM user guide).
 * Source: "AWS Security Token Service events" and "Comparison operators", EventBridge user guide.
 */
function assumptions(roles: readonly Filter[], unexpected: Readonly<Record<string, unknown>>): object {
  const { requestParameters, ...more } = { requestParameters: {}, ...unexpected };
  return {
    source: ["aws.sts"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: ["sts.amazonaws.com"],
      // AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity.
      eventName: [{ prefix: "AssumeRole" }],
      errorCode: [{ exists: false }],
      requestParameters: { roleArn: roles, ...requestParameters },
      ...more,
    },
  };
}

/** Any other value, or none. */
function otherThan(value: Filter): Filter[] {
  return [{ "anything-but": value }, { exists: false }];
}

/** A value that may have `*` in it. */
function like(value: string): Filter {
  return value.includes("*") ? { wildcard: value } : value;
}

/** @param alarmNames alarms of CloudWatch that publish to it. */
function topic(
  { region }: Pick<Environment, "region">,
  account: string,
  name: string,
  alarmNames: readonly string[],
): Alarms["topic"] {
  const at = topicArn(region, account, name);
  return {
    name,
    arn: at,
    policy: policyDocument(
      {
        Sid: "UnexpectedAssumers",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sns:Publish",
        Resource: at,
        // No condition: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge" (AWS re:Post
        // knowledge center, "Why isn't my Amazon SNS topic receiving EventBridge notifications?").
      },
      alarmNames.length === 0
        ? undefined
        : {
            Sid: "Scans",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: at,
            Condition: {
              ArnEquals: {
                "aws:SourceArn": alarmNames.map((alarm) => alarmArn(region, account, alarm)),
              },
              StringEquals: { "aws:SourceAccount": account },
            },
          },
    ),
  };
}
