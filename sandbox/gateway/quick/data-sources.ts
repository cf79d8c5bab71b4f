import { list, record, requiredText, text } from "../call";
import type { Cloud } from "../context";
import { AwsError, notImplemented } from "../errors";
import type { DataSource } from "../state";
import { addTags, setTags, tagList } from "../tagging";
import { without } from "../without";
import { athenaParameters, checkAthena } from "./check";
import { changedPermissions, granted, validPermissions } from "./permissions";
import { INVALID, type Input, keyOf, newId, type Place, seconds, validName } from "./place";

/** To use a data source, or to own it. */
const USE = [
  "quicksight:DescribeDataSource",
  "quicksight:DescribeDataSourcePermissions",
  "quicksight:PassDataSource",
];
const OWN = [
  ...USE,
  "quicksight:DeleteDataSource",
  "quicksight:UpdateDataSource",
  "quicksight:UpdateDataSourcePermissions",
];
const SETS = [USE, OWN];

/** The data sources of a place, in order of their ids. */
export function dataSourcesIn({ account, region }: Place, { state }: Cloud): DataSource[] {
  return Object.values(state.dataSources)
    .filter((source) => source.account === account && source.region === region)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws AwsError ResourceNotFoundException */
export function dataSource(place: Place, id: string, { state }: Cloud): DataSource {
  const found = state.dataSources[keyOf(place, id)];
  if (found === undefined) {
    throw new AwsError("ResourceNotFoundException", `DataSource ${id} is not found`, 404, {
      ResourceType: "DATA_SOURCE",
    });
  }
  return found;
}

/** Makes a data source as CreateDataSource does, and starts Quick's check of it. @throws AwsError */
export async function createDataSource(place: Place, input: Input, cloud: Cloud): Promise<DataSource> {
  const id = newId(input, "DataSourceId");
  const type = requiredText(input, "Type", INVALID);
  if (type !== "ATHENA")
    throw notImplemented("quicksight", "CreateDataSource", `of type ${type} is not served here`);
  const settings = settingsOf(input, place);
  const permissions = await validPermissions(input, "Permissions", SETS, place, cloud);
  const tags = tagList(input, "Tags", INVALID) ?? [];
  const key = keyOf(place, id);
  // After the last await, or two at once would both find nothing.
  if (cloud.state.dataSources[key] !== undefined) {
    throw new AwsError("ResourceExistsException", `DataSource ${id} already exists`, 409, {
      ResourceType: "DATA_SOURCE",
    });
  }
  const time = seconds();
  const source: DataSource = {
    ...place,
    id,
    arn: `arn:aws:quicksight:${place.region}:${place.account}:datasource/${id}`,
    name: validName(input),
    type,
    settings,
    status: "CREATION_IN_PROGRESS",
    permissions: granted([], permissions),
    created: time,
    updated: time,
  };
  put(source, cloud);
  if (tags.length > 0) addTags(cloud, source.arn, tags);
  startCheck(source, cloud);
  return source;
}

/** Changes a data source as UpdateDataSource does, and starts Quick's check again. @throws AwsError */
export function updateDataSource(place: Place, id: string, input: Input, cloud: Cloud): DataSource {
  const old = dataSource(place, id, cloud);
  if (old.status.endsWith("IN_PROGRESS")) {
    throw new AwsError("ConflictException", `DataSource ${id} is being changed`, 409);
  }
  const source: DataSource = {
    ...old,
    name: validName(input),
    settings: { ...old.settings, ...settingsOf(input, place) },
    status: "UPDATE_IN_PROGRESS",
    errorInfo: undefined,
    updated: seconds(),
  };
  put(source, cloud);
  startCheck(source, cloud);
  return source;
}

/** @throws AwsError ResourceNotFoundException */
export function deleteDataSource(place: Place, id: string, cloud: Cloud): DataSource {
  const source = dataSource(place, id, cloud);
  cloud.state.dataSources = without(cloud.state.dataSources, keyOf(place, id));
  setTags(cloud, source.arn, []);
  return source;
}

/** Grants and revokes as UpdateDataSourcePermissions does. @throws AwsError */
export async function updatePermissions(
  place: Place,
  id: string,
  input: Input,
  cloud: Cloud,
): Promise<DataSource> {
  dataSource(place, id, cloud);
  const permissions = await changedPermissions(
    input,
    SETS,
    place,
    cloud,
    "data source",
    () => dataSource(place, id, cloud).permissions,
  );
  const source = dataSource(place, id, cloud);
  const changed = { ...source, permissions };
  put(changed, cloud);
  return changed;
}

/** Starts the checks that were under way when the gateway was stopped. */
export function resumeChecks(cloud: Cloud): void {
  for (const source of Object.values(cloud.state.dataSources)) {
    if (source.status.endsWith("IN_PROGRESS")) startCheck(source, cloud);
  }
}

function startCheck(source: DataSource, cloud: Cloud): void {
  cloud.later(async () => {
    const operation = source.status.replace("_IN_PROGRESS", "");
    const errorInfo = await checkAthena(source, cloud).catch((error: unknown) => ({
      Type: "UNKNOWN",
      Message: error instanceof Error ? error.message : String(error),
    }));
    // Deleted, or made anew, meanwhile: then this is about something else.
    if (cloud.state.dataSources[keyOf(source, source.id)]?.updated !== source.updated) return;
    const now = dataSource(source, source.id, cloud);
    put(
      errorInfo === undefined
        ? { ...now, status: `${operation}_SUCCESSFUL` }
        : { ...now, status: `${operation}_FAILED`, errorInfo },
      cloud,
    );
  });
}

function settingsOf(input: Input, place: Place): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const name of ["DataSourceParameters", "VpcConnectionProperties", "SslProperties"]) {
    const value = record(input, name);
    if (value !== undefined) settings[name] = value;
  }
  const alternatives = list(input, "AlternateDataSourceParameters");
  if (alternatives !== undefined) settings["AlternateDataSourceParameters"] = alternatives;

  const parameters = record(input, "DataSourceParameters");
  if (parameters !== undefined) {
    const given = record(parameters, "AthenaParameters");
    if (given === undefined || Object.keys(parameters).length !== 1) {
      throw new AwsError(INVALID, "a data source of type ATHENA has AthenaParameters and no others");
    }
    for (const name of ["RoleArn", "ConsumerAccountRoleArn"]) {
      const arn = text(given, name);
      if (arn !== undefined && !/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn)) {
        throw new AwsError(INVALID, `${name} ${arn} is not the ARN of a role`);
      }
    }
    const { roleArn, consumerRoleArn } = athenaParameters({ settings });
    if (consumerRoleArn !== undefined && roleArn === undefined) {
      throw new AwsError(INVALID, "ConsumerAccountRoleArn needs a RoleArn to be assumed from");
    }
    if (roleArn !== undefined && roleArn.split(":")[4] !== place.account) {
      throw new AwsError("AccessDeniedException", "Cross-account pass role is not allowed.", 401);
    }
  }
  return settings;
}

function put(source: DataSource, cloud: Cloud): void {
  cloud.state.dataSources = { ...cloud.state.dataSources, [keyOf(source, source.id)]: source };
  cloud.changed();
}
