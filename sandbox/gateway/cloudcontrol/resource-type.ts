/** What Cloud Control knows of a resource type: its schema, and the handlers that make, change and read such resources. */
import type { Context } from "../context";
import { AwsError } from "../errors";
import { list, text } from "../call";
import type { Place } from "../quick/place";
import type { Permission } from "../state";

export type Model = Record<string, unknown>;

export interface ResourceType {
  /** `AWS::QuickSight::DataSource` */
  readonly name: string;
  /** The schema, as far as it says what may be where. */
  readonly properties: Readonly<Record<string, "string" | "number" | "object" | "array">>;
  readonly required: readonly string[];
  readonly readOnly: readonly string[];
  /** What is given and never read. */
  readonly writeOnly: readonly string[];
  readonly createOnly: readonly string[];
  /** The property that is the second half of the identifier, after the account. */
  readonly id: string;
  /** What the schema says of properties within. @throws AwsError */
  check(model: Model): void;
  create(context: Context, model: Model): Promise<void>;
  update(context: Context, before: Model, after: Model): Promise<void>;
  remove(context: Context, id: string): Promise<void>;
  /** Asks whether the caller may read. @throws AwsError */
  mayRead(context: Context, id: string): Promise<void>;
  /** The model of what is there. @throws AwsError ResourceNotFoundException */
  read(context: Context, id: string): Model;
  list(context: Context): Promise<readonly Model[]>;
  /** How far a creation or change has come: `working`, what was wrong in the end, or undefined when all is well. */
  outcome(place: Place, id: string, context: Context): { readonly failed: string } | "working" | undefined;
  /** Whether a creation or change to this model is over before its outcome. */
  unattended(model: Model): boolean;
}

/** Asks for what a handler calls of Quick, with the caller's permissions (the type's schema, `handlers`). @throws AwsError */
export async function allowed(
  context: Context,
  operations: readonly string[],
  resource: string,
  given: Model,
): Promise<void> {
  const { cloud, call, principal } = context;
  const { account, region } = placeOf(context);
  const ResourceArn = `arn:aws:quicksight:${region}:${account}:${resource}`;
  for (const operation of operations) {
    const made = { service: "quicksight", operation, input: { ResourceArn, ...given } };
    await cloud.authorization.onBehalf(call, principal, made);
  }
}

/** Whom a change of the model lets in, and whom it no longer does. */
export function permissionChange(
  before: Model,
  after: Model,
): { readonly GrantPermissions: Permission[]; readonly RevokePermissions: Permission[] } {
  const GrantPermissions = (list(after, "Permissions") ?? []) as Permission[];
  const held = (list(before, "Permissions") ?? []) as Permission[];
  const RevokePermissions = held.flatMap(({ Principal, Actions }) => {
    const kept = GrantPermissions.find((grant) => grant.Principal === Principal)?.Actions ?? [];
    const gone = Actions.filter((action) => !kept.includes(action));
    return gone.length === 0 ? [] : [{ Principal, Actions: gone }];
  });
  return { GrantPermissions, RevokePermissions };
}

/** @throws AwsError when the model is not as the schema says */
export function checkModel(type: ResourceType, given: Model): void {
  for (const name of type.required) {
    if (given[name] === undefined) throw invalid(`#: required key [${name}] not found`);
  }
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(type.properties, name) ? type.properties[name] : undefined;
    if (kind === undefined) throw invalid(`#: extraneous key [${name}] is not permitted`);
    const actual = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
    if (actual !== kind) throw invalid(`#/${name}: expected type: ${kind}, found: ${actual}`);
    if (type.readOnly.includes(name))
      throw invalid(`Encountered unsupported property: read-only property [${name}] is not permitted`);
  }
  type.check(given);
  const account = text(given, "AwsAccountId");
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw invalid("#/AwsAccountId: failed validation constraint for keyword [pattern]");
  }
  const permissions = list(given, "Permissions");
  if (permissions !== undefined && (permissions.length < 1 || permissions.length > 64)) {
    throw invalid("#/Permissions: expected between 1 and 64 items");
  }
}

export function invalid(what: string): AwsError {
  return new AwsError("ValidationException", `Model validation failed (${what})`);
}

export function placeOf({ principal, call }: Context): Place {
  return { account: principal.account, region: call.region };
}
