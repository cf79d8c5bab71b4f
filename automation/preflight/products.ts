/** What a producer publishes: the data is there, and no document that somebody else wrote would be overwritten. */
import type { Environment } from "../../access/environment";
import { gluePolicy } from "../../access/mesh/glue-policy";
import {
  productOf,
  productsOf,
  sampleProductBucket,
  sampleProductDatabase,
  sharedBuckets,
} from "../../access/mesh/product";
import { producerRole } from "../../access/names";
import { splitS3Location } from "../../access/written";
import type { AccountView } from "../cloud/cloud";
import { knows, type StackState } from "../engine/state";
import { glueDataProblems } from "./glue-data";
import { lakeAdministratorProblems } from "./lake-administrator";
import { type Claimant, claimProblem } from "./ownership";
import type { Problem } from "./problem";

/** The problems of a producer's products. */
export async function productProblems(
  account: AccountView,
  producer: string,
  environment: Environment,
  state: StackState | undefined,
): Promise<Problem[]> {
  const products = productsOf(environment, producer);
  const found = await Promise.all([
    ...products.map((product) => dataProblems(account, product, environment)),
    ...products.map((product) => sampleProblems(account, product, environment, state)),
    gluePolicyProblems(account, producer, environment, state),
    ...productsOf(environment, producer, "lakeFormation")
      .slice(0, 1)
      .map((product) =>
        lakeAdministratorProblems(
          account,
          producerRole(environment, producer, "deployer"),
          `producer ${producer}`,
          `products.${product}.via`,
        ),
      ),
    ...bucketPolicyProblems(account, producer, environment, state),
  ]);
  return found.flat();
}

async function dataProblems(
  account: AccountView,
  product: string,
  environment: Environment,
): Promise<Problem[]> {
  const found = await Promise.all(
    productOf(environment, product).data.map(async (entry, index): Promise<Problem[]> => {
      const place = `products.${product}.data[${index}]`;
      const [tables, buckets] = await Promise.all([
        glueDataProblems(account, entry, place),
        Promise.all(
          entry.prefixes.map(async (prefix, position): Promise<Problem[]> => {
            const { bucket } = splitS3Location(prefix);
            if ((await account.bucketOwner(bucket)) === "this account") return [];
            return [
              {
                whose: "input",
                path: `${place}.prefixes[${position}]`,
                message: `bucket "${bucket}" is not in account ${account.account}, ${account.region}: name a bucket of the producer's, whose policy the environment can write`,
              },
            ];
          }),
        ),
      ]);
      return [...tables, ...buckets.flat()];
    }),
  );
  return found.flat();
}

async function sampleProblems(
  account: AccountView,
  product: string,
  environment: Environment,
  state: StackState | undefined,
): Promise<Problem[]> {
  if (!productOf(environment, product).sampleData) return [];
  const path = `products.${product}.sampleData`;
  const claimant: Claimant = { environment: environment.name };
  const bucket = sampleProductBucket(environment, product);
  const database = sampleProductDatabase(product);
  const [owner, hasDatabase] = await Promise.all([
    account.bucketOwner(bucket),
    account.hasDatabase(database),
  ]);
  if (owner === "somebody else")
    return [
      {
        whose: "input",
        path,
        message: `bucket name "${bucket}" is taken by another account or Region: choose another name for the product`,
      },
    ];
  const remedy = "remove it, or choose another name for the product";
  const problems = await Promise.all([
    claimProblem(
      account,
      { kind: "bucket", noun: "bucket", name: bucket, path, remedy },
      owner === "this account",
      claimant,
      state,
    ),
    claimProblem(
      account,
      { kind: "database", noun: "Glue database", name: database, path, remedy },
      hasDatabase,
      claimant,
      state,
    ),
  ]);
  return problems.flat();
}

/** Glue has one policy for an account and Region: what stands there already has another author. */
async function gluePolicyProblems(
  account: AccountView,
  producer: string,
  environment: Environment,
  state: StackState | undefined,
): Promise<Problem[]> {
  if (gluePolicy(environment, producer) === undefined) return [];
  const isOurs = state?.resources.some(
    ({ noun, account: where, leaving }) => noun === "Glue policy" && where === account.account && !leaving,
  );
  if (isOurs === true || (await account.catalogPolicy()) === undefined) return [];
  return [
    {
      whose: "input",
      path: "grants",
      message: `the Glue catalog of ${account.account} has a resource policy that this environment did not write, and there is one for an account and Region (L17): save it, express what is needed of it as products and grants, and remove it with \`aws glue delete-resource-policy\``,
    },
  ];
}

function bucketPolicyProblems(
  account: AccountView,
  producer: string,
  environment: Environment,
  state: StackState | undefined,
): Promise<Problem[]>[] {
  const made = productsOf(environment, producer)
    .filter((product) => productOf(environment, product).sampleData)
    .map((product) => sampleProductBucket(environment, product));
  return sharedBuckets(environment, producer)
    .filter((bucket) => !made.includes(bucket))
    .map(async (bucket): Promise<Problem[]> => {
      if (knows(state, "bucket policy", bucket, account.account)) return [];
      if ((await account.bucketPolicy(bucket)) === undefined) return [];
      return [
        {
          whose: "input",
          path: "grants",
          message: `bucket "${bucket}" of ${account.account} has a policy that this environment did not write, and a bucket has one: save it and remove it with \`aws s3api delete-bucket-policy\` (the environment's denies plain HTTP and lets the consumers read), or publish from a bucket of its own`,
        },
      ];
    });
}
