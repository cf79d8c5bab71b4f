import type { Cloud } from "../context";
import { roleSession, type SessionCredentials } from "../role-session";
import { athenaParameters, checkChain, recordChain, SESSION } from "./check";

/** Why nobody gets to query a data source. */
export interface Refused {
  /** ARN of the role that cannot be assumed. */
  readonly refused: string;
  /** In AWS's words. */
  readonly reason: string;
}

/**
 * What Quick does before it queries a data source: it becomes Role A, and from there Role B.
 *
 * @param scopedDown whether Quick limits the session of Role A to this Role B, as it always does
 * @returns credentials of the role that queries, or why there are none; undefined when there is no such data source
 */
export async function actAsQuick(
  arn: string,
  scopedDown: boolean,
  cloud: Cloud,
): Promise<SessionCredentials | Refused | undefined> {
  const source = Object.values(cloud.state.dataSources).find((each) => each.arn === arn);
  if (source === undefined) return undefined;
  const { roleArn, consumerRoleArn = roleArn } = athenaParameters(source);
  const closed = await checkChain(source, cloud, scopedDown);
  if (closed !== undefined) return { refused: closed.role, reason: closed.error.Message };
  const role = consumerRoleArn === undefined ? undefined : await cloud.identities.role(consumerRoleArn);
  // A data source without roles queries as Quick's own service role, which is not emulated.
  if (role === undefined) return undefined;
  const credentials = await roleSession(role, SESSION, cloud);
  await recordChain(source, cloud, credentials.AccessKeyId);
  return credentials;
}
