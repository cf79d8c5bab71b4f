import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { Function as LambdaFunction } from "@pulumi/aws/lambda/function";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import {
  executionPermissions,
  executionTrust,
  READ_ITEM,
  TABLE_READER,
  type TableReader as TableReaderNames,
  tableReaderLogGroup,
  tableRoleArn,
  tableRolePermissions,
  tableRoleTrust,
} from "../access/table-reader";
import { boundedBy } from "./boundary";
import { BUNDLE_HANDLER, bundledFunction, NODE_RUNTIME } from "./bundled-function";
import { onceMade } from "./once-made";

export interface TableReaderArgs {
  /** Names and accounts on both sides. */
  readonly reader: TableReaderNames;
  /** The provider of the table's account. Everything else is made through the component's own. */
  readonly owner: pulumi.ProviderResource;
  /** ARN of the permissions boundary of the execution role. Default: none. */
  readonly boundary?: string | undefined;
  /** ARN of the permissions boundary of the role in the table's account. Default: none. */
  readonly ownerBoundary?: string | undefined;
}

/**
 * A Lambda function that reads one DynamoDB table of another account: there the role that it assumes, here the function
 * with its execution role and log (R95-R102).
 *
 * @example
 * new TableReader("lookup", { reader, owner: producer }, { provider: readersAccount });
 */
export class TableReader extends pulumi.ComponentResource {
  /** The function's ARN, known when it can read. */
  public readonly functionArn: pulumi.Output<string>;

  public constructor(name: string, args: TableReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:TableReader", name, {}, opts);
    const { reader, owner } = args;
    const child = { parent: this };
    const there = { parent: this, provider: owner };
    const tableRole = new Role(
      `${name}-table-role`,
      {
        name: reader.role,
        description: `Reads items of table ${reader.table.name} for function ${reader.name} of account ${reader.account}`,
        assumeRolePolicy: policyText(tableRoleTrust(reader)),
        ...boundedBy(args.ownerBoundary),
      },
      there,
    );
    const readItem = new RolePolicy(
      `${name}-table-role-policy`,
      { name: READ_ITEM, role: tableRole.name, policy: policyText(tableRolePermissions(reader)) },
      there,
    );
    const executionRole = new Role(
      `${name}-role`,
      {
        name: reader.executionRole,
        description: `Execution role of the table reader ${reader.name}`,
        assumeRolePolicy: policyText(executionTrust()),
        ...boundedBy(args.boundary),
      },
      child,
    );
    const permissions = new RolePolicy(
      `${name}-role-policy`,
      { name: TABLE_READER, role: executionRole.name, policy: policyText(executionPermissions(reader)) },
      child,
    );
    const logGroup = new LogGroup(
      `${name}-log`,
      { name: tableReaderLogGroup(reader), retentionInDays: 30 },
      child,
    );
    const tableReader = new LambdaFunction(
      name,
      {
        name: reader.name,
        description: `Reads items of DynamoDB table ${reader.table.name} of account ${reader.table.account}`,
        role: executionRole.arn,
        runtime: NODE_RUNTIME,
        handler: BUNDLE_HANDLER,
        code: bundledFunction("table-reader"),
        memorySize: reader.memory,
        timeout: reader.timeout,
        environment: {
          variables: {
            ROLE_ARN: tableRoleArn(reader),
            TABLE_NAME: reader.table.name,
            TABLE_REGION: reader.table.region,
          },
        },
      },
      { ...child, dependsOn: [permissions, logGroup] },
    );
    this.functionArn = onceMade(tableReader.arn, [readItem]);
    this.registerOutputs({ functionArn: this.functionArn });
  }
}
