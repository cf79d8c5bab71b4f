/** What access/ deploys along the chain: each document with its place, to be compared with what is in the accounts. */
import { analystPermissions, analystTrust } from "../../access/analyst";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { connectorPermissions, connectorTrust, functionPolicies } from "../../access/connector";
import type { PolicyDocument } from "../../access/document";
import type { Environment } from "../../access/environment";
import {
  analystName,
  ATHENA_GLUE_S3_ACCESS,
  ATHENA_QUERIES,
  type Connector,
  connectorRoleName,
  ownConnector,
  ownSpillBucketName,
  producerConnector,
  resultsBucketName,
  roleAName,
  roleBName,
  sampleDataBucketName,
  spillBucketName,
} from "../../access/names";
import type { SpokeRequest } from "../../access/request";
import { roleAPermissions, roleATrust } from "../../access/role-a";
import { roleBPermissions, roleBTrust } from "../../access/role-b";

/** What a document is in the chain. */
export type Title =
  | "Role A's trust"
  | "Role A's permissions"
  | "Role B's trust"
  | "Role B's permissions"
  | "analyst's trust"
  | "analyst's permissions"
  | "connector's trust"
  | "connector's permissions"
  | "function's policy"
  | "spill bucket's policy"
  | "private bucket's policy";

/** Where a document is, in one account. */
export type Address =
  | `role/${string}/trust`
  | `role/${string}/inline/${string}`
  | `role/${string}/attached/${string}`
  | `bucket/${string}`
  | `function/${string}`;

/** A document as access/ builds it. */
export interface BuiltDocument {
  readonly title: Title;
  readonly account: string;
  readonly address: Address;
  readonly document: PolicyDocument;
}

/** All documents of an environment and its spokes. `environment` lists the spokes, where the scope needs it. */
export function builtDocuments(environment: Environment, requests: readonly SpokeRequest[]): BuiltDocument[] {
  return [
    ...hubDocuments(environment),
    ...Object.keys(environment.producers).flatMap((producer) => producerDocuments(environment, producer)),
    ...requests.flatMap((request) => spokeDocuments(request, environment)),
  ];
}

function hubDocuments(environment: Environment): BuiltDocument[] {
  const { account } = environment.hub;
  const role = roleAName(environment);
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
    ...Object.entries(spec.connectors).flatMap(([name, { tables }]) =>
      connectorDocuments(producerConnector(environment, producer, name), tables),
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
  ];
}

function spokeDocuments(request: SpokeRequest, environment: Environment): BuiltDocument[] {
  const { account, region } = request;
  const role = roleBName(request, environment);
  const analyst = analystName(request, environment);
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
      connectorDocuments(ownConnector(request, requested), requested.deploy.tables),
    ),
  ];
}

function connectorDocuments(connector: Connector, tables: readonly string[]): BuiltDocument[] {
  const role = connectorRoleName(connector);
  const { account } = connector;
  return [
    { title: "connector's trust", account, address: `role/${role}/trust`, document: connectorTrust() },
    {
      title: "connector's permissions",
      account,
      address: `role/${role}/inline/AthenaConnector`,
      document: connectorPermissions(connector, tables),
    },
  ];
}
