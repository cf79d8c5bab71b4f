import { types } from "../../../policy/reading/types";
import { oneRegion } from "../../../policy/rules/one-region";
import { PRODUCER } from "../../worlds";
import { spill } from "../stacks";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const arn = `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`;

function catalog(parameters: object, changes: Partial<Written> = {}): Written {
  return {
    type: types.dataCatalog,
    name: "catalog",
    props: { name: "c", type: "LAMBDA", parameters },
    ...changes,
  };
}

const elsewhere = (name: string) =>
  spill.map((written) => (written.name === name ? { ...written, region: "eu-west-1" } : written));

ruleSpec({
  rule: oneRegion,
  passes: {
    "a catalog with its connector (R9)": [catalog({ function: arn }), ...spill],
    "a connector that is not made yet": [
      catalog({ function: UNKNOWN }, { from: { parameters: ["connector"] } }),
      ...spill,
    ],
    "a catalog of Glue": [
      catalog({}, { props: { name: "c", type: "GLUE", parameters: { "catalog-id": PRODUCER } } }),
    ],
  },
  fails: {
    "a connector of another Region (C17)": [
      [catalog({ function: arn.replace("us-east-1", "eu-west-1") })],
      ["catalog: the catalog is in us-east-1, its connector in eu-west-1"],
    ],
    "metadata of another Region": [
      [catalog({ "metadata-function": arn.replace("us-east-1", "eu-west-1"), "record-function": arn })],
      ["catalog: the catalog is in us-east-1, its connector in eu-west-1"],
    ],
    "a connector of another Region that is not made yet": [
      [catalog({ function: UNKNOWN }, { from: { parameters: ["connector"] } }), ...elsewhere("connector")],
      [
        "catalog: the catalog is in us-east-1, its connector in eu-west-1",
        "connector: the connector is in eu-west-1, its spill bucket spill in us-east-1",
      ],
    ],
    "a spill bucket of another Region": [
      elsewhere("spill"),
      ["connector: the connector is in us-east-1, its spill bucket spill in eu-west-1"],
    ],
    "a catalog that says its own Region": [
      [catalog({}, { props: { type: "LAMBDA", region: "eu-west-1", parameters: { function: arn } } })],
      ["catalog: the catalog is in eu-west-1, its connector in us-east-1"],
    ],
    "an unknown connector of elsewhere": [
      [catalog({ function: UNKNOWN })],
      [unknown("catalog", "parameters.function")],
    ],
  },
});
