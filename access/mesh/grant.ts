/** Grants of products: whom they are to, and how long they hold. */
import type { Environment } from "../environment";
import type { Condition, Principal } from "../document";
import { principalArn, rootArn } from "../arn";
import { knownConsumers } from "../names";
import type { Grant } from "./schema";

/** `2027-03-31`: the day in UTC. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** Whether a grant's last day is over. */
export function isExpired({ until }: Grant, today: string): boolean {
  return until !== undefined && until < today;
}

/** The environment without the grants whose last day is over, and those. */
export function withoutExpired(
  environment: Environment,
  today: string,
): { readonly environment: Environment; readonly expired: readonly Grant[] } {
  const expired = environment.grants.filter((grant) => isExpired(grant, today));
  if (expired.length === 0) return { environment, expired };
  const grants = environment.grants.filter((grant) => !isExpired(grant, today));
  return { environment: { ...environment, grants }, expired };
}

/** `grant of orders to sales (133333333333), approved by Ada`. */
export function grantText({ product, consumer, account, organization, approvedBy }: Grant): string {
  const whom = organization ? "the organization" : `${consumer ?? ""} (${account ?? ""})`;
  return `grant of ${product} to ${whom}, approved by ${approvedBy}`;
}

/** What is said of a grant that has come to its end. */
export function expiredText(grant: Grant): string {
  return `${grantText(grant)}, ended on ${grant.until ?? ""}: it is left out of all documents; renew its \`until\`, or remove it`;
}

/** The grant by which a spoke may query a product; undefined when nobody granted it. */
export function grantFor(
  { grants }: Environment,
  product: string,
  { spoke, account }: { readonly spoke: string; readonly account: string },
): Grant | undefined {
  return grants.find(
    (grant) =>
      grant.product === product &&
      (grant.organization || (grant.consumer === spoke && grant.account === account)),
  );
}

/** Consumers of a product whom one statement lets in: their grants end on the same day. */
export interface Consumers {
  /** Part of a statement's Sid, which has letters and digits only: `Until20270331`, `Organization`. */
  readonly suffix: string;
  readonly principal: Principal;
  readonly condition: Condition;
}

/**
 * The consumers of a product, for a resource policy: their accounts, narrowed to Role B's and analysts. AWS itself ends
 * a grant that has a last day, whether somebody updates the environment by then or not.
 */
export function consumersOf(environment: Environment, product: string): Consumers[] {
  const { region, organization } = environment;
  const consumers = knownConsumers(environment).map((known) => principalArn(region, "*", known));
  const grants = environment.grants.filter((grant) => grant.product === product);
  const groups = new Map<string, Grant[]>();
  for (const grant of grants) {
    const key = `${grant.organization ? "Organization" : ""}${grant.until === undefined ? "" : `Until${grant.until.replaceAll("-", "")}`}`;
    groups.set(key, [...(groups.get(key) ?? []), grant]);
  }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([suffix, together]) => {
      const [first] = together;
      const ofOrganization = first?.organization === true;
      const condition = {
        ArnLike: { "aws:PrincipalArn": consumers },
        ...(ofOrganization ? { StringEquals: { "aws:PrincipalOrgID": organization ?? "" } } : {}),
        ...(first?.until === undefined
          ? {}
          : { DateLessThan: { "aws:CurrentTime": `${dayAfter(first.until)}T00:00:00Z` } }),
      };
      const accounts = [...new Set(together.flatMap(({ account }) => account ?? []))].sort();
      return {
        suffix,
        // No principal stands for an organization: everybody, bounded by aws:PrincipalOrgID and their names.
        principal: ofOrganization ? "*" : { AWS: accounts.map((account) => rootArn(region, account)) },
        condition,
      };
    });
}

function dayAfter(day: string): string {
  return dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 60 * 60 * 1000));
}

/** `shop-orders` -> `ShopOrders`, for a statement's Sid. */
export function sidOf(product: string): string {
  return product
    .split("-")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");
}
