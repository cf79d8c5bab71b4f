import { setTimeout as pause } from "node:timers/promises";
import {
  CreateDataSourceCommand,
  type CreateDataSourceCommandInput,
  DeleteDataSourceCommand,
  DescribeDataSourceCommand,
  QuickSightClient,
  UpdateDataSourceCommand,
  type UpdateDataSourceCommandInput,
} from "@aws-sdk/client-quicksight";
import type { Clients } from "../sandbox/clients";

/** How often a data source's status is looked at, in milliseconds. */
const LOOK_AGAIN = 20;

/** Has Quick check a changed data source. @throws Error with the status and the reason Quick gives */
export async function updatedDataSource(
  clients: Clients,
  AwsAccountId: string,
  source: Omit<UpdateDataSourceCommandInput, "AwsAccountId">,
): Promise<void> {
  const quick = await clients.in(QuickSightClient, AwsAccountId);
  await quick.send(new UpdateDataSourceCommand({ AwsAccountId, ...source }));
  await settled(quick, AwsAccountId, source.DataSourceId);
}

/** Has Quick check a new data source, which is removed again. @throws Error with the status and the reason Quick gives */
export async function newDataSource(
  clients: Clients,
  AwsAccountId: string,
  source: Omit<CreateDataSourceCommandInput, "AwsAccountId" | "Type">,
): Promise<void> {
  const quick = await clients.in(QuickSightClient, AwsAccountId);
  await quick.send(new CreateDataSourceCommand({ AwsAccountId, Type: "ATHENA", ...source }));
  try {
    await settled(quick, AwsAccountId, source.DataSourceId);
  } finally {
    await quick.send(new DeleteDataSourceCommand({ AwsAccountId, DataSourceId: source.DataSourceId }));
  }
}

async function settled(
  quick: QuickSightClient,
  AwsAccountId: string,
  DataSourceId: string | undefined,
): Promise<void> {
  for (;;) {
    const { DataSource } = await quick.send(new DescribeDataSourceCommand({ AwsAccountId, DataSourceId }));
    const { Status = "", ErrorInfo } = DataSource ?? {};
    if (Status.endsWith("_SUCCESSFUL")) return;
    if (!Status.endsWith("_IN_PROGRESS"))
      throw new Error(`${Status}: ${ErrorInfo?.Message ?? "no reason given"}`);
    await pause(LOOK_AGAIN);
  }
}
