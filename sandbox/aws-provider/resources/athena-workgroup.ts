import type { WorkgroupArgs, WorkgroupState } from "@pulumi/aws/athena";
import type {
  EncryptionConfiguration,
  EncryptionOption,
  ResultConfiguration,
  S3AclOption,
  WorkGroupConfiguration,
  WorkGroupConfigurationUpdates,
  WorkGroupState,
} from "@aws-sdk/client-athena";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

type Configuration = NonNullable<Known<WorkgroupArgs["configuration"]>>;
type Results = NonNullable<Configuration["resultConfiguration"]>;

export const workgroup = resourceType<WorkgroupArgs, WorkgroupState>({
  token: "aws:athena/workgroup:Workgroup",
  properties: {
    configuration: { computed: true },
    "configuration.enforceWorkgroupConfiguration": { default: true },
    "configuration.engineVersion": { computed: true },
    "configuration.engineVersion.effectiveEngineVersion": { computed: true },
    "configuration.engineVersion.selectedEngineVersion": { default: "AUTO" },
    "configuration.identityCenterConfiguration": { unserved: true, computed: true },
    "configuration.managedQueryResultsConfiguration": { computed: true },
    "configuration.monitoringConfiguration": { unserved: true, computed: true },
    "configuration.publishCloudwatchMetricsEnabled": { default: true },
    "configuration.queryResultsS3AccessGrantsConfiguration": { unserved: true, computed: true },
    description: {},
    forceDestroy: { default: false },
    name: { replaces: true },
    state: { default: "ENABLED" },
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 128 },

  async create(cloud, inputs, exists) {
    const athena = await cloud.athena();
    const Name = inputs.name ?? "";
    await athena.createWorkGroup({
      Name,
      Description: inputs.description,
      Configuration: inputs.configuration && created(inputs.configuration),
      Tags: tagList(inputs.tagsAll),
    });
    exists(Name);
    if (inputs.state === "DISABLED") await athena.updateWorkGroup({ WorkGroup: Name, State: "DISABLED" });
  },

  async read(cloud, id) {
    const athena = await cloud.athena();
    const found = await unlessMissing(athena.getWorkGroup({ WorkGroup: id }));
    if (found?.WorkGroup === undefined) return undefined;
    const { WorkGroup: current } = found;
    const arn = arnOf(cloud, id);
    const { Tags } = await athena.listTagsForResource({ ResourceARN: arn });
    return {
      arn,
      configuration: current.Configuration && described(current.Configuration),
      description: current.Description,
      name: current.Name,
      state: current.State,
      tagsAll: tagRecord(Tags),
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const athena = await cloud.athena();
    if (["configuration", "description", "state"].some((name) => changed.has(name))) {
      await athena.updateWorkGroup({
        WorkGroup: id,
        Description: inputs.description ?? "",
        State: inputs.state as WorkGroupState | undefined,
        ConfigurationUpdates:
          changed.has("configuration") && inputs.configuration !== undefined
            ? updated(inputs.configuration, old.configuration ?? {})
            : undefined,
      });
    }
    const ResourceARN = arnOf(cloud, id);
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => athena.tagResource({ ResourceARN, Tags: tagList(tags) }),
      (TagKeys) => athena.untagResource({ ResourceARN, TagKeys }),
    );
  },

  async delete(cloud, id, state) {
    const athena = await cloud.athena();
    await unlessMissing(athena.deleteWorkGroup({ WorkGroup: id, RecursiveDeleteOption: state.forceDestroy }));
  },
});

/** Athena says "invalid request" of a workgroup that does not exist. */
async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await unlessGone(call, "ResourceNotFoundException");
  } catch (error) {
    if (isErrorSaying(error, "InvalidRequestException", /not found|does not exist/i)) return undefined;
    throw error;
  }
}

function arnOf(cloud: Cloud, name: string): string {
  return `arn:${cloud.partition}:athena:${cloud.region}:${cloud.accountId}:workgroup/${name}`;
}

function created(inputs: Configuration): WorkGroupConfiguration {
  const { customerContentEncryptionConfiguration: content, managedQueryResultsConfiguration: managed } =
    inputs;
  return {
    BytesScannedCutoffPerQuery: inputs.bytesScannedCutoffPerQuery,
    CustomerContentEncryptionConfiguration:
      content?.kmsKey === undefined ? undefined : { KmsKey: content.kmsKey },
    EnableMinimumEncryptionConfiguration: inputs.enableMinimumEncryptionConfiguration,
    EnforceWorkGroupConfiguration: inputs.enforceWorkgroupConfiguration,
    EngineVersion: inputs.engineVersion && {
      SelectedEngineVersion: inputs.engineVersion.selectedEngineVersion,
    },
    ExecutionRole: inputs.executionRole,
    ManagedQueryResultsConfiguration: managed && {
      Enabled: managed.enabled,
      EncryptionConfiguration:
        managed.encryptionConfiguration?.kmsKey === undefined
          ? undefined
          : { KmsKey: managed.encryptionConfiguration.kmsKey },
    },
    PublishCloudWatchMetricsEnabled: inputs.publishCloudwatchMetricsEnabled,
    RequesterPaysEnabled: inputs.requesterPaysEnabled,
    ResultConfiguration: inputs.resultConfiguration && results(inputs.resultConfiguration),
  };
}

/** An update leaves alone what it is not told of: what the inputs no longer say is told to be removed. */
function updated(inputs: Configuration, old: Configuration): WorkGroupConfigurationUpdates {
  const {
    ManagedQueryResultsConfiguration,
    ResultConfiguration: resultConfiguration,
    ...shared
  } = created(inputs);
  const gone = <T>(before: T | undefined, after: T | undefined): true | undefined =>
    before !== undefined && after === undefined ? true : undefined;
  const before = old.resultConfiguration ?? {};
  const after = inputs.resultConfiguration ?? {};
  return {
    ...shared,
    ManagedQueryResultsConfigurationUpdates: ManagedQueryResultsConfiguration,
    RemoveBytesScannedCutoffPerQuery: gone(
      old.bytesScannedCutoffPerQuery || undefined,
      inputs.bytesScannedCutoffPerQuery,
    ),
    RemoveCustomerContentEncryptionConfiguration: gone(
      old.customerContentEncryptionConfiguration,
      inputs.customerContentEncryptionConfiguration,
    ),
    ResultConfigurationUpdates: {
      ...resultConfiguration,
      RemoveAclConfiguration: gone(before.aclConfiguration, after.aclConfiguration),
      RemoveEncryptionConfiguration: gone(before.encryptionConfiguration, after.encryptionConfiguration),
      RemoveExpectedBucketOwner: gone(before.expectedBucketOwner, after.expectedBucketOwner),
      RemoveOutputLocation: gone(before.outputLocation, after.outputLocation),
    },
  };
}

function results(inputs: Results): ResultConfiguration {
  return {
    AclConfiguration: inputs.aclConfiguration && {
      S3AclOption: inputs.aclConfiguration.s3AclOption as S3AclOption,
    },
    EncryptionConfiguration: inputs.encryptionConfiguration && encryption(inputs.encryptionConfiguration),
    ExpectedBucketOwner: inputs.expectedBucketOwner,
    OutputLocation: inputs.outputLocation,
  };
}

function encryption(inputs: NonNullable<Results["encryptionConfiguration"]>): EncryptionConfiguration {
  return { EncryptionOption: inputs.encryptionOption as EncryptionOption, KmsKey: inputs.kmsKeyArn };
}

function described(current: WorkGroupConfiguration): Configuration {
  const {
    CustomerContentEncryptionConfiguration: content,
    ManagedQueryResultsConfiguration: managed,
    ResultConfiguration: result,
  } = current;
  return {
    bytesScannedCutoffPerQuery: current.BytesScannedCutoffPerQuery,
    customerContentEncryptionConfiguration: content && { kmsKey: content.KmsKey },
    enableMinimumEncryptionConfiguration: current.EnableMinimumEncryptionConfiguration,
    enforceWorkgroupConfiguration: current.EnforceWorkGroupConfiguration,
    engineVersion: current.EngineVersion && {
      effectiveEngineVersion: current.EngineVersion.EffectiveEngineVersion,
      selectedEngineVersion: current.EngineVersion.SelectedEngineVersion,
    },
    executionRole: current.ExecutionRole,
    managedQueryResultsConfiguration: managed && {
      enabled: managed.Enabled,
      encryptionConfiguration: managed.EncryptionConfiguration && {
        kmsKey: managed.EncryptionConfiguration.KmsKey,
      },
    },
    publishCloudwatchMetricsEnabled: current.PublishCloudWatchMetricsEnabled,
    requesterPaysEnabled: current.RequesterPaysEnabled,
    resultConfiguration: result && {
      aclConfiguration: result.AclConfiguration && { s3AclOption: result.AclConfiguration.S3AclOption ?? "" },
      encryptionConfiguration: result.EncryptionConfiguration && {
        encryptionOption: result.EncryptionConfiguration.EncryptionOption,
        kmsKeyArn: result.EncryptionConfiguration.KmsKey,
      },
      expectedBucketOwner: result.ExpectedBucketOwner,
      outputLocation: result.OutputLocation,
    },
  };
}
