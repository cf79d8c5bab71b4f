import { Decimal, Field, Int64, Schema, Utf8, vectorFromArray } from "apache-arrow";
import { expect } from "chai";
import fc from "fast-check";
import {
  decimalWords,
  decodeBlock,
  decodeSchema,
  encodeColumn,
  encodeSchema,
  rowsOf,
} from "../../../sandbox/federation/blocks";
import { constraintsOf } from "../../../sandbox/federation/predicate";
import type { Marker } from "../../../sandbox/federation/messages";

describe("federation: blocks", () => {
  it("keep a schema", () => {
    const schema = new Schema([new Field("a", new Utf8(), true), new Field("b", new Decimal(9, 38), true)]);
    expect(decodeSchema(encodeSchema(schema)).fields.map(String)).to.deep.equal(schema.fields.map(String));
  });

  it("keep every decimal exactly", () => {
    const digits = fc.stringMatching(/^-?[1-9]\d{0,28}(\.\d{0,8}[1-9])?$/);
    fc.assert(
      fc.property(digits, (text) => {
        const block = encodeColumn("n", vectorFromArray([decimalWords(text, 9)], new Decimal(9, 38)));
        expect(rowsOf(decodeBlock(block))).to.deep.equal([{ n: text }]);
      }),
    );
  });

  it("refuse decimals that would be cut", () => {
    expect(() => decimalWords("0.0000000001", 9)).to.throw(
      '"0.0000000001" is not a decimal with at most 9 digits after the point',
    );
    expect(() => decimalWords("1e3", 9)).to.throw(RangeError);
  });

  it("show what is not there as null", () => {
    const block = encodeColumn("t", vectorFromArray(["x", null], new Utf8()));
    expect(rowsOf(decodeBlock(block))).to.deep.equal([{ t: "x" }, { t: null }]);
    expect(rowsOf(decodeBlock({ ...block, records: "" }))).to.deep.equal([]);
  });
});

describe("federation: predicates", () => {
  const schema = new Schema([new Field("id", new Int64(), true), new Field("n", new Decimal(9, 38), true)]);
  const value = ({ valueBlock, bound, nullValue }: Marker): unknown => [
    rowsOf(decodeBlock(valueBlock)).map((row) => row["col1"]),
    bound,
    nullValue,
  ];
  const ranges = (column: string, condition: Parameters<typeof constraintsOf>[0][string]): unknown =>
    constraintsOf({ [column]: condition }, schema).summary[column]?.ranges.map(({ low, high }) => [
      value(low),
      value(high),
    ]);

  it("are ranges of the column's type", () => {
    expect(ranges("id", { oneOf: [7, "9007199254740993"] })).to.deep.equal([
      [
        [[7n], "EXACTLY", false],
        [[7n], "EXACTLY", false],
      ],
      [
        [[9007199254740993n], "EXACTLY", false],
        [[9007199254740993n], "EXACTLY", false],
      ],
    ]);
    expect(ranges("n", { from: { value: "0.5", inclusive: true } })).to.deep.equal([
      [
        [["0.5"], "EXACTLY", false],
        [[], "BELOW", true],
      ],
    ]);
    expect(ranges("n", { to: { value: 2, inclusive: false } })).to.deep.equal([
      [
        [[], "ABOVE", true],
        [["2"], "BELOW", false],
      ],
    ]);
  });

  it("leave out columns that the table does not have", () => {
    expect(constraintsOf({ other: { oneOf: ["x"] } }, schema, 3)).to.deep.equal({
      summary: {},
      expression: [],
      orderByClause: [],
      limit: 3,
      queryPassthroughArguments: {},
    });
  });
});
