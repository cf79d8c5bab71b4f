/** Pulumi's type tokens in the words of the AWS console. */

const NOUNS: Readonly<Record<string, string>> = {
  "aws:iam/role:Role": "role",
  "aws:iam/rolePolicy:RolePolicy": "role policy",
  "aws:iam/policy:Policy": "managed policy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policy attachment",
  "aws:s3/bucket:Bucket": "bucket",
  "aws:s3/bucketPolicy:BucketPolicy": "bucket policy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "public access block of bucket",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "ownership rule of bucket",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "encryption of bucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "lifecycle of bucket",
  "aws:s3/bucketObject:BucketObject": "object",
  "aws:s3/bucketObjectv2:BucketObjectv2": "object",
  "aws:kms/key:Key": "KMS key",
  "aws:kms/alias:Alias": "KMS alias",
  "aws:kms/grant:Grant": "KMS grant",
  "aws:lambda/function:Function": "Lambda function",
  "aws:lambda/permission:Permission": "Lambda permission",
  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": "serverless application",
  "aws:athena/workgroup:Workgroup": "Athena workgroup",
  "aws:athena/dataCatalog:DataCatalog": "Athena catalog",
  "aws:glue/catalogDatabase:CatalogDatabase": "Glue database",
  "aws:glue/catalogTable:CatalogTable": "Glue table",
  "aws:glue/resourcePolicy:ResourcePolicy": "Glue policy",
  "aws:lakeformation/optIn:OptIn": "Lake Formation opt-in",
  "aws:lakeformation/permissions:Permissions": "Lake Formation grant",
  "aws:lakeformation/resource:Resource": "Lake Formation location",
  "aws:dynamodb/table:Table": "DynamoDB table",
  "aws:dynamodb/tableItem:TableItem": "DynamoDB item",
  "aws:cloudwatch/logGroup:LogGroup": "log group",
  "aws-native:quicksight:DataSet": "Quick dataset",
};

/** CloudFormation types that come through the generic resource of Cloud Control. */
const EXTENSION_NOUNS: Readonly<Record<string, string>> = {
  "AWS::QuickSight::DataSource": "Quick data source",
};

/** The noun for a resource type; an unknown one is its last word, with spaces. */
export function nounOf(type: string, inputs: Readonly<Record<string, unknown>>): string {
  if (type === "aws-native:index:ExtensionResource" && typeof inputs.type === "string")
    return EXTENSION_NOUNS[inputs.type] ?? inputs.type;
  const noun = NOUNS[type];
  if (noun !== undefined) return noun;
  const last = type.slice(type.lastIndexOf(":") + 1);
  return last.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
}

/** Inputs that name a resource in AWS, the most telling first. */
const NAMES = ["dataSetId", "name", "statementId", "tableName", "key", "bucket", "role", "principal", "arn"];

/** The name in AWS, from the resource's inputs; undefined when none is written. */
export function physicalName(inputs: Readonly<Record<string, unknown>>): string | undefined {
  const { properties } = inputs;
  if (typeof properties === "object" && properties !== null) {
    const id = (properties as Record<string, unknown>).DataSourceId;
    if (typeof id === "string") return id;
  }
  const item = itemName(inputs);
  if (item !== undefined) return item;
  for (const key of NAMES) {
    const value = inputs[key];
    if (typeof value === "string" && isKnown(value)) return value;
  }
  return undefined;
}

/** Whether a text is a value: the engine writes what it does not know yet as a marker in the form of a UUID, and hides secrets. */
export function isKnown(text: string): boolean {
  return text !== "[secret]" && !/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}

/** `Music Acme Band/Happy Day`: a DynamoDB item by its table and key. */
function itemName({
  tableName,
  hashKey,
  rangeKey,
  item,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof tableName !== "string" || typeof item !== "string" || !item.startsWith("{")) return undefined;
  const values = JSON.parse(item) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const key = [hashKey, rangeKey].flatMap((name) =>
    typeof name === "string" ? Object.values(values[name] ?? {}) : [],
  );
  return `${tableName} ${key.join("/")}`;
}
