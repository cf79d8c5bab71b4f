import type { ResourceArgs, ResourceState } from "@pulumi/aws/lakeformation";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";

const notFound = "EntityNotFoundException";

/** A location that is registered with Lake Formation; its id is its ARN. */
export const lakeFormationResource = resourceType<ResourceArgs, ResourceState>({
  token: "aws:lakeformation/resource:Resource",
  properties: {
    arn: { replaces: true },
    hybridAccessEnabled: { computed: true, replaces: true },
    roleArn: { replaces: true },
    useServiceLinkedRole: { unserved: true },
    withFederation: { unserved: true },
    withPrivilegedAccess: { unserved: true },
  },
  identity: ["arn"],
  omits: ["lastModified"],

  async create(cloud, inputs, exists) {
    const lake = await cloud.lakeformation();
    await lake.registerResource({
      ResourceArn: inputs.arn,
      RoleArn: inputs.roleArn,
      HybridAccessEnabled: inputs.hybridAccessEnabled,
    });
    exists(inputs.arn);
  },

  async read(cloud, id) {
    const lake = await cloud.lakeformation();
    const found = await unlessGone(lake.describeResource({ ResourceArn: id }), notFound);
    const info = found?.ResourceInfo;
    if (info === undefined) return undefined;
    return {
      arn: info.ResourceArn,
      hybridAccessEnabled: info.HybridAccessEnabled ?? false,
      roleArn: info.RoleArn,
    };
  },

  async delete(cloud, id) {
    const lake = await cloud.lakeformation();
    await unlessGone(lake.deregisterResource({ ResourceArn: id }), notFound);
  },
});
