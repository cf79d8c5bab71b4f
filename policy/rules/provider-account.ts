import type { Resource, Stack, StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { accountOf, accountsOf, assumedAccount } from "../reading/account";
import { accountIn } from "../reading/document";
import { knownOrSource, knownText } from "../reading/references";
import { QuickShare } from "../reading/quick-share";
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
  *check({ resource }, _, stack) {
    if (/^pulumi:providers:aws(-native)?$/.test(resource.type)) {
      yield* ownContradiction(resource);
      return;
    }
    const { provider } = resource;
    if (provider === undefined) return;
    const accounts = accountsOf(provider);
    for (const [what, account] of said(resource, stack)) {
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
function* said(resource: StackResource, stack: Stack): Iterable<readonly [string, string]> {
  // AWS gives a resource its ARN when it is made; the names that the program chooses say as much.
  const own = knownText(resource, "arn");
  if (own !== undefined) yield* named(own);
  for (const property of OWN[resource.type] ?? []) {
    const other = knownOrSource(resource, property, stack);
    if (typeof other === "string") yield* named(other);
    else if (other !== undefined) {
      const account = accountOf(other);
      if (account !== undefined) yield [`${property}, which ${other.name} makes,`, account];
    }
  }
  if (resource.type === types.bucket) {
    const bucket = resource.inputs.text("bucket") ?? "";
    const account = /-(\d{12})$/.exec(bucket)?.[1];
    if (account !== undefined) yield [`bucket ${bucket}`, account];
  }
  const share = QuickShare.of(resource);
  if (share?.account !== undefined) yield [`the ${share.words}`, share.account];
}

function* named(text: string): Iterable<readonly [string, string]> {
  const account = accountIn(text);
  if (account !== undefined) yield [text, account];
}
