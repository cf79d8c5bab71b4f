import type { OptInArgs, OptInState } from "@pulumi/aws/lakeformation";
import { unlessGone } from "../cloud";
import { type Known, resourceType } from "../resource-type";
import { apiResource, idOf, splitId, type Target, targetFault } from "./lakeformation-target";

export const lakeFormationOptIn = resourceType<OptInArgs, OptInState>({
  token: "aws:lakeformation/optIn:OptIn",
  properties: {
    conditions: { unserved: true },
    principals: { replaces: true },
    resourceDatas: { replaces: true },
    "resourceDatas.catalogs": { unserved: true },
    "resourceDatas.dataCellsFilters": { unserved: true },
    "resourceDatas.dataLocations": { unserved: true },
    "resourceDatas.database.catalogId": { computed: true },
    "resourceDatas.lfTag": { unserved: true },
    "resourceDatas.lfTagExpressions": { unserved: true },
    "resourceDatas.lfTagPolicies": { unserved: true },
    "resourceDatas.table.catalogId": { computed: true },
    "resourceDatas.tableWithColumns": { unserved: true },
  },
  identity: ["principals", "resourceDatas"],
  omits: ["lastModified", "lastUpdatedBy"],

  check({ principals, resourceDatas }): Record<string, string> {
    const [target, ...more] = resourceDatas ?? [];
    const fault = target === undefined || more.length > 0 ? "name one resource" : targetFault(target);
    return {
      ...(principals?.length === 1 ? {} : { principals: "name one principal" }),
      ...(fault === undefined ? {} : { resourceDatas: fault }),
    };
  },

  async create(cloud, inputs, exists) {
    const lake = await cloud.lakeformation();
    const principal = inputs.principals[0]?.dataLakePrincipalIdentifier ?? "";
    const Resource = apiResource(targetOf(inputs), cloud.accountId);
    await lake.createLakeFormationOptIn({
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource,
    });
    exists(idOf(principal, Resource));
  },

  async read(cloud, id) {
    const { principal, target } = splitId(id);
    const lake = await cloud.lakeformation();
    const asked = {
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource: apiResource(target, cloud.accountId),
    };
    const { LakeFormationOptInsInfoList: found = [] } =
      (await unlessGone(lake.listLakeFormationOptIns(asked), "EntityNotFoundException")) ?? {};
    if (found.length === 0) return undefined;
    return {
      principals: [{ dataLakePrincipalIdentifier: principal }],
      resourceDatas: [target],
    };
  },

  async delete(cloud, id) {
    const { principal, target } = splitId(id);
    const lake = await cloud.lakeformation();
    await unlessGone(
      lake.deleteLakeFormationOptIn({
        Principal: { DataLakePrincipalIdentifier: principal },
        Resource: apiResource(target, cloud.accountId),
      }),
      "EntityNotFoundException",
    );
  },
});

function targetOf({ resourceDatas }: Known<OptInArgs>): Target {
  return resourceDatas?.[0] ?? {};
}
