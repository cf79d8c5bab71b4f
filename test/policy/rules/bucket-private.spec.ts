import { types } from "../../../policy/reading/types";
import { bucketPrivate } from "../../../policy/rules/bucket-private";
import { PRODUCER } from "../../worlds";
import { spill } from "../stacks";
import { mutated, ruleSpec, UNKNOWN, unknown, without } from "../world";

const switches = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

ruleSpec({
  rule: bucketPrivate,
  passes: {
    "a spill bucket": spill,
    "the ownership that new buckets have": without(spill, "ownership"),
    "a bucket whose name is unknown, with its settings": spill.map((written) =>
      "bucket" in written.props ? { ...written, props: { ...written.props, bucket: UNKNOWN } } : written,
    ),
  },
  fails: {
    "no public access block": [
      without(spill, "access-block"),
      ["spill: the bucket has no public access block"],
    ],
    "the public access block of another bucket": [
      mutated(spill, "access-block", { bucket: "other" }),
      ["spill: the bucket has no public access block"],
    ],
    ...Object.fromEntries(
      switches.map((name) => [
        `${name} off`,
        [
          mutated(spill, "access-block", { [name]: false }),
          [`spill: ${name} of the bucket's public access block is off`],
        ] as const,
      ]),
    ),
    "objects of whoever writes them": [
      mutated(spill, "ownership", { rule: { objectOwnership: "ObjectWriter" } }),
      ["spill: objects of the bucket belong to whoever writes them (ObjectWriter)"],
    ],
    "a public access control list": [
      [
        ...spill,
        {
          type: types.bucketAcl,
          name: "acl",
          account: PRODUCER,
          props: { bucket: `dev-music-athena-spill-${PRODUCER}`, acl: "public-read" },
        },
      ],
      ['spill: the bucket has the access control list "public-read"'],
    ],
    "an access control list of the bucket's own": [
      mutated(spill, "spill", { acl: "public-read" }),
      ['spill: the bucket has the access control list "public-read"'],
    ],
    "an unknown switch": [
      mutated(spill, "access-block", { blockPublicAcls: UNKNOWN }),
      [unknown("spill", "blockPublicAcls")],
    ],
  },
});
