/** `npm run mutants` does it for all configurations. */
import { expect } from "chai";
import { matrixOf } from "../../access/matrix";
import { combined } from "../../access/proof";
import { configurations } from "../access/configurations";
import { environmentDocuments, spokeDocuments } from "../documents";
import { equivalents } from "./equivalents";
import { hunter } from "./hunt";
import { mutantsOf } from "./mutants";

describe("mutants of policies", () => {
  const configuration = configurations.find(({ name }) => name === "China");
  if (configuration === undefined) throw new Error("there is no such configuration");
  const { request, environment } = configuration;
  const found = combined(environmentDocuments(environment), spokeDocuments(request, environment));
  const mutants = mutantsOf(found);

  it("are made of every statement: each is deleted, and each of its conditions dropped", () => {
    const statements = [...found.things.values()].flatMap(({ trust, identity = [], resource = [] }) =>
      [...(trust === undefined ? [] : [trust]), ...identity, ...resource].flatMap((each) =>
        "document" in each && typeof each.document === "object" ? each.document.Statement : [],
      ),
    );
    const of = (end: RegExp) => mutants.filter(({ change }) => end.test(change)).length;
    expect(of(/: deleted$/)).to.equal(statements.length);
    expect(of(/: condition dropped: /)).to.equal(
      statements.filter(({ Condition }) => Condition !== undefined).length,
    );
    expect(of(/: resource widened to \*$/)).to.equal(
      statements.filter(({ Resource }) => Resource !== undefined && Resource !== "*").length,
    );
  });

  it("are all caught by the matrix, but for equivalent ones", () => {
    const { catching } = hunter(matrixOf(request, environment));
    const missed = mutants.filter((mutant) => {
      const { requests, nothingElse } = catching(mutant);
      return (
        requests.length + nothingElse.length === 0 &&
        !equivalents.some(({ covers }) => covers(mutant, configuration))
      );
    });
    expect(missed.map(({ document, change }) => `${document}: ${change}`)).to.deep.equal([]);
  });
});
