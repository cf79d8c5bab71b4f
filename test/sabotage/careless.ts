/** Attempts in which all guards but one are off their guard: each alone has to keep out. */
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { type Statement, policyDocument, policyText } from "../../access/document";
import { changesOf, withoutCondition } from "./changes";
import type { DeployedDocument } from "./deployed";
import type { Title } from "./documents";
import type { Chain } from "./scenario";

/** The document of which something is taken away. */
export type Tried = Pick<DeployedDocument, "account" | "address">;

/**
 * Makes an attempt while other documents lack a condition, or, being grants, name another grantee.
 *
 * @param tried the document that stays as it is
 */
export async function whileCareless<T>(
  { documents }: Pick<Chain, "documents">,
  tried: Tried,
  condition: string,
  titles: readonly Title[],
  attempt: () => Promise<T>,
): Promise<T> {
  const others = documents.filter(
    ({ title, account, address }) =>
      titles.includes(title) && (account !== tried.account || address !== tried.address),
  );
  try {
    for (const { title, document, put } of others)
      await put(
        title === "key's grant" && condition === "aws:PrincipalArn"
          ? forAnother(document)
          : withoutCondition(document, condition),
      );
    return await attempt();
  } finally {
    for (const { document, put } of others) await put(document);
  }
}

function forAnother(grant: DeployedDocument["document"]): DeployedDocument["document"] {
  const change = changesOf(grant).find(({ what }) => what.startsWith("without the principal"));
  if (change === undefined) throw new Error("the grant has no grantee");
  return change.document;
}

/** Makes an attempt while a role's own policies allow something more. */
export async function whileAllowed<T>(
  { clients }: Pick<Chain, "clients">,
  roleArn: string,
  statement: Statement,
  attempt: () => Promise<T>,
): Promise<T> {
  const [, account = "", RoleName] = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(roleArn) ?? [];
  const iam = await clients.in(IAMClient, account);
  const named = { RoleName, PolicyName: "Attempt" };
  await iam.send(
    new PutRolePolicyCommand({ ...named, PolicyDocument: policyText(policyDocument(statement)) }),
  );
  try {
    return await attempt();
  } finally {
    await iam.send(new DeleteRolePolicyCommand(named));
  }
}
