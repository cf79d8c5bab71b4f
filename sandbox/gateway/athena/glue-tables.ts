import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { AwsError } from "../errors";
import type { AsCaller, StoredObject } from "./as-caller";
import { inSql, literal, quoted } from "./engine";
import type { Engine, EngineColumn, EngineTable } from "./engine";
import { QueryFailure, badData, glueRefused, s3Refused } from "./errors";
import { engineTypeOf } from "./hive-type";
import type { Constant, Filter, Filters } from "./pushdown";
import type { Meter, SourceTable } from "./source-table";
import { delimited, quotedFields, textLines } from "./text-lines";
import type { Cut } from "./text-lines";

/** What of Glue's description of a table or partition is read. */
interface Storage {
  readonly Location?: string;
  readonly InputFormat?: string;
  readonly SerdeInfo?: {
    readonly SerializationLibrary?: string;
    readonly Parameters?: Readonly<Record<string, string>>;
  };
  readonly Columns?: readonly GlueColumn[];
}

interface GlueColumn {
  readonly Name?: string;
  readonly Type?: string;
}

interface GlueTable {
  readonly TableType?: string;
  readonly StorageDescriptor?: Storage;
  readonly PartitionKeys?: readonly GlueColumn[];
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly TargetTable?: unknown;
}

/** A place with files, and the values of the partition columns for all their rows. */
interface Partition {
  readonly storage: Storage;
  readonly values: readonly string[];
}

/**
 * A table of a Glue Data Catalog.
 *
 * @param foreignCatalog the account whose catalog it is, when it is not the caller's
 * @param named the database as the query names it; a resource link leads to another one
 * @param folder where files are put that DuckDB has to read by itself
 * @returns undefined when there is no such table; `"database"` when there is no such database
 * @throws QueryFailure
 */
export async function glueTable(
  caller: AsCaller,
  foreignCatalog: string | undefined,
  named: string,
  table: string,
  folder: string,
): Promise<SourceTable | "no table" | "no database"> {
  const { database, catalogId = foreignCatalog } =
    foreignCatalog === undefined ? await caller.linked(named) : { database: named };
  const catalog = catalogId === undefined ? {} : { CatalogId: catalogId };
  let found: GlueTable;
  try {
    found = (await caller.glue("GetTable", { ...catalog, DatabaseName: database, Name: table }))[
      "Table"
    ] as GlueTable;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "EntityNotFoundException") throw glueRefused(error);
    return error.message.startsWith("Database") ? "no database" : "no table";
  }
  const name = `${database}.${table}`;
  checkReadable(name, found);
  let reader: AsCaller;
  try {
    const location = found.StorageDescriptor?.Location ?? "";
    reader = await caller.readerOf({ catalogId: catalogId ?? caller.account, database, table, location });
  } catch (error) {
    throw glueRefused(error);
  }
  const dataColumns = engineColumns(name, found.StorageDescriptor?.Columns ?? []);
  const keys = engineColumns(name, found.PartitionKeys ?? []);

  const partitions = async (filters: Filters): Promise<Partition[]> => {
    const storage = found.StorageDescriptor ?? {};
    if (keys.length === 0) return [{ storage, values: [] }];
    const read: Partition[] = [];
    try {
      const input = { ...catalog, DatabaseName: database, TableName: table };
      for await (const partition of caller.glueList("GetPartitions", input, "Partitions")) {
        const values = (partition["Values"] ?? []) as readonly string[];
        const own = (partition["StorageDescriptor"] ?? {}) as Storage;
        if (keys.every(({ name: key, type }, i) => mayBe(values[i] ?? "", type, filters[key])))
          read.push({ storage: { ...storage, ...own }, values });
      }
    } catch (error) {
      throw glueRefused(error);
    }
    return read;
  };

  return {
    columns: [...dataColumns, ...keys],
    load: async (engine, into, { columns, filters }, meter) => {
      const files = new Reader(reader, engine, folder, meter, {
        name,
        dataColumns,
        keys,
        parameters: found.Parameters ?? {},
      });
      for (const { storage, values } of await partitions(filters))
        await files.read(storage, values, into, columns);
    },
  };
}

function checkReadable(
  name: string,
  { TableType, StorageDescriptor, Parameters, TargetTable }: GlueTable,
): void {
  const kind = Parameters?.["table_type"]?.toUpperCase();
  const fault =
    TargetTable !== undefined
      ? "is a resource link"
      : TableType === "VIRTUAL_VIEW"
        ? "is a view"
        : kind !== undefined && ["ICEBERG", "DELTA", "HUDI"].includes(kind)
          ? `is a table of ${kind}`
          : Parameters?.["projection.enabled"]?.toLowerCase() === "true"
            ? "uses partition projection"
            : (StorageDescriptor?.Location ?? "") === ""
              ? "has no location"
              : undefined;
  if (fault !== undefined) throw notRead(name, fault);
}

function notRead(name: string, fault: string): QueryFailure {
  return new QueryFailure(`NOT_SUPPORTED: table ${name} ${fault}, which the sandbox does not read`);
}

function engineColumns(table: string, columns: readonly GlueColumn[]): EngineColumn[] {
  return columns.map(({ Name = "", Type = "" }) => {
    const type = engineTypeOf(Type);
    if (type === undefined) throw notRead(table, `has the column "${Name}" of the type "${Type}"`);
    return { name: Name.toLowerCase(), type };
  });
}

/** False when a partition with this value of a column cannot have a row that the filter lets through. */
function mayBe(value: string, type: string, filter: Filter | undefined): boolean {
  if (filter === undefined) return true;
  // What is not compared here, such as a number with a text, DuckDB decides.
  const holds = ({ type: kind, text }: Constant, test: (order: number) => boolean): boolean => {
    if (kind === "text") return type !== "VARCHAR" || test(value === text ? 0 : 1);
    const [own, other] = [Number(value), Number(text)];
    const exact = /INT/.test(type) && Number.isSafeInteger(own) && Math.abs(other) <= Number.MAX_SAFE_INTEGER;
    return !exact || test(own - other);
  };
  if ("oneOf" in filter) return filter.oneOf.some((constant) => holds(constant, (order) => order === 0));
  const { from, to } = filter;
  return (
    (from === undefined || holds(from.value, (order) => (from.inclusive ? order >= 0 : order > 0))) &&
    (to === undefined || holds(to.value, (order) => (to.inclusive ? order <= 0 : order < 0)))
  );
}

interface Shape {
  /** For messages. */
  readonly name: string;
  readonly dataColumns: readonly EngineColumn[];
  readonly keys: readonly EngineColumn[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** Rows as they are in the files, before they have their types. */
const STAGING: EngineTable = { catalog: "temp", database: "main", table: "athena staging" };

/** Reads the files of one table. */
class Reader {
  constructor(
    private readonly caller: AsCaller,
    private readonly engine: Engine,
    private readonly folder: string,
    private readonly meter: Meter,
    private readonly shape: Shape,
  ) {}

  /** Reads the files of a partition. */
  async read(
    storage: Storage,
    values: readonly string[],
    into: EngineTable,
    columns: readonly EngineColumn[],
  ): Promise<void> {
    const keys = this.shape.keys.map(({ name, type }, i) => [name, keyInSql(values[i] ?? "", type)] as const);
    const partition = new Map<string, string>(keys);
    const library = storage.SerdeInfo?.SerializationLibrary ?? "";
    const insert = async (from: string, cells: ReadonlyMap<string, string>): Promise<void> => {
      const list = columns.map(
        ({ name, type }) => partition.get(name) ?? cells.get(name) ?? `CAST(NULL AS ${type})`,
      );
      await this.engine.run(`INSERT INTO ${inSql(into)} SELECT ${list.join(", ")} FROM ${from}`);
    };
    if (/ParquetHiveSerDe$/i.test(library)) return this.readParquet(storage, insert);
    if (/JsonSerDe$/i.test(library)) return this.readJson(storage, insert);
    const cut = cutOf(library, this.parametersOf(storage));
    if (cut === undefined) throw notRead(this.shape.name, `has the SerDe "${library}"`);
    return this.readText(storage, cut, insert, /OpenCSVSerde$/i.test(library));
  }

  private async readText(storage: Storage, cut: Cut, insert: Insert, strict: boolean): Promise<void> {
    const { dataColumns } = this.shape;
    const raw = dataColumns.map((_, i) => ({ name: `c${i}`, type: "VARCHAR" }));
    const cells = new Map(
      dataColumns.map(({ name, type }, i) => [
        name,
        strict ? csvCell(`c${i}`, type) : textCell(`c${i}`, type),
      ]),
    );
    await this.staged(storage, raw, (line) => {
      const fields = cut(line);
      return raw.map((_, i) => fields[i] ?? null);
    });
    try {
      await insert(inSql(STAGING), cells);
    } catch (error) {
      // Only OpenCSVSerde has values that it cannot read; LazySimpleSerDe makes them NULL.
      throw unreadable(error);
    }
  }

  private async readJson(storage: Storage, insert: Insert): Promise<void> {
    const lenient = this.parametersOf(storage)["ignore.malformed.json"]?.toLowerCase() === "true";
    await this.staged(storage, [{ name: "line", type: "VARCHAR" }], (line) =>
      line.trim() === "" ? undefined : [line],
    );
    const from = inSql(STAGING);
    // Not AND, which may look at the type of what is not valid.
    const valid = "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END";
    const broken = await this.engine.text(`SELECT count(*) FROM ${from} WHERE NOT (${valid})`);
    if (broken !== "0" && !lenient)
      throw new QueryFailure("HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException");
    // Hive's names are in lower case, whatever the objects call their members.
    const members =
      "map_from_entries(list_transform(json_keys(line), lambda k: {k: lower(k), v: json_extract(line, '$.\"' || k || '\"')}))";
    const mapping = this.parametersOf(storage);
    const cells = new Map(
      this.shape.dataColumns.map(({ name, type }) => {
        const member = (mapping[`mapping.${name}`] ?? name).toLowerCase();
        return [name, jsonCell(`members[${literal(member)}]`, type)];
      }),
    );
    await insert(`(SELECT CASE WHEN ${valid} THEN ${members} END AS members FROM ${from})`, cells);
  }

  private async readParquet(storage: Storage, insert: Insert): Promise<void> {
    for await (const object of this.objects(storage)) {
      const file = path.join(this.folder, "object.parquet");
      await pipeline(await this.content(storage, object), createWriteStream(file));
      const from = `read_parquet(${literal(file)})`;
      try {
        const { dataColumns } = this.shape;
        const described = await (await this.engine.run(`DESCRIBE SELECT * FROM ${from}`)).getRows();
        const names = described.map(([name]) => String(name));
        const cells = new Map(
          dataColumns.flatMap(({ name, type }) => {
            const own = names.find((known) => known.toLowerCase() === name);
            return own === undefined ? [] : [[name, `CAST(${quoted(own)} AS ${type})`] as const];
          }),
        );
        await insert(from, cells);
      } catch (error) {
        throw unreadable(error);
      } finally {
        await rm(file);
      }
    }
  }

  /** Puts the lines of all files into the staging table. */
  private async staged(
    storage: Storage,
    columns: readonly EngineColumn[],
    row: (line: string) => (string | null)[] | undefined,
  ): Promise<void> {
    const list = columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(", ");
    await this.engine.run(`CREATE OR REPLACE TEMP TABLE ${quoted(STAGING.table)} (${list})`);
    const rows = await this.engine.rowsInto(STAGING);
    const { "skip.header.line.count": own, ...others } = this.parametersOf(storage);
    const skip = Number(own ?? others["skip.header.line.count"] ?? 0);
    for await (const object of this.objects(storage)) {
      let number = 0;
      const content = await this.content(storage, object);
      for await (const line of textLines(object.key.endsWith(".gz") ? unzipped(content) : content)) {
        if (number++ < skip) continue;
        const cells = row(line);
        if (cells !== undefined) rows.add(cells);
      }
    }
    rows.close();
  }

  /** A SerDe's parameters, with those of the table, where some keep them. */
  private parametersOf({ SerdeInfo }: Storage): Readonly<Record<string, string>> {
    return { ...this.shape.parameters, ...SerdeInfo?.Parameters };
  }

  /** The files of a place. What begins with a dot or underscore is none of the data, as for Hive. */
  private async *objects({ Location = "" }: Storage): AsyncGenerator<StoredObject> {
    const { bucket, prefix } = placeOf(Location);
    const listing = this.caller.listObjects(bucket, prefix);
    try {
      for await (const object of listing) {
        const file = object.key.slice(object.key.lastIndexOf("/") + 1);
        if (object.size > 0 && !/^[._]|^$/.test(file)) yield object;
      }
    } catch (error) {
      throw s3Refused(error, `s3://${bucket}/${prefix}`);
    }
  }

  private async content({ Location = "" }: Storage, { key, size }: StoredObject): Promise<Readable> {
    const { bucket } = placeOf(Location);
    this.meter.count(size);
    try {
      return await this.caller.getObject({ bucket, key });
    } catch (error) {
      throw s3Refused(error, `s3://${bucket}/${key}`);
    }
  }
}

function unzipped(content: Readable): Readable {
  const plain = createGunzip();
  pipeline(content, plain).catch(() => undefined); // The fault comes out of what is read.
  return plain;
}

type Insert = (from: string, cells: ReadonlyMap<string, string>) => Promise<void>;

/** A location is a folder, whether it is written with a slash at its end or not. */
function placeOf(location: string): { bucket: string; prefix: string } {
  const [, bucket, prefix = ""] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/.exec(location) ?? [];
  if (bucket === undefined) throw new QueryFailure(`HIVE_INVALID_METADATA: ${location} is no location in S3`);
  return { bucket, prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/` };
}

function cutOf(library: string, parameters: Readonly<Record<string, string>>): Cut | undefined {
  if (/OpenCSVSerde$/i.test(library)) {
    const { separatorChar = ",", quoteChar = '"', escapeChar = "\\" } = parameters;
    return quotedFields(separatorChar, quoteChar, escapeChar);
  }
  if (!/LazySimpleSerDe$/i.test(library)) return undefined;
  const delimiter = parameters["field.delim"] ?? parameters["serialization.format"] ?? "\u0001";
  // "1" stands for the character 1, Hive's own separator.
  const character = /^\d$/.test(delimiter) ? String.fromCharCode(Number(delimiter)) : delimiter;
  return delimited(character, parameters["escape.delim"], parameters["serialization.null.format"] ?? "\\N");
}

/** A cell of LazySimpleSerDe: what cannot be read is NULL. */
function textCell(column: string, type: string): string {
  if (type === "VARCHAR") return column;
  if (type === "BOOLEAN") return `CASE lower(${column}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
  return `TRY_CAST(${column} AS ${type})`;
}

/** A cell of OpenCSVSerde: dates are days, timestamps milliseconds since 1970 (Athena user guide, "Open CSV SerDe"). */
function csvCell(column: string, type: string): string {
  if (type === "VARCHAR") return column;
  if (type === "DATE") return `DATE '1970-01-01' + CAST(${column} AS INTEGER)`;
  if (type === "TIMESTAMP") return `epoch_ms(CAST(${column} AS BIGINT))`;
  return `CAST(${column} AS ${type})`;
}

/** A member of an object in JSON. */
function jsonCell(value: string, type: string): string {
  if (type === "VARCHAR") return `json_extract_string(${value}, '$')`;
  return `TRY_CAST(${value} AS ${type})`;
}

/** Hive writes this name for a partition whose value is NULL. */
const NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__";

function keyInSql(value: string, type: string): string {
  return value === NULL_PARTITION ? `CAST(NULL AS ${type})` : `CAST(${literal(value)} AS ${type})`;
}

/** What DuckDB says of data that it cannot read. */
function unreadable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof QueryFailure) return error;
  const [said = ""] = error.message.split("\n");
  return badData(said.replace(/^[\w ]+ Error: | when casting from source column \S+$/g, ""));
}
