import { expect } from "chai";
import { sameItem } from "../../../sandbox/aws-provider/attribute-values";
import { sameJson, samePolicy } from "../../../sandbox/aws-provider/equality";

describe("what means the same to AWS", () => {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: "120000000001" },
    Action: "s3:GetObject",
    Resource: "*",
  };
  const policy = (...statements: object[]): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const other = { ...statement, Sid: "other" };
  const condition = (value: unknown): object => ({
    ...statement,
    Condition: { StringEquals: { "aws:SourceAccount": value } },
  });

  const policies: readonly (readonly [string, string, string, boolean])[] = [
    [
      "keys in another order",
      policy(statement),
      JSON.stringify({ Statement: [statement], Version: "2012-10-17" }),
      true,
    ],
    [
      "one statement without a list",
      policy(statement),
      JSON.stringify({ Version: "2012-10-17", Statement: statement }),
      true,
    ],
    ["statements in another order", policy(statement, other), policy(other, statement), true],
    ["a list of one action", policy(statement), policy({ ...statement, Action: ["s3:GetObject"] }), true],
    [
      "actions in another order",
      policy({ ...statement, Action: ["a:b", "c:d"] }),
      policy({ ...statement, Action: ["c:d", "a:b"] }),
      true,
    ],
    [
      "an account's root for its id",
      policy(statement),
      policy({ ...statement, Principal: { AWS: ["arn:aws:iam::120000000001:root"] } }),
      true,
    ],
    ["a condition's value in a list", policy(condition("1")), policy(condition(["1"])), true],
    ["a condition's boolean as text", policy(condition(true)), policy(condition("true")), true],
    ["white space", policy(statement), JSON.stringify(JSON.parse(policy(statement)), undefined, 2), true],
    ["another action", policy(statement), policy({ ...statement, Action: "s3:PutObject" }), false],
    [
      "another account",
      policy(statement),
      policy({ ...statement, Principal: { AWS: "120000000002" } }),
      false,
    ],
    [
      "a role of the account",
      policy(statement),
      policy({ ...statement, Principal: { AWS: "arn:aws:iam::120000000001:role/x" } }),
      false,
    ],
    ["everybody", policy(statement), policy({ ...statement, Principal: "*" }), false],
    ["a condition more", policy(statement), policy(condition("1")), false],
    ["a statement twice", policy(statement), policy(statement, statement), false],
    [
      "an action in other capitals",
      policy(statement),
      policy({ ...statement, Action: "S3:GetObject" }),
      false,
    ],
    ["another version", policy(statement), policy(statement).replace("2012-10-17", "2008-10-17"), false],
    ["text that is no JSON", "x", "y", false],
  ];
  for (const [title, left, right, same] of policies) {
    it(`in policies: ${title} is ${same ? "the same" : "another"}`, () => {
      expect(samePolicy(left, right)).to.equal(same);
      expect(samePolicy(right, left)).to.equal(same);
    });
  }

  it("in JSON: the order of keys is nothing, the order of lists is something", () => {
    expect(sameJson('{"a":1,"b":[1,2]}', '{"b":[1,2],"a":1}')).to.equal(true);
    expect(sameJson('{"b":[1,2]}', '{"b":[2,1]}')).to.equal(false);
  });

  const items: readonly (readonly [string, string, string, boolean])[] = [
    ["numbers by value", '{"a":{"N":"10"}}', '{"a":{"N":"1.0e1"}}', true],
    ["negative numbers", '{"a":{"N":"-0.50"}}', '{"a":{"N":"-.5"}}', true],
    ["zeros", '{"a":{"N":"0"}}', '{"a":{"N":"-0.00"}}', true],
    ["38 digits", `{"a":{"N":"${"9".repeat(38)}"}}`, `{"a":{"N":"${"9".repeat(37)}8"}}`, false],
    ["sets in any order", '{"a":{"SS":["x","y"]}}', '{"a":{"SS":["y","x"]}}', true],
    ["lists in their order", '{"a":{"L":[{"S":"x"},{"S":"y"}]}}', '{"a":{"L":[{"S":"y"},{"S":"x"}]}}', false],
    ["text that looks like a number", '{"a":{"S":"10"}}', '{"a":{"S":"10.0"}}', false],
    ["an attribute named N", '{"N":{"S":"1"}}', '{"N":{"S":"1.0"}}', false],
    ["binary", '{"a":{"B":"AAE="}}', '{"a":{"B":"AAE="}}', true],
    [
      "maps",
      '{"a":{"M":{"b":{"N":"1"},"c":{"NULL":true}}}}',
      '{"a":{"M":{"c":{"NULL":true},"b":{"N":"1.0"}}}}',
      true,
    ],
  ];
  for (const [title, left, right, same] of items) {
    it(`in items: ${title} are ${same ? "the same" : "different"}`, () => {
      expect(sameItem(left, right)).to.equal(same);
    });
  }
});
