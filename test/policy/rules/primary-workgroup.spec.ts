import { expect } from "chai";
import { types } from "../../../policy/reading/types";
import { primaryWorkgroup } from "../../../policy/rules/primary-workgroup";
import { HUB, SPOKE } from "../../worlds";
import { dataSource, dataSourceWith, roleB, roleBPolicy, workgroup } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown } from "../world";

const querying = (WorkGroup?: string) =>
  dataSourceWith({ DataSourceParameters: { AthenaParameters: { WorkGroup } } });
const found = ["sales: the data source queries in the workgroup primary"];

ruleSpec({
  rule: primaryWorkgroup,
  passes: {
    "a spoke of ours (R71)": [dataSource, roleB, roleBPolicy, workgroup],
    "other kinds of data sources": [dataSourceWith({ Type: "S3", DataSourceParameters: {} })],
  },
  fails: {
    "the data source's": [[querying("primary")], found],
    "the data source's by default": [[querying()], found],
    "that of a typed data source": [
      [
        {
          type: types.dataSource,
          name: "sales",
          account: HUB,
          props: { type: "ATHENA", parameters: { athena: { workGroup: "primary" } } },
        },
      ],
      found,
    ],
    "the workgroup itself": [
      [changed(workgroup, { name: "primary" })],
      ["workgroup: the workgroup primary is everybody's default"],
    ],
    "Role B's": [
      [
        changed(roleBPolicy, {
          policy: document({
            Effect: "Allow",
            Action: "athena:StartQueryExecution",
            Resource: `arn:aws:athena:us-east-1:${SPOKE}:workgroup/primary`,
          }),
        }),
      ],
      ["role-b-policy: statement 1 allows queries in the workgroup primary"],
    ],
    "an unknown one": [
      [querying(UNKNOWN)],
      [unknown("sales", "properties.DataSourceParameters.AthenaParameters.WorkGroup")],
    ],
  },
});

it("rule primary-workgroup is an advisory (C5)", () => {
  expect(primaryWorkgroup.level).to.equal("advisory");
});
