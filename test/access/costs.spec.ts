import { expect } from "chai";
import { billedBytes, costsOf, PRICE_PER_TERABYTE, type PastQuery } from "../../access/costs";

const query = (changes: Partial<PastQuery> = {}): PastQuery => ({
  id: "q",
  state: "SUCCEEDED",
  kind: "DML",
  bytesScanned: 0,
  ...changes,
});

describe("what queries cost (R71, R75)", () => {
  const cases: [string, Partial<PastQuery>, number][] = [
    ["a query that scans little is billed for ten megabytes", { bytesScanned: 42 }, 10_000_000],
    ["one that scans nothing, too", { bytesScanned: 0 }, 10_000_000],
    ["megabytes are counted whole", { bytesScanned: 12_000_001 }, 13_000_000],
    ["whole ones are not rounded up", { bytesScanned: 12_000_000 }, 12_000_000],
    ["a failed query costs nothing", { state: "FAILED", bytesScanned: 50_000_000 }, 0],
    ["a cancelled one what it had scanned", { state: "CANCELLED", bytesScanned: 50_000_001 }, 51_000_000],
    ["a cancelled one that had scanned nothing costs nothing", { state: "CANCELLED" }, 0],
    ["statements of structure cost nothing (R75)", { kind: "DDL", bytesScanned: 1 }, 0],
    ["SHOW and the like cost nothing", { kind: "UTILITY", bytesScanned: 1 }, 0],
    ["one that still runs costs nothing yet", { state: "RUNNING", bytesScanned: 50_000_000 }, 0],
  ];
  for (const [title, changes, expected] of cases)
    it(title, () => {
      expect(billedBytes(query(changes))).to.equal(expected);
    });

  it("is the billed terabytes by the price, which is Athena's in us-east-1 unless another is given", () => {
    const queries = [query({ bytesScanned: 2_000_000_000_000 }), query({ bytesScanned: 1 })];
    expect(PRICE_PER_TERABYTE).to.equal(5);
    expect(costsOf(queries, 5)).to.deep.equal({
      queries: 2,
      bytesScanned: 2_000_000_000_001,
      bytesBilled: 2_000_010_000_000,
      price: 10.00005,
    });
    expect(costsOf([], 5)).to.deep.equal({ queries: 0, bytesScanned: 0, bytesBilled: 0, price: 0 });
    expect(costsOf(queries.slice(0, 1), 6.25).price).to.equal(12.5);
  });
});
