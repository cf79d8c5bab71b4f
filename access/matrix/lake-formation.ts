/**
 * Products that Lake Formation shares: who is granted what, in the producer and in the spoke, and the role that reads their
 * locations (R47, C18).
 */
import { arn, bucketArn, roleArn } from "../arn";
import { grantable, lakeGrantsArn, lakeRoleName, type LakeTarget } from "../mesh/lake-formation";
import { consumedProducts } from "../mesh/consumed";
import { dataOfProduct, productOf, productsOf, sampleProductBucket } from "../mesh/product";
import type { SpokeRequest } from "../request";
import { splitS3Location } from "../written";
import { bucketThing, privateBucket } from "./bucket";
import { administratorOf, anotherRegion, type Cast, keysOutside } from "./cast";
import {
  anybody,
  type Check,
  type Expectation,
  type Party,
  requests,
  role,
  rootUser,
  rowWriter,
  service,
  type SharingRow,
  type Thing,
} from "./expectation";
import { SHARED_READS, takesGlue } from "./products";
import type { Querying } from "./querying";

const READ = ["DESCRIBE", "SELECT"];
const LAKE_FORMATION = service("lakeformation.amazonaws.com");

/** Of a producer, what Lake Formation shares. */
interface Lake {
  readonly producer: string;
  readonly account: string;
  readonly products: readonly string[];
}

function lakesOf({ environment }: Cast): Lake[] {
  return Object.entries(environment.producers).flatMap(([producer, { account }]) => {
    const products = productsOf(environment, producer, "lakeFormation");
    return products.length === 0 ? [] : [{ producer, account, products }];
  });
}

/** The tables of a product as its grants name them, with how Glue's ARNs do. */
function targetsOf({ environment }: Cast, product: string, catalogId: string): LakeTarget[] {
  return dataOfProduct(environment, product).flatMap(({ database: databaseName, tables }): LakeTarget[] =>
    (tables ?? ["*"]).map((name) => ({
      table: { catalogId, databaseName, ...(name === "*" ? { wildcard: true } : { name }) },
    })),
  );
}

function grantsThing({ region }: Cast, keeper: string, target: LakeTarget, madeBy: Thing["madeBy"]): Thing {
  const name = "database" in target ? target.database.name : target.table.databaseName;
  const table = "database" in target ? "" : `, table ${target.table.name ?? "*"}`;
  return {
    kind: "lake grants",
    arn: lakeGrantsArn(region, keeper, target),
    account: keeper,
    words: `what Lake Formation of ${keeper} grants on database ${name}${table}`,
    madeBy,
  };
}

/** Each target of a producer's products with the accounts that it is granted to. */
function grantedTargets(cast: Cast, { account, products }: Lake): [Thing, ReadonlySet<string>][] {
  const granted = new Map<string, [Thing, Set<string>]>();
  for (const product of products)
    for (const grant of cast.environment.grants) {
      if (grant.product !== product || grant.account === undefined || grant.account === account) continue;
      for (const target of targetsOf(cast, product, account)) {
        const thing = grantsThing(cast, account, target, "environment");
        const [, accounts] = granted.get(thing.arn) ?? [thing, new Set<string>()];
        granted.set(thing.arn, [thing, accounts.add(grant.account)]);
      }
    }
  return [...granted.values()];
}

function lakeRoleThing({ region, environment }: Cast, { producer, account }: Lake): Thing {
  return {
    kind: "role",
    arn: roleArn(region, account, lakeRoleName(environment, producer)),
    account,
    words: `the role by which Lake Formation reads the locations of ${producer}`,
    madeBy: "environment",
  };
}

function placesOf({ environment }: Cast, { products }: Lake) {
  return products.flatMap((product) =>
    dataOfProduct(environment, product).flatMap(({ prefixes }) => prefixes.map(splitS3Location)),
  );
}

/** Buckets of samples are the environment's; of others nothing is known but that they are there. */
function lakeBuckets(cast: Cast, lake: Lake): Thing[] {
  const { region, environment } = cast;
  const samples = lake.products
    .filter((product) => productOf(environment, product).sampleData)
    .map((product) => sampleProductBucket(environment, product));
  return [...new Set(placesOf(cast, lake).map(({ bucket }) => bucket))].map((bucket) =>
    bucketThing(
      region,
      bucket,
      lake.account,
      `the bucket ${bucket} of ${lake.producer}`,
      samples.includes(bucket) ? "environment" : "others",
    ),
  );
}

/** The things of all producers that Lake Formation shares. */
export function lakeThings(cast: Cast): Thing[] {
  return lakesOf(cast).flatMap((lake) => [
    lakeRoleThing(cast, lake),
    ...lakeBuckets(cast, lake),
    ...grantedTargets(cast, lake).map(([thing]) => thing),
  ]);
}

/** What producers grant by Lake Formation, and the roles that read for it. */
export function lakeRows(cast: Cast): Expectation[] {
  return lakesOf(cast).flatMap((lake) => [
    ...grantedTargets(cast, lake).map(([thing, accounts]): SharingRow => ({
      kind: "sharing",
      id: `products/${lake.producer}/lake/${thing.arn.slice(thing.arn.indexOf("/") + 1)}`,
      says: `${thing.words} to other accounts is what was granted to them`,
      proves: ["R47", "C18", "L18"],
      at: thing.arn,
      wanted: new Map([...accounts].map((account) => [account, [...READ, ...READ.map(grantable)]])),
    })),
    ...lakeBuckets(cast, lake)
      .filter(({ madeBy }) => madeBy === "environment")
      .flatMap((thing) => {
        const bucket = thing.arn.slice(thing.arn.lastIndexOf(":") + 1);
        return privateBucket(
          cast,
          thing,
          bucket,
          `products/${lake.producer}/bucket/${bucket}`,
          ["R47"],
          true,
        );
      }),
    ...trust(cast, lake),
    ...reading(cast, lake),
  ]);
}

function trust(cast: Cast, lake: Lake): Expectation[] {
  const { region } = cast;
  const { account } = lake;
  const thing = lakeRoleThing(cast, lake);
  const { may, mayNot } = rowWriter(`products/${lake.producer}/lake/role/trust`, ["C18"]);
  const source = (id: string) => ({
    "aws:SourceAccount": id,
    "aws:SourceArn": arn("lakeformation", region, id, "catalog"),
  });
  const assume = (context: Readonly<Record<string, string>>) =>
    requests(region, ["sts:AssumeRole"], [thing.arn], {
      resourceAccount: account,
      policies: { at: thing.arn },
      context,
      bound: {
        principals: ["lakeformation.amazonaws.com"],
        resource: {
          "aws:sourceaccount": [account],
          "aws:sourcearn": [arn("lakeformation", region, account, "*")],
        },
      },
    });
  const others: [string, Party][] = [
    ["other-service", service("athena.amazonaws.com")],
    ["administrator", administratorOf(region, "an administrator of its account", account)],
    ["root", rootUser("the root user of its account", account)],
    ["role-a", cast.unboundRoleA],
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    ["anybody", anybody],
  ];
  return [
    may("lake-formation", LAKE_FORMATION, `become ${thing.words}`, assume(source(account))),
    mayNot("other-lake", LAKE_FORMATION, `become it for another account's data lake`, [
      ...assume(source(cast.neighbour)),
      ...assume({}),
    ]),
    ...others.map(([id, party]) => mayNot(id, party, `become ${thing.words}`, assume(source(account)))),
  ];
}

function reading(cast: Cast, lake: Lake): Expectation[] {
  const { region } = cast;
  const { account, producer } = lake;
  const thing = lakeRoleThing(cast, lake);
  const self = role("the locations' role", thing.arn);
  const { may, mayNot, nothingElse } = rowWriter(`products/${producer}/lake/role`, ["C18"]);
  const places = placesOf(cast, lake);
  const ours = { "aws:resourceaccount": [account] };
  const at = (bucket: string) => ({
    resourceAccount: account,
    policies: { at: bucketArn(region, bucket) },
  });
  const each = (ask: (place: (typeof places)[number]) => Check[]) => places.flatMap(ask);
  return [
    may(
      "read",
      self,
      "read below the locations",
      each(({ bucket, prefix }) =>
        requests(region, ["s3:GetObject"], [bucketArn(region, bucket, `${prefix}part-0`)], {
          ...at(bucket),
          bound: { identity: ours, resources: [bucketArn(region, bucket, `${prefix}*`)] },
        }),
      ),
    ),
    may(
      "list",
      self,
      "list below the locations",
      each(({ bucket, prefix }) =>
        requests(region, ["s3:ListBucket"], [bucketArn(region, bucket)], {
          ...at(bucket),
          context: { "s3:prefix": `${prefix}part` },
          bound: {
            identity: {
              ...ours,
              "s3:prefix": places
                .filter((place) => place.bucket === bucket)
                .map((place) => `${place.prefix}*`),
            },
          },
        }),
      ),
    ),
    mayNot(
      "write",
      self,
      "write or delete there, or change the bucket",
      each(({ bucket, prefix }) => [
        ...requests(
          region,
          ["s3:PutObject", "s3:DeleteObject"],
          [bucketArn(region, bucket, `${prefix}part-0`)],
          at(bucket),
        ),
        ...requests(region, ["s3:PutBucketPolicy"], [bucketArn(region, bucket)], at(bucket)),
      ]),
    ),
    mayNot(
      "stranger",
      self,
      "read a stranger's bucket that took the name",
      each(({ bucket, prefix }) =>
        requests(region, ["s3:GetObject"], [bucketArn(region, bucket, `${prefix}part-0`)], {
          resourceAccount: cast.stranger,
          policies: "open",
        }),
      ),
    ),
    mayNot("roles", self, "become another role", [
      ...requests(region, ["sts:AssumeRole"], [roleArn(region, account, "Administrator")], {
        resourceAccount: account,
        policies: "open",
      }),
    ]),
    ...outsideOf(places.map(({ bucket }) => bucket)).flatMap((bucket) => {
      const keys = keysOutside(places.flatMap((place) => (place.bucket === bucket ? [place.prefix] : [])));
      return keys.length === 0
        ? []
        : [
            mayNot(
              `outside/${bucket}`,
              self,
              `read beside the locations in ${bucket}`,
              requests(
                region,
                ["s3:GetObject"],
                keys.map((key) => bucketArn(region, bucket, key)),
                at(bucket),
              ),
            ),
          ];
    }),
    nothingElse(thing),
  ];
}

const outsideOf = (buckets: readonly string[]) => [...new Set(buckets)];

/** The links and grants that a spoke's stack makes, and what is granted by them. */
export function lakeOfSpoke(
  cast: Cast,
  request: SpokeRequest,
  readers: readonly string[],
): { readonly things: Thing[]; readonly rows: Expectation[] } {
  const granted = consumedProducts(request, cast.environment).flatMap(({ product, account, links }) =>
    links.length === 0
      ? []
      : [
          ...links.map(({ name }) => ({
            target: { database: { catalogId: request.account, name } },
            permissions: ["DESCRIBE"],
          })),
          ...targetsOf(cast, product, account).map((target) => ({ target, permissions: READ })),
        ],
  );
  const each = new Map(
    granted.map(({ target, permissions }) => {
      const thing = grantsThing(cast, request.account, target, "spoke");
      return [thing.arn, { thing, permissions }];
    }),
  );
  return {
    things: [...each.values()].map(({ thing }) => thing),
    rows: [...each.values()].map(({ thing, permissions }): SharingRow => ({
      kind: "sharing",
      id: `lake/${thing.arn.slice(thing.arn.indexOf("/") + 1)}`,
      says: `${thing.words} to the spoke's roles is what they read with`,
      proves: ["R47", "C18"],
      at: thing.arn,
      wanted: new Map(readers.map((reader) => [reader, permissions])),
      // What the account gives to others of its own of what it was granted, is its affair.
      onlyWanted: true,
    })),
  };
}

/** What a role that queries does on the way to products that Lake Formation shares. */
export function lakeReads(cast: Cast, request: SpokeRequest, { party, id }: Querying): Expectation[] {
  const { region, environment } = cast;
  const { may, mayNot } = rowWriter(`${id}/lake`, ["R47", "C18"]);
  const products = consumedProducts(request, environment).filter(({ via }) => via === "lakeFormation");
  const [first] = products;
  if (first === undefined) return [];
  const glue =
    (account: string, policies: "open" | { readonly at: string }) => (sample: string, pattern: string) => {
      const [one, bound] = [sample, pattern].map((resource) => arn("glue", region, account, resource));
      return SHARED_READS.filter((action) => takesGlue(action, one ?? "")).flatMap((action) =>
        requests(region, [action], [one ?? ""], {
          resourceAccount: account,
          policies,
          bound: { resources: [bound ?? ""] },
        }),
      );
    };
  const own = glue(request.account, { at: arn("glue", region, request.account, "catalog") });
  const access = (at: string) =>
    requests(region, ["lakeformation:GetDataAccess"], [], {
      resourceAccount: request.account,
      context: { "aws:RequestedRegion": at },
      bound: { identity: { "aws:requestedregion": [region] } },
    });
  return [
    may("links", party, "look through the links to products", [
      ...own("catalog", "catalog"),
      ...products.flatMap(({ links }) =>
        links.flatMap(({ name }) => [
          ...own(`database/${name}`, `database/${name}`),
          ...own(`table/${name}/any`, `table/${name}/*`),
        ]),
      ),
    ]),
    ...products.map(({ product, account, data }) => {
      // Lake Formation's share lets the account in, beside the policy that is written (L17).
      const theirs = glue(account, "open");
      return may(`${product}/glue`, party, `read the Glue entries of product ${product}`, [
        ...theirs("catalog", "catalog"),
        ...data.flatMap(({ database, tables }) => [
          ...theirs(`database/${database}`, `database/${database}`),
          ...(tables ?? ["*"]).flatMap((table) =>
            theirs(`table/${database}/${table === "*" ? "any" : table}`, `table/${database}/${table}`),
          ),
        ]),
      ]);
    }),
    may("access", party, "get credentials from Lake Formation", access(region)),
    mayNot("elsewhere", party, "get them in another Region", access(anotherRegion(region))),
    mayNot(
      "objects",
      party,
      "read the objects of products by itself, even where their buckets let it in",
      products.flatMap(({ account, data }) =>
        data.flatMap(({ prefixes }) =>
          prefixes.map(splitS3Location).flatMap(({ bucket, prefix }) =>
            requests(region, ["s3:GetObject"], [bucketArn(region, bucket, `${prefix}part-0`)], {
              resourceAccount: account,
              policies: "open",
            }),
          ),
        ),
      ),
    ),
    mayNot(
      "administer",
      party,
      "grant or register anything",
      requests(
        region,
        [
          "lakeformation:GrantPermissions",
          "lakeformation:PutDataLakeSettings",
          "lakeformation:RegisterResource",
        ],
        [],
        { resourceAccount: request.account },
      ),
    ),
  ];
}
