import { bucketTlsOnly } from "../../../policy/rules/bucket-tls-only";
import { PRODUCER } from "../../worlds";
import { spill } from "../stacks";
import { document, mutated, ruleSpec, UNKNOWN, unknown, without } from "../world";

const bucket = `arn:aws:s3:::dev-music-athena-spill-${PRODUCER}`;
const denial = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucket, `${bucket}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

function denying(changes: object) {
  return mutated(spill, "bucket-policy", { policy: document({ ...denial, ...changes }) });
}

const none = ["spill: the bucket's policy does not deny plain HTTP"];

ruleSpec({
  rule: bucketTlsOnly,
  passes: {
    "a spill bucket (R12)": spill,
    "every action": denying({ Action: "*" }),
    "every bucket": denying({ Resource: "*" }),
    "another partition": denying({
      Resource: [bucket, `${bucket}/*`].map((arn) => arn.replace("aws", "aws-cn")),
    }),
    "a policy of the bucket's own": mutated(without(spill, "bucket-policy"), "spill", {
      policy: document(denial),
    }),
  },
  fails: {
    "no policy": [without(spill, "bucket-policy"), none],
    "an allow": [denying({ Effect: "Allow" }), none],
    "one action": [denying({ Action: "s3:GetObject" }), none],
    "one principal": [denying({ Principal: { AWS: PRODUCER } }), none],
    "no condition": [denying({ Condition: undefined }), none],
    "TLS instead of plain HTTP": [denying({ Condition: { Bool: { "aws:SecureTransport": "true" } } }), none],
    "a second condition, which spares some": [
      denying({ Condition: { Bool: { "aws:SecureTransport": "false", "aws:ViaAWSService": "false" } } }),
      none,
    ],
    "the objects only": [
      denying({ Resource: `${bucket}/*` }),
      ["spill: the bucket's policy denies plain HTTP, but not for the bucket itself"],
    ],
    "the bucket only": [
      denying({ Resource: bucket }),
      ["spill: the bucket's policy denies plain HTTP, but not for its objects"],
    ],
    "another bucket": [
      denying({ Resource: "arn:aws:s3:::other/*" }),
      [
        "spill: the bucket's policy denies plain HTTP, but not for the bucket itself",
        "spill: the bucket's policy denies plain HTTP, but not for its objects",
      ],
    ],
    "an unknown policy": [mutated(spill, "bucket-policy", { policy: UNKNOWN }), [unknown("spill", "policy")]],
  },
});
