import { account, describeLifecycle, region } from "./lifecycle";

const arn = `arn:aws:glue:${region}:${account}:database/sales`;

describeLifecycle({
  token: "aws:glue/catalogDatabase:CatalogDatabase",
  inputs: { name: "sales", description: "orders", parameters: { owner: "sales" }, tags: { team: "sales" } },
  id: `${account}:sales`,
  state: {
    arn,
    catalogId: account,
    description: "orders",
    name: "sales",
    parameters: { owner: "sales" },
    region,
    tags: { team: "sales" },
    tagsAll: { team: "sales" },
  },
  unknown: ["arn", "catalogId", "createTableDefaultPermissions", "locationUri"],
  updates: [
    {
      title: "description, location, parameters and tags",
      with: {
        description: "all orders",
        locationUri: "s3://data/sales/",
        parameters: { owner: "bi" },
        tags: { team: "bi" },
      },
      changes: {
        description: "update",
        locationUri: "add",
        "parameters.owner": "update",
        "tags.team": "update",
        "tagsAll.team": "update",
      },
      state: {
        description: "all orders",
        locationUri: "s3://data/sales/",
        parameters: { owner: "bi" },
        tags: { team: "bi" },
        tagsAll: { team: "bi" },
      },
    },
  ],
  replacements: [
    { with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { catalogId: "130000000001" }, replaces: ["catalogId"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) =>
      (await cloud.glue()).updateDatabase({
        Name: "sales",
        DatabaseInput: { Name: "sales", Description: "by hand" },
      }),
    changes: { description: "update", locationUri: "add", parameters: "add" },
  },
  remove: async (cloud) => (await cloud.glue()).deleteDatabase({ Name: "sales" }),
});
