import { randomUUID } from "node:crypto";
import { element, queryAnswer } from "../answer";
import type { Answer } from "../answer";
import { queryInput } from "../call";
import { apply, changesOf, checked, neededCapability, newStack, remove } from "../cloudformation/stacks";
import type { Wanted } from "../cloudformation/stacks";
import { readTemplate } from "../cloudformation/template";
import type { Context, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import type { ChangeSet, Stack, StackResource, Tag } from "../state";
import { without } from "../without";
import { keptHere } from "./kept-here";

const NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/** Stacks of IAM roles and policies, and of administrators of the data lake, made with the permissions of whoever makes the stack; each request ends when its work does. */
export const cloudFormation: Handlers = keptHere("cloudformation", {
  async CreateStack(context) {
    const name = stackName(context);
    const wanted = wantedBy(context, undefined);
    if (named(context, name) !== undefined)
      throw new AwsError("AlreadyExistsException", `Stack [${name}] already exists`);
    checked(wanted);
    const stack = newStack(context, name, wanted, "CREATE_IN_PROGRESS");
    await apply(context, stack, wanted, "CREATE");
    return answered(context, element("StackId", stack.id));
  },

  async UpdateStack(context) {
    const stack = required(context);
    refuseUnless(stack, /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/, "updated");
    const wanted = wantedBy(context, stack);
    checked(wanted);
    if (isNothing(context, stack, wanted))
      throw new AwsError("ValidationError", "No updates are to be performed.");
    await apply(context, stack, wanted, "UPDATE");
    return answered(context, element("StackId", stack.id));
  },

  async DeleteStack(context) {
    const stack = named(context, inputOf(context, "StackName"));
    // To delete what is not there is no mistake.
    if (stack !== undefined && stack.status !== "DELETE_COMPLETE") await remove(context, stack);
    return answered(context, "");
  },

  DescribeStacks(context) {
    const name = inputOf(context, "StackName");
    const stacks = name === "" ? Object.values(stacksOf(context)).filter(isThere) : [required(context)];
    return answered(context, list("Stacks", stacks.map(described)));
  },

  ListStacks(context) {
    const filter = members(queryInput(context.call), "StackStatusFilter");
    const stacks = Object.values(stacksOf(context)).filter(
      ({ status }) => filter.length === 0 || filter.includes(status),
    );
    return answered(
      context,
      list(
        "StackSummaries",
        stacks.map((stack) => elements(summary(stack))),
      ),
    );
  },

  DescribeStackEvents(context) {
    const stack = required(context);
    const events = [...stack.events].reverse().map((event) =>
      elements({
        StackId: stack.id,
        StackName: stack.name,
        EventId: event.id,
        LogicalResourceId: event.logicalId,
        PhysicalResourceId: event.physicalId,
        ResourceType: event.type,
        Timestamp: event.time,
        ResourceStatus: event.status,
        ResourceStatusReason: event.reason,
      }),
    );
    return answered(context, list("StackEvents", events));
  },

  DescribeStackResources(context) {
    const stack = required(context);
    const only = inputOf(context, "LogicalResourceId");
    const resources = Object.entries(stack.resources).filter(([name]) => only === "" || name === only);
    return answered(
      context,
      list(
        "StackResources",
        resources.map(([name, resource]) =>
          elements({
            StackId: stack.id,
            StackName: stack.name,
            ...shown(stack, name, resource, "Timestamp"),
          }),
        ),
      ),
    );
  },

  DescribeStackResource(context) {
    const stack = required(context);
    const name = inputOf(context, "LogicalResourceId");
    const resource = stack.resources[name];
    if (resource === undefined)
      throw new AwsError("ValidationError", `Resource ${name} does not exist for stack ${stack.name}`);
    const detail = {
      StackId: stack.id,
      StackName: stack.name,
      ...shown(stack, name, resource, "LastUpdatedTimestamp"),
    };
    return answered(context, `<StackResourceDetail>${elements(detail)}</StackResourceDetail>`);
  },

  ListStackResources(context) {
    const stack = required(context);
    return answered(
      context,
      list(
        "StackResourceSummaries",
        Object.entries(stack.resources).map(([name, resource]) =>
          elements(shown(stack, name, resource, "LastUpdatedTimestamp")),
        ),
      ),
    );
  },

  GetTemplate(context) {
    return answered(
      context,
      element("TemplateBody", required(context).template) +
        list("StagesAvailable", ["Original", "Processed"]),
    );
  },

  GetTemplateSummary(context) {
    const body = inputOf(context, "TemplateBody");
    return answered(context, summaryOf(body === "" ? required(context).template : body));
  },

  ValidateTemplate(context) {
    return answered(context, summaryOf(inputOf(context, "TemplateBody")));
  },

  CreateChangeSet(context) {
    const name = stackName(context);
    const type = inputOf(context, "ChangeSetType") || "UPDATE";
    if (type !== "CREATE" && type !== "UPDATE")
      throw notImplemented("cloudformation", `change sets of type ${type}`, "are not served here");
    const existing = named(context, name);
    if (type === "UPDATE" && existing === undefined) throw missing(name);
    if (type === "CREATE" && existing !== undefined && existing.status !== "REVIEW_IN_PROGRESS")
      throw new AwsError(
        "ValidationError",
        `Stack [${name}] already exists and cannot be created again with the changeSet.`,
      );
    const wanted = wantedBy(context, existing);
    checked(wanted);
    const stack = existing ?? newStack(context, name, wanted, "REVIEW_IN_PROGRESS");
    const { cloud } = context;
    cloud.state.stacks = { ...cloud.state.stacks, [stack.id]: stack };
    const nothing = type === "UPDATE" && isNothing(context, stack, wanted);
    const changeSet: ChangeSet = {
      id: changeSetId(context),
      name: inputOf(context, "ChangeSetName"),
      stackId: stack.id,
      ...wanted,
      status: nothing ? "FAILED" : "CREATE_COMPLETE",
      ...(nothing
        ? {
            reason:
              "The submitted information didn't contain changes. Submit different information to create a change set.",
          }
        : {}),
      executed: false,
      changes: changesOf(context, stack, wanted),
      created: new Date().toISOString(),
    };
    cloud.state.changeSets = { ...cloud.state.changeSets, [changeSet.id]: changeSet };
    return answered(context, element("Id", changeSet.id) + element("StackId", stack.id));
  },

  DescribeChangeSet(context) {
    const { id, name, stackId, status, reason, executed, changes, created, ...wanted } = changeSetIn(context);
    const stack = context.cloud.state.stacks[stackId];
    return answered(
      context,
      elements({
        ChangeSetId: id,
        ChangeSetName: name,
        StackId: stackId,
        StackName: stack?.name,
        Status: status,
        StatusReason: reason,
        ExecutionStatus: executed ? "EXECUTE_COMPLETE" : status === "FAILED" ? "UNAVAILABLE" : "AVAILABLE",
        CreationTime: created,
      }) +
        list("Capabilities", wanted.capabilities) +
        list("Tags", wanted.tags.map(tagElements)) +
        list(
          "Changes",
          changes.map(
            ({ action, logicalId, type }) =>
              `${element("Type", "Resource")}<ResourceChange>${elements({ Action: action, LogicalResourceId: logicalId, ResourceType: type })}</ResourceChange>`,
          ),
        ),
    );
  },

  async ExecuteChangeSet(context) {
    const changeSet = changeSetIn(context);
    const { cloud } = context;
    const stack = cloud.state.stacks[changeSet.stackId];
    if (stack === undefined || changeSet.status === "FAILED" || changeSet.executed)
      throw new AwsError(
        "InvalidChangeSetStatus",
        `ChangeSet [${changeSet.id}] cannot be executed in its current status`,
      );
    cloud.state.changeSets = {
      ...cloud.state.changeSets,
      [changeSet.id]: { ...changeSet, executed: true },
    };
    await apply(context, stack, changeSet, stack.status === "REVIEW_IN_PROGRESS" ? "CREATE" : "UPDATE");
    return answered(context, "");
  },

  DeleteChangeSet(context) {
    const { id } = changeSetIn(context);
    context.cloud.state.changeSets = without(context.cloud.state.changeSets, id);
    return answered(context, "");
  },
});

function inputOf({ call }: Context, name: string): string {
  return queryInput(call).get(name) ?? "";
}

function answered({ call, requestId }: Context, result: string): Answer {
  return queryAnswer(call.operation, NAMESPACE, requestId, result);
}

function elements(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? "" : element(name, value)))
    .join("");
}

function tagElements({ Key, Value }: Tag): string {
  return elements({ Key, Value });
}

function list(name: string, items: readonly string[]): string {
  return `<${name}>${items.map((item) => `<member>${item}</member>`).join("")}</${name}>`;
}

function stackName(context: Context): string {
  const name = inputOf(context, "StackName");
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name))
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  return name;
}

/** The stacks of the caller's account and Region, by id. */
function stacksOf({ cloud, principal, call }: Context): Record<string, Stack> {
  const prefix = `arn:aws:cloudformation:${call.region}:${principal.account}:`;
  return Object.fromEntries(Object.entries(cloud.state.stacks).filter(([id]) => id.startsWith(prefix)));
}

function isThere({ status }: Stack): boolean {
  return status !== "DELETE_COMPLETE";
}

/** A stack by name or id; one that was deleted is known by its id only. */
function named(context: Context, name: string): Stack | undefined {
  const stacks = stacksOf(context);
  return stacks[name] ?? Object.values(stacks).find((stack) => stack.name === name && isThere(stack));
}

function missing(name: string): AwsError {
  return new AwsError("ValidationError", `Stack with id ${name} does not exist`);
}

function required(context: Context): Stack {
  const name = inputOf(context, "StackName");
  const stack = named(context, name);
  if (stack === undefined) throw missing(name);
  return stack;
}

function refuseUnless({ id, status }: Stack, states: RegExp, what: string): void {
  if (!states.test(status))
    throw new AwsError("ValidationError", `Stack:${id} is in ${status} state and can not be ${what}.`);
}

function isNothing(context: Context, stack: Stack, wanted: Wanted): boolean {
  const { template, tags, parameters } = stack;
  const asBefore =
    JSON.stringify([template, tags, parameters]) ===
    JSON.stringify([wanted.template, wanted.tags, wanted.parameters]);
  return asBefore || changesOf(context, stack, wanted).length === 0;
}

/** What a request wants a stack to be; what it leaves out stays as it is. */
function wantedBy(context: Context, stack: Stack | undefined): Wanted {
  const input = queryInput(context.call);
  for (const name of ["RoleARN", "TemplateURL", "StackPolicyBody", "StackPolicyURL", "ResourcesToImport"])
    if (input.has(name) || input.has(`${name}.member.1.ResourceType`))
      throw notImplemented("cloudformation", context.call.operation, `with ${name} is not served here`);
  const body = input.get("TemplateBody");
  const previous = input.get("UsePreviousTemplate") === "true" ? stack?.template : undefined;
  const template = body ?? previous;
  if (template === undefined)
    throw new AwsError("ValidationError", "Either Template URL or Template Body must be specified.");
  if (Buffer.byteLength(template) > 51_200)
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200`,
    );
  return {
    template,
    parameters: parametersIn(input, stack),
    capabilities: members(input, "Capabilities"),
    tags: input.has("Tags.member.1.Key") || stack === undefined ? tagsIn(input) : stack.tags,
  };
}

function members(input: URLSearchParams, name: string): string[] {
  const found: string[] = [];
  for (let i = 1; input.has(`${name}.member.${i}`); i++) found.push(input.get(`${name}.member.${i}`) ?? "");
  return found;
}

function parametersIn(input: URLSearchParams, stack: Stack | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (let i = 1; input.has(`Parameters.member.${i}.ParameterKey`); i++) {
    const key = input.get(`Parameters.member.${i}.ParameterKey`) ?? "";
    const before =
      input.get(`Parameters.member.${i}.UsePreviousValue`) === "true" ? stack?.parameters[key] : undefined;
    const value = input.get(`Parameters.member.${i}.ParameterValue`) ?? before;
    if (value !== undefined) found[key] = value;
  }
  return found;
}

function tagsIn(input: URLSearchParams): Tag[] {
  const tags: Tag[] = [];
  for (let i = 1; input.has(`Tags.member.${i}.Key`); i++)
    tags.push({
      Key: input.get(`Tags.member.${i}.Key`) ?? "",
      Value: input.get(`Tags.member.${i}.Value`) ?? "",
    });
  return tags;
}

function summary(stack: Stack): Record<string, string | undefined> {
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deleted,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
  };
}

function described(stack: Stack): string {
  const { description, parameters } = readTemplate(stack.template);
  return (
    elements({ ...summary(stack), Description: description, DisableRollback: "false" }) +
    list("Capabilities", stack.capabilities) +
    list("Tags", stack.tags.map(tagElements)) +
    list(
      "Parameters",
      Object.entries(parameters).map(([ParameterKey, { noEcho, default: preset }]) =>
        elements({
          ParameterKey,
          ParameterValue: noEcho ? "****" : (stack.parameters[ParameterKey] ?? preset),
        }),
      ),
    ) +
    list(
      "Outputs",
      Object.entries(stack.outputs).map(([OutputKey, { value, description: Description }]) =>
        elements({ OutputKey, OutputValue: value, Description }),
      ),
    )
  );
}

function shown(
  { status, events }: Stack,
  logicalId: string,
  { type, physicalId, time }: StackResource,
  timeName: string,
): Record<string, string | undefined> {
  const last = events.filter((event) => event.logicalId === logicalId).at(-1);
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    [timeName]: time,
    ResourceStatus: last?.status ?? status,
    ResourceStatusReason: last?.reason,
  };
}

function summaryOf(body: string): string {
  const template = readTemplate(body);
  const needed = neededCapability(template);
  return (
    elements({ Description: template.description }) +
    list("Capabilities", needed === undefined ? [] : [needed]) +
    list("ResourceTypes", [...new Set(Object.values(template.resources).map(({ type }) => type))]) +
    list(
      "Parameters",
      Object.entries(template.parameters).map(
        ([ParameterKey, { type, default: DefaultValue, noEcho, description }]) =>
          elements({
            ParameterKey,
            ParameterType: type,
            DefaultValue,
            NoEcho: String(noEcho),
            Description: description,
          }),
      ),
    )
  );
}

function changeSetId(context: Context): string {
  const name = inputOf(context, "ChangeSetName");
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name))
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${name}' at 'changeSetName' failed to satisfy constraint`,
    );
  return `arn:aws:cloudformation:${context.call.region}:${context.principal.account}:changeSet/${name}/${randomUUID()}`;
}

/** A change set by its id, or by name with that of its stack. */
function changeSetIn(context: Context): ChangeSet {
  const name = inputOf(context, "ChangeSetName");
  const { cloud } = context;
  const own = new Set(Object.keys(stacksOf(context)));
  const stack = named(context, inputOf(context, "StackName"))?.id;
  const found = Object.values(cloud.state.changeSets)
    .reverse()
    .find(
      ({ id, name: given, stackId }) =>
        own.has(stackId) && (id === name || (given === name && stackId === stack)),
    );
  if (found === undefined) throw new AwsError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, 404);
  return found;
}
