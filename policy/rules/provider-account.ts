import type { Resource, StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { accountsOf, assumedAccount } from "../reading/account";
import { DataSource } from "../reading/data-source";
import { accountIn } from "../reading/document";
import { knownText } from "../reading/references";
import { types } from "../reading/types";

/** Properties that can only name things of the resource's own account. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  [types.lambdaPermission]: ["function"],
  [types.rolePolicyAttachment]: ["policyArn"],
  [types.lambdaFunction]: ["role"],
  [types.gluePolicy]: ["catalogId"],
  [types.glueTable]: ["catalogId"],
  "aws:glue/catalogDatabase:CatalogDatabase": ["catalogId"],
  "aws:kms/grant:Grant": ["keyId"],
  "aws:kms/alias:Alias": ["targetKeyId"],
};

export const providerAccount = stackRule<{ resource: StackResource }>({
  name: "provider-account",
  summary:
    "A resource is made in the account that its name or ARN says, through a provider that may call no other",
  severity: "high",
  requirements: ["R37", "R39", "C2"],
  references: [],
  remedy: "pass the provider of that account, with its id in allowedAccountIds",
  subjects: (stack) => stack.resources.map((resource) => ({ resource })),
  *check({ resource }) {
    if (/^pulumi:providers:aws(-native)?$/.test(resource.type)) {
      yield* ownContradiction(resource);
      return;
    }
    const { provider } = resource;
    if (provider === undefined) return;
    const accounts = accountsOf(provider);
    for (const [what, account] of said(resource)) {
      if (accounts.length === 0) yield `${what} is of account ${account}, and its provider names no account`;
      else if (!accounts.includes(account))
        yield `${what} is of account ${account}, its provider of ${accounts.join(", ")}`;
    }
  },
});

/** A provider that assumes a role in one account and may only call another fails at its first call. */
function* ownContradiction({ name, urn, type, inputs }: Resource) {
  const provider = { name, urn, type, inputs };
  const assumed = assumedAccount(provider);
  const accounts = accountsOf(provider);
  if (assumed !== undefined && !accounts.includes(assumed))
    yield `the provider assumes a role of account ${assumed}, and may call ${accounts.join(", ")} only`;
}

/** What a resource says of its account: the thing that says it, and the account. */
function said(resource: StackResource): (readonly [string, string])[] {
  // What AWS chooses is unknown until it has; the names that the program chooses say as much.
  const texts = ["arn", ...(OWN[resource.type] ?? [])].flatMap(
    (property) => knownText(resource, property) ?? [],
  );
  const bucket =
    resource.type === types.bucket ? /-(\d{12})$/.exec(knownText(resource, "bucket") ?? "") : null;
  const source = DataSource.of(resource)?.account;
  return [
    ...texts.flatMap((text) => {
      const account = accountIn(text);
      return account === undefined ? [] : [[text, account] as const];
    }),
    ...(bucket?.[1] === undefined ? [] : [[`bucket ${bucket.input}`, bucket[1]] as const]),
    ...(source === undefined ? [] : [["the data source", source] as const]),
  ];
}
