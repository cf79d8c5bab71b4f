/**
 * Data products as they are written: what a producer publishes of its Glue databases, and who was granted it (R47, C18).
 * Both are data of the environment, so that a review of a change of its file is a review of access.
 */
import { z } from "zod";
import { glueDataShape } from "../glue-data";
import {
  accountId,
  choice,
  day,
  flag,
  named,
  personName,
  producerName,
  productName,
  section,
  spokeName,
} from "../written";

const product = section("a product", {
  /** The producer whose Glue catalog and buckets hold it. */
  producer: producerName,
  /** How it is shared: by the producer's Glue catalog and bucket policies, or by Lake Formation (C18). */
  via: choice("way of sharing", ["policy", "lakeFormation"]).default("policy"),
  /**
   * With `via: lakeFormation` whether Lake Formation decides for the consumers only, and IAM for everybody else as before
   * (hybrid access mode). Default true; false is for data that is governed by Lake Formation alone.
   */
  hybrid: flag("hybrid").default(true),
  /** Existing Glue data of the producer's account. */
  data: z.array(section("an entry of data", glueDataShape)).default([]),
  /** Makes a bucket, a Glue database named after the product and a table `orders` with a few rows. Default false. */
  sampleData: flag("sampleData").default(false),
});

const grant = section("a grant", {
  /** The product that is granted. */
  product: productName,
  /** The spoke that may query it. */
  consumer: spokeName.optional(),
  /** The spoke's account, which is what the documents name. */
  account: accountId.optional(),
  /** Grants it to every spoke of the organization, in place of `consumer` and `account`. Default false. */
  organization: flag("organization").default(false),
  /** Who approved it. */
  approvedBy: personName,
  /** The last day on which it holds, in UTC. Default: until it is taken away. */
  until: day.optional(),
});

/** Keys of the environment. */
export const meshShape = {
  /** What producers publish, by a name of ours. */
  products: named("products", productName, product).default({}),
  /** Who may query which product. */
  grants: z.array(grant).default([]),
};

export type Product = z.output<typeof product>;
export type Grant = z.output<typeof grant>;
