import { expect } from "chai";
import { analystPermissions } from "../../../access/analyst";
import { hubBootstrap, producerBootstrap, spokeBootstrap } from "../../../access/bootstrap";
import { connectorPermissions } from "../../../access/connector";
import { rootArn } from "../../../access/arn";
import { type PolicyDocument, policyDocument, type Statement } from "../../../access/document";
import { type AccessRequest, type ContextKeys, decide } from "../../../access/evaluate";
import { actionsOf, takesResource } from "../../../access/evaluate/service-table";
import { catalogsOf, producerConnector } from "../../../access/names";
import { roleAPermissions } from "../../../access/role-a";
import { roleBPermissions } from "../../../access/role-b";
import { organizationOf } from "../../../sandbox/world";
import { environmentWith, HUB, keyedProducers, PRODUCER, requestWith, SPOKE } from "../../worlds";

const trusted = ["arn:aws:iam::100000000000:role/pipeline"];

/** A role's own document, and the boundary that it is made under. */
interface Bounded {
  readonly account: string;
  readonly role: PolicyDocument;
  readonly boundary: PolicyDocument;
}

function roleA(changes: object): Bounded {
  const spokes = { sales: { account: SPOKE, roleB: "qs-athena-consumer-role" } };
  const environment = environmentWith({ ...changes, spokes });
  const [role] = roleAPermissions(environment).values();
  if (role === undefined) throw new Error("Role A may nothing");
  return { account: HUB, role, boundary: hubBootstrap(environment, trusted).boundary.document };
}

function producersConnector(changes: object): Bounded {
  const environment = environmentWith({ ...changes });
  return {
    account: PRODUCER,
    role: connectorPermissions(producerConnector(environment, "music", "acct1dynamodb"), ["Music"]),
    boundary: producerBootstrap(environment, "music", trusted).boundary.document,
  };
}

const environment = environmentWith({ producers: keyedProducers });
const request = requestWith({
  sampleData: false,
  data: [{ database: "crm", prefixes: ["s3://crm-data/in/"] }],
  connectors: [{ from: "music" }, { deploy: { tables: ["Music"], customerManagedKey: true } }],
});

function inSpoke(role: PolicyDocument, known: boolean): Bounded {
  const { boundary } = spokeBootstrap(environment, SPOKE, trusted, known ? [request] : []);
  return { account: SPOKE, role, boundary: boundary.document };
}

function ownConnector(): PolicyDocument {
  const own = catalogsOf(request, environment).find(({ requested }) => "deploy" in requested);
  if (own === undefined) throw new Error("the request deploys no connector");
  return connectorPermissions(own.connector, ["Music"]);
}

/** The requests that a statement allows: each of its actions on each of its resources, with what its conditions ask for. */
function requestsOf({ Action, Resource, Condition = {} }: Statement, account: string): AccessRequest[] {
  const told: Record<string, string | readonly string[]> = {};
  for (const [operator, tests] of Object.entries(Condition))
    for (const [key, values] of Object.entries(tests)) {
      const [value = ""] = listOf(values).map(plain);
      told[key] = operator.startsWith("For") ? [value] : value;
    }
  const { "aws:ResourceAccount": owner } = told;
  const context: ContextKeys = Object.fromEntries(
    Object.entries(told).filter(([key]) => !/^aws:Resource(Account|OrgID)$/.test(key)),
  );
  return listOf(Action).flatMap((action) =>
    listOf(Resource).flatMap((pattern): AccessRequest[] => {
      const resource = plain(pattern);
      const [service = "", name = ""] = action.split(":");
      const known = actionsOf(service)?.get(name.toLowerCase());
      if (known === undefined || (resource !== "*" && !takesResource(known, resource))) return [];
      const named = /^arn:[^:]+:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1];
      return [
        {
          caller: { type: "role", arn: `arn:aws:iam::${account}:role/made` },
          action,
          resource,
          ...(resource === "*"
            ? {}
            : { resourceAccount: named ?? (typeof owner === "string" ? owner : account) }),
          context: { ...context, ...ofKey(resource) },
          organizationOf,
        },
      ];
    }),
  );
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** Something that a pattern covers. */
function plain(pattern: string): string {
  if (pattern === "*") return pattern;
  return pattern
    .replace("::*:role/", `::${SPOKE}:role/`)
    .replace(/(:log-group:.*):\*$/, "$1:log-stream:x")
    .replaceAll("*", "x");
}

/** What KMS says of the key itself. */
function ofKey(resource: string): ContextKeys {
  if (!resource.includes(":kms:")) return {};
  const name = resource.includes(`:${PRODUCER}:`) ? "dev-music" : "dev-sales";
  return { "kms:ResourceAliases": [`alias/${name}-athena-spill`] };
}

/** A policy of what is asked for that leaves it to the role's account: whose own side does not allow, is denied. */
function open(action: string, account: string): PolicyDocument {
  const trust = action.startsWith("sts:");
  const Principal = { AWS: rootArn("us-east-1", account) };
  return policyDocument({ Effect: "Allow", Principal, Action: action, ...(trust ? {} : { Resource: "*" }) });
}

/** Whether a role may, with the boundary and without. */
function mayDo(asked: AccessRequest, { account, role, boundary }: Bounded) {
  const guarded = /^(sts|kms):/.test(asked.action) || (asked.resourceAccount ?? account) !== account;
  const policies = {
    identity: [{ name: "its policy", document: role }],
    ...(guarded && asked.resource !== "*"
      ? { resource: { name: "open", document: open(asked.action, account) } }
      : {}),
  };
  return {
    without: decide(asked, policies).decision,
    within: decide(asked, { ...policies, boundary: { name: "boundary", document: boundary } }).decision,
  };
}

describe("the boundary of roles that a deployer makes", () => {
  const bounded: readonly (readonly [string, () => Bounded])[] = [
    ["Role A by pattern", () => roleA({})],
    ["Role A by list", () => roleA({ roleA: "list" })],
    ["a producer's connector", () => producersConnector({})],
    ["a producer's connector with a key", () => producersConnector({ producers: keyedProducers })],
    ...[true, false].flatMap((known) =>
      (
        [
          ["Role B", () => roleBPermissions(request, environment)],
          ["the analyst", () => analystPermissions(request, environment)],
          ["a connector of the spoke's own", ownConnector],
        ] as const
      ).map(
        ([what, role]) =>
          [`${what}, for ${known ? "its" : "any"} request`, () => inSpoke(role(), known)] as const,
      ),
    ),
  ];
  for (const [title, make] of bounded)
    it(`takes nothing from ${title}`, () => {
      const roles = make();
      let tried = 0;
      for (const statement of roles.role.Statement)
        for (const asked of requestsOf(statement, roles.account)) {
          tried += 1;
          expect(
            mayDo(asked, roles),
            `${statement.Sid ?? ""}: ${asked.action} on ${asked.resource}`,
          ).to.deep.equal({
            without: "allowed",
            within: "allowed",
          });
        }
      expect(tried).to.be.at.least(roles.role.Statement.length);
    });

  const beyond: readonly (readonly [string, () => Bounded, AccessRequest["action"], string])[] = [
    ["Role A", () => roleA({}), "sts:AssumeRole", `arn:aws:iam::${SPOKE}:role/OrganizationAccountAccessRole`],
    [
      "a connector",
      () => producersConnector({}),
      "dynamodb:Scan",
      `arn:aws:dynamodb:us-east-1:${PRODUCER}:table/Payroll`,
    ],
    [
      "a connector",
      () => producersConnector({}),
      "dynamodb:PutItem",
      `arn:aws:dynamodb:us-east-1:${PRODUCER}:table/Music`,
    ],
    ["a connector", () => producersConnector({}), "iam:CreateUser", `arn:aws:iam::${PRODUCER}:user/eve`],
    [
      "Role B",
      () => inSpoke(OPEN, true),
      "glue:GetTable",
      `arn:aws:glue:us-east-1:${SPOKE}:table/payroll/salaries`,
    ],
    [
      "Role B",
      () => inSpoke(OPEN, true),
      "lambda:InvokeFunction",
      `arn:aws:lambda:us-east-1:${SPOKE}:function:payroll`,
    ],
    ["Role B", () => inSpoke(OPEN, false), "sts:AssumeRole", `arn:aws:iam::${SPOKE}:role/admin`],
  ];
  for (const [who, make, action, resource] of beyond)
    it(`ends where ${who} would do ${action} on ${resource}, whatever its own policy says`, () => {
      const bounded = { ...make(), role: OPEN };
      const account = resource.split(":")[4] ?? "";
      const caller = { type: "role" as const, arn: `arn:aws:iam::${bounded.account}:role/made` };
      expect(mayDo({ caller, action, resource, resourceAccount: account }, bounded)).to.deep.equal({
        without: "allowed",
        within: "implicit-deny",
      });
    });
});

const OPEN = policyDocument({ Effect: "Allow", Action: "*", Resource: "*" });
