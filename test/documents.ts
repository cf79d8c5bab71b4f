/** Every policy document that access/ builds for a spoke and its environment, by the thing that carries it. */
import { type Alarms, hubAlarms, spokeAlarms } from "../access/alarms";
import { analystPermissions, analystTrust } from "../access/analyst";
import { aliasArn, arn, bucketArn, policyArn, roleArn } from "../access/arn";
import {
  type Bootstrap,
  BOOTSTRAP_POLICY,
  hubBootstrap,
  producerBootstrap,
  readerBootstrap,
  spokeBootstrap,
  tablesBootstrap,
} from "../access/bootstrap";
import { privateBucketPolicy, spillBucketPolicy } from "../access/bucket";
import {
  connectorPermissions,
  connectorTrust,
  invokeStatement,
  organizationInvokeGrant,
  spokeInvokeGrants,
} from "../access/connector";
import { policyDocument } from "../access/document";
import { type ConnectorSpec, type Environment, sharedRoleAScopes } from "../access/environment";
import {
  analystArn,
  analystPolicyName,
  analystUser,
  ASSUME_CONSUMER_ROLE_POLICY,
  ATHENA_GLUE_S3_ACCESS,
  ATHENA_QUERIES,
  type BootstrapKind,
  attachedConnector,
  attachedProducers,
  hubBoundary,
  producerBoundary,
  readerBoundary,
  spillKeyAlias,
  spokeBoundary,
  catalogsOf,
  type Connector,
  connectorArn,
  connectorRoleName,
  dataSourceArnOf,
  ownBoundary,
  ownSpillBucketName,
  producerConnector,
  makesResultsBucket,
  resultsBucketName,
  sharedRoleAName,
  roleAArn,
  roleBArn,
  sampleDataBucketName,
  spillBucketName,
  tablesBoundary,
} from "../access/names";
import { ownSpillKey, spillKey, spillKeyGrants } from "../access/key";
import type { Trusted } from "../access/matrix/bootstrap";
import type { FoundPolicies, FoundThing } from "../access/proof";
import { dataSetsOf } from "../access/data-set";
import { dataSetPermissions, dataSourcePermissions } from "../access/quick";
import { dataBucketPolicy } from "../access/mesh/bucket-policy";
import { productLinks, productReaders } from "../access/mesh/consumed";
import { gluePolicy } from "../access/mesh/glue-policy";
import {
  grantable,
  LAKE_READ,
  lakeGrants,
  lakeGrantsArn,
  lakeRoleName,
  lakeRolePermissions,
  lakeRoleTrust,
  tableTargets,
} from "../access/mesh/lake-formation";
import { productsOf, sampleProductBucket, sharedBuckets } from "../access/mesh/product";
import { registrationOf, type SpokeRequest } from "../access/request";
import {
  executionPermissions,
  executionTrust,
  READ_ITEM,
  TABLE_READER,
  tableReaderArn,
  tableReaders,
  tableRoleArn,
  tableRolePermissions,
  tableRoleTrust,
} from "../access/table-reader";
import { tablesRoleArn, tablesRolePermissions, tablesRoleTrust } from "../access/tables";
import { SHARE_POLICY, sharePermissions, shareRoleTrust, sharesOf } from "../access/share";
import { levelsOf } from "../access/level";
import {
  dedicatedRoleAPermissions,
  dedicatedRoleATrust,
  roleAPermissions,
  roleATrust,
} from "../access/role-a";
import { roleBPermissions, roleBTrust } from "../access/role-b";

import {
  ASSUME_READER,
  ATHENA_READER,
  readerPermissions,
  readerPolicyArn,
  readerRoleArn,
  readersOf,
  readerTrust,
  readerUserArn,
  readerUserPermissions,
} from "../access/third-party-reader";

/** The environment as `spokes onboard` leaves it: with the spoke in its list. */
export function withSpoke(environment: Environment, request: SpokeRequest): Environment {
  return {
    ...environment,
    spokes: { ...environment.spokes, [request.spoke]: registrationOf(request, environment) },
  };
}

/** What an environment's own stack makes. */
export function environmentDocuments(environment: Environment): FoundPolicies {
  const { region } = environment;
  const things = new Map<string, FoundThing>();
  if (sharedRoleAScopes(environment).length > 0)
    things.set(roleArn(region, environment.hub.account, sharedRoleAName(environment)), {
      trust: { name: "trust of Role A", document: roleATrust(environment) },
      ...boundedBy(hubBoundary(environment), () => hubBootstrap(environment, [])),
      identity: [...roleAPermissions(environment)].map(([name, document]) => ({
        name: name === ASSUME_CONSUMER_ROLE_POLICY ? name : policyArn(region, environment.hub.account, name),
        document,
      })),
    });
  for (const [producer, spec] of Object.entries(environment.producers)) {
    const bucket = spillBucketName(environment, producer);
    if (Object.keys(spec.connectors).length > 0)
      things.set(bucketArn(region, bucket), {
        resource: [{ name: `policy of ${bucket}`, document: spillBucketPolicy(environment, producer) }],
      });
    const key = spillKey(environment, producer);
    if (key !== undefined)
      things.set(aliasArn(region, spec.account, key.alias), {
        resource: [{ name: `policy of ${key.alias}`, document: key.policy }],
        grants: [],
      });
    for (const [name, made] of Object.entries(spec.connectors))
      addConnector(
        things,
        producerConnector(environment, producer, name),
        made,
        environment,
        organizationInvokeGrant(environment),
        boundedBy(producerBoundary(environment, producer), () =>
          producerBootstrap(environment, producer, []),
        ),
      );
  }
  for (const reader of tableReaders(environment)) {
    const { producer, name, account, executionRole } = reader;
    things.set(roleArn(region, account, executionRole), {
      trust: { name: `trust of ${executionRole}`, document: executionTrust() },
      ...boundedBy(readerBoundary(environment, producer, name), () =>
        readerBootstrap(environment, account, []),
      ),
      identity: [{ name: TABLE_READER, document: executionPermissions(reader) }],
    });
    things.set(tableRoleArn(reader), {
      trust: { name: `trust of ${reader.role}`, document: tableRoleTrust(reader) },
      ...boundedBy(producerBoundary(environment, producer), () =>
        producerBootstrap(environment, producer, []),
      ),
      identity: [{ name: READ_ITEM, document: tableRolePermissions(reader) }],
    });
    things.set(tableReaderArn(reader), { resource: [] });
  }
  for (const [producer, { account }] of Object.entries(environment.producers)) {
    const glue = gluePolicy(environment, producer);
    if (glue !== undefined)
      things.set(arn("glue", region, account, "catalog"), {
        resource: [{ name: "policy of the Glue catalog", document: glue.policy }],
      });
    if (productsOf(environment, producer, "lakeFormation").length > 0)
      things.set(roleArn(region, account, lakeRoleName(environment, producer)), {
        trust: { name: "trust of the locations' role", document: lakeRoleTrust(environment, producer) },
        ...boundedBy(producerBoundary(environment, producer), () =>
          producerBootstrap(environment, producer, []),
        ),
        identity: [{ name: "ReadLocations", document: lakeRolePermissions(environment, producer) }],
      });
    for (const { account: principal, target } of lakeGrants(environment, producer).permissions) {
      const at = lakeGrantsArn(region, account, target);
      const actions = [...LAKE_READ, ...LAKE_READ.map(grantable)];
      things.set(at, { sharing: [...(things.get(at)?.sharing ?? []), { principal, actions }] });
    }
    const sampled = productsOf(environment, producer)
      .filter((name) => environment.products[name]?.sampleData === true)
      .map((name) => sampleProductBucket(environment, name));
    for (const bucket of new Set([...sampled, ...sharedBuckets(environment, producer)]))
      things.set(bucketArn(region, bucket), {
        resource: [
          { name: `policy of ${bucket}`, document: dataBucketPolicy(environment, producer, bucket) },
        ],
      });
  }
  addTopic(things, hubAlarms(environment));
  return { things, unplaced: [] };
}

/** The topic of alarms, where there is one. */
function addTopic(things: Map<string, FoundThing>, alarms: Alarms | undefined): void {
  if (alarms !== undefined)
    things.set(alarms.topic.arn, {
      resource: [{ name: "policy of the topic", document: alarms.topic.policy }],
    });
}

/** What a spoke's stack makes, everywhere. */
export function spokeDocuments(request: SpokeRequest, environment: Environment): FoundPolicies {
  const things = new Map(levelsOf(request).flatMap((level) => [...levelThings(level, request, environment)]));
  addTopic(things, spokeAlarms(request, environment));
  return { things, unplaced: [] };
}

/** @param whole the request that the level is of */
function levelThings(
  request: SpokeRequest,
  whole: SpokeRequest,
  environment: Environment,
): ReadonlyMap<string, FoundThing> {
  const { region, account } = request;
  const bounded = boundedBy(spokeBoundary(request), () => spokeBootstrap(environment, account, [], [whole]));
  const things = new Map<string, FoundThing>([
    ...(request.quick
      ? ([
          [
            roleBArn(request, environment),
            {
              trust: { name: "trust of Role B", document: roleBTrust(request, environment) },
              ...bounded,
              identity: [{ name: ATHENA_GLUE_S3_ACCESS, document: roleBPermissions(request, environment) }],
            },
          ],
        ] as const)
      : []),
    ...(request.quick
      ? ([
          [dataSourceArnOf(request, environment), { sharing: dataSourcePermissions(request, environment) }],
          ...dataSetsOf(request, environment).map(
            ({ arn }) => [arn, { sharing: dataSetPermissions(request, environment) }] as const,
          ),
        ] as const)
      : []),
  ]);
  if (environment.roleA === "dedicated")
    things.set(roleAArn(environment, whole), {
      trust: { name: "trust of Role A", document: dedicatedRoleATrust(whole, environment) },
      ...boundedBy(hubBoundary(environment), () => hubBootstrap(environment, [])),
      identity: [
        { name: ASSUME_CONSUMER_ROLE_POLICY, document: dedicatedRoleAPermissions(whole, environment) },
      ],
    });
  const catalogs = catalogsOf(request, environment);
  const deployed = catalogs.flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, spec: requested.deploy }] : [],
  );
  const buckets = [
    ...(makesResultsBucket(request) ? [resultsBucketName(request)] : []),
    ...(request.sampleData ? [sampleDataBucketName(request)] : []),
    ...(deployed.length > 0 ? [ownSpillBucketName(request)] : []),
  ];
  for (const bucket of buckets)
    things.set(bucketArn(region, bucket), {
      resource: [{ name: `policy of ${bucket}`, document: privateBucketPolicy(region, bucket) }],
    });
  for (const { connector, spec } of deployed)
    addConnector(things, connector, spec, environment, undefined, bounded, [whole]);
  const key = ownSpillKey(request);
  if (key !== undefined)
    things.set(aliasArn(region, account, key.alias), {
      resource: [{ name: `policy of ${key.alias}`, document: key.policy }],
      grants: [],
    });
  for (const producer of attachedProducers(whole)) {
    const alias = spillKeyAlias(environment, producer);
    if (alias === undefined || environment.keyAccess !== "grants") continue;
    const owner = environment.producers[producer]?.account ?? "";
    things.set(aliasArn(region, owner, alias), {
      grants: spillKeyGrants(whole, environment, producer).map((grant) => ({
        id: grant.name,
        grantee: grant.granteePrincipal,
        operations: grant.operations,
        constraints: { encryptionContextSubset: grant.encryptionContextSubset },
      })),
    });
  }
  for (const requested of request.connectors) {
    if (!("from" in requested)) continue;
    const connector = attachedConnector(environment, requested);
    const grants = spokeInvokeGrants(whole, environment, connector);
    if (grants.length === 0) continue;
    things.set(connectorArn(connector), {
      resource: grants.map((grant) => ({
        name: grant.statementId,
        document: policyDocument(invokeStatement(connector, grant)),
      })),
    });
  }
  for (const share of sharesOf(request, environment))
    for (const name of share.roles)
      things.set(roleArn(region, account, name), {
        trust: { name: `trust of ${name}`, document: shareRoleTrust(share, environment) },
        ...bounded,
        identity: [{ name: SHARE_POLICY, document: sharePermissions(share, request) }],
      });
  for (const reader of readersOf(request)) {
    const document = readerPermissions(request, environment, reader);
    const assume = readerUserPermissions(request, reader);
    const role = readerRoleArn(request, reader);
    things.set(readerUserArn(request, reader), {
      ...bounded,
      identity: [
        assume === undefined
          ? { name: readerPolicyArn(request, reader) ?? "", document }
          : { name: ASSUME_READER, document: assume },
      ],
    });
    if (role !== undefined)
      things.set(role, {
        trust: { name: `trust of ${role}`, document: readerTrust(request, reader) },
        ...bounded,
        identity: [{ name: ATHENA_READER, document }],
      });
  }
  const ofProducts = productReaders(request, environment);
  const toReaders = (actions: readonly string[]) => ofProducts.map((principal) => ({ principal, actions }));
  for (const { name } of productLinks(request, environment))
    things.set(lakeGrantsArn(region, account, { database: { catalogId: account, name } }), {
      sharing: toReaders(["DESCRIBE"]),
    });
  for (const { product } of request.products)
    if (environment.products[product]?.via === "lakeFormation")
      for (const target of tableTargets(environment, product))
        things.set(lakeGrantsArn(region, account, target), { sharing: toReaders(LAKE_READ) });
  const analyst = analystArn(request, environment);
  const people = analystUser(request, environment);
  if (analyst !== undefined) {
    const document = analystPermissions(request, environment);
    things.set(
      analyst,
      people === undefined
        ? {
            trust: { name: "trust of the analyst", document: analystTrust(request) },
            ...bounded,
            identity: [{ name: ATHENA_QUERIES, document }],
          }
        : {
            ...bounded,
            identity: [{ name: policyArn(region, account, analystPolicyName(request)), document }],
          },
    );
  }
  return things;
}

function addConnector(
  things: Map<string, FoundThing>,
  connector: Connector,
  spec: Pick<ConnectorSpec, "tables" | "vpc" | "tablesIn" | "permissionsBoundary">,
  environment: Environment,
  grant: ReturnType<typeof organizationInvokeGrant>,
  bounded: Pick<FoundThing, "boundary">,
  requests: readonly SpokeRequest[] = [],
): void {
  const { tables, vpc, tablesIn } = spec;
  const chosen = ownBoundary(connector, spec);
  const beside = tablesRoleArn(connector);
  if (beside !== undefined && tablesIn !== undefined)
    things.set(beside, {
      trust: { name: `trust of ${beside}`, document: tablesRoleTrust(connector, environment.organization) },
      ...boundedBy(tablesBoundary(environment.name, connector.region, tablesIn), () =>
        tablesBootstrap(environment, tablesIn.account, [], requests),
      ),
      identity: [{ name: "AthenaConnectorTables", document: tablesRolePermissions(connector, tables) }],
    });
  things.set(roleArn(connector.region, connector.account, connectorRoleName(connector)), {
    trust: { name: `trust of ${connectorRoleName(connector)}`, document: connectorTrust() },
    ...(chosen === undefined ? bounded : { boundary: { name: chosen, document: ADMITS_ALL } }),
    identity: [{ name: "AthenaConnector", document: connectorPermissions(connector, tables, vpc) }],
  });
  things.set(connectorArn(connector), {
    resource:
      grant === undefined
        ? []
        : [{ name: grant.statementId, document: policyDocument(invokeStatement(connector, grant)) }],
  });
}

/** A boundary that people chose, which is not ours to write. */
const ADMITS_ALL = policyDocument({ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" });

/** The boundary of roles that a deployer makes, where there is one. */
function boundedBy(
  at: string | undefined,
  made: () => Bootstrap<BootstrapKind>,
): Pick<FoundThing, "boundary"> {
  return at === undefined ? {} : { boundary: { name: at, document: made().boundary.document } };
}

/** What `spokes bootstrap` makes in every account of a spoke's chain. */
export function bootstrapDocuments(
  environment: Environment,
  spoke: {
    readonly account: string;
    readonly request: SpokeRequest | undefined;
    readonly accounts?: readonly string[];
  },
  trusted: Trusted,
): FoundPolicies {
  const { region, hub, producers } = environment;
  const who = [roleArn(region, trusted.account, trusted.role)];
  const producerOf = new Map(Object.entries(producers).map(([name, { account }]) => [account, name]));
  const requests = spoke.request === undefined ? [] : [spoke.request];
  const tablesIn = [
    ...Object.values(producers).flatMap(({ connectors }) => Object.values(connectors)),
    ...requests
      .flatMap(levelsOf)
      .flatMap(({ connectors }) =>
        connectors.flatMap((connector) => ("deploy" in connector ? [connector.deploy] : [])),
      ),
  ].flatMap((spec) => spec.tablesIn?.account ?? []);
  const made: [string, Bootstrap<BootstrapKind>][] = [
    [hub.account, hubBootstrap(environment, who)],
    ...[...producerOf].map(([account, producer]): [string, Bootstrap] => [
      account,
      producerBootstrap(environment, producer, who, spoke.accounts),
    ]),
    ...[...new Set(tableReaders(environment).map(({ account }) => account))].map(
      (account): [string, Bootstrap] => [account, readerBootstrap(environment, account, who)],
    ),
    [spoke.account, spokeBootstrap(environment, spoke.account, who, requests)],
    ...[...new Set(tablesIn)].map((account): [string, Bootstrap<BootstrapKind>] => [
      account,
      tablesBootstrap(environment, account, who, requests),
    ]),
  ];
  const things = made.flatMap(([account, { roles, boundary }]): [string, FoundThing][] => [
    ...[...roles].map(([name, { trust, permissions }]): [string, FoundThing] => [
      roleArn(region, account, name),
      {
        trust: { name: `trust of ${name}`, document: trust },
        identity: [{ name: `${BOOTSTRAP_POLICY} of ${name}`, document: permissions }],
      },
    ]),
    [
      policyArn(region, account, boundary.name),
      { identity: [{ name: boundary.name, document: boundary.document }] },
    ],
  ]);
  return { things: new Map(things), unplaced: [] };
}
