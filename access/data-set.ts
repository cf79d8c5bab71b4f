/** Quick datasets over tables of a spoke (R66): what a request says of them, and what they are in Quick. */
import { z } from "zod";
import { dataSetArn } from "./arn";
import type { Environment } from "./environment";
import type { Fault } from "./faults";
import { placeIn } from "./level";
import { consumedProducts } from "./mesh/consumed";
import {
  catalogsOf,
  CONNECTOR_DATABASE,
  dataOf,
  GLUE_CATALOG,
  levelName,
  SAMPLE_ORDERS,
  SAMPLE_ORDERS_COLUMNS,
  sampleDatabaseName,
} from "./names";
import type { SpokeRequest } from "./request";
import {
  catalogName,
  choice,
  columnName,
  dataSetKey,
  dataSetName,
  databaseOfDataSet,
  named,
  section,
  tableOfDataSet,
} from "./written";

/** AWS's InputColumnDataType. Dates and times are DATETIME, floating numbers DECIMAL. */
const columnType = choice("column type", [
  "STRING",
  "INTEGER",
  "DECIMAL",
  "DATETIME",
  "BOOLEAN",
  "BIT",
  "JSON",
]);
type ColumnType = z.output<typeof columnType>;

/** Columns of a table in Quick (InputColumns). */
const MOST_COLUMNS = 2048;

const dataSetShape = {
  /** What authors see. Default `<dataset> - <spoke> (<environment>)`. */
  name: dataSetName.optional(),
  /** The catalog of the table: a connector's or a product's. Default: Athena's own, `AwsDataCatalog`. */
  catalog: catalogName.optional(),
  database: databaseOfDataSet,
  table: tableOfDataSet,
  /** Name of each column that the dataset has -> its type in Quick. Default, of the sample data's table only: its columns. */
  columns: named("columns", columnName, columnType)
    .refine((columns) => Object.keys(columns).length > 0, {
      error: "the dataset has no columns: write the name and type of each",
    })
    .refine(
      (columns) =>
        new Set(Object.keys(columns).map((name) => name.toLowerCase())).size === Object.keys(columns).length,
      {
        error:
          "two columns differ by upper and lower case only, which Athena does not tell apart: leave one out",
      },
    )
    .refine((columns) => Object.keys(columns).length <= MOST_COLUMNS, {
      error: `the dataset has more than ${MOST_COLUMNS} columns, which Quick does not take: leave some out`,
    })
    .optional(),
  /**
   * `DIRECT_QUERY`: Quick queries the spoke whenever somebody looks. `SPICE`: Quick keeps a copy of the rows in the hub, and
   * queries the spoke to fill it. Default `DIRECT_QUERY`.
   */
  importMode: choice("way of importing", ["DIRECT_QUERY", "SPICE"]).default("DIRECT_QUERY"),
};

/** `datasets` of a request or a classification: the name of each -> what it is. */
export const dataSetsWritten = named("datasets", dataSetKey, section("a dataset", dataSetShape)).default({});

/** A dataset as Quick has it. */
export interface DataSet {
  /** How the request calls it. */
  readonly key: string;
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly table: Table;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly importMode: "DIRECT_QUERY" | "SPICE";
}

/** A table as Athena names it. */
export interface Table {
  readonly catalog: string;
  readonly database: string;
  readonly table: string;
}

/** The datasets of a level, in the order of the request. */
export function dataSetsOf(level: SpokeRequest, environment: Environment): DataSet[] {
  return Object.entries(level.datasets).map(([key, written]): DataSet => {
    const { catalog = GLUE_CATALOG, database, table, importMode } = written;
    const id = dataSetIdOf(level, key);
    const { spoke, classification } = level;
    const where = classification === undefined ? spoke : `${spoke}, ${classification}`;
    return {
      key,
      id,
      arn: dataSetArn(environment.region, environment.hub.account, id),
      name: written.name ?? `${key} - ${where} (${environment.name})`,
      table: { catalog, database, table },
      // By name, since the configuration of a stack keeps no other order.
      columns: Object.entries(columnsOf(level, written) ?? {})
        .map(([name, type]) => ({ name, type }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      importMode,
    };
  });
}

/** `dev-sales_orders`. No name of a level has an underscore, so that no other level's datasets have this id. */
function dataSetIdOf(level: SpokeRequest, key: string): string {
  return `${levelName(level)}_${key}`;
}

type Written = SpokeRequest["datasets"][string];

/** The columns as they are written, or those of the sample data; undefined when nobody says. */
function columnsOf(level: SpokeRequest, written: Written): Readonly<Record<string, ColumnType>> | undefined {
  if (written.columns !== undefined) return written.columns;
  const { catalog, database, table } = written;
  const isSample =
    level.sampleData &&
    catalog === undefined &&
    database === sampleDatabaseName(level) &&
    table === SAMPLE_ORDERS;
  return isSample
    ? Object.fromEntries(SAMPLE_ORDERS_COLUMNS.map(({ name, type }) => [name, QUICK_TYPES[type]]))
    : undefined;
}

/** Glue's types of the sample data -> Quick's. */
const QUICK_TYPES = { int: "INTEGER", string: "STRING", double: "DECIMAL" } as const;

/** What is wrong with a level's datasets, whatever the environment. */
export function dataSetFaults(level: SpokeRequest): Fault[] {
  return Object.entries(level.datasets).flatMap(([key, written]) =>
    columnsOf(level, written) === undefined
      ? [
          {
            path: `datasets.${key}.columns`,
            message: `the columns of "${written.table}" are not known here: write the name and type of each that the dataset is to have`,
          },
        ]
      : [],
  );
}

/** Tables that Role B of a level reads, all of a database where none are named. */
export interface ReadableTables {
  readonly catalog: string;
  readonly database: string;
  readonly tables?: readonly string[] | undefined;
}

/** What Role B of a level reads: the tables of connectors, of the spoke's own data, and of products. */
export function readableTables(level: SpokeRequest, environment: Environment): ReadableTables[] {
  return [
    ...catalogsOf(level, environment).map(({ catalog, connector, requested }): ReadableTables => {
      const spec =
        "from" in requested
          ? environment.producers[requested.from]?.connectors[connector.name]
          : requested.deploy;
      // The connector shows names in lower case, as Athena does.
      const tables = spec?.tables.map((table) => table.toLowerCase());
      return { catalog, database: CONNECTOR_DATABASE, tables };
    }),
    ...dataOf(level).map(({ database, tables }) => ({ catalog: GLUE_CATALOG, database, tables })),
    ...consumedProducts(level, environment).flatMap(({ as, data, links }) =>
      data.map(({ database, tables }) => {
        const link = links.find((each) => each.database === database);
        return link === undefined
          ? { catalog: as, database, tables }
          : { catalog: GLUE_CATALOG, database: link.name, tables };
      }),
    ),
  ];
}

/** Datasets over tables that Role B of the level does not read, with what it reads. */
export function unreadableDataSets(level: SpokeRequest, environment: Environment): Fault[] {
  const readable = readableTables(level, environment);
  return dataSetsOf(level, environment).flatMap(({ key, table: { catalog, database, table } }) => {
    const reads = readable.some(
      (each) =>
        each.catalog === catalog &&
        each.database === database &&
        (each.tables === undefined || each.tables.includes(table.toLowerCase())),
    );
    if (reads) return [];
    const known = readable.flatMap((each) =>
      (each.tables ?? ["*"]).map((name) => `${each.catalog}.${each.database}.${name}`),
    );
    return [
      {
        path: placeIn(level.classification, `datasets.${key}`),
        message: `Role B of this level reads no ${catalog}.${database}.${table}, only ${known.join(", ")}: name one of these, or add the table to data`,
      },
    ];
  });
}
