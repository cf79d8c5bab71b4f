/** How far producers' policies may reach for those who query through their connectors (`producerGrants`, R11, R12, C24). */
import { principalArn, roleArn } from "../arn";
import type { Environment } from "../environment";
import { type Connector, connectorRoleName } from "../names";
import { type Cast, namedPatterns, type Reader, readersOf } from "./cast";
import { accountPrincipals, type Bound } from "./expectation";

/** What a function's policy may say for somebody who queries (R11). */
export function invokeBound(
  { producerGrants, organization, region }: Environment,
  { account, principal }: Pick<Reader, "account"> & Partial<Reader>,
): Partial<Bound> {
  switch (producerGrants) {
    case "organization":
      return { principals: ["*"], resource: { "aws:principalorgid": [organization ?? ""] } };
    case "accounts":
      return { principals: accountPrincipals(region, account) };
    case "roles":
      return { principals: principal === undefined ? [] : [principalArn(region, account, principal)] };
  }
}

/** What a spill bucket's policy may say for roles and users of an account (R12). */
export function spillBound(environment: Environment, producer: string, account: string): Partial<Bound> {
  const { producerGrants, organization, region } = environment;
  if (producerGrants === "organization")
    return {
      principals: ["*"],
      resource: {
        "aws:principalorgid": [organization ?? ""],
        "aws:principalarn": namedPatterns(environment).map((known) => principalArn(region, "*", known)),
      },
    };
  const readers = readersOf(environment, producer);
  return {
    principals: accountPrincipals(region, account),
    resource: {
      "aws:principalarn": [
        ...readers.map((reader) => principalArn(region, reader.account, reader.principal)),
        // Beside other accounts that have roles and users of these very names.
        ...(producerGrants === "accounts"
          ? readers
              .filter((reader) => reader.account === account)
              .map(({ principal }) => principalArn(region, "*", principal))
          : []),
      ],
    },
  };
}

/** What the trust of the role beside a connector's tables may say (C11): no external id, since the connector sends none. */
export function tablesTrustBound(
  { environment: { organization } }: Pick<Cast, "environment">,
  { region, account, name }: Pick<Connector, "region" | "account" | "name">,
): Partial<Bound> {
  return {
    principals: accountPrincipals(region, account),
    resource: {
      "aws:principalarn": [roleArn(region, account, connectorRoleName({ name }))],
      ...(organization === undefined ? {} : { "aws:principalorgid": [organization] }),
    },
  };
}
