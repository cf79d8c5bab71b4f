import { randomUUID } from "node:crypto";
import type { Context } from "../context";
import { AwsError } from "../errors";
import type { Stack, StackEvent, StackResource, Tag } from "../state";
import { kindOf } from "./kinds";
import { type ResourceKind, StackCaller } from "./resource-kind";
import { inOrder, readTemplate, resolved, type Template } from "./template";

/** What a stack is to be. */
export interface Wanted {
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly tags: readonly Tag[];
}

/** A change of one resource. */
export interface Change {
  readonly action: "Add" | "Modify" | "Remove";
  readonly logicalId: string;
  readonly type: string;
}

const STACK_TYPE = "AWS::CloudFormation::Stack";

/** Looks at what is wanted. @throws AwsError for a template, parameters or capabilities that CloudFormation would refuse */
export function checked(wanted: Wanted): Template {
  const template = readTemplate(wanted.template);
  for (const [name, { properties, type }] of Object.entries(template.resources)) {
    const kind = kindOf(type);
    const unknown = Object.keys(properties).find((property) => !kind.properties.includes(property));
    if (unknown !== undefined)
      throw new AwsError(
        "ValidationError",
        `Encountered unsupported property ${unknown} in ${name} (${type})`,
      );
    const missing = kind.required.find((property) => !(property in properties));
    if (missing !== undefined)
      throw new AwsError("ValidationError", `Property ${missing} cannot be empty in ${name}`);
  }
  const unknown = Object.keys(wanted.parameters).filter((name) => !Object.hasOwn(template.parameters, name));
  if (unknown.length > 0)
    throw new AwsError("ValidationError", `Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing = Object.entries(template.parameters)
    .filter(([name, declared]) => declared.default === undefined && !Object.hasOwn(wanted.parameters, name))
    .map(([name]) => name);
  if (missing.length > 0)
    throw new AwsError("ValidationError", `Parameters: [${missing.join(", ")}] must have values`);
  const needed = neededCapability(template);
  if (
    needed !== undefined &&
    !wanted.capabilities.includes(needed) &&
    !wanted.capabilities.includes("CAPABILITY_NAMED_IAM")
  )
    throw new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`);
  inOrder(template);
  return template;
}

/** What somebody has to say that they know of: the template makes IAM resources, and with names of its own choice. */
export function neededCapability(template: Template): string | undefined {
  const resources = Object.values(template.resources).filter(({ type }) => type.startsWith("AWS::IAM::"));
  if (resources.length === 0) return undefined;
  return resources.some(({ type, properties }) => kindOf(type).nameProperty in properties)
    ? "CAPABILITY_NAMED_IAM"
    : "CAPABILITY_IAM";
}

/** A stack that is about to be made. */
export function newStack({ principal, call }: Context, name: string, wanted: Wanted, status: string): Stack {
  const id = `arn:aws:cloudformation:${call.region}:${principal.account}:stack/${name}/${randomUUID()}`;
  return {
    id,
    name,
    ...wanted,
    status,
    created: new Date().toISOString(),
    resources: {},
    outputs: {},
    events: [],
  };
}

/** Brings a stack from what it is to what is wanted; one that fails goes back to what it was. Never throws AwsErrors. */
export async function apply(
  context: Context,
  stack: Stack,
  wanted: Wanted,
  kind: "CREATE" | "UPDATE",
): Promise<void> {
  const run = new Run(context, stack, wanted);
  run.happened(`${kind}_IN_PROGRESS`);
  try {
    await run.forward();
  } catch (error) {
    const reason = reasonOf(error);
    run.happened(kind === "CREATE" ? "ROLLBACK_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS", reason);
    try {
      await run.back();
      run.happened(kind === "CREATE" ? "ROLLBACK_COMPLETE" : "UPDATE_ROLLBACK_COMPLETE", reason);
    } catch (again) {
      run.happened(kind === "CREATE" ? "ROLLBACK_FAILED" : "UPDATE_ROLLBACK_FAILED", reasonOf(again));
    }
    return;
  }
  run.happened(`${kind}_COMPLETE`);
}

/** Deletes all that a stack made. */
export async function remove(context: Context, stack: Stack): Promise<void> {
  const run = new Run(context, stack, stack);
  run.happened("DELETE_IN_PROGRESS");
  try {
    await run.empty();
    run.happened("DELETE_COMPLETE");
  } catch (error) {
    run.happened("DELETE_FAILED", reasonOf(error));
  }
}

/** What a change of a stack would do, as far as it is known before. */
export function changesOf(context: Context, stack: Stack, wanted: Wanted): Change[] {
  return new Run(context, stack, wanted).plan();
}

function reasonOf(error: unknown): string {
  if (error instanceof AwsError && error.status < 500) return error.message;
  throw error;
}

/** One change of a stack on its way. */
class Run {
  private readonly before: Stack;
  private readonly template: Template;
  private readonly caller: StackCaller;
  private now: Stack;

  constructor(
    private readonly context: Context,
    stack: Stack,
    private readonly wanted: Wanted,
  ) {
    this.before = stack;
    this.now = stack;
    this.template = readTemplate(wanted.template);
    this.caller = new StackCaller(context);
  }

  /** Something happened to the stack itself. */
  happened(status: string, reason?: string): void {
    const time = new Date().toISOString();
    this.keep({
      status,
      reason,
      ...(/^UPDATE/.test(status) ? { updated: time } : {}),
      ...(status === "DELETE_COMPLETE" ? { deleted: time } : {}),
    });
    this.told(this.now.name, { type: STACK_TYPE, physicalId: this.now.id }, status, reason);
  }

  async forward(): Promise<void> {
    const { resources, outputs } = this.template;
    for (const logicalId of inOrder(this.template)) await this.bring(logicalId);
    // A resource that another one still names goes after that one.
    for (const logicalId of Object.keys(this.now.resources).reverse())
      if (!Object.hasOwn(resources, logicalId)) await this.delete(logicalId);
    const { template, parameters, capabilities, tags } = this.wanted;
    this.keep({
      template,
      parameters,
      capabilities,
      tags,
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { value, description }]) => [
          name,
          {
            value: String(resolved(value, this.surroundings)),
            ...(description === undefined ? {} : { description }),
          },
        ]),
      ),
    });
  }

  async back(): Promise<void> {
    for (const [logicalId, was] of Object.entries(this.before.resources)) {
      const is = this.now.resources[logicalId];
      if (is === undefined) await this.create(logicalId, was.type, was.properties);
      else if (is.physicalId !== was.physicalId) {
        await this.delete(logicalId);
        await this.create(logicalId, was.type, was.properties);
      } else if (!same(is.properties, was.properties)) await this.change(logicalId, is, was.properties);
    }
    for (const logicalId of Object.keys(this.now.resources).reverse())
      if (!Object.hasOwn(this.before.resources, logicalId)) await this.delete(logicalId);
  }

  async empty(): Promise<void> {
    for (const logicalId of Object.keys(this.now.resources).reverse()) await this.delete(logicalId);
  }

  plan(): Change[] {
    const { resources } = this.template;
    return [
      ...inOrder(this.template).flatMap((logicalId): Change[] => {
        const type = resources[logicalId]?.type ?? "";
        const is = this.now.resources[logicalId];
        if (is === undefined) return [{ action: "Add", logicalId, type }];
        return same(is.properties, this.properties(logicalId)) ? [] : [{ action: "Modify", logicalId, type }];
      }),
      ...Object.entries(this.now.resources)
        .filter(([logicalId]) => !Object.hasOwn(resources, logicalId))
        .map(([logicalId, { type }]): Change => ({ action: "Remove", logicalId, type })),
    ];
  }

  private async bring(logicalId: string): Promise<void> {
    const type = this.template.resources[logicalId]?.type ?? "";
    const properties = this.properties(logicalId);
    const is = this.now.resources[logicalId];
    if (is === undefined) return this.create(logicalId, type, properties);
    if (same(is.properties, properties)) return undefined;
    const kind = kindOf(type);
    if (is.type !== type || kind.createOnly.some((name) => !same(is.properties[name], properties[name])))
      return this.replace(logicalId, is, type, properties, kind);
    return this.change(logicalId, is, properties);
  }

  /** The new one first, as CloudFormation does it, so that what is named by a template needs a new name. */
  private async replace(
    logicalId: string,
    is: StackResource,
    type: string,
    properties: Readonly<Record<string, unknown>>,
    kind: ResourceKind,
  ): Promise<void> {
    const name = properties[kind.nameProperty];
    if (name !== undefined && name === is.properties[kind.nameProperty])
      throw new AwsError(
        "ValidationError",
        `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${JSON.stringify(name)} and update the stack again.`,
      );
    await this.create(logicalId, type, properties);
    await kindOf(is.type).delete(this.caller, is, is.properties);
  }

  private async create(
    logicalId: string,
    type: string,
    properties: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.step(logicalId, type, "CREATE", "", async () => {
      const name = `${this.now.name}-${logicalId}-${randomUUID().slice(0, 12).replace("-", "").toUpperCase()}`;
      const made = await kindOf(type).create(this.caller, name.slice(-64), properties);
      this.put(logicalId, { type, properties, ...made, time: new Date().toISOString() });
      return made.physicalId;
    });
  }

  private async change(
    logicalId: string,
    is: StackResource,
    properties: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.step(logicalId, is.type, "UPDATE", is.physicalId, async () => {
      // What is half changed when it fails is changed back as a whole.
      this.put(logicalId, { ...is, properties, time: new Date().toISOString() });
      await kindOf(is.type).update(this.caller, is, is.properties, properties);
      return is.physicalId;
    });
  }

  private async delete(logicalId: string): Promise<void> {
    const is = this.now.resources[logicalId];
    if (is === undefined) return;
    await this.step(logicalId, is.type, "DELETE", is.physicalId, async () => {
      await kindOf(is.type)
        .delete(this.caller, is, is.properties)
        .catch((error: unknown) => {
          if (!(error instanceof AwsError) || !error.code.startsWith("NoSuchEntity")) throw error;
        });
      const resources = { ...this.now.resources };
      Reflect.deleteProperty(resources, logicalId);
      this.keep({ resources });
      return is.physicalId;
    });
  }

  private async step(
    logicalId: string,
    type: string,
    kind: string,
    physicalId: string,
    work: () => Promise<string>,
  ): Promise<void> {
    this.told(logicalId, { type, physicalId }, `${kind}_IN_PROGRESS`);
    try {
      this.told(logicalId, { type, physicalId: await work() }, `${kind}_COMPLETE`);
    } catch (error) {
      const reason = reasonOf(error);
      this.told(logicalId, { type, physicalId }, `${kind}_FAILED`, reason);
      throw new AwsError(
        "ValidationError",
        `The following resource(s) failed to ${kind.toLowerCase()}: [${logicalId}]. ${reason}`,
      );
    }
  }

  /** The resource's properties with all functions carried out, and the stack's tags among its own. */
  private properties(logicalId: string): Readonly<Record<string, unknown>> {
    const declared = this.template.resources[logicalId];
    const own = resolved(declared?.properties ?? {}, this.surroundings) as Record<string, unknown>;
    if (this.wanted.tags.length === 0) return own;
    const tags = Array.isArray(own["Tags"]) ? (own["Tags"] as Tag[]) : [];
    const keys = new Set(tags.map(({ Key }) => Key));
    return { ...own, Tags: [...tags, ...this.wanted.tags.filter(({ Key }) => !keys.has(Key))] };
  }

  private readonly surroundings = {
    ref: (name: string): string | undefined => {
      const { principal, call } = this.context;
      switch (name) {
        case "AWS::AccountId":
          return principal.account;
        case "AWS::Partition":
          return "aws";
        case "AWS::Region":
          return call.region;
        case "AWS::StackId":
          return this.now.id;
        case "AWS::StackName":
          return this.now.name;
        case "AWS::URLSuffix":
          return "amazonaws.com";
        default:
          return (
            this.wanted.parameters[name] ??
            this.template.parameters[name]?.default ??
            this.now.resources[name]?.physicalId ??
            // Before it is made, for a look at what would be.
            (Object.hasOwn(this.template.resources, name) ? `{{${name}}}` : undefined)
          );
      }
    },
    attribute: (logicalId: string, name: string): string | undefined =>
      this.now.resources[logicalId] === undefined && Object.hasOwn(this.template.resources, logicalId)
        ? `{{${logicalId}.${name}}}`
        : this.now.resources[logicalId]?.attributes[name],
  };

  private put(logicalId: string, resource: StackResource): void {
    this.keep({ resources: { ...this.now.resources, [logicalId]: resource } });
  }

  private keep(changed: Partial<Stack>): void {
    this.now = { ...this.now, ...changed };
    const { cloud } = this.context;
    cloud.state.stacks = { ...cloud.state.stacks, [this.now.id]: this.now };
    cloud.changed();
  }

  private told(
    logicalId: string,
    { type, physicalId }: { readonly type: string; readonly physicalId: string },
    status: string,
    reason?: string,
  ): void {
    const event: StackEvent = {
      id: randomUUID(),
      logicalId,
      physicalId,
      type,
      status,
      reason,
      time: new Date().toISOString(),
    };
    this.keep({ events: [...this.now.events, event] });
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
