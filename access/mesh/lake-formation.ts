/**
 * Products that are shared by Lake Formation: the role that reads their locations, and who is granted what (R47, C18, L18).
 * Grants are to accounts, which give them on to their own roles.
 */
import { arn, bucketArn, roleArn } from "../arn";
import { type PolicyDocument, policyDocument } from "../document";
import type { Environment } from "../environment";
import type { Fault } from "../faults";
import { splitS3Location } from "../written";
import { dataOfProduct, producerOf, productOf, productsOf } from "./product";

/** What a query needs on a table; the consumer's account may give it on to its roles, and no more than it. */
export const LAKE_READ = ["DESCRIBE", "SELECT"] as const;

/** What permissions and opt-ins are on. The catalog is the account that owns it. */
export type LakeTarget =
  | { readonly database: { readonly catalogId: string; readonly name: string } }
  | {
      readonly table: {
        readonly catalogId: string;
        readonly databaseName: string;
        readonly name?: string;
        /** Every table of the database. */
        readonly wildcard?: true;
      };
    };

/** `shop`, `shop-orders`, `shop-all`: what a resource about the target is named after. */
export function targetName(target: LakeTarget): string {
  if ("database" in target) return target.database.name;
  return `${target.table.databaseName}-${target.table.name ?? "all"}`;
}

/** The tables of a product. */
export function tableTargets(environment: Environment, product: string): LakeTarget[] {
  const { account: catalogId } = producerOf(environment, product);
  return dataOfProduct(environment, product).flatMap(({ database: databaseName, tables }): LakeTarget[] =>
    tables === undefined
      ? [{ table: { catalogId, databaseName, wildcard: true } }]
      : tables.map((name) => ({ table: { catalogId, databaseName, name } })),
  );
}

/** What consumers of a product in hybrid mode opt in to: with a database's tables the database itself (AWS: notes-hybrid). */
export function optInTargets(environment: Environment, product: string): LakeTarget[] {
  const { account: catalogId } = producerOf(environment, product);
  if (!productOf(environment, product).hybrid) return [];
  const databases = dataOfProduct(environment, product).map(({ database }) => database);
  return [
    ...[...new Set(databases)].map((name): LakeTarget => ({ database: { catalogId, name } })),
    ...tableTargets(environment, product),
  ];
}

/** Accounts that a product was granted to, sorted. The producer's own needs no grant to itself. */
function granteesOf(environment: Environment, product: string): string[] {
  const own = producerOf(environment, product).account;
  const accounts = environment.grants.flatMap((grant) =>
    grant.product === product && grant.account !== undefined && grant.account !== own ? [grant.account] : [],
  );
  return [...new Set(accounts)].sort();
}

/** One permission, or opt-in, of an account. */
export interface LakeGrant {
  readonly account: string;
  readonly target: LakeTarget;
}

/** What a producer grants to accounts, and what they are opted in to; once where products overlap. */
export function lakeGrants(
  environment: Environment,
  producer: string,
): { readonly permissions: readonly LakeGrant[]; readonly optIns: readonly LakeGrant[] } {
  const products = productsOf(environment, producer, "lakeFormation");
  const to = (targets: typeof tableTargets): LakeGrant[] => {
    const each = products.flatMap((product) =>
      granteesOf(environment, product).flatMap((account) =>
        targets(environment, product).map((target) => ({ account, target })),
      ),
    );
    return [...new Map(each.map((grant) => [JSON.stringify(grant), grant])).values()];
  };
  return { permissions: to(tableTargets), optIns: to(optInTargets) };
}

/** A location that Lake Formation hands out credentials for. */
export interface LakeLocation {
  readonly bucket: string;
  /** Empty for the whole bucket. */
  readonly prefix: string;
  /** Whether those who did not opt in get to it by IAM as before. */
  readonly hybrid: boolean;
}

/** The locations of a producer's products, each once. They are registered before anybody is granted anything. */
export function lakeLocations(environment: Environment, producer: string): LakeLocation[] {
  const each = productsOf(environment, producer, "lakeFormation").flatMap((product) =>
    dataOfProduct(environment, product).flatMap(({ prefixes }) =>
      prefixes.map((location) => ({
        ...splitS3Location(location),
        hybrid: productOf(environment, product).hybrid,
      })),
    ),
  );
  return [...new Map(each.map((location) => [`${location.bucket}/${location.prefix}`, location])).values()];
}

/** A location as it is registered: without the slash that its prefix ends in. */
export function locationArn(region: string, { bucket, prefix }: LakeLocation): string {
  return bucketArn(region, bucket, prefix === "" ? undefined : prefix.replace(/\/$/, ""));
}

/** The role that Lake Formation reads a producer's locations with. */
export function lakeRoleName(environment: Environment, producer: string): string {
  return `${environment.name}-${producer}-lake-formation`;
}

export function lakeRoleArn(environment: Environment, producer: string): string {
  const account = environment.producers[producer]?.account ?? "";
  return roleArn(environment.region, account, lakeRoleName(environment, producer));
}

/** Who becomes the locations' role: Lake Formation, for this account's data lake (AWS: registration-role). */
export function lakeRoleTrust({ region, producers }: Environment, producer: string): PolicyDocument {
  const account = producers[producer]?.account ?? "";
  return policyDocument({
    Sid: "LakeFormationReadsLocations",
    Effect: "Allow",
    Principal: { Service: "lakeformation.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      ArnLike: { "aws:SourceArn": arn("lakeformation", region, account, "*") },
      StringEquals: { "aws:SourceAccount": account },
    },
  });
}

/** What the locations' role may do: read below the prefixes. It writes nothing, since consumers only query. */
export function lakeRolePermissions(environment: Environment, producer: string): PolicyDocument {
  const { region, producers } = environment;
  const locations = lakeLocations(environment, producer);
  const buckets = [...new Set(locations.map(({ bucket }) => bucket))];
  const ours = { StringEquals: { "aws:ResourceAccount": producers[producer]?.account ?? "" } };
  return policyDocument(
    ...buckets.map((bucket, index) => ({
      Sid: `ListData${index + 1}`,
      Effect: "Allow" as const,
      Action: "s3:ListBucket",
      Resource: bucketArn(region, bucket),
      Condition: {
        ...ours,
        StringLike: {
          "s3:prefix": locations.flatMap((each) => (each.bucket === bucket ? [`${each.prefix}*`] : [])),
        },
      },
    })),
    {
      Sid: "ReadData",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: locations.map(({ bucket, prefix }) => bucketArn(region, bucket, `${prefix}*`)),
      Condition: ours,
    },
  );
}

/** What is wrong with products that Lake Formation shares, and with others that it would take away. */
export function lakeFaults(environment: Environment): Fault[] {
  const { products, producers, grants } = environment;
  const known = Object.keys(products).filter((name) =>
    Object.hasOwn(producers, productOf(environment, name).producer),
  );
  const by = (via: string) => known.filter((name) => productOf(environment, name).via === via);
  const faults: Fault[] = by("policy")
    .filter((name) => !productOf(environment, name).hybrid)
    .map((name) => ({
      path: `products.${name}.hybrid`,
      message:
        "the key is about products that Lake Formation shares: leave it out, or write `via: lakeFormation`",
    }));
  for (const name of by("lakeFormation"))
    if (!productOf(environment, name).hybrid && productOf(environment, name).sampleData)
      faults.push({
        path: `products.${name}.hybrid`,
        message: "the sample data is open to whom IAM lets in, in hybrid mode only: leave the key out",
      });
  for (const name of known)
    for (const other of by("lakeFormation")) {
      const [product, lake] = [productOf(environment, name), productOf(environment, other)];
      const shared = overlap(environment, name, other);
      if (name === other || product.producer !== lake.producer || shared === undefined) continue;
      if (product.via === "policy" && !lake.hybrid)
        faults.push({
          path: `products.${name}.via`,
          message: `Lake Formation alone decides on ${shared}, which product "${other}" shares without hybrid mode, so that a policy lets nobody in: write \`hybrid: true\` there, or \`via: lakeFormation\` here`,
        });
      if (product.via === "lakeFormation" && product.hybrid && !lake.hybrid)
        faults.push({
          path: `products.${name}.hybrid`,
          message: `product "${other}" shares ${shared} without hybrid mode, and a location has one mode: write the same for both`,
        });
    }
  grants.forEach(({ product, organization }, index) => {
    if (organization && Object.hasOwn(products, product) && products[product]?.via === "lakeFormation")
      faults.push({
        path: `grants[${index}].organization`,
        message: `product "${product}" is shared by Lake Formation, whose grants name accounts here: write consumer and account of each spoke`,
      });
  });
  return faults;
}

/** What two products have in common, in words. */
function overlap(environment: Environment, one: string, other: string): string | undefined {
  const [first, second] = [dataOfProduct(environment, one), dataOfProduct(environment, other)];
  const database = first.find((entry) => second.some((each) => each.database === entry.database));
  if (database !== undefined) return `database "${database.database}"`;
  const prefixes = second.flatMap((each) => each.prefixes);
  const within = first
    .flatMap((each) => each.prefixes)
    .find((prefix) => prefixes.some((each) => prefix.startsWith(each) || each.startsWith(prefix)));
  return within === undefined ? undefined : `location "${within}"`;
}

/**
 * Where an account keeps permissions on a target, in the form of an ARN, of which Lake Formation has none:
 * `arn:aws:lakeformation:us-east-1:122222222222:grants/122222222222/shop/orders`, without the table for a database.
 */
export function lakeGrantsArn(region: string, keeper: string, target: LakeTarget): string {
  const path =
    "database" in target
      ? [target.database.catalogId, target.database.name]
      : [target.table.catalogId, target.table.databaseName, target.table.name ?? "*"];
  return arn("lakeformation", region, keeper, ["grants", ...path].join("/"));
}

/** The target of `lakeGrantsArn`. */
export function lakeTargetAt(at: string): LakeTarget {
  const [, catalogId = "", database = "", table] = at.split(":").slice(5).join(":").split("/");
  if (table === undefined) return { database: { catalogId, name: database } };
  return {
    table: { catalogId, databaseName: database, ...(table === "*" ? { wildcard: true } : { name: table }) },
  };
}

/** A permission that the principal may give on, told from one that it may only use. */
export const grantable = (permission: string): string => `${permission}, to be granted on`;
