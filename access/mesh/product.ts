/** Data products: what is in them, and where. */
import { type Environment, knownNames } from "../environment";
import type { Fault } from "../faults";
import type { GlueData } from "../glue-data";
import { SAMPLE_ORDERS } from "../names";
import { splitS3Location } from "../written";
import type { Product } from "./schema";

/** The bucket of a product's sample data. */
export function sampleProductBucket(environment: Environment, name: string): string {
  const { account } = producerOf(environment, name);
  return `${environment.name}-${name}-product-data-${account}`;
}

/** The Glue database of a product's sample data. */
export function sampleProductDatabase(name: string): string {
  return name.replaceAll("-", "_");
}

/** The product of that name. */
export function productOf(environment: Environment, name: string): Product {
  const found = environment.products[name];
  if (found === undefined) throw new Error(`environment ${environment.name} has no product ${name}`);
  return found;
}

/** The producer of a product. */
export function producerOf(environment: Environment, name: string): { readonly account: string } {
  const { producer } = productOf(environment, name);
  const found = environment.producers[producer];
  if (found === undefined) throw new Error(`environment ${environment.name} has no producer ${producer}`);
  return found;
}

/** All data of a product: what is named, and the sample. */
export function dataOfProduct(environment: Environment, name: string): GlueData[] {
  const { data, sampleData } = productOf(environment, name);
  if (!sampleData) return data;
  return [
    ...data,
    {
      database: sampleProductDatabase(name),
      tables: [SAMPLE_ORDERS],
      prefixes: [`s3://${sampleProductBucket(environment, name)}/${SAMPLE_ORDERS}/`],
    },
  ];
}

/** The names of a producer's products, sorted; with `via` those that are shared that way. */
export function productsOf(environment: Environment, producer: string, via?: Product["via"]): string[] {
  return Object.entries(environment.products)
    .filter(([, spec]) => spec.producer === producer && (via === undefined || spec.via === via))
    .map(([name]) => name)
    .sort();
}

/** Whether anybody was granted the product. */
export function isGranted({ grants }: Environment, product: string): boolean {
  return grants.some((grant) => grant.product === product);
}

/** The buckets of a producer whose policies let consumers of its products in, sorted. */
export function sharedBuckets(environment: Environment, producer: string): string[] {
  const products = productsOf(environment, producer, "policy");
  return bucketsOf(
    environment,
    products.filter((product) => isGranted(environment, product)),
  );
}

/** The buckets that hold data of some products, sorted. */
export function bucketsOf(environment: Environment, products: readonly string[]): string[] {
  const prefixes = products.flatMap((name) =>
    dataOfProduct(environment, name).flatMap((entry) => entry.prefixes),
  );
  return [...new Set(prefixes.map((prefix) => splitS3Location(prefix).bucket))].sort();
}

/** What is wrong with products and grants. */
export function meshFaults(environment: Environment): Fault[] {
  const { products, producers, grants, organization } = environment;
  const faults: Fault[] = [];
  const publishers = new Map<string, string>();
  for (const [name, spec] of Object.entries(products)) {
    const place = `products.${name}`;
    const producer = Object.hasOwn(producers, spec.producer) ? producers[spec.producer] : undefined;
    if (producer === undefined) {
      faults.push({
        path: `${place}.producer`,
        message: `there is no producer "${spec.producer}" here: ${knownNames(producers)}`,
      });
      continue;
    }
    if (spec.data.length === 0 && !spec.sampleData)
      faults.push({
        path: `${place}.data`,
        message: "the product has nothing in it: add data or sampleData: true",
      });
    const other = publishers.get(producer.account);
    if (other !== undefined && other !== spec.producer)
      faults.push({
        path: `${place}.producer`,
        message: `producer "${other}" publishes from the same account, whose Glue policy is one document with one author (L17): publish from "${other}"`,
      });
    publishers.set(producer.account, other ?? spec.producer);
  }
  const owners = new Map<string, string>();
  for (const [name, spec] of Object.entries(products))
    for (const [index, { prefixes }] of spec.data.entries())
      for (const prefix of prefixes) {
        const { bucket } = splitS3Location(prefix);
        const other = owners.get(bucket);
        if (other !== undefined && other !== spec.producer)
          faults.push({
            path: `products.${name}.data[${index}].prefixes`,
            message: `bucket "${bucket}" holds a product of producer "${other}" too, and a bucket has one account: correct the prefix`,
          });
        owners.set(bucket, other ?? spec.producer);
      }
  const granted = new Map<string, number>();
  grants.forEach((entry, index) => {
    const place = `grants[${index}]`;
    if (!Object.hasOwn(products, entry.product))
      faults.push({
        path: `${place}.product`,
        message: `there is no product "${entry.product}" here: ${knownNames(products)}`,
      });
    const { consumer, account } = entry;
    if (
      entry.organization
        ? consumer !== undefined || account !== undefined
        : consumer === undefined || account === undefined
    )
      faults.push({
        path: place,
        message: "a grant is to one spoke or to all: write consumer and account, or organization: true alone",
      });
    if (entry.organization && organization === undefined)
      faults.push({
        path: `${place}.organization`,
        message:
          "a grant to the organization needs its id: add `organization: o-...` to the environment, or name consumer and account",
      });
    const whom = `${entry.product} ${entry.organization ? "" : `${consumer ?? ""} ${account ?? ""}`}`;
    const twin = granted.get(whom);
    if (twin !== undefined)
      faults.push({
        path: place,
        message: `grants[${twin}] grants "${entry.product}" to the same already: leave one of them out`,
      });
    granted.set(whom, index);
    const registered = consumer === undefined ? undefined : environment.spokes[consumer];
    if (registered !== undefined && account !== undefined && registered.account !== account)
      faults.push({
        path: `${place}.account`,
        message: `spoke "${consumer ?? ""}" is onboarded with account ${registered.account}: correct the account, or the consumer`,
      });
  });
  return faults;
}
