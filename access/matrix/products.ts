/** Data products: what producers' Glue catalogs and buckets let consumers read, and whom they do not (R47, C18, L17). */
import { arn, bucketArn, principalArn, type RoleOrUser } from "../arn";
import { type GlueData } from "../glue-data";
import type { Grant } from "../mesh/schema";
import { dataOfProduct, productOf, productsOf } from "../mesh/product";
import { knownAnalysts, knownReaders, reachableNames } from "../names";
import { splitS3Location } from "../written";
import { ramShares, sharesByRam } from "./ram";
import { bucketThing, privateBucket } from "./bucket";
import { administratorOf, type Cast, rowName } from "./cast";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Bound,
  type Check,
  type Expectation,
  type Party,
  requests,
  rowWriter,
  type Thing,
} from "./expectation";

export const SHARED_READS = [
  "BatchGetPartition",
  "GetDatabase",
  "GetDatabases",
  "GetPartition",
  "GetPartitions",
  "GetTable",
  "GetTables",
].map((name) => `glue:${name}`);
const WRITES = ["glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable"];

/** When a grant is looked at that has no last day. */
const SOME_DAY = "2026-01-01";

/** A product that is shared by policies, with whom it was granted to. */
export interface SharedProduct {
  readonly name: string;
  /** The producer's account. */
  readonly account: string;
  readonly data: readonly GlueData[];
  readonly grants: readonly Grant[];
}

/** A producer's products that somebody was granted. */
export function sharedProducts({ environment }: Cast, producer: string): SharedProduct[] {
  const account = environment.producers[producer]?.account ?? "";
  return productsOf(environment, producer)
    .filter((name) => productOf(environment, name).via === "policy")
    .map((name) => ({
      name,
      account,
      data: dataOfProduct(environment, name),
      grants: environment.grants.filter(({ product }) => product === name),
    }))
    .filter(({ grants }) => grants.length > 0);
}

export function producersCatalogThing({ region }: Cast, account: string): Thing {
  return {
    kind: "glue catalog",
    arn: arn("glue", region, account, "catalog"),
    account,
    words: `the Glue catalog of ${account}`,
    madeBy: "environment",
  };
}

/** Where a product's objects are. */
export function placesOf({ data }: Pick<SharedProduct, "data">) {
  return data.flatMap(({ prefixes }) => prefixes.map(splitS3Location));
}

/** Who may be let in, by the patterns of their names: no third party. */
function namesOf({ environment }: Cast): RoleOrUser[] {
  const analysts = knownAnalysts(environment);
  return [
    ...[...reachableNames(environment), ...analysts].map((name) => `role/${name}` as const),
    ...analysts.map((name) => `user/${name}` as const),
  ];
}

/** How producers' documents may name the consumers of a product. */
export function productBound(cast: Cast, { grants }: SharedProduct, account: string): Partial<Bound> {
  const { region, environment } = cast;
  const byName = { "aws:principalarn": namesOf(cast).map((known) => principalArn(region, "*", known)) };
  const toAll = grants.some(({ organization }) => organization);
  const toAccount = grants.some((grant) => grant.account === account);
  return {
    principals: [...(toAll ? ["*"] : []), ...(toAccount ? accountPrincipals(region, account) : [])],
    resource:
      toAll && !toAccount ? { ...byName, "aws:principalorgid": [environment.organization ?? ""] } : byName,
  };
}

/** The catalog, databases and tables of a product: one of each, with how statements may call it. */
export function glueThingsOf({ region }: Cast, { account, data }: SharedProduct): [string, string][] {
  const at = (resource: string) => arn("glue", region, account, resource);
  return [
    [at("catalog"), at("catalog")],
    ...data.flatMap(({ database, tables }): [string, string][] => [
      [at(`database/${database}`), at(`database/${database}`)],
      ...(tables === undefined
        ? [[at(`table/${database}/any`), at(`table/${database}/*`)] as [string, string]]
        : tables.map((table): [string, string] => [
            at(`table/${database}/${table}`),
            at(`table/${database}/${table}`),
          ])),
    ]),
  ];
}

/** What a consumer asks of a product on a day. */
export function productRequests(
  cast: Cast,
  product: SharedProduct,
  day: string,
  bound: Partial<Bound> = {},
  identityOfList: Bound["identity"] = {},
): { readonly glue: Check[]; readonly list: Check[]; readonly read: Check[] } {
  const { region } = cast;
  const context = { "aws:CurrentTime": `${day}T12:00:00Z` };
  const { account } = product;
  const catalog = producersCatalogThing(cast, account).arn;
  const inBucket = (bucket: string) => ({
    resourceAccount: account,
    policies: { at: bucketArn(region, bucket) },
  });
  return {
    glue: glueThingsOf(cast, product).flatMap(([sample, pattern]) =>
      SHARED_READS.filter((action) => takesGlue(action, sample)).flatMap((action) =>
        requests(region, [action], [sample], {
          resourceAccount: account,
          policies: { at: catalog },
          context,
          bound: { ...bound, resources: [pattern] },
        }),
      ),
    ),
    list: placesOf(product).flatMap(({ bucket, prefix }) =>
      requests(region, ["s3:ListBucket"], [bucketArn(region, bucket)], {
        ...inBucket(bucket),
        context: { ...context, "s3:prefix": `${prefix}part` },
        bound: {
          ...bound,
          identity: identityOfList,
          resource: {
            ...bound.resource,
            "s3:prefix": placesOf(product)
              .filter((place) => place.bucket === bucket)
              .map((place) => `${place.prefix}*`),
          },
        },
      }),
    ),
    read: placesOf(product).flatMap(({ bucket, prefix }) => [
      ...requests(region, ["s3:GetBucketLocation"], [bucketArn(region, bucket)], {
        ...inBucket(bucket),
        context,
        bound,
      }),
      ...requests(region, ["s3:GetObject"], [bucketArn(region, bucket, `${prefix}part-0`)], {
        ...inBucket(bucket),
        context,
        bound: { ...bound, resources: [bucketArn(region, bucket, `${prefix}*`)] },
      }),
    ]),
  };
}

/** A table takes no request about databases, and the other way round; the catalog takes both. */
export function takesGlue(action: string, resource: string): boolean {
  const isAboutTables = /Table|Partition/.test(action);
  return isAboutTables || !resource.includes(":table/");
}

/** The things of all producers that products are shared by. */
export function productThings(cast: Cast): Thing[] {
  const { region, environment } = cast;
  return Object.keys(environment.producers).flatMap((producer) => {
    const products = sharedProducts(cast, producer);
    const account = environment.producers[producer]?.account ?? "";
    if (products.length === 0 && !sharesByRam(cast, producer)) return [];
    const buckets = [...new Set(products.flatMap((each) => placesOf(each).map(({ bucket }) => bucket)))];
    return [
      producersCatalogThing(cast, account),
      ...buckets.map((bucket) =>
        bucketThing(region, bucket, account, `the bucket ${bucket} of ${producer}`, "environment"),
      ),
    ];
  });
}

export function products(cast: Cast): Expectation[] {
  const { region, environment } = cast;
  return Object.keys(environment.producers).flatMap((producer) => {
    const shared = sharedProducts(cast, producer);
    const account = environment.producers[producer]?.account ?? "";
    const byRam = sharesByRam(cast, producer);
    if (shared.length === 0 && !byRam) return [];
    const { nothingElse } = rowWriter(`products/${producer}/glue`, ["R47", "L17"]);
    const buckets = [...new Set(shared.flatMap((each) => placesOf(each).map(({ bucket }) => bucket)))];
    return [
      ...shared.flatMap((product) => productRows(cast, product)),
      ...(byRam ? [ramShares(cast, producer, account)] : []),
      nothingElse(producersCatalogThing(cast, account)),
      ...buckets.flatMap((bucket) =>
        privateBucket(
          cast,
          bucketThing(region, bucket, account, `the bucket ${bucket} of ${producer}`, "environment"),
          bucket,
          `products/${producer}/bucket/${bucket}`,
          ["R47"],
          true,
        ),
      ),
    ];
  });
}

function productRows(cast: Cast, product: SharedProduct): Expectation[] {
  const { region } = cast;
  const { may, mayNot } = rowWriter(`product/${product.name}`, ["R47", "C18"]);
  const all = ({ glue, list, read }: ReturnType<typeof productRequests>) => [...glue, ...list, ...read];
  const ask = (day: string, bound?: Partial<Bound>) => all(productRequests(cast, product, day, bound));
  const what = `read product ${product.name}`;
  const consumers = product.grants.flatMap((grant) =>
    (grant.organization ? [cast.neighbour] : [grant.account ?? ""]).map((account) => ({ grant, account })),
  );
  // In the producer's own account its administrators decide.
  const abroad = consumers.filter(({ account }) => account !== product.account);
  const toAll = product.grants.some(({ organization }) => organization);
  const named = (account: string, pattern: RoleOrUser) => {
    const known = pattern.replace("*", "any") as RoleOrUser;
    return administrator(`${known} of ${account}`, principalArn(region, account, known));
  };
  const outside: [string, Party, string][] = [
    ["hub", cast.hubAdministrator, cast.hub],
    ["role-a", cast.unboundRoleA, cast.hub],
    ["neighbour", cast.neighbourAdministrator, cast.neighbour],
    ...(toAll
      ? []
      : ([
          ["neighbours-role-b", cast.neighbourRoleB, cast.neighbour],
          ["neighbours-analyst", cast.neighbourAnalyst, cast.neighbour],
          ["neighbours-analyst-user", cast.neighbourAnalystUser, cast.neighbour],
        ] as [string, Party, string][])),
    ["stranger", cast.strangerAdministrator, cast.stranger],
    ["strangers-role-b", cast.strangerRoleB, cast.stranger],
  ];
  return [
    ...abroad.flatMap(({ grant, account }) => {
      const id = grant.organization ? "organization" : (grant.consumer ?? account);
      const day = grant.until ?? SOME_DAY;
      const bound = productBound(cast, product, account);
      const [name = "role/"] = namesOf(cast);
      return [
        ...namesOf(cast).map((pattern) =>
          may(`granted/${id}/${rowName(pattern)}`, named(account, pattern), what, ask(day, bound)),
        ),
        ...knownReaders(cast.environment).map((pattern) =>
          mayNot(`granted/${id}/third-parties`, named(account, `role/${pattern}`), what, ask(day)),
        ),
        mayNot(
          `granted/${id}/other-roles`,
          administratorOf(region, `another role of ${account}`, account),
          what,
          ask(day),
        ),
        mayNot(
          `granted/${id}/more`,
          named(account, name),
          `change product ${product.name}, or read what is not of it`,
          beyond(cast, product, day),
        ),
        ...(grant.until === undefined || toAll
          ? []
          : [
              mayNot(
                `granted/${id}/ended`,
                named(account, name),
                `${what} after ${grant.until}`,
                ask("2999-12-31"),
              ),
            ]),
      ];
    }),
    ...outside
      .filter(
        ([, , account]) =>
          account !== product.account &&
          !consumers.some((consumer) => consumer.account === account && !toAll),
      )
      .map(([id, party]) => mayNot(`outside/${id}`, party, what, ask(SOME_DAY))),
    mayNot("outside/anybody", anybody, what, ask(SOME_DAY)),
  ];
}

/** What nobody was granted: writes, other databases, other objects. */
function beyond(cast: Cast, product: SharedProduct, day: string): Check[] {
  const { region } = cast;
  const { account } = product;
  const context = { "aws:CurrentTime": `${day}T12:00:00Z` };
  const at = (resource: string) => arn("glue", region, account, resource);
  const catalog = producersCatalogThing(cast, account).arn;
  const glue = { resourceAccount: account, policies: { at: catalog }, context };
  return [
    ...requests(region, ["glue:GetTable", "glue:GetPartitions"], [at("table/another_database/any")], glue),
    ...requests(region, ["glue:GetDatabase"], [at("database/another_database")], glue),
    ...product.data.flatMap(({ database, tables }) =>
      requests(region, WRITES, [at(`table/${database}/${tables?.[0] ?? "any"}`)], glue),
    ),
    ...placesOf(product).flatMap(({ bucket, prefix }) => {
      const here = { resourceAccount: account, policies: { at: bucketArn(region, bucket) }, context };
      return [
        ...requests(
          region,
          ["s3:PutObject", "s3:DeleteObject"],
          [bucketArn(region, bucket, `${prefix}part-0`)],
          here,
        ),
        ...requests(region, ["s3:ListBucket", "s3:PutBucketPolicy"], [bucketArn(region, bucket)], here),
        ...(prefix === ""
          ? []
          : requests(region, ["s3:GetObject"], [bucketArn(region, bucket, "elsewhere-/object")], here)),
      ];
    }),
  ];
}
