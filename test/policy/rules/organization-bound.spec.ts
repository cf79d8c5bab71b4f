import { policyText } from "../../../access/document";
import { spillBucketPolicy } from "../../../access/bucket";
import { organizationBound } from "../../../policy/rules/organization-bound";
import { types } from "../../../policy/reading/types";
import { environmentWith, ORGANIZATION } from "../../worlds";
import { roleA, roleB, spill } from "../stacks";
import { document, mutated, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const read = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const everybody = "policy: statement 1 allows everybody s3:GetObject";

function policyWith(changes: object, type: string = types.bucketPolicy): readonly Written[] {
  return [{ type, name: "policy", props: { policy: document({ ...read, ...changes }) } }];
}

ruleSpec({
  rule: organizationBound,
  passes: {
    "roles and buckets of ours": [roleA, roleB, ...spill],
    "a spill bucket open to the organization (C24)": mutated(spill, "bucket-policy", {
      policy: policyText(spillBucketPolicy(environmentWith({ producerGrants: "organization" }), "music")),
    }),
    "a part of the organization": policyWith({
      Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `${ORGANIZATION}/r-1/*` } },
    }),
    "one account by condition": policyWith({
      Condition: { StringEquals: { "aws:PrincipalAccount": "133333333333" } },
    }),
    "roles of one account by condition": policyWith({
      Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::133333333333:role/Deployer*" } },
    }),
    "a deny for everybody": policyWith({ Effect: "Deny" }),
  },
  fails: {
    everybody: [policyWith({}), [everybody]],
    "everybody as an AWS principal": [policyWith({ Principal: { AWS: ["*"] } }), [everybody]],
    "a key that is open": [policyWith({}, types.key), [everybody]],
    "a catalog that is open": [policyWith({}, types.gluePolicy), [everybody]],
    "a secret that is open": [policyWith({}, types.secretPolicy), [everybody]],
    "roles of any account": [
      policyWith({ Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/Deployer" } } }),
      [everybody],
    ],
    "any organization": [
      policyWith({ Condition: { StringLike: { "aws:PrincipalOrgID": "*" } } }),
      [everybody],
    ],
    "organizations by what each id begins with": [
      policyWith({ Condition: { StringLike: { "aws:PrincipalOrgID": "o-*" } } }),
      [everybody],
    ],
    "paths of any organization": [
      policyWith({ Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-*/r-1/*" } } }),
      [everybody],
    ],
    "an organization only where there is one": [
      policyWith({ Condition: { StringEqualsIfExists: { "aws:PrincipalOrgID": ORGANIZATION } } }),
      [everybody],
    ],
    "all values of none": [
      policyWith({ Condition: { "ForAllValues:StringEquals": { "aws:PrincipalOrgID": ORGANIZATION } } }),
      [everybody],
    ],
    "everybody but another organization": [
      policyWith({ Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-other" } } }),
      [everybody],
    ],
    "everybody but some": [
      policyWith({ Principal: undefined, NotPrincipal: { AWS: "133333333333" } }),
      ["policy: statement 1 allows everybody but those it names (NotPrincipal)"],
    ],
    "a trust that is open": [
      [
        {
          type: types.role,
          name: "policy",
          props: {
            assumeRolePolicy: document({ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }),
          },
        },
      ],
      ["policy: statement 1 allows everybody sts:AssumeRole"],
    ],
    "an unknown policy": [
      [{ type: types.bucketPolicy, name: "policy", props: { policy: UNKNOWN } }],
      [unknown("policy", "policy")],
    ],
  },
});
