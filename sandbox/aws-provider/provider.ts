/** The provider itself, apart from how the engine talks to it (server.ts). */
import { Cloud } from "./cloud";
import { configurationFaults, readConfiguration, type Configuration } from "./configuration";
import { connect } from "./credentials";
import { differences, sameProperty, topLevel, withDefaults, type Difference } from "./difference";
import { isBlank } from "./equality";
import { declarationOf, faultsOf, withPolicyText, type InputFault } from "./input-check";
import { invoke } from "./invokes";
import { madeName, type NamingRequest } from "./naming";
import { resourceTypes } from "./registry";
import type { ResourceType } from "./resource-type";
import { conceal, hasUnknown, isList, isValues, reveal, unknown, type Value, type Values } from "./values";

/** What a difference between state and inputs leads to. */
export interface Diff {
  readonly differences: readonly Difference[];
  readonly deleteBeforeReplace: boolean;
}

/** A resource as AWS has it. */
export interface Found {
  readonly id: string;
  readonly state: Values;
  readonly inputs: Values;
}

/** AWS has the resource, but setting it up did not come to its end. */
export class HalfMade extends Error {
  constructor(
    readonly found: Found,
    cause: unknown,
  ) {
    super(describe(cause), { cause });
  }
}

/** The names of the inputs that defaults filled in, kept among the inputs as the real provider does. */
const defaultedKey = "__defaults";

/** One provider instance: one account, Region and set of default tags. */
export class AwsProvider {
  private readonly cancellation = new AbortController();
  private configured: { readonly cloud: Cloud; readonly configuration: Configuration } | undefined;

  /** Every fault of the instance's arguments. */
  checkConfiguration(inputs: Values): InputFault[] {
    return configurationFaults(reveal(inputs));
  }

  /** Gets credentials and refuses a wrong account. Throws when either fails. */
  async configure(inputs: Values): Promise<void> {
    const configuration = readConfiguration(reveal(inputs));
    const { settings, identity } = await connect(configuration);
    const cloud = new Cloud(settings, identity, configuration.s3PathStyle, this.cancellation.signal);
    this.configured = { cloud, configuration };
  }

  /** Ends every wait; what waits fails. */
  cancel(): void {
    this.cancellation.abort();
  }

  /** Answers a function of @pulumi/aws. Throws for those it does not know. */
  invoke(token: string): Values {
    return invoke(token, this.cloud({}));
  }

  /** The inputs with names, defaults and document texts filled in, and their faults. */
  check(
    token: string,
    news: Values,
    olds: Values,
    naming: NamingRequest,
  ): { inputs: Values; faults: InputFault[] } {
    const type = this.type(token);
    const given = withPolicyText(type, reveal(news));
    const faults = faultsOf(type, given);
    if (faults.length > 0) return { inputs: news, faults };
    const named = this.named(type, given, reveal(olds), naming);
    const { inputs, defaulted } = withDefaults(type.properties, named.inputs);
    const checked = { ...inputs, [defaultedKey]: [...defaulted, ...named.made].sort() };
    return { inputs: conceal(checked, news), faults: [] };
  }

  private named(
    type: ResourceType,
    inputs: Values,
    olds: Values,
    request: NamingRequest,
  ): { inputs: Values; made: string[] } {
    const { naming } = type;
    if (naming === undefined || inputs[naming.property] !== undefined) return { inputs, made: [] };
    const kept = wasDefaulted(olds, naming.property) ? olds[naming.property] : undefined;
    const name = typeof kept === "string" ? kept : madeName(naming, request);
    return { inputs: { ...inputs, [naming.property]: name }, made: [naming.property] };
  }

  /** What differs between the state and the checked inputs, but for the paths to be ignored. */
  diff(token: string, olds: Values, news: Values, ignored: readonly string[]): Diff {
    const type = this.type(token);
    const [state, inputs] = [reveal(olds), this.complete(type, reveal(news))];
    const found = this.differences(type, state, inputs).filter(({ path }) => !isIgnored(path, ignored));
    const replaced = new Set(found.filter((d) => d.replaces).map((d) => topLevel(d.path)));
    const { naming, identity } = type;
    const madeUp = naming !== undefined && wasDefaulted(inputs, naming.property);
    return {
      differences: found,
      deleteBeforeReplace:
        replaced.size > 0 && !madeUp && identity.length > 0 && !identity.some((name) => replaced.has(name)),
    };
  }

  private differences(type: ResourceType, state: Values, inputs: Values): Difference[] {
    const found = differences(type.properties, comparedNames(type), state, inputs);
    if (hasRegion(type) && this.configured !== undefined && typeof state["region"] === "string") {
      const wanted = inputs["region"] ?? this.configured.cloud.region;
      if (wanted !== state["region"]) found.push({ path: "region", kind: "updated", replaces: true });
    }
    const more = hasUnknown(inputs) ? [] : (type.alsoReplaces?.(state, inputs) ?? []);
    return found.map((difference) =>
      type.update === undefined || more.includes(topLevel(difference.path))
        ? { ...difference, replaces: true }
        : difference,
    );
  }

  /** The outputs that a creation will have, as far as they follow from the inputs. */
  previewCreate(token: string, news: Values): Values {
    const type = this.type(token);
    const inputs = this.complete(type, reveal(news));
    const outputs: Record<string, Value> = {};
    const declared = declarationOf(type);
    for (const name of declared.outputs) {
      if (inputs[name] !== undefined) outputs[name] = filledUp(type, name, inputs[name]);
      else if (type.omits?.includes(name) === true) continue;
      else if (declared.inputs[name] === undefined || type.properties[name]?.computed === true)
        outputs[name] = unknown;
    }
    if (hasRegion(type) && this.configured !== undefined) {
      outputs["region"] = inputs["region"] ?? this.configured.cloud.region;
    }
    return concealed(outputs, news);
  }

  /** The outputs that an update will have, as far as they follow from the inputs and the old state. */
  previewUpdate(token: string, olds: Values, news: Values): Values {
    const type = this.type(token);
    const [state, inputs] = [reveal(olds), this.complete(type, reveal(news))];
    const changed = this.changed(type, state, inputs);
    const outputs: Record<string, Value> = { ...state };
    for (const name of changed) outputs[name] = filledUp(type, name, inputs[name], state[name]);
    for (const name of type.unknownAfter?.(changed) ?? []) outputs[name] = unknown;
    return concealed(outputs, olds, news);
  }

  /** Creates it. Throws `HalfMade` when it exists and a later step failed. */
  async create(token: string, news: Values): Promise<Found> {
    const type = this.type(token);
    const inputs = this.complete(type, reveal(news));
    const cloud = this.cloud(inputs);
    let id = "";
    let known = inputs;
    try {
      await type.create(cloud, inputs, (made, told) => {
        id = made;
        known = { ...inputs, ...told };
      });
      if (id === "") throw new Error(`${type.token} was created without an id`);
      const read = await cloud.appearance(`${type.token} "${id}"`, () => type.read(cloud, id, known));
      return { id, inputs: news, state: concealed(this.outputs(type, cloud, read, known), news) };
    } catch (error) {
      if (id === "") throw error;
      throw await this.halfMade(type, cloud, id, known, news, error);
    }
  }

  /** Brings it to the inputs. Throws `HalfMade` when a step failed: others may have been done. */
  async update(token: string, id: string, olds: Values, news: Values): Promise<Found> {
    const type = this.type(token);
    const [state, inputs] = [reveal(olds), this.complete(type, reveal(news))];
    const cloud = this.cloud(inputs);
    const changed = this.changed(type, state, inputs);
    try {
      // The engine updates what was half made before, though nothing of it has changed: what lacked is to be read.
      if (type.update === undefined && changed.size > 0) throw new Error(`${type.token} cannot be updated`);
      await type.update?.(cloud, id, inputs, state, changed);
      const known = { ...state, ...inputs };
      const read = await cloud.appearance(`${type.token} "${id}"`, () => type.read(cloud, id, known));
      return { id, inputs: news, state: concealed(this.outputs(type, cloud, read, inputs), olds, news) };
    } catch (error) {
      throw await this.halfMade(type, cloud, id, state, news, error);
    }
  }

  /** What to tell the engine of a resource whose creation or update failed on the way: what AWS has of it. */
  private async halfMade(
    type: ResourceType,
    cloud: Cloud,
    id: string,
    known: Values,
    news: Values,
    cause: unknown,
  ): Promise<HalfMade> {
    const read = await type.read(cloud, id, known).catch(() => undefined);
    const state = read === undefined ? known : this.outputs(type, cloud, read, known);
    return new HalfMade({ id, inputs: news, state: concealed(state, news) }, cause);
  }

  /**
   * Reads it as AWS has it; `undefined` when it is gone. Without state and inputs the id is an import id. The inputs
   * in the answer are those that would make what AWS has.
   */
  async read(token: string, id: string, olds: Values, oldInputs: Values): Promise<Found | undefined> {
    const type = this.type(token);
    const [state, inputs] = [reveal(olds), reveal(oldInputs)];
    const importing = Object.keys(state).length === 0 && Object.keys(inputs).length === 0;
    const { bare, region } =
      importing && hasRegion(type) ? splitRegion(id) : { bare: id, region: state["region"] };
    const cloud = this.cloud({ region: region ?? inputs["region"] });
    const target = importing ? ((await type.import?.(cloud, bare)) ?? { id: bare }) : { id: bare };
    const known = { ...inputs, ...state, ...target.known };
    const read = await type.read(cloud, target.id, known);
    if (read === undefined) return undefined;
    const outputs = this.outputs(type, cloud, read, known);
    const found = importing
      ? this.importedInputs(type, outputs)
      : this.refreshedInputs(type, outputs, inputs);
    const place = region !== undefined && region !== this.configured?.cloud.region ? { region } : {};
    return {
      id: target.id,
      state: concealed(outputs, oldInputs, olds),
      inputs: conceal({ ...found, ...place }, oldInputs),
    };
  }

  /** Deletes it. */
  async delete(token: string, id: string, olds: Values): Promise<void> {
    const state = reveal(olds);
    await this.type(token).delete(this.cloud(state), id, state);
  }

  private type(token: string): ResourceType {
    const type = resourceTypes.get(token);
    if (type === undefined) {
      throw new Error(`"${token}" is not served by the sandbox's aws provider: use the real provider for it`);
    }
    return type;
  }

  private cloud(values: Values): Cloud {
    if (this.configured === undefined) throw new Error("the aws provider is not configured");
    const { region } = values;
    return typeof region === "string" ? this.configured.cloud.in(region) : this.configured.cloud;
  }

  /** The inputs with all tags, as `tagsAll`. */
  private complete(type: ResourceType, inputs: Values): Values {
    if (!declarationOf(type).outputs.includes("tagsAll")) return inputs;
    const { tags } = inputs;
    if (tags !== undefined && !isValues(tags)) return { ...inputs, tagsAll: unknown };
    return { ...inputs, tagsAll: { ...this.configured?.configuration.defaultTags, ...tags } };
  }

  private changed(type: ResourceType, state: Values, inputs: Values): ReadonlySet<string> {
    return new Set(
      differences(type.properties, comparedNames(type), state, inputs).map((d) => topLevel(d.path)),
    );
  }

  /** What is stored: what AWS tells, and of what it does not tell, or tells in other words, what is known already. */
  private outputs(type: ResourceType, cloud: Cloud, read: Values, known: Values): Values {
    const outputs: Record<string, Value> = {};
    const { inputs, outputs: declared } = declarationOf(type);
    for (const name of declared) {
      if (!(name in read)) {
        if (type.properties[name] !== undefined) outputs[name] = known[name];
      } else {
        const inOtherWords =
          inputs[name] !== undefined &&
          (typeof known[name] === "string" || isList(known[name])) &&
          sameProperty(type.properties, name, read[name], known[name]);
        const nothing = inputs[name] !== undefined && known[name] === undefined && isEmpty(read[name]);
        outputs[name] = inOtherWords ? known[name] : nothing ? undefined : read[name];
      }
    }
    if (hasRegion(type)) outputs["region"] = cloud.region;
    if ("tagsAll" in read) {
      const { tagsAll } = read;
      const all = isValues(tagsAll) ? tagsAll : {};
      const own = isValues(known["tags"]) ? known["tags"] : {};
      const defaults = this.configured?.configuration.defaultTags ?? {};
      const tags = Object.fromEntries(
        Object.entries(all).filter(([key, value]) => own[key] !== undefined || defaults[key] !== value),
      );
      outputs["tagsAll"] = all;
      outputs["tags"] = Object.keys(tags).length === 0 ? undefined : tags;
    }
    return outputs;
  }

  private refreshedInputs(type: ResourceType, outputs: Values, old: Values): Values {
    const inputs: Record<string, Value> = { [defaultedKey]: old[defaultedKey] };
    for (const name of inputNames(type)) {
      const same = sameProperty(type.properties, name, outputs[name], old[name]);
      const value = same ? old[name] : outputs[name];
      if (value !== undefined) inputs[name] = value;
    }
    return inputs;
  }

  private importedInputs(type: ResourceType, outputs: Values): Values {
    const inputs: Record<string, Value> = { [defaultedKey]: [] };
    for (const name of inputNames(type)) {
      const value = outputs[name];
      if (!isBlank(value) && value !== type.properties[name]?.default) inputs[name] = value;
    }
    return inputs;
  }
}

/** An error in words, with AWS's code. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(describe).join("; ");
  return "$metadata" in error ? `${error.name}: ${error.message}` : error.message;
}

function inputNames(type: ResourceType): string[] {
  const names = Object.keys(type.properties).filter((path) => !path.includes("."));
  return declarationOf(type).inputs["tags"] === undefined ? names : [...new Set([...names, "tags"])];
}

function comparedNames(type: ResourceType): string[] {
  const names = inputNames(type);
  return declarationOf(type).outputs.includes("tagsAll") ? [...names, "tagsAll"] : names;
}

function hasRegion(type: ResourceType): boolean {
  return declarationOf(type).inputs["region"] !== undefined;
}

function wasDefaulted(inputs: Values, name: string): boolean {
  const names = inputs[defaultedKey];
  return isList(names) && names.includes(name);
}

/** An object that AWS fills up, with what it filled in before, or as unknown. */
function filledUp(type: ResourceType, path: string, value: Value, old?: Value): Value {
  if (isList(value)) return value.map((inner) => filledUp(type, path, inner));
  if (!isValues(value)) return value;
  const before = isValues(old) ? old : {};
  const filled: Record<string, Value> = {};
  for (const [name, inner] of Object.entries(value)) {
    filled[name] = filledUp(type, `${path}.${name}`, inner, before[name]);
  }
  for (const [rulePath, rule] of Object.entries(type.properties)) {
    const name = rulePath.slice(path.length + 1);
    if (!rulePath.startsWith(`${path}.`) || name.includes(".")) continue;
    if (rule.computed === true && rule.unserved !== true) filled[name] ??= before[name] ?? unknown;
  }
  return filled;
}

/** Whether AWS tells of an input that nobody gave, and tells nothing. */
function isEmpty(value: Value): boolean {
  return value === "" || ((isList(value) || isValues(value)) && Object.keys(value).length === 0);
}

function isIgnored(path: string, ignored: readonly string[]): boolean {
  return ignored.some(
    (other) => path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`),
  );
}

/** An import id of a Region other than the provider's ends in `@<Region>`. */
function splitRegion(id: string): { bare: string; region: string | undefined } {
  const parts = /^(?<bare>.+)@(?<region>[a-z]{2}(?:-[a-z]+)+-\d)$/.exec(id)?.groups;
  return { bare: parts?.["bare"] ?? id, region: parts?.["region"] };
}

/** The outputs, with as secret what was secret in any of the others; secret tags are secret among all tags too. */
function concealed(outputs: Values, ...marks: readonly Values[]): Values {
  return marks.reduce<Values>((values, mark) => conceal(values, { ...mark, tagsAll: mark["tags"] }), outputs);
}
