/**
 * AWS's application AthenaDynamoDBConnector as the Serverless Application Repository has it (R25): its parameters are those
 * of `athena-dynamodb.yaml` in awslabs/aws-athena-query-federation, its stack is what the Serverless transform makes of
 * that for who gives a role.
 */
import { connectorImage } from "../../../access/connector";
import { AwsError, notImplemented } from "../errors";

/** What somebody has to say that they know of. */
export const CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"] as const;

/** The version that is taken when none is asked for. */
export const LATEST = "2026.33.1";

const CATALOG_NAME = /^[a-z0-9_-]{1,64}$/;

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
 * @throws AwsError for parameters that the application does not have, lacks or refuses; 501 without a role, which the
 *   template would make
 */
export function processedTemplate(
  region: string,
  version: string,
  given: Readonly<Record<string, string>>,
): string {
  const refused = (message: string) => new AwsError("BadRequestException", message);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(PARAMETERS, name));
  if (unknown.length > 0) throw refused(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing = Object.keys(PARAMETERS).filter((name) => (given[name] ?? PARAMETERS[name]) === undefined);
  if (missing.length > 0) throw refused(`Parameters: [${missing.join(", ")}] must have values`);
  if (!CATALOG_NAME.test(given["AthenaCatalogName"] ?? ""))
    throw refused(
      "Parameter AthenaCatalogName failed to satisfy constraint: Must match pattern ^[a-z0-9-_]{1,64}$",
    );
  if ((given["LambdaRole"] ?? "") === "")
    throw notImplemented("serverlessrepo", "the application", "without LambdaRole is not served here");
  const parameter = (name: string) => ({ Ref: name });
  return JSON.stringify({
    AWSTemplateFormatVersion: "2010-09-09",
    Parameters: Object.fromEntries(
      Object.entries(PARAMETERS).map(([name, preset]) => [
        name,
        { Type: "String", ...(preset === undefined ? {} : { Default: preset }) },
      ]),
    ),
    Resources: {
      ConnectorConfig: {
        Type: "AWS::Lambda::Function",
        Properties: {
          FunctionName: parameter("AthenaCatalogName"),
          Description:
            "Enables Amazon Athena to communicate with DynamoDB, making your tables accessible via SQL",
          PackageType: "Image",
          Code: { ImageUri: connectorImage(region, version) },
          ImageConfig: { Command: ["com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler"] },
          Timeout: parameter("LambdaTimeout"),
          MemorySize: parameter("LambdaMemory"),
          Role: parameter("LambdaRole"),
          Environment: {
            Variables: {
              disable_spill_encryption: parameter("DisableSpillEncryption"),
              spill_bucket: parameter("SpillBucket"),
              spill_prefix: parameter("SpillPrefix"),
              ...((given["KMSKeyId"] ?? "") === "" ? {} : { kms_key_id: parameter("KMSKeyId") }),
            },
          },
          Tags: [{ Key: "lambda:createdBy", Value: "SAM" }],
        },
      },
    },
  });
}
