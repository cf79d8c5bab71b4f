import { account, describeLifecycle, region } from "./lifecycle";

const lambda = (name: string): string => `arn:aws:lambda:${region}:${account}:function:${name}`;

describeLifecycle({
  token: "aws:athena/dataCatalog:DataCatalog",
  inputs: {
    name: "acct1dynamodb",
    description: "music",
    type: "LAMBDA",
    parameters: { function: lambda("acct1dynamodb") },
    tags: { team: "bi" },
  },
  id: "acct1dynamodb",
  state: {
    arn: `arn:aws:athena:${region}:${account}:datacatalog/acct1dynamodb`,
    description: "music",
    name: "acct1dynamodb",
    parameters: { function: lambda("acct1dynamodb") },
    region,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
    type: "LAMBDA",
  },
  unknown: ["arn"],
  updates: [
    {
      title: "description and function",
      with: { description: "all music", parameters: { function: lambda("other") } },
      changes: { description: "update", parameters: "update" },
      state: { description: "all music", parameters: { function: lambda("other") } },
    },
    {
      title: "tags",
      with: { tags: { team: "sales" } },
      changes: { "tags.team": "update", "tagsAll.team": "update" },
      state: { tags: { team: "sales" }, tagsAll: { team: "sales" } },
    },
  ],
  replacements: [{ with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud, { id: Name }) => {
      const athena = await cloud.athena();
      await athena.updateDataCatalog({ Name, Type: "LAMBDA", Parameters: { function: lambda("by-hand") } });
    },
    changes: { description: "add", parameters: "update" },
  },
  remove: async (cloud, { id: Name }) => (await cloud.athena()).deleteDataCatalog({ Name }),
});
