/** The role of an account with tables that connectors of other accounts read (C11). */
import { roleArn, tableArn } from "../../arn";
import { levelsOf } from "../../level";
import { type Connector, ownConnector, producerConnector } from "../../names";
import type { SpokeRequest } from "../../request";
import type { Cast } from "../cast";
import { type Expectation, requests, rowWriter } from "../expectation";
import { dutiesOf, type Holder } from "./duty";
import { findingTables, makingRoles, readingBoundary } from "./shared";

/** An account of tables: the roles that are made there, and the tables that they read. */
export interface TablesRead {
  readonly account: string;
  readonly roles: readonly string[];
  readonly tables: readonly string[];
}

/** The accounts in which the bootstrap's role makes roles beside tables: of producers' connectors, and of the spoke's own. */
export function tablesRead({ environment }: Cast, request: SpokeRequest | undefined): TablesRead[] {
  const made = [
    ...Object.entries(environment.producers).flatMap(([producer, { connectors }]) =>
      Object.entries(connectors).map(([name, spec]) => ({
        connector: producerConnector(environment, producer, name),
        spec,
      })),
    ),
    ...(request === undefined ? [] : levelsOf(request)).flatMap((level) =>
      level.connectors.flatMap((requested) =>
        "deploy" in requested ? [{ connector: ownConnector(level, requested), spec: requested.deploy }] : [],
      ),
    ),
  ].filter(({ spec }) => spec.tablesIn !== undefined && spec.tablesIn.assumeRole === undefined);
  const rolesOf = ({ tables }: Connector) => (tables === undefined ? [] : [tables.role]);
  return [...new Set(made.flatMap(({ connector }) => connector.tables?.account ?? []))].map((account) => {
    const here = made.filter(({ connector }) => connector.tables?.account === account);
    return {
      account,
      roles: here.flatMap(({ connector }) => rolesOf(connector)),
      tables: [...new Set(here.flatMap(({ spec }) => spec.tables))],
    };
  });
}

export function tablesDeployer(
  holder: Holder,
  boundary: string,
  roles: readonly string[],
  tables: readonly string[],
): Expectation[] {
  const { cast, account, party, id } = holder;
  const { region } = cast;
  const arns = tables.map((table) => tableArn(region, account, table));
  const { mayNot } = rowWriter(`${id}/data`, ["R70"]);
  return [
    ...dutiesOf(holder, [
      ...makingRoles(holder, roles, boundary),
      findingTables(arns),
      readingBoundary(boundary),
    ]),
    mayNot("tables", party, "read the tables, or become who does", [
      ...requests(region, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"], arns, {
        resourceAccount: account,
      }),
      ...requests(
        region,
        ["sts:AssumeRole"],
        roles.map((name) => roleArn(region, account, name)),
        { resourceAccount: account, policies: "open" },
      ),
    ]),
  ];
}
