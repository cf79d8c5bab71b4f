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
import { imageFaults } from "./connector";
import { optionFaults } from "./connector-options";
import { policyText } from "./document";
import { type Fault, faultsOf, InputError } from "./faults";
import { glueDataShape } from "./glue-data";
import { limits } from "./limits";
import { productFaults } from "./mesh/consumed";
import {
  analystName,
  attachedProducers,
  dataOf,
  isKnownAnalyst,
  isReachableName,
  outputLocationOf,
  ownConnectorName,
  tablesRoleName,
  roleBName,
  spokeRole,
  spokeStackName,
} from "./names";
import { roleBPermissions } from "./role-b";
import { readerFaults, readersWritten } from "./third-party-reader";
import { shareFaults, shareFaultsInEnvironment } from "./share";
import { sharing } from "./share-keys";
import { withoutQuickFaults } from "./without-quick";
import { plainSpillFaults } from "./spill-encryption";
import {
  accountId,
  analyst,
  catalogName,
  connectorName,
  dataSourceId,
  dataSourceName,
  environmentName,
  flag,
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

const requestSchema = section("the request", {
  spoke: spokeName,
  environment: environmentName,
  account: accountId,
  region,
  /** The role that is assumed in the spoke. Default: the one that `spokes bootstrap spoke` makes. */
  assumeRole: roleName.optional(),
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
  }).prefault({}),
  /** Existing Glue data that Quick may read (R57, R58, R60). */
  data: z.array(section("an entry of data", glueDataShape)).default([]),
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
  /**
   * Whether the hub's Quick queries the spoke. `false`: only its own people do, as its analyst; Role B and the data source
   * are not made. Default true.
   */
  quick: flag("quick").default(true),
  /**
   * A role with which the spoke account's own people query what Quick queries (R28-R33): `true`, named `analyst` (with
   * `-<environment>` where the environment says `names: environment`), or the role's name. Default false: none.
   */
  analyst: analyst.default(false),
  /** Third parties' tools that query the spoke's Athena with a service account (R77-R94). */
  readers: readersWritten.default({}),
  dataSource: section("dataSource", {
    /** Default `<environment>-<spoke>`. It is part of Role B's external id. */
    id: dataSourceId.optional(),
    /** What authors see. Default `Athena Cross Account - <spoke> (<environment>)`. */
    name: dataSourceName.optional(),
    /** Who may build datasets on it, beside the environment's authors (R65). */
    authors: z.array(quickPrincipal).default([]),
  }).prefault({}),
  /** Tags for everything of this spoke, beside the environment's. */
  tags: tags.default({}),
});

function isDeploy(written: unknown): boolean {
  return typeof written === "object" && written !== null && "deploy" in written;
}

/** A spoke's request with all defaults filled in. */
export type SpokeRequest = z.output<typeof requestSchema>;
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
  const faults: Fault[] = [];
  const { name, outputLocation } = request.workgroup;
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
                name: connector.deploy.name ?? ownConnectorName(request.spoke),
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
  faults.push(...shareFaults(request), ...withoutQuickFaults(request));
  if (name === "primary" && outputLocation === undefined)
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
      message: "the request names nothing to query: add data, connectors, products or sampleData: true",
    });
  const results = outputLocationOf(request);
  for (const prefix of dataOf(request).flatMap((entry) => entry.prefixes))
    if (prefix.startsWith(results) || results.startsWith(prefix))
      faults.push({
        path: outputLocation === undefined ? "data" : "workgroup.outputLocation",
        message: `results in ${results} and data in ${prefix} overlap, so that Role B could write where it only reads (C6): choose another place`,
      });
  faults.push(...readerFaults(request));
  for (const [index, connector] of request.connectors.entries())
    if ("deploy" in connector)
      faults.push(...imageFaults(request.region, `connectors[${index}].deploy`, connector.deploy));
  if (request.spoke.startsWith(`${request.environment}-`))
    faults.push({
      path: "spoke",
      message: `"${request.spoke}" begins with the environment's name, as stacks do, and would be taken for spoke "${request.spoke.slice(request.environment.length + 1)}": leave "${request.environment}-" out`,
    });
  const { id } = request.dataSource;
  const stack = spokeStackName(request.environment, request.spoke);
  if (id !== undefined && id !== stack && !id.startsWith(`${stack}-`))
    faults.push({
      path: "dataSource.id",
      message: `"${id}" could be another spoke's: write "${stack}", or begin it with "${stack}-"`,
    });
  return faults;
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
  const name = roleBName(request, environment);
  const grantedByName =
    environment.producerGrants === "organization" ||
    onboarderGrants(request, environment) ||
    request.products.length > 0;
  // Under `spokes bootstrap` a permissions boundary says whom Role A may assume, whatever its own policy lists.
  const byName = environment.roleA === "pattern" || environment.hub.assumeRole === undefined || grantedByName;
  if (request.quick && byName && !isReachableName(name, environment))
    faults.push({
      path: "roleB.name",
      message: `Role A of ${environment.name} may not assume "${name}": leave the name out, or begin it with "${roleBName(undefined, { ...environment, names: "environment" })}-"`,
    });
  const analystRole = analystName(request, environment);
  if (analystRole !== undefined) {
    if (grantedByName && !isKnownAnalyst(analystRole, environment))
      faults.push({
        path: "analyst",
        message: `producers of ${environment.name} do not let "${analystRole}" in: write true, or a name that begins with "analyst-${environment.name}-"`,
      });
    if (analystRole === name || analystRole === spokeRole(request))
      faults.push({
        path: "analyst",
        message: `"${analystRole}" is ${analystRole === name ? "Role B" : "the role that the stack assumes"} already: choose another name`,
      });
  }
  const owners = environment.hub.quick.owners;
  const principals = new Set([...owners, ...environment.hub.quick.authors, ...request.dataSource.authors]);
  if (request.quick && principals.size > limits.dataSourcePrincipals)
    faults.push({
      path: "dataSource.authors",
      message: `the data source would have ${principals.size} owners and authors, Quick allows ${limits.dataSourcePrincipals}: share it with a group`,
    });
  faults.push(...shareFaultsInEnvironment(request, environment));
  const catalogs = new Map<string, number>();
  const functions = new Map<string, number>();
  request.connectors.forEach((connector, index) => {
    const place = `connectors[${index}]`;
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
      const name = connector.deploy.name ?? ownConnectorName(request.spoke);
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
    if (twin !== undefined)
      faults.push({
        path: place,
        message: `connectors[${twin}] is the same function already: one catalog leads to it, so leave this one out${"deploy" in connector ? " or give it a name of its own" : ""}`,
      });
    functions.set(made, index);
    const other = catalogs.get(catalog);
    if (other !== undefined)
      faults.push({
        path: `${place}.catalog`,
        message: `connectors[${other}] has the catalog name "${catalog}" already: give one of them another`,
      });
    catalogs.set(catalog, index);
  });
  faults.push(
    ...productFaults(request, environment, (name) => {
      const index = catalogs.get(name);
      return index === undefined ? undefined : `connectors[${index}]`;
    }),
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
  const size = policyText(roleBPermissions(request, environment)).length;
  if (size > limits.roleInlinePolicies)
    faults.push({
      path: "data",
      message: `Role B's policy would have ${size} characters, IAM allows ${limits.roleInlinePolicies}: name whole databases instead of tables, or fewer of them`,
    });
  return faults;
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
  const role = analystName(request, environment);
  return {
    account: request.account,
    ...(request.quick ? { roleB: roleBName(request, environment) } : {}),
    ...(role === undefined ? {} : { analyst: role }),
    producers: attachedProducers(request),
  };
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
