import { roleBPerDataSource } from "../../../policy/rules/role-b-per-data-source";
import { HUB, SPOKE } from "../../worlds";
import { dataSource, dataSourceWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function querying(name: string, role: string): Written {
  return dataSourceWith(
    { DataSourceId: name, DataSourceParameters: { AthenaParameters: { ConsumerAccountRoleArn: role } } },
    name,
  );
}

const roleB = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;

ruleSpec({
  rule: roleBPerDataSource,
  passes: {
    "one data source, whatever its Role B will be": [querying("sales", UNKNOWN)],
    "a Role B each (R72)": [dataSource, querying("secret", `${roleB}-secret`)],
    "other things of Cloud Control": [
      dataSource,
      {
        type: dataSource.type,
        name: "other",
        account: HUB,
        props: { type: "AWS::S3::Bucket", properties: {} },
      },
    ],
  },
  fails: {
    "one Role B for two": [
      [querying("sales", roleB), querying("secret", roleB)],
      [
        `sales: the data source has Role B ${roleB} in common with secret`,
        `secret: the data source has Role B ${roleB} in common with sales`,
      ],
    ],
    "an unknown Role B": [
      [querying("sales", UNKNOWN), querying("secret", roleB)],
      [
        unknown("sales", "properties.DataSourceParameters.AthenaParameters.ConsumerAccountRoleArn"),
        unknown("secret", "properties.DataSourceParameters.AthenaParameters.ConsumerAccountRoleArn"),
      ],
    ],
  },
});
