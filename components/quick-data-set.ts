import { DataSet } from "@pulumi/aws-native/quicksight/dataSet";
import * as pulumi from "@pulumi/pulumi";
import type { DataSet as Wanted } from "../access/data-set";
import type { Environment } from "../access/environment";
import { dataSourceArnOf } from "../access/names";
import { dataSetPermissions } from "../access/quick";
import type { SpokeRequest } from "../access/request";

export interface QuickDataSetArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  readonly dataSet: Wanted;
  /** Tags of the dataset; Cloud Control knows no default tags here. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A dataset over one table of the spoke, on the data source of its level and shared as that is (R66). The data source is
 * named, not referred to, so that a preview knows it: it goes into `dependsOn`.
 *
 * What is imported into SPICE is not waited for: it may take longer than a session of a role that was assumed from another
 * (L10). `spokes verify` tells how it went.
 *
 * @example
 * new QuickDataSet("sales-orders", { request, environment, dataSet, tags }, { provider: hub, dependsOn: [dataSource] });
 */
export class QuickDataSet extends pulumi.ComponentResource {
  /** The dataset's ARN, known when Quick has created it. */
  public readonly arn: pulumi.Output<string>;

  public constructor(name: string, args: QuickDataSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:QuickDataSet", name, {}, opts);
    const { request, environment, dataSet, tags } = args;
    const { catalog, database, table } = dataSet.table;
    const made = new DataSet(
      name,
      {
        awsAccountId: environment.hub.account,
        dataSetId: dataSet.id,
        name: dataSet.name,
        importMode: dataSet.importMode,
        ...(dataSet.importMode === "SPICE" ? { ingestionWaitPolicy: { waitForSpiceIngestion: false } } : {}),
        physicalTableMap: {
          table: {
            relationalTable: {
              dataSourceArn: dataSourceArnOf(request, environment),
              catalog,
              schema: database,
              name: table,
              inputColumns: dataSet.columns.map((column) => ({ ...column })),
            },
          },
        },
        permissions: dataSetPermissions(request, environment).map(({ principal, actions }) => ({
          principal,
          actions: [...actions],
        })),
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      },
      { parent: this },
    );
    this.arn = made.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
