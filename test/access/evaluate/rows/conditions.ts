import { asRoleB, data, does, spoke } from "../chain";
import { type Row, aws, policy } from "../row";

type Values = string | readonly string[];

/** operator, key, values of the policy, value of the request (undefined: absent), whether the condition holds, source. */
type Case = readonly [string, string, Values, Values | undefined, boolean, string];

const sourceArn = `arn:aws:quicksight:us-east-1:${spoke}:datasource/x`;
const cases: readonly Case[] = [
  ["StringEquals", "aws:SourceAccount", "130000000001", "130000000001", true, aws.operators],
  ["StringEquals", "aws:SourceIdentity", "Ann", "ann", false, aws.operators],
  ["StringEquals", "aws:SourceIdentity", "A*", "Ann", false, aws.operators],
  ["StringEquals", "aws:SourceIdentity", ["Bob", "Ann"], "Ann", true, aws.manyValues],
  ["StringEquals", "aws:SourceIdentity", "Ann", undefined, false, aws.operators],
  ["StringNotEquals", "aws:SourceIdentity", "Ann", "Bob", true, aws.operators],
  ["StringNotEquals", "aws:SourceIdentity", ["Ann", "Bob"], "Bob", false, aws.manyValues],
  ["StringNotEquals", "aws:SourceIdentity", "Ann", undefined, true, aws.operators],
  ["StringEqualsIgnoreCase", "aws:SourceIdentity", "ANN", "ann", true, aws.operators],
  ["StringEqualsIgnoreCase", "aws:SourceIdentity", "ANN", "anne", false, aws.operators],
  ["StringNotEqualsIgnoreCase", "aws:SourceIdentity", "ANN", "ann", false, aws.operators],
  ["StringNotEqualsIgnoreCase", "aws:SourceIdentity", "ANN", "bob", true, aws.operators],
  ["StringLike", "aws:SourceIdentity", "A*n", "Ann", true, aws.operators],
  ["StringLike", "aws:SourceIdentity", "A?n", "Ann", true, aws.operators],
  ["StringLike", "aws:SourceIdentity", "A?n", "An", false, aws.operators],
  ["StringLike", "aws:SourceIdentity", "*", "", true, aws.operators],
  ["StringLike", "aws:SourceIdentity", "*", undefined, false, aws.operators],
  ["StringNotLike", "aws:SourceIdentity", "A*", "Ann", false, aws.operators],
  ["StringNotLike", "aws:SourceIdentity", "A*", "Bob", true, aws.operators],
  ["StringNotLike", "aws:SourceIdentity", "A*", undefined, true, aws.operators],
  [
    "ArnLike",
    "aws:SourceArn",
    `arn:aws:quicksight:*:${spoke}:datasource/*`,
    sourceArn,
    true,
    aws.arnOperators,
  ],
  ["ArnLike", "aws:SourceArn", `arn:aws:quicksight:*:datasource/*:x`, sourceArn, false, aws.arnOperators],
  ["ArnLike", "aws:SourceArn", `arn:aws:*:*:*:*`, sourceArn, true, aws.arnOperators],
  [
    "ArnLike",
    "aws:SourceArn",
    `arn:aws:quicksight:us-east-1:${spoke}:*/x`,
    sourceArn,
    true,
    aws.arnOperators,
  ],
  [
    "ArnLike",
    "aws:SourceArn",
    `arn:aws:quicksight:*:${spoke}:datasource/*`,
    undefined,
    false,
    aws.arnOperators,
  ],
  [
    "ArnLike",
    "aws:SourceArn",
    `arn:aws:quicksight:*:${spoke}:datasource/*`,
    "not-an-arn",
    false,
    aws.arnOperators,
  ],
  [
    "ArnEquals",
    "aws:SourceArn",
    `arn:aws:quicksight:*:${spoke}:datasource/*`,
    sourceArn,
    true,
    aws.arnOperators,
  ],
  ["ArnEquals", "aws:SourceArn", sourceArn, sourceArn.toUpperCase(), false, aws.arnOperators],
  ["ArnNotEquals", "aws:SourceArn", sourceArn, sourceArn, false, aws.arnOperators],
  ["ArnNotEquals", "aws:SourceArn", sourceArn, undefined, true, aws.arnOperators],
  ["ArnNotLike", "aws:SourceArn", "arn:aws:s3:*:*:*", sourceArn, true, aws.arnOperators],
  ["ArnNotLike", "aws:SourceArn", "arn:aws:quicksight:*:*:*", sourceArn, false, aws.arnOperators],
  ["NumericEquals", "s3:max-keys", "10", "10.0", true, aws.operators],
  ["NumericNotEquals", "s3:max-keys", "10", "11", true, aws.operators],
  ["NumericNotEquals", "s3:max-keys", "10", undefined, true, aws.operators],
  ["NumericLessThan", "s3:max-keys", "10", "9", true, aws.operators],
  ["NumericLessThan", "s3:max-keys", "10", "10", false, aws.operators],
  ["NumericLessThanEquals", "s3:max-keys", "10", "10", true, aws.operators],
  ["NumericLessThanEquals", "s3:max-keys", "10", "11", false, aws.operators],
  ["NumericGreaterThan", "s3:max-keys", "10", "9", false, aws.operators],
  ["NumericGreaterThan", "s3:max-keys", "10", "100", true, aws.operators],
  ["NumericGreaterThanEquals", "s3:max-keys", "10", "10", true, aws.operators],
  ["NumericGreaterThanEquals", "s3:max-keys", "10", undefined, false, aws.operators],
  ["DateEquals", "aws:CurrentTime", "2026-01-31T00:00:00Z", "2026-01-31T01:00:00+01:00", true, aws.operators],
  ["DateNotEquals", "aws:CurrentTime", "2026-01-31T00:00:00Z", "2026-01-31T00:00:01Z", true, aws.operators],
  ["DateLessThan", "aws:CurrentTime", "2026-02-01T00:00:00Z", "2026-01-31T23:59:59Z", true, aws.operators],
  ["DateLessThan", "aws:CurrentTime", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", false, aws.operators],
  [
    "DateLessThanEquals",
    "aws:CurrentTime",
    "2026-02-01T00:00:00Z",
    "2026-02-01T00:00:00Z",
    true,
    aws.operators,
  ],
  ["DateGreaterThan", "aws:CurrentTime", "2026-02-01", "2026-02-01T00:00:01Z", true, aws.operators],
  ["DateGreaterThan", "aws:EpochTime", "1769904000", "1769903999", false, aws.operators],
  ["DateGreaterThanEquals", "aws:EpochTime", "1769904000", "1769904000", true, aws.operators],
  ["NumericLessThan", "aws:EpochTime", "1769904000", "1769903999", true, aws.keys],
  ["Bool", "aws:SecureTransport", "true", "true", true, aws.operators],
  ["Bool", "aws:MultiFactorAuthPresent", "false", undefined, false, aws.operators],
  ["Bool", "aws:MultiFactorAuthPresent", "True", "true", true, aws.operators],
  ["BoolIfExists", "aws:MultiFactorAuthPresent", "false", undefined, true, aws.ifExists],
  ["IpAddress", "aws:SourceIp", "203.0.113.0/24", "203.0.113.77", true, aws.operators],
  ["IpAddress", "aws:SourceIp", "203.0.113.0/24", "203.0.114.1", false, aws.operators],
  ["IpAddress", "aws:SourceIp", "203.0.113.7", "203.0.113.7", true, aws.operators],
  ["IpAddress", "aws:SourceIp", "0.0.0.0/0", "203.0.113.7", true, aws.operators],
  ["IpAddress", "aws:SourceIp", "0.0.0.0/0", "2001:db8::1", false, aws.operators],
  ["IpAddress", "aws:SourceIp", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:1::9", true, aws.operators],
  ["IpAddress", "aws:SourceIp", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false, aws.operators],
  ["IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"], "10.200.0.1", true, aws.operators],
  ["IpAddress", "aws:SourceIp", "10.0.0.0/8", undefined, false, aws.operators],
  ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", "10.0.0.1", false, aws.operators],
  ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", "11.0.0.1", true, aws.operators],
  ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", undefined, true, aws.operators],
  ["BinaryEquals", "aws:ResourceTag/hash", "QmluYXJ5", "QmluYXJ5", true, aws.operators],
  ["BinaryEquals", "aws:ResourceTag/hash", "QmluYXJ5", "QmluYXJZ", false, aws.operators],
  ["NumericGreaterThan", "aws:ResourceTag/level", "3", "4", true, aws.operators],
  ["Null", "aws:TokenIssueTime", "true", undefined, true, aws.operators],
  ["Null", "aws:TokenIssueTime", "true", "2026-01-31T00:00:00Z", false, aws.operators],
  ["Null", "aws:TokenIssueTime", "false", "2026-01-31T00:00:00Z", true, aws.operators],
  ["Null", "aws:TokenIssueTime", "false", undefined, false, aws.operators],
  ["StringEqualsIfExists", "aws:SourceIdentity", "Ann", undefined, true, aws.ifExists],
  ["StringEqualsIfExists", "aws:SourceIdentity", "Ann", "Bob", false, aws.ifExists],
  ["StringNotEqualsIfExists", "aws:SourceIdentity", "Ann", undefined, true, aws.ifExists],
  ["StringNotEqualsIfExists", "aws:SourceIdentity", "Ann", "Ann", false, aws.ifExists],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["cost", "owner"], ["owner", "x"], true, aws.manyValues],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["cost", "owner"], ["x", "y"], false, aws.manyValues],
  ["ForAnyValue:StringEquals", "aws:TagKeys", "cost", undefined, false, aws.manyValues],
  ["ForAnyValue:StringEquals", "aws:TagKeys", "cost", [], false, aws.manyValues],
  ["ForAnyValue:StringNotEquals", "aws:TagKeys", "cost", ["cost", "owner"], true, aws.manyValues],
  ["ForAnyValue:StringNotEquals", "aws:TagKeys", "cost", ["cost"], false, aws.manyValues],
  ["ForAnyValue:StringNotEquals", "aws:TagKeys", "cost", undefined, false, aws.manyValues],
  ["ForAnyValue:StringLike", "aws:TagKeys", "co*", ["owner", "cost"], true, aws.manyValues],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["cost", "owner"], ["owner"], true, aws.manyValues],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["cost", "owner"], ["owner", "x"], false, aws.manyValues],
  ["ForAllValues:StringEquals", "aws:TagKeys", "cost", undefined, true, aws.manyValues],
  ["ForAllValues:StringEquals", "aws:TagKeys", "cost", [""], true, aws.manyValues],
  ["ForAllValues:StringNotEquals", "aws:TagKeys", "cost", ["owner", "x"], true, aws.manyValues],
  ["ForAllValues:StringNotEquals", "aws:TagKeys", "cost", ["owner", "cost"], false, aws.manyValues],
  ["StringEquals", "AWS:sourceIDENTITY", "Ann", "Ann", true, aws.keys],
];

const object = `${data}/x`;

function text(values: Values | undefined): string {
  return values === undefined ? "absent" : JSON.stringify(values);
}

export const rows: readonly Row[] = [
  ...cases.map(([operator, key, values, actual, holds, source]): Row => {
    const plain = key.toLowerCase() === "aws:sourceidentity" ? "aws:SourceIdentity" : key;
    return {
      name: `${operator} ${key} ${text(values)} against ${text(actual)}: ${holds ? "holds" : "does not hold"}`,
      request: does(asRoleB, "s3:GetObject", object, {
        owner: spoke,
        ...(actual === undefined ? {} : { context: { [plain]: actual } }),
      }),
      policies: {
        identity: [
          policy("when", {
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: "*",
            Condition: { [operator]: { [key]: values } },
          }),
        ],
      },
      expected: holds ? "allowed: when[0]" : "implicit-deny: identity-based policy",
      source,
    };
  }),
  {
    name: "two keys of one operator must both hold",
    request: does(asRoleB, "s3:GetObject", object, {
      owner: spoke,
      context: { "aws:SourceIdentity": "Ann" },
    }),
    policies: {
      identity: [
        policy("both", {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceIdentity": "Ann", "aws:RequestedRegion": "eu-west-1" } },
        }),
      ],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.manyValues,
  },
  {
    name: "two operators on one key must both hold",
    request: does(asRoleB, "s3:GetObject", object, {
      owner: spoke,
      context: { "aws:SourceIdentity": "Ann" },
    }),
    policies: {
      identity: [
        policy("both", {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: {
            StringLike: { "aws:SourceIdentity": "A*" },
            StringNotEquals: { "aws:SourceIdentity": "Ann" },
          },
        }),
      ],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.manyValues,
  },
];
