import { trust } from "./documents";
import { account, describeLifecycle, region } from "./lifecycle";

const FunctionName = "permission-spec";
const inputs = {
  function: FunctionName,
  statementId: "sales",
  action: "lambda:InvokeFunction",
  principal: "130000000001",
  sourceArn: `arn:aws:athena:${region}:130000000001:workgroup/sales`,
};
const token = "aws:lambda/permission:Permission";

describeLifecycle({
  token,
  inputs,
  prepare: async (cloud) => {
    const [iam, lambda] = [await cloud.iam(), await cloud.lambda()];
    const RoleName = FunctionName;
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
    await lambda.createFunction({
      FunctionName,
      Role: `arn:aws:iam::${account}:role/${RoleName}`,
      PackageType: "Image",
      Code: { ImageUri: `292517598671.dkr.ecr.${region}.amazonaws.com/x:1` },
    });
  },
  id: "sales",
  state: { ...inputs, region },
  unknown: [],
  updates: [],
  replacements: [
    { with: { statementId: "other" }, replaces: ["statementId"], deleteBeforeReplace: false },
    { with: { principal: "130000000002" }, replaces: ["principal"], deleteBeforeReplace: true },
    { with: { principalOrgId: "o-athenaspokes" }, replaces: ["principalOrgId"], deleteBeforeReplace: true },
    { with: { sourceArn: undefined }, replaces: ["sourceArn"], deleteBeforeReplace: true },
    { with: { principal: "arn:aws:iam::130000000001:root" }, replaces: [], deleteBeforeReplace: false },
    {
      with: { function: `arn:aws:lambda:${region}:${account}:function:${FunctionName}` },
      replaces: [],
      deleteBeforeReplace: false,
    },
  ],
  importId: `${FunctionName}/sales`,
  importedState: { principal: "arn:aws:iam::130000000001:root" },
  remove: async (cloud) => (await cloud.lambda()).removePermission({ FunctionName, StatementId: "sales" }),
});
