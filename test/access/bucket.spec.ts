import { expect } from "chai";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { policyText } from "../../access/document";
import { environmentWith, OTHER_SPOKE, registeredSales, SPOKE } from "../worlds";

const bucket = "arn:aws:s3:::dev-music-athena-spill-122222222222";
const tlsOnly = (arn: string) => ({
  Sid: "DenyInsecureTransport",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [arn, `${arn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

describe("bucket policies (R8, R12)", () => {
  it("a private bucket is reached by TLS only", () => {
    expect(privateBucketPolicy("us-east-1", "my-results")).to.deep.equal({
      Version: "2012-10-17",
      Statement: [tlsOnly("arn:aws:s3:::my-results")],
    });
  });

  const spokes = {
    sales: registeredSales,
    emea: { account: OTHER_SPOKE, roleB: "qs-athena-consumer-role-dev-emea", producers: ["music"] },
    apart: { account: "133333333335", roleB: "qs-athena-consumer-role", producers: [] },
  };
  const scopes = [
    {
      producerGrants: "roles",
      Principal: { AWS: ["arn:aws:iam::133333333333:root", "arn:aws:iam::133333333334:root"] },
      Condition: {
        ArnEquals: {
          "aws:PrincipalArn": [
            "arn:aws:iam::133333333333:role/analyst",
            "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
            "arn:aws:iam::133333333334:role/qs-athena-consumer-role-dev-emea",
          ],
        },
      },
    },
    {
      producerGrants: "organization",
      Principal: "*",
      Condition: {
        StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" },
        ArnLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::*:role/qs-athena-consumer-role",
            "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
            "arn:aws:iam::*:role/analyst",
            "arn:aws:iam::*:role/analyst-dev-*",
            "arn:aws:iam::*:user/analyst",
            "arn:aws:iam::*:user/analyst-dev-*",
            "arn:aws:iam::*:role/athena-reader-dev-*",
            "arn:aws:iam::*:user/athena-reader-dev-*",
          ],
        },
      },
    },
  ];
  for (const { producerGrants, Principal, Condition } of scopes)
    it(`the spill is read as scope ${producerGrants} says, by spokes of this producer only (R10, R12, R28, C24)`, () => {
      expect(spillBucketPolicy(environmentWith({ producerGrants, spokes }), "music")).to.deep.equal({
        Version: "2012-10-17",
        Statement: [
          tlsOnly(bucket),
          {
            Sid: "ReadSpill",
            Effect: "Allow",
            Principal,
            Action: "s3:GetObject",
            Resource: [`${bucket}/athena-spill/acct1dynamodb/*`],
            Condition,
          },
          {
            Sid: "ListSpill",
            Effect: "Allow",
            Principal,
            Action: "s3:ListBucket",
            Resource: bucket,
            Condition,
          },
        ],
      });
    });

  it("scope accounts lets in accounts with roles of their own names, each with its own (R10, R12, C24)", () => {
    const east = { account: "133333333350", roleB: "qs-athena-consumer-role", producers: ["music"] };
    const accountsFrom = (first: number, count: number) =>
      Array.from({ length: count }, (_, index) => String(first + index));
    const [west, others] = [accountsFrom(133333333340, 5), accountsFrom(133333333350, 8)];
    const each = (accounts: readonly string[], spoke: object) =>
      Object.fromEntries(accounts.map((account) => [`s${account}`, { ...spoke, account }]));
    const written = {
      spokes: {
        ...spokes,
        ...each(west, registeredSales),
        ...each(others, east),
        // Of the account of another spoke, which has both.
        south: { ...east, account: OTHER_SPOKE },
      },
    };
    const roots = (...accounts: string[]) => ({
      AWS: accounts.map((account) => `arn:aws:iam::${account}:root`),
    });
    const readers = [
      [
        "",
        roots(SPOKE, ...west),
        { ArnLike: ["arn:aws:iam::*:role/analyst", "arn:aws:iam::*:role/qs-athena-consumer-role"] },
      ],
      ["2", roots(...others), { ArnLike: ["arn:aws:iam::*:role/qs-athena-consumer-role"] }],
      [
        "3",
        roots("133333333334"),
        {
          ArnEquals: [
            "arn:aws:iam::133333333334:role/qs-athena-consumer-role",
            "arn:aws:iam::133333333334:role/qs-athena-consumer-role-dev-emea",
          ],
        },
      ],
    ] as const;
    expect(spillBucketPolicy(environmentWith(written), "music").Statement).to.deep.equal([
      tlsOnly(bucket),
      ...readers.flatMap(([suffix, Principal, named]) => {
        const [[operator, arns]] = Object.entries(named) as [[string, readonly string[]]];
        const Condition = { [operator]: { "aws:PrincipalArn": arns } };
        return [
          {
            Sid: `ReadSpill${suffix}`,
            Effect: "Allow",
            Principal,
            Action: "s3:GetObject",
            Resource: [`${bucket}/athena-spill/acct1dynamodb/*`],
            Condition,
          },
          {
            Sid: `ListSpill${suffix}`,
            Effect: "Allow",
            Principal,
            Action: "s3:ListBucket",
            Resource: bucket,
            Condition,
          },
        ];
      }),
    ]);
  });

  for (const size of [1, 2, 3, 5, 8])
    it(`scope accounts never needs more text than roles, with ${size} accounts of the same names (L15)`, () => {
      const grouped = Object.fromEntries(
        Array.from({ length: 24 }, (_, index) => [
          `s${index}`,
          {
            account: String(133333333400 + index),
            roleB: `qs-athena-consumer-role-dev-${Math.floor(index / size)}`,
            producers: ["music"],
          },
        ]),
      );
      const text = (producerGrants: string) =>
        policyText(spillBucketPolicy(environmentWith({ producerGrants, spokes: grouped }), "music")).length;
      if (size < 5) expect(text("accounts")).to.be.at.most(text("roles"));
      else expect(text("accounts")).to.be.below(text("roles"));
    });

  it("nobody reads the spill while no spoke attaches the producer (R48)", () => {
    expect(spillBucketPolicy(environmentWith(), "music")).to.deep.equal({
      Version: "2012-10-17",
      Statement: [tlsOnly(bucket)],
    });
  });

  it("refuses to outgrow S3's limit and names the remedy (L15)", () => {
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [
        `s${index}`,
        { account: String(130000000000 + index), roleB: "qs-athena-consumer-role", producers: ["music"] },
      ]),
    );
    expect(() => spillBucketPolicy(environmentWith({ spokes: many }), "music")).to.throw(
      /producerGrants: the policy of dev-music-athena-spill-122222222222 would have \d+ bytes, S3 allows 20480: choose `producerGrants: organization`/,
    );
  });
});
