import { DataCatalog } from "@pulumi/aws/athena/dataCatalog";
import { Workgroup } from "@pulumi/aws/athena/workgroup";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import * as pulumi from "@pulumi/pulumi";
import { analystPermissions, analystTrust } from "../access/analyst";
import { privateBucketPolicy } from "../access/bucket";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import { ownSpillKey } from "../access/key";
import { levelsOf } from "../access/level";
import {
  analystPolicyName,
  analystRole,
  analystUser,
  ATHENA_GLUE_S3_ACCESS,
  ATHENA_QUERIES,
  catalogsOf,
  connectorArn,
  makesResultsBucket,
  outputLocationOf,
  ownsWorkgroup,
  ownSpillBucketName,
  resultsBucketName,
  roleBName,
  sampleDatabaseName,
  sampleDataBucketName,
  spokeBoundary,
  type SpokeCatalog,
  workgroupNameOf,
} from "../access/names";
import type { SpokeRequest } from "../access/request";
import { roleBPermissions, roleBTrust } from "../access/role-b";
import { isManaged } from "../access/share";
import { boundedBy } from "./boundary";
import { ConsumedProducts } from "./consumed-products";
import { DynamoDbConnector } from "./dynamodb-connector";
import { onceMade } from "./once-made";
import { attachPolicy, createUser } from "./policied-user";
import { PrivateBucket } from "./private-bucket";
import { SampleMusicTable } from "./sample-music-table";
import { SampleOrders } from "./sample-orders";
import { SpillKey } from "./spill-key";

export interface SpokeAccountArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** Catalog -> the provider that makes it as its producer, for those that a producer registers (R17, R32). */
  readonly sharedBy?: ReadonlyMap<string, pulumi.ProviderResource>;
}

/**
 * A spoke: the account whose Athena the hub queries, with the catalogs of its connectors, for each level a workgroup, the
 * bucket for results and Role B, and, where the request asks for them, an analyst and connectors of its own (R2, R18, R28,
 * R42, R54-R60, R71, R72).
 *
 * @example
 * new SpokeAccount("sales", { request, environment }, { provider: spoke });
 */
export class SpokeAccount extends pulumi.ComponentResource {
  /** Classification, empty for the general level -> ARN of its Role B, known when its permissions are attached. */
  public readonly roleBArns: Readonly<Record<string, pulumi.Output<string>>>;

  public constructor(name: string, args: SpokeAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:SpokeAccount", name, {}, opts);
    const { request, environment } = args;
    const child = { parent: this };
    const rolesB = levelsOf(request).map((level) => ({
      classification: level.classification ?? "",
      ...createRoleB(nameOf(name, level), level, environment, child),
    }));
    createConsumer(
      name,
      args,
      child,
      rolesB.map(({ role }) => role),
    );
    this.roleBArns = Object.fromEntries(rolesB.map(({ classification, arn }) => [classification, arn]));
    this.registerOutputs({ roleBArns: this.roleBArns });
  }
}

type Child = Readonly<{ parent: pulumi.ComponentResource }>;

/** Sample data with its bucket. */
function createSampleOrders(name: string, request: SpokeRequest, child: Child): void {
  const bucket = sampleDataBucketName(request);
  new SampleOrders(
    `${name}-orders`,
    {
      bucket,
      policy: privateBucketPolicy(request.region, bucket),
      database: sampleDatabaseName(request),
      description: `Sample data of spoke ${request.spoke}`,
    },
    child,
  );
}

/** What is named after a level. */
function nameOf(name: string, { classification }: SpokeRequest): string {
  return classification === undefined ? name : `${name}--${classification}`;
}

/** The level's Role B, with its ARN once its permissions are attached. */
function createRoleB(
  name: string,
  level: SpokeRequest,
  environment: Environment,
  child: Child,
): { readonly role: Role; readonly arn: pulumi.Output<string> } {
  const roleB = new Role(
    `${name}-role-b`,
    {
      name: roleBName(level, environment),
      description: "Quick Athena Cross Account - Consumer Account Role",
      assumeRolePolicy: policyText(roleBTrust(level, environment)),
      ...boundedBy(spokeBoundary(level)),
    },
    child,
  );
  const policy = new RolePolicy(
    `${name}-role-b-policy`,
    {
      name: ATHENA_GLUE_S3_ACCESS,
      role: roleB.name,
      policy: policyText(roleBPermissions(level, environment)),
    },
    child,
  );
  return { role: roleB, arn: onceMade(roleB.arn, [policy]) };
}

/**
 * What a spoke has whoever queries it: analyst, sample data, products, for each level workgroup, results bucket and own
 * connectors, and the catalogs of all, where levels that attach the same connector share one.
 *
 * @param rolesB roles that read products beside the analyst
 */
export function createConsumer(
  name: string,
  { request, environment, sharedBy }: SpokeAccountArgs,
  child: Child,
  rolesB: readonly Role[] = [],
): void {
  const analyst = createAnalyst(name, request, environment, child);
  if (request.sampleData) createSampleOrders(name, request, child);
  if (request.products.length > 0)
    new ConsumedProducts(
      `${name}-products`,
      { request, environment, readers: [...rolesB, ...analyst] },
      child,
    );
  const levels = levelsOf(request);
  const deployed = levels.flatMap((level) => {
    const levelName = nameOf(name, level);
    createWorkgroup(levelName, level, createResultsBucket(levelName, level, child), child);
    return createOwnConnectors(levelName, level, catalogsOf(level, environment), child);
  });
  const catalogs = levels.flatMap((level) => catalogsOf(level, environment));
  const managed = catalogs.filter(({ requested }) => isManaged(requested));
  for (const [catalog, { connector }] of new Map(managed.map((each) => [each.catalog, each]))) {
    const sharing = sharedBy?.get(catalog);
    new DataCatalog(
      `${name}-${catalog}-catalog`,
      {
        name: catalog,
        type: "LAMBDA",
        description: `DynamoDB tables of account ${connector.account}, through the connector ${connector.name}`,
        parameters: { function: connectorArn(connector) },
      },
      {
        ...child,
        ...(sharing === undefined ? {} : { provider: sharing }),
        dependsOn: deployed,
        // It has its name once, and is made anew when somebody else registers it.
        deleteBeforeReplace: true,
      },
    );
  }
}

/** The analyst, when the request asks for one: a role, or a user, whose password or keys people make (R28, C13). */
function createAnalyst(
  name: string,
  request: SpokeRequest,
  environment: Environment,
  child: Child,
): pulumi.Resource[] {
  const description = `Queries of people of this account on spoke ${request.spoke}`;
  const userName = analystUser(request, environment);
  if (userName !== undefined) {
    const user = createUser(`${name}-analyst-user`, request, userName, child);
    attachPolicy(
      `${name}-analyst-user`,
      {
        request,
        user,
        policy: analystPolicyName(request),
        description,
        document: analystPermissions(request, environment),
      },
      child,
    );
    return [user];
  }
  const roleName = analystRole(request, environment);
  if (roleName === undefined) return [];
  const role = new Role(
    `${name}-analyst`,
    {
      name: roleName,
      description,
      assumeRolePolicy: policyText(analystTrust(request)),
      ...boundedBy(spokeBoundary(request)),
    },
    child,
  );
  new RolePolicy(
    `${name}-analyst-policy`,
    {
      name: ATHENA_QUERIES,
      role: role.name,
      policy: policyText(analystPermissions(request, environment)),
    },
    child,
  );
  return [role];
}

/** The bucket for results, unless the request names a place of its own or leaves them to Athena. */
function createResultsBucket(name: string, request: SpokeRequest, child: Child): PrivateBucket | undefined {
  if (!makesResultsBucket(request)) return undefined;
  const bucket = resultsBucketName(request);
  return new PrivateBucket(
    `${name}-results`,
    {
      bucket,
      policy: privateBucketPolicy(request.region, bucket),
      expireAfterDays: request.workgroup.resultRetentionDays,
    },
    child,
  );
}

/** The designated workgroup: its configuration is enforced, results are encrypted, a scan has a bound (C5, R71). */
function createWorkgroup(
  name: string,
  request: SpokeRequest,
  results: PrivateBucket | undefined,
  child: Child,
): void {
  if (!ownsWorkgroup(request)) return;
  const outputLocation = outputLocationOf(request);
  new Workgroup(
    `${name}-workgroup`,
    {
      name: workgroupNameOf(request),
      description: `Queries of Amazon Quick on spoke ${request.spoke}${request.classification === undefined ? "" : `, ${request.classification}`}`,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: request.workgroup.bytesScannedCutoff,
        // Said either way: of a workgroup that is not told, the provider keeps what it has.
        managedQueryResultsConfiguration: { enabled: request.workgroup.managedResults },
        ...(outputLocation === undefined
          ? {}
          : {
              resultConfiguration: {
                outputLocation,
                expectedBucketOwner: request.account,
                encryptionConfiguration: { encryptionOption: "SSE_S3" },
              },
            }),
      },
      // The workgroup is this stack's own, and so is the query history in it.
      forceDestroy: true,
    },
    { ...child, dependsOn: results ? [results] : [] },
  );
}

/** The connectors that the request deploys here, with the bucket they share for spilling. */
function createOwnConnectors(
  name: string,
  request: SpokeRequest,
  catalogs: readonly SpokeCatalog[],
  child: Child,
): pulumi.Resource[] {
  const own = catalogs.flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, deploy: requested.deploy }] : [],
  );
  if (own.length === 0) return [];
  const bucket = ownSpillBucketName(request);
  const wanted = ownSpillKey(request);
  const key = wanted && new SpillKey(`${name}-spill-key`, wanted, child);
  const spill = new PrivateBucket(
    `${name}-spill`,
    {
      bucket,
      policy: privateBucketPolicy(request.region, bucket),
      ...(key === undefined ? {} : { key: key.arn }),
      expireAfterDays: Math.max(...own.map(({ deploy }) => deploy.spillRetentionDays)),
    },
    child,
  );
  if (own.some(({ deploy }) => deploy.sampleData)) new SampleMusicTable(`${name}-music`, child);
  return own.map(
    ({ connector, deploy }) =>
      new DynamoDbConnector(
        `${name}-${connector.name}`,
        { connector, spec: deploy, boundary: spokeBoundary(request) },
        { ...child, dependsOn: [spill] },
      ),
  );
}
