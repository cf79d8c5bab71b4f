import { account, describeLifecycle, region } from "./lifecycle";

const results = {
  encryptionConfiguration: { encryptionOption: "SSE_S3" },
  expectedBucketOwner: account,
  outputLocation: "s3://results-sales/athena/",
};
const configuration = { bytesScannedCutoffPerQuery: 10_737_418_240, resultConfiguration: results };
/** What Athena fills in. */
const filledIn = {
  enableMinimumEncryptionConfiguration: false,
  enforceWorkgroupConfiguration: true,
  engineVersion: { effectiveEngineVersion: "Athena engine version 3", selectedEngineVersion: "AUTO" },
  publishCloudwatchMetricsEnabled: true,
  requesterPaysEnabled: false,
};

describeLifecycle({
  token: "aws:athena/workgroup:Workgroup",
  inputs: { name: "sales", configuration, tags: { team: "sales" } },
  id: "sales",
  state: {
    arn: `arn:aws:athena:${region}:${account}:workgroup/sales`,
    configuration: { ...filledIn, ...configuration },
    forceDestroy: false,
    name: "sales",
    region,
    state: "ENABLED",
    tags: { team: "sales" },
    tagsAll: { team: "sales" },
  },
  unknown: ["arn"],
  updates: [
    {
      title: "description, location and cutoff",
      with: {
        description: "sales queries",
        configuration: { resultConfiguration: { ...results, outputLocation: "s3://results-sales/other/" } },
      },
      changes: {
        "configuration.bytesScannedCutoffPerQuery": "delete",
        "configuration.resultConfiguration.outputLocation": "update",
        description: "add",
      },
      state: {
        configuration: {
          ...filledIn,
          resultConfiguration: { ...results, outputLocation: "s3://results-sales/other/" },
        },
        description: "sales queries",
      },
    },
    {
      title: "encryption, state and tags",
      with: {
        configuration: { resultConfiguration: { outputLocation: "s3://results-sales/other/" } },
        state: "DISABLED",
        tags: { team: "bi" },
      },
      changes: {
        "configuration.resultConfiguration.encryptionConfiguration": "delete",
        "configuration.resultConfiguration.expectedBucketOwner": "delete",
        state: "update",
        "tags.team": "update",
        "tagsAll.team": "update",
      },
      state: {
        configuration: {
          ...filledIn,
          resultConfiguration: { outputLocation: "s3://results-sales/other/" },
        },
        state: "DISABLED",
        tags: { team: "bi" },
        tagsAll: { team: "bi" },
      },
    },
  ],
  replacements: [{ with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud, { id: WorkGroup }) => {
      const athena = await cloud.athena();
      await athena.updateWorkGroup({
        WorkGroup,
        ConfigurationUpdates: {
          EnforceWorkGroupConfiguration: false,
          BytesScannedCutoffPerQuery: 20_000_000,
        },
      });
    },
    changes: {
      "configuration.bytesScannedCutoffPerQuery": "delete",
      "configuration.enforceWorkgroupConfiguration": "update",
    },
  },
  untold: ["forceDestroy"],
  remove: async (cloud, { id: WorkGroup }) => (await cloud.athena()).deleteWorkGroup({ WorkGroup }),
});
