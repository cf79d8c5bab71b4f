/**
 * A function in one account that reads a DynamoDB table in another (R95-R102): what a person writes, its names, and its
 * documents on both sides.
 */
import { arn, functionArn, roleArn, rootArn, tableArn } from "./arn";
import { type PolicyDocument, policyDocument } from "./document";
import type { Environment } from "./environment";
import type { Fault } from "./faults";
import { accountId, functionName, named, region, roleName, section, tableName, wholeNumber } from "./written";

/** R96. */
const TABLE_ROLE = "CrossAccountDynamoDBRole";
/** Name of the inline policy of that role. */
export const READ_ITEM = "ReadItem";
/** Name of the inline policy of the function's execution role. */
export const TABLE_READER = "TableReader";

/** Functions of other accounts that read tables of a producer, by the function's name. */
export const tableReadersWritten = named(
  "tableReaders",
  functionName,
  section("a table reader", {
    /** The account that the function runs in. */
    account: accountId,
    /** One role for everything in that account. Default: the one that `spokes bootstrap reader` makes. */
    assumeRole: roleName.optional(),
    /** The function's Region. Default: the environment's, which is the table's (R102). */
    region: region.optional(),
    /** The one table that it reads (R97). */
    table: tableName,
    /** Name of the role in the producer's account that the function assumes (R96). Default `CrossAccountDynamoDBRole`. */
    role: roleName.optional(),
    /** Memory of the function in MB. Default 256. */
    memory: wholeNumber("table reader memory", "MB", 128, 10240).default(256),
    /** Longest run of one invocation in seconds. Default 30. */
    timeout: wholeNumber("table reader timeout", "seconds", 1, 900).default(30),
  }),
);

/** A function with the table it reads, and the roles on both sides. */
export interface TableReader {
  /** Name of the producer whose table it reads. */
  readonly producer: string;
  /** Name of the function. */
  readonly name: string;
  /** Where the function runs. */
  readonly account: string;
  readonly region: string;
  /** Name of the function's execution role. */
  readonly executionRole: string;
  /** Name of the role in the table's account. */
  readonly role: string;
  readonly table: { readonly name: string; readonly account: string; readonly region: string };
  readonly memory: number;
  readonly timeout: number;
}

/** The functions that read tables of a producer. */
export function tableReadersOf(environment: Environment, producer: string): TableReader[] {
  const spec = environment.producers[producer];
  return Object.entries(spec?.tableReaders ?? {}).map(([name, written]) => ({
    producer,
    name,
    account: written.account,
    region: written.region ?? environment.region,
    executionRole: `table-reader-${name}`,
    role: written.role ?? (environment.names === "seed" ? TABLE_ROLE : `${TABLE_ROLE}-${environment.name}`),
    table: { name: written.table, account: spec?.account ?? "", region: environment.region },
    memory: written.memory,
    timeout: written.timeout,
  }));
}

/** All functions of an environment that read tables of another account. */
export function tableReaders(environment: Environment): TableReader[] {
  return Object.keys(environment.producers).flatMap((producer) => tableReadersOf(environment, producer));
}

/** ARN of the role in the table's account. */
export function tableRoleArn({ role, table }: TableReader): string {
  return roleArn(table.region, table.account, role);
}

export function tableReaderArn({ region: where, account, name }: TableReader): string {
  return functionArn(where, account, name);
}

export function tableReaderLogGroup({ name }: Pick<TableReader, "name">): string {
  return `/aws/lambda/${name}`;
}

/**
 * Who may assume the role in the table's account: the function's execution role, and nothing else (R98, C9).
 *
 * The principal is its account's root, narrowed to the role by condition, as for Role B: naming the role itself would
 * turn into a dead id when the role is made anew (C3).
 */
export function tableRoleTrust(reader: TableReader): PolicyDocument {
  return policyDocument({
    Sid: "ExecutionRoleReadsTable",
    Effect: "Allow",
    Principal: { AWS: rootArn(reader.table.region, reader.account) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: { "aws:PrincipalArn": roleArn(reader.table.region, reader.account, reader.executionRole) },
    },
  });
}

/** What that role may do: get items of the one table (R97, C10). */
export function tableRolePermissions({ table }: TableReader): PolicyDocument {
  return policyDocument({
    Sid: "GetItem",
    Effect: "Allow",
    Action: "dynamodb:GetItem",
    Resource: tableArn(table.region, table.account, table.name),
  });
}

/** Who may assume the function's execution role: Lambda. */
export function executionTrust(): PolicyDocument {
  return policyDocument({
    Sid: "LambdaRunsTableReader",
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
}

/** What the function may do by itself: go on into the one role, and write its log (R101). */
export function executionPermissions(reader: TableReader): PolicyDocument {
  return policyDocument(
    {
      Sid: "AssumeTableRole",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: tableRoleArn(reader),
    },
    {
      Sid: "WriteLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn("logs", reader.region, reader.account, `log-group:${tableReaderLogGroup(reader)}:*`),
    },
  );
}

/** Readers of an environment that cannot be as they are written. */
export function tableReaderFaults(environment: Environment): Fault[] {
  const roles = new Map<string, string>();
  const functions = new Map<string, string>();
  const connectors = new Set(
    Object.values(environment.producers).flatMap((spec) =>
      Object.keys(spec.connectors).map((name) => `${spec.account}/${name}`),
    ),
  );
  return tableReaders(environment).flatMap((reader): Fault[] => {
    const path = `producers.${reader.producer}.tableReaders.${reader.name}`;
    const faults: Fault[] = [];
    if (reader.account === reader.table.account)
      faults.push({
        path: `${path}.account`,
        message: `${reader.account} is the table's own account, where a function needs no second role: name the account that the function runs in`,
      });
    const role = `${reader.table.account}/${reader.role}`;
    const sameRole = roles.get(role);
    if (sameRole !== undefined)
      faults.push({
        path: `${path}.role`,
        message: `"${reader.role}" is the role of ${sameRole} too, in the same account: name another`,
      });
    roles.set(role, path);
    // The execution role is IAM's, which has one namespace for all Regions.
    const made = `${reader.account}/${reader.name}`;
    const sameFunction = functions.get(made);
    if (sameFunction !== undefined || connectors.has(made))
      faults.push({
        path,
        message: `${sameFunction ?? "a connector"} makes a function of this name in the same account: rename one`,
      });
    functions.set(made, path);
    return faults;
  });
}
