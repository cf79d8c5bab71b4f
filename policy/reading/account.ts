/** In which account and Region a resource is made, as its provider says. */
import { CannotJudge, Properties } from "../frame/properties";
import type { Provider, Resource } from "../frame/resource";
import { accountIn } from "./document";

/** The accounts that a provider may call; empty when it does not say. The engine hands nested inputs over as JSON text. */
export function accountsOf(provider: Provider): readonly string[] {
  const allowed = nested(provider.inputs, "allowedAccountIds");
  if (Array.isArray(allowed) && allowed.length > 0) return allowed.map(String);
  const assumed = assumedAccount(provider);
  return assumed === undefined ? [] : [assumed];
}

/** The account of the last role that a provider assumes. */
export function assumedAccount({ inputs }: Provider): string | undefined {
  const roles = [nested(inputs, "assumeRoles"), nested(inputs, "assumeRole")]
    .flat()
    .filter(
      (role): role is { roleArn: unknown } => typeof role === "object" && role !== null && "roleArn" in role,
    );
  const arn = roles.at(-1)?.roleArn;
  return typeof arn === "string" ? accountIn(arn) : undefined;
}

/** The one account in which a resource is made; undefined when its provider does not say one. */
export function accountOf({ provider }: Resource): string | undefined {
  if (provider === undefined) return undefined;
  const [account, ...others] = accountsOf(provider);
  return others.length === 0 ? account : undefined;
}

/** The Region in which a resource is made; undefined when neither it nor its provider says one. */
export function regionOf({ inputs, provider }: Resource): string | undefined {
  return inputs.text("region") ?? provider?.inputs.text("region");
}

/** The tags that a provider gives to all that it makes. */
export function defaultTagsOf(provider: Provider): readonly string[] {
  const tags = nested(provider.inputs, "defaultTags");
  return Properties.of({ tags }).part("tags.tags")?.keys ?? [];
}

function nested(inputs: Properties, name: string): unknown {
  const value = inputs.get(name);
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new CannotJudge(`the provider's ${name} is not JSON`);
  }
}
