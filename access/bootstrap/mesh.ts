/** What publishing and consuming products needs of each account (R47). */
import { arn, bucketArn } from "../arn";
import type { Statement } from "../document";
import type { Environment } from "../environment";
import { GLUE_READ_SHARED } from "../mesh/glue-policy";
import { lakeLocations, lakeRoleName } from "../mesh/lake-formation";
import {
  bucketsOf,
  dataOfProduct,
  producerOf,
  productOf,
  productsOf,
  sampleProductBucket,
  sampleProductDatabase,
} from "../mesh/product";
import { allow, inRegion, passRoles, type Where } from "./statements";

/** The samples that producers make, by bucket and database. */
export function productSamples(
  environment: Environment,
  producers: readonly string[],
): { readonly databases: readonly string[]; readonly buckets: readonly string[] } | undefined {
  const sampled = producers
    .flatMap((producer) => productsOf(environment, producer))
    .filter((product) => productOf(environment, product).sampleData);
  return sampled.length === 0
    ? undefined
    : {
        databases: sampled.map(sampleProductDatabase),
        buckets: sampled.map((product) => sampleProductBucket(environment, product)),
      };
}

/** Writes the documents by which producers share their products, and looks whether the data is there. */
export function publishing(
  where: Where,
  environment: Environment,
  producers: readonly string[],
): Statement[] {
  const { region, account } = where;
  const products = producers.flatMap((producer) => productsOf(environment, producer));
  if (products.length === 0) return [];
  const inGlue = (resource: string) => arn("glue", region, account, resource);
  const byPolicy = products.filter((product) => productOf(environment, product).via === "policy");
  const lakes = lakeRoles(environment, producers);
  const samples = productSamples(environment, producers)?.buckets ?? [];
  const written = bucketsOf(environment, byPolicy).filter((bucket) => !samples.includes(bucket));
  const databases = products.flatMap((product) =>
    dataOfProduct(environment, product).map(({ database }) => database),
  );
  return [
    allow(
      "GluePolicy",
      ["glue:DeleteResourcePolicy", "glue:GetResourcePolicy", "glue:PutResourcePolicy"],
      inGlue("catalog"),
    ),
    ...(written.length === 0
      ? []
      : [
          allow(
            "DataBucketPolicies",
            ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListBucket", "s3:PutBucketPolicy"],
            written.map((bucket) => bucketArn(region, bucket)),
            { StringEquals: { "aws:ResourceAccount": account } },
          ),
        ]),
    allow(
      "FindData",
      ["glue:GetDatabase", "glue:GetTables"],
      [
        inGlue("catalog"),
        ...new Set(
          databases.flatMap((database) => [inGlue(`database/${database}`), inGlue(`table/${database}/*`)]),
        ),
      ],
    ),
    ...(lakes.length === 0
      ? []
      : [
          passRoles(where, "PassLakeRoles", lakes, "lakeformation.amazonaws.com"),
          administerLake(where, [
            "lakeformation:DeregisterResource",
            "lakeformation:DescribeResource",
            "lakeformation:RegisterResource",
          ]),
          ...shareByRam(where),
        ]),
  ];
}

/** Names of the roles that Lake Formation reads producers' locations with. */
export function lakeRoles(environment: Environment, producers: readonly string[]): string[] {
  return producers
    .filter((producer) => productsOf(environment, producer, "lakeFormation").length > 0)
    .map((producer) => lakeRoleName(environment, producer));
}

/** The most that such roles can have. */
export function readLocations(
  { region, account }: Where,
  environment: Environment,
  producers: readonly string[],
): Statement[] {
  const locations = producers.flatMap((producer) => lakeLocations(environment, producer));
  if (locations.length === 0) return [];
  return [
    allow(
      "ReadLocations",
      ["s3:GetObject", "s3:ListBucket"],
      [
        ...new Set(
          locations.flatMap(({ bucket, prefix }) => [
            bucketArn(region, bucket),
            bucketArn(region, bucket, `${prefix}*`),
          ]),
        ),
      ],
      { StringEquals: { "aws:ResourceAccount": account } },
    ),
  ];
}

/** Grants, takes back, and looks; what may be granted, Lake Formation knows, whose administrator the role is. */
function administerLake(where: Where, more: readonly string[]): Statement {
  return allow(
    "LakeFormation",
    [
      "lakeformation:CreateLakeFormationOptIn",
      "lakeformation:DeleteLakeFormationOptIn",
      "lakeformation:GetDataLakeSettings",
      "lakeformation:GrantPermissions",
      "lakeformation:ListLakeFormationOptIns",
      "lakeformation:ListPermissions",
      "lakeformation:RevokePermissions",
      ...more,
    ].sort(),
    // AWS defines no resource type for any of Lake Formation's actions; the Region is the only bound there is.
    "*",
    inRegion(where),
  );
}

/** RAM as Lake Formation calls it for grants to other accounts (AWS managed policy AWSLakeFormationCrossAccountManager). */
function shareByRam({ region }: Where): Statement[] {
  return [
    allow("MakeLakeShares", "ram:CreateResourceShare", "*", {
      // A share that is to be made has no ARN yet; it is of what Lake Formation shares.
      StringEquals: {
        "ram:RequestedResourceType": ["glue:Catalog", "glue:Database", "glue:Table"],
      },
    }),
    allow(
      "LakeShares",
      [
        "ram:AssociateResourceShare",
        "ram:DeleteResourceShare",
        "ram:DisassociateResourceShare",
        "ram:UpdateResourceShare",
      ],
      // RAM chooses a share's id; Lake Formation's begin with its name.
      arn("ram", region, "*", "resource-share/*"),
      { StringLike: { "ram:ResourceShareName": "LakeFormation*" } },
    ),
  ];
}

/** The most that roles of a spoke read of products: the producers' own policies and grants say which databases and tables. */
export function consuming(where: Where, environment: Environment, products: readonly string[]): Statement[] {
  const { region } = where;
  const owners = [...new Set(products.map((product) => producerOf(environment, product).account))].sort();
  if (owners.length === 0) return [];
  return [
    allow(
      "GlueReadProducts",
      GLUE_READ_SHARED,
      owners.flatMap((owner) =>
        ["catalog", "database/*", "table/*"].map((resource) => arn("glue", region, owner, resource)),
      ),
    ),
    ...(byLake(environment, products)
      ? // AWS defines no resource type for it: Lake Formation's grants say which tables.
        [allow("LakeFormationCredentials", "lakeformation:GetDataAccess", "*", inRegion(where))]
      : []),
  ];
}

/** Whether one of the products is shared by Lake Formation, so that who deploys the spoke administers its data lake. */
export function byLake(environment: Environment, products: readonly string[]): boolean {
  return products.some((product) => productOf(environment, product).via === "lakeFormation");
}

/** Makes the databases that lead to products, and gives on to the spoke's roles what its account was granted. */
export function linking(
  where: Where,
  environment: Environment,
  products: readonly string[],
  links: readonly string[],
): Statement[] {
  if (!byLake(environment, products)) return [];
  const inGlue = (resource: string) => arn("glue", where.region, where.account, resource);
  return [
    allow(
      "Links",
      [
        "glue:CreateDatabase",
        "glue:DeleteDatabase",
        "glue:GetDatabase",
        "glue:GetTags",
        "glue:TagResource",
        "glue:UntagResource",
        "glue:UpdateDatabase",
      ],
      [
        inGlue("catalog"),
        // A database is deleted with all that is in it.
        ...links.flatMap((link) => [
          inGlue(`database/${link}`),
          inGlue(`table/${link}/*`),
          inGlue(`userDefinedFunction/${link}/*`),
        ]),
      ],
    ),
    administerLake(where, []),
  ];
}
