import type { Identities } from "../identities";
import type { GatewayState } from "../state";
import type { Need } from "./need";
import type { Resources } from "./resources";

type Tags = Readonly<Record<string, string>>;

/** The tags of the resource that a permission is about, for `aws:ResourceTag`; none for what has none or is not there. */
export async function tagsOfResource(
  { action, resource }: Need,
  region: string,
  resources: Resources,
  identities: Identities,
  state: GatewayState,
): Promise<Tags> {
  if (resource === "*") return {};
  const kept = state.tags[resource];
  if (kept !== undefined) return Object.fromEntries(kept.map(({ Key, Value }) => [Key, Value]));
  const [, , , where = region, owner = "", ...rest] = resource.split(":");
  const name = rest.join(":");
  switch (action.slice(0, action.indexOf(":"))) {
    case "lambda":
      return rest[0] === "function"
        ? ((await resources.function(owner, where, rest.slice(1).join(":")))?.tags ?? {})
        : {};
    case "kms":
      return name.startsWith("key/") ? ((await resources.key(owner, where, name.slice(4)))?.tags ?? {}) : {};
    case "dynamodb": {
      const table = /^table\/([^/]+)/.exec(name)?.[1];
      return table === undefined ? {} : ((await resources.table(owner, where, table))?.tags ?? {});
    }
    case "sns":
      return (await resources.topic(owner, where, name))?.tags ?? {};
    case "secretsmanager":
      return (await resources.secret(owner, where, resource))?.tags ?? {};
    case "iam": {
      const [kind, last] = [name.split("/")[0], name.slice(name.lastIndexOf("/") + 1)];
      const account = await identities.of(owner);
      if (kind === "role") return account.roles[last]?.tags ?? {};
      return kind === "user" ? (account.users[last]?.tags ?? {}) : {};
    }
    default:
      return {};
  }
}
