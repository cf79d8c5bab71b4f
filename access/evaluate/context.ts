import { arnComponents, isAccountId } from "./arn";
import { RequestError } from "./faults";
import { typeFault } from "./operators";
import type { Identity } from "./principal";
import type { AccessRequest, Caller, Tags } from "./request";
import { type ServiceAction, actionsOf, conditionKey, takesResource } from "./service-table";

/** The context keys of one request: lower-case key -> value, or values where the key has many. */
export type Context = ReadonlyMap<string, string | readonly string[]>;

/** A request that was found sound, with what follows from it. */
export interface SoundRequest {
  readonly action: ServiceAction;
  /** `service:action` in lower case, as statements take it. */
  readonly actionName: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly who: Identity;
  readonly context: Context;
}

/** @throws RequestError when the request does not make sense. */
export function soundRequest(request: AccessRequest): SoundRequest {
  const action = readAction(request.action);
  const who = identityOf(request.caller);
  const resourceAccount = ownerOf(request, who.account);
  if (request.resource === "*") {
    if (action.resources.length > 0) {
      throw new RequestError(`"${request.action}" acts on a resource: name its ARN instead of "*"`);
    }
  } else if (!takesResource(action, request.resource)) {
    throw new RequestError(
      action.resources.length === 0
        ? `"${request.action}" takes no resource: name "*" instead of "${request.resource}"`
        : `"${request.action}" takes no resource such as "${request.resource}"`,
    );
  }
  const context = contextOf(request, who, resourceAccount);
  const actionName = `${action.service}:${action.name}`;
  return { action, actionName, resource: request.resource, resourceAccount, who, context };
}

function readAction(text: string): ServiceAction {
  const [service = "", name = "", ...more] = text.toLowerCase().split(":");
  const known = actionsOf(service);
  if (known === undefined)
    throw new RequestError(`the actions of the service "${service}" are not known here`);
  const action = known.get(name);
  if (action === undefined || more.length > 0) throw new RequestError(`unknown action "${text}"`);
  return action;
}

function ownerOf(request: AccessRequest, callersAccount: string | undefined): string {
  const { resource, resourceAccount: given } = request;
  const components = resource === "*" ? undefined : arnComponents(resource);
  if (resource !== "*" && components?.[0] !== "arn") {
    throw new RequestError(`"${resource}" is not an ARN: use arn:partition:service:region:account:resource`);
  }
  const inArn = components?.[4] ?? "";
  // AWS's own managed policies say "aws"; whoever attaches them is asked about in the caller's account
  const stated = isAccountId(inArn) ? inArn : undefined;
  if (stated === undefined && inArn !== "" && inArn !== "aws") {
    throw new RequestError(`"${resource}": "${inArn}" is not an account id of 12 digits`);
  }
  if (given !== undefined && !isAccountId(given)) {
    throw new RequestError(`"${given}" is not an account id of 12 digits`);
  }
  if (stated !== undefined && given !== undefined && stated !== given) {
    throw new RequestError(`"${resource}" is of account ${stated}, not ${given}`);
  }
  const owner = stated ?? given ?? (inArn === "aws" || resource === "*" ? callersAccount : undefined);
  if (owner === undefined) throw new RequestError(`"${resource}" names no account: say resourceAccount`);
  return owner;
}

function identityOf(caller: Caller): Identity {
  switch (caller.type) {
    case "user": {
      const { account } = readIdentityArn(caller.arn, "user");
      return {
        account,
        root: false,
        user: caller.arn,
        ...(caller.id === undefined ? {} : { id: caller.id }),
      };
    }
    case "role": {
      const { account, partition, name } = readIdentityArn(caller.arn, "role");
      return {
        account,
        root: false,
        role: caller.arn,
        ...(caller.id === undefined ? {} : { id: caller.id }),
        ...(caller.session === undefined
          ? {}
          : { session: `arn:${partition}:sts::${account}:assumed-role/${name}/${caller.session}` }),
      };
    }
    case "root":
      if (!isAccountId(caller.account))
        throw new RequestError(`"${caller.account}" is not an account id of 12 digits`);
      return { account: caller.account, root: true };
    case "service":
      return { root: false, service: caller.name };
    case "anonymous":
      return { root: false };
  }
}

function readIdentityArn(
  arn: string,
  type: "user" | "role",
): { partition: string; account: string; name: string } {
  const [head, partition = "", service, region, account = "", resource = ""] = arnComponents(arn) ?? [];
  const [kind, ...path] = resource.split("/");
  const name = path.at(-1);
  if (
    head !== "arn" ||
    service !== "iam" ||
    region !== "" ||
    !isAccountId(account) ||
    kind !== type ||
    !name
  ) {
    throw new RequestError(`"${arn}" is not the ARN of a ${type}: use arn:aws:iam::<account>:${type}/<name>`);
  }
  return { partition, account, name };
}

const filledIn = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalisawsservice",
  "aws:principalorgid",
  "aws:principalservicename",
  "aws:principalservicenameslist",
  "aws:principaltype",
  "aws:resourceaccount",
  "aws:resourceorgid",
  "aws:userid",
  "aws:username",
]);

function contextOf(request: AccessRequest, who: Identity, resourceAccount: string): Context {
  const context = new Map<string, string | readonly string[]>();
  for (const [name, value] of Object.entries(request.context ?? {})) {
    const key = name.toLowerCase();
    if (filledIn.has(key) || key.startsWith("aws:principaltag/")) {
      throw new RequestError(`context key "${name}" follows from the caller and the resource: leave it out`);
    }
    if (context.has(key)) throw new RequestError(`context key "${name}" is given twice`);
    context.set(key, soundValue(name, key, value));
  }
  fillIn(context, request.caller, who);
  const organizationOf = request.organizationOf ?? (() => undefined);
  put(context, "aws:principalorgid", who.account === undefined ? undefined : organizationOf(who.account));
  put(context, "aws:resourceaccount", resourceAccount);
  put(context, "aws:resourceorgid", organizationOf(resourceAccount));
  if (!context.has("aws:viaawsservice")) {
    context.set("aws:viaawsservice", String((context.get("aws:calledvia")?.length ?? 0) > 0));
  }
  return context;
}

function soundValue(
  name: string,
  key: string,
  value: string | readonly string[],
): string | readonly string[] {
  const known = conditionKey(key);
  if (known === undefined) throw new RequestError(`unknown context key "${name}": check its spelling`);
  const values = typeof value === "string" ? [value] : value;
  if (!known.many && values.length !== 1)
    throw new RequestError(`context key "${name}" has exactly one value`);
  for (const one of values) {
    const form = typeFault(known.type, one);
    if (form !== undefined) throw new RequestError(`context key "${name}": "${one}" must be ${form}`);
  }
  const [single = ""] = values;
  return known.many ? values : single;
}

/** Source of each value: "AWS global condition context keys" and "Principal key values", IAM user guide. */
function fillIn(context: Map<string, string | readonly string[]>, caller: Caller, who: Identity): void {
  const anonymous = caller.type === "anonymous";
  put(context, "aws:principalaccount", anonymous ? "anonymous" : who.account);
  put(context, "aws:principalisawsservice", anonymous ? undefined : String(caller.type === "service"));
  switch (caller.type) {
    case "user":
      put(context, "aws:principaltype", "User");
      put(context, "aws:principalarn", caller.arn);
      put(context, "aws:username", caller.arn.slice(caller.arn.lastIndexOf("/") + 1));
      put(context, "aws:userid", caller.id);
      putTags(context, caller.tags);
      break;
    case "role":
      put(context, "aws:principaltype", "AssumedRole");
      put(context, "aws:principalarn", caller.arn);
      if (caller.id !== undefined && caller.session !== undefined) {
        put(context, "aws:userid", `${caller.id}:${caller.session}`);
      }
      putTags(context, caller.tags);
      break;
    case "root":
      put(context, "aws:principaltype", "Account");
      put(context, "aws:principalarn", `arn:aws:iam::${caller.account}:root`);
      put(context, "aws:userid", caller.account);
      break;
    case "service":
      put(context, "aws:principalservicename", caller.name);
      context.set("aws:principalservicenameslist", [caller.name]);
      break;
    case "anonymous":
      put(context, "aws:principaltype", "Anonymous");
      put(context, "aws:userid", "anonymous");
  }
}

function put(context: Map<string, string | readonly string[]>, key: string, value: string | undefined): void {
  if (value !== undefined) context.set(key, value);
}

function putTags(context: Map<string, string | readonly string[]>, tags: Tags | undefined): void {
  for (const [key, value] of Object.entries(tags ?? {}))
    context.set(`aws:principaltag/${key.toLowerCase()}`, value);
}
