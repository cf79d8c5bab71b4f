/**
 * AWS's application AthenaDynamoDBConnector as the Serverless Application Repository has it (R25): its parameters are those
 * of `athena-dynamodb.yaml` in awslabs/aws-athena-query-federation, the stack is what the Serverless transform makes of it.
 */
import { AwsError } from "../errors";

/** The application's id, the same in every account and Region. */
export const APPLICATION =
  "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector";

/** What somebody has to say that they know of. */
export const CAPABILITIES: readonly string[] = ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"];

/** The version that is taken when none is asked for. */
export const LATEST = "2026.33.1";

const HANDLER = "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler";

/** Parameter -> default; undefined for one that has to be given. */
export const PARAMETERS: Readonly<Record<string, string | undefined>> = {
  AthenaCatalogName: undefined,
  SpillBucket: undefined,
  SpillPrefix: "athena-spill",
  LambdaTimeout: "900",
  LambdaMemory: "3008",
  LambdaRole: "",
  DisableSpillEncryption: "false",
  KMSKeyId: "",
  PermissionsBoundaryARN: "",
};

/**
 * The template after its transform, with its conditions carried out for these parameters.
 *
 * @throws AwsError for parameters that the application does not have, or lacks
 */
export function processedTemplate(given: Readonly<Record<string, string>>, version: string): string {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(PARAMETERS, name));
  if (unknown.length > 0)
    throw new AwsError("BadRequestException", `Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing = Object.keys(PARAMETERS).filter((name) => (given[name] ?? PARAMETERS[name]) === undefined);
  if (missing.length > 0)
    throw new AwsError("BadRequestException", `Parameters: [${missing.join(", ")}] must have values`);
  if (!/^[a-z0-9-_]{1,64}$/.test(given["AthenaCatalogName"] ?? ""))
    throw new AwsError(
      "BadRequestException",
      "Parameter AthenaCatalogName failed to satisfy constraint: Must match pattern ^[a-z0-9-_]{1,64}$",
    );
  const value = (name: string) => given[name] ?? PARAMETERS[name] ?? "";
  const ownRole = value("LambdaRole") === "";
  return JSON.stringify({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "This connector enables Amazon Athena to communicate with DynamoDB, making your tables accessible via SQL.",
    Parameters: Object.fromEntries(
      Object.entries(PARAMETERS).map(([name, preset]) => [
        name,
        { Type: "String", ...(preset === undefined ? {} : { Default: preset }) },
      ]),
    ),
    Resources: {
      ...(ownRole ? { FunctionRole: functionRole(value) } : {}),
      ConnectorConfig: {
        Type: "AWS::Lambda::Function",
        Properties: {
          FunctionName: { Ref: "AthenaCatalogName" },
          Description: "Enables Amazon Athena to communicate with DynamoDB, making your tables accessible via SQL",
          PackageType: "Image",
          Code: {
            ImageUri: {
              "Fn::Sub": `292517598671.dkr.ecr.\${AWS::Region}.amazonaws.com/athena-federation-repository-dynamodb:${version}`,
            },
          },
          ImageConfig: { Command: [HANDLER] },
          Timeout: { Ref: "LambdaTimeout" },
          MemorySize: { Ref: "LambdaMemory" },
          Role: ownRole ? { "Fn::GetAtt": ["FunctionRole", "Arn"] } : { Ref: "LambdaRole" },
          Environment: {
            Variables: {
              disable_spill_encryption: { Ref: "DisableSpillEncryption" },
              spill_bucket: { Ref: "SpillBucket" },
              spill_prefix: { Ref: "SpillPrefix" },
              ...(value("KMSKeyId") === "" ? {} : { kms_key_id: { Ref: "KMSKeyId" } }),
            },
          },
        },
      },
    },
  });
}

/** The role of AWS's template, as wide as it has it. */
function functionRole(value: (name: string) => string): object {
  const allow = (Action: readonly string[], Resource: unknown) => ({ Effect: "Allow", Action, Resource });
  const boundary = value("PermissionsBoundaryARN");
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      ...(boundary === "" ? {} : { PermissionsBoundary: { Ref: "PermissionsBoundaryARN" } }),
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: ["lambda.amazonaws.com"] }, Action: ["sts:AssumeRole"] },
        ],
      },
      Policies: [
        {
          PolicyName: "FunctionExecutionPolicy",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*"),
              allow(
                [
                  "dynamodb:DescribeTable",
                  "dynamodb:ListTables",
                  "dynamodb:Query",
                  "dynamodb:Scan",
                  "dynamodb:PartiQLSelect",
                  "athena:GetQueryExecution",
                ],
                "*",
              ),
              allow(
                ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:PutObject"],
                [
                  { "Fn::Sub": "arn:${AWS::Partition}:s3:::${SpillBucket}" },
                  { "Fn::Sub": "arn:${AWS::Partition}:s3:::${SpillBucket}/*" },
                ],
              ),
            ],
          },
        },
      ],
    },
  };
}
