/** What access/ deploys along the chain: each document with its place, to be compared with what is in the accounts. */
import { analystPermissions, analystTrust } from "../../access/analyst";
import {
  BOOTSTRAP_POLICY,
  hubBootstrap,
  producerBootstrap,
  spokeBootstrap,
  tablesBootstrap,
} from "../../access/bootstrap";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { connectorPermissions, connectorTrust, functionPolicies } from "../../access/connector";
import { type PolicyDocument, policyDocument } from "../../access/document";
import type { ConnectorSpec, Environment } from "../../access/environment";
import { type KeyGrant, type SpillKey, ownSpillKey, spillKey, spillKeyGrants } from "../../access/key";
import {
  type BootstrapKind,
  analystRole,
  ASSUME_CONSUMER_ROLE_POLICY,
  ATHENA_GLUE_S3_ACCESS,
  ATHENA_QUERIES,
  attachedProducers,
  type Connector,
  connectorRoleName,
  ownConnector,
  ownSpillBucketName,
  producerConnector,
  resultsBucketName,
  roleAName,
  sharedRoleAName,
  roleBName,
  sampleDataBucketName,
  spillBucketName,
} from "../../access/names";
import type { SpokeRequest } from "../../access/request";
import {
  dedicatedRoleAPermissions,
  dedicatedRoleATrust,
  roleAPermissions,
  roleATrust,
} from "../../access/role-a";
import { SHARE_POLICY, sharePermissions, shareRoleTrust, sharesOf } from "../../access/share";
import { ADMINISTRATOR, ORGANIZATION } from "../../sandbox/world";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { tablesRolePermissions, tablesRoleTrust } from "../../access/tables";

/** A role of the bootstrap templates. */
export const BOOTSTRAP_ROLES = [
  "hub deployer",
  "hub onboarder",
  "producer deployer",
  "producer onboarder",
  "spoke deployer",
  "tables deployer",
] as const;
export type BootstrapRole = (typeof BOOTSTRAP_ROLES)[number];

/** What a document is in the chain. */
export type Title =
  | `bootstrap: ${BootstrapRole}'s trust`
  | `bootstrap: ${BootstrapRole}'s permissions`
  | `bootstrap: ${BootstrapKind} boundary`
  | "Role A's trust"
  | "Role A's permissions"
  | "dedicated Role A's trust"
  | "dedicated Role A's permissions"
  | "Role B's trust"
  | "Role B's permissions"
  | "analyst's trust"
  | "analyst's permissions"
  | "share role's trust"
  | "share role's permissions"
  | "connector's trust"
  | "connector's permissions"
  | "tables role's trust"
  | "tables role's permissions"
  | "function's policy"
  | "spill bucket's policy"
  | "private bucket's policy"
  | "key's policy"
  | "key's grant";

/** Where a document is, in one account. */
export type Address =
  | `role/${string}/trust`
  | `role/${string}/inline/${string}`
  | `role/${string}/attached/${string}`
  | `bucket/${string}`
  | `function/${string}`
  | `boundary/${string}`
  | `key/${string}`
  | `grant/${string}`;

/** A document as access/ builds it. */
export interface BuiltDocument {
  readonly title: Title;
  readonly account: string;
  readonly address: Address;
  readonly document: PolicyDocument;
}

/** Whom the bootstrap roles trust, unless somebody else is named: the caller. */
const TRUSTED = [`arn:aws:iam::${ORGANIZATION.managementAccount}:user/${ADMINISTRATOR.user}`];

/** The documents of the bootstrap templates. */
export function bootstrapDocuments(environment: Environment, request: SpokeRequest): BuiltDocument[] {
  return [
    { account: environment.hub.account, ...hubBootstrap(environment, TRUSTED) },
    ...Object.entries(environment.producers).map(([producer, { account }]) => {
      return { account, ...producerBootstrap(environment, producer, TRUSTED) };
    }),
    { account: request.account, ...spokeBootstrap(environment, request.account, TRUSTED, [request]) },
    ...accountsOfTables(environment).map((account) => {
      return { account, ...tablesBootstrap(environment, account, TRUSTED) };
    }),
  ].flatMap(({ account, kind, roles, boundary }) => [
    ...[...roles].flatMap(([name, { trust, permissions }]): BuiltDocument[] => {
      const role = BOOTSTRAP_ROLES.find((known) => name.includes(known.replace(" ", "-")));
      if (role === undefined) throw new Error(`role ${name} of the template is not known here`);
      return [
        { title: `bootstrap: ${role}'s trust`, account, address: `role/${name}/trust`, document: trust },
        {
          title: `bootstrap: ${role}'s permissions`,
          account,
          address: `role/${name}/inline/${BOOTSTRAP_POLICY}`,
          document: permissions,
        },
      ];
    }),
    {
      title: `bootstrap: ${kind} boundary` as const,
      account,
      address: `boundary/${boundary.name}` as const,
      document: boundary.document,
    },
  ]);
}

/** The accounts of tables that connectors of producers in other accounts read. */
export function accountsOfTables({ producers }: Environment): string[] {
  const connectors = Object.values(producers).flatMap((producer) => Object.values(producer.connectors));
  return [
    ...new Set(
      connectors.flatMap(({ tablesIn }) =>
        tablesIn === undefined || tablesIn.assumeRole !== undefined ? [] : [tablesIn.account],
      ),
    ),
  ];
}

/** All documents of an environment and its spokes. `environment` lists the spokes, where the scope needs it. */
export function builtDocuments(environment: Environment, requests: readonly SpokeRequest[]): BuiltDocument[] {
  return [
    ...hubDocuments(environment),
    ...Object.keys(environment.producers).flatMap((producer) => producerDocuments(environment, producer)),
    ...requests.flatMap((request) => [
      ...spokeDocuments(request, environment),
      ...shareDocuments(request, environment),
      ...dedicatedRoleADocuments(request, environment),
      ...attachedProducers(request).flatMap((producer) => grantDocuments(request, environment, producer)),
    ]),
  ];
}

/** The role by which the producer registers catalogs in the spoke. */
function shareDocuments(request: SpokeRequest, environment: Environment): BuiltDocument[] {
  const { account } = request;
  return sharesOf(request, environment).flatMap((share) =>
    share.roles.flatMap((role): BuiltDocument[] => [
      {
        title: "share role's trust",
        account,
        address: `role/${role}/trust`,
        document: shareRoleTrust(share, environment),
      },
      {
        title: "share role's permissions",
        account,
        address: `role/${role}/inline/${SHARE_POLICY}`,
        document: sharePermissions(share, request),
      },
    ]),
  );
}

function dedicatedRoleADocuments(request: SpokeRequest, environment: Environment): BuiltDocument[] {
  if (environment.roleA !== "dedicated") return [];
  const { account } = environment.hub;
  const role = roleAName(environment, request);
  return [
    {
      title: "dedicated Role A's trust",
      account,
      address: `role/${role}/trust`,
      document: dedicatedRoleATrust(request, environment),
    },
    {
      title: "dedicated Role A's permissions",
      account,
      address: `role/${role}/inline/${ASSUME_CONSUMER_ROLE_POLICY}`,
      document: dedicatedRoleAPermissions(request, environment),
    },
  ];
}

/** Of the Role A that spokes share. */
function hubDocuments(environment: Environment): BuiltDocument[] {
  if (environment.roleA === "dedicated") return [];
  const { account } = environment.hub;
  const role = sharedRoleAName(environment);
  const kind = environment.roleA === "pattern" ? "inline" : "attached";
  return [
    { title: "Role A's trust", account, address: `role/${role}/trust`, document: roleATrust(environment) },
    ...[...roleAPermissions(environment)].map(([policy, document]): BuiltDocument => {
      return { title: "Role A's permissions", account, address: `role/${role}/${kind}/${policy}`, document };
    }),
  ];
}

function producerDocuments(environment: Environment, producer: string): BuiltDocument[] {
  const spec = environment.producers[producer];
  if (spec === undefined) throw new Error(`environment ${environment.name} has no producer ${producer}`);
  const { account } = spec;
  return [
    ...Object.entries(spec.connectors).flatMap(([name, connector]) =>
      connectorDocuments(producerConnector(environment, producer, name), connector, environment),
    ),
    ...[...functionPolicies(environment, producer)].map(([name, document]): BuiltDocument => {
      return { title: "function's policy", account, address: `function/${name}`, document };
    }),
    {
      title: "spill bucket's policy",
      account,
      address: `bucket/${spillBucketName(environment, producer)}`,
      document: spillBucketPolicy(environment, producer),
    },
    ...keyDocuments(account, spillKey(environment, producer)),
  ];
}

function keyDocuments(account: string, key: SpillKey | undefined): BuiltDocument[] {
  if (key === undefined) return [];
  return [{ title: "key's policy", account, address: `key/${key.alias}`, document: key.policy }];
}

function grantDocuments(request: SpokeRequest, environment: Environment, producer: string): BuiltDocument[] {
  const account = environment.producers[producer]?.account;
  if (account === undefined || environment.keyAccess === "policy") return [];
  if (spillKey(environment, producer) === undefined) return [];
  return spillKeyGrants(request, environment, producer).map((grant) => ({
    title: "key's grant",
    account,
    address: `grant/${grant.name}`,
    document: documentOfGrant(grant),
  }));
}

/** The condition key that says what a grant's constraint says. */
const CONTEXT = "kms:EncryptionContext:";

/** A grant as a policy with one statement that says the same. */
export function documentOfGrant(grant: KeyGrant): PolicyDocument {
  const { name, granteePrincipal, operations, encryptionContextSubset } = grant;
  const context = Object.entries(encryptionContextSubset).map(([key, value]) => [`${CONTEXT}${key}`, value]);
  return policyDocument({
    Sid: name.endsWith("-analyst") ? "AnalystDecrypts" : "RoleBDecrypts",
    Effect: "Allow",
    Principal: { AWS: granteePrincipal },
    Action: operations.map((operation) => `kms:${operation}`),
    ...(context.length === 0
      ? {}
      : { Condition: { StringEquals: Object.fromEntries(context) as Record<string, string> } }),
  });
}

/** The grant that a document of `documentOfGrant` stands for; undefined when the document has no statement. */
export function grantOfDocument(
  name: string,
  { Statement: [statement] }: PolicyDocument,
): KeyGrant | undefined {
  if (statement === undefined) return undefined;
  const { Principal: principal, Action: action, Condition: { StringEquals: context = {} } = {} } = statement;
  const granteePrincipal = principal === "*" ? undefined : principal?.AWS;
  if (typeof granteePrincipal !== "string") throw new Error(`grant ${name} has no grantee`);
  return {
    name,
    granteePrincipal,
    operations: [action ?? []].flat().map((kmsAction) => kmsAction.replace("kms:", "")),
    encryptionContextSubset: Object.fromEntries(
      Object.entries(context).map(([key, value]) => [key.replace(CONTEXT, ""), String(value)]),
    ),
  };
}

function spokeDocuments(request: SpokeRequest, environment: Environment): BuiltDocument[] {
  const { account, region } = request;
  const role = roleBName(request, environment);
  const analyst = analystRole(request, environment);
  const own = request.connectors.flatMap((requested) => ("deploy" in requested ? [requested] : []));
  const buckets = [
    ...(request.workgroup.outputLocation === undefined ? [resultsBucketName(request)] : []),
    ...(request.sampleData ? [sampleDataBucketName(request)] : []),
    ...(own.length > 0 ? [ownSpillBucketName(request)] : []),
  ];
  return [
    {
      title: "Role B's trust",
      account,
      address: `role/${role}/trust`,
      document: roleBTrust(request, environment),
    },
    {
      title: "Role B's permissions",
      account,
      address: `role/${role}/inline/${ATHENA_GLUE_S3_ACCESS}`,
      document: roleBPermissions(request, environment),
    },
    ...(analyst === undefined
      ? []
      : ([
          {
            title: "analyst's trust",
            account,
            address: `role/${analyst}/trust`,
            document: analystTrust(request),
          },
          {
            title: "analyst's permissions",
            account,
            address: `role/${analyst}/inline/${ATHENA_QUERIES}`,
            document: analystPermissions(request, environment),
          },
        ] as const)),
    ...buckets.map((bucket): BuiltDocument => {
      return {
        title: "private bucket's policy",
        account,
        address: `bucket/${bucket}`,
        document: privateBucketPolicy(region, bucket),
      };
    }),
    ...own.flatMap((requested) =>
      connectorDocuments(ownConnector(request, requested), requested.deploy, environment),
    ),
    ...keyDocuments(account, ownSpillKey(request)),
  ];
}

/** The role beside tables of another account. */
function tablesDocuments(
  connector: Connector,
  tables: readonly string[],
  organization: string | undefined,
): BuiltDocument[] {
  if (connector.tables === undefined) return [];
  const { account, role } = connector.tables;
  return [
    {
      title: "tables role's trust",
      account,
      address: `role/${role}/trust`,
      document: tablesRoleTrust(connector, organization),
    },
    {
      title: "tables role's permissions",
      account,
      address: `role/${role}/inline/AthenaConnectorTables`,
      document: tablesRolePermissions(connector, tables),
    },
  ];
}

function connectorDocuments(
  connector: Connector,
  { tables, vpc }: Pick<ConnectorSpec, "tables" | "vpc">,
  { organization }: Pick<Environment, "organization">,
): BuiltDocument[] {
  const role = connectorRoleName(connector);
  const { account } = connector;
  return [
    ...tablesDocuments(connector, tables, organization),
    { title: "connector's trust", account, address: `role/${role}/trust`, document: connectorTrust() },
    {
      title: "connector's permissions",
      account,
      address: `role/${role}/inline/AthenaConnector`,
      document: connectorPermissions(connector, tables, vpc),
    },
  ];
}
