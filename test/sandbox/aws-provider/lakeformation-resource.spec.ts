import { trust } from "./documents";
import { administrate } from "./lakeformation";
import { account, describeLifecycle, region } from "./lifecycle";

const arn = "arn:aws:s3:::lake-data/orders";
const roleArn = `arn:aws:iam::${account}:role/lake-reader`;

describeLifecycle({
  token: "aws:lakeformation/resource:Resource",
  inputs: { arn, roleArn, hybridAccessEnabled: true },
  prepare: async (cloud) => {
    await administrate(cloud);
    await (
      await cloud.iam()
    ).createRole({
      RoleName: "lake-reader",
      AssumeRolePolicyDocument: trust("lakeformation.amazonaws.com"),
    });
  },
  id: arn,
  state: { arn, hybridAccessEnabled: true, region, roleArn },
  unknown: [],
  updates: [],
  replacements: [
    { with: { arn: `${arn}-2` }, replaces: ["arn"], deleteBeforeReplace: false },
    {
      with: { hybridAccessEnabled: false },
      replaces: ["hybridAccessEnabled"],
      deleteBeforeReplace: true,
    },
  ],
  remove: async (cloud) => (await cloud.lakeformation()).deregisterResource({ ResourceArn: arn }),
});
