import { expect } from "chai";
import { nounOf, physicalName } from "../../automation/engine/words";
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
});
