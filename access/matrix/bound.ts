/** How far producers' policies may reach for those who query through their connectors (`producerGrants`, R11, R12, C24). */
import { roleArn } from "../arn";
import type { Environment } from "../environment";
import { type Connector, connectorRoleName, knownAnalysts, reachableNames } from "../names";
import { type Cast, type Reader, readersOf } from "./cast";
import { accountPrincipals, type Bound } from "./expectation";

/** What a function's policy may say for a role that queries (R11). */
export function invokeBound(
  { producerGrants, organization, region }: Environment,
  { account, role }: Omit<Reader, "spoke">,
): Partial<Bound> {
  switch (producerGrants) {
    case "organization":
      return { principals: ["*"], resource: { "aws:principalorgid": [organization ?? ""] } };
    case "accounts":
      return { principals: accountPrincipals(region, account) };
    case "roles":
      return { principals: [roleArn(region, account, role)] };
  }
}

/** What a spill bucket's policy may say for roles of an account (R12). */
export function spillBound(environment: Environment, producer: string, account: string): Partial<Bound> {
  const { producerGrants, organization, region } = environment;
  if (producerGrants === "organization")
    return {
      principals: ["*"],
      resource: {
        "aws:principalorgid": [organization ?? ""],
        "aws:principalarn": [...reachableNames(environment), ...knownAnalysts(environment)].map((name) =>
          roleArn(region, "*", name),
        ),
      },
    };
  const readers = readersOf(environment, producer);
  return {
    principals: accountPrincipals(region, account),
    resource: {
      "aws:principalarn": [
        ...readers.map((reader) => roleArn(region, reader.account, reader.role)),
        // Beside other accounts that have roles of these very names.
        ...(producerGrants === "accounts"
          ? readers
              .filter((reader) => reader.account === account)
              .map(({ role }) => roleArn(region, "*", role))
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
