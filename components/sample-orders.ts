import { CatalogDatabase } from "@pulumi/aws/glue/catalogDatabase";
import { CatalogTable } from "@pulumi/aws/glue/catalogTable";
import { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2";
import * as pulumi from "@pulumi/pulumi";
import { privateBucketPolicy } from "../access/bucket";
import { SAMPLE_ORDERS, sampleDataBucketName, sampleDatabaseName } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { PrivateBucket } from "./private-bucket";

export interface SampleOrdersArgs {
  readonly request: SpokeRequest;
}

/** Orders of the artists in the sample table `Music`, so that a join of the two has rows. */
const ORDERS = [
  "order_id,artist,quantity,price",
  "1,Acme Band,3,9.99",
  "2,No One You Know,1,12.50",
  "3,Acme Band,2,9.99",
  "",
].join("\n");

/** A Glue database with a table `orders` over one CSV object, for trying things out. */
export class SampleOrders extends pulumi.ComponentResource {
  public constructor(name: string, args: SampleOrdersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:SampleOrders", name, {}, opts);
    const { request } = args;
    const child = { parent: this };
    const bucketName = sampleDataBucketName(request);
    const data = new PrivateBucket(
      `${name}-data`,
      { bucket: bucketName, policy: privateBucketPolicy(request.region, bucketName) },
      child,
    );
    new BucketObjectv2(
      `${name}-object`,
      { bucket: data.bucket, key: `${SAMPLE_ORDERS}/orders.csv`, content: ORDERS, contentType: "text/csv" },
      child,
    );
    const database = new CatalogDatabase(
      `${name}-database`,
      { name: sampleDatabaseName(request), description: `Sample data of spoke ${request.spoke}` },
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
          columns: [
            { name: "order_id", type: "int" },
            { name: "artist", type: "string" },
            { name: "quantity", type: "int" },
            { name: "price", type: "double" },
          ],
        },
      },
      child,
    );
    this.registerOutputs();
  }
}
