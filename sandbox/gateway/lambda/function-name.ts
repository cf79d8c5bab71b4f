import { AwsError } from "../errors";

/** A function as a request names it. */
export interface FunctionName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly qualifier: string | undefined;
  /** Without the qualifier. */
  readonly arn: string;
  /** With it: what policies and messages name. */
  readonly asNamed: string;
}

/**
 * Reads the ways to name a function: its name, `<account>:function:<name>` or its ARN, each also with `:<qualifier>`.
 *
 * @throws AwsError for what is none of them, and for a function of another Region
 */
export function parseFunctionName(
  given: string,
  qualifier: string | undefined,
  caller: { readonly account: string; readonly region: string },
): FunctionName {
  const found = /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(\d{12}):function:)?([\w-]{1,64})(?::([\w$-]+))?$/.exec(
    given,
  );
  const name = found?.[3];
  if (name === undefined) {
    throw new AwsError(
      "InvalidParameterValueException",
      `1 validation error detected: Value '${given}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
    );
  }
  const region = found?.[1] ?? caller.region;
  if (region !== caller.region) {
    const message = `Functions from '${region}' are not reachable in this region ('${caller.region}')`;
    throw new AwsError("ResourceNotFoundException", message, 404, { Type: "User" });
  }
  const account = found?.[2] ?? caller.account;
  const by = found?.[4] ?? qualifier;
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
  return { account, region, name, qualifier: by, arn, asNamed: by === undefined ? arn : `${arn}:${by}` };
}
