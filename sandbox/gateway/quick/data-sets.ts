import { list, record, requiredText, text } from "../call";
import type { Cloud } from "../context";
import { AwsError, notImplemented } from "../errors";
import type { DataSet } from "../state";
import { addTags, setTags, tagList } from "../tagging";
import { without } from "../without";
import { dataSource } from "./data-sources";
import { newIngestion, startIngestion, tableOf } from "./ingestions";
import { changedPermissions, granted, validPermissions } from "./permissions";
import { INVALID, type Input, keyOf, newId, type Place, seconds, validName } from "./place";

/** To use a data set, or to own it. */
const USE = [
  "quicksight:DescribeDataSet",
  "quicksight:DescribeDataSetPermissions",
  "quicksight:PassDataSet",
  "quicksight:DescribeIngestion",
  "quicksight:ListIngestions",
];
const OWN = [
  ...USE,
  "quicksight:UpdateDataSet",
  "quicksight:DeleteDataSet",
  "quicksight:CreateIngestion",
  "quicksight:CancelIngestion",
  "quicksight:UpdateDataSetPermissions",
];
/** What owners have since there are refresh schedules; the shorter sets are taken as before. */
const OWN_WITH_SCHEDULES = [
  ...OWN,
  "quicksight:DescribeDataSetRefreshProperties",
  "quicksight:PutDataSetRefreshProperties",
  "quicksight:DeleteDataSetRefreshProperties",
  "quicksight:ListRefreshSchedules",
  "quicksight:DescribeRefreshSchedule",
  "quicksight:CreateRefreshSchedule",
  "quicksight:UpdateRefreshSchedule",
  "quicksight:DeleteRefreshSchedule",
];
const SETS = [USE, OWN, OWN_WITH_SCHEDULES];

/** AWS's InputColumnDataType. */
const COLUMN_TYPES = ["STRING", "INTEGER", "DECIMAL", "DATETIME", "BIT", "BOOLEAN", "JSON"];

/** Members of a request that Describe shows as they are. */
const SETTINGS = ["PhysicalTableMap", "LogicalTableMap", "DataSetUsageConfiguration"];

/** Members that change what people see of the data: none of them is emulated. */
const NOT_SERVED = [
  "ColumnGroups",
  "ColumnLevelPermissionRules",
  "DataPrepConfiguration",
  "DatasetParameters",
  "FieldFolders",
  "FolderArns",
  "PerformanceConfiguration",
  "RowLevelPermissionDataSet",
  "RowLevelPermissionTagConfiguration",
  "SemanticModelConfiguration",
  "UseAs",
];

/** The data sets of a place, in order of their ids. */
export function dataSetsIn({ account, region }: Place, { state }: Cloud): DataSet[] {
  return Object.values(state.dataSets)
    .filter((set) => set.account === account && set.region === region)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws AwsError ResourceNotFoundException */
export function dataSet(place: Place, id: string, { state }: Cloud): DataSet {
  const found = state.dataSets[keyOf(place, id)];
  if (found === undefined) {
    throw new AwsError("ResourceNotFoundException", `DataSet ${id} is not found`, 404, {
      ResourceType: "DATA_SET",
    });
  }
  return found;
}

/** Makes a data set as CreateDataSet does; one in SPICE is filled at once. @throws AwsError */
export async function createDataSet(place: Place, input: Input, cloud: Cloud): Promise<DataSet> {
  const id = newId(input, "DataSetId");
  const described = contentOf(input, place, cloud);
  const permissions = await validPermissions(input, "Permissions", SETS, place, cloud);
  const tags = tagList(input, "Tags", INVALID) ?? [];
  // After the last await, or two at once would both find nothing.
  if (cloud.state.dataSets[keyOf(place, id)] !== undefined) {
    throw new AwsError("ResourceExistsException", `DataSet ${id} already exists`, 409, {
      ResourceType: "DATA_SET",
    });
  }
  const time = seconds();
  const set: DataSet = {
    ...place,
    id,
    arn: `arn:aws:quicksight:${place.region}:${place.account}:dataset/${id}`,
    ...described,
    permissions: granted([], permissions),
    created: time,
    updated: time,
    ingestions: described.importMode === "SPICE" ? [newIngestion("INITIAL_INGESTION")] : [],
  };
  put(set, cloud);
  if (tags.length > 0) addTags(cloud, set.arn, tags);
  startIngestion(set, cloud);
  return set;
}

/** Changes a data set as UpdateDataSet does; one in SPICE is filled anew. @throws AwsError */
export function updateDataSet(place: Place, id: string, input: Input, cloud: Cloud): DataSet {
  const old = dataSet(place, id, cloud);
  const described = contentOf(input, place, cloud);
  const set: DataSet = {
    ...old,
    ...described,
    updated: seconds(),
    ingestions: described.importMode === "SPICE" ? [...old.ingestions, newIngestion("EDIT")] : old.ingestions,
  };
  put(set, cloud);
  if (described.importMode === "SPICE") startIngestion(set, cloud);
  return set;
}

/** @throws AwsError ResourceNotFoundException */
export function deleteDataSet(place: Place, id: string, cloud: Cloud): DataSet {
  const set = dataSet(place, id, cloud);
  cloud.state.dataSets = without(cloud.state.dataSets, keyOf(place, id));
  setTags(cloud, set.arn, []);
  return set;
}

/** Fills a data set in SPICE anew, as CreateIngestion does. @throws AwsError */
export function createIngestion(place: Place, id: string, ingestion: string, cloud: Cloud): DataSet {
  const old = dataSet(place, id, cloud);
  if (old.importMode !== "SPICE")
    throw new AwsError(
      INVALID,
      `The dataset ${id} is not a SPICE dataset and is not supported for ingestion`,
    );
  if (old.ingestions.some((each) => each.id === ingestion))
    throw new AwsError("ResourceExistsException", `Ingestion ${ingestion} already exists`, 409, {
      ResourceType: "INGESTION",
    });
  const set = { ...old, ingestions: [...old.ingestions, newIngestion("FULL_REFRESH", ingestion)] };
  put(set, cloud);
  startIngestion(set, cloud);
  return set;
}

/** Grants and revokes as UpdateDataSetPermissions does. @throws AwsError */
export async function updateDataSetPermissions(
  place: Place,
  id: string,
  input: Input,
  cloud: Cloud,
): Promise<DataSet> {
  dataSet(place, id, cloud);
  const permissions = await changedPermissions(
    input,
    SETS,
    place,
    cloud,
    "data set",
    () => dataSet(place, id, cloud).permissions,
  );
  const changed = { ...dataSet(place, id, cloud), permissions };
  put(changed, cloud);
  return changed;
}

/** What a request says of the data. @throws AwsError */
function contentOf(
  input: Input,
  place: Place,
  cloud: Cloud,
): Pick<DataSet, "name" | "importMode" | "settings"> {
  for (const member of NOT_SERVED)
    if (input[member] !== undefined && input[member] !== null)
      throw notImplemented("quicksight", "CreateDataSet", `with ${member} is not served here`);
  const name = validName(input);
  const importMode = requiredText(input, "ImportMode", INVALID);
  if (importMode !== "SPICE" && importMode !== "DIRECT_QUERY")
    throw new AwsError(INVALID, `ImportMode ${importMode} must be SPICE or DIRECT_QUERY`);
  const tables = Object.entries(record(input, "PhysicalTableMap") ?? {});
  if (tables.length === 0) throw new AwsError(INVALID, "Invalid PhysicalTableMap");
  if (tables.length > 1)
    throw notImplemented("quicksight", "CreateDataSet", "of several tables is not served here");
  for (const [key, table] of tables) {
    if (!/^[0-9a-zA-Z-]{1,64}$/.test(key))
      throw new AwsError(INVALID, `physical table id ${key} is not valid`);
    checkTable((table ?? {}) as Input, place, cloud);
  }
  const settings = Object.fromEntries(
    SETTINGS.flatMap((member) =>
      record(input, member) === undefined ? [] : [[member, record(input, member)] as const],
    ),
  );
  return { name, importMode, settings };
}

/** The table of a data set: one of a data source of this place, with columns of types that there are. */
function checkTable(table: Input, place: Place, cloud: Cloud): void {
  const kinds = Object.keys(table).filter((kind) => table[kind] !== undefined && table[kind] !== null);
  if (kinds.length !== 1)
    throw new AwsError(INVALID, "Exactly one of RelationalTable, CustomSql or S3Source must be set");
  const relational = record(table, "RelationalTable");
  if (relational === undefined)
    throw notImplemented("quicksight", "CreateDataSet", `of a ${kinds[0] ?? ""} is not served here`);
  const most = { Catalog: 256, Schema: 256, Name: 256 };
  requiredText(relational, "Name", INVALID);
  for (const [member, length] of Object.entries(most))
    if ((text(relational, member) ?? "").length > length)
      throw new AwsError(INVALID, `${member} is longer than ${length} characters`);
  const columns = list(relational, "InputColumns") ?? [];
  if (columns.length < 1 || columns.length > 2048)
    throw new AwsError(INVALID, `InputColumns must be between 1 and 2048, not ${columns.length}`);
  const names = columns.map((column) => {
    const { Name, Type } = (column ?? {}) as Record<string, unknown>;
    if (typeof Name !== "string" || Name.length < 1 || Name.length > 128)
      throw new AwsError(INVALID, `InputColumns: ${JSON.stringify(Name)} is not a name of 1-128 characters`);
    if (!COLUMN_TYPES.includes(String(Type)))
      throw new AwsError(
        INVALID,
        `InputColumns: ${JSON.stringify(Type)} failed to satisfy constraint: Member must satisfy enum value set: [${COLUMN_TYPES.join(", ")}]`,
      );
    return Name;
  });
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice !== undefined) throw new AwsError(INVALID, `Duplicate column name ${twice}`);
  const arn = requiredText(relational, "DataSourceArn", INVALID);
  const [, region, account, id] =
    /^arn:aws:quicksight:([\w-]+):(\d{12}):datasource\/([\w-]+)$/.exec(arn) ?? [];
  if (id === undefined || region !== place.region || account !== place.account)
    throw new AwsError(INVALID, `Invalid dataSourceArn ${arn}`);
  dataSource(place, id, cloud);
}

/** The columns that analyses see: those of the table, with the types that analyses know (AWS's ColumnDataType). */
export function outputColumns({ settings }: DataSet): object[] {
  const { InputColumns } = tableOf(settings);
  return InputColumns.map(({ Name, Type }) => ({
    Name,
    Type: Type === "BIT" || Type === "BOOLEAN" ? "INTEGER" : Type === "JSON" ? "STRING" : Type,
  }));
}

function put(set: DataSet, cloud: Cloud): void {
  cloud.state.dataSets = { ...cloud.state.dataSets, [keyOf(set, set.id)]: set };
  cloud.changed();
}
