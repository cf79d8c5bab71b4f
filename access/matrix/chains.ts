/** Hops put together: what is open from end to end, and what is closed at some hop, whichever it is (R37). */
import type { ChainRow, Expectation, RequestRow } from "./expectation";

const chainsOf: readonly Readonly<{
  id: string;
  says: string;
  expected: ChainRow["expected"];
  hops: readonly string[];
  proves: readonly string[];
}>[] = [
  {
    id: "chain/query",
    says: "Quick reaches the spoke's Athena: through Role A, as Role B, with its metadata and results",
    expected: "allowed",
    proves: ["R37"],
    hops: [
      "quick-to-role-a/this-data-source",
      "role-a-to-role-b/assume",
      "role-b/athena/lists",
      "role-b/athena/queries",
      "role-b/athena/metadata",
      "role-b/glue/default",
      "role-b/results/bucket",
      "role-b/results/objects",
    ],
  },
  {
    id: "chain/data",
    says: "Quick reads the spoke's data in S3",
    expected: "allowed",
    proves: ["R37", "R58"],
    hops: [
      "quick-to-role-a/this-data-source",
      "role-a-to-role-b/assume",
      "role-b/athena/queries",
      "role-b/glue/reads",
      "role-b/data/list",
      "role-b/data/read",
    ],
  },
  {
    id: "chain/connectors",
    says: "Quick reads tables through connectors, with what these spilled",
    expected: "allowed",
    proves: ["R37", "C8"],
    hops: [
      "quick-to-role-a/this-data-source",
      "role-a-to-role-b/assume",
      "role-b/athena/queries",
      "role-b/connectors/invoke",
      "role-b/connectors/list-spill",
      "role-b/connectors/read-spill",
    ],
  },
  {
    id: "chain/keys",
    says: "Quick decrypts what connectors spilled",
    expected: "allowed",
    proves: ["R37", "R13"],
    hops: [
      "quick-to-role-a/this-data-source",
      "role-a-to-role-b/assume",
      "role-b/connectors/read-spill",
      "role-b/keys/decrypt",
    ],
  },
  {
    id: "chain/another-account",
    says: "Quick does not reach the spoke on behalf of another account",
    expected: "denied",
    proves: ["R50"],
    hops: ["quick-to-role-a/source-account", "role-a-to-role-b/assume"],
  },
  {
    id: "chain/another-hub",
    says: "another hub does not reach the spoke, though it knows the external id",
    expected: "denied",
    proves: ["C3"],
    hops: ["quick-to-role-a/source-arn/another-hub", "role-a-to-role-b/nobody-else/another-hub"],
  },
  {
    id: "chain/another-spokes-data-source",
    says: "Quick does not reach the spoke with another data source of the hub",
    expected: "denied",
    proves: ["C4"],
    hops: ["quick-to-role-a/this-data-source", "role-a-to-role-b/another-data-source"],
  },
  {
    id: "chain/around-quick",
    says: "the hub's administrators do not reach the spoke around Quick",
    expected: "denied",
    proves: ["C3"],
    hops: ["role-a-to-role-b/nobody-else/hub-administrator"],
  },
];

/** The chains whose hops the configuration has. */
export function chains(rows: readonly Expectation[]): ChainRow[] {
  const byId = new Map(
    rows.flatMap((row) => (row.kind === "request" ? [[row.id, row] as [string, RequestRow]] : [])),
  );
  return chainsOf.flatMap(({ hops, ...chain }) => {
    const found = hops.map((id) => byId.get(id)).filter((row) => row !== undefined);
    // Where a hop is allowed by choice (C21), the chain is too, and says nothing.
    const decided = chain.expected === "allowed" || found.some(({ expected }) => expected === "denied");
    return found.length === hops.length && decided ? [{ kind: "chain" as const, ...chain, hops: found }] : [];
  });
}
