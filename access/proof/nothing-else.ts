/** Whether the Allow statements found at a thing reach further than the matrix allows. */
import { bucketArn } from "../arn";
import { actionsOf, mayTakeResource, takesResource } from "../evaluate/service-table";
import type { KeyGrant } from "../evaluate";
import { matcher, patternOf } from "../evaluate/glob";
import type { Bound, Matrix } from "../matrix";
import { ABSENT } from "../matrix/expectation";
import type { FoundThing } from "./found";
import { conditionsOf, listOf, principalsOf, rawStatements, type RawStatement, readable } from "./statements";

/** Something that a statement allows and no row does. */
export interface Surprise {
  readonly words: string;
  /** The document cannot be judged. */
  readonly unknown: boolean;
}

/** How a request that some row allows may be granted. */
interface Grantable {
  readonly resources: readonly ((text: string) => boolean)[];
  /** Undefined for an identity's statements. */
  readonly principals: ReadonlySet<string> | undefined;
  /** The caller itself, which needs no narrowing. */
  readonly caller: string | undefined;
  readonly conditions: readonly (readonly [key: string, covers: readonly ((text: string) => boolean)[]])[];
}

interface Grants {
  /** Thing -> action -> what its identity statements may say. */
  readonly identity: ReadonlyMap<string, ReadonlyMap<string, readonly Grantable[]>>;
  /** Thing -> action -> what its own policy may say. */
  readonly resource: ReadonlyMap<string, ReadonlyMap<string, readonly Grantable[]>>;
}

const AN_OBJECT = bucketArn("us-east-1", "bucket", "key");

const grantsOf = new WeakMap<Matrix, Grants>();

export function surprisesAt(matrix: Matrix, arn: string, thing: FoundThing): Surprise[] {
  let grants = grantsOf.get(matrix);
  if (grants === undefined) {
    grants = collect(matrix);
    grantsOf.set(matrix, grants);
  }
  const own = grants.resource.get(arn) ?? new Map<string, Grantable[]>();
  const unknown = [thing.trust, ...(thing.identity ?? []), ...(thing.resource ?? [])].flatMap((each) =>
    each !== undefined && "unknown" in each
      ? [{ words: `${each.name}: ${each.unknown}`, unknown: true }]
      : [],
  );
  return [
    ...unknown,
    ...readable(thing.identity ?? []).flatMap(({ name, document }) =>
      surprisesIn(name, rawStatements(document), grants.identity.get(arn) ?? new Map<string, Grantable[]>()),
    ),
    ...readable([thing.trust, ...(thing.resource ?? [])]).flatMap(({ name, document }) =>
      surprisesIn(name, rawStatements(document), own),
    ),
    ...(thing.grants ?? [])
      .filter((grant) => !isGranted(grant, own))
      .map(({ id, grantee, operations }) => ({
        words: `the grant ${id ?? ""} lets ${grantee} ${operations.join(", ")}`,
        unknown: false,
      })),
  ];
}

/** Whether rows allow the grantee each operation, and for no more than the encryption contexts that the grant names. */
function isGranted(
  { grantee, operations, constraints }: KeyGrant,
  grantable: ReadonlyMap<string, readonly Grantable[]>,
): boolean {
  const context = { ...constraints?.encryptionContextSubset, ...constraints?.encryptionContextEquals };
  const named = new Map(
    Object.entries(context).map(([key, value]) => [`kms:encryptioncontext:${key.toLowerCase()}`, value]),
  );
  return operations.every((operation) =>
    (grantable.get(`kms:${operation.toLowerCase()}`) ?? []).some(
      ({ caller, conditions }) =>
        caller === grantee &&
        conditions
          .filter(([key]) => key.startsWith("kms:encryptioncontext:"))
          .every(([key, allowed]) => {
            const value = named.get(key);
            return value !== undefined && allowed.some((isWithin) => isWithin(value));
          }),
    ),
  );
}

function collect(matrix: Matrix): Grants {
  const identity = new Map<string, Map<string, Grantable[]>>();
  const resource = new Map<string, Map<string, Grantable[]>>();
  const add = (
    into: Map<string, Map<string, Grantable[]>>,
    at: string,
    action: string,
    grantable: Grantable,
  ) => {
    const actions = into.get(at) ?? new Map<string, Grantable[]>();
    into.set(at, actions);
    const list = actions.get(action) ?? [];
    actions.set(action, list);
    list.push(grantable);
  };
  for (const row of matrix.rows) {
    if (row.kind !== "request" || row.expected === "denied") continue;
    const { caller, policies } = row.by;
    const name =
      caller.type === "role" || caller.type === "user"
        ? caller.arn
        : caller.type === "service"
          ? caller.name
          : undefined;
    for (const { action, bound, policies: at } of row.checks) {
      const key = action.toLowerCase();
      const within = (patterns: readonly string[]) => patterns.map((each) => matcher(patternOf(each)));
      const holder = typeof policies === "object" ? policies.under : policies === "found" ? name : undefined;
      if (holder !== undefined)
        add(identity, holder, key, {
          resources: within(bound.resources),
          principals: undefined,
          caller: undefined,
          conditions: covers(bound.identity),
        });
      if (typeof at === "object")
        add(resource, at.at, key, {
          resources: within(bound.ownResources ?? bound.resources),
          principals: new Set(bound.principals),
          caller: name,
          conditions: covers(bound.resource),
        });
    }
  }
  return { identity, resource };
}

function covers(conditions: Bound["identity"]): Grantable["conditions"] {
  return Object.entries(conditions).map(
    ([key, values]) => [key, values.map((value) => matcher(patternOf(value)))] as const,
  );
}

function surprisesIn(
  name: string,
  statements: readonly RawStatement[],
  grantable: ReadonlyMap<string, readonly Grantable[]>,
): Surprise[] {
  if (statements.length === 0)
    return [{ words: `${name} holds no statement, which AWS does not take`, unknown: false }];
  return statements.flatMap((statement, index) => {
    if (statement.Effect !== "Allow") return [];
    const place = `${name}, ${typeof statement.Sid === "string" && statement.Sid !== "" ? `statement ${statement.Sid}` : `statement ${index + 1}`}`;
    const negated = ["NotAction", "NotResource", "NotPrincipal"].filter(
      (element) => statement[element] !== undefined,
    );
    if (negated.length > 0)
      return [{ words: `${place} allows all but what it names (${negated.join(", ")})`, unknown: false }];
    return surprisesOf(place, statement, grantable);
  });
}

function surprisesOf(
  place: string,
  statement: RawStatement,
  grantable: ReadonlyMap<string, readonly Grantable[]>,
): Surprise[] {
  // A trust policy names no resource: the role is it.
  const resources = statement.Resource === undefined ? [undefined] : listOf(statement.Resource);
  const principals = statement.Principal === undefined ? [undefined] : principalsOf(statement.Principal);
  const conditions = narrowing(statement);
  const surprises: Surprise[] = [];
  for (const written of listOf(statement.Action))
    for (const action of expanded(written)) {
      const possible = grantable.get(action) ?? [];
      for (const principal of principals) {
        const fitting = possible.filter((each) => isNarrow(each, principal, conditions));
        for (const resource of resources) {
          const isExplained =
            resource === undefined
              ? fitting.length > 0
              : fitting.some((each) => each.resources.some((isWithin) => isWithin(resource)));
          if (isExplained || (resource !== undefined && !concerns(action, resource))) continue;
          surprises.push({
            words: `${place} allows ${principal === undefined ? "" : `${principal} `}${written}${resource === undefined ? "" : ` on ${resource}`}${conditionWords(statement)}`,
            unknown: false,
          });
        }
      }
    }
  return [...new Map(surprises.map((surprise) => [surprise.words, surprise])).values()];
}

function conditionWords(statement: RawStatement): string {
  const conditions = conditionsOf(statement.Condition);
  return conditions.length === 0
    ? ""
    : ` where ${conditions.map(({ operator, key, values }) => `${key} ${operator} ${values.join(" or ")}`).join(" and ")}`;
}

/** The known actions that a pattern covers; one that is no known action stands for itself. */
function expanded(written: string): string[] {
  const lower = written.toLowerCase();
  if (!/[*?]/.test(lower)) return [lower];
  const [service = "", name = ""] = lower.split(":");
  const known = actionsOf(service);
  if (known === undefined) return [lower];
  const isCovered = matcher(patternOf(name));
  const covered = [...known.keys()].filter(isCovered).map((each) => `${service}:${each}`);
  return covered.length === 0 ? [lower] : covered;
}

/** Whether the pair can ever match a request: an action on a resource of a type that it takes. */
function concerns(action: string, resource: string): boolean {
  const [service = "", name = ""] = action.split(":");
  const known = actionsOf(service)?.get(name);
  if (known === undefined) return true;
  if (known.resources.length === 0) return resource === "*";
  // No bucket's name has a slash, though wildcards reach over one.
  if (service === "s3" && resource.includes("/") && !takesResource(known, AN_OBJECT)) return false;
  return mayTakeResource(known, patternOf(resource));
}

/** Conditions that bound a key to values from above. */
function narrowing(statement: RawStatement): ReadonlyMap<string, readonly string[]> {
  const bounds = new Map<string, readonly string[]>();
  for (const { operator, key, values } of conditionsOf(statement.Condition)) {
    if (operator === "Null" && values.every((value) => value === "true")) bounds.set(key, [ABSENT]);
    if (isUpperBound(operator, key) && !values.some((value) => value.includes("${"))) bounds.set(key, values);
  }
  return bounds;
}

/**
 * Of a key with several values `ForAnyValue` asks for one within: rows mean that, too. `ForAllValues` bounds only where the
 * key is never absent: KMS always says which operations a grant is to have.
 */
function isUpperBound(operator: string, key: string): boolean {
  return (
    /^(ForAnyValue:)?(StringEquals|StringLike|ArnEquals|ArnLike|Bool)$/.test(operator) ||
    (operator === "ForAllValues:StringEquals" && key === "kms:grantoperations")
  );
}

/** Whether a statement for this principal with these conditions allows no more than the request's rows do. */
function isNarrow(
  { principals, caller, conditions }: Grantable,
  principal: string | undefined,
  bounds: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (principals !== undefined && principal !== undefined) {
    const isCaller = principal === caller;
    if (!isCaller && !principals.has(principal)) return false;
    // The very caller needs no narrowing to itself.
    conditions = isCaller ? conditions.filter(([key]) => key !== "aws:principalarn") : conditions;
  }
  return conditions.every(([key, allowed]) => {
    const values = bounds.get(key);
    return values !== undefined && values.every((value) => allowed.some((isWithin) => isWithin(value)));
  });
}
