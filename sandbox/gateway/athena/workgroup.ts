import { record, requiredText, text } from "../call";
import { AwsError, notImplemented } from "../errors";
import type { WorkGroup } from "../state";

type Settings = Readonly<Record<string, unknown>>;

const INVALID = "InvalidRequestException";

/** The engine that everything runs on. */
export const ENGINE = { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" };

/** What a new workgroup's configuration is where the request does not say otherwise. */
export const NEW_CONFIGURATION = {
  ResultConfiguration: {},
  EnforceWorkGroupConfiguration: true,
  PublishCloudWatchMetricsEnabled: false,
  RequesterPaysEnabled: false,
  EngineVersion: ENGINE,
  EnableMinimumEncryptionConfiguration: false,
} as const;

/** The workgroup that every account has in every Region, until somebody changes it. */
export const PRIMARY: WorkGroup = {
  name: "primary",
  state: "ENABLED",
  configuration: { ...NEW_CONFIGURATION, EnforceWorkGroupConfiguration: false },
  created: Date.UTC(2020, 0, 1) / 1000,
};

/** The workgroup of that name; undefined when there is none. */
export function findWorkGroup(
  workGroups: Readonly<Record<string, WorkGroup>>,
  account: string,
  region: string,
  name: string,
): WorkGroup | undefined {
  return workGroups[`${account}/${region}/${name}`] ?? (name === PRIMARY.name ? PRIMARY : undefined);
}

/** Checks a configuration of a workgroup. @throws AwsError */
export function checkConfiguration(configuration: Settings): void {
  const cutoff = configuration["BytesScannedCutoffPerQuery"];
  if (cutoff !== undefined && (typeof cutoff !== "number" || cutoff < 10_000_000)) {
    throw new AwsError(
      INVALID,
      `BytesScannedCutoffPerQuery ${JSON.stringify(cutoff)} must be at least 10000000`,
    );
  }
  const results = record(configuration, "ResultConfiguration") ?? {};
  checkResults(results);
  if (!keepsResults(configuration)) return;
  if (Object.keys(results).length > 0) throw bothKinds();
  if (record(record(configuration, MANAGED) ?? {}, "EncryptionConfiguration") !== undefined)
    throw notImplemented("athena", "CreateWorkGroup", "with managed results under a key is not served here");
}

const MANAGED = "ManagedQueryResultsConfiguration";

/** Whether Athena keeps the results of a workgroup's queries itself ("Managed query results", Athena user guide). */
export function keepsResults(configuration: Settings): boolean {
  return record(configuration, MANAGED)?.["Enabled"] === true;
}

/** What Athena says when somebody names a place for results that it keeps. */
export function bothKinds(): AwsError {
  return new AwsError(INVALID, `${MANAGED} and ResultConfiguration cannot be set together.`, 400, {
    AthenaErrorCode: "INVALID_INPUT",
  });
}

/** Checks where and how results are to be kept. @throws AwsError */
export function checkResults(results: Settings): void {
  const location = text(results, "OutputLocation");
  if (location !== undefined && !/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/.test(location)) {
    throw new AwsError(INVALID, "outputLocation is not a valid S3 path.", 400, {
      AthenaErrorCode: "INVALID_INPUT",
    });
  }
  const encryption = record(results, "EncryptionConfiguration");
  const option = encryption === undefined ? undefined : requiredText(encryption, "EncryptionOption", INVALID);
  if (option !== undefined && !["SSE_S3", "SSE_KMS", "CSE_KMS"].includes(option)) {
    throw new AwsError(INVALID, `EncryptionOption ${option} is not valid`);
  }
  if (encryption !== undefined && option !== "SSE_S3" && text(encryption, "KmsKey") === undefined) {
    throw new AwsError(INVALID, `EncryptionOption ${option ?? ""} needs a KmsKey`);
  }
}
