/** The contract between the provider and the resource types it serves, one file each in resources/. */
import type { OutputInstance, Resource } from "@pulumi/pulumi";
import type { Cloud } from "./cloud";
import type { ServedToken } from "./served-tokens";
import type { Asset, Value, Values } from "./values";

/** What a property's rule says. Rules are keyed by path; list indexes are left out (`rules.filter.prefix`). */
export interface PropertyRule {
  /** What the real provider fills in when the program says nothing. */
  readonly default?: Value;
  /** AWS fills it in when the program says nothing, so its absence is no difference. */
  readonly computed?: true;
  /** A change replaces the resource. */
  readonly replaces?: true;
  /** The order of the list means nothing. */
  readonly set?: true;
  /** The text is a policy document or JSON: compared by meaning. */
  readonly document?: "policy" | "json";
  /** Whether two known values mean the same, where no other rule can tell. */
  readonly same?: (left: Value, right: Value) => boolean;
  /** @pulumi/aws has it and this provider does not: refused by name, never ignored. */
  readonly unserved?: true;
}

/** A name made from the resource's logical name when the program gives none, as the real provider does. */
export interface Naming {
  readonly property: string;
  readonly maxLength: number;
  readonly lowerCase?: true;
}

/** The resource's id and what an import id tells of its state. */
export interface Imported {
  readonly id: string;
  readonly known?: Values;
}

/**
 * One resource type. `Inputs` and `State` are the known values of its arguments and state; the provider has checked
 * inputs against properties.json and filled in the defaults before any of the functions sees them.
 */
export interface ResourceType<Inputs = Values, State = Values> {
  readonly token: ServedToken;
  /** Every input that is served, with its rules. `region` and `tags` need no entry beyond being named. */
  readonly properties: Readonly<Record<string, PropertyRule>>;
  /** Inputs that make the resource's identity in AWS: two with the same cannot exist at once. */
  readonly identity: readonly string[];
  /** Outputs of @pulumi/aws, other than inputs, that this provider leaves out. */
  readonly omits?: readonly string[];
  readonly naming?: Naming;
  /** Faults of the inputs that their types do not show, as messages by property. */
  check?(inputs: Partial<Inputs>): Readonly<Record<string, string>>;
  /** Inputs whose change replaces the resource, found by looking inside them. */
  alsoReplaces?(old: State, inputs: Inputs): readonly string[];
  /** Outputs that an update of these inputs changes in a way not known in preview. */
  unknownAfter?(changed: ReadonlySet<string>): readonly string[];
  /**
   * Creates it. Calls `exists` with the id as soon as AWS has it, so that a failure after that is a half-made resource
   * that the engine knows of, and no orphan; and with those outputs that AWS tells only then.
   */
  create(cloud: Cloud, inputs: Inputs & Tagged, exists: (id: string, told?: State) => void): Promise<void>;
  /**
   * Its state, or `undefined` when it is gone. Every property that AWS tells is in the answer, as `undefined` when it
   * is not set; what AWS does not tell (`forceDestroy`) is left out and kept from `known`.
   */
  read(cloud: Cloud, id: string, known: Partial<State>): Promise<State | undefined>;
  /** Brings it to the inputs; `changed` names the inputs that differ from the old state. Absent: every change replaces. */
  update?(
    cloud: Cloud,
    id: string,
    inputs: Inputs & Tagged,
    old: State,
    changed: ReadonlySet<string>,
  ): Promise<void>;
  /** Deletes it; when it is gone already that is a success. */
  delete(cloud: Cloud, id: string, state: State): Promise<void>;
  /** The resource of an import id, where that is not simply the id. */
  import?(cloud: Cloud, importId: string): Promise<Imported> | Imported;
}

/** The resource's tags with the provider's default ones. */
export interface Tagged {
  readonly tagsAll?: Readonly<Record<string, string>>;
}

/** The known value of an input of @pulumi/aws. Its asset classes declare no members, by which they are told. */
export type Known<T> = T extends string | number | boolean | undefined
  ? T
  : T extends Promise<unknown> | OutputInstance<unknown> | Resource
    ? never
    : T extends readonly (infer Item)[]
      ? Known<Item>[]
      : [keyof T] extends [never]
        ? Asset
        : { [Name in keyof T]: Known<T[Name]> };

/** A resource type written against the arguments and state that @pulumi/aws declares for it. */
export function resourceType<Arguments extends object, State extends object>(
  type: ResourceType<Known<Arguments>, Known<State>>,
): ResourceType {
  // Inputs are checked against the same declarations (properties.json) before any of the functions is called.
  return type as unknown as ResourceType;
}
