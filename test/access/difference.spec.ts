import { expect } from "chai";
import type { PolicyDocument, Statement } from "../../access/document";
import type { Thing } from "../../access/matrix";
import { combined, differences, type FoundThing } from "../../access/proof";
import { environmentDocuments, spokeDocuments } from "../documents";
import { mutantsOf } from "../mutants/mutants";
import { configurations } from "./configurations";

const AT = "arn:aws:iam::133333333333:role/qs-athena-consumer-role";
const things: Thing[] = [
  { kind: "role", arn: AT, account: "133333333333", words: "Role B", madeBy: "spoke" },
];

function told(before: FoundThing | undefined, after: FoundThing | undefined): string[] {
  const found = (thing: FoundThing | undefined) => ({
    things: new Map(thing === undefined ? [] : [[AT, thing]]),
    unplaced: [],
  });
  return differences(found(before), found(after), things).map(({ kind, words }) => `${kind}: ${words}`);
}

const documentOf = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});
const identity = (...statements: readonly Statement[]): FoundThing => ({
  identity: [{ name: "p", document: documentOf(...statements) }],
});
const trust = (statement: Statement): FoundThing => ({
  trust: { name: "trust", document: documentOf(statement) },
});
const resource = (statement: Statement): FoundThing => ({
  resource: [{ name: "policy", document: documentOf(statement) }],
});

const read: Statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/orders/*" };
const readAndList: Statement = {
  Effect: "Allow",
  Action: ["s3:GetObject", "s3:GetObjectVersion"],
  Resource: ["arn:aws:s3:::b/orders/*", "arn:aws:s3:::b/people/*"],
};
const everything: Statement = { Effect: "Allow", Action: "s3:*", Resource: "*" };
const never: Statement = {
  Effect: "Deny",
  Action: "s3:*",
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const ours = { StringEquals: { "aws:ResourceAccount": "133333333333" } };
const root: Statement = {
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Principal: { AWS: "arn:aws:iam::111111111111:root" },
};

const rows: {
  name: string;
  before: FoundThing | undefined;
  after: FoundThing | undefined;
  told: string[];
}[] = [
  { name: "nothing", before: identity(read), after: identity(read), told: [] },
  {
    name: "a new role",
    before: undefined,
    after: identity(read),
    told: ["gains: Role B gains s3:GetObject on arn:aws:s3:::b/orders/*"],
  },
  {
    name: "a role that goes",
    before: identity(read),
    after: undefined,
    told: ["loses: Role B loses s3:GetObject on arn:aws:s3:::b/orders/*"],
  },
  {
    name: "more actions and resources, without what was there",
    before: identity(read),
    after: identity(readAndList),
    told: [
      "gains: Role B gains s3:GetObject, s3:GetObjectVersion on arn:aws:s3:::b/people/*",
      "gains: Role B gains s3:GetObjectVersion on arn:aws:s3:::b/orders/*",
    ],
  },
  {
    name: "a wider statement, which takes nothing away",
    before: identity(read),
    after: identity(everything),
    told: ["gains: Role B gains s3:* on *"],
  },
  {
    name: "a condition that is dropped",
    before: identity({ ...read, Condition: ours }),
    after: identity(read),
    told: ["gains: Role B gains s3:GetObject on arn:aws:s3:::b/orders/*"],
  },
  {
    name: "a condition that is added",
    before: identity(read),
    after: identity({ ...read, Condition: ours }),
    told: ["loses: Role B loses s3:GetObject on arn:aws:s3:::b/orders/*"],
  },
  {
    name: "another value of a condition",
    before: identity({ ...read, Condition: ours }),
    after: identity({ ...read, Condition: { StringEquals: { "aws:ResourceAccount": "144444444444" } } }),
    told: [
      "gains: Role B gains s3:GetObject on arn:aws:s3:::b/orders/* where aws:ResourceAccount is 144444444444",
      "loses: Role B loses s3:GetObject on arn:aws:s3:::b/orders/* where aws:ResourceAccount is 133333333333",
    ],
  },
  {
    name: "a new denial",
    before: identity(read),
    after: identity(read, never),
    told: ["loses: Role B is newly denied s3:* on * where aws:SecureTransport is just false"],
  },
  {
    name: "a denial that goes",
    before: identity(read, never),
    after: identity(read),
    told: ["gains: Role B is no longer denied s3:* on * where aws:SecureTransport is just false"],
  },
  {
    name: "everything but something",
    before: identity(read),
    after: identity({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }),
    told: [
      "gains: Role B gains everything but iam:* on *",
      "loses: Role B loses s3:GetObject on arn:aws:s3:::b/orders/*",
    ],
  },
  {
    name: "somebody new who may become the role",
    before: trust({ ...root, Condition: { StringEquals: { "sts:ExternalId": "x" } } }),
    after: trust(root),
    told: ["gains: Role B: 111111111111 may newly become it"],
  },
  {
    name: "an account by its id and by its root's ARN",
    before: trust(root),
    after: trust({ ...root, Principal: { AWS: "111111111111" } }),
    told: ["wording: Role B: the text of trust changes, and nothing that it allows or denies"],
  },
  {
    name: "a resource's policy for everybody",
    before: resource({ ...read, Principal: { AWS: "111111111111" } }),
    after: resource({ ...read, Principal: "*" }),
    told: ["gains: Role B: everybody gains s3:GetObject on arn:aws:s3:::b/orders/*"],
  },
  {
    name: "the order of statements and their names",
    before: identity({ ...read, Sid: "A" }, everything),
    after: identity(everything, { ...read, Sid: "B" }),
    told: ["wording: Role B: the text of p changes, and nothing that it allows or denies"],
  },
  {
    name: "the spelling of an action",
    before: identity(read),
    after: identity({ ...read, Action: "S3:getobject" }),
    told: ["wording: Role B: the text of p changes, and nothing that it allows or denies"],
  },
  {
    name: "a version in which variables are plain text",
    before: identity({ ...read, Resource: "arn:aws:s3:::b/${aws:username}/*" }),
    after: {
      identity: [
        {
          name: "p",
          document: JSON.stringify({
            Version: "2008-10-17",
            Statement: [{ ...read, Resource: "arn:aws:s3:::b/${aws:username}/*" }],
          }),
        },
      ],
    },
    told: [
      "gains: Role B gains s3:GetObject on arn:aws:s3:::b/${aws:username}/* (2008-10-17)",
      "loses: Role B loses s3:GetObject on arn:aws:s3:::b/${aws:username}/*",
    ],
  },
  {
    name: "a boundary",
    before: identity(read),
    after: { ...identity(read), boundary: { name: "bounds", document: documentOf(everything) } },
    told: ["loses: Role B is now bounded by bounds"],
  },
  {
    name: "a boundary that goes",
    before: { ...identity(read), boundary: { name: "bounds", document: documentOf(everything) } },
    after: identity(read),
    told: ["gains: Role B is no longer bounded by bounds"],
  },
  {
    name: "a wider boundary",
    before: { ...identity(read), boundary: { name: "bounds", document: documentOf(read) } },
    after: { ...identity(read), boundary: { name: "bounds", document: documentOf(read, everything) } },
    told: ["gains: Role B: its permissions boundary newly admits s3:* on *"],
  },
  {
    name: "a document that is not known",
    before: identity(read),
    after: { identity: [{ name: "p", unknown: "the document is not known yet" }] },
    told: [
      "loses: Role B loses s3:GetObject on arn:aws:s3:::b/orders/*",
      "unknown: Role B: p cannot be read: the document is not known yet",
    ],
  },
  {
    name: "a text that is no policy",
    before: identity(read),
    after: { identity: [{ name: "p", document: "{" }] },
    told: [
      "loses: Role B loses s3:GetObject on arn:aws:s3:::b/orders/*",
      "unknown: Role B: p holds no statement",
    ],
  },
  {
    name: "a thing of which nothing is known any more",
    before: {},
    after: { unknown: "account 133333333333 was not entered" },
    told: ["unknown: Role B: account 133333333333 was not entered"],
  },
  {
    name: "a key's grant",
    before: { grants: [{ grantee: AT, operations: ["Decrypt"] }] },
    after: { grants: [{ grantee: AT, operations: ["Decrypt", "CreateGrant"] }] },
    told: [
      `gains: Role B: a grant gives ${AT} Decrypt, CreateGrant`,
      `loses: Role B: a grant no longer gives ${AT} Decrypt`,
    ],
  },
  {
    name: "whom a data source is shared with",
    before: { sharing: [{ principal: "alice", actions: ["quicksight:PassDataSource"] }] },
    after: { sharing: [{ principal: "bob", actions: ["quicksight:PassDataSource"] }] },
    told: [
      "loses: Role B: alice loses quicksight:PassDataSource",
      "gains: Role B: bob gains quicksight:PassDataSource",
    ],
  },
];

describe("differences of access, in words", () => {
  for (const { name, before, after, told: wanted } of rows)
    it(`tells ${name}`, () => {
      expect(told(before, after)).to.deep.equal(wanted);
    });

  it("tells every change of every document that access/ builds", () => {
    for (const { name, request, environment } of configurations.filter((each) =>
      ["list and roles", "a connector of its own"].includes(each.name),
    )) {
      const found = combined(environmentDocuments(environment), spokeDocuments(request, environment));
      const silent = mutantsOf(found).filter((mutant) => differences(found, mutant.found, []).length === 0);
      expect(silent.map(({ document, change }) => `${name}: ${document}: ${change}`)).to.deep.equal([]);
    }
  });

  it("tells nothing of the same, read as texts or as objects", () => {
    const [example] = configurations;
    if (example === undefined) throw new Error("there is no configuration");
    const found = spokeDocuments(example.request, example.environment);
    const texts = new Map(
      [...found.things].map(([arn, thing]): [string, FoundThing] => [
        arn,
        {
          ...thing,
          ...(thing.identity === undefined
            ? {}
            : {
                identity: thing.identity.map((each) =>
                  "document" in each ? { ...each, document: JSON.stringify(each.document) } : each,
                ),
              }),
        },
      ]),
    );
    expect(differences(found, { things: texts, unplaced: [] }, [])).to.deep.equal([]);
  });
});
