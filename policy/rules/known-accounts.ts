import type { StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import {
  accountBounds,
  accountIn,
  accountOfPrincipal,
  demanded,
  demands,
  ORGANIZATION_KEYS,
  principalText,
} from "../reading/document";
import { ownAccountsOf } from "../reading/environment";
import { statementsIn, typesHolding } from "../reading/policy-documents";
import { types } from "../reading/types";

export const knownAccounts = stackRule<{ resource: StackResource }, { accounts: readonly string[] }>({
  name: "known-accounts",
  summary: "Nobody outside of the organization and the environment is trusted, by principal or by condition",
  severity: "critical",
  requirements: ["R10", "R54", "R73", "C24"],
  references: [
    "prowler s3_bucket_cross_account_access",
    "prowler dynamodb_table_cross_account_access",
    "Access Analyzer External-access-finding",
  ],
  remedy:
    "take the account out, bound it by aws:PrincipalOrgID, or name it in the environment's spokes or in the parameter `accounts`",
  parameters: {
    accounts: {
      type: "array",
      items: { type: "string", pattern: "^\\d{12}$" },
      description: "Accounts to be trusted besides those of the stack's providers and of the environment",
      default: [],
    },
  },
  subjects: (stack) =>
    stack
      .of(...typesHolding("trust", "resource", "key"), types.lambdaPermission)
      .map((resource) => ({ resource })),
  *check({ resource }, parameters, stack) {
    const own = ownAccountsOf(stack);
    const known = new Set([...own.accounts, ...parameters.accounts]);
    const foreign = (ids: readonly string[]) =>
      ids.filter((id) => own.organization !== undefined && id.split("/")[0] !== own.organization);
    if (resource.type === types.lambdaPermission) {
      for (const id of foreign(resource.inputs.texts("principalOrgId")))
        yield `the permission lets organization ${id} in, which is not ours`;
      const account = accountIn(resource.inputs.text("principal") ?? "");
      if (account !== undefined && !known.has(account) && !resource.inputs.has("principalOrgId"))
        yield `the permission lets account ${account} in, which is not ours`;
      return;
    }
    for (const statement of statementsIn(resource, "trust", "resource", "key")) {
      if (!statement.allows || statement.notPrincipal) continue;
      for (const id of foreign(demanded(statement, ...ORGANIZATION_KEYS).flatMap(({ values }) => values)))
        yield `${statement.label} lets organization ${id} in, which is not ours`;
      if (demands(statement, ...ORGANIZATION_KEYS)) continue;
      for (const entry of statement.principals) {
        if (entry.form === "service" || entry.form === "federated") continue;
        if (entry.form === "everyone") {
          for (const account of boundsAbroad(accountBounds(statement), known))
            yield `${statement.label} lets everybody of account ${account} in, which is not ours`;
          continue;
        }
        const account = accountOfPrincipal(entry);
        if (account === undefined)
          yield `${statement.label} names ${principalText(entry)}, whose account cannot be told`;
        else if (!known.has(account))
          yield `${statement.label} lets ${principalText(entry)} in, which is not ours`;
      }
    }
  },
});

/** The accounts that are not ours, where no test bounds everybody to ours alone; organization-bound asks for a test at all. */
function boundsAbroad(bounds: readonly (readonly string[])[], known: ReadonlySet<string>): readonly string[] {
  const abroad = bounds.map((accounts) => accounts.filter((account) => !known.has(account)));
  return abroad.some((accounts) => accounts.length === 0) ? [] : [...new Set(abroad.flat())];
}
