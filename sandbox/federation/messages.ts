/**
 * The messages of Athena's federation protocol, as AWS's query federation SDK reads and writes them (its serde, version
 * 5). The order of members matters: the SDK reads them as a stream. Bytes are base64.
 */

/** Who runs the query. The SDK no longer reads `id` and `principal`. */
export interface FederatedIdentity {
  readonly id: string;
  readonly principal: string;
  readonly account: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
}

export interface TableName {
  readonly schemaName: string;
  readonly tableName: string;
}

/** An Arrow block: the IPC messages of its schema and of its record batch (empty: no rows). */
export interface Block {
  readonly aId: string;
  readonly schema: string;
  readonly records: string;
}

export interface SpillLocation {
  readonly "@type": "S3SpillLocation";
  readonly bucket: string;
  readonly key: string;
  readonly directory: boolean;
}

/** AES-GCM. */
export interface EncryptionKey {
  readonly key: string;
  readonly nonce: string;
}

/** A part of a table that is read on its own. */
export interface Split {
  readonly spillLocation: SpillLocation;
  /** null: the connector does not encrypt what it spills. */
  readonly encryptionKey: EncryptionKey | null;
  readonly properties: Readonly<Record<string, string>>;
}

/** An Arrow type: `{ "@type": "Int", bitWidth: 32, isSigned: true }`. */
export interface ArrowType {
  readonly "@type": string;
  readonly [member: string]: unknown;
}

/** An end of a range. */
export interface Marker {
  /** One column `col1` with one row, or none where the range is open. */
  readonly valueBlock: Block;
  readonly bound: "BELOW" | "EXACTLY" | "ABOVE";
  readonly nullValue: boolean;
}

/** Values that a column may have. */
export interface SortedRangeSet {
  readonly "@type": "SortedRangeSet";
  readonly type: ArrowType;
  readonly ranges: readonly { readonly low: Marker; readonly high: Marker }[];
  readonly nullAllowed: boolean;
}

export interface Constraints {
  /** Column -> values: a connector may leave out rows that are not in them. */
  readonly summary: Readonly<Record<string, SortedRangeSet>>;
  readonly expression: readonly never[];
  readonly orderByClause: readonly never[];
  /** -1: none. */
  readonly limit: number;
  readonly queryPassthroughArguments: Readonly<Record<string, string>>;
}

export interface PingResponse {
  readonly "@type": "PingResponse";
  readonly catalogName: string;
  readonly queryId: string;
  readonly sourceType: string;
  readonly capabilities: number;
  readonly serDeVersion: number;
}

export interface ListSchemasResponse {
  readonly "@type": "ListSchemasResponse";
  readonly schemas: readonly string[];
}

export interface ListTablesResponse {
  readonly "@type": "ListTablesResponse";
  readonly tables: readonly TableName[];
  readonly nextToken: string | null;
}

export interface GetTableResponse {
  readonly "@type": "GetTableResponse";
  readonly tableName: TableName;
  /** The IPC message of the schema. */
  readonly schema: string;
  readonly partitionColumns: readonly string[];
}

export interface GetTableLayoutResponse {
  readonly "@type": "GetTableLayoutResponse";
  readonly partitions: Block;
}

export interface GetSplitsResponse {
  readonly "@type": "GetSplitsResponse";
  readonly splits: readonly Split[];
  readonly continuationToken: string | null;
}

export interface ReadRecordsResponse {
  readonly "@type": "ReadRecordsResponse";
  readonly records: Block;
}

/** Instead of ReadRecordsResponse, when the rows were written to S3. */
export interface RemoteReadRecordsResponse {
  readonly "@type": "RemoteReadRecordsResponse";
  readonly schema: string;
  readonly remoteBlocks: readonly SpillLocation[];
  readonly encryptionKey: EncryptionKey | null;
}
