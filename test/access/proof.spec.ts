import { expect } from "chai";
import { matrixOf, environmentMatrix } from "../../access/matrix";
import { combined, prove } from "../../access/proof";
import { environmentDocuments, spokeDocuments } from "../documents";
import { configurations } from "./configurations";

describe("the proof", () => {
  for (const { name, request, environment } of configurations) {
    const found = combined(environmentDocuments(environment), spokeDocuments(request, environment));
    it(`holds for the documents of access/: ${name}`, () => {
      const { rows, unplaced } = prove(matrixOf(request, environment), found);
      expect(
        rows
          .filter(({ outcome }) => outcome !== "holds")
          .map(({ id, outcome, why }) => ({ id, outcome, why })),
      ).to.deep.equal([]);
      expect(unplaced).to.deep.equal([]);
    });
    it(`holds for the environment alone: ${name}`, () => {
      const { rows, unplaced } = prove(environmentMatrix(environment), environmentDocuments(environment));
      expect(
        rows
          .filter(({ outcome }) => outcome !== "holds")
          .map(({ id, outcome, why }) => ({ id, outcome, why })),
      ).to.deep.equal([]);
      expect(unplaced).to.deep.equal([]);
    });
  }
});
