import { createDecipheriv } from "node:crypto";
import { Schema } from "apache-arrow";
import type { Table } from "apache-arrow";
import { decodeBlock, decodeRecords, decodeSchema, encodeSchema } from "./blocks";
import { EVERYTHING, constraintsOf } from "./predicate";
import type { Predicate } from "./predicate";
import type {
  EncryptionKey,
  FederatedIdentity,
  GetSplitsResponse,
  GetTableLayoutResponse,
  GetTableResponse,
  ListSchemasResponse,
  ListTablesResponse,
  PingResponse,
  ReadRecordsResponse,
  RemoteReadRecordsResponse,
  Split,
  TableName,
} from "./messages";

/** How a connector and what it spills are reached: with the permissions of the one who runs the query. */
export interface ConnectorAccess {
  /** ARN of the function. */
  readonly functionArn: string;
  /** ARN of the function that reads rows, where it is another. */
  readonly recordFunctionArn?: string;
  /** Invokes a function. `isError`: the payload is Lambda's JSON about the function's error. */
  invoke(
    payload: Buffer,
    functionArn: string,
  ): Promise<{ readonly isError: boolean; readonly payload: Buffer }>;
  /** Reads an object of the spill bucket. */
  readObject(bucket: string, key: string): Promise<Buffer>;
}

/** On whose behalf, and for which query. */
export interface QueryContext {
  /** The caller as Athena tells connectors: account, ARN, tags of the session. */
  readonly account: string;
  readonly arn: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly queryId: string;
  readonly catalogName: string;
}

/** A table of a connector. */
export interface FederatedTable {
  readonly name: TableName;
  readonly schema: Schema;
  readonly partitionColumns: readonly string[];
  /** The schema as it came: what is asked for later names it. */
  readonly encodedSchema: string;
}

/** What is wanted of a table. */
export interface Scan {
  /** Default: all columns, in the table's order. */
  readonly columns?: readonly string[];
  /** Rows that it excludes may come all the same. Default: none. */
  readonly predicate?: Predicate;
  /** Rows that are enough; more may come. Default: all. */
  readonly limit?: number;
  /** Bytes of rows that an answer may hold before it is spilled. Default: 4.5 MB, which is below Lambda's limit in base64. */
  readonly inlineBytes?: number;
  /** Bytes of a spilled block. Default: 16 MB. */
  readonly blockBytes?: number;
}

/** A part of the rows, and where it was: in the function's answer, or spilled (`key` in the spill bucket). */
export interface Part {
  readonly rows: Table;
  /** As they came, in the answer or from the spill bucket. */
  readonly bytes: number;
  readonly spilledTo?: string;
}

/** The function failed. The message is in Athena's words. */
export class ConnectorError extends Error {
  override readonly name = "ConnectorError";

  constructor(
    readonly errorType: string,
    readonly errorMessage: string,
    functionArn: string,
    context: string,
  ) {
    super(
      `GENERIC_USER_ERROR: Encountered an exception[${errorType}] from your LambdaFunction[${functionArn}] ` +
        `executed in context[${context}] with message[${errorMessage}]`,
    );
  }
}

const INLINE_BYTES = 4_500_000;
const BLOCK_BYTES = 16_000_000;

/** Tables asked for at a time. */
const PAGE = 100;

/** Athena's side of the federation protocol: what it asks a connector for one query, and how it reads the answers. */
export class FederatedConnector {
  private readonly identity: FederatedIdentity;

  constructor(
    private readonly access: ConnectorAccess,
    private readonly context: QueryContext,
  ) {
    const { account, arn, tags = {} } = context;
    this.identity = { id: "UNKNOWN", principal: "UNKNOWN", account, arn, tags, groups: [] };
  }

  /** What the connector says of itself. */
  ping(): Promise<PingResponse> {
    const { catalogName, queryId } = this.context;
    const request = { "@type": "PingRequest", identity: this.identity, catalogName, queryId };
    return this.send(request, "PingResponse");
  }

  /** Names of the schemas (databases). */
  async schemas(): Promise<readonly string[]> {
    const answer = await this.ask<ListSchemasResponse>("ListSchemas", {});
    return answer.schemas;
  }

  /** Names of the tables of a schema, page by page. */
  async *tables(schemaName: string, pageSize = PAGE): AsyncGenerator<TableName> {
    let nextToken: string | null = null;
    do {
      const page: ListTablesResponse = await this.ask("ListTables", { schemaName, nextToken, pageSize });
      yield* page.tables;
      nextToken = page.nextToken;
    } while (nextToken !== null);
  }

  /** A table's columns. */
  async table(schemaName: string, tableName: string): Promise<FederatedTable> {
    const answer = await this.ask<GetTableResponse>("GetTable", {
      tableName: { schemaName, tableName },
      queryPassthroughArguments: {},
    });
    return {
      name: answer.tableName,
      schema: decodeSchema(answer.schema),
      partitionColumns: answer.partitionColumns,
      encodedSchema: answer.schema,
    };
  }

  /** The rows of a table, one part after the other. @throws ConnectorError */
  async *scan(table: FederatedTable, scan: Scan = {}): AsyncGenerator<Part> {
    const { schema: all, name: tableName, partitionColumns } = table;
    const wanted = scan.columns === undefined ? all : projected(all, scan.columns);
    const schema = wanted === all ? table.encodedSchema : encodeSchema(wanted);
    const constraints =
      scan.predicate === undefined && scan.limit === undefined
        ? EVERYTHING
        : constraintsOf(scan.predicate ?? {}, all, scan.limit);
    const { partitions } = await this.ask<GetTableLayoutResponse>("GetTableLayout", {
      tableName,
      constraints,
      schema,
      partitionColumns,
    });
    let continuationToken: string | null = null;
    do {
      const page: GetSplitsResponse = await this.ask("GetSplits", {
        tableName,
        partitions,
        partitionColumns,
        constraints,
        continuationToken,
      });
      for (const split of page.splits) {
        yield* this.read(split, {
          tableName,
          schema,
          split,
          constraints,
          maxBlockSize: String(scan.blockBytes ?? BLOCK_BYTES),
          maxInlineBlockSize: String(scan.inlineBytes ?? INLINE_BYTES),
        });
      }
      continuationToken = page.continuationToken;
    } while (continuationToken !== null);
  }

  private async *read({ spillLocation: { bucket, key } }: Split, request: object): AsyncGenerator<Part> {
    const where = `S3SpillLocation{bucket='${bucket}', key='${key}', directory=true}`;
    const answer = await this.ask<ReadRecordsResponse | RemoteReadRecordsResponse>(
      "ReadRecords",
      request,
      where,
      ["ReadRecordsResponse", "RemoteReadRecordsResponse"],
    );
    if (answer["@type"] === "ReadRecordsResponse") {
      const bytes = Buffer.byteLength(answer.records.records, "base64");
      yield { rows: decodeBlock(answer.records), bytes };
      return;
    }
    for (const block of answer.remoteBlocks) {
      const content = await this.access.readObject(block.bucket, block.key);
      const records = answer.encryptionKey === null ? content : decrypted(content, answer.encryptionKey);
      yield { rows: decodeRecords(answer.schema, records), bytes: content.length, spilledTo: block.key };
    }
  }

  private ask<T extends { readonly "@type": string }>(
    what: string,
    members: object,
    where = "retrieving meta-data",
    expected: readonly string[] = [`${what}Response`],
  ): Promise<T> {
    const { queryId, catalogName } = this.context;
    const head = { "@type": `${what}Request`, identity: this.identity, queryId, catalogName };
    return this.send({ ...head, ...members }, expected, where);
  }

  private async send<T extends { readonly "@type": string }>(
    request: { readonly "@type": string },
    expected: string | readonly string[],
    where = "retrieving meta-data",
  ): Promise<T> {
    const { functionArn: metadata, recordFunctionArn: records = metadata } = this.access;
    const functionArn = request["@type"] === "ReadRecordsRequest" ? records : metadata;
    const { isError, payload } = await this.access.invoke(Buffer.from(JSON.stringify(request)), functionArn);
    const answer = JSON.parse(payload.toString("utf8")) as Record<string, unknown>;
    if (isError) {
      const { errorType, errorMessage } = answer as { errorType?: string; errorMessage?: string };
      throw new ConnectorError(errorType ?? "", errorMessage ?? "", functionArn, where);
    }
    const type = String(answer["@type"]);
    if (![expected].flat().includes(type)) {
      const message = `the function answered ${type} and not ${[expected].flat().join(" or ")}`;
      throw new ConnectorError("InvalidResponse", message, functionArn, where);
    }
    return answer as unknown as T;
  }
}

function projected(schema: Schema, columns: readonly string[]): Schema {
  return new Schema(
    columns.map((name) => {
      const field = schema.fields.find((known) => known.name === name);
      if (field === undefined) throw new RangeError(`the table has no column "${name}"`);
      return field;
    }),
    schema.metadata,
  );
}

/** AES-GCM as the SDK writes it: the 16 bytes of the tag come last. */
function decrypted(content: Buffer, { key, nonce }: EncryptionKey): Buffer {
  const secret = Buffer.from(key, "base64");
  const cipher = secret.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
  const decipher = createDecipheriv(cipher, secret, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(content.subarray(-16));
  const plain = decipher.update(content.subarray(0, -16));
  // Checks the tag. A stream cipher has nothing left to say, and blocks are too large to be copied for nothing.
  decipher.final();
  return plain;
}
