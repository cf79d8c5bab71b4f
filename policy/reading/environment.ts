/** The accounts and the organization that a stack says are its own. */
import { accountsOf } from "./account";
import type { Properties } from "../frame/properties";
import type { Stack } from "../frame/resource";
import { types } from "./types";

export interface OwnAccounts {
  readonly accounts: ReadonlySet<string>;
  /** The organization's id, where the stack names one. */
  readonly organization: string | undefined;
}

/**
 * The accounts of the stack's providers, and those of the environment: its own output of that name, or that of the
 * environment which it refers to, with hub, producers, spokes, and whom products are granted to.
 */
export function ownAccountsOf(stack: Stack): OwnAccounts {
  const environments = [
    ...stack.of(types.stack).map(({ outputs }) => outputs),
    ...stack.of(types.stackReference).flatMap(({ outputs }) => outputs.part("outputs") ?? []),
  ].flatMap((outputs) => (outputs.has("environment") ? (outputs.part("environment") ?? []) : []));
  const providers = stack.resources.flatMap(({ provider }) =>
    provider === undefined ? [] : accountsOf(provider),
  );
  return {
    accounts: new Set([...providers, ...environments.flatMap(accountsIn)]),
    organization: environments.flatMap((environment) => environment.text("organization") ?? [])[0],
  };
}

function accountsIn(environment: Properties): string[] {
  const named = (group: string) =>
    (environment.part(group)?.keys ?? []).flatMap(
      (name) => environment.text(`${group}.${name}.account`) ?? [],
    );
  const hub = environment.text("hub.account");
  const granted = environment.each("grants").flatMap((grant) => grant.text("account") ?? []);
  return [...(hub === undefined ? [] : [hub]), ...named("producers"), ...named("spokes"), ...granted];
}
