import { AwsError } from "../errors";
import { structure, textOf } from "../authorization/need";
import { organizationOf } from "../../world";

/** The name of the group of all whom IAM lets in: what it was granted, Lake Formation leaves to IAM. */
export const IAM_ALLOWED_PRINCIPALS = "IAM_ALLOWED_PRINCIPALS";

/** What permissions are on. */
export type LakeResource =
  | { readonly kind: "catalog"; readonly catalogId: string }
  | { readonly kind: "database"; readonly catalogId: string; readonly database: string }
  | {
      readonly kind: "table";
      readonly catalogId: string;
      readonly database: string;
      /** `*` for every table. */
      readonly table: string;
    }
  | { readonly kind: "location"; readonly catalogId: string; readonly arn: string };

/** Permissions of one principal on one resource. */
export interface LakeGrant {
  /** A role's or user's ARN, an account's id, an organization's ARN, or IAM_ALLOWED_PRINCIPALS. */
  readonly principal: string;
  readonly resource: LakeResource;
  readonly permissions: readonly string[];
  /** Those of them that the principal may grant on. */
  readonly grantable: readonly string[];
}

/** A location that Lake Formation hands out credentials for. */
export interface LakeLocation {
  readonly arn: string;
  readonly roleArn: string;
  /** Only principals that opted in are held to Lake Formation's permissions; IAM decides for the others. */
  readonly hybrid: boolean;
}

/** A principal that is held to Lake Formation's permissions, where a location is in hybrid mode. */
export interface LakeOptIn {
  readonly principal: string;
  readonly resource: LakeResource;
}

/** Lake Formation in one account and Region. */
export interface LakeFormation {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly locations: readonly LakeLocation[];
  readonly grants: readonly LakeGrant[];
  readonly optIns: readonly LakeOptIn[];
  /** Databases and tables from which IAM_ALLOWED_PRINCIPALS was taken; all others have it, as AWS's own settings say. */
  readonly closed: readonly LakeResource[];
}

export const NO_LAKE: LakeFormation = { settings: {}, locations: [], grants: [], optIns: [], closed: [] };

/** A resource as a request writes it. @throws AwsError for what is none, and 501 for kinds that are not known here */
export function lakeResource(written: Readonly<Record<string, unknown>>, account: string): LakeResource {
  const [kind = "", ...more] = Object.keys(written);
  const inside = structure(written, kind);
  const catalogId = textOf(inside, "CatalogId") || account;
  if (more.length === 0)
    switch (kind) {
      case "Catalog":
        return { kind: "catalog", catalogId };
      case "Database":
        return { kind: "database", catalogId, database: textOf(inside, "Name") };
      case "Table": {
        const table = inside["TableWildcard"] === undefined ? textOf(inside, "Name") : "*";
        return { kind: "table", catalogId, database: textOf(inside, "DatabaseName"), table };
      }
      case "DataLocation":
        return { kind: "location", catalogId, arn: textOf(inside, "ResourceArn") };
    }
  if (["TableWithColumns", "DataCellsFilter", "LFTag", "LFTagPolicy", "LFTagExpression"].includes(kind))
    throw new AwsError("NotImplemented", `the sandbox knows no permissions on ${kind}`, 501);
  throw new AwsError("InvalidInputException", "Exactly one resource must be given.");
}

/** The resource as answers write it. */
export function writtenResource(resource: LakeResource): Record<string, unknown> {
  const CatalogId = resource.catalogId;
  switch (resource.kind) {
    case "catalog":
      return { Catalog: {} };
    case "database":
      return { Database: { CatalogId, Name: resource.database } };
    case "table":
      return {
        Table: {
          CatalogId,
          DatabaseName: resource.database,
          ...(resource.table === "*" ? { TableWildcard: {} } : { Name: resource.table }),
        },
      };
    case "location":
      return { DataLocation: { CatalogId, ResourceArn: resource.arn } };
  }
}

export function sameResource(one: LakeResource, other: LakeResource): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A table that a query reads. */
export interface LakeTable {
  readonly catalogId: string;
  readonly region: string;
  readonly database: string;
  readonly table: string;
  /** Where its objects are: `s3://bucket/prefix/`. */
  readonly location: string;
}

/** What decides on reading a table's data. */
export type LakeAccess =
  /** IAM and the policies of bucket and catalog, as if there were no Lake Formation. */
  | { readonly by: "iam" }
  /** Lake Formation's permissions; with a registered location, its role reads the data. */
  | { readonly by: "lake-formation"; readonly roleArn?: string }
  | { readonly by: "nobody"; readonly why: string };

/**
 * What decides whether a principal reads a table (Lake Formation developer guide: "Underlying data access control",
 * "Hybrid access mode").
 *
 * @param lake Lake Formation of an account and Region
 */
export function lakeAccess(
  lake: (account: string, region: string) => LakeFormation,
  principal: { readonly arn: string; readonly account: string },
  table: LakeTable,
): LakeAccess {
  const owner = lake(table.catalogId, table.region);
  const location = owner.locations
    .filter(({ arn }) => isWithin(table.location, arn))
    .sort((one, other) => other.arn.length - one.arn.length)[0];
  const covers = (resource: LakeResource) => isOn(resource, table);
  const isOpen = !owner.closed.some(covers);
  const optedIn = [owner, lake(principal.account, table.region)].some(({ optIns }) =>
    optIns.some((optIn) => isFor(optIn.principal, principal) && covers(optIn.resource)),
  );
  const governed = location?.hybrid === true ? optedIn : !isOpen;
  if (!governed) {
    if (isOpen) return { by: "iam" };
    return refusedFor(table);
  }
  const granted = (in_: LakeFormation, to: (grantee: string) => boolean) =>
    in_.grants.some(
      (grant) =>
        to(grant.principal) &&
        covers(grant.resource) &&
        grant.resource.kind === "table" &&
        ["ALL", "SUPER", "SELECT"].some((permission) => grant.permissions.includes(permission)),
    );
  const byRole = (grantee: string) => grantee === principal.arn;
  const byAccount = (grantee: string) => isShare(grantee, principal.account);
  const allowed =
    granted(owner, byRole) ||
    // What an account was given, its own administrator gives on to its roles.
    (principal.account !== table.catalogId &&
      granted(owner, byAccount) &&
      granted(lake(principal.account, table.region), byRole));
  if (!allowed) return refusedFor(table);
  return { by: "lake-formation", ...(location === undefined ? {} : { roleArn: location.roleArn }) };
}

function refusedFor({ table }: LakeTable): LakeAccess {
  return { by: "nobody", why: `Insufficient Lake Formation permission(s): Required Select on ${table}` };
}

/** Whether a grant on this resource is one on the table: on itself, or on every table of its database. */
function isOn(resource: LakeResource, { catalogId, database, table }: LakeTable): boolean {
  if (resource.catalogId !== catalogId) return false;
  if (resource.kind === "database") return resource.database === database;
  if (resource.kind !== "table" || resource.database !== database) return false;
  return resource.table === "*" || resource.table === table;
}

/** Whether a share is to the account: by itself, or by its organization. */
export function isShare(grantee: string, account: string): boolean {
  if (grantee === account) return true;
  const organization = /^arn:aws[a-z-]*:organizations::\d{12}:organization\/(o-[a-z0-9]+)$/.exec(
    grantee,
  )?.[1];
  return organization !== undefined && organizationOf(account) === organization;
}

function isFor(grantee: string, principal: { readonly arn: string; readonly account: string }): boolean {
  return grantee === principal.arn || isShare(grantee, principal.account);
}

/** Whether a table's location lies in what `arn:aws:s3:::bucket/prefix` registers. */
function isWithin(location: string, arn: string): boolean {
  const registered = arn.replace(/^arn:aws[a-z-]*:s3:::/, "").replace(/\/+$/, "");
  const place = location.replace(/^s3[an]?:\/\//, "").replace(/\/+$/, "");
  return place === registered || place.startsWith(`${registered}/`);
}
