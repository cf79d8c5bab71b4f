import { expect } from "chai";
import { producerConnector } from "../../access/names";
import { spillBucketPolicy } from "../../access/bucket";
import { spokeInvokeGrants } from "../../access/connector";
import { InputError } from "../../access/faults";
import { spillKeyGrants } from "../../access/key";
import { isNamedByEnvironment, registrationOf } from "../../access/request";
import { roleAPermissions } from "../../access/role-a";
import { environmentWith, keyedProducers, requestWith, SPOKE } from "../worlds";

const people = requestWith({ quick: false, sampleData: false });
const registered = { account: SPOKE, analyst: "analyst", producers: ["music"] };

describe("a consumer without Quick (R28-R31)", () => {
  it("is listed with its analyst alone", () => {
    expect(registrationOf(people, environmentWith())).to.deep.equal(registered);
  });

  it("is nothing that Role A reaches", () => {
    const environment = environmentWith({ roleA: "list", spokes: { sales: registered } });
    expect([...roleAPermissions(environment)]).to.deep.equal([]);
    expect(isNamedByEnvironment(requestWith({ quick: false, connectors: [] }), environment)).to.equal(false);
    expect(isNamedByEnvironment(people, environment)).to.equal(true);
  });

  it("has its analyst in the producer's documents, and no Role B (R28, R29)", () => {
    const environment = environmentWith({
      producerGrants: "roles",
      keyAccess: "grants",
      producers: keyedProducers,
      spokes: { sales: registered },
    });
    const analyst = "arn:aws:iam::133333333333:role/analyst";
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    expect(spokeInvokeGrants(people, environment, connector)).to.deep.equal([
      {
        grantee: "analyst",
        statementId: "AnalystInvocationStatement-dev-sales",
        principal: analyst,
      },
    ]);
    expect(
      spillKeyGrants(people, environment, "music").map(({ name, granteePrincipal }) => [
        name,
        granteePrincipal,
      ]),
    ).to.deep.equal([["dev-sales-analyst", analyst]]);
    const readers = spillBucketPolicy(environment, "music").Statement.filter(
      ({ Sid }) => Sid === "ReadSpill",
    );
    expect(readers.map(({ Condition }) => Condition)).to.deep.equal([
      { ArnEquals: { "aws:PrincipalArn": [analyst] } },
    ]);
  });

  it("refuses what only Quick would use, and nobody at all", () => {
    const faults = (changes: Record<string, unknown>): string[] => {
      try {
        requestWith({ quick: false, ...changes });
        return [];
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        return thrown.faults.map(({ path, message }) => `${path}: ${message}`);
      }
    };
    const unused = (path: string) =>
      `${path}: Quick would use it, and the request says \`quick: false\`: leave ${path} out`;
    expect(faults({})).to.deep.equal([]);
    expect(faults({ analyst: false })).to.deep.equal([
      "analyst: with `quick: false` nobody would query: write `analyst: true`, or leave quick out",
    ]);
    expect(
      faults({
        roleB: { name: "qs-athena-consumer-role-dev-x" },
        dataSource: { id: "dev-sales", name: "Sales", authors: ["user/a"] },
      }),
    ).to.deep.equal(["roleB.name", "dataSource.id", "dataSource.name", "dataSource.authors"].map(unused));
  });
});
