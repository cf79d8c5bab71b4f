/** What sharing by Lake Formation adds to the roles of `spokes bootstrap` (R47, C18). */
import { arn, bucketArn, roleArn } from "../../arn";
import { lakeRoleName } from "../../mesh/lake-formation";
import { dataOfProduct, productsOf } from "../../mesh/product";
import { splitS3Location } from "../../written";
import type { Cast } from "../cast";
import { type Duty, type Holder, like, WITHOUT_RESOURCE } from "./duty";
import { inRegion } from "./shared";

const GRANTING = [
  "lakeformation:CreateLakeFormationOptIn",
  "lakeformation:DeleteLakeFormationOptIn",
  "lakeformation:GetDataLakeSettings",
  "lakeformation:GrantPermissions",
  "lakeformation:ListLakeFormationOptIns",
  "lakeformation:ListPermissions",
  "lakeformation:RevokePermissions",
];
const REGISTERING = [
  "lakeformation:DeregisterResource",
  "lakeformation:DescribeResource",
  "lakeformation:RegisterResource",
];

/** What producers of an account share so. */
export interface Lake {
  /** Roles that read locations. */
  readonly roles: readonly string[];
  readonly locations: readonly { readonly bucket: string; readonly prefix: string }[];
}

export function lakeIn({ environment }: Cast, account: string): Lake {
  const here = Object.entries(environment.producers)
    .filter(([, spec]) => spec.account === account)
    .map(([producer]) => ({ producer, products: productsOf(environment, producer, "lakeFormation") }))
    .filter(({ products }) => products.length > 0);
  return {
    roles: here.map(({ producer }) => lakeRoleName(environment, producer)),
    locations: here.flatMap(({ products }) =>
      products.flatMap((product) =>
        dataOfProduct(environment, product).flatMap(({ prefixes }) => prefixes.map(splitS3Location)),
      ),
    ),
  };
}

function granting(holder: Holder, needs: readonly string[]): Duty {
  return {
    id: "lake/grant",
    words: "grant by Lake Formation in the Region",
    needs,
    on: WITHOUT_RESOURCE,
    bound: inRegion(holder),
  };
}

/** Registers, grants, and shares by RAM what Lake Formation does. */
export function sharingLake(holder: Holder, { roles }: Lake): Duty[] {
  const { cast, account } = holder;
  const { region } = cast;
  if (roles.length === 0) return [];
  return [
    {
      id: "lake/pass",
      words: "hand the locations' roles to Lake Formation",
      needs: ["iam:PassRole"],
      on: like(roles.map((name) => roleArn(region, account, name))),
      given: { "iam:PassedToService": "lakeformation.amazonaws.com" },
      bound: { "iam:passedtoservice": ["lakeformation.amazonaws.com"] },
    },
    granting(holder, [...GRANTING, ...REGISTERING]),
    ...["Catalog", "Database", "Table"].map((type, _, types) => ({
      id: `lake/make-shares/${type.toLowerCase()}`,
      words: `make shares of what Lake Formation shares: glue:${type}`,
      needs: ["ram:CreateResourceShare"],
      on: WITHOUT_RESOURCE,
      given: { "ram:RequestedResourceType": `glue:${type}` },
      bound: { "ram:requestedresourcetype": types.map((each) => `glue:${each}`) },
    })),
    {
      id: "lake/shares",
      words: "change and remove Lake Formation's shares",
      needs: [
        "ram:AssociateResourceShare",
        "ram:DeleteResourceShare",
        "ram:DisassociateResourceShare",
        "ram:UpdateResourceShare",
      ],
      on: {
        [arn("ram", region, account, "resource-share/any")]: arn("ram", region, "*", "resource-share/*"),
      },
      given: { "ram:ResourceShareName": "LakeFormation-V4-ANY" },
      bound: { "ram:resourcesharename": ["LakeFormation*"] },
    },
  ];
}

/** What the locations' roles may have. */
export function readingLocations({ cast, account }: Holder, { locations }: Lake): Duty[] {
  const { region } = cast;
  if (locations.length === 0) return [];
  return [
    {
      id: "lake/read",
      words: "read locations of Lake Formation",
      needs: ["s3:GetObject", "s3:ListBucket"],
      on: Object.fromEntries(
        locations.flatMap(({ bucket, prefix }): [string, string][] => [
          [bucketArn(region, bucket), bucketArn(region, bucket)],
          [bucketArn(region, bucket, `${prefix}any`), bucketArn(region, bucket, `${prefix}*`)],
        ]),
      ),
      bound: { "aws:resourceaccount": [account] },
    },
  ];
}

/** Makes the databases that lead to products, and gives on what the account was granted. */
export function linking(holder: Holder, links: readonly string[]): Duty[] {
  const at = (resource: string) => arn("glue", holder.cast.region, holder.account, resource);
  if (links.length === 0) return [];
  return [
    {
      id: "lake/links",
      words: "make the databases that lead to products",
      needs: [
        "glue:CreateDatabase",
        "glue:DeleteDatabase",
        "glue:GetDatabase",
        "glue:GetTags",
        "glue:TagResource",
        "glue:UntagResource",
        "glue:UpdateDatabase",
      ],
      on: like([
        at("catalog"),
        ...links.flatMap((link) => [
          at(`database/${link}`),
          at(`table/${link}/*`),
          at(`userDefinedFunction/${link}/*`),
        ]),
      ]),
    },
    granting(holder, GRANTING),
  ];
}

/** What readers of products may ask of Lake Formation. */
export function credentials(holder: Holder, links: readonly string[]): Duty[] {
  if (links.length === 0) return [];
  return [
    {
      id: "lake/credentials",
      words: "get credentials from Lake Formation in the Region",
      needs: ["lakeformation:GetDataAccess"],
      on: WITHOUT_RESOURCE,
      bound: inRegion(holder),
    },
  ];
}
