import type { Statement } from "../../../access/document";
import type { LakeFormation, LakeGrant } from "./permissions";

/** What a share lets other accounts ask Glue for (the permission that RAM attaches to Lake Formation's shares). */
const SHARED = [
  "glue:BatchGetPartition",
  "glue:GetDatabase",
  "glue:GetDatabases",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTable",
  "glue:GetTables",
  "glue:GetTableVersion",
  "glue:GetTableVersions",
];

/** True for a grant to somebody outside of the account. */
export function isExternal({ principal }: Pick<LakeGrant, "principal">, account: string): boolean {
  if (/^\d{12}$/.test(principal)) return principal !== account;
  if (principal.includes(":organizations:")) return true;
  return principal.startsWith("arn:") && principal.split(":")[4] !== account;
}

/**
 * What RAM adds to the policy of an account's catalog for the grants to others: Lake Formation shares tables by RAM, which
 * lets the other accounts in beside the policy that somebody wrote.
 */
export function shareStatements(
  { grants }: LakeFormation,
  account: string,
  region: string,
): readonly Statement[] {
  return grants
    .filter((grant) => isExternal(grant, account) && grant.resource.catalogId === account)
    .flatMap(({ principal, resource }): Statement[] => {
      if (resource.kind !== "database" && resource.kind !== "table") return [];
      const inGlue = (what: string) => `arn:aws:glue:${region}:${account}:${what}`;
      const Resource = [
        inGlue("catalog"),
        inGlue(`database/${resource.database}`),
        ...(resource.kind === "table" ? [inGlue(`table/${resource.database}/${resource.table}`)] : []),
      ];
      const shared = { Effect: "Allow" as const, Action: SHARED, Resource };
      if (principal.includes(":organizations:"))
        return [
          {
            ...shared,
            Principal: "*",
            Condition: {
              StringEquals: { "aws:PrincipalOrgID": principal.slice(principal.lastIndexOf("/") + 1) },
            },
          },
        ];
      const whom = /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
      return [{ ...shared, Principal: { AWS: whom } }];
    });
}

/** A catalog's policy with what RAM adds to it; the policy as it is where that is nothing. */
export function withShares(policy: string | null, statements: readonly Statement[]): string | null {
  if (statements.length === 0) return policy;
  const document =
    policy === null
      ? { Version: "2012-10-17", Statement: [] }
      : (JSON.parse(policy) as { Statement: Statement | readonly Statement[] });
  return JSON.stringify({ ...document, Statement: [...[document.Statement].flat(), ...statements] });
}

/** Whether a catalog's policy lets RAM share its tables, which it has to say beside anything else it says (L17). */
export function letsRamShare(policy: string): boolean {
  const { Statement: written = [] } = JSON.parse(policy) as { Statement?: Statement | readonly Statement[] };
  return [written].flat().some(({ Effect, Principal, Action }) => {
    const services = typeof Principal === "object" ? [Principal.Service ?? []].flat() : [];
    return (
      Effect === "Allow" &&
      services.includes("ram.amazonaws.com") &&
      [Action ?? []].flat().some((action) => ["glue:ShareResource", "glue:*", "*"].includes(action))
    );
  });
}
