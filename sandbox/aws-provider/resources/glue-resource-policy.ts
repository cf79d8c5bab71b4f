import type { ResourcePolicyArgs, ResourcePolicyState } from "@pulumi/aws/glue";
import type { EnableHybridValues, ExistCondition } from "@aws-sdk/client-glue";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";

const notFound = "EntityNotFoundException";

/** The policy of the account's Glue catalog in one Region, of which there is one; its id is the Region. */
export const glueResourcePolicy = resourceType<ResourcePolicyArgs, ResourcePolicyState>({
  token: "aws:glue/resourcePolicy:ResourcePolicy",
  properties: { enableHybrid: {}, policy: { document: "policy" } },
  identity: [],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs, "NOT_EXIST");
    exists(cloud.region);
  },

  async read(cloud) {
    const glue = await cloud.glue();
    const found = await unlessGone(glue.getResourcePolicy({}), notFound);
    return found?.PolicyInJson === undefined ? undefined : { policy: found.PolicyInJson };
  },

  async update(cloud, _, inputs) {
    await put(cloud, inputs, "MUST_EXIST");
  },

  async delete(cloud) {
    const glue = await cloud.glue();
    await unlessGone(glue.deleteResourcePolicy({}), notFound);
  },
});

/** Glue refuses a principal that it does not see yet. */
async function put(
  cloud: Cloud,
  inputs: Known<ResourcePolicyArgs>,
  PolicyExistsCondition: ExistCondition,
): Promise<void> {
  const glue = await cloud.glue();
  await cloud.retry(
    () =>
      glue.putResourcePolicy({
        EnableHybrid: inputs.enableHybrid as EnableHybridValues | undefined,
        PolicyExistsCondition,
        PolicyInJson: inputs.policy,
      }),
    (error) => isErrorSaying(error, "InvalidInputException", /invalid principal/i),
  );
}
