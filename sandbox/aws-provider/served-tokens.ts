/** The resource types this provider serves, by the tokens of @pulumi/aws. */
export const servedTokens = [
  "aws:athena/dataCatalog:DataCatalog",
  "aws:athena/workgroup:Workgroup",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:dynamodb/table:Table",
  "aws:dynamodb/tableItem:TableItem",
  "aws:glue/catalogDatabase:CatalogDatabase",
  "aws:glue/catalogTable:CatalogTable",
  "aws:glue/resourcePolicy:ResourcePolicy",
  "aws:iam/policy:Policy",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/user:User",
  "aws:iam/userPolicy:UserPolicy",
  "aws:kms/alias:Alias",
  "aws:kms/grant:Grant",
  "aws:kms/key:Key",
  "aws:lambda/function:Function",
  "aws:lambda/permission:Permission",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
] as const;

/** The token of a resource type this provider serves. */
export type ServedToken = (typeof servedTokens)[number];
