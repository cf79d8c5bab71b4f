import { expect } from "chai";
import { policyArn, roleArn } from "../../access/arn";
import type { PolicyDocument, Statement } from "../../access/document";
import { bootstrapMatrix } from "../../access/matrix/bootstrap";
import { type FoundPolicies, type FoundThing, prove } from "../../access/proof";
import { bootstrapDocuments } from "../documents";
import { HUB, PRODUCER, REGION, SPOKE } from "../worlds";
import { bootstrapConfigurations, trusted } from "./bootstrap-configurations";

const [example] = bootstrapConfigurations;
if (example === undefined) throw new Error("there is no configuration");
const { environment, spoke } = example;
const matrix = bootstrapMatrix(environment, spoke, trusted);
const whole = bootstrapDocuments(environment, spoke, trusted);
const DEPLOYER = roleArn(REGION, SPOKE, "athena-spokes-spoke-deployer-dev");

/** The documents with one thing changed. */
function changed(at: string, change: (thing: FoundThing) => FoundThing): FoundPolicies {
  const thing = whole.things.get(at);
  if (thing === undefined) throw new Error(`there is no ${at}`);
  return { ...whole, things: new Map([...whole.things, [at, change(thing)]]) };
}

/** One of its statements otherwise. */
const statement =
  (sid: string, change: (statement: Statement) => Statement) =>
  (thing: FoundThing): FoundThing => ({
    ...thing,
    identity: (thing.identity ?? []).map((each) => {
      if (!("document" in each)) throw new Error(`${each.name} is not known`);
      const document = each.document as PolicyDocument;
      expect(document.Statement.filter(({ Sid }) => Sid === sid)).to.have.length(1);
      const Statement = document.Statement.map((other) => (other.Sid === sid ? change(other) : other));
      return { ...each, document: { ...document, Statement } };
    }),
  });

function without(whole: Statement): Statement {
  const { Condition: dropped, ...rest } = whole;
  expect(dropped, "a condition to drop").to.not.equal(undefined);
  return rest;
}

describe("the proof of the roles that everything runs under (R53, R70)", () => {
  for (const each of bootstrapConfigurations)
    it(`holds: ${each.name}`, () => {
      const { rows, unplaced } = prove(
        bootstrapMatrix(each.environment, each.spoke, trusted),
        bootstrapDocuments(each.environment, each.spoke, trusted),
      );
      const wrong = rows.filter(({ outcome }) => outcome !== "holds");
      expect(wrong.map(({ id, why }) => [id, ...why])).to.deep.equal([]);
      expect(unplaced).to.deep.equal([]);
    });

  const faults: readonly [string, FoundPolicies, string[]][] = [
    [
      "a deployer that makes roles without the boundary",
      changed(DEPLOYER, statement("MakeRolesUnderBoundary", without)),
      [
        `bootstrap/spoke/${SPOKE}/deployer/no-way-up/without-boundary`,
        `bootstrap/spoke/${SPOKE}/deployer/no-way-up/foreign-roles`,
        `bootstrap/spoke/${SPOKE}/deployer/nothing-else`,
      ],
    ],
    [
      "a deployer that makes roles of every name",
      changed(
        DEPLOYER,
        statement("MakeRolesUnderBoundary", (each) => ({ ...each, Resource: roleArn(REGION, SPOKE, "*") })),
      ),
      [
        `bootstrap/spoke/${SPOKE}/deployer/no-way-up/other-roles`,
        `bootstrap/spoke/${SPOKE}/deployer/nothing-else`,
      ],
    ],
    [
      "an onboarder that hands Role A to any service",
      changed(roleArn(REGION, HUB, "athena-spokes-hub-onboarder-dev"), statement("PassRoleA", without)),
      [
        `bootstrap/hub/${HUB}/onboarder/data-sources/other-services`,
        `bootstrap/hub/${HUB}/onboarder/nothing-else`,
      ],
    ],
    [
      "an onboarder that lets everybody invoke connectors",
      changed(
        roleArn(REGION, PRODUCER, "athena-spokes-producer-onboarder-dev"),
        statement("GrantInvocation", without),
      ),
      [
        `bootstrap/producer/${PRODUCER}/onboarder/grants/everybody`,
        `bootstrap/producer/${PRODUCER}/onboarder/nothing-else`,
      ],
    ],
    [
      "a boundary under which Role B changes roles",
      changed(
        policyArn(REGION, SPOKE, "athena-spokes-spoke-boundary-dev"),
        statement("GlueRead", (each) => ({
          ...each,
          Action: ["iam:PutRolePolicy", "glue:*"],
          Resource: "*",
        })),
      ),
      [
        `bootstrap/spoke/${SPOKE}/boundary/nowhere-else/iam`,
        `bootstrap/spoke/${SPOKE}/boundary/nothing-else`,
      ],
    ],
    [
      "a deployer without a right that it needs",
      changed(
        DEPLOYER,
        statement("Buckets", (each) => ({ ...each, Action: ["s3:ListBucket"] })),
      ),
      [`bootstrap/spoke/${SPOKE}/deployer/buckets/manage`],
    ],
  ];
  for (const [what, found, fails] of faults)
    it(`finds ${what}`, () => {
      const wrong = prove(matrix, found).rows.filter(({ outcome }) => outcome !== "holds");
      expect(wrong.map(({ id }) => id)).to.have.members(fails);
    });
});
