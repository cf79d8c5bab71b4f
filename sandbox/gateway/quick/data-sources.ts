import { QUICK } from "../../world";
import { list, record, requiredText, text } from "../call";
import type { Cloud } from "../context";
import { AwsError, notImplemented } from "../errors";
import type { DataSource, Permission } from "../state";
import { addTags, setTags, tagList } from "../tagging";
import { without } from "../without";
import { athenaParameters, checkAthena } from "./check";

type Input = Readonly<Record<string, unknown>>;

const INVALID = "InvalidParameterValueException";

/** Principals that one data source may be shared with. */
const MOST_PERMISSIONS = 64;

/** The sets of actions that Quick grants on a data source: to use it, or to own it. Other sets are refused. */
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

/** Where a data source is. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

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
  const id = requiredText(input, "DataSourceId", INVALID);
  if (!/^[\w-]{1,512}$/.test(id))
    throw new AwsError(INVALID, `DataSourceId ${id} must be letters, digits, _ and -`);
  const type = requiredText(input, "Type", INVALID);
  if (type !== "ATHENA")
    throw notImplemented("quicksight", "CreateDataSource", `of type ${type} is not served here`);
  const settings = settingsOf(input, place);
  const permissions = await validPermissions(input, "Permissions", place, cloud);
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
  const grants = await validPermissions(input, "GrantPermissions", place, cloud);
  const revokes = permissionList(input, "RevokePermissions");
  const source = dataSource(place, id, cloud);
  const permissions = granted(revoked(source.permissions, revokes), grants);
  if (permissions.length > MOST_PERMISSIONS) {
    const message = `a data source can be shared with ${MOST_PERMISSIONS} principals, this would be ${permissions.length}`;
    throw new AwsError(INVALID, message);
  }
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

function validName(input: Input): string {
  const name = requiredText(input, "Name", INVALID);
  if (name.length > 128) throw new AwsError(INVALID, `Name ${name} is longer than 128 characters`);
  return name;
}

function permissionList(input: Input, name: string): Permission[] {
  return (list(input, name) ?? []).map((item) => {
    const entry = (item ?? {}) as Record<string, unknown>;
    const actions = (list(entry, "Actions") ?? []).map(String);
    if (actions.length === 0) throw new AwsError(INVALID, `${name} must have a Principal and Actions each`);
    return { Principal: requiredText(entry, "Principal", INVALID), Actions: actions };
  });
}

async function validPermissions(
  input: Input,
  name: string,
  place: Place,
  cloud: Cloud,
): Promise<Permission[]> {
  const permissions = permissionList(input, name);
  if (permissions.length > MOST_PERMISSIONS) {
    throw new AwsError(INVALID, `${name} may name ${MOST_PERMISSIONS} principals, not ${permissions.length}`);
  }
  for (const { Principal, Actions } of permissions) {
    const sorted = [...Actions].sort().join(", ");
    if (![USE, OWN].some((set) => [...set].sort().join(", ") === sorted)) {
      throw new AwsError(
        INVALID,
        `ResourcePermission list contains unsupported permission sets [${sorted}] for this resource. ` +
          `Valid sets : [${USE.join(", ")}] or [${OWN.join(", ")}]`,
      );
    }
    if (!(await quickPrincipalExists(Principal, place.account, cloud))) {
      throw new AwsError(INVALID, `Invalid principals given: [${Principal}]`);
    }
  }
  return permissions;
}

/** Users and groups live in the identity Region, whatever Region the data source is in. */
async function quickPrincipalExists(principal: string, account: string, { moto }: Cloud): Promise<boolean> {
  const [, region, owner, kind, namespace, name] =
    /^arn:aws:quicksight:([a-z0-9-]+):(\d{12}):(user|group)\/([\w.-]+)\/(.+)$/.exec(principal) ?? [];
  if (region !== QUICK.identityRegion || owner !== account || namespace !== QUICK.namespace) return false;
  const path = `/accounts/${account}/namespaces/${namespace}/${String(kind)}s/${encodeURIComponent(name ?? "")}`;
  try {
    await moto.rest("quicksight", account, region, "GET", path);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) return false;
    throw error;
  }
}

function granted(before: readonly Permission[], grants: readonly Permission[]): Permission[] {
  const after = new Map(before.map(({ Principal, Actions }) => [Principal, new Set(Actions)]));
  for (const { Principal, Actions } of grants) {
    after.set(Principal, new Set([...(after.get(Principal) ?? []), ...Actions]));
  }
  return [...after].map(([Principal, actions]) => ({ Principal, Actions: [...actions].sort() }));
}

function revoked(before: readonly Permission[], revokes: readonly Permission[]): Permission[] {
  return before.flatMap(({ Principal, Actions }) => {
    const gone = revokes
      .filter((revoke) => revoke.Principal === Principal)
      .flatMap((revoke) => revoke.Actions);
    const left = Actions.filter((action) => !gone.includes(action));
    return left.length === 0 ? [] : [{ Principal, Actions: left }];
  });
}

function put(source: DataSource, cloud: Cloud): void {
  cloud.state.dataSources = { ...cloud.state.dataSources, [keyOf(source, source.id)]: source };
  cloud.changed();
}

function keyOf({ account, region }: Place, id: string): string {
  return `${account}/${region}/${id}`;
}

let last = 0;

/** The time in seconds; never the same twice, since it also tells one making of a data source from the next. */
function seconds(): number {
  last = Math.max(last + 0.001, Date.now() / 1000);
  return Math.round(last * 1000) / 1000;
}
