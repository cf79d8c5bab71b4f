import { expect } from "chai";
import { environmentMatrix, matrixOf, spokeMatrix } from "../../access/matrix";
import { combined, prove } from "../../access/proof";
import { environmentDocuments, spokeDocuments } from "../documents";
import { configurations } from "./configurations";
import { plantedFaults } from "./planted-faults";

const outcomes = (proof: ReturnType<typeof prove>, outcome: string) =>
  proof.rows.filter((row) => row.outcome === outcome).map(({ id }) => id);
const untrue = ({ rows, unplaced, holds }: ReturnType<typeof prove>) => ({
  holds,
  rows: rows
    .filter(({ outcome }) => outcome !== "holds")
    .map(({ id, outcome, why }) => ({ id, outcome, why })),
  unplaced,
});

describe("the proof", () => {
  for (const { name, request, environment } of configurations) {
    const shared = environmentDocuments(environment);
    const found = combined(shared, spokeDocuments(request, environment));
    it(`holds for the documents of access/, of spoke and environment together and each by itself: ${name}`, () => {
      const nothing = { holds: true, rows: [], unplaced: [] };
      expect(untrue(prove(matrixOf(request, environment), found))).to.deep.equal(nothing);
      expect(untrue(prove(environmentMatrix(environment), shared))).to.deep.equal(nothing);
      expect(untrue(prove(spokeMatrix(request, environment), found))).to.deep.equal(nothing);
    });
  }

  for (const { name, request, environment } of configurations)
    it(`calls each thing by words of its own: ${name}`, () => {
      const words = matrixOf(request, environment).things.map((thing) => thing.words);
      expect(words.filter((each, index) => words.indexOf(each) !== index)).to.deep.equal([]);
    });

  for (const { name, request, environment, found, fails, notProved = [] } of plantedFaults)
    it(`finds that ${name}`, () => {
      const proof = prove(matrixOf(request, environment), found);
      expect(outcomes(proof, "fails")).to.deep.equal(fails);
      expect(outcomes(proof, "not proved")).to.deep.equal(notProved);
      expect(proof.holds).to.equal(false);
    });

  const [example] = configurations;
  if (example === undefined) throw new Error("there is no configuration");
  const { request, environment } = example;
  const matrix = matrixOf(request, environment);
  const found = combined(environmentDocuments(environment), spokeDocuments(request, environment));
  const roleB = "arn:aws:iam::133333333333:role/qs-athena-consumer-role";

  it("does not prove what rests on a document that is not known, and nothing else of it", () => {
    const thing = {
      ...found.things.get(roleB),
      identity: [{ name: "AthenaGlueS3Access", unknown: "it is not known yet" }],
    };
    const proof = prove(matrix, { ...found, things: new Map([...found.things, [roleB, thing]]) });
    const ofRoleB = matrix.rows.map(({ id }) => id).filter((id) => id.startsWith("role-b/"));
    expect(outcomes(proof, "not proved")).to.deep.equal([
      ...ofRoleB,
      "chain/query",
      "chain/data",
      "chain/connectors",
    ]);
    expect(outcomes(proof, "fails")).to.deep.equal([]);
    expect(proof.rows.find(({ id }) => id === "role-b/data/read")?.why).to.deep.equal([
      "AthenaGlueS3Access: it is not known yet",
    ]);
    expect(proof.holds).to.equal(false);
  });

  it("does not prove what is not there", () => {
    const things = new Map(found.things);
    things.delete(roleB);
    const proof = prove(matrix, { ...found, things });
    expect(proof.rows.find(({ id }) => id === "role-a-to-role-b/assume")?.why).to.deep.equal([
      `nothing was found of ${roleB}`,
    ]);
    expect(proof.holds).to.equal(false);
  });

  it("names what it has no rows for, and does not hold then", () => {
    const other = "arn:aws:iam::133333333333:role/another";
    const proof = prove(matrix, {
      things: new Map([...found.things, [other, { identity: [] }]]),
      unplaced: [{ what: "a key", reason: "unknown" }],
    });
    expect(untrue(proof)).to.deep.equal({
      holds: false,
      rows: [],
      unplaced: [
        { what: "a key", reason: "unknown" },
        { what: other, reason: "the matrix does not say who may use it, or what it may do" },
      ],
    });
  });

  it("finds whoever a data source is shared with beside its owners and authors (R62, R65, C16)", () => {
    const at = "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales";
    const stranger = {
      principal: "arn:aws:quicksight:us-east-1:111111111111:user/default/eve",
      actions: ["quicksight:PassDataSource"],
    };
    const thing = found.things.get(at);
    const sharing = [...(thing?.sharing ?? []).slice(1), stranger];
    const proof = prove(matrix, { ...found, things: new Map([...found.things, [at, { sharing }]]) });
    expect(untrue(proof).rows).to.deep.equal([
      {
        id: "data-source/shared",
        outcome: "fails",
        why: [
          "arn:aws:quicksight:us-east-1:111111111111:group/default/bi-admins lacks quicksight:DescribeDataSource, quicksight:DescribeDataSourcePermissions, quicksight:PassDataSource, quicksight:UpdateDataSource, quicksight:DeleteDataSource, quicksight:UpdateDataSourcePermissions",
          `${stranger.principal} has quicksight:PassDataSource`,
        ],
      },
    ]);
  });

  it("takes a boundary into account", () => {
    const boundary = {
      name: "bounds",
      document: {
        Version: "2012-10-17" as const,
        Statement: [{ Effect: "Allow" as const, Action: "athena:*", Resource: "*" }],
      },
    };
    const thing = { ...found.things.get(roleB), boundary };
    const proof = prove(matrix, { ...found, things: new Map([...found.things, [roleB, thing]]) });
    expect(outcomes(proof, "fails")).to.deep.equal([
      "role-b/glue/default",
      "role-b/glue/reads",
      "role-b/data/locate",
      "role-b/data/list",
      "role-b/data/read",
      "role-b/results/bucket",
      "role-b/results/objects",
      "role-b/connectors/invoke",
      "role-b/connectors/list-spill",
      "role-b/connectors/read-spill",
      "chain/query",
      "chain/data",
      "chain/connectors",
    ]);
  });

  it("tells which statement of which policy decided", () => {
    const proof = prove(matrix, found);
    const row = proof.rows.find(({ id }) => id === "role-b/data/read");
    expect(row?.checks.map(({ decision }) => decision)).to.deep.equal([
      {
        decision: "allowed",
        because: [
          { type: "identity-based policy", policy: "AthenaGlueS3Access", statement: 7, sid: "ReadData" },
        ],
      },
    ]);
  });
});
