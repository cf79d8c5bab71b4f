/** The keys by which a request says how a producer's connector gets into the spoke's Athena (R2, R4, R5, R9, C1). */
import { z } from "zod";
import { choice, region, roleName } from "./written";

/** What a catalog of another type would need instead. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  GLUE: "a catalog of the Glue Data Catalog's type is no connector and cannot be shared as one (R5): name its databases under data, or have its owner share them through Glue or Lake Formation",
  HIVE: "a Hive metastore's connector cannot be shared between accounts (R4): deploy it in the spoke's own account",
  FEDERATED:
    "a source that is registered with the Glue Data Catalog is shared there and not as a connector (C19): leave it out",
};

export const sharing = {
  /** Type of the catalog. `LAMBDA`, the only one that can be shared (R4, R5). */
  type: z
    .string({ error: (issue) => typeMessage(issue.input) })
    .refine((type) => type === "LAMBDA", { error: (issue) => typeMessage(issue.input) })
    .optional(),
  /** The connector's Region, for those who want it said: the environment's (R9). */
  region: region.optional(),
  /** Who makes the catalog in the spoke: the spoke itself, by the function's ARN (R18), or the producer (R17, R32). */
  registeredBy: choice("way of registering", ["consumer", "producer"]).default("consumer"),
  /** Which spelling of its name the role has by which the producer does so (C1). Default `create`. */
  shareRole: choice("name of the share role", ["create", "federated", "both"]).optional(),
  /** What that role may do: manage the connectors' catalogs (C26, the default), or only create catalogs, as printed (R15). */
  sharePermissions: choice("choice of share permissions", ["manage", "create-only"]).optional(),
  /** The role of the producer's account that shares by hand; only with `sharePermissions: create-only`. */
  sharedBy: roleName.optional(),
};

function typeMessage(written: unknown): string {
  const known = typeof written === "string" ? OTHER_TYPES[written.toUpperCase()] : undefined;
  return known ?? `${JSON.stringify(written)} is not a type of catalog that can be shared: write LAMBDA`;
}
