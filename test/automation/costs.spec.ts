import { rm } from "node:fs/promises";
import * as commands from "@aws-sdk/client-athena";
import { expect } from "chai";
import type { PastQuery } from "../../access/costs";
import { pastQueries } from "../../automation/cloud/query-history";
import { costs } from "../../automation/costs";
import { requestWith, SPOKE } from "../worlds";
import { chain, failureOf } from "./chain";

const query = (id: string): PastQuery => ({ id, state: "SUCCEEDED", kind: "DML", bytesScanned: 20_000_000 });

describe("what a spoke's queries cost (R71, R75)", () => {
  it("counts each level's workgroup, and its readers' (R72, R77), but not primary", async () => {
    const { context, cloud, engine, project } = await chain();
    const request = requestWith({
      classifications: { pii: { data: [{ database: "pii", prefixes: ["s3://vault/pii/"] }] } },
      readers: { connecty: { workgroup: "connecty" }, other: {} },
    });
    engine.states.set("dev-sales", {
      stack: "dev-sales",
      outputs: { spoke: request },
      resources: [],
      pending: [],
    });
    const { history } = cloud.account(SPOKE);
    history.set("dev-sales", [query("1"), query("2")]);
    history.set("dev-sales--pii", [query("3")]);
    history.set("primary", [query("4")]);
    const found = await costs(context);
    expect(found.map(({ workgroup, queries, price }) => [workgroup, queries, price])).to.deep.equal([
      ["connecty", 0, 0],
      ["dev-sales", 2, 0.0002],
      ["dev-sales--pii", 1, 0.0001],
    ]);
    await rm(project, { recursive: true });
  });
});

describe("the history of a workgroup (R75)", () => {
  type Page = Pick<commands.ListQueryExecutionsCommandOutput, "QueryExecutionIds" | "NextToken">;
  const since = new Date("2026-11-01T00:00:00Z");

  /** What is read of these pages; the query `old` is from before. */
  function history(pages: readonly Page[], untold: readonly string[] = []) {
    let listed = 0;
    const send = (command: unknown) => {
      if (command instanceof commands.ListQueryExecutionsCommand) {
        expect(command.input.NextToken).to.equal(listed === 0 ? undefined : pages[listed - 1]?.NextToken);
        return Promise.resolve(pages[listed++]);
      }
      const { QueryExecutionIds = [] } = (command as commands.BatchGetQueryExecutionCommand).input;
      expect(QueryExecutionIds).to.have.length.greaterThan(0);
      return Promise.resolve({
        QueryExecutions: QueryExecutionIds.filter((id) => !untold.includes(id)).map((QueryExecutionId) => ({
          QueryExecutionId,
          Status: { SubmissionDateTime: new Date(since.getTime() + (QueryExecutionId === "old" ? -1 : 1)) },
        })),
        UnprocessedQueryExecutionIds: untold.map((QueryExecutionId) => ({
          QueryExecutionId,
          ErrorMessage: "Rate exceeded",
        })),
      });
    };
    const client = { send } as unknown as commands.AthenaClient;
    return pastQueries({ commands, client, called: (_, call) => call() }, "dev-sales", since);
  }
  const ids = async (pages: readonly Page[]) => (await history(pages)).map(({ id }) => id);

  it("goes on past a page with nothing in it, and ends with the first query that is too old", async () => {
    const first = { QueryExecutionIds: ["1"], NextToken: "a" };
    const empty = { QueryExecutionIds: [], NextToken: "b" };
    expect(await ids([first, empty, { QueryExecutionIds: ["2"] }])).to.deep.equal(["1", "2"]);
    expect(await ids([first, { QueryExecutionIds: ["2", "old"], NextToken: "c" }])).to.deep.equal(["1", "2"]);
  });

  it("is no sum of a part: a query that Athena does not tell of is an error", async () => {
    expect(await failureOf(history([{ QueryExecutionIds: ["1", "2"] }], ["2"])))
      .to.be.instanceOf(Error)
      .with.property("message", "Athena does not tell of query 2: Rate exceeded");
  });
});
