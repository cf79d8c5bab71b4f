/** What a role that queries may read of the Glue catalog (R57, R60, C27). */
import { arn } from "../arn";
import { productLinks } from "../mesh/consumed";
import { dataOf } from "../names";
import type { SpokeRequest } from "../request";
import { anotherRegion, type Cast } from "./cast";
import { type Bound, type Expectation, requests, rowWriter, type Thing } from "./expectation";
import type { Querying } from "./querying";

export const GLUE_READS = [
  "BatchGetPartition",
  "GetCatalog",
  "GetCatalogs",
  "GetDatabase",
  "GetDatabases",
  "GetPartition",
  "GetPartitions",
  "GetTable",
  "GetTables",
].map((name) => `glue:${name}`);
const GLUE_READS_OF_TABLES = GLUE_READS.filter((name) => /Table|Partition/.test(name));
const GLUE_READS_OF_DATABASES = GLUE_READS.filter((name) => !/GetCatalog/.test(name));
const GLUE_WRITES = [
  "BatchCreatePartition",
  "BatchDeletePartition",
  "BatchDeleteTable",
  "CreatePartition",
  "CreateTable",
  "DeletePartition",
  "DeleteTable",
  "UpdatePartition",
  "UpdateTable",
].map((name) => `glue:${name}`);
const GLUE_DATABASE_WRITES = ["CreateDatabase", "DeleteDatabase", "UpdateDatabase"].map(
  (name) => `glue:${name}`,
);
export function glueCatalogThing({ region, account }: SpokeRequest): Thing {
  return {
    kind: "glue catalog",
    arn: arn("glue", region, account, "catalog"),
    account,
    words: "the Glue catalog of the spoke",
    madeBy: "others",
  };
}

export function glue(cast: Cast, request: SpokeRequest, { party, id, does }: Querying): Expectation[] {
  const { region, neighbour } = cast;
  const { account } = request;
  const { may, mayNot } = rowWriter(`${id}/glue`, ["R57"]);
  const thing = glueCatalogThing(request);
  const at = (resource: string) => arn("glue", region, account, resource);
  const ask = (actions: readonly string[], resources: readonly string[], bound?: Partial<Bound>) =>
    requests(region, actions, resources, {
      resourceAccount: account,
      policies: { at: thing.arn },
      ...(bound === undefined ? {} : { bound }),
    });
  const isDone = (action: string) => does.glue.includes(action);
  const entries = dataOf(request);
  const databases = new Set(entries.map(({ database }) => database));
  const otherDatabase = ["another", "another_one"].find((name) => !databases.has(name)) ?? "";
  const limited = entries.filter(
    ({ database, tables }) =>
      tables !== undefined &&
      entries.every((entry) => entry.database !== database || entry.tables !== undefined),
  );
  const rows: Expectation[] = [
    may(
      "default",
      party,
      "ask for the database `default`, as Athena always does",
      ask(["glue:GetDatabase"], [at("catalog"), at("database/default")]),
      ["C27"],
    ),
    ...(databases.has("default")
      ? []
      : [
          mayNot(
            "default-only-asked-for",
            party,
            "read what is in the database `default`",
            [
              ...ask(
                GLUE_READS_OF_DATABASES.filter((name) => name !== "glue:GetDatabase"),
                [at("database/default")],
              ),
              ...ask(GLUE_READS_OF_TABLES, [at("table/default/any")]),
            ],
            ["C27"],
          ),
        ]),
    mayNot(
      "other-databases",
      party,
      "read another database",
      [
        ...ask(GLUE_READS_OF_DATABASES, [at(`database/${otherDatabase}`)]),
        ...ask(GLUE_READS_OF_TABLES, [at(`table/${otherDatabase}/any`)]),
      ],
      ["R60"],
    ),
    mayNot(
      "other-accounts",
      party,
      "read another account's catalog, even one that lets it in",
      requests(
        region,
        GLUE_READS,
        [
          "catalog",
          `database/${otherDatabase}`,
          "database/default",
          ...[...databases].map((name) => `database/${name}`),
        ].map((name) => arn("glue", region, neighbour, name)),
        { resourceAccount: neighbour, policies: "open" },
      ),
    ),
    mayNot(
      "another-region",
      party,
      "read the catalog of another Region",
      requests(region, GLUE_READS, [arn("glue", anotherRegion(region), account, "catalog")], {
        resourceAccount: account,
        context: { "aws:RequestedRegion": anotherRegion(region) },
      }),
    ),
    mayNot(
      "writes",
      party,
      "change databases, tables or partitions",
      [
        ...ask(GLUE_DATABASE_WRITES, [
          at("database/default"),
          ...[...databases].map((name) => at(`database/${name}`)),
        ]),
        ...(entries.length === 0
          ? []
          : ask(
              GLUE_WRITES,
              entries.flatMap(({ database, tables }) =>
                (tables ?? ["any"]).map((table) => at(`table/${database}/${table}`)),
              ),
            )),
      ],
      ["C27"],
    ),
  ];
  // By the links to products the catalog itself is read too.
  if (entries.length === 0 && productLinks(request, cast.environment).length === 0)
    rows.push(
      mayNot(
        "nothing",
        party,
        "read the catalog beside that",
        ask(
          GLUE_READS.filter((name) => name !== "glue:GetDatabase"),
          [at("catalog")],
        ),
      ),
    );
  if (entries.length > 0)
    rows.push(
      may("reads", party, "read the databases and tables that the request names", [
        ...ask(does.glue, [at("catalog")]),
        ...entries.flatMap(({ database, tables }) => [
          ...ask(GLUE_READS_OF_DATABASES.filter(isDone), [at(`database/${database}`)]),
          ...(tables === undefined
            ? ask(GLUE_READS_OF_TABLES.filter(isDone), [at(`table/${database}/any`)], {
                resources: [at(`table/${database}/*`)],
              })
            : ask(
                GLUE_READS_OF_TABLES.filter(isDone),
                tables.map((table) => at(`table/${database}/${table}`)),
              )),
        ]),
      ]),
    );
  if (limited.length > 0)
    rows.push(
      mayNot(
        "other-tables",
        party,
        "read other tables of a database whose tables are named",
        limited.flatMap(({ database }) => ask(GLUE_READS_OF_TABLES, [at(`table/${database}/another_`)])),
        ["R60"],
      ),
    );
  return rows;
}
