/** What data sources and data sets of Quick have in common: where they are, and how their requests are read. */
import { requiredText } from "../call";
import { AwsError } from "../errors";

export type Input = Readonly<Record<string, unknown>>;

/** Where something of Quick is. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** Quick's code for a parameter that it refuses. */
export const INVALID = "InvalidParameterValueException";

/** The key in the state. */
export function keyOf({ account, region }: Place, id: string): string {
  return `${account}/${region}/${id}`;
}

/** The id of what is made. @throws AwsError */
export function newId(input: Input, member: string): string {
  const id = requiredText(input, member, INVALID);
  if (!/^[\w-]{1,512}$/.test(id))
    throw new AwsError(INVALID, `${member} ${id} must be letters, digits, _ and -`);
  return id;
}

/** The name that people see. @throws AwsError */
export function validName(input: Input): string {
  const name = requiredText(input, "Name", INVALID);
  if (name.length > 128) throw new AwsError(INVALID, `Name ${name} is longer than 128 characters`);
  return name;
}

let last = 0;

/** The time in seconds; never the same twice, since it also tells one making of a thing from the next. */
export function seconds(): number {
  last = Math.max(last + 0.001, Date.now() / 1000);
  return Math.round(last * 1000) / 1000;
}
