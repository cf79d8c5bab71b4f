/** The policies of things as their accounts have them, read by API. */
import { rootArn } from "../../access/arn";
import type { Thing } from "../../access/matrix";
import type { FoundDocument, FoundPolicies, FoundThing } from "../../access/proof";
import type { AccountView } from "../cloud/cloud";
import { messageOf } from "../failure";

/** An account that was entered, or why it was not. */
export type Account = AccountView | Error;

/**
 * Reads the things' policies, all side by side.
 *
 * A thing that does not exist is not among what was found; of one that cannot be read, it is found why.
 *
 * @param accounts by id.
 */
export async function readPolicies(
  things: readonly Thing[],
  accounts: ReadonlyMap<string, Account>,
): Promise<FoundPolicies> {
  const found = await Promise.all(
    things.map(async (thing): Promise<[string, FoundThing | undefined]> => {
      const account = accounts.get(thing.account);
      if (account === undefined || account instanceof Error)
        return [thing.arn, { unknown: account?.message ?? `account ${thing.account} was not entered` }];
      try {
        return [thing.arn, await read(account, thing)];
      } catch (thrown) {
        return [thing.arn, { unknown: `${thing.words} cannot be read: ${messageOf(thrown)}` }];
      }
    }),
  );
  return {
    things: new Map(found.flatMap(([at, thing]) => (thing === undefined ? [] : [[at, thing] as const]))),
    unplaced: [],
  };
}

async function read(account: AccountView, { kind, arn }: Thing): Promise<FoundThing | undefined> {
  const name = arn.slice(Math.max(arn.lastIndexOf(":"), arn.lastIndexOf("/")) + 1);
  switch (kind) {
    case "role": {
      const role = await account.role(name);
      if (role === undefined) return undefined;
      const policies = await account.rolePolicies(name);
      return {
        trust: documentOf(`trust of ${name}`, role.trust),
        identity: [...policies].map(([policy, document]) => documentOf(policy, document)),
        ...(role.boundary === undefined
          ? {}
          : { boundary: documentOf(role.boundary, await account.managedPolicy(role.boundary)) }),
      };
    }
    case "bucket": {
      const owner = await account.bucketOwner(name);
      if (owner === "nobody") return undefined;
      if (owner === "somebody else")
        return {
          unknown: `bucket ${name} is not account ${account.account}'s: its owner decides who may use it`,
        };
      return { resource: present(`policy of bucket ${name}`, await account.bucketPolicy(name)) };
    }
    case "function": {
      if (!(await account.hasFunction(name))) return undefined;
      const statements = await account.functionStatements(name);
      return { resource: statements.map((statement) => functionStatement(account.region, statement)) };
    }
    case "glue catalog":
      return { resource: present("policy of the Glue catalog", await account.catalogPolicy()) };
    case "data source":
      return (await account.dataSource(name)) === undefined
        ? undefined
        : { sharing: await account.dataSourcePermissions(name) };
  }
}

function documentOf(name: string, document: unknown): FoundDocument {
  return document === undefined
    ? { name, unknown: "there is no such document any more" }
    : { name, document: typeof document === "string" ? document : JSON.stringify(document) };
}

function present(name: string, document: unknown): FoundDocument[] {
  return document === undefined ? [] : [documentOf(name, document)];
}

/** Lambda answers some principals as plain texts. */
function functionStatement(region: string, statement: Readonly<Record<string, unknown>>): FoundDocument {
  const { Sid, Principal: principal } = statement;
  const written =
    typeof principal !== "string" || principal === "*"
      ? principal
      : /^\d{12}$/.test(principal)
        ? { AWS: rootArn(region, principal) }
        : principal.startsWith("arn:")
          ? { AWS: principal }
          : { Service: principal };
  return documentOf(typeof Sid === "string" ? Sid : "statement", {
    Version: "2012-10-17",
    Statement: [{ ...statement, Principal: written }],
  });
}
