/**
 * The request: what a spoke's owner writes to be onboarded. The same text stands in `Pulumi.<environment>-<spoke>.yaml`
 * under `athena-spokes:spoke`.
 */
import { z } from "zod";
import {
  connectorShape,
  type Environment,
  keyFaults,
  knownNames,
  type RegisteredSpoke,
  sizeFaults,
} from "./environment";
import { analystPermissions } from "./analyst";
import type { RoleOrUser } from "./arn";
import { codeFaults } from "./connector";
import { optionFaults } from "./connector-options";
import { dataSetFaults, dataSetsWritten, unreadableDataSets } from "./data-set";
import { policyText } from "./document";
import { type Fault, faultsOf, InputError } from "./faults";
import { glueDataShape } from "./glue-data";
import { levelsOf, placeIn } from "./level";
import { limits } from "./limits";
import { productFaults } from "./mesh/consumed";
import {
  analystOf,
  analystUser,
  attachedProducers,
  dataOf,
  dataSourceIdOf,
  isKnownAnalyst,
  isUser,
  isReachableName,
  levelName,
  makesResultsBucket,
  nameOf,
  outputLocationOf,
  ownConnectorName,
  tablesRoleName,
  producersOf,
  resultsBucketName,
  roleBName,
  spokeRole,
  workgroupNameOf,
} from "./names";
import { authorsOf } from "./quick";
import { roleBPermissions } from "./role-b";
import {
  readerFaults,
  readerFaultsInEnvironment,
  readerPrincipal,
  readerProducers,
  readersOf,
  readersWritten,
} from "./third-party-reader";
import { shareFaults, shareFaultsInEnvironment } from "./share";
import { sharing } from "./share-keys";
import { withoutQuickFaults } from "./without-quick";
import { plainSpillFaults } from "./spill-encryption";
import {
  accountId,
  analyst,
  bucketName,
  catalogName,
  classificationName,
  connectorName,
  dataSourceId,
  dataSourceName,
  environmentName,
  flag,
  named,
  producerName,
  productName,
  quickPrincipal,
  region,
  roleName,
  s3Location,
  section,
  spokeName,
  tags,
  wholeNumber,
  workgroupName,
} from "./written";

const attached = section("an attached connector", {
  /** The producer whose connector is attached (R2, R18). */
  from: producerName,
  /** Which of the producer's connectors. Default: its only one. */
  connector: connectorName.optional(),
  /** Name of the catalog in the spoke (R17). Default: the connector's name. */
  catalog: catalogName.optional(),
  ...sharing,
});

const deployed = section("a deployed connector", {
  deploy: section("deploy", {
    /** Name of the function in the spoke's account. Default: `<spoke>dynamodb` without dashes. */
    name: connectorName.optional(),
    ...connectorShape,
    /** Makes the table `Music` with AWS's sample items (R24) in the spoke. Default false. */
    sampleData: flag("sampleData").default(false),
    /** Days until spilled objects are deleted (R8). Default 1. */
    spillRetentionDays: wholeNumber("spill retention", "days", 1, 365).default(1),
  }),
  /** Name of the catalog. Default: the function's name. */
  catalog: catalogName.optional(),
});

/** What each level of a spoke has: the general one, and one for each classification (R72). */
const levelShape = {
  workgroup: section("workgroup", {
    /** Default `<environment>-<spoke>`, made for this spoke (C5). `primary` is taken as it is. */
    name: workgroupName.optional(),
    /** A query that scans more is cancelled (R71). Bytes; default 10 GiB, least 10 MB (Athena's). */
    bytesScannedCutoff: wholeNumber(
      "bytes-scanned cutoff",
      "bytes",
      10_000_000,
      7_000_000_000_000_000,
    ).default(10 * 1024 ** 3),
    /** An existing place for results in the spoke's account (R93). Default: a bucket made for this spoke. */
    outputLocation: s3Location.optional(),
    /** Days until results are deleted from the bucket made here. Default 30. */
    resultRetentionDays: wholeNumber("result retention", "days", 1, 3650).default(30),
    /** Athena keeps results itself, encrypted, for a day: no bucket, no right to one. Default false. */
    managedResults: flag("managedResults").default(false),
  }).prefault({}),
  /** Existing Glue data that Quick may read (R57, R58, R60). */
  data: z.array(section("an entry of data", glueDataShape)).default([]),
  connectors: z
    .array(
      z.unknown().transform((written, context) => {
        const schema = isDeploy(written) ? deployed : attached;
        const parsed = schema.safeParse(written);
        if (parsed.success) return parsed.data;
        for (const issue of parsed.error.issues)
          context.addIssue({
            code: "custom",
            path: issue.path,
            message: issue.message,
          });
        return z.NEVER;
      }),
    )
    .default([]),
  roleB: section("roleB", {
    /** Default `qs-athena-consumer-role`, with `-<environment>` where the environment says `names: environment`. */
    name: roleName.optional(),
  }).prefault({}),
  dataSource: section("dataSource", {
    /** Default `<environment>-<spoke>`. It is part of Role B's external id. */
    id: dataSourceId.optional(),
    /** What authors see. Default `Athena Cross Account - <spoke> (<environment>)`. */
    name: dataSourceName.optional(),
    /** Who may build datasets on it, beside the environment's authors (R65). */
    authors: z.array(quickPrincipal).default([]),
  }).prefault({}),
  /** Datasets that are made on the data source and shared as it is (R66). Default: none; authors make them in Quick. */
  datasets: dataSetsWritten,
};

const requestSchema = section("the request", {
  spoke: spokeName,
  environment: environmentName,
  account: accountId,
  region,
  /** The role that is assumed in the spoke. Default: the one that `spokes bootstrap spoke` makes. */
  assumeRole: roleName.optional(),
  ...levelShape,
  /** Products of other accounts that Quick may read (R47). Each has to be granted in the environment. */
  products: z
    .array(
      section("a requested product", {
        product: productName,
        /** Name of the catalog in the spoke. Default: the product's name. */
        as: catalogName.optional(),
      }),
    )
    .default([]),
  /** Makes a data bucket, a Glue database named after the spoke and a table `orders` with a few rows. Default false. */
  sampleData: flag("sampleData").default(false),
  /**
   * Whether the hub's Quick queries the spoke. `false`: only its own people do, as its analyst; Role B and the data source
   * are not made. Default true.
   */
  quick: flag("quick").default(true),
  /**
   * A role or a user with which the spoke account's own people query what Quick queries (R28-R33): `true`, a role named
   * `analyst` (with `-<environment>` where the environment says `names: environment`), the role's name, or `user/<name>` for
   * a user, whose password or keys people make. Default false: none.
   */
  analyst: analyst.default(false),
  /** Third parties' tools that query the spoke's Athena with a service account (R77-R94). */
  readers: readersWritten.default({}),
  /**
   * More levels, by the classification of their data: each has a Role B, a workgroup and a data source of its own, and the
   * keys that the request has for them itself (R72). Default: none.
   */
  classifications: named(
    "classifications",
    classificationName,
    section("a classification", levelShape),
  ).default({}),
  /** Tags for everything of this spoke, beside the environment's. */
  tags: tags.default({}),
});

function isDeploy(written: unknown): boolean {
  return typeof written === "object" && written !== null && "deploy" in written;
}

/**
 * A spoke's request with all defaults filled in; with `classification`, what it asks for at that level (level.ts), which
 * nobody writes.
 */
export type SpokeRequest = z.output<typeof requestSchema> & { readonly classification?: string };
export type RequestedConnector = SpokeRequest["connectors"][number];
export type AttachedConnector = Extract<RequestedConnector, { from: string }>;
export type DeployedConnector = Extract<RequestedConnector, { deploy: unknown }>;
export type SpokeData = SpokeRequest["data"][number];

/**
 * Reads a request.
 *
 * @param environment where it is known, the request has to fit it as well.
 * @throws InputError listing every fault: of single values, and of what else can be judged beside them.
 */
export function readRequest(written: unknown, source: string, environment?: Environment): SpokeRequest {
  const parsed = requestSchema.safeParse(written);
  const faults = parsed.success
    ? faultsOfRequest(parsed.data, environment)
    : faultsBeside(written, parsed.error, environment);
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new InputError(source, faults);
}

function faultsOfRequest(request: SpokeRequest, environment: Environment | undefined): Fault[] {
  return [
    ...contradictions(request),
    ...(environment === undefined ? [] : faultsInEnvironment(request, environment)),
  ];
}

/**
 * The faults of values that cannot be read, and those of the rest of the request, so that a person hears of all at once.
 *
 * For the second look, each key with such a value is left out, or where it has to be there, given a value that fits;
 * what is then said of these keys is dropped.
 */
function faultsBeside(written: unknown, error: z.ZodError, environment: Environment | undefined): Fault[] {
  const unreadable = faultsOf(error);
  if (typeof written !== "object" || written === null || Array.isArray(written)) return unreadable;
  const spoilt = new Set(
    error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [String(issue.path[0])],
    ),
  );
  const fitting: Readonly<Record<string, unknown>> = {
    spoke: "spoke",
    environment: environment?.name ?? "env",
    account: "100000000000",
    region: environment?.region ?? "us-east-1",
  };
  const mended = Object.fromEntries(
    [...Object.entries(written as Record<string, unknown>).filter(([key]) => !spoilt.has(key))].concat(
      Object.entries(fitting).filter(([key]) => spoilt.has(key)),
    ),
  );
  const second = requestSchema.safeParse(mended);
  if (!second.success) return unreadable;
  // "Names nothing to query" is said of `data`, and is about these four.
  const nothing = ["data", "sampleData", "connectors", "products"].some((key) => spoilt.has(key));
  const rest = faultsOfRequest(second.data, environment).filter(({ path }) => {
    const [key = ""] = path.split(/[.[]/);
    return !spoilt.has(key) && !(key === "data" && nothing);
  });
  return [...unreadable, ...rest];
}

function contradictions(request: SpokeRequest): Fault[] {
  const faults = levelsOf(request).flatMap((level) => below(level, contradictionsOfLevel(level)));
  faults.push(...readerFaults(request));
  if (!request.quick && Object.keys(request.classifications).length > 0)
    faults.push({
      path: "classifications",
      message: "levels are what Quick queries, and `quick: false` keeps it out: take one of the two away",
    });
  if (request.spoke.startsWith(`${request.environment}-`))
    faults.push({
      path: "spoke",
      message: `"${request.spoke}" begins with the environment's name, as stacks do, and would be taken for spoke "${request.spoke.slice(request.environment.length + 1)}": leave "${request.environment}-" out`,
    });
  return [...faults, ...betweenLevels(request)];
}

/** Faults of a level, where its keys stand in the request. */
function below({ classification }: SpokeRequest, faults: readonly Fault[]): Fault[] {
  return faults.map(({ path, message }) => ({ path: placeIn(classification, path), message }));
}

function contradictionsOfLevel(request: SpokeRequest): Fault[] {
  const faults: Fault[] = [];
  const { name, outputLocation, managedResults } = request.workgroup;
  faults.push(
    ...keyFaults(
      request.connectors.flatMap((connector, index) =>
        "deploy" in connector ? [[`connectors[${index}].deploy`, connector.deploy] as const] : [],
      ),
    ),
  );
  faults.push(
    ...optionFaults(
      request.connectors.flatMap((connector, index) =>
        "deploy" in connector
          ? [
              {
                path: `connectors[${index}].deploy`,
                name: connector.deploy.name ?? ownConnectorName(request),
                account: request.account,
                bounded: request.assumeRole === undefined,
                spec: connector.deploy,
              },
            ]
          : [],
      ),
      (connector) => tablesRoleName(request.environment, connector.name, connector.spec),
    ),
  );
  faults.push(...shareFaults(request), ...withoutQuickFaults(request), ...dataSetFaults(request));
  if (managedResults && outputLocation !== undefined)
    faults.push({
      path: "workgroup.managedResults",
      message: "results that Athena keeps have no place of yours: leave outputLocation or managedResults out",
    });
  if (name === "primary" && managedResults)
    faults.push({
      path: "workgroup.managedResults",
      message:
        "workgroup primary is not ours to configure: leave workgroup.name out, or name an outputLocation in place of managedResults",
    });
  else if (name === "primary" && outputLocation === undefined)
    faults.push({
      path: "workgroup.outputLocation",
      message:
        "workgroup primary is not ours to configure: say where it writes results, for example s3://my-results/athena/",
    });
  if (
    request.data.length === 0 &&
    !request.sampleData &&
    request.connectors.length === 0 &&
    request.products.length === 0
  )
    faults.push({
      path: "data",
      message:
        request.classification === undefined
          ? "the request names nothing to query: add data, connectors, products or sampleData: true"
          : "the classification names nothing to query: add data or connectors",
    });
  for (const [index, connector] of request.connectors.entries())
    if ("deploy" in connector)
      faults.push(
        ...codeFaults(
          request.region,
          `connectors[${index}].deploy`,
          connector.deploy.name ?? ownConnectorName(request),
          connector.deploy,
        ),
      );
  const { id } = request.dataSource;
  const stack = levelName(request);
  if (id !== undefined && id !== stack && !id.startsWith(`${stack}-`))
    faults.push({
      path: "dataSource.id",
      message: `"${id}" could be another spoke's: write "${stack}", or begin it with "${stack}-"`,
    });
  if (request.classification !== undefined) {
    const role = roleName.safeParse(request.roleB.name ?? "role");
    faults.push(...(role.success ? [] : faultsOf(role.error, "roleB.name")));
    const bucket = bucketName.safeParse(resultsBucketName(request));
    if (!bucket.success && makesResultsBucket(request))
      faults.push({
        path: "workgroup.outputLocation",
        message: `${bucket.error.issues[0]?.message ?? ""}: choose a shorter classification, or name a place for results here`,
      });
  }
  return faults;
}

/** What levels may not share, since one would lead to the other's data (R72), and what nobody may write and read. */
function betweenLevels(request: SpokeRequest): Fault[] {
  const levels = levelsOf(request);
  const faults: Fault[] = [];
  for (const [index, level] of levels.entries()) {
    const { classification } = level;
    const results = outputLocationOf(level);
    const ownPlace = level.workgroup.outputLocation === undefined ? "data" : "workgroup.outputLocation";
    for (const other of levels) {
      const others = other === level ? "" : `${other.classification ?? "the general level"}'s `;
      for (const prefix of dataOf(other).flatMap((entry) => entry.prefixes))
        if (overlap(prefix, results))
          faults.push({
            path: placeIn(classification, ownPlace),
            message: `results in ${results} and ${others}data in ${prefix} overlap, so that Role B could write where it only reads (C6): choose another place`,
          });
    }
    for (const earlier of levels.slice(0, index)) {
      const whose = earlier.classification ?? "the general level";
      if (results !== undefined && overlap(results, outputLocationOf(earlier)))
        faults.push({
          path: placeIn(classification, "workgroup.outputLocation"),
          message: `results of ${whose} in ${outputLocationOf(earlier)} and these in ${results} overlap, so that each level could read the other's (R72): choose another place`,
        });
      if (makesSampleTable(level) && makesSampleTable(earlier))
        faults.push({
          path: placeIn(classification, "connectors"),
          message: `${whose} makes the sample table in this account already: leave deploy.sampleData out of one of the two`,
        });
      const same = (path: string, value: string | undefined, before: string | undefined, remedy: string) =>
        value === undefined || value !== before
          ? []
          : [
              {
                path: placeIn(classification, path),
                message: `"${value}" is ${whose}'s, and each level has its own (R72): ${remedy}`,
              },
            ];
      faults.push(
        ...same(
          "workgroup.name",
          workgroupNameOf(level),
          workgroupNameOf(earlier),
          "choose another, or leave it out",
        ),
        ...same("roleB.name", level.roleB.name, earlier.roleB.name, "choose another, or leave it out"),
        ...same(
          "dataSource.id",
          dataSourceIdOf(level),
          dataSourceIdOf(earlier),
          "choose another, or leave it out",
        ),
      );
    }
  }
  return faults;
}

function makesSampleTable({ connectors }: SpokeRequest): boolean {
  return connectors.some((connector) => "deploy" in connector && connector.deploy.sampleData);
}

/** Whether one place lies in the other; what Athena keeps itself lies in none. */
function overlap(one: string, other: string | undefined): boolean {
  return other !== undefined && (one.startsWith(other) || other.startsWith(one));
}

/**
 * What is wrong with a request in a given environment: Region, producers, names.
 *
 * @returns the faults; empty when the request fits.
 */
export function faultsInEnvironment(request: SpokeRequest, environment: Environment): Fault[] {
  const faults: Fault[] = [];
  if (request.environment !== environment.name)
    faults.push({
      path: "environment",
      message: `the request is for "${request.environment}", this is "${environment.name}"`,
    });
  if (request.region !== environment.region)
    faults.push({
      path: "region",
      message: `${request.region} differs from the environment's ${environment.region}: Athena runs no federated query across Regions (R9), so write ${environment.region}`,
    });
  const registered = own(environment.spokes, request.spoke);
  if (registered !== undefined && registered.account !== request.account)
    faults.push({
      path: "account",
      message: `spoke "${request.spoke}" is onboarded with account ${registered.account}: offboard it first or choose another spoke name`,
    });
  faults.push(
    ...levelsOf(request).flatMap((level) => below(level, faultsOfLevel(level, request, environment))),
  );
  faults.push(...nameFaults(request, environment));
  faults.push(...shareFaultsInEnvironment(request, environment));
  const connected = connectorFaults(request, environment);
  faults.push(
    ...connected.faults,
    ...productFaults(request, environment, (name) => connected.places.get(name)),
  );
  if (faults.length > 0) return faults;
  faults.push(
    ...plainSpillFaults(withSpoke(request, environment)).map(({ message }) => ({
      path: "connectors",
      message,
    })),
  );
  if (isNamedByEnvironment(request, environment))
    faults.push(
      ...sizeFaults(withSpoke(request, environment)).map(({ path, message }) => ({
        path: "spoke",
        message: `${environment.name} has no room for one more: ${path}: ${message}`,
      })),
    );
  faults.push(...levelsOf(request).flatMap((level) => unreadableDataSets(level, environment)));
  for (const level of levelsOf(request)) {
    const size = policyText(roleBPermissions(level, environment)).length;
    if (size > limits.roleInlinePolicies)
      faults.push({
        path: placeIn(level.classification, "data"),
        message: `Role B's policy would have ${size} characters, IAM allows ${limits.roleInlinePolicies}: name whole databases instead of tables, or fewer of them`,
      });
  }
  if (analystUser(request, environment) !== undefined) {
    const size = policyText(analystPermissions(request, environment)).length;
    if (size > limits.managedPolicy)
      faults.push({
        path: "analyst",
        message: `the analyst's policy would have ${size} characters, IAM allows a user's ${limits.managedPolicy}: name whole databases instead of tables, or let the analyst be a role`,
      });
  }
  faults.push(...readerFaultsInEnvironment(request, environment, grantsByName(request, environment)));
  return faults;
}

/** Names of roles and users that others of the spoke have already, or that producers do not let in. */
function nameFaults(request: SpokeRequest, environment: Environment): Fault[] {
  const faults: Fault[] = [];
  const used = new Map<RoleOrUser, string>([
    [`role/${spokeRole(request)}`, "the role that the stack assumes"],
    ...levelsOf(request).map((level) => [`role/${roleBName(level, environment)}`, "Role B"] as const),
  ]);
  const unique = (path: string, principal: RoleOrUser) => {
    const whose = used.get(principal);
    if (whose !== undefined)
      faults.push({ path, message: `"${nameOf(principal)}" is ${whose} already: choose another name` });
  };
  const analyst = analystOf(request, environment);
  if (analyst !== undefined) {
    const name = nameOf(analyst);
    if (grantsByName(request, environment) && !isKnownAnalyst(name, environment))
      faults.push({
        path: "analyst",
        message: isUser(analyst)
          ? `producers of ${environment.name} do not let user "${name}" in: write a name that begins with "user/analyst-${environment.name}-"`
          : `producers of ${environment.name} do not let "${name}" in: write true, or a name that begins with "analyst-${environment.name}-"`,
      });
    unique("analyst", analyst);
    used.set(analyst, "the analyst");
  }
  for (const { name, user, role } of readersOf(request)) {
    unique(`readers.${name}.user`, `user/${user}`);
    if (role !== undefined) unique(`readers.${name}.role`, `role/${role}`);
  }
  return faults;
}

/** @param request the level is of */
function faultsOfLevel(level: SpokeRequest, request: SpokeRequest, environment: Environment): Fault[] {
  const faults: Fault[] = [];
  const name = roleBName(level, environment);
  // Under `spokes bootstrap` a permissions boundary says whom Role A may assume, whatever its own policy lists.
  const byName =
    environment.roleA === "pattern" ||
    environment.hub.assumeRole === undefined ||
    grantsByName(request, environment);
  if (level.quick && byName && !isReachableName(name, environment))
    faults.push({
      path: "roleB.name",
      message: `Role A of ${environment.name} may not assume "${name}": leave the name out, or begin it with "${roleBName(undefined, { ...environment, names: "environment" })}-"`,
    });
  const principals = new Set([...environment.hub.quick.owners, ...authorsOf(level, environment)]);
  if (level.quick && principals.size > limits.dataSourcePrincipals)
    faults.push({
      path: "dataSource.authors",
      message: `the data source would have ${principals.size} owners and authors, Quick allows ${limits.dataSourcePrincipals}: share it with a group`,
    });
  return faults;
}

/** Whether roles of the spoke are let in by their names, whatever the environment's list says. */
function grantsByName(request: SpokeRequest, environment: Environment): boolean {
  return (
    environment.producerGrants === "organization" ||
    onboarderGrants(request, environment) ||
    request.products.length > 0
  );
}

/**
 * Connectors that are not there, and catalogs that clash: an account has one of a name, whichever level asks for it.
 *
 * @returns the faults, and catalog -> where the request asks for it.
 */
function connectorFaults(
  request: SpokeRequest,
  environment: Environment,
): { readonly faults: readonly Fault[]; readonly places: ReadonlyMap<string, string> } {
  const faults: Fault[] = [];
  /** Where one was seen first, of which level, and with which catalog. */
  interface Seen {
    readonly place: string;
    readonly level: string | undefined;
    readonly catalog: string;
  }
  const catalogs = new Map<string, Seen>();
  const functions = new Map<string, Seen>();
  for (const asked of levelsOf(request))
    asked.connectors.forEach((connector, index) => {
      const level = asked.classification;
      const place = placeIn(level, `connectors[${index}]`);
      let catalog: string | undefined;
      let made: string | undefined;
      if ("from" in connector) {
        const producer = own(environment.producers, connector.from);
        if (producer === undefined) {
          faults.push({
            path: `${place}.from`,
            message: `there is no producer "${connector.from}" in ${environment.name}: ${knownNames(environment.producers)}`,
          });
          return;
        }
        const names = Object.keys(producer.connectors);
        if (connector.connector === undefined && names.length > 1)
          faults.push({
            path: `${place}.connector`,
            message: `producer "${connector.from}" has several connectors, name one: ${knownNames(producer.connectors)}`,
          });
        if (connector.connector !== undefined && own(producer.connectors, connector.connector) === undefined)
          faults.push({
            path: `${place}.connector`,
            message: `producer "${connector.from}" has no connector "${connector.connector}": ${knownNames(producer.connectors)}`,
          });
        const name = connector.connector ?? names[0];
        catalog = connector.catalog ?? name;
        made = name && `${producer.account}/${name}`;
      } else {
        const name = connector.deploy.name ?? ownConnectorName(asked);
        catalog = connector.catalog ?? name;
        made = `${request.account}/${name}`;
      }
      if ("from" in connector && connector.region !== undefined && connector.region !== environment.region)
        faults.push({
          path: `${place}.region`,
          message: `connectors of ${environment.name} are in ${environment.region}: Athena runs no federated query across Regions (R9), so leave region out`,
        });
      if (catalog === undefined || made === undefined) return;
      const twin = functions.get(made);
      const other = catalogs.get(catalog);
      const seen = { place, level, catalog };
      functions.set(made, twin ?? seen);
      catalogs.set(catalog, other ?? seen);
      // Levels may share a producer's connector, through the one catalog that leads to it.
      if (twin !== undefined && "from" in connector && twin.level !== level && twin.catalog === catalog)
        return;
      if (twin !== undefined)
        faults.push({
          path: place,
          message: `${twin.place} is the same function already: one catalog leads to it, so ${twin.level === level || "deploy" in connector ? `leave this one out${"deploy" in connector ? " or give it a name of its own" : ""}` : `write \`catalog: ${twin.catalog}\` here, too`}`,
        });
      if (other !== undefined)
        faults.push({
          path: `${place}.catalog`,
          message: `${other.place} has the catalog name "${catalog}" already: give one of them another`,
        });
    });
  return { faults, places: new Map([...catalogs].map(([catalog, { place }]) => [catalog, place])) };
}

/** Whether roles of the spoke are let in by name with a bootstrap's role, which knows names of this environment only. */
function onboarderGrants(request: SpokeRequest, environment: Environment): boolean {
  const byRole = environment.producerGrants === "roles" || environment.keyAccess === "grants";
  return (
    byRole &&
    attachedProducers(request).some(
      (producer) => own(environment.producers, producer)?.assumeRole === undefined,
    )
  );
}

/** A record's own value: `constructor` and its like are no keys that a person wrote. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** What the environment's list of spokes says of this one. */
export function registrationOf(request: SpokeRequest, environment: Environment): RegisteredSpoke {
  const analyst = analystOf(request, environment);
  const readers = readersOf(request).flatMap((reader) => {
    const producers = readerProducers(request, environment, reader);
    return producers.length === 0
      ? []
      : [[reader.name, { principal: registered(readerPrincipal(reader)), producers }] as const];
  });
  const classified = levelsOf(request).flatMap((level) => {
    const { classification, connectors } = level;
    if (classification === undefined) return [];
    return [
      [classification, { roleB: roleBName(level, environment), producers: producersOf(connectors) }] as const,
    ];
  });
  return {
    account: request.account,
    ...(request.quick ? { roleB: roleBName(request, environment) } : {}),
    ...(analyst === undefined ? {} : { analyst: registered(analyst) }),
    producers: producersOf(request.connectors),
    ...(classified.length === 0 ? {} : { classifications: Object.fromEntries(classified) }),
    ...(readers.length === 0 ? {} : { readers: Object.fromEntries(readers) }),
  };
}

/** A role by its name, as lists have it that were written before there were users. */
function registered(principal: RoleOrUser): string {
  return isUser(principal) ? principal : nameOf(principal);
}

function withSpoke(request: SpokeRequest, environment: Environment): Environment {
  const spokes = { ...environment.spokes, [request.spoke]: registrationOf(request, environment) };
  return { ...environment, spokes };
}

/**
 * Whether documents that the environment stack owns have to name this spoke (architecture: Scopes): Role A's list, or
 * the policies of producers whose connectors it attaches.
 */
export function isNamedByEnvironment(request: SpokeRequest, environment: Environment): boolean {
  return (
    (environment.roleA === "list" && request.quick) ||
    (environment.producerGrants !== "organization" && attachedProducers(request).length > 0)
  );
}
