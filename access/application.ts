/**
 * AWS's connector as its application `AthenaDynamoDBConnector` of the Serverless Application Repository, which makes the
 * function as a CloudFormation stack (R25). Its template is `athena-dynamodb.yaml` in awslabs/aws-athena-query-federation.
 */
import { arn, partitionOf, roleArn } from "./arn";
import type { ConnectorSpec } from "./environment";
import type { Fault } from "./faults";
import { type Connector, connectorRoleName } from "./names";

/** AWS's account that publishes the application, and the Region that its id names; it is deployed in any. */
const PUBLISHER = "292517598671";
const PUBLISHED_IN = "us-east-1";

const applicationArn = (region: string) =>
  arn("serverlessrepo", region, PUBLISHER, "applications/AthenaDynamoDBConnector");

/** The application's id, the same in every account and Region. */
export const APPLICATION_ID = applicationArn(PUBLISHED_IN);

/**
 * The application as policies name it. Refusals name it in the caller's Region (aws-samples/aws-lambda-layer-kubectl
 * issue 34), its id in the publisher's: both are the one application.
 */
export function applicationArns(region: string): string[] {
  return [...new Set([APPLICATION_ID, applicationArn(region)])];
}

/** What the template has that must be known of to deploy it: a role and its policies, which are not made here. */
export const APPLICATION_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"] as const;

/** The stack as CloudFormation names it: the repository puts its own word before the name that it is given. */
export function applicationStackName(connector: string): string {
  return `serverlessrepo-${connector}`;
}

/** The ARN of a connector's stack, whose id is CloudFormation's to choose. */
export function applicationStackArn(region: string, account: string, connector: string): string {
  return arn("cloudformation", region, account, `stack/${applicationStackName(connector)}/*`);
}

/** The macro that every template of AWS's Serverless Application Model goes through. */
export function transformArn(region: string): string {
  return arn("cloudformation", region, "aws", "transform/Serverless-2016-10-31");
}

/** What the template has for a parameter that is not given. */
const DEFAULTS: Readonly<Record<string, string>> = {
  LambdaTimeout: "900",
  LambdaMemory: "3008",
  DisableSpillEncryption: "false",
};

/**
 * The template's parameters for a connector: our role for `LambdaRole`, so that none of AWS's making, with Glue and every
 * table, is made. Those that are the template's defaults are left out: the provider does not read them back, and would
 * find a difference each time.
 */
export function applicationParameters(
  connector: Connector,
  { memory, timeout }: Pick<ConnectorSpec, "memory" | "timeout">,
): Record<string, string> {
  const { name, account, region, spill, keyAlias } = connector;
  const plain = connector.plainSpill === true;
  const wanted = {
    AthenaCatalogName: name,
    SpillBucket: spill.bucket,
    // The connector adds the slash itself.
    SpillPrefix: spill.prefix.replace(/\/$/, ""),
    LambdaRole: roleArn(region, account, connectorRoleName(connector)),
    LambdaTimeout: String(timeout),
    LambdaMemory: String(memory),
    DisableSpillEncryption: String(plain),
    ...(keyAlias === undefined || plain ? {} : { KMSKeyId: keyAlias }),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => DEFAULTS[key] !== value));
}

/** A connector's choices that an application excludes. */
type Chosen = Partial<
  Pick<ConnectorSpec, "application" | "imageVersion" | "jar" | "reservedConcurrency" | "tablesIn" | "vpc">
>;

/** Key -> why the application and it exclude each other. */
const EXCLUDED = {
  imageVersion: "the application's version says which image it is of",
  jar: "the application is of AWS's image",
  reservedConcurrency: "the application's template has no parameter for it",
  tablesIn: "the application's template has no parameter for cross_account_role_arn",
  vpc: "the application's template has no parameter for it",
} as const satisfies Readonly<Partial<Record<keyof Chosen, string>>>;

/**
 * Choices that the application cannot carry out.
 *
 * @param path of the connector.
 * @param name of its function, after which the stack is named.
 */
export function applicationFaults(region: string, path: string, name: string, chosen: Chosen): Fault[] {
  if (chosen.application === undefined) return [];
  const partition = partitionOf(region);
  const faults: Fault[] = Object.entries(EXCLUDED)
    .filter(([key]) => chosen[key as keyof typeof EXCLUDED] !== undefined)
    .map(([key, why]) => ({ path: `${path}.${key}`, message: `${why}: leave out application, or ${key}` }));
  if (partition !== "aws")
    faults.push({
      path: `${path}.application`,
      message: `AWS publishes the application in partition aws, and ${region} is in ${partition}: leave it out, and name the connector's jar, s3://bucket/key.jar`,
    });
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    faults.push({
      path: `${path}.application`,
      message: `its stack would be named after "${name}", and CloudFormation takes letters, digits and dashes, a letter first: name the connector so, or leave application out`,
    });
  return faults;
}
