/** DynamoDB tables as a connector reads them: in its own account, or in another one through a role there (C10, C11). */
import { roleArn, rootArn, tableArn } from "./arn";
import { type PolicyDocument, policyDocument, type Statement } from "./document";
import { type Connector, connectorRoleName } from "./names";

/**
 * Reads the tables of one account.
 *
 * Athena asks for tables in lower case, and the connector looks under that name first: only "not found" makes it search
 * for the table without regard to case, and DynamoDB says that to nobody who may not look.
 */
export function readTables(region: string, account: string, tables: readonly string[]): Statement[] {
  const arns = tables.map((table) => tableArn(region, account, table));
  const askedFor = tables.map((table) => table.toLowerCase()).filter((name) => !tables.includes(name));
  return [
    {
      Sid: "ReadTables",
      Effect: "Allow",
      Action: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
      Resource: arns.flatMap((table) => [table, `${table}/index/*`]),
    },
    ...(askedFor.length === 0
      ? []
      : [
          {
            Sid: "FindTablesInLowerCase",
            Effect: "Allow",
            Action: ["dynamodb:DescribeTable", "dynamodb:Scan"],
            Resource: askedFor.map((name) => tableArn(region, account, name)),
          } as const,
        ]),
    {
      Sid: "ListTables",
      Effect: "Allow",
      Action: "dynamodb:ListTables",
      // AWS defines no resource type for ListTables; the Region is the only bound there is.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
  ];
}

/** ARN of the role in the tables' account; undefined when the connector's own account has them. */
export function tablesRoleArn({ region, tables }: Connector): string | undefined {
  return tables && roleArn(region, tables.account, tables.role);
}

/** The connector's half: it may become the role that reads its tables, and nothing else in that account. */
export function assumeTablesRole(connector: Connector): Statement[] {
  const role = tablesRoleArn(connector);
  return role === undefined
    ? []
    : [{ Sid: "AssumeTablesRole", Effect: "Allow", Action: "sts:AssumeRole", Resource: role }];
}

/**
 * Who may assume the role beside the tables: the connector's execution role. AWS's connector sends no external id, so
 * that asking for one would shut it out (C11); the principal is the account, narrowed by condition, so that a role made
 * anew is let in, and need not exist first.
 */
export function tablesRoleTrust(connector: Connector, organization: string | undefined): PolicyDocument {
  const { region, account } = connector;
  return policyDocument({
    Sid: "ConnectorReadsTables",
    Effect: "Allow",
    Principal: { AWS: rootArn(region, account) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: { "aws:PrincipalArn": roleArn(region, account, connectorRoleName(connector)) },
      ...(organization === undefined ? {} : { StringEquals: { "aws:PrincipalOrgID": organization } }),
    },
  });
}

/** What the role beside the tables may do (C10). */
export function tablesRolePermissions(connector: Connector, tables: readonly string[]): PolicyDocument {
  if (connector.tables === undefined) throw new Error(`connector ${connector.name} reads its own account`);
  return policyDocument(...readTables(connector.region, connector.tables.account, tables));
}
