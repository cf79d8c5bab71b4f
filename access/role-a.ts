/** Role A: the run-as role in the hub. It holds no data permission, only the right to go on into Role B (R36, R50-R53). */
import { dataSourceArn, roleArn } from "./arn";
import { type PolicyDocument, policyDocument, policyText, type Statement } from "./document";
import type { Environment } from "./environment";
import { InputError } from "./faults";
import { limits } from "./limits";
import { ASSUME_CONSUMER_ROLE_POLICY, reachableNames } from "./names";

/** The data sources of the hub, any name. The Region is literal: a `*` there would reach over colons (C21). */
export function anyDataSource(environment: Environment): string {
  return dataSourceArn(environment.region, environment.hub.account, "*");
}

/** Who may assume Role A: Quick, for a data source of this hub (R50). */
export function roleATrust(environment: Environment): PolicyDocument {
  return policyDocument({
    Sid: "QuickAssumesRoleA",
    Effect: "Allow",
    Principal: { Service: "quicksight.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": environment.hub.account },
      ArnLike: { "aws:SourceArn": anyDataSource(environment) },
    },
  });
}

/**
 * What Role A may do: assume the Role B's of its spokes, and only for a data source of this hub (R52).
 *
 * Under `roleA: pattern` one document, whatever the number of spokes; under `roleA: list` one document for each managed
 * policy that the spokes' ARNs need (L1, L2).
 *
 * @returns policy name -> document; empty under `list` while there is no spoke.
 * @throws InputError when the list outgrows the managed policies that a role can have; the remedy is `roleA: pattern`.
 */
export function roleAPermissions(environment: Environment): ReadonlyMap<string, PolicyDocument> {
  if (environment.roleA === "pattern")
    return new Map([[ASSUME_CONSUMER_ROLE_POLICY, policyDocument(assumeByPattern(environment))]]);
  const shards = shardArns(environment);
  if (shards.length > limits.managedPoliciesPerRole)
    throw new InputError(`environment ${environment.name}`, [
      {
        path: "roleA",
        message: `the list has ${Object.keys(environment.spokes).length} spokes, whose ARNs need ${shards.length} managed policies, and a role has at most ${limits.managedPoliciesPerRole}: choose \`roleA: pattern\``,
      },
    ]);
  return new Map(
    shards.map((arns, index) => [
      `${ASSUME_CONSUMER_ROLE_POLICY}-${environment.name}-${index + 1}`,
      policyDocument(assumeListed(environment, arns)),
    ]),
  );
}

function assumeByPattern(environment: Environment): Statement {
  const { organization } = environment;
  if (organization === undefined) throw new Error("scope pattern needs the organization's id");
  return {
    Sid: "AssumeRoleBByName",
    Effect: "Allow",
    Action: "sts:AssumeRole",
    // The account is `*` because spokes join without a change here; aws:ResourceOrgID keeps it to our organization.
    Resource: reachableNames(environment).map((name) => roleArn(environment.region, "*", name)),
    Condition: {
      StringEquals: { "aws:ResourceOrgID": organization },
      StringLike: { "sts:ExternalId": anyDataSource(environment) },
    },
  };
}

function assumeListed(environment: Environment, arns: readonly string[]): Statement {
  return {
    Sid: "AssumeListedRoleB",
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Resource: arns,
    Condition: { StringLike: { "sts:ExternalId": anyDataSource(environment) } },
  };
}

/** The Role B ARNs of the registered spokes, cut so that each part fits one managed policy. */
function shardArns(environment: Environment): string[][] {
  const shards: string[][] = [];
  const arns = Object.values(environment.spokes).flatMap(({ account, roleB }) =>
    roleB === undefined ? [] : [roleArn(environment.region, account, roleB)],
  );
  const empty = policyText(policyDocument(assumeListed(environment, []))).length;
  let room = 0;
  for (const arn of [...new Set(arns)].sort()) {
    const size = JSON.stringify(arn).length + 1;
    if (room < size) {
      shards.push([]);
      room = limits.managedPolicy - empty;
    }
    shards.at(-1)?.push(arn);
    room -= size;
  }
  return shards;
}
