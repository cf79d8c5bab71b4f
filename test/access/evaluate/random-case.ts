/** Random requests with the policies that bear on them, in a world small enough that much of it meets. */
import type { AccessRequest, Caller, NamedPolicy, Policies } from "../../../access/evaluate";
import type { Condition, Principal, Statement } from "../../../access/document";
import { hub, organizationOf, spoke, stranger } from "./chain";

/** A request with its policies. */
export interface Case {
  readonly request: AccessRequest;
  readonly policies: Policies;
}

/** Random numbers that a seed fixes (mulberry32). */
class Dice {
  constructor(private state: number) {}

  /** At least 0, less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  of<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }
}

interface Target {
  readonly action: string;
  readonly resource: string;
  readonly owner: string;
}

const session = "s1";
const role = (account: string): string => `arn:aws:iam::${account}:role/worker`;
const user = (account: string): string => `arn:aws:iam::${account}:user/ann`;
const sessionOf = (account: string): string => `arn:aws:sts::${account}:assumed-role/worker/${session}`;
const service = "quicksight.amazonaws.com";
const uuid = "11111111-2222-3333-4444-555555555555";

function targetOf(dice: Dice, owner: string): Target {
  return dice.of<Target>([
    { action: "s3:GetObject", resource: `arn:aws:s3:::bucket-${owner}/ann/report.csv`, owner },
    { action: "s3:PutObject", resource: `arn:aws:s3:::bucket-${owner}/out/1`, owner },
    { action: "lambda:InvokeFunction", resource: `arn:aws:lambda:us-east-1:${owner}:function:f`, owner },
    { action: "glue:GetTable", resource: `arn:aws:glue:us-east-1:${owner}:table/db/t`, owner },
    { action: "kms:Decrypt", resource: `arn:aws:kms:us-east-1:${owner}:key/${uuid}`, owner },
    { action: "sts:AssumeRole", resource: `arn:aws:iam::${owner}:role/target`, owner },
  ]);
}

/** Context key -> the values that requests carry and policies ask for. */
const words = ["alpha", "Alpha", "alpine", "beta"];
const arns = [
  `arn:aws:quicksight:us-east-1:${hub}:datasource/x`,
  `arn:aws:quicksight:us-east-1:${spoke}:datasource/x`,
  `arn:aws:quicksight:us-east-1:${spoke}:x:${hub}:datasource/x`,
];
const arnPatterns = [
  ...arns,
  `arn:aws:quicksight:*:${hub}:datasource/*`,
  `arn:aws:quicksight:*:*:datasource/?`,
];
const numbers = ["5", "10", "300"];
const dates = ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "2027-01-01T00:00:00Z"];
const addresses = ["203.0.113.7", "203.0.114.7", "2001:db8:1234:5678::9"];
const ranges = ["203.0.113.0/24", "203.0.112.0/21", "203.0.113.7", "2001:db8::/32"];
const binaries = ["QUJD", "QUJE"];
const services = ["athena.amazonaws.com", "glue.amazonaws.com", "cloudformation.amazonaws.com"];

/** Operator -> the key it is tried on, the values a policy asks for, and whether requests have many values of it. */
const probes: Readonly<Record<string, readonly [key: string, values: readonly string[]]>> = {
  StringEquals: ["aws:UserAgent", words],
  StringNotEquals: ["aws:UserAgent", words],
  StringEqualsIgnoreCase: ["aws:UserAgent", words],
  StringNotEqualsIgnoreCase: ["aws:UserAgent", words],
  StringLike: ["aws:UserAgent", ["al*", "?eta", "*pha", "alph?", "alpha?", "*"]],
  StringNotLike: ["aws:UserAgent", ["al*", "?eta", "*pha", "alph?", "alpha?"]],
  ArnEquals: ["aws:SourceArn", arnPatterns],
  ArnLike: ["aws:SourceArn", arnPatterns],
  ArnNotEquals: ["aws:SourceArn", arnPatterns],
  ArnNotLike: ["aws:SourceArn", arnPatterns],
  NumericEquals: ["aws:MultiFactorAuthAge", numbers],
  NumericNotEquals: ["aws:MultiFactorAuthAge", numbers],
  NumericLessThan: ["aws:MultiFactorAuthAge", numbers],
  NumericLessThanEquals: ["aws:MultiFactorAuthAge", numbers.slice(0, 2)],
  NumericGreaterThan: ["aws:MultiFactorAuthAge", numbers],
  NumericGreaterThanEquals: ["aws:MultiFactorAuthAge", numbers.slice(1)],
  DateEquals: ["aws:CurrentTime", dates],
  DateNotEquals: ["aws:CurrentTime", dates],
  DateLessThan: ["aws:CurrentTime", dates],
  DateLessThanEquals: ["aws:CurrentTime", dates.slice(0, 2)],
  DateGreaterThan: ["aws:CurrentTime", dates],
  DateGreaterThanEquals: ["aws:CurrentTime", dates.slice(1)],
  Bool: ["aws:SecureTransport", ["true", "false"]],
  BinaryEquals: ["aws:referer", binaries],
  IpAddress: ["aws:SourceIp", ranges],
  NotIpAddress: ["aws:SourceIp", ranges],
  Null: ["aws:UserAgent", ["true", "false"]],
};

type Context = Record<string, string | readonly string[]>;

/** Every operator that random policies use. */
export const operatorsTried = Object.keys(probes);

function contextOf(dice: Dice): Context {
  const context: Context = {};
  const maybe = (key: string, values: readonly string[]): void => {
    if (dice.chance(0.8)) context[key] = dice.of(values);
  };
  maybe("aws:UserAgent", words);
  maybe("aws:SourceArn", arns);
  maybe("aws:MultiFactorAuthAge", numbers);
  maybe("aws:CurrentTime", dates);
  maybe("aws:SecureTransport", ["true", "false"]);
  maybe("aws:SourceIp", addresses);
  maybe("aws:referer", binaries);
  if (dice.chance(0.7)) context["aws:CalledVia"] = services.filter(() => dice.chance(0.5));
  return context;
}

function conditionOf(dice: Dice, account: string | undefined, context?: Context): Condition | undefined {
  if (context === undefined && dice.chance(0.35)) return undefined;
  const condition: Record<string, Record<string, string | readonly string[]>> = {};
  for (let n = dice.chance(0.25) ? 2 : 1; n > 0; n--) {
    const [name, key, values] = testOf(dice, account, context);
    condition[name] = { ...condition[name], [key]: values };
  }
  return condition;
}

function testOf(
  dice: Dice,
  account: string | undefined,
  context?: Context,
): readonly [string, string, string | readonly string[]] {
  const some = (values: readonly string[]): string | readonly string[] =>
    dice.chance(0.5) ? dice.of(values) : [dice.of(values), dice.of(values)];
  if (dice.chance(0.1)) {
    const set = dice.of(["ForAllValues", "ForAnyValue"]);
    return [
      `${set}:${dice.of(["StringEquals", "StringNotEquals", "StringLike"])}`,
      "aws:CalledVia",
      some(services),
    ];
  }
  if (dice.chance(0.12)) {
    return dice.of<readonly [string, string, string | readonly string[]]>([
      ["StringEquals", "aws:PrincipalAccount", account ?? hub],
      ["StringEquals", "aws:PrincipalOrgID", "o-athenaspokes"],
      ["StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-athenaspokes"],
      ["ArnLike", "aws:PrincipalArn", `arn:aws:iam::*:role/work*`],
      ["StringEquals", "aws:PrincipalType", "User"],
      ["StringLike", "aws:username", "a*"],
      ["StringEquals", "aws:UserAgent", "${aws:PrincipalTag/agent, 'alpha'}"],
      ["Bool", "aws:PrincipalIsAWSService", "false"],
    ]);
  }
  const name = dice.of(operatorsTried);
  const [key, values] = probes[name] ?? ["aws:UserAgent", words];
  const actual = context?.[key];
  // a negated operator says something only where it meets the request's own value
  if (name.includes("Not") && typeof actual === "string" && dice.chance(0.7)) return [name, key, actual];
  const ifExists = name !== "Null" && dice.chance(0.2) ? "IfExists" : "";
  return [`${name}${ifExists}`, key, name === "Null" || name === "Bool" ? dice.of(values) : some(values)];
}

function statementOf(dice: Dice, target: Target, account: string | undefined, allow: number): Statement {
  const [name = "", action = ""] = target.action.split(":");
  const condition = conditionOf(dice, account);
  const actions = dice.of([
    target.action,
    target.action.toUpperCase(),
    `${name}:*`,
    `${name}:${action.slice(0, 3)}*`,
    "*",
    "iam:*",
  ]);
  const resources = dice.of([
    target.resource,
    "*",
    `${target.resource.slice(0, -3)}*`,
    target.resource.replace(/[^:/]+$/, "*"),
    target.resource.replace("/ann/", "/${aws:username}/"),
    target.resource.replace(/\/ann\/.*$/, "/${aws:username}*"),
    "arn:aws:s3:::elsewhere/*",
  ]);
  return {
    Effect: dice.chance(allow) ? "Allow" : "Deny",
    ...(dice.chance(0.1) ? { NotAction: actions === "*" ? "iam:*" : actions } : { Action: actions }),
    ...(dice.chance(0.08)
      ? { NotResource: resources === "*" ? "arn:aws:s3:::elsewhere/*" : resources }
      : { Resource: resources }),
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function policyOf(dice: Dice, name: string, target: Target, account: string | undefined): NamedPolicy {
  const statements = [statementOf(dice, target, account, 0.93)];
  while (dice.chance(0.3)) statements.push(statementOf(dice, target, account, 0.75));
  return { name, document: { Version: "2012-10-17", Statement: statements } };
}

/** A wide policy that now and then lacks what the request needs: it limits rather than decides. */
function limitOf(dice: Dice, name: string, target: Target, account: string | undefined): NamedPolicy {
  const wide: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
  if (dice.chance(0.5)) return policyOf(dice, name, target, account);
  const more = dice.chance(0.3) ? [statementOf(dice, target, account, 0.3)] : [];
  return { name, document: { Version: "2012-10-17", Statement: [wide, ...more] } };
}

function resourcePolicyOf(
  dice: Dice,
  target: Target,
  caller: Caller,
  account: string | undefined,
): NamedPolicy {
  const [kind] = target.action.split(":");
  const own = account === undefined ? [] : [account, `arn:aws:iam::${account}:root`];
  const direct =
    caller.type === "user" && account !== undefined
      ? [user(account)]
      : caller.type === "role" && account !== undefined
        ? [role(account), sessionOf(account)]
        : [];
  const make = (allow: number): Statement => {
    const principal = dice.of<Principal>([
      ...own.map((name) => ({ AWS: name })),
      ...direct.map((name) => ({ AWS: name })),
      ...(caller.type === "service" ? [{ Service: service }, { Service: service }] : []),
      "*",
      { AWS: [role(stranger), user(target.owner)] },
      { AWS: `arn:aws:iam::${stranger}:root` },
    ]);
    const {
      Action: action,
      NotAction: notAction,
      Resource: resource,
      NotResource: notResource,
      ...rest
    } = statementOf(dice, target, account, allow);
    if (kind === "sts")
      return {
        ...rest,
        Principal: principal,
        Action: dice.of(["sts:AssumeRole", "sts:*", "sts:TagSession"]),
      };
    return {
      ...rest,
      Principal: principal,
      ...(notAction === undefined ? { Action: action ?? "*" } : { NotAction: notAction }),
      ...(notResource === undefined
        ? { Resource: kind === "kms" ? "*" : (resource ?? "*") }
        : { NotResource: notResource }),
    };
  };
  const statements = [make(0.92)];
  while (dice.chance(0.4)) statements.push(make(0.8));
  return { name: "resource", document: { Version: "2012-10-17", Statement: statements } };
}

function callerOf(dice: Dice): Caller {
  const account = dice.of([hub, hub, spoke, stranger]);
  const tags = dice.chance(0.5) ? { agent: dice.of(words) } : {};
  const shape = dice.next();
  if (shape < 0.5) return { type: "role", arn: role(account), session, tags };
  if (shape < 0.84) return { type: "user", arn: user(account), tags };
  if (shape < 0.94) return { type: "root", account };
  return shape < 0.98 ? { type: "service", name: service } : { type: "anonymous" };
}

/** The account of a caller; undefined for services and anonymous ones. */
export function accountOf(caller: Caller): string | undefined {
  if (caller.type === "root") return caller.account;
  return caller.type === "user" || caller.type === "role" ? caller.arn.split(":")[4] : undefined;
}

/** The case that the seed fixes: most turn on one condition, the others have many policies. */
export function randomCase(seed: number): Case {
  const dice = new Dice(seed);
  return dice.chance(0.72) ? conditionalCase(dice) : manifoldCase(dice);
}

/** All is allowed but for one statement, so that its condition decides. */
function conditionalCase(dice: Dice): Case {
  const owner = dice.of([hub, spoke]);
  const caller = dice.chance(0.5)
    ? ({ type: "role", arn: role(owner), session, tags: { agent: dice.of(words) } } as const)
    : ({ type: "user", arn: user(owner), tags: {} } as const);
  const target = targetOf(dice, owner);
  const context = contextOf(dice);
  const condition = conditionOf(dice, owner, context) ?? {};
  const wide: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
  const named = (name: string, ...statements: Statement[]): NamedPolicy => ({
    name,
    document: { Version: "2012-10-17", Statement: statements },
  });
  const deciding = dice.chance(0.6)
    ? [{ ...wide, Condition: condition }]
    : [wide, { ...wide, Effect: "Deny" as const, Condition: condition }];
  const place = dice.of(["identity", "boundary", "session", "serviceControl"] as const);
  const at = (where: typeof place): NamedPolicy =>
    where === place ? named(where, ...deciding) : named(where, wide);
  const [kind] = target.action.split(":");
  const trusting: Statement = {
    Effect: "Allow",
    Principal: { AWS: owner },
    Action: kind === "sts" ? "sts:*" : "*",
  };
  return {
    request: {
      caller,
      action: target.action,
      resource: target.resource,
      resourceAccount: owner,
      context,
      organizationOf,
    },
    policies: {
      identity: [at("identity")],
      ...(place === "boundary" ? { boundary: at("boundary") } : {}),
      ...(place === "session" && caller.type === "role" ? { session: [at("session")] } : {}),
      ...(place === "serviceControl" ? { serviceControl: [[at("serviceControl")]] } : {}),
      ...(kind === "sts" ? { resource: named("resource", trusting) } : {}),
      ...(kind === "kms" ? { resource: named("resource", { ...trusting, Resource: "*" }) } : {}),
    },
  };
}

function manifoldCase(dice: Dice): Case {
  const caller = callerOf(dice);
  const account = accountOf(caller);
  const target = targetOf(dice, account !== undefined && dice.chance(0.55) ? account : dice.of([hub, spoke]));
  const personal = caller.type === "user" || caller.type === "role";
  const crosses = account !== target.owner;
  const listed = (name: string): NamedPolicy[] => [
    policyOf(dice, `${name}-1`, target, account),
    ...(dice.chance(0.4) ? [policyOf(dice, `${name}-2`, target, account)] : []),
  ];
  const request: AccessRequest = {
    caller,
    action: target.action,
    resource: target.resource,
    resourceAccount: target.owner,
    context: contextOf(dice),
    organizationOf,
  };
  const mandatory = /^(sts|kms):/.test(target.action);
  const controlled = account !== undefined && dice.chance(0.3);
  const denial = controlPolicyOf(dice, target, account);
  return {
    request,
    policies: {
      ...(personal ? { identity: dice.chance(0.95) ? listed("identity") : [] } : {}),
      ...(personal && dice.chance(0.25) ? { boundary: limitOf(dice, "boundary", target, account) } : {}),
      ...(caller.type === "role" && dice.chance(0.3)
        ? { session: [limitOf(dice, "session", target, account)] }
        : {}),
      ...(crosses || mandatory || dice.chance(0.45)
        ? { resource: resourcePolicyOf(dice, target, caller, account) }
        : {}),
      ...(controlled
        ? {
            serviceControl: Array.from({ length: dice.chance(0.5) ? 1 : 2 }, (_, n) => [
              limitOf(dice, `scp-${n}`, target, account),
            ]),
          }
        : {}),
      ...(dice.chance(0.15) ? { resourceControl: [denial] } : {}),
    },
  };
}

function controlPolicyOf(dice: Dice, target: Target, account: string | undefined): NamedPolicy {
  const [name = ""] = target.action.split(":");
  const condition = conditionOf(dice, account);
  const statement: Statement = {
    Effect: "Deny",
    Principal: "*",
    Action: dice.of([target.action, `${name}:*`]),
    Resource: dice.of(["*", target.resource]),
    ...(condition === undefined ? {} : { Condition: condition }),
  };
  return { name: "rcp", document: { Version: "2012-10-17", Statement: [statement] } };
}
