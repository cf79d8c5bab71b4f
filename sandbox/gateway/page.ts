import { AwsError } from "./errors";

/**
 * One page of a list. The token is the position, which is enough where nobody looks into it.
 *
 * @param input the request's MaxResults and NextToken
 * @param most the most that AWS gives at once, and gives when nothing is asked
 * @throws AwsError InvalidNextTokenException, or the code given, for a token that is none of ours
 */
export function page<T>(
  all: readonly T[],
  input: Readonly<Record<string, unknown>>,
  most: number,
  codes: { readonly token: string; readonly size: string } = {
    token: "InvalidInputException",
    size: "InvalidInputException",
  },
): { readonly items: readonly T[]; readonly nextToken: string | undefined } {
  const token = input["NextToken"] ?? undefined;
  const position =
    token === undefined ? "0" : typeof token === "string" ? Buffer.from(token, "base64url").toString() : "";
  const start = Number(position);
  if (!/^\d+$/.test(position) || (token !== undefined && start >= all.length)) {
    throw new AwsError(codes.token, `NextToken ${JSON.stringify(token)} is not valid`);
  }
  const asked = input["MaxResults"] ?? undefined;
  const size = asked === undefined ? most : Number(asked);
  if (!Number.isInteger(size) || size < 1 || size > most) {
    throw new AwsError(codes.size, `MaxResults ${JSON.stringify(asked)} is not between 1 and ${most}`);
  }
  const end = start + size;
  return {
    items: all.slice(start, end),
    nextToken: end < all.length ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}
