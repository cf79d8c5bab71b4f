/** The accounts of tables that connectors of other accounts read, each through a provider of its own (C11). */
import type { Provider } from "@pulumi/aws/provider";
import type { ConnectorSpec } from "../access/environment";
import { type Connector, tablesBoundary, tablesDeployer } from "../access/names";
import { accountProvider } from "../components/account-provider";
import { CrossAccountTables } from "../components/cross-account-tables";

/** A connector with what a person wrote of it. */
export interface MadeConnector {
  readonly connector: Connector;
  readonly spec: Pick<ConnectorSpec, "tables" | "tablesIn">;
}

export interface TablesStackArgs {
  readonly environment: string;
  readonly organization: string | undefined;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether a plain destroy has to spare the roles. Default: no. */
  readonly protect?: boolean;
}

/** The roles that connectors assume beside tables of other accounts; none for connectors that read their own account's. */
export function crossAccountTables(
  connectors: readonly MadeConnector[],
  { environment, organization, region, tags, protect }: TablesStackArgs,
): CrossAccountTables[] {
  const providers = new Map<string, Provider>();
  const providerOf = (account: string, role: string): Provider => {
    const name = `tables-${account}-${role}`;
    const provider = providers.get(name) ?? accountProvider(name, { account, role, region, tags });
    providers.set(name, provider);
    return provider;
  };
  return connectors.flatMap(({ connector, spec: { tables, tablesIn } }) =>
    tablesIn === undefined
      ? []
      : [
          new CrossAccountTables(
            `${connector.account}-${connector.name}-tables`,
            { connector, tables, organization, boundary: tablesBoundary(environment, region, tablesIn) },
            {
              provider: providerOf(tablesIn.account, tablesDeployer(environment, tablesIn)),
              ...(protect === undefined ? {} : { protect }),
            },
          ),
        ],
  );
}
