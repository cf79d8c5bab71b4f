import { ExtensionResource } from "@pulumi/aws-native/extensionResource";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../access/environment";
import {
  dataSourceArnOf,
  dataSourceIdOf,
  dataSourceNameOf,
  roleAArn,
  roleBArn,
  workgroupNameOf,
} from "../access/names";
import { dataSourcePermissions } from "../access/quick";
import type { SpokeRequest } from "../access/request";

export interface QuickDataSourceArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** Tags of the data source; Cloud Control knows no default tags here. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What CloudFormation cannot change in place. */
const CREATE_ONLY = ["AwsAccountId", "DataSourceId", "Type"];

/**
 * The spoke's data source in the hub's Quick: RunAs Role A, consumer account role Role B, shared with owners and authors
 * (R61, R62, R65, C16). Role B is named, not referred to, so that a preview knows it: what Quick checks when it creates the
 * data source goes into `dependsOn`.
 *
 * The typed providers do not know `ConsumerAccountRoleArn` and would drop it, so the properties go through Cloud Control
 * as they are.
 *
 * @example
 * new QuickDataSource("sales", { request, environment, tags }, { provider: hub, dependsOn: [spoke] });
 */
export class QuickDataSource extends pulumi.ComponentResource {
  /** The data source's ARN, known when Quick has created it. */
  public readonly arn: pulumi.Output<string>;

  public constructor(name: string, args: QuickDataSourceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:QuickDataSource", name, {}, opts);
    const { request, environment } = args;
    const dataSource = new ExtensionResource(
      name,
      {
        type: "AWS::QuickSight::DataSource",
        createOnly: CREATE_ONLY,
        properties: {
          AwsAccountId: environment.hub.account,
          DataSourceId: dataSourceIdOf(request),
          Name: dataSourceNameOf(request),
          Type: "ATHENA",
          DataSourceParameters: {
            AthenaParameters: {
              WorkGroup: workgroupNameOf(request),
              RoleArn: roleAArn(environment, request),
              ConsumerAccountRoleArn: roleBArn(request, environment),
            },
          },
          Permissions: dataSourcePermissions(request, environment).map(({ principal, actions }) => ({
            Principal: principal,
            Actions: actions,
          })),
          Tags: Object.entries(args.tags).map(([Key, Value]) => ({ Key, Value })),
        },
      },
      {
        parent: this,
        replaceOnChanges: CREATE_ONLY.map((property) => `properties.${property}`),
        // A data source that Quick could not create is made anew under the same id.
        deleteBeforeReplace: true,
      },
    );
    this.arn = dataSource.id.apply(() => dataSourceArnOf(request, environment));
    this.registerOutputs({ arn: this.arn });
  }
}
