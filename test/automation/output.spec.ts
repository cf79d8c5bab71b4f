import { expect } from "chai";
import { nounOf, physicalName } from "../../automation/engine/words";
import { RunnerError } from "../../automation/failure";
import { CsvOutput } from "../../automation/output/csv-output";
import { messageLines } from "../../automation/output/wording";
import { tableText } from "../../automation/output/table";

describe("what people read", () => {
  it("names a DynamoDB item by its table and key", () => {
    const inputs = {
      tableName: "Music",
      hashKey: "Artist",
      rangeKey: "SongTitle",
      item: '{"Artist":{"S":"Acme Band"},"SongTitle":{"S":"Happy Day"},"Awards":{"N":"10"}}',
    };
    const type = "aws:dynamodb/tableItem:TableItem";
    expect(`${nounOf(type, inputs)} ${physicalName(inputs) ?? ""}`).to.equal(
      "DynamoDB item Music Acme Band/Happy Day",
    );
  });

  it("keeps a table without a head narrow, and loses nothing of a long text", () => {
    const long = "arn:aws:x:".padEnd(350, "0123456789");
    const text = tableText({ columns: [], rows: [["roleAArn", long]] });
    expect(Math.max(...text.split("\n").map((line) => line.length))).to.be.at.most(100);
    const cells = text.split("\n").map((line) => line.split("│")[2]?.trim() ?? "");
    expect(cells.join("")).to.equal(long);
  });

  it("breaks long texts between words", () => {
    const long = "spill bucket dev-music-athena-spill-122222222222 has exactly its policy, and no other";
    const cells = tableText({ columns: [], rows: [[long]] })
      .split("\n")
      .flatMap((line) => /^│ (.*?) *│$/.exec(line)?.[1] ?? []);
    expect(cells).to.deep.equal([
      "spill bucket dev-music-athena-spill-122222222222 has exactly its",
      "policy, and no other",
    ]);
  });

  it("shows what has no value as NULL, told from an empty text", () => {
    const lines = tableText({ columns: ["a", "b"], rows: [[null, ""]] }).split("\n");
    expect(lines[3]).to.equal("│ NULL │   │");
  });

  it("writes rows as CSV on standard output, and all words on standard error", async () => {
    const written = { out: "", error: "" };
    const output = new CsvOutput({
      out: (text) => (written.out += text),
      error: (text) => (written.error += text),
    });
    output.report({ code: "note", text: "a note" });
    const rows = [
      ["Acme Band", '6" single'],
      [null, ""],
      ["a,b", "two\nlines"],
    ];
    await output.result({}, { table: { columns: ["artist", "title"], rows }, notes: ["3 rows"] });
    await output.failure(new RunnerError("query.failed", "failure", "it failed"));
    expect(written).to.deep.equal({
      out: 'artist,title\r\nAcme Band,"6"" single"\r\n,""\r\n"a,b","two\nlines"\r\n',
      error: "  a note\n3 rows\nerror: it failed\n",
    });
  });

  it("shows hops, and the one that does not hold", () => {
    const hop = { from: "a", action: "sts:AssumeRole", to: "b" };
    expect([
      ...messageLines({ code: "hop", number: 1, hop, holds: true }, {}),
      ...messageLines({ code: "hop", number: 2, hop, holds: false }, {}),
    ]).to.deep.equal(["hop 1: a -> sts:AssumeRole -> b", "hop 2 does not hold: a -> sts:AssumeRole -> b"]);
  });
});
