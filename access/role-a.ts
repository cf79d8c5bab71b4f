/** Role A: the run-as role in the hub. It holds no data permission, only the right to go on into Role B (R36, R50-R53). */
import { dataSourceArn, roleArn } from "./arn";
import { type Condition, type PolicyDocument, policyDocument, policyText, type Statement } from "./document";
import { type Environment, sharedRoleAScopes } from "./environment";
import { InputError } from "./faults";
import { levelsOf } from "./level";
import { limits } from "./limits";
import { ASSUME_CONSUMER_ROLE_POLICY, dataSourceArnOf, reachableNames, roleBArn, rolesB } from "./names";
import type { SpokeRequest } from "./request";

/** The data sources of the hub, any name. The Region is literal: a `*` there would reach over colons (C21). */
export function anyDataSource(environment: Environment): string {
  return dataSourceArn(environment.region, environment.hub.account, "*");
}

/** Who may assume Role A: Quick, for a data source of this hub (R50). */
export function roleATrust(environment: Environment): PolicyDocument {
  return quickAssumes(environment, { ArnLike: { "aws:SourceArn": anyDataSource(environment) } });
}

/** Who may assume a spoke's own Role A: Quick, for the spoke's own data sources (R50, C12). */
export function dedicatedRoleATrust(request: SpokeRequest, environment: Environment): PolicyDocument {
  const dataSources = levelsOf(request).map((level) => dataSourceArnOf(level, environment));
  return quickAssumes(environment, { ArnEquals: { "aws:SourceArn": dataSources } });
}

function quickAssumes(environment: Environment, forDataSources: Condition): PolicyDocument {
  return policyDocument({
    Sid: "QuickAssumesRoleA",
    Effect: "Allow",
    Principal: { Service: "quicksight.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": environment.hub.account }, ...forDataSources },
  });
}

/** What a spoke's own Role A may do: assume the Role B of each of its levels, for that level's data source (R52, C4, C12). */
export function dedicatedRoleAPermissions(request: SpokeRequest, environment: Environment): PolicyDocument {
  const exact = environment.externalId === "exact";
  return policyDocument(
    ...levelsOf(request).map((level, index): Statement => ({
      Sid: `AssumeRoleB${index + 1}`,
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: roleBArn(level, environment),
      Condition: exact
        ? { StringEquals: { "sts:ExternalId": dataSourceArnOf(level, environment) } }
        : { StringLike: { "sts:ExternalId": anyDataSource(environment) } },
    })),
  );
}

/**
 * What the Role A that spokes share may do: assume the Role B's of its spokes, and only for a data source of this hub
 * (R52).
 *
 * Under `roleA: pattern` one document, whatever the number of spokes; under `roleA: list` one document for each managed
 * policy that the spokes' ARNs need (L1, L2).
 *
 * @returns policy name -> document; empty under `list` while there is no spoke, and where there is no such role.
 * @throws InputError when the list outgrows the managed policies that a role can have; the remedy is `roleA: pattern`.
 */
export function roleAPermissions(environment: Environment): ReadonlyMap<string, PolicyDocument> {
  const scopes = sharedRoleAScopes(environment);
  return new Map([
    ...(scopes.includes("pattern")
      ? [[ASSUME_CONSUMER_ROLE_POLICY, policyDocument(assumeByPattern(environment))] as const]
      : []),
    ...(scopes.includes("list") ? listed(environment) : []),
  ]);
}

function listed(environment: Environment): [string, PolicyDocument][] {
  const shards = shardArns(environment);
  if (shards.length > limits.managedPoliciesPerRole)
    throw new InputError(`environment ${environment.name}`, [
      {
        path: "roleA",
        message: `the list has ${Object.keys(environment.spokes).length} spokes, whose ARNs need ${shards.length} managed policies, and a role has at most ${limits.managedPoliciesPerRole}: choose \`roleA: pattern\``,
      },
    ]);
  return shards.map((arns, index) => [
    `${ASSUME_CONSUMER_ROLE_POLICY}-${environment.name}-${index + 1}`,
    policyDocument(assumeListed(environment, arns)),
  ]);
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
  const arns = Object.values(environment.spokes).flatMap((spoke) =>
    rolesB(spoke).map((name) => roleArn(environment.region, spoke.account, name)),
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
