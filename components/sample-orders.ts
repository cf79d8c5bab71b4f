import { CatalogDatabase } from "@pulumi/aws/glue/catalogDatabase";
import { CatalogTable } from "@pulumi/aws/glue/catalogTable";
import { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyDocument } from "../access/document";
import { SAMPLE_ORDERS, SAMPLE_ORDERS_COLUMNS } from "../access/names";
import { PrivateBucket } from "./private-bucket";

export interface SampleOrdersArgs {
  /** Name of the bucket that is made. */
  readonly bucket: string;
  /** The whole bucket policy. */
  readonly policy: PolicyDocument;
  /** Name of the Glue database that is made. */
  readonly database: string;
  /** What people read of the database. */
  readonly description: string;
}

/** Orders of the artists in the sample table `Music`, so that a join of the two has rows. */
const ORDERS = [
  "order_id,artist,quantity,price",
  "1,Acme Band,3,9.99",
  "2,No One You Know,1,12.50",
  "3,Acme Band,2,9.99",
  "",
].join("\n");

/**
 * A Glue database with a table `orders` over one CSV object, for trying things out.
 *
 * @example
 * new SampleOrders("orders", { bucket, policy, database: "sales", description: "Sample data" }, { provider: spoke });
 */
export class SampleOrders extends pulumi.ComponentResource {
  public constructor(name: string, args: SampleOrdersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:SampleOrders", name, {}, opts);
    const child = { parent: this };
    const data = new PrivateBucket(`${name}-data`, { bucket: args.bucket, policy: args.policy }, child);
    new BucketObjectv2(
      `${name}-object`,
      { bucket: data.bucket, key: `${SAMPLE_ORDERS}/orders.csv`, content: ORDERS, contentType: "text/csv" },
      child,
    );
    const database = new CatalogDatabase(
      `${name}-database`,
      { name: args.database, description: args.description },
      child,
    );
    new CatalogTable(
      name,
      {
        name: SAMPLE_ORDERS,
        databaseName: database.name,
        tableType: "EXTERNAL_TABLE",
        parameters: { classification: "csv", "skip.header.line.count": "1" },
        storageDescriptor: {
          location: pulumi.interpolate`s3://${data.bucket}/${SAMPLE_ORDERS}/`,
          inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
          outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
          serDeInfo: {
            serializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            parameters: { "field.delim": "," },
          },
          columns: [...SAMPLE_ORDERS_COLUMNS],
        },
      },
      child,
    );
    this.registerOutputs();
  }
}
