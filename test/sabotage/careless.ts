/** Attempts in which all guards but one are off their guard: each alone has to keep out. */
import { isDeepStrictEqual } from "node:util";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { type Statement, policyDocument, policyText } from "../../access/document";
import { changesOf, withoutCondition } from "./changes";
import type { DeployedDocument } from "./deployed";
import type { Chain } from "./scenario";

/** The document of which something is taken away. */
export type Tried = Pick<DeployedDocument, "account" | "address">;

/**
 * Makes an attempt while all other documents lack a condition, or, being grants, name another grantee.
 *
 * @param tried the document that stays as it is
 */
export async function whileCareless<T>(
  { documents }: Pick<Chain, "documents">,
  tried: Tried,
  condition: string,
  attempt: () => Promise<T>,
): Promise<T> {
  const others = documents.flatMap((document) => {
    const careless =
      document.title === "key's grant" && condition === "aws:PrincipalArn"
        ? forAnother(document.document)
        : withoutCondition(document.document, condition);
    const isTried = document.account === tried.account && document.address === tried.address;
    return isTried || isDeepStrictEqual(careless, document.document) ? [] : [{ document, careless }];
  });
  try {
    for (const { document, careless } of others) await document.put(careless);
    return await attempt();
  } finally {
    for (const { document } of others) await document.put(document.document);
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
  role: string,
  statement: Statement,
  attempt: () => Promise<T>,
): Promise<T> {
  const [, account = "", RoleName] = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(role) ?? [];
  const iam = await clients.in(IAMClient, account);
  const named = { RoleName, PolicyName: "Attempt" };
  const PolicyDocument = policyText(policyDocument(statement));
  await iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument }));
  try {
    return await attempt();
  } finally {
    await iam.send(new DeleteRolePolicyCommand(named));
  }
}

/** Makes an attempt while a role's own policies and its boundary allow something more. */
export async function whileUnbound<T>(
  chain: Pick<Chain, "clients" | "documents">,
  role: string,
  statement: Statement,
  attempt: () => Promise<T>,
): Promise<T> {
  const account = role.split(":")[4];
  const boundary = chain.documents.find(
    ({ title, account: owner }) => title.endsWith(" boundary") && owner === account,
  );
  if (boundary === undefined) throw new Error(`account ${account ?? ""} has no boundary`);
  const { current } = boundary;
  await boundary.put({ ...current, Statement: [...current.Statement, { ...statement, Sid: "Attempt" }] });
  try {
    return await whileAllowed(chain, role, statement, attempt);
  } finally {
    await boundary.put(current);
  }
}
