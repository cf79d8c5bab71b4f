import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { Function as LambdaFunction, type FunctionArgs } from "@pulumi/aws/lambda/function";
import * as pulumi from "@pulumi/pulumi";
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
  /** Tables, size, and image or jar. */
  readonly spec: ConnectorSpec;
  /** ARN of the permissions boundary of its role. Default: the one that the spec names, or none. */
  readonly boundary?: string | undefined;
}

/** The class in AWS's connector that Lambda starts. */
const HANDLER = "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler";

/**
 * AWS's Athena DynamoDB connector as a Lambda function, with a role that may read its tables and spill, and its log
 * (R25, C10). Tables of another account need `CrossAccountTables` there (C11). The spill bucket is made by whoever makes the connector.
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
    const connectorFunction = new LambdaFunction(
      name,
      {
        name: connector.name,
        description: "Enables Amazon Athena to query Amazon DynamoDB",
        role: role.arn,
        memorySize: spec.memory,
        timeout: spec.timeout,
        environment: { variables: connectorVariables(connector) },
        ...(spec.reservedConcurrency === undefined
          ? {}
          : { reservedConcurrentExecutions: spec.reservedConcurrency }),
        ...(spec.vpc === undefined
          ? {}
          : { vpcConfig: { subnetIds: spec.vpc.subnets, securityGroupIds: spec.vpc.securityGroups } }),
        ...functionCode(connector.region, spec),
      },
      { ...child, dependsOn: [permissions, logGroup] },
    );
    this.functionArn = connectorFunction.arn;
    this.registerOutputs({ functionArn: this.functionArn });
  }
}

function functionCode(region: string, spec: ConnectorSpec): Partial<FunctionArgs> {
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
