/** The roles of a producer's account: the environment's own stack makes connectors, spokes' stacks are let in to them. */
import { arn, bucketArn, functionArn, principalArn, roleArn, tableArn } from "../../arn";
import type { ConnectorSpec } from "../../environment";
import {
  bucketsOf,
  dataOfProduct,
  productOf,
  productsOf,
  sampleProductBucket,
  sampleProductDatabase,
  sharedBuckets,
} from "../../mesh/product";
import {
  type Connector,
  connectorRoleName,
  producerConnector,
  SAMPLE_TABLE,
  shareRoleName,
  spillBucketName,
  spillKeyAlias,
} from "../../names";
import { type TableReader, tableReadersOf } from "../../table-reader";
import { type Cast, namedPatterns, similarNames } from "../cast";
import { type Expectation, requests, rowWriter } from "../expectation";
import { dutiesOf, type Duty, exactly, type Holder, like } from "./duty";
import { lakeIn, sharingLake } from "./lake";
import {
  anyKeyOf,
  deployingApplications,
  fetchingCode,
  findingData,
  findingNetworks,
  findingTables,
  foreignKeys,
  grantingInvocation,
  makingBuckets,
  makingCatalogs,
  makingFunctions,
  makingKeys,
  makingRoles,
  makingSampleOrders,
  makingSampleTable,
  passing,
  readingBoundary,
  readingExisting,
  readingFunctions,
  readingRoles,
  usingKeys,
} from "./shared";

/** What producers have in one account. */
export interface Produced {
  readonly connectors: readonly Connector[];
  /** What was written of each of them. */
  readonly specs: readonly ConnectorSpec[];
  /** Tables of the account itself that connectors read. */
  readonly tables: readonly string[];
  /** Buckets that connectors spill to. */
  readonly buckets: readonly string[];
  /** Buckets and databases of products' sample data. */
  readonly samples: { readonly buckets: readonly string[]; readonly databases: readonly string[] };
  /** Databases of products, and buckets with their data that were there before. */
  readonly published: { readonly databases: readonly string[]; readonly buckets: readonly string[] };
  /** Buckets of data that somebody was granted. */
  readonly granted: readonly string[];
  readonly aliases: readonly string[];
  readonly sample: boolean;
  readonly readers: readonly TableReader[];
  /** Whether one of them registers catalogs in spokes. */
  readonly registers: boolean;
}

export function producedIn({ environment }: Cast, account: string): Produced {
  const here = Object.entries(environment.producers).filter(([, spec]) => spec.account === account);
  const specs = here.flatMap(([, { connectors }]) => Object.values(connectors));
  const products = here.flatMap(([producer]) => productsOf(environment, producer));
  const byPolicy = here.flatMap(([producer]) => productsOf(environment, producer, "policy"));
  const sampled = products.filter((name) => productOf(environment, name).sampleData);
  const samples = sampled.map((name) => sampleProductBucket(environment, name));
  return {
    connectors: here.flatMap(([producer, spec]) =>
      Object.keys(spec.connectors).map((name) => producerConnector(environment, producer, name)),
    ),
    specs,
    tables: unique(specs.flatMap(({ tables, tablesIn }) => (tablesIn === undefined ? tables : []))),
    buckets: here
      .filter(([, { connectors }]) => Object.keys(connectors).length > 0)
      .map(([producer]) => spillBucketName(environment, producer)),
    samples: { buckets: samples, databases: sampled.map(sampleProductDatabase) },
    published: {
      databases: unique(
        products.flatMap((name) => dataOfProduct(environment, name).map(({ database }) => database)),
      ),
      buckets: bucketsOf(environment, byPolicy).filter((bucket) => !samples.includes(bucket)),
    },
    granted: unique(here.flatMap(([producer]) => sharedBuckets(environment, producer))),
    aliases: here.flatMap(([producer]) => spillKeyAlias(environment, producer) ?? []),
    sample: here.some(([, { sampleData }]) => sampleData),
    readers: here.flatMap(([producer]) => tableReadersOf(environment, producer)),
    registers: here.some(([, { registersCatalogs }]) => registersCatalogs),
  };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

export function producerDeployer(holder: Holder, boundary: string): Expectation[] {
  const { cast, account, party, id } = holder;
  const { region, environment } = cast;
  const { connectors, specs, tables, buckets, samples, published, aliases, sample, readers } = producedIn(
    cast,
    account,
  );
  const lake = lakeIn(cast, account);
  const names = connectors.map(({ name }) => name);
  const roles = connectors.map(connectorRoleName);
  const read = unique([...tables, ...readers.map(({ table }) => table.name)]);
  const made = [...buckets, ...samples.buckets];
  const { mayNot } = rowWriter(`${id}/data`, ["R70"]);
  return [
    ...dutiesOf(holder, [
      ...makingRoles(holder, [...roles, ...readers.map(({ role }) => role), ...lake.roles], boundary),
      ...(names.length === 0
        ? []
        : [
            passing(holder, roles, "lambda.amazonaws.com"),
            ...makingFunctions(holder, names),
            ...fetchingCode(holder, specs),
            ...deployingApplications(holder, names, specs),
            makingCatalogs(holder, names),
          ]),
      ...(specs.some(({ vpc }) => vpc !== undefined) ? [findingNetworks(holder)] : []),
      ...(environment.producerGrants === "organization"
        ? [...grantingInvocation(holder, names, ["*"]), readingFunctions(holder, names)]
        : []),
      ...makingBuckets(holder, made),
      findingTables(read.map((table) => tableArn(region, account, table))),
      // Who else would look at it is the onboarder, which there is for the sake of connectors.
      ...(names.length === 0 && readers.length + lake.roles.length > 0 ? [readingBoundary(boundary)] : []),
      ...publishing(holder, published),
      ...sharingLake(holder, lake),
      ...makingSampleOrders(holder, samples.databases, samples.buckets),
      ...(aliases.length === 0 ? [] : makingKeys(holder, aliases)),
      ...(sample ? [makingSampleTable(tableArn(region, account, SAMPLE_TABLE))] : []),
    ]),
    mayNot(
      "somebody",
      party,
      "let an account, a service or a role invoke connectors by name",
      [cast.stranger, "s3.amazonaws.com", roleArn(region, cast.stranger, "Administrator")].flatMap(
        (principal) =>
          requests(
            region,
            ["lambda:AddPermission"],
            [...names, "another"].map((name) => functionArn(region, account, name)),
            { resourceAccount: account, context: { "lambda:Principal": principal } },
          ),
      ),
    ),
    foreignKeys(holder),
    mayNot("invoke", party, "invoke connectors, or read what they spilled", [
      ...requests(
        region,
        ["lambda:InvokeFunction", "s3:GetObject"],
        [
          ...[...names, "another"].map((name) => functionArn(region, account, name)),
          ...[...buckets, "another"].map((bucket) => bucketArn(region, bucket, "athena-spill/block")),
        ],
        { resourceAccount: account },
      ),
    ]),
    mayNot("tables", party, "read tables, but for the sample", [
      ...requests(
        region,
        ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
        [...tables, "another"]
          .filter((table) => !sample || table !== SAMPLE_TABLE)
          .map((table) => tableArn(region, account, table)),
        { resourceAccount: account },
      ),
    ]),
    mayNot(
      "stranger",
      party,
      "use a stranger's bucket that took the name of one of its",
      requests(
        region,
        ["s3:PutBucketPolicy", "s3:DeleteBucket", "s3:DeleteObject"],
        [...made, ...published.buckets].flatMap((bucket) => [
          bucketArn(region, bucket),
          bucketArn(region, bucket, "any"),
        ]),
        { resourceAccount: cast.stranger, policies: "open" },
      ),
      ["C22"],
    ),
    ...(published.buckets.length === 0
      ? []
      : [
          mayNot(
            "products",
            party,
            "read, change or take away what products hold",
            requests(
              region,
              ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteBucket"],
              published.buckets.flatMap((bucket) => [
                bucketArn(region, bucket),
                bucketArn(region, bucket, "any"),
              ]),
              { resourceAccount: account },
            ),
            ["R47"],
          ),
        ]),
  ];
}

/** Writes the policies by which products are shared, of what was there before, and sees that the data is there (R47). */
function publishing(holder: Holder, { databases, buckets }: Produced["published"]): Duty[] {
  const { cast, account } = holder;
  const { region } = cast;
  if (databases.length === 0) return [];
  return [
    {
      id: "products/glue-policy",
      words: "write the policy of the Glue catalog",
      needs: ["glue:DeleteResourcePolicy", "glue:GetResourcePolicy", "glue:PutResourcePolicy"],
      on: exactly([arn("glue", region, account, "catalog")]),
    },
    ...(buckets.length === 0
      ? []
      : [
          {
            id: "products/bucket-policies",
            words: "write the policies of buckets with products' data",
            needs: ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListBucket", "s3:PutBucketPolicy"],
            on: exactly(buckets.map((bucket) => bucketArn(region, bucket))),
            bound: { "aws:resourceaccount": [account] },
          },
        ]),
    findingData(holder, databases),
  ];
}

/** Goes on into spokes that trust the producer, where its organization is. */
function sharing({ cast, account }: Holder, spokes: readonly string[] | undefined): Duty {
  const { region, environment } = cast;
  const { organization } = environment;
  return {
    id: "share/assume",
    words: "become the roles by which it registers catalogs in spokes of the organization",
    needs: ["sts:AssumeRole"],
    on: like(
      (spokes ?? ["*"]).flatMap((spoke) =>
        (["Create", "Federated"] as const).map((style) =>
          roleArn(region, spoke, shareRoleName(style, account, environment)),
        ),
      ),
      cast.neighbour,
    ),
    bound: organization === undefined ? {} : { "aws:resourceorgid": [organization] },
  };
}

/** @param spokes accounts that it may let in; undefined: any */
export function producerOnboarder(
  holder: Holder,
  boundary: string,
  spokes: readonly string[] | undefined,
): Expectation[] {
  const { cast, account, party, id } = holder;
  const { region, environment } = cast;
  const { producerGrants, keyAccess } = environment;
  const { connectors, buckets, granted, aliases, readers, registers } = producedIn(cast, account);
  const names = connectors.map(({ name }) => name);
  const functions = names.map((name) => functionArn(region, account, name));
  const accounts = spokes ?? ["?".repeat(12)];
  const querying = (where: readonly string[]) =>
    where.flatMap((each) => namedPatterns(environment).map((known) => principalArn(region, each, known)));
  const invokers = { accounts, roles: querying(accounts), organization: undefined }[producerGrants];
  const grantees = querying(spokes ?? ["*"]);
  const { mayNot } = rowWriter(`${id}/grants`, ["R11", "R70"]);
  return [
    ...dutiesOf(holder, [
      ...(invokers === undefined ? [] : grantingInvocation(holder, names, invokers)),
      readingFunctions(holder, names),
      ...(registers ? [sharing(holder, spokes)] : []),
      {
        id: "spill/policy",
        words: "look at the spill bucket's policy",
        needs: ["s3:GetBucketPolicy"],
        on: exactly(buckets.map((bucket) => bucketArn(region, bucket))),
      },
      readingRoles(holder, [...connectors.map(connectorRoleName), ...readers.map(({ role }) => role)]),
      readingBoundary(boundary),
      ...(granted.length === 0 ? [] : readingExisting(holder, granted)),
      {
        id: "catalogs/tables",
        words: "list tables through its catalogs",
        needs: ["athena:ListTableMetadata"],
        on: exactly(names.map((name) => arn("athena", region, account, `datacatalog/${name}`))),
      },
      {
        id: "connectors/ask",
        words: "ask connectors for tables, by way of Athena",
        needs: ["lambda:InvokeFunction"],
        on: exactly(functions),
        given: { "aws:CalledVia": ["athena.amazonaws.com"] },
        bound: { "aws:calledvia": ["athena.amazonaws.com"] },
      },
      ...(aliases.length === 0 ? [] : usingKeys(holder, aliases, keyAccess === "grants" ? grantees : [])),
    ]),
    mayNot(
      "everybody",
      party,
      "let everybody, a service or an outsider's role invoke connectors",
      [
        "*",
        "s3.amazonaws.com",
        roleArn(region, cast.stranger, "Administrator"),
        ...similarNames(environment).map((name) => principalArn(region, cast.neighbour, name)),
        cast.stranger,
      ]
        // Where no spokes are named, any account may be let in under `accounts`: which one, the request says.
        .filter(
          (principal) => spokes !== undefined || producerGrants !== "accounts" || principal !== cast.stranger,
        )
        .flatMap((principal) =>
          requests(region, ["lambda:AddPermission"], functions, {
            resourceAccount: account,
            context: { "lambda:Principal": principal },
          }),
        ),
    ),
    ...(spokes === undefined
      ? []
      : [
          mayNot("other-accounts", party, "let in, or go on into, an account that is not named", [
            ...requests(region, ["lambda:AddPermission"], functions, {
              resourceAccount: account,
              context: { "lambda:Principal": cast.neighbour },
            }),
            ...querying([cast.neighbour]).flatMap((principal) => [
              ...requests(region, ["lambda:AddPermission"], functions, {
                resourceAccount: account,
                context: { "lambda:Principal": principal.replaceAll("*", "any") },
              }),
              ...(aliases.length === 0
                ? []
                : requests(region, ["kms:CreateGrant"], Object.keys(anyKeyOf(holder)), {
                    resourceAccount: account,
                    context: {
                      "kms:ResourceAliases": [...aliases],
                      "kms:GrantOperations": ["Decrypt"],
                      "kms:GrantConstraintType": "EncryptionContextSubset",
                      "kms:GranteePrincipal": principal.replaceAll("*", "any"),
                    },
                  })),
            ]),
            ...requests(
              region,
              ["sts:AssumeRole"],
              (["Create", "Federated"] as const).map((style) =>
                roleArn(region, cast.neighbour, shareRoleName(style, account, environment)),
              ),
              { resourceAccount: cast.neighbour, policies: "open" },
            ),
          ]),
        ]),
    mayNot(
      "invoke",
      party,
      "invoke connectors by itself",
      requests(region, ["lambda:InvokeFunction"], functions, { resourceAccount: account }),
    ),
    mayNot("change", party, "change connectors, their buckets or their roles", [
      ...requests(
        region,
        ["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction"],
        functions,
        { resourceAccount: account },
      ),
      ...requests(
        region,
        ["s3:PutBucketPolicy", "s3:GetObject"],
        buckets.flatMap((bucket) => [
          bucketArn(region, bucket),
          bucketArn(region, bucket, "athena-spill/block"),
        ]),
        { resourceAccount: account },
      ),
      ...requests(
        region,
        ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole"],
        connectors.map((connector) => roleArn(region, account, connectorRoleName(connector))),
        { resourceAccount: account },
      ),
    ]),
  ];
}
