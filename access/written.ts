/**
 * What a person may write in a request or an environment: the single values, with AWS's own rules for names. Each
 * schema's message says the wrong value and what to change.
 */
import { z } from "zod";

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function text(what: string, pattern: RegExp, rule: string) {
  return z
    .string({
      error: (issue) =>
        issue.input === undefined
          ? `${what} is missing: ${rule}`
          : `${shown(issue.input)} is not a ${what}: ${rule}`,
    })
    .regex(pattern, { error: (issue) => `${shown(issue.input)} is not a valid ${what}: ${rule}` });
}

/** An object that refuses keys it does not know, and says which it knows. */
export function section<Shape extends z.core.$ZodShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys") {
        const unknown = (issue as { keys: string[] }).keys;
        return `unknown ${unknown.length === 1 ? "key" : "keys"} ${unknown.map(shown).join(", ")}: ${what} knows ${Object.keys(shape).join(", ")}`;
      }
      return issue.input === undefined
        ? `${what} is missing: it has the keys ${Object.keys(shape).join(", ")}`
        : `${shown(issue.input)} is not ${what}: write the keys ${Object.keys(shape).join(", ")} below it`;
    },
  });
}

/** Entries by a name that a person chooses: `what` says what stands here. */
export function named<Key extends z.core.$ZodRecordKey, Entry extends z.ZodType>(
  what: string,
  key: Key,
  entry: Entry,
) {
  return z.record(key, entry, {
    error: (issue) =>
      issue.code === "invalid_key"
        ? issue.issues[0]?.message
        : issue.input === undefined
          ? `${what} are missing: write the name of each, and what it is below it`
          : `${shown(issue.input)} are no ${what}: write the name of each, and what it is below it`,
  });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(what: string, words: Words) {
  return z.enum(words, {
    error: (issue) => `${shown(issue.input)} is not a ${what}: write ${words.join(" or ")}`,
  });
}

/** A list with at least one entry. */
export function listOf<Entry extends z.ZodType>(what: string, entry: Entry) {
  return z
    .array(entry, { error: (issue) => `${shown(issue.input)} is not a list of ${what}` })
    .min(1, { error: `name at least one of the ${what}` });
}

export function flag(what: string) {
  return z.boolean({
    error: (issue) => `${shown(issue.input)} is not a choice for ${what}: write true or false`,
  });
}

export function wholeNumber(what: string, unit: string, least: number, most: number) {
  const rule = `write a whole number of ${unit} from ${least} to ${most}`;
  const error = (issue: { input?: unknown }) => `${shown(issue.input)} is not a ${what}: ${rule}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

/** Twelve digits, in quotes. */
export const accountId = z
  .string({
    error: (issue) => {
      if (issue.input === undefined) return `account id is missing: write its 12 digits in quotes`;
      if (typeof issue.input === "number")
        return `account id ${issue.input} is a number here: put the 12 digits in quotes, since YAML reads bare digits as a number and loses leading zeros`;
      return `${shown(issue.input)} is not an account id: write its 12 digits in quotes`;
    },
  })
  .regex(/^\d{12}$/, {
    error: (issue) => `${shown(issue.input)} is not an account id: write its 12 digits in quotes`,
  });

export const region = text(
  "Region",
  /^[a-z]{2,4}(-[a-z]+)+-\d$/,
  'write it as AWS does, for example "us-east-1"',
);

/** No dash, so that `<environment>-<spoke>` reads back without doubt, and no environment's names begin another's. */
export const environmentName = text(
  "environment name",
  /^[a-z][a-z0-9]{0,9}$/,
  "use 1-10 lower-case letters and digits, beginning with a letter",
);

export const spokeName = text(
  "spoke name",
  /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  "use 1-20 lower-case letters, digits and single dashes, beginning with a letter",
);

/** No dash, so that `--<classification>` at the end of a name reads back without doubt. */
export const classificationName = text(
  "classification",
  /^[a-z][a-z0-9]{0,19}$/,
  "use 1-20 lower-case letters and digits, beginning with a letter",
);

export const producerName = text(
  "producer name",
  /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  "use 1-20 lower-case letters, digits and single dashes, beginning with a letter",
);

export const productName = text(
  "product name",
  /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  "use 1-20 lower-case letters, digits and single dashes, beginning with a letter",
);

/** Who is answerable for something, as people know them: a name or an e-mail address. */
export const personName = text(
  "name of who approved",
  /^(?=.*\S)[^\x00-\x1f]{1,128}$/,
  "write a name or an e-mail address of 1-128 characters",
);

/** A day of the calendar. */
export const day = z.preprocess(
  // A day without quotes is a time to Pulumi, which hands it on in the words of Go.
  (value) => (typeof value === "string" ? value.replace(/ 00:00:00 \+0000 UTC$/, "") : value),
  text(
    "day",
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
    'write it as year, month and day, for example "2027-03-31"',
  ).refine((value) => !/^\d{4}-\d{2}-\d{2}$/.test(value) || isDay(value), {
    error: (issue) => `${shown(issue.input)} is not a day of the calendar: correct it`,
  }),
);

/** Dates that are beyond a month's end would be taken for days of the next. */
function isDay(value: string): boolean {
  const time = Date.parse(`${value}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().startsWith(value);
}

export const organizationId = text(
  "organization id",
  /^o-[a-z0-9]{10,32}$/,
  "write it as AWS Organizations shows it, o- and 10-32 lower-case letters and digits",
);

/** IAM: 1-64 characters. A path is not part of the name. */
export const roleName = text(
  "role name",
  /^[\w+=,.@-]{1,64}$/,
  "use 1-64 letters, digits and _+=,.@- (the name, not the ARN)",
);

/** IAM: 1-64 characters. A path is not part of the name. */
export const userName = text("user name", /^[\w+=,.@-]{1,64}$/, "use 1-64 letters, digits and _+=,.@-");

export const readerName = text(
  "reader name",
  /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  "use 1-20 lower-case letters, digits and single dashes, beginning with a letter",
);

/** STS: 2-1,224 characters (L11). */
export const externalId = text(
  "external id",
  /^[\w+=,.@:/-]{2,1224}$/,
  "use 2-1224 letters, digits and _+=,.@:/-",
);

/** A role's name, or a user's as `user/<name>`. */
export const roleOrUser = text(
  "role or user",
  /^(user\/)?[\w+=,.@-]{1,64}$/,
  "write a role's name of 1-64 letters, digits and _+=,.@-, or user/<name> (the name, not the ARN)",
);

/** Whether a spoke has an analyst, and how its role or user is called. */
export const analyst = z.union([z.boolean(), roleOrUser], {
  error: (issue) =>
    `${shown(issue.input)} is not a choice for analyst: write true, false, a role's name of 1-64 letters, digits and _+=,.@-, or user/<name>`,
});

/** IAM: a managed policy's name, 1-128 characters. A path is not part of it. */
export const policyName = text(
  "policy name",
  /^[\w+=,.@-]{1,128}$/,
  "use 1-128 letters, digits and _+=,.@- (the name, not the ARN)",
);

export const subnetId = text(
  "subnet id",
  /^subnet-[0-9a-f]{8,17}$/,
  "write it as AWS does, subnet-0a1b2c3d4e5f60718",
);

export const securityGroupId = text(
  "security group id",
  /^sg-[0-9a-f]{8,17}$/,
  "write it as AWS does, sg-0a1b2c3d4e5f60718",
);

export const bucketName = text(
  "bucket name",
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(\.\.|\.-|-\.))(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "use 3-63 lower-case letters, digits, dots and hyphens",
);

/** Athena's CreateWorkGroup. */
export const workgroupName = text(
  "workgroup name",
  /^[a-zA-Z0-9._-]{1,128}$/,
  "use 1-128 letters, digits and ._-",
);

/**
 * The catalog's name is the function's too (R25), so the connector's own rule holds, but for the length: the execution
 * role is named after it and a role's name has at most 64 characters.
 */
export const connectorName = text(
  "connector name",
  /^(?!awsdatacatalog$)[a-z0-9_-]{1,47}$/,
  "use 1-47 lower-case letters, digits, _ and - (it names the Lambda function and the catalog)",
);

/** Lambda's rule, but for the length: the execution role is named after it and a role's name has at most 64 characters. */
export const functionName = text(
  "function name",
  /^[a-zA-Z0-9_-]{1,50}$/,
  "use 1-50 letters, digits, _ and - (it names the Lambda function)",
);

/** Athena's CreateDataCatalog; lower case, since Athena compares catalog names without case. */
export const catalogName = text(
  "catalog name",
  /^(?!awsdatacatalog$)[a-z0-9_@-]{1,127}$/,
  "use 1-127 lower-case letters, digits and _@- (AwsDataCatalog is Athena's own)",
);

export const tableName = text(
  "DynamoDB table name",
  /^[a-zA-Z0-9_.-]{3,255}$/,
  "use 3-255 letters, digits and _.-",
);

export const databaseName = text(
  "Glue database name",
  /^[a-z0-9_-]{1,255}$/,
  "use 1-255 lower-case letters, digits, _ and -",
);

export const glueTableName = text(
  "Glue table name",
  /^[a-z0-9_-]{1,255}$/,
  "use 1-255 lower-case letters, digits, _ and -",
);

/** `s3://bucket/prefix/` (R93): with scheme, with trailing slash, not a web address. */
export const s3Location = z
  .string({ error: (issue) => `${shown(issue.input)} is not an S3 location: write s3://bucket/prefix/` })
  .superRefine((value, context) => {
    const problem = s3LocationProblem(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

function s3LocationProblem(value: string): string | undefined {
  if (!value.startsWith("s3://"))
    return `"${value}" is not an S3 location: begin it with s3:// (for example s3://analytics-prod/athena/results/)`;
  if (!value.endsWith("/")) return `"${value}" does not end in a slash: write "${value}/"`;
  const { bucket, prefix } = splitS3Location(value);
  const named = bucketName.safeParse(bucket);
  if (!named.success) return named.error.issues[0]?.message;
  if (/[*?]|\/\/|\$\{/.test(prefix))
    return `"${value}" has a prefix with *, ?, \${ or an empty part: write a plain prefix`;
  return undefined;
}

/** `s3://bucket/a/b/` -> bucket `bucket`, prefix `a/b/` (empty for the whole bucket). */
export function splitS3Location(location: string): { bucket: string; prefix: string } {
  const rest = location.slice("s3://".length);
  const slash = rest.indexOf("/");
  return { bucket: rest.slice(0, slash), prefix: rest.slice(slash + 1) };
}

/** A Quick user or group: `user/alice`, `group/bi-authors`. */
export const quickPrincipal = text(
  "Quick user or group",
  /^(user|group)\/[\w+=,.@/-]{1,128}$/,
  "write user/<name> or group/<name>",
);

export const quickNamespace = text(
  "Quick namespace",
  /^[a-zA-Z0-9._-]{1,64}$/,
  "use 1-64 letters, digits and ._-",
);

/** Quick accepts more, but this id is part of an external id, which knows neither spaces nor `*` (L11). */
export const dataSourceId = text("data source id", /^[a-zA-Z0-9-]{1,64}$/, "use 1-64 letters, digits and -");

export const dataSourceName = z
  .string({ error: (issue) => `${shown(issue.input)} is not a data source name: write a text` })
  .min(1, { error: "the data source name is empty: write 1-128 characters" })
  .max(128, { error: "the data source name is longer than 128 characters" });

/** How a request calls a dataset: the end of its id, which begins with the level's name and an underscore. */
export const dataSetKey = text("dataset", /^[a-zA-Z0-9-]{1,64}$/, "use 1-64 letters, digits and -");

export const dataSetName = z
  .string({ error: (issue) => `${shown(issue.input)} is not a dataset name: write a text` })
  .min(1, { error: "the dataset name is empty: write 1-128 characters" })
  .max(128, { error: "the dataset name is longer than 128 characters" });

/** The schema of Quick's RelationalTable, which takes 256 characters; a Glue database's name has 255. */
export const databaseOfDataSet = text(
  "database of a dataset",
  /^[a-z0-9_-]{1,255}$/,
  "use 1-255 lower-case letters, digits, _ and -",
);

/**
 * The name of Quick's RelationalTable, which takes 256 characters: of a Glue table or a DynamoDB table, whose names have
 * 255.
 */
export const tableOfDataSet = text(
  "table of a dataset",
  /^[a-z0-9_.-]{1,255}$/,
  "use 1-255 lower-case letters, digits and _.- (Athena shows names in lower case)",
);

/** The name of Quick's InputColumn: 128 characters by its API, 127 through Cloud Control. */
export const columnName = text(
  "column name",
  /^[^\x00-\x1f"]{1,127}$/,
  "use 1-127 characters without quotes",
);

export const tags = named(
  "tags",
  z.string().regex(/^(?!aws:|athena-spokes:)[\w\s.:/=+@-]{1,128}$/i, {
    error: (issue) =>
      `${shown(issue.input)} is not a tag key: use 1-128 letters, digits, spaces and _.:/=+@-, not beginning with aws: or athena-spokes:`,
  }),
  z
    .string({ error: (issue) => `${shown(issue.input)} is not a tag value: put it in quotes` })
    .regex(/^[\w\s.:/=+@-]{0,256}$/, {
      error: (issue) =>
        `${shown(issue.input)} is not a tag value: use up to 256 letters, digits, spaces and _.:/=+@-`,
    }),
);
