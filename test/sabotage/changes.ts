/** What can be taken away from a policy document: each statement, each principal, each condition. Pure. */
import type { Condition, PolicyDocument, Principal, Statement } from "../../access/document";
import { ADMINISTRATOR_ROLE } from "../../sandbox/world";

/** One thing taken away from a document. */
export interface Change {
  readonly sid: string;
  /** What was done, for people and as the key of a row: `without the statement`. */
  readonly what: string;
  /** `closes`: less is allowed than before, so that something must stop working; `opens`: more is. */
  readonly effect: "closes" | "opens";
  /** The condition key that it is about. */
  readonly condition?: string;
  /** The document with it. It may have no statement left. */
  readonly document: PolicyDocument;
}

/** An account that exists, and belongs to nobody of ours. */
export const STRANGER = "200000000002";

/**
 * Everything that can be taken away from a document, one thing at a time:
 *
 * - a statement as a whole;
 * - a principal: another of the same form stands in its place;
 * - a condition: once with a value that no request has (Bool and Null: with the other one), once left out.
 *
 * A Deny that reaches further than before spares the account's administrator, who has to put things back.
 *
 * @throws Error for a statement without Sid, a Sid that is there twice, and an operator for which it is not known here
 *   which value no request has.
 */
export function changesOf(document: PolicyDocument): Change[] {
  const sids = document.Statement.map(({ Sid }) => Sid);
  return document.Statement.flatMap((statement, index) => {
    const { Sid: sid } = statement;
    if (sid === undefined || sids.indexOf(sid) !== index)
      throw new Error(`statement ${index + 1} needs a Sid of its own: ${JSON.stringify(statement)}`);
    const replaced = (...by: Statement[]): PolicyDocument => ({
      ...document,
      Statement: document.Statement.flatMap((other) => (other === statement ? by : [other])),
    });
    const [less, more] =
      statement.Effect === "Allow" ? (["closes", "opens"] as const) : (["opens", "closes"] as const);
    return [
      { sid, what: "without the statement", effect: less, document: replaced() },
      ...otherPrincipals(statement).map(([whom, principal]) => ({
        sid,
        what: `without the principal ${whom}`,
        effect: less,
        document: replaced({ ...statement, Principal: principal }),
      })),
      ...conditionsOf(statement).flatMap(([operator, key]) => [
        {
          sid,
          what: `with another ${key}`,
          effect: less,
          condition: key,
          document: replaced(sparing(withAnother(statement, operator, key))),
        },
        {
          sid,
          what: `without ${key}`,
          effect: more,
          condition: key,
          document: replaced(sparing(withoutKey(statement, operator, key))),
        },
      ]),
    ];
  });
}

/** The principals of a statement, each with what the principals are when another stands in its place. */
function otherPrincipals({ Principal: principal }: Statement): [string, Principal][] {
  if (principal === undefined) return [];
  if (principal === "*") return [["*", { AWS: rootOf(STRANGER) }]];
  return (["AWS", "Service"] as const).flatMap((kind) => {
    const values = [principal[kind] ?? []].flat();
    return values.map((value): [string, Principal] => {
      const others = values.map((other) => (other === value ? anotherPrincipal(kind, value) : other));
      return [value, { ...principal, [kind]: others.length === 1 ? (others[0] ?? "") : others }];
    });
  });
}

function anotherPrincipal(kind: "AWS" | "Service", value: string): string {
  if (kind === "Service")
    return value.startsWith("lambda.") ? "athena.amazonaws.com" : "lambda.amazonaws.com";
  if (value === "*") return rootOf(STRANGER);
  const [, account = "", resource = ""] = /^arn:[^:]+:iam::(\d{12}):(.+)$/.exec(value) ?? [];
  if (resource === "root") return rootOf(STRANGER);
  if (/^(role|user)\//.test(resource)) return `arn:aws:iam::${account}:role/${ADMINISTRATOR_ROLE}`;
  throw new Error(`it is not known here which principal to put in the place of ${value}`);
}

function rootOf(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

function conditionsOf({ Condition: condition = {} }: Statement): [operator: string, key: string][] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key): [string, string] => [operator, key]),
  );
}

/** The statement with a value under the key that no request here has. */
function withAnother(statement: Statement, operator: string, key: string): Statement {
  const before = statement.Condition?.[operator] ?? {};
  const value = valueOfNobody(operator, key, [before[key] ?? []].flat());
  return { ...statement, Condition: { ...statement.Condition, [operator]: { ...before, [key]: value } } };
}

function sparing(statement: Statement): Statement {
  if (statement.Effect === "Allow") return statement;
  const spared = { "aws:PrincipalArn": `arn:*:iam::*:role/${ADMINISTRATOR_ROLE}` };
  return { ...statement, Condition: { ...statement.Condition, ArnNotLike: spared } };
}

function valueOfNobody(operator: string, key: string, values: readonly string[]): string {
  const plain = operator.replace(/^For(?:AllValues|AnyValue):/, "").replace(/IfExists$/, "");
  switch (plain) {
    case "StringEquals":
    case "StringLike":
      // Lambda takes nothing else than an organization's id.
      return key.endsWith("OrgID") ? "o-nobody0000" : "nobody";
    case "ArnEquals":
    case "ArnLike":
      return `arn:aws:iam::${STRANGER}:role/nobody`;
    case "Bool":
    case "Null":
      return values[0] === "true" ? "false" : "true";
    default:
      throw new Error(`it is not known here which value of ${operator} no request has`);
  }
}

/** The document without a condition, in whatever statement that allows something. */
export function withoutCondition(document: PolicyDocument, key: string): PolicyDocument {
  return {
    ...document,
    Statement: document.Statement.map((statement) =>
      conditionsOf(statement)
        .filter(([, other]) => other === key && statement.Effect === "Allow")
        .reduce((left, [operator]) => withoutKey(left, operator, key), statement),
    ),
  };
}

function withoutKey(statement: Statement, operator: string, key: string): Statement {
  const { Condition: condition = {}, ...rest } = statement;
  const left = Object.entries(condition).flatMap(([name, keys]): [string, Condition[string]][] => {
    const kept = Object.entries(keys).filter(([other]) => name !== operator || other !== key);
    return kept.length === 0 ? [] : [[name, Object.fromEntries(kept)]];
  });
  return left.length === 0 ? rest : { ...rest, Condition: Object.fromEntries(left) };
}
