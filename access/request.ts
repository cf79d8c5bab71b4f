/**
 * The request: what a spoke's owner writes to be onboarded. The same text stands in `Pulumi.<environment>-<spoke>.yaml`
 * under `athena-spokes:spoke`.
 */
import { z } from "zod";
import { connectorShape, type Environment, knownNames, ORGANIZATION_ROLE } from "./environment";
import { policyText } from "./document";
import { type Fault, faultsOf, InputError } from "./faults";
import { limits } from "./limits";
import { isReachableName, ownConnectorName, roleBName } from "./names";
import { roleBPermissions } from "./role-b";
import {
  accountId,
  catalogName,
  connectorName,
  databaseName,
  dataSourceId,
  dataSourceName,
  environmentName,
  flag,
  glueTableName,
  listOf,
  producerName,
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
  /** Role that the provider assumes in the spoke. Default `OrganizationAccountAccessRole`. */
  assumeRole: roleName.default(ORGANIZATION_ROLE),
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
  data: z
    .array(
      section("an entry of data", {
        database: databaseName,
        /** Default: every table of the database. */
        tables: listOf("tables", glueTableName).optional(),
        /** Where the tables' objects are. */
        prefixes: listOf("prefixes", s3Location),
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
 * @throws InputError listing every fault.
 */
export function readRequest(written: unknown, source: string): SpokeRequest {
  const parsed = requestSchema.safeParse(written);
  if (!parsed.success) throw new InputError(source, faultsOf(parsed.error));
  const faults = contradictions(parsed.data);
  if (faults.length > 0) throw new InputError(source, faults);
  return parsed.data;
}

function contradictions(request: SpokeRequest): Fault[] {
  const faults: Fault[] = [];
  const { name, outputLocation } = request.workgroup;
  if (name === "primary" && outputLocation === undefined)
    faults.push({
      path: "workgroup.outputLocation",
      message:
        "workgroup primary is not ours to configure: say where it writes results, for example s3://my-results/athena/",
    });
  if (request.data.length === 0 && !request.sampleData && request.connectors.length === 0)
    faults.push({
      path: "data",
      message: "the request names nothing to query: add data, connectors or sampleData: true",
    });
  for (const prefix of request.data.flatMap((entry) => entry.prefixes))
    if (
      outputLocation !== undefined &&
      (prefix.startsWith(outputLocation) || outputLocation.startsWith(prefix))
    )
      faults.push({
        path: "workgroup.outputLocation",
        message: `${outputLocation} and the data in ${prefix} overlap, so that Role B could write where it only reads (C6): choose another place`,
      });
  if (request.dataSource.id !== undefined && !request.dataSource.id.startsWith(`${request.environment}-`))
    faults.push({
      path: "dataSource.id",
      message: `"${request.dataSource.id}" is outside the environment's names: begin it with "${request.environment}-"`,
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
  const registered = environment.spokes[request.spoke];
  if (registered !== undefined && registered.account !== request.account)
    faults.push({
      path: "account",
      message: `spoke "${request.spoke}" is onboarded with account ${registered.account}: offboard it first or choose another spoke name`,
    });
  const name = roleBName(request, environment);
  const byName = environment.roleA === "pattern" || environment.producerGrants === "organization";
  if (byName && !isReachableName(name, environment))
    faults.push({
      path: "roleB.name",
      message: `Role A of ${environment.name} may not assume "${name}": leave the name out, or begin it with "${roleBName(undefined, { ...environment, names: "environment" })}-"`,
    });
  const owners = environment.hub.quick.owners;
  const principals = new Set([...owners, ...environment.hub.quick.authors, ...request.dataSource.authors]);
  if (principals.size > limits.dataSourcePrincipals)
    faults.push({
      path: "dataSource.authors",
      message: `the data source would have ${principals.size} owners and authors, Quick allows ${limits.dataSourcePrincipals}: share it with a group`,
    });
  const catalogs = new Map<string, number>();
  request.connectors.forEach((connector, index) => {
    const place = `connectors[${index}]`;
    let catalog: string | undefined;
    if ("from" in connector) {
      const producer = environment.producers[connector.from];
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
      if (connector.connector !== undefined && !(connector.connector in producer.connectors))
        faults.push({
          path: `${place}.connector`,
          message: `producer "${connector.from}" has no connector "${connector.connector}": ${knownNames(producer.connectors)}`,
        });
      catalog = connector.catalog ?? connector.connector ?? names[0];
    } else {
      catalog = connector.catalog ?? connector.deploy.name ?? ownConnectorName(request.spoke);
    }
    if (catalog === undefined) return;
    const other = catalogs.get(catalog);
    if (other !== undefined)
      faults.push({
        path: `${place}.catalog`,
        message: `connectors[${other}] has the catalog name "${catalog}" already: give one of them another`,
      });
    catalogs.set(catalog, index);
  });
  if (faults.length === 0) {
    const size = policyText(roleBPermissions(request, environment)).length;
    if (size > limits.roleInlinePolicies)
      faults.push({
        path: "data",
        message: `Role B's policy would have ${size} characters, IAM allows ${limits.roleInlinePolicies}: name whole databases instead of tables, or fewer of them`,
      });
  }
  return faults;
}
