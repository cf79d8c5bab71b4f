import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ColumnInfo } from "./athena/results";
import type { LakeFormation } from "./lake-formation/permissions";
import type { Principal } from "./principal";
import type { TrailEvent } from "./trail";

/** An access key and whose it is. */
export interface AccessKey {
  readonly secret: string;
  /** Temporary credentials must come with it. */
  readonly token?: string;
  /** ISO time. */
  readonly expires?: string;
  readonly active: boolean;
  readonly principal: Principal;
}

/** A workgroup of Athena. */
export interface WorkGroup {
  readonly name: string;
  readonly description?: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly created: number;
}

/** A data catalog of Athena. */
export interface DataCatalog {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A query of Athena, and how it is getting on. */
export interface QueryExecution {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly workGroup: string;
  readonly query: string;
  /** Values for `?`. */
  readonly parameters: readonly string[];
  readonly statementType: "DML" | "UTILITY";
  readonly substatementType: string;
  /** Where names are looked for that do not say it. */
  readonly catalog?: string;
  readonly database?: string;
  /** The client's, by which a repeated request is known. */
  readonly token: string;
  /** What the client asked for as the place of the result. */
  readonly askedLocation?: string;
  /** As GetQueryExecution shows it: the result's file, encryption, owner, ACL; undefined when Athena keeps the result itself. */
  readonly results?: Readonly<Record<string, unknown>> & { readonly OutputLocation: string };
  readonly state: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  readonly reason?: string;
  readonly error?: {
    readonly ErrorCategory: number;
    readonly ErrorType: number;
    readonly Retryable: boolean;
    readonly ErrorMessage: string;
  };
  /** Milliseconds since 1970. */
  readonly submitted: number;
  readonly begun?: number;
  readonly completed?: number;
  readonly bytesScanned: number;
  /** The result's rows without the header, its bytes and columns: there when it has succeeded. */
  readonly result?: { readonly rows: number; readonly size: number; readonly columns: readonly ColumnInfo[] };
}

/** Who may do what with something in Quick. */
export interface Permission {
  readonly Principal: string;
  readonly Actions: readonly string[];
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** A data source of Quick. `settings` are the members that a request brings and Describe shows as they are. */
export interface DataSource {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly errorInfo?: { readonly Type: string; readonly Message: string } | undefined;
  readonly permissions: readonly Permission[];
  /** Seconds since 1970. */
  readonly created: number;
  readonly updated: number;
}

/** A data set of Quick. `settings` are the members that a request brings and Describe shows as they are. */
export interface DataSet {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly importMode: "SPICE" | "DIRECT_QUERY";
  readonly settings: Readonly<Record<string, unknown>>;
  readonly permissions: readonly Permission[];
  /** Seconds since 1970. */
  readonly created: number;
  readonly updated: number;
  /** The oldest first. */
  readonly ingestions: readonly Ingestion[];
}

/** One filling of a data set in SPICE. */
export interface Ingestion {
  readonly id: string;
  readonly type: "INITIAL_INGESTION" | "EDIT" | "FULL_REFRESH";
  readonly status: "INITIALIZED" | "RUNNING" | "COMPLETED" | "FAILED";
  readonly error?: { readonly Type: string; readonly Message: string };
  readonly rows?: number;
  /** Seconds since 1970. */
  readonly created: number;
}

/** A request of Cloud Control, and how it is getting on. */
export interface ResourceRequest {
  readonly account: string;
  readonly region: string;
  readonly token: string;
  readonly clientToken?: string;
  /** What was asked, to tell a repeated request from another with the same token. */
  readonly fingerprint: string;
  readonly typeName: string;
  readonly identifier?: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** That what it started is not waited for. */
  readonly unattended?: true;
  readonly status: "IN_PROGRESS" | "SUCCESS" | "FAILED" | "CANCEL_COMPLETE";
  readonly errorCode?: string;
  readonly message?: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** What one resource of a stack is. */
export interface StackResource {
  readonly type: string;
  readonly physicalId: string;
  /** What `Fn::GetAtt` says of it. */
  readonly attributes: Readonly<Record<string, string>>;
  /** As they were resolved when it was made or last changed. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** ISO time. */
  readonly time: string;
}

/** Something that happened to a stack. */
export interface StackEvent {
  readonly id: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  /** ISO time. */
  readonly time: string;
}

/** A stack of CloudFormation. */
export interface Stack {
  /** Its ARN. */
  readonly id: string;
  readonly name: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly tags: readonly Tag[];
  readonly status: string;
  readonly reason?: string | undefined;
  /** ISO times. */
  readonly created: string;
  readonly updated?: string;
  readonly deleted?: string;
  /** Logical id -> what was made, in the order of making. */
  readonly resources: Readonly<Record<string, StackResource>>;
  readonly outputs: Readonly<Record<string, { readonly value: string; readonly description?: string }>>;
  /** The oldest first. */
  readonly events: readonly StackEvent[];
}

/** A change set of CloudFormation: what a stack is going to be. */
export interface ChangeSet {
  /** Its ARN. */
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly tags: readonly Tag[];
  readonly status: "CREATE_COMPLETE" | "FAILED";
  readonly reason?: string;
  readonly executed: boolean;
  readonly changes: readonly { readonly action: string; readonly logicalId: string; readonly type: string }[];
  /** ISO time. */
  readonly created: string;
}

/** A trail of CloudTrail. */
export interface KeptTrail {
  readonly arn: string;
  readonly name: string;
  readonly account: string;
  /** Its home. */
  readonly region: string;
  readonly bucket: string;
  readonly multiRegion: boolean;
  readonly logging: boolean;
  /** Basic event selectors, as GetEventSelectors shows them. */
  readonly selectors: readonly Readonly<Record<string, unknown>>[];
}

/** Everything that the gateway keeps; moto keeps the rest. Keys are `account/region/name` where not said otherwise. */
export interface GatewayState {
  /** Access key id -> key. */
  accessKeys: Record<string, AccessKey>;
  /** Accounts that have been touched -> ISO time. */
  accounts: Record<string, string>;
  workGroups: Record<string, WorkGroup>;
  dataCatalogs: Record<string, DataCatalog>;
  /** The newest of each sandbox: there is an end to what is kept. */
  queryExecutions: Record<string, QueryExecution>;
  dataSources: Record<string, DataSource>;
  dataSets: Record<string, DataSet>;
  /** `account/region` -> Lake Formation there. */
  lakeFormation: Record<string, LakeFormation>;
  /** ARN -> tags, of what the gateway keeps. */
  tags: Record<string, readonly Tag[]>;
  /** Request token -> request. */
  resourceRequests: Record<string, ResourceRequest>;
  /** Stack id -> stack, those that were deleted too. */
  stacks: Record<string, Stack>;
  /** Change set id -> change set. */
  changeSets: Record<string, ChangeSet>;
  /** ARN -> trail. */
  trails: Record<string, KeptTrail>;
  /** CloudTrail's event history, the oldest first. */
  trail: TrailEvent[];
}

const FORMAT = "athena-spokes sandbox gateway state 1";

/** The state file cannot be read. */
export class DamagedState extends Error {
  override readonly name = "DamagedState";
}

/** Reads the state; a missing file is an empty state. @throws DamagedState */
export function loadState(file: string): GatewayState {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty();
    throw error;
  }
  try {
    const { format, ...state } = JSON.parse(text) as { format: string } & GatewayState;
    if (format === FORMAT) return { ...empty(), ...state };
  } catch {
    // said below
  }
  throw new DamagedState(`state file ${file} cannot be used: it is not one of this version, or was changed`);
}

/** Replaces the state file atomically. */
export function saveState(file: string, state: GatewayState): void {
  const temporary = `${file}.${process.pid}.tmp`;
  // Access keys are in it.
  writeFileSync(temporary, JSON.stringify({ format: FORMAT, ...state }), { mode: 0o600 });
  renameSync(temporary, file);
}

function empty(): GatewayState {
  return {
    accessKeys: {},
    accounts: {},
    workGroups: {},
    dataCatalogs: {},
    queryExecutions: {},
    dataSources: {},
    dataSets: {},
    lakeFormation: {},
    tags: {},
    resourceRequests: {},
    stacks: {},
    changeSets: {},
    trails: {},
    trail: [],
  };
}
