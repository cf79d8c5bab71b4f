import { resourceRule } from "../frame/rule";
import { accountOf } from "../reading/account";
import { covers, demands } from "../reading/document";
import { statementsIn } from "../reading/policy-documents";
import { types } from "../reading/types";

export const wholeAccountTrust = resourceRule({
  name: "whole-account-trust",
  summary: "A role trusts no other account as a whole: an external id is no secret there",
  severity: "high",
  requirements: ["R54", "C3"],
  references: ["cloudsplaining AssumableByCrossAccountPrincipal"],
  remedy:
    'narrow the account to the role that shall come in, by ArnEquals {"aws:PrincipalArn": "<ARN of Role A>"}',
  types: [types.role],
  *check(resource) {
    const account = accountOf(resource);
    for (const statement of statementsIn(resource, "trust"))
      if (statement.allows && covers(statement, "sts:AssumeRole*") && !demands(statement, "aws:PrincipalArn"))
        for (const entry of statement.principals)
          if (entry.form === "account" && entry.account !== account)
            yield `${statement.label} of the trust lets every role and user of account ${entry.account} assume the role that may call sts:AssumeRole`;
  },
});
