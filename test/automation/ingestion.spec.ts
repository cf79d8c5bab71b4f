import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { AwsAccount } from "../../automation/cloud/aws-account";
import { HUB } from "../worlds";

const CREATED = 1_700_000_000;

describe("the newest ingestion of a dataset (R66)", () => {
  /** Pages of ListIngestions; what follows a page goes by the number of it. */
  let pages: readonly (readonly object[])[];
  let server: Server;
  let before: string | undefined;

  const newest = () =>
    new AwsAccount(HUB, "us-east-1", () =>
      Promise.resolve({ accessKeyId: "ASIA", secretAccessKey: "secret" }),
    ).ingestion("dev-sales_songs");

  beforeEach(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      const page = Number(searchParams.get("next-token"));
      const known = pathname === `/accounts/${HUB}/data-sets/dev-sales_songs/ingestions`;
      response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          Ingestions: pages[page],
          ...(page + 1 < pages.length ? { NextToken: String(page + 1) } : {}),
        }),
      );
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    before = process.env["AWS_ENDPOINT_URL_QUICKSIGHT"];
    process.env["AWS_ENDPOINT_URL_QUICKSIGHT"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["AWS_ENDPOINT_URL_QUICKSIGHT"];
    else process.env["AWS_ENDPOINT_URL_QUICKSIGHT"] = before;
    server.closeAllConnections();
    server.close();
  });

  it("has the rows that Quick could not take, wherever it is listed", async () => {
    pages = [
      [{ CreatedTime: CREATED, IngestionStatus: "FAILED", ErrorInfo: { Type: "SQL_EXCEPTION" } }],
      [
        {
          CreatedTime: CREATED + 60,
          IngestionStatus: "COMPLETED",
          RowInfo: { RowsIngested: 1, RowsDropped: 2, TotalRowsInDataset: 1 },
        },
        { CreatedTime: CREATED + 30, IngestionStatus: "COMPLETED", RowInfo: { RowsIngested: 9 } },
      ],
    ];
    expect(await newest()).to.deep.equal({ status: "COMPLETED", rows: 1, dropped: 2, error: undefined });
  });

  it("has lost none as long as Quick tells of none", async () => {
    pages = [[{ CreatedTime: CREATED, IngestionStatus: "RUNNING" }]];
    expect(await newest()).to.deep.equal({
      status: "RUNNING",
      rows: undefined,
      dropped: 0,
      error: undefined,
    });
  });
});
