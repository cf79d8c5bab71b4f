import { AwsError } from "../errors";
import type { Moto } from "../moto";

/** A statement of a function's policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Principal?: unknown;
}

/** The statements of a function's policy, as moto keeps them; none when it has no policy or does not exist. */
export async function policyStatements(
  moto: Moto,
  {
    account,
    region,
    name,
    qualifier,
  }: Readonly<Record<"account" | "region" | "name", string>> & {
    readonly qualifier?: string | undefined;
  },
): Promise<readonly Statement[]> {
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/policy`;
  const search = qualifier === undefined ? "" : `?Qualifier=${encodeURIComponent(qualifier)}`;
  try {
    const { Policy } = await moto.rest("lambda", account, region, "GET", `${path}${search}`);
    return (JSON.parse(String(Policy)) as { Statement: Statement[] }).Statement;
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) return [];
    throw error;
  }
}

/** moto keeps an account or ARN as plain text; AWS answers `{"AWS": <ARN>}`. */
export function asAws(statement: Statement): Statement {
  const { Principal } = statement;
  if (typeof Principal !== "string" || Principal === "*") return statement;
  const named = /^\d{12}$/.test(Principal) ? `arn:aws:iam::${Principal}:root` : Principal;
  return { ...statement, Principal: named.startsWith("arn:") ? { AWS: named } : { Service: named } };
}
