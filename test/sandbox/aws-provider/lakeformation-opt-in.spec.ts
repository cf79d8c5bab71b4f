import { administrate, consumer } from "./lakeformation";
import { account, describeLifecycle, region } from "./lifecycle";

const principals = [{ dataLakePrincipalIdentifier: consumer }];
const resourceDatas = [{ database: { catalogId: account, name: "shop" } }];

describeLifecycle({
  token: "aws:lakeformation/optIn:OptIn",
  inputs: { principals, resourceDatas },
  prepare: administrate,
  id: `${consumer},${account},shop`,
  state: { principals, region, resourceDatas },
  unknown: [],
  updates: [],
  replacements: [
    {
      with: { principals: [{ dataLakePrincipalIdentifier: "130000000002" }] },
      replaces: ["principals"],
      deleteBeforeReplace: false,
    },
  ],
  remove: async (cloud) =>
    (await cloud.lakeformation()).deleteLakeFormationOptIn({
      Principal: { DataLakePrincipalIdentifier: consumer },
      Resource: { Database: { CatalogId: account, Name: "shop" } },
    }),
});
