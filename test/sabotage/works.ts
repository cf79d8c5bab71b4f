/** What works along the chain as long as nothing is taken away. */
import { randomUUID } from "node:crypto";
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import {
  SAMPLE_TABLE,
  connectorArn,
  dataSourceIdOf,
  dataSourceNameOf,
  workgroupNameOf,
} from "../../access/names";
import { FederatedConnector } from "../../sandbox/federation/connector";
import type { Credentials } from "../sandbox/clients";
import { updatedDataSource } from "./data-sources";
import { type Chain, LARGE_ROWS, LARGE_TABLE } from "./scenario";

/** Something done along the chain. It rejects with the error that is seen when it does not work. */
export type Work = (chain: Chain) => Promise<void>;

/** Who queries. */
export const WHO = ["Role B", "analyst"] as const;
export type Who = (typeof WHO)[number];

type Query = "rows" | "spilled rows" | "list of what is spilled";

export type WorkName = "data source" | "rows of a new connector" | `${Query} as ${Who}`;

const QUERIES: Readonly<Record<Query, (chain: Chain, who: Who) => Promise<void>>> = {
  rows: (chain, who) => scan(chain, who, SAMPLE_TABLE, 4),
  "spilled rows": (chain, who) => scan(chain, who, LARGE_TABLE, LARGE_ROWS),
  /** Athena's documentation asks for the permission; here blocks are read by their names, so that the role lists itself. */
  "list of what is spilled": async (chain, who) => {
    const { bucket, prefix } = chain.connector.spill;
    const s3 = chain.clients.with(S3Client, await sessionOf(who, chain));
    await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  },
};

export const WORKS = {
  /** Quick's check: it assumes Role A, from there Role B, and looks for the workgroup. */
  "data source": ({ clients, environment, request, roleA, roleB }: Chain) =>
    updatedDataSource(clients, environment.hub.account, {
      DataSourceId: dataSourceIdOf(request),
      Name: dataSourceNameOf(request),
      DataSourceParameters: {
        AthenaParameters: {
          WorkGroup: workgroupNameOf(request),
          RoleArn: roleA,
          ConsumerAccountRoleArn: roleB,
        },
      },
    }),
  "rows of a new connector": async (chain: Chain) => {
    await restartConnector(chain);
    await scan(chain, "Role B", SAMPLE_TABLE, 4);
  },
  ...Object.fromEntries(
    WHO.flatMap((who) =>
      Object.entries(QUERIES).map(([query, work]): [string, Work] => [
        `${query} as ${who}`,
        (chain) => work(chain, who),
      ]),
    ),
  ),
} as Readonly<Record<WorkName, Work>>;

/** Credentials with which to query: Role B's are only Quick's to have, the analyst's are anybody's of the spoke. */
export async function sessionOf(
  who: Who,
  { clients, sessions, request, roleB, analyst }: Chain,
): Promise<Credentials> {
  return who === "Role B"
    ? sessions.of(roleB)
    : clients.assume(await clients.credentials(request.account), { RoleArn: analyst });
}

/** Reads a table through the connector as Athena does: invokes it, and reads what it has spilled. */
async function scan(chain: Chain, who: Who, table: string, wanted: number): Promise<void> {
  const { clients, connector, roleB } = chain;
  const credentials = await sessionOf(who, chain);
  const lambda = clients.with(LambdaClient, credentials);
  const s3 = clients.with(S3Client, credentials);
  const functionArn = connectorArn(connector);
  const federated = new FederatedConnector(
    {
      functionArn,
      invoke: async (request) => {
        const { FunctionError, Payload } = await lambda.send(
          new InvokeCommand({ FunctionName: functionArn, Payload: request }),
        );
        return { isError: FunctionError !== undefined, payload: Buffer.from(Payload ?? []) };
      },
      readObject: async (Bucket, Key) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      },
    },
    { account: connector.account, arn: roleB, queryId: randomUUID(), catalogName: connector.name },
  );
  let rows = 0;
  for await (const part of federated.scan(await federated.table("default", table.toLowerCase())))
    rows += part.rows.numRows;
  if (rows !== wanted) throw new Error(`${rows} of ${wanted} rows`);
}

/** A change of its configuration gives the function a process that has not checked anything yet. */
async function restartConnector({ clients, connector }: Chain): Promise<void> {
  const lambda = await clients.in(LambdaClient, connector.account);
  const FunctionName = connector.name;
  const { Description = "" } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const [words = ""] = Description.split(" | ");
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Description: `${words} | ${randomUUID()}` }),
  );
}
