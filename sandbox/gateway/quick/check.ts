import type { Policies } from "../../../access/evaluate";
import { PolicyError } from "../../../access/evaluate";
import { policyDocument } from "../../../access/document";
import type { Cloud } from "../context";
import { whyNotAssume } from "../decisions";
import { findWorkGroup } from "../athena/workgroup";
import type { DataSource } from "../state";
import { anyKeyId } from "../trail";

const QUICK_SERVICE = "quicksight.amazonaws.com";

/** Why a data source cannot be used, as DescribeDataSource shows it. */
export type ErrorInfo = NonNullable<DataSource["errorInfo"]>;

/**
 * What Quick does with a new or changed data source of type ATHENA before it calls it usable: it assumes Role A in its
 * own name, from there Role B with the data source's ARN as the external id, and looks for the workgroup there.
 *
 * @returns undefined when every hop is open, else the first that is not: who, what, on what, and why not
 */
export async function checkAthena(source: DataSource, cloud: Cloud): Promise<ErrorInfo | undefined> {
  const { roleArn, consumerRoleArn, workGroup } = athenaParameters(source);
  const closed = await checkChain(source, cloud, true);
  if (closed === undefined) await recordChain(source, cloud);
  return (
    closed?.error ??
    workGroupIn(accountOf(consumerRoleArn ?? roleArn) ?? source.account, workGroup, source, cloud)
  );
}

/**
 * Tells CloudTrail that Quick went the way to the role that queries a data source.
 *
 * @param key id of that role's key. Default: one that nobody has, since it was not used.
 */
export async function recordChain(source: DataSource, cloud: Cloud, key = anyKeyId()): Promise<void> {
  const { roleArn, consumerRoleArn } = athenaParameters(source);
  const { identities, trail } = cloud;
  const roleA = roleArn === undefined ? undefined : await identities.role(roleArn);
  if (roleA === undefined) return;
  const { account, region, arn } = source;
  const chained = consumerRoleArn === undefined ? undefined : await identities.role(consumerRoleArn);
  const keyA = chained === undefined ? key : anyKeyId();
  const by = { service: QUICK_SERVICE, account };
  trail.assumed({ by, region, role: roleA, session: SESSION, key: keyA });
  if (chained === undefined) return;
  const principal = {
    type: "role",
    account: roleA.arn.split(":")[4] ?? "",
    name: roleA.arn.slice(roleA.arn.lastIndexOf("/") + 1),
    arn: roleA.arn,
    id: roleA.id,
    session: SESSION,
    sessionPolicies: [],
    tags: {},
  } as const;
  trail.assumed({
    by: { principal, key: keyA },
    region,
    role: chained,
    session: SESSION,
    externalId: arn,
    key,
  });
}

/** A hop of the chain that is closed. */
export interface Closed {
  /** ARN of the role that cannot be assumed. */
  readonly role: string;
  readonly error: ErrorInfo;
}

/**
 * The way from Quick to the role that queries a data source.
 *
 * @param scopedDown whether Quick limits the session of Role A, as it always does
 * @returns undefined when every hop is open, else the first that is not
 */
export async function checkChain(
  source: DataSource,
  cloud: Cloud,
  scopedDown: boolean,
): Promise<Closed | undefined> {
  const { roleArn, consumerRoleArn } = athenaParameters(source);
  if (roleArn === undefined) return undefined;
  const closed = async (role: string, hop: Promise<ErrorInfo | undefined>): Promise<Closed | undefined> => {
    try {
      const error = await hop;
      return error && { role, error };
    } catch (error) {
      // A policy that cannot be read allows nothing; its faults say more than "access denied" would.
      if (error instanceof PolicyError) return { role, error: denied(error.message) };
      throw error;
    }
  };
  return (
    (await closed(roleArn, hopToRoleA(source, roleArn, cloud))) ??
    (consumerRoleArn === undefined
      ? undefined
      : await closed(consumerRoleArn, hopToRoleB(source, roleArn, consumerRoleArn, scopedDown, cloud)))
  );
}

/** The AthenaParameters of a data source. */
export function athenaParameters(source: Pick<DataSource, "settings">): {
  readonly roleArn: string | undefined;
  readonly consumerRoleArn: string | undefined;
  readonly workGroup: string;
} {
  const parameters = (source.settings["DataSourceParameters"] ?? {}) as {
    AthenaParameters?: Record<string, string>;
  };
  const { RoleArn, ConsumerAccountRoleArn, WorkGroup } = parameters.AthenaParameters ?? {};
  return { roleArn: RoleArn, consumerRoleArn: ConsumerAccountRoleArn, workGroup: WorkGroup ?? "primary" };
}

async function hopToRoleA(
  source: DataSource,
  roleArn: string,
  { identities, authorization }: Cloud,
): Promise<ErrorInfo | undefined> {
  const hop = "Quick to Role A";
  const role = await identities.role(roleArn);
  if (role === undefined) return missingRole(hop, QUICK_SERVICE, roleArn);
  if (!authorization.enforced) return undefined;
  const context = { "aws:SourceAccount": source.account, "aws:SourceArn": source.arn };
  const quick = { type: "service", name: QUICK_SERVICE } as const;
  const why = whyNotAssume(quick, {}, role, context, authorization.decisions);
  return why === undefined ? undefined : denied(`${hop}: ${why}`);
}

async function hopToRoleB(
  source: DataSource,
  roleArn: string,
  consumerRoleArn: string,
  scopedDown: boolean,
  { identities, authorization }: Cloud,
): Promise<ErrorInfo | undefined> {
  const hop = "Role A to Role B";
  const [roleA, roleB] = await Promise.all([identities.role(roleArn), identities.role(consumerRoleArn)]);
  if (roleA === undefined) return missingRole(hop, QUICK_SERVICE, roleArn);
  if (roleB === undefined) return missingRole(hop, roleArn, consumerRoleArn);
  if (!authorization.enforced) return undefined;
  const own: Pick<Policies, "identity" | "boundary" | "session"> = {
    ...identities.policiesOfRole(roleA),
    ...(scopedDown
      ? { session: [{ name: "Quick's scope-down policy", document: scopeDown(consumerRoleArn) }] }
      : {}),
  };
  const context = {
    "aws:RequestedRegion": source.region,
    "aws:SecureTransport": "true",
    "sts:ExternalId": source.arn,
    "sts:RoleSessionName": SESSION,
  };
  const caller = { type: "role", arn: roleArn, id: roleA.id, session: SESSION } as const;
  const why = whyNotAssume(caller, own, roleB, context, authorization.decisions);
  return why === undefined ? undefined : denied(`${hop}: ${why}`);
}

/** The name of Quick's sessions is not documented; policies should not depend on it. */
export const SESSION = "QuickSight-RoleSession";

/** Quick limits each session of Role A to the one consumer role of the data source (R69). */
function scopeDown(consumerRoleArn: string): ReturnType<typeof policyDocument> {
  return policyDocument({ Effect: "Allow", Action: "sts:AssumeRole", Resource: consumerRoleArn });
}

function workGroupIn(
  account: string,
  name: string,
  source: DataSource,
  { state }: Cloud,
): ErrorInfo | undefined {
  const found = findWorkGroup(state.workGroups, account, source.region, name);
  if (found?.state === "ENABLED") return undefined;
  const what = `workgroup ${name} of account ${account} in ${source.region}`;
  const fault = found === undefined ? "is not found" : "is disabled";
  return { Type: "GENERIC_SQL_FAILURE", Message: `Role B to Athena: athena:GetWorkGroup: ${what} ${fault}` };
}

function missingRole(hop: string, principal: string, role: string): ErrorInfo {
  return denied(
    `${hop}: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${role} because the role does not exist`,
  );
}

function denied(Message: string): ErrorInfo {
  return { Type: "ACCESS_DENIED", Message };
}

function accountOf(roleArn: string | undefined): string | undefined {
  return roleArn?.split(":")[4];
}
