/** The policies of things as their accounts have them, read by API. */
import { rootArn } from "../../access/arn";
import { lakeTargetAt } from "../../access/mesh/lake-formation";
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
 * @param accounts by id; several where one account is entered in several ways, of which one has to do.
 */
export async function readPolicies(
  things: readonly Thing[],
  accounts: ReadonlyMap<string, readonly Account[]>,
): Promise<FoundPolicies> {
  const found = await Promise.all(
    things.map(async (thing): Promise<[string, FoundThing | undefined]> => {
      try {
        return [thing.arn, await inOneOf(accounts.get(thing.account), (account) => read(account, thing))];
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

/** Managed policies that stacks name and do not make, such as permissions boundaries. */
export async function readManagedPolicies(
  arns: readonly string[],
  accounts: ReadonlyMap<string, readonly Account[]>,
): Promise<ReadonlyMap<string, FoundDocument>> {
  const anyAccount = [...accounts.values()].flat();
  return new Map(
    await Promise.all(
      arns.map(async (arn): Promise<[string, FoundDocument]> => {
        // AWS's own policies can be read from any account.
        const owner = arn.split(":")[4] ?? "";
        const able = owner === "aws" ? anyAccount : accounts.get(owner);
        try {
          return [arn, documentOf(arn, await inOneOf(able, (account) => account.managedPolicy(arn)))];
        } catch (thrown) {
          return [arn, { name: arn, unknown: `it cannot be read: ${messageOf(thrown)}` }];
        }
      }),
    ),
  );
}

/** The first answer that one of the ways into an account gets. @throws what the last of them throws */
async function inOneOf<Answer>(
  ways: readonly Account[] | undefined,
  ask: (account: AccountView) => Promise<Answer>,
): Promise<Answer> {
  let refusal: unknown = new Error("its account was not entered");
  for (const way of ways ?? []) {
    try {
      if (way instanceof Error) throw way;
      return await ask(way);
    } catch (thrown) {
      refusal = thrown;
    }
  }
  throw refusal;
}

async function read(account: AccountView, { kind, arn, madeBy }: Thing): Promise<FoundThing | undefined> {
  const name = arn.slice(Math.max(arn.lastIndexOf(":"), arn.lastIndexOf("/")) + 1);
  switch (kind) {
    case "role": {
      const role = await account.role(name);
      if (role === undefined) return undefined;
      const policies = await account.rolePolicies(name);
      return {
        trust: documentOf(`trust of ${name}`, role.trust),
        identity: [...policies].map(([policy, document]) => documentOf(policy, document)),
        ...(await boundaryOf(account, role.boundary)),
      };
    }
    case "user": {
      const user = await account.user(name);
      if (user === undefined) return undefined;
      const policies = await account.userPolicies(name);
      return {
        identity: [
          ...[...policies].map(([policy, document]) => documentOf(policy, document)),
          ...user.groups.map((group) => ({
            name: `policies of group ${group}`,
            unknown: `${name} is in this group, whose policies are not read: take it out`,
          })),
        ],
        ...(await boundaryOf(account, user.boundary)),
      };
    }
    case "boundary":
      return { identity: [documentOf(arn, await account.managedPolicy(arn))] };
    case "bucket": {
      const policy = await account.bucketPolicy(name);
      // Of what was there before nothing else is asked: to ask whose it is takes a right to list it.
      if (policy === undefined && madeBy !== "others") {
        const owner = await account.bucketOwner(name);
        if (owner === "nobody") return undefined;
        if (owner === "somebody else")
          return {
            unknown: `no policy of bucket ${name} is found, nor that it is account ${account.account}'s`,
          };
      }
      return { resource: present(`policy of bucket ${name}`, policy) };
    }
    case "function": {
      if (!(await account.hasFunction(name))) return undefined;
      const statements = await account.functionStatements(name);
      return { resource: statements.map((statement) => functionStatement(account.region, statement)) };
    }
    case "key": {
      const key = await account.key(arn.slice(arn.lastIndexOf(":") + 1));
      if (key === undefined) return undefined;
      return {
        resource: present(`policy of ${name}`, key.policy),
        grants: key.grants.map((grant) => ({
          id: grant.name,
          grantee: grant.granteePrincipal,
          operations: grant.operations,
          constraints: { encryptionContextSubset: grant.encryptionContextSubset },
        })),
      };
    }
    case "glue catalog":
      return { resource: present("policy of the Glue catalog", await account.catalogPolicy()) };
    case "topic": {
      const policy = await account.topicPolicy(arn);
      return policy === undefined ? undefined : { resource: present("policy of the topic", policy) };
    }
    case "lake grants": {
      const target = lakeTargetAt(arn);
      const granted = await account.lakePermissions(target);
      // What a producer's administrators give to their own people of its data, is theirs to say.
      const isOwn = (principal: string) =>
        principal.startsWith("arn:") && principal.split(":")[4] === account.account;
      return { sharing: granted.filter(({ principal }) => madeBy !== "environment" || !isOwn(principal)) };
    }
    case "data source":
      return (await account.dataSource(name)) === undefined
        ? undefined
        : { sharing: await account.dataSourcePermissions(name) };
    case "dataset": {
      const permissions = await account.dataSetPermissions(name);
      return permissions && { sharing: permissions };
    }
  }
}

async function boundaryOf(
  account: AccountView,
  boundary: string | undefined,
): Promise<Pick<FoundThing, "boundary">> {
  return boundary === undefined
    ? {}
    : { boundary: documentOf(boundary, await account.managedPolicy(boundary)) };
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
