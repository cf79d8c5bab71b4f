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
import { updatedDataSource } from "./data-sources";
import { type Chain, LARGE_ROWS, LARGE_TABLE } from "./scenario";

/** Something done along the chain. It rejects with the error that is seen when it does not work. */
export type Work = (chain: Chain) => Promise<void>;

export type WorkName =
  "data source" | "rows" | "rows of a new connector" | "spilled rows" | "list of what is spilled";

export const WORKS: Readonly<Record<WorkName, Work>> = {
  /** Quick's check: it assumes Role A, from there Role B, and looks for the workgroup. */
  "data source": ({ clients, environment, request, roleA, roleB }) =>
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
  rows: (chain) => scan(chain, SAMPLE_TABLE, 4),
  "rows of a new connector": async (chain) => {
    await restartConnector(chain);
    await scan(chain, SAMPLE_TABLE, 4);
  },
  "spilled rows": (chain) => scan(chain, LARGE_TABLE, LARGE_ROWS),
  "list of what is spilled": async ({ clients, sessions, roleB, connector: { spill } }) => {
    const s3 = clients.with(S3Client, await sessions.of(roleB));
    await s3.send(new ListObjectsV2Command({ Bucket: spill.bucket, Prefix: spill.prefix }));
  },
};

/** Reads a table through the connector as Athena does: invokes it as Role B, and reads what it has spilled. */
async function scan(
  { clients, sessions, connector, roleB }: Chain,
  table: string,
  wanted: number,
): Promise<void> {
  const credentials = await sessions.of(roleB);
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
