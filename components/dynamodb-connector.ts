import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { Function as LambdaFunction, type FunctionArgs } from "@pulumi/aws/lambda/function";
import {
  CloudFormationStack,
  type CloudFormationStackArgs,
} from "@pulumi/aws/serverlessrepository/cloudFormationStack";
import * as pulumi from "@pulumi/pulumi";
import { APPLICATION_CAPABILITIES, APPLICATION_ID, applicationParameters } from "../access/application";
import { functionArn } from "../access/arn";
import {
  connectorImage,
  connectorLogGroup,
  connectorPermissions,
  connectorTrust,
  connectorVariables,
} from "../access/connector";
import { policyText } from "../access/document";
import type { ConnectorSpec } from "../access/environment";
import { type Connector, connectorRoleName, ownBoundary } from "../access/names";
import { boundedBy } from "./boundary";

export interface DynamoDbConnectorArgs {
  /** Name, account, Region and spill place. */
  readonly connector: Connector;
  /** Tables, size, and image, jar or application. */
  readonly spec: ConnectorSpec;
  /** ARN of the permissions boundary of its role. Default: the one that the spec names, or none. */
  readonly boundary?: string | undefined;
}

/** The class in AWS's connector that Lambda starts. */
const HANDLER = "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler";

/**
 * AWS's Athena DynamoDB connector as a Lambda function, with a role that may read its tables and spill, and its log
 * (R25, C10). The function is made here of an image or a jar, or by AWS's serverless application, to which the role is given. Tables of another account need `CrossAccountTables` there (C11). The spill bucket is made by whoever makes the connector.
 *
 * @example
 * new DynamoDbConnector("acct1dynamodb", { connector, spec: { tables: ["Music"], ... } }, { provider: producer });
 */
export class DynamoDbConnector extends pulumi.ComponentResource {
  /** The function's ARN. */
  public readonly functionArn: pulumi.Output<string>;

  public constructor(name: string, args: DynamoDbConnectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:DynamoDbConnector", name, {}, opts);
    const { connector, spec } = args;
    const child = { parent: this };
    const logGroup = new LogGroup(
      `${name}-log`,
      { name: connectorLogGroup(connector), retentionInDays: 30 },
      child,
    );
    const role = new Role(
      `${name}-role`,
      {
        name: connectorRoleName(connector),
        description: `Execution role of the Athena connector ${connector.name}`,
        assumeRolePolicy: policyText(connectorTrust()),
        ...boundedBy(args.boundary ?? ownBoundary(connector, spec)),
      },
      child,
    );
    const permissions = new RolePolicy(
      `${name}-role-policy`,
      {
        name: "AthenaConnector",
        role: role.name,
        policy: policyText(connectorPermissions(connector, spec.tables, spec.vpc)),
      },
      child,
    );
    const after = { ...child, dependsOn: [permissions, logGroup] };
    this.functionArn =
      spec.application === undefined
        ? new LambdaFunction(name, functionArgs(connector, spec, role.arn), after).arn
        : applicationFunction(connector, new CloudFormationStack(name, stackArgs(connector, spec), after));
    this.registerOutputs({ functionArn: this.functionArn });
  }
}

function functionArgs(
  connector: Connector,
  { memory, timeout, reservedConcurrency, vpc, ...code }: ConnectorSpec,
  role: pulumi.Input<string>,
): FunctionArgs {
  return {
    name: connector.name,
    description: "Enables Amazon Athena to query Amazon DynamoDB",
    role,
    memorySize: memory,
    timeout,
    environment: { variables: connectorVariables(connector) },
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    ...(vpc === undefined
      ? {}
      : { vpcConfig: { subnetIds: vpc.subnets, securityGroupIds: vpc.securityGroups } }),
    ...functionCode(connector.region, code),
  };
}

function stackArgs(connector: Connector, spec: ConnectorSpec): CloudFormationStackArgs {
  return {
    name: connector.name,
    applicationId: APPLICATION_ID,
    semanticVersion: spec.application,
    capabilities: [...APPLICATION_CAPABILITIES],
    parameters: applicationParameters(connector, spec),
  };
}

/** The template has no outputs: the function is known by its name, once its stack is there. */
function applicationFunction(
  { region, account, name }: Connector,
  stack: CloudFormationStack,
): pulumi.Output<string> {
  return stack.id.apply(() => functionArn(region, account, name));
}

function functionCode(
  region: string,
  spec: Pick<ConnectorSpec, "imageVersion" | "jar">,
): Partial<FunctionArgs> {
  if (spec.jar === undefined)
    return {
      packageType: "Image",
      imageUri: connectorImage(region, spec.imageVersion),
      imageConfig: { commands: [HANDLER] },
    };
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(spec.jar) ?? [];
  if (bucket === undefined || key === undefined) throw new Error(`"${spec.jar}" is not an S3 object`);
  return { packageType: "Zip", runtime: "java17", handler: HANDLER, s3Bucket: bucket, s3Key: key };
}
