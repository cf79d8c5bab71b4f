/**
 * The environment: one hub with its producers, as the platform team writes it in `Pulumi.<environment>.yaml` under
 * `athena-spokes:environment`.
 */
import { z } from "zod";
import { alarmsWritten } from "./alarm-keys";
import { hubAlarms } from "./alarms";
import { spillBucketPolicy } from "./bucket";
import { functionPolicies, codeFaults } from "./connector";
import { connectorOptions, optionFaults, type WrittenConnector } from "./connector-options";
import { type Fault, faultsOf, InputError } from "./faults";
import { spillKey } from "./key";
import { dataBucketPolicy } from "./mesh/bucket-policy";
import { gluePolicy } from "./mesh/glue-policy";
import { lakeFaults } from "./mesh/lake-formation";
import { meshFaults, productsOf, sharedBuckets } from "./mesh/product";
import { meshShape } from "./mesh/schema";
import { tablesRoleName } from "./names";
import { roleAPermissions } from "./role-a";
import { plainSpillFaults } from "./spill-encryption";
import { tableReaderFaults, tableReadersWritten } from "./table-reader";
import {
  accountId,
  bucketName,
  choice,
  classificationName,
  connectorName,
  environmentName,
  flag,
  listOf,
  named,
  organizationId,
  producerName,
  quickNamespace,
  quickPrincipal,
  readerName,
  region,
  roleName,
  roleOrUser,
  section,
  spokeName,
  tableName,
  tags,
  wholeNumber,
} from "./written";

/** How the DynamoDB connector's function is made: shared by producers and by spokes that deploy their own. */
export const connectorShape = {
  /** The tables the connector may read; its role names no others. */
  tables: listOf("tables", tableName),
  /** Memory of the function in MB. Default 3008, as AWS's template has it. */
  memory: wholeNumber("connector memory", "MB", 128, 10240).default(3008),
  /** Longest run of one invocation in seconds. Default 900, Lambda's limit (L13). */
  timeout: wholeNumber("connector timeout", "seconds", 1, 900).default(900),
  /** Version of AWS's container image. Default `2026.33.1`. Not used with `jar`. */
  imageVersion: z
    .string({ error: 'the image version is not a text: write it in quotes, for example "2026.33.1"' })
    .regex(/^[\w.-]{1,128}$/, { error: (issue) => `"${String(issue.input)}" is not an image version` })
    .optional(),
  /** The connector's jar in S3 instead of AWS's container image: `s3://bucket/key.jar`, in the function's Region. */
  jar: z
    .string({ error: 'the jar is not an S3 object: write "s3://bucket/key.jar"' })
    // Its key stands in policies, where `*`, `?` and `${` would mean other objects too.
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?!.*(?:[*?]|\$\{)).*[^/]$/, {
      error: (issue) => `"${String(issue.input)}" is not one S3 object: write s3://bucket/key.jar`,
    })
    .optional(),
  /**
   * Version of AWS's application `AthenaDynamoDBConnector` of the Serverless Application Repository (R25), by which the
   * function is made as a CloudFormation stack, in place of the image. It leaves Glue enabled, which the connector's role
   * may not ask; the connector then goes on without (`DynamoDBMetadataHandler` in awslabs/aws-athena-query-federation).
   */
  application: z
    .string({
      error: 'the application\'s version is not a text: write it in quotes, for example "2026.33.1"',
    })
    .regex(/^\d+\.\d+\.\d+$/, {
      error: (issue) =>
        `"${String(issue.input)}" is not a version of the application: write three numbers, for example "2026.33.1"`,
    })
    .optional(),
  /** Makes a KMS key for what is spilled (R13, C25). Connectors that share a spill bucket share its key. Default false. */
  customerManagedKey: flag("customerManagedKey").default(false),
  ...connectorOptions,
};

/** Where the function spills what exceeds 6 MB (R6, R8). */
const spill = section("spill", {
  /** The bucket's name; made by the producer. Default `<environment>-<producer>-athena-spill-<account>`. */
  bucket: bucketName.optional(),
  /** Days until spilled objects are deleted; they are not needed after the query. Default 1. */
  retentionDays: wholeNumber("spill retention", "days", 1, 365).default(1),
});

const producer = section("a producer", {
  account: accountId,
  /** One role for everything in this account. Default: the roles that `spokes bootstrap producer` makes. */
  assumeRole: roleName.optional(),
  /** Makes the table `Music` with AWS's sample items (R24). Default false: the tables are there already. */
  sampleData: flag("sampleData").default(false),
  /** Lets its stack's role register catalogs in spokes that ask for it (R14, R32). Default false: spokes add ARNs. */
  registersCatalogs: flag("registersCatalogs").default(false),
  spill: spill.prefault({}),
  /** Name of the function and of its catalog -> the connector. */
  connectors: named("connectors", connectorName, section("a connector", connectorShape)).default({}),
  /** Functions of other accounts that read a table here (R95-R102). */
  tableReaders: tableReadersWritten.default({}),
});

const registeredSpoke = section("a registered spoke", {
  account: accountId,
  /** Name of the spoke's Role B; without one Quick does not query it. */
  roleB: roleName.optional(),
  /** The spoke's analyst, when it has one: a role's name, or `user/<name>`. */
  analyst: roleOrUser.optional(),
  /** Producers whose connectors the spoke attaches. */
  producers: z.array(producerName).default([]),
  /** Classification -> its own Role B, and the producers whose connectors it attaches (R72). */
  classifications: named(
    "classifications",
    classificationName,
    section("a registered classification", { roleB: roleName, producers: z.array(producerName).default([]) }),
  ).optional(),
  /** Third party's reader -> who it is, as the analyst is written, and the producers whose connectors it uses (R92). */
  readers: named(
    "readers",
    readerName,
    section("a registered reader", { principal: roleOrUser, producers: z.array(producerName).default([]) }),
  ).optional(),
});

const roleAScope = choice("scope of Role A", ["pattern", "list", "dedicated"]);

const environmentSchema = section("the environment", {
  /** The one Region of connectors, spill buckets, catalogs and workgroups (R9, C17). */
  region,
  /** The organization's id; needed by the scopes `pattern` and `organization`. */
  organization: organizationId.optional(),
  /**
   * `seed`: roles have the names of AWS's articles. `environment`: these names end in `-<environment>`, for a second
   * environment in the same accounts (C28).
   */
  names: choice("way of naming", ["seed", "environment"]).default("seed"),
  /** Which roles Role A may assume (C12, C24). */
  roleA: roleAScope.default("pattern"),
  /** The scope that the environment moves away from: what it made stays until this line is taken away. */
  formerRoleA: roleAScope.optional(),
  /** Whom bucket and Lambda policies of producers name (C24). */
  producerGrants: choice("scope of producer grants", ["accounts", "organization", "roles"]).default(
    "accounts",
  ),
  /**
   * How a spoke's Role B may use a producer's key, where its connectors have one (R13): by the key's policy, as
   * `producerGrants` says, or by a KMS grant that each spoke's stack makes.
   */
  keyAccess: choice("access to keys", ["policy", "grants"]).default("policy"),
  /** What Role B asks for as external id (C4, C21). */
  externalId: choice("external id rule", ["exact", "any-data-source"]).default("exact"),
  /** Keeps what spokes depend on from being deleted by a plain `pulumi destroy` or a line taken away here. Default true. */
  protect: flag("protect").default(true),
  hub: section("the hub", {
    account: accountId,
    /** One role for everything in the hub. Default: the roles that `spokes bootstrap hub` makes. */
    assumeRole: roleName.optional(),
    quick: section("quick", {
      /** Region of Quick's users and groups (C29). Default: the environment's Region. */
      identityRegion: region.optional(),
      namespace: quickNamespace.default("default"),
      /** Who owns each data source (R62, C16). */
      owners: listOf("owners", quickPrincipal),
      /** Who may build datasets on each data source (R65). */
      authors: z.array(quickPrincipal).default([]),
    }),
  }),
  /** Accounts that own data and connectors, by a name of ours. */
  producers: named("producers", producerName, producer).default({}),
  ...meshShape,
  /** Spokes that policies name; kept by `spokes onboard` and `spokes offboard`. */
  spokes: named("spokes", spokeName, registeredSpoke).default({}),
  /** Alarms of unexpected assumers and of scans (R73). Without this key there are none. */
  alarms: alarmsWritten,
  /** Tags for everything, beside our own. */
  tags: tags.default({}),
});

type Written = z.output<typeof environmentSchema>;

/** An environment with its name and all defaults filled in. */
export type Environment = Written & { readonly name: string };
export type ProducerSpec = Environment["producers"][string];
export type ConnectorSpec = ProducerSpec["connectors"][string];
export type RegisteredSpoke = Environment["spokes"][string];

/**
 * Reads an environment.
 *
 * @param name the environment's name, which is the stack's.
 * @param written the value of `athena-spokes:environment`.
 * @throws InputError listing every fault.
 */
export function readEnvironment(name: string, written: unknown, source = `environment ${name}`): Environment {
  const named = environmentName.safeParse(name);
  const parsed = environmentSchema.safeParse(written);
  if (named.success && parsed.success) {
    const environment = { name, ...parsed.data };
    const faults = contradictions(environment);
    if (faults.length === 0) return environment;
    throw new InputError(source, faults);
  }
  throw new InputError(source, [
    ...(named.success ? [] : faultsOf(named.error)),
    ...(parsed.success ? [] : faultsOf(parsed.error)),
  ]);
}

function contradictions(environment: Environment): Fault[] {
  const faults: Fault[] = [];
  const { organization, roleA, formerRoleA, producerGrants } = environment;
  if (formerRoleA === roleA)
    faults.push({
      path: "formerRoleA",
      message: `"${roleA}" is the scope already: take this line away, or write the scope that the environment moves away from`,
    });
  if (organization === undefined && sharedRoleAScopes(environment).includes("pattern"))
    faults.push({
      path: roleA === "pattern" ? "roleA" : "formerRoleA",
      message:
        "scope pattern needs the organization's id, since a name pattern alone would reach strangers' accounts: add `organization: o-...` or choose `roleA: list`",
    });
  if (organization === undefined && producerGrants === "organization")
    faults.push({
      path: "producerGrants",
      message:
        "scope organization needs the organization's id: add `organization: o-...` or choose `producerGrants: accounts`",
    });
  const functions = new Map<string, string>();
  const buckets = new Map<string, string>();
  const samples = new Map<string, string>();
  const unique = (
    seen: Map<string, string>,
    key: string,
    path: string,
    message: (other: string) => string,
  ) => {
    const other = seen.get(key);
    if (other === undefined) seen.set(key, path);
    else faults.push({ path, message: message(other) });
  };
  for (const [
    name,
    {
      account,
      connectors,
      spill: { bucket },
      sampleData,
    },
  ] of Object.entries(environment.producers)) {
    if (Object.keys(connectors).length === 0 && productsOf(environment, name).length === 0)
      faults.push({
        path: `producers.${name}.connectors`,
        message: "a producer without a connector or a product shares nothing: name one",
      });
    for (const connector of Object.keys(connectors)) {
      const path = `producers.${name}.connectors.${connector}`;
      const message = (other: string) =>
        `${other} makes a function of this name in the same account: rename one`;
      unique(functions, `${account}/${connector}`, path, message);
    }
    for (const [connector, made] of Object.entries(connectors))
      faults.push(
        ...codeFaults(environment.region, `producers.${name}.connectors.${connector}`, connector, made),
      );
    faults.push(
      ...keyFaults(
        Object.entries(connectors).map(([connector, made]) => [
          `producers.${name}.connectors.${connector}`,
          made,
        ]),
      ),
    );
    if (bucket !== undefined)
      unique(
        buckets,
        bucket,
        `producers.${name}.spill.bucket`,
        (other) => `${other} is "${bucket}" too: name another`,
      );
    if (sampleData)
      unique(
        samples,
        account,
        `producers.${name}.sampleData`,
        (other) => `${other} makes the sample table in the same account: choose one of the two`,
      );
  }
  faults.push(...tableReaderFaults(environment));
  faults.push(
    ...optionFaults(connectorsOf(environment), ({ name, spec }) =>
      tablesRoleName(environment.name, name, spec),
    ),
    ...plainSpillFaults(environment),
  );
  for (const [name, spoke] of Object.entries(environment.spokes)) {
    for (const [place, { producers }] of [
      [name, spoke] as const,
      ...Object.entries({ classifications: spoke.classifications, readers: spoke.readers }).flatMap(
        ([key, registered = {}]) =>
          Object.entries<{ readonly producers: readonly string[] }>(registered).map(
            ([each, one]) => [`${name}.${key}.${each}`, one] as const,
          ),
      ),
    ])
      producers.forEach((producerOfSpoke, index) => {
        if (!Object.hasOwn(environment.producers, producerOfSpoke))
          faults.push({
            path: `spokes.${place}.producers[${index}]`,
            message: `there is no producer "${producerOfSpoke}" here: ${knownNames(environment.producers)}`,
          });
      });
  }
  faults.push(...meshFaults(environment), ...lakeFaults(environment));
  return faults.length > 0 ? faults : sizeFaults(environment);
}

/** The connectors of all producers, each with its place. */
function connectorsOf({ producers }: Environment): WrittenConnector[] {
  return Object.entries(producers).flatMap(([producer, { account, assumeRole, connectors }]) =>
    Object.entries(connectors).map(([name, spec]) => ({
      path: `producers.${producer}.connectors.${name}`,
      name,
      account,
      bounded: assumeRole === undefined,
      spec,
    })),
  );
}

/**
 * Connectors that spill to one bucket, of which some ask for a key and others do not: a bucket encrypts all with one key.
 *
 * @param connectors each with its path.
 */
export function keyFaults(
  connectors: readonly (readonly [path: string, { readonly customerManagedKey: boolean }])[],
): Fault[] {
  const without = connectors.filter(([, { customerManagedKey }]) => !customerManagedKey);
  if (without.length === connectors.length) return [];
  return without.map(([path]) => ({
    path: `${path}.customerManagedKey`,
    message:
      "the others here have a key, and all spill to one bucket, which has one key: write `customerManagedKey: true` here too, or take it away there",
  }));
}

/** Documents that would outgrow AWS's limits (L2, L3, L12, L15, L16); empty when all fit. */
export function sizeFaults(environment: Environment): Fault[] {
  const documents = [
    () => roleAPermissions(environment),
    () => hubAlarms(environment),
    ...Object.keys(environment.producers).flatMap((producer) => [
      () => spillBucketPolicy(environment, producer),
      () => functionPolicies(environment, producer),
      () => spillKey(environment, producer),
      () => gluePolicy(environment, producer),
      ...sharedBuckets(environment, producer).map(
        (bucket) => () => dataBucketPolicy(environment, producer, bucket),
      ),
    ]),
  ];
  return documents.flatMap((build) => {
    try {
      build();
      return [];
    } catch (thrown) {
      if (thrown instanceof InputError) return thrown.faults;
      throw thrown;
    }
  });
}

/**
 * Reads an environment from the output of its stack.
 *
 * @returns undefined when there is no such output: the environment is not deployed.
 * @throws InputError when another version of this program deployed what this one cannot read.
 */
export function readDeployedEnvironment(name: string, output: unknown): Environment | undefined {
  if (typeof output !== "object" || output === null) return undefined;
  // The name is ours, not a key that a person writes.
  const written = Object.fromEntries(Object.entries(output).filter(([key]) => key !== "name"));
  return readEnvironment(name, written, `the deployed environment ${name}`);
}

/** `known are a, b`, for the end of a message. */
export function knownNames(record: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(record);
  return names.length === 0
    ? "none is known"
    : `known ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`;
}

/**
 * The scopes of the Role A that spokes share: that of the environment, and that which it moves away from. Empty when each
 * spoke has its own.
 */
export function sharedRoleAScopes({
  roleA,
  formerRoleA,
}: Pick<Environment, "roleA" | "formerRoleA">): ("pattern" | "list")[] {
  return [roleA, formerRoleA].filter((scope) => scope === "pattern" || scope === "list");
}

/** Whether Role A's of spokes' own may exist. */
export function hasDedicatedRoleA({ roleA, formerRoleA }: Environment): boolean {
  return roleA === "dedicated" || formerRoleA === "dedicated";
}

/** Whether onboarding a spoke changes documents that the environment stack owns (architecture: Scopes). */
export function namesItsSpokes(environment: Environment): boolean {
  return sharedRoleAScopes(environment).includes("list") || environment.producerGrants !== "organization";
}

/** The Region of Quick's users and groups (C29). */
export function identityRegion(environment: Environment): string {
  return environment.hub.quick.identityRegion ?? environment.region;
}
