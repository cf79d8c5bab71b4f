/** One query on Athena's API, with answers in the shapes of the AWS SDK. */
import * as commands from "@aws-sdk/client-athena";
import { expect } from "chai";
import { runQuery } from "../../automation/cloud/athena-query";
import { type Query, QueryFailed } from "../../automation/cloud/cloud";
import { failureOf } from "./chain";

type Execution = commands.QueryExecution;

/** What Athena answers to looks at a query: the last one for good. */
class FakeAthena {
  readonly calls: [string, unknown][] = [];
  refuseStop: Error | undefined;

  constructor(
    readonly executions: readonly Execution[],
    readonly pages: readonly commands.GetQueryResultsCommandOutput[] = [],
  ) {}

  readonly client = { send: (command: unknown) => this.#answer(command) } as unknown as commands.AthenaClient;

  /** The named calls, and what was asked with them. */
  called(name: string): unknown[] {
    return this.calls.filter(([each]) => each === name).map(([, input]) => input);
  }

  #answer(command: unknown): Promise<unknown> {
    const { constructor, input } = command as { constructor: { name: string }; input: unknown };
    this.calls.push([constructor.name, input]);
    const looks = this.called("GetQueryExecutionCommand").length;
    const pages = this.called("GetQueryResultsCommand").length;
    if (command instanceof commands.StartQueryExecutionCommand)
      return Promise.resolve({ QueryExecutionId: "q-1" });
    if (command instanceof commands.GetQueryExecutionCommand)
      return Promise.resolve({
        QueryExecution: this.executions[Math.min(looks, this.executions.length) - 1],
      });
    if (command instanceof commands.GetQueryResultsCommand) return Promise.resolve(this.pages[pages - 1]);
    return this.refuseStop === undefined ? Promise.resolve({}) : Promise.reject(this.refuseStop);
  }

  run(query: Partial<Query> = {}, signal = new AbortController().signal) {
    const { client } = this;
    const whole = { sql: "SELECT 1", workgroup: "dev-sales", rows: 10, ...query };
    return runQuery({ commands, client, called: (_, call) => call() }, whole, signal);
  }
}

const running: Execution = { Status: { State: "RUNNING" } };
const succeeded: Execution = {
  Status: { State: "SUCCEEDED" },
  StatementType: "DML",
  Statistics: { DataScannedInBytes: 331, TotalExecutionTimeInMillis: 12 },
  ResultConfiguration: { OutputLocation: "s3://results/q-1.csv" },
};

function page(
  rows: readonly (readonly (string | undefined)[])[],
  NextToken?: string,
): commands.GetQueryResultsCommandOutput {
  return {
    $metadata: {},
    ...(NextToken === undefined ? {} : { NextToken }),
    ResultSet: {
      ResultSetMetadata: { ColumnInfo: [{ Name: "artist", Type: "varchar" }] },
      Rows: rows.map((row) => ({
        Data: row.map((text) => (text === undefined ? {} : { VarCharValue: text })),
      })),
    },
  };
}

describe("one query on Athena", () => {
  it("is started in the workgroup, waited for, and read without the row of its columns' names", async () => {
    const athena = new FakeAthena([running, succeeded], [page([["artist"], ["Acme Band"], [undefined]])]);
    expect(await athena.run({ catalog: "c", database: "d", outputLocation: "s3://o/" })).to.deep.equal({
      id: "q-1",
      columns: ["artist"],
      rows: [["Acme Band"], [null]],
      more: false,
      bytesScanned: 331,
      milliseconds: 12,
      outputLocation: "s3://results/q-1.csv",
    });
    expect(athena.called("StartQueryExecutionCommand")).to.deep.equal([
      {
        QueryString: "SELECT 1",
        WorkGroup: "dev-sales",
        QueryExecutionContext: { Catalog: "c", Database: "d" },
        ResultConfiguration: { OutputLocation: "s3://o/" },
      },
    ]);
    expect(athena.called("StopQueryExecutionCommand")).to.deep.equal([]);
  });

  it("keeps the first row of a statement that is no SELECT, such as SHOW TABLES", async () => {
    const utility: Execution = { ...succeeded, StatementType: "UTILITY" };
    const { rows } = await new FakeAthena([utility], [page([["artist"], ["music"]])]).run();
    expect(rows).to.deep.equal([["artist"], ["music"]]);
  });

  const pages = [page([["artist"], ["a"], ["b"]], "2"), page([["c"], ["d"]])];
  for (const [limit, rows, more] of [
    [10, ["a", "b", "c", "d"], false],
    [4, ["a", "b", "c", "d"], false],
    [3, ["a", "b", "c"], true],
    [2, ["a", "b"], true],
    [0, [], true],
  ] as const)
    it(`reads on until it has ${limit} rows, and says whether there are more`, async () => {
      const result = await new FakeAthena([succeeded], pages).run({ rows: limit });
      expect([result.rows, result.more]).to.deep.equal([rows.map((text) => [text]), more]);
    });

  for (const state of ["FAILED", "CANCELLED"] as const)
    it(`fails with Athena's reason when it is ${state}`, async () => {
      const athena = new FakeAthena([{ Status: { State: state, StateChangeReason: "SYNTAX_ERROR: x" } }]);
      const error = await failureOf(athena.run());
      expect(error).to.be.instanceOf(QueryFailed);
      expect(error).to.include({ id: "q-1", state, reason: "SYNTAX_ERROR: x" });
      expect(athena.called("StopQueryExecutionCommand")).to.deep.equal([]);
    });

  it("is stopped in Athena when it takes longer than it may", async () => {
    const athena = new FakeAthena([running]);
    expect(await failureOf(athena.run({ patience: 0 }))).to.include({ id: "q-1", state: "STOPPED" });
    expect(athena.called("StopQueryExecutionCommand")).to.deep.equal([{ QueryExecutionId: "q-1" }]);
  });

  it("is stopped in Athena when whoever waits is interrupted", async () => {
    const athena = new FakeAthena([running]);
    const interrupt = new AbortController();
    const reason = new Error("interrupted");
    const run = athena.run({}, interrupt.signal);
    interrupt.abort(reason);
    expect(await failureOf(run)).to.equal(reason);
    expect(athena.called("StopQueryExecutionCommand")).to.deep.equal([{ QueryExecutionId: "q-1" }]);
  });

  it("says so when it goes on since it cannot be stopped", async () => {
    const athena = new FakeAthena([running]);
    athena.refuseStop = new Error("AccessDenied");
    const error = (await failureOf(athena.run({ patience: 0 }))) as Error;
    expect(error.message).to.equal("query q-1 goes on in Athena, since it cannot be stopped: AccessDenied");
  });

  it("is not started after an interrupt", async () => {
    const athena = new FakeAthena([running]);
    const reason = new Error("interrupted");
    expect(await failureOf(athena.run({}, AbortSignal.abort(reason)))).to.equal(reason);
    expect(athena.calls).to.deep.equal([]);
  });
});
