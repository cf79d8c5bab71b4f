import { underResourceControl } from "../../access/evaluate/service-table";
import type { Statement } from "../../access/document";
import type { ContextKeys, KeyGrant, NamedPolicy, Policies } from "../../access/evaluate";
import { type Case, accountOf } from "../access/evaluate/random-case";

/** A point on which the oracle is known to differ from AWS's documents. */
export interface KnownDifference {
  readonly name: string;
  /** The AWS document that settles it. */
  readonly source: string;
  /**
   * The case put to the oracle in another way, such that it answers what the document says; undefined when the point
   * does not touch the case. A difference counts as known only when the oracle then agrees.
   */
  restate(one: Case): Case | undefined;
}

const everything = { Effect: "Allow", Action: "*", Resource: "*" } as const;
const allowing = ({ name, document }: NamedPolicy): NamedPolicy =>
  typeof document === "string"
    ? { name, document }
    : { name, document: { ...document, Statement: [...document.Statement, everything] } };

/** The policies with each statement changed, or left out where the function gives undefined. */
export function changed(
  policies: Policies,
  change: (statement: Statement) => Statement | undefined,
): Policies {
  const one = (policy: NamedPolicy): NamedPolicy =>
    typeof policy.document === "string"
      ? policy
      : {
          name: policy.name,
          document: {
            ...policy.document,
            Statement: policy.document.Statement.map(change).filter((statement) => statement !== undefined),
          },
        };
  const { identity, boundary, session, resource, serviceControl, resourceControl } = policies;
  return {
    ...(identity && { identity: identity.map(one) }),
    ...(boundary && { boundary: one(boundary) }),
    ...(session && { session: session.map(one) }),
    ...(resource && { resource: one(resource) }),
    ...(serviceControl && { serviceControl: serviceControl.map((level) => level.map(one)) }),
    ...(resourceControl && { resourceControl: resourceControl.map(one) }),
  };
}

function asStatement({ grantee, operations, constraints = {} }: KeyGrant): Statement {
  const { encryptionContextSubset: subset, encryptionContextEquals: equals } = constraints;
  const pairs = Object.entries({ ...subset, ...equals });
  const context = Object.fromEntries(pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, value]));
  return {
    Effect: "Allow",
    Principal: grantee.endsWith(".amazonaws.com") ? { Service: grantee } : { AWS: grantee },
    Action: operations.map((operation) => `kms:${operation}`),
    Resource: "*",
    Condition: {
      ...(pairs.length === 0 ? {} : { StringEquals: context }),
      ...(equals && {
        "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": Object.keys(equals) },
      }),
    },
  };
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    name: "a KMS grant allows its grantee the operations that it names, as a statement of the key policy would",
    source: "KMS developer guide: Grants in AWS KMS (grants), Determining access (determining-access)",
    restate({ request, policies }) {
      const { grants = [], resource, ...others } = policies;
      if (grants.length === 0 || resource === undefined || typeof resource.document === "string")
        return undefined;
      const { document, name } = resource;
      const granted = { ...document, Statement: [...document.Statement, ...grants.map(asStatement)] };
      return { request, policies: { ...others, resource: { name, document: granted } } };
    },
  },
  {
    name: "the root user has full access in its account without any identity policy",
    source: "IAM user guide: Policy evaluation logic (reference_policies_evaluation-logic)",
    restate({ request, policies }) {
      if (request.caller.type !== "root" || request.action.startsWith("sts:")) return undefined;
      const full: NamedPolicy = {
        name: "root",
        document: { Version: "2012-10-17", Statement: [everything] },
      };
      return { request, policies: { ...policies, identity: [full] } };
    },
  },
  {
    name: "resource control policies have no bearing on services that do not support them",
    source: "Organizations user guide: Resource control policies (orgs_manage_policies_rcps)",
    restate({ request, policies }) {
      const [service = ""] = request.action.split(":");
      if (policies.resourceControl === undefined || underResourceControl(service)) return undefined;
      const rest: Policies = Object.fromEntries(
        Object.entries(policies).filter(([kind]) => kind !== "resourceControl"),
      );
      return { request, policies: rest };
    },
  },
  {
    name: "within an account, boundary and session policies do not limit what names the session or everybody",
    source: "IAM user guide: AWS JSON policy elements: Principal (reference_policies_elements_principal)",
    restate({ request, policies }) {
      const { boundary, session, resource } = policies;
      const own = accountOf(request.caller) === request.resourceAccount;
      if (!own || resource === undefined || (boundary === undefined && session === undefined))
        return undefined;
      // what is not allowed by the resource's policy alone must still pass boundary and session policies
      const rest: Policies = { ...policies, identity: [] };
      return {
        request,
        policies: {
          ...rest,
          ...(boundary && { boundary: allowing(boundary) }),
          ...(session && { session: session.map(allowing) }),
        },
      };
    },
  },
  {
    name: "the root user cannot assume a role, whatever its trust says",
    source: "STS API reference: AssumeRole (API_AssumeRole)",
    restate({ request, policies }) {
      if (request.caller.type !== "root" || request.action !== "sts:AssumeRole") return undefined;
      return {
        request,
        policies: changed(policies, (statement) => (statement.Effect === "Allow" ? undefined : statement)),
      };
    },
  },
  {
    name: "a NotResource whose variable has no value names no resource, so a Deny covers every one",
    source: "IAM user guide: Variables and tags (reference_policies_variables#policy-vars-no-value)",
    restate({ request, policies }) {
      const open = (statement: Statement): boolean =>
        statement.Effect === "Deny" && String(statement.NotResource).includes("${aws:username}");
      if (request.caller.type === "user") return undefined;
      const put = changed(policies, (statement) =>
        open(statement) ? { ...statement, NotResource: "arn:aws:s3:::nowhere" } : statement,
      );
      return JSON.stringify(put) === JSON.stringify(policies) ? undefined : { request, policies: put };
    },
  },
  {
    name: "an IPv6 address lies in no IPv4 range, and an IPv4 address in no IPv6 range",
    source: "S3 user guide: Making requests to Amazon S3 over IPv6 (ipv6-access#ipv6-access-iam)",
    restate({ request, policies }) {
      const text = JSON.stringify(policies);
      if (!text.includes("IpAddress")) return undefined;
      // the same relations among addresses of one family
      const asIpv4 = (json: string): string =>
        json
          .replaceAll("2001:db8::/32", "198.51.100.0/24")
          .replaceAll("2001:db8:1234:5678::9", "198.51.100.9");
      const context = JSON.parse(asIpv4(JSON.stringify(request.context ?? {}))) as ContextKeys;
      return { request: { ...request, context }, policies: JSON.parse(asIpv4(text)) as Policies };
    },
  },
];
