/** The hops of a query: who did what to get to the data. */
import {
  catalogsOf,
  dataOf,
  GLUE_CATALOG,
  outputLocationOf,
  type SpokeCatalog,
  workgroupNameOf,
} from "../../access/names";
import type { Environment } from "../../access/environment";
import type { SpokeRequest } from "../../access/request";

export interface Hop {
  readonly from: string;
  /** As IAM calls it: `sts:AssumeRole`. */
  readonly action: string;
  readonly to: string;
}

/** What a query is run on, as far as its hops depend on it. */
export interface Chain {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  readonly sql: string;
  /** Catalog of names that name none. */
  readonly catalog: string | undefined;
}

/** From the role that queries to the data and the results; the catalogs are those that the SQL names. */
export function dataHops(chain: Chain, roleArn: string): Hop[] {
  const { request } = chain;
  const workgroup = `workgroup ${workgroupNameOf(request)}`;
  const named = namedCatalogs(chain);
  const results = outputLocationOf(request);
  return [
    {
      from: roleArn,
      action: "athena:StartQueryExecution",
      to: `${workgroup} of ${request.account}`,
    },
    ...named.connectors.map((catalog) => ({
      from: workgroup,
      action: "lambda:InvokeFunction",
      to: connectorText(catalog),
    })),
    ...(named.glue
      ? [
          {
            from: workgroup,
            action: "glue:GetTable",
            to: `Glue Data Catalog of ${request.account} (catalog ${GLUE_CATALOG})`,
          },
        ]
      : []),
    ...(results === undefined
      ? []
      : [{ from: workgroup, action: "s3:PutObject", to: `results below ${results}` }]),
  ];
}

export function connectorText({ catalog, connector, requested }: SpokeCatalog): string {
  const producer = "from" in requested ? ` of producer ${requested.from}` : "";
  return `connector ${connector.name}${producer} in ${connector.account} (catalog ${catalog})`;
}

/**
 * The spoke's catalogs that the SQL names. Athena reads names without regard to case; a name that only stands in a text
 * or a comment is none.
 */
function namedCatalogs({ request, environment, sql, catalog }: Chain): {
  connectors: SpokeCatalog[];
  glue: boolean;
} {
  const names = new Set(
    [...withoutTexts(sql).matchAll(/(?:"([^"]+)"|([\w@-]+))\s*\./g)].map(([, quoted, plain]) =>
      (quoted ?? plain ?? "").toLowerCase(),
    ),
  );
  if (catalog !== undefined) names.add(catalog.toLowerCase());
  const connectors = catalogsOf(request, environment).filter((each) => names.has(each.catalog));
  const databases = dataOf(request).map(({ database }) => database);
  return {
    connectors,
    glue: [GLUE_CATALOG.toLowerCase(), ...databases].some((name) => names.has(name)),
  };
}

function withoutTexts(sql: string): string {
  return sql.replaceAll(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
}
