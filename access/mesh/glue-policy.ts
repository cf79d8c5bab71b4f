/** The resource policy of a producer's Glue catalog: one document for an account and Region, with one author (R47, L17). */
import { arn } from "../arn";
import { type PolicyDocument, policyDocument, policyText, type Statement } from "../document";
import type { Environment } from "../environment";
import { InputError } from "../faults";
import type { GlueData } from "../glue-data";
import { limits } from "../limits";
import { consumersOf, sidOf } from "./grant";
import { dataOfProduct, isGranted, producerOf, productsOf } from "./product";

/** What Athena asks another account's Glue catalog for a query and for browsing. */
export const GLUE_READ_SHARED = [
  "glue:BatchGetPartition",
  "glue:GetDatabase",
  "glue:GetDatabases",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTable",
  "glue:GetTables",
] as const;

/** Glue's policy of a producer's account, with what has to be said beside it. */
export interface GluePolicy {
  readonly policy: PolicyDocument;
  /** Whether Lake Formation grants stand beside the policy, which Glue has to be told (L17). */
  readonly hybrid: boolean;
}

/**
 * The Glue policy of a producer's account: the consumers of its products may read their databases and tables, and
 * nothing else of the catalog but the names of databases.
 *
 * Where a product is shared by Lake Formation, RAM may share beside it.
 *
 * @returns undefined when nobody was granted any product.
 * @throws InputError when the policy outgrows Glue's limit.
 */
export function gluePolicy(environment: Environment, producer: string): GluePolicy | undefined {
  const statements = productsOf(environment, producer, "policy").flatMap((product) =>
    consumersOf(environment, product).map(({ suffix, principal, condition }): Statement => ({
      Sid: `Read${sidOf(product)}${suffix}`,
      Effect: "Allow",
      Principal: principal,
      Action: GLUE_READ_SHARED,
      Resource: glueArnsOf(environment, product),
      Condition: condition,
    })),
  );
  const hybrid = productsOf(environment, producer, "lakeFormation").some((product) =>
    isGranted(environment, product),
  );
  if (statements.length === 0 && !hybrid) return undefined;
  const policy = policyDocument(...statements, hybrid ? ramShares(environment, producer) : undefined);
  const size = Buffer.byteLength(policyText(policy));
  if (size > limits.gluePolicy)
    throw new InputError(`environment ${environment.name}`, [
      {
        path: "grants",
        message: `the Glue policy of producer "${producer}" would have ${size} bytes, Glue allows ${limits.gluePolicy}: grant to the organization, name whole databases instead of tables, or remove grants that have ended`,
      },
    ]);
  return { policy, hybrid };
}

/** Lake Formation shares by RAM, which a Glue policy has to let in once there is one (L17). */
function ramShares({ region, producers }: Environment, producer: string): Statement {
  const account = producers[producer]?.account ?? "";
  return {
    Sid: "ShareByLakeFormation",
    Effect: "Allow",
    Principal: { Service: "ram.amazonaws.com" },
    Action: "glue:ShareResource",
    // Lake Formation's own grants say which of them; it is AWS's document for every catalog with a policy.
    Resource: ["catalog", "database/*", "table/*/*"].map((resource) =>
      arn("glue", region, account, resource),
    ),
  };
}

/** The catalog, databases and tables of a product. */
export function glueArnsOf(environment: Environment, product: string): string[] {
  const { account } = producerOf(environment, product);
  const inGlue = (resource: string) => arn("glue", environment.region, account, resource);
  return [
    ...new Set([
      inGlue("catalog"),
      ...dataOfProduct(environment, product).flatMap(({ database, tables }: GlueData) => [
        inGlue(`database/${database}`),
        ...(tables ?? ["*"]).map((table) => inGlue(`table/${database}/${table}`)),
      ]),
    ]),
  ];
}
