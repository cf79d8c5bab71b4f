/**
 * Findings that somebody has looked at and accepts for a time: `acknowledged.yaml`.
 *
 * Each names one rule and one resource (or, for what a component makes under many names, the component's type), with the
 * reason and the last day on which it counts.
 */
import { parseDocument } from "yaml";
import { z } from "zod";
import { type Fault, faultsOf, InputError } from "../../access/faults";

export interface Acknowledgement {
  readonly rule: string;
  /** Name of the resource in the program. */
  readonly resource?: string | undefined;
  /** Type of the component that the resource belongs to. */
  readonly within?: string | undefined;
  /** Only in this stack. */
  readonly stack?: string | undefined;
  readonly reason: string;
  /** Last day, `2027-06-30`, in UTC. */
  readonly expires: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const text = (what: string) =>
  z
    .string({ error: `${what} is not a text: write one` })
    .trim()
    .min(1, { error: `${what} is empty: write one` });

function schemaFor(rules: readonly string[]) {
  const entry = z
    .strictObject(
      {
        rule: text("the rule").refine((name) => rules.includes(name), {
          error: ({ input }) => `there is no rule "${input as string}": see docs/policy.md`,
        }),
        resource: text("the resource").optional(),
        within: text("the component's type").optional(),
        stack: text("the stack").optional(),
        reason: text("the reason").refine((reason) => reason.length >= 15, {
          error: ({ input }) =>
            `"${input as string}" is no reason that a reviewer could judge: use a sentence of 15 characters or more`,
        }),
        expires: z
          .string({ error: "the last day is missing: write it as 2027-06-30" })
          .refine((day) => DAY.test(day) && isDay(day), {
            error: ({ input }) => `"${input as string}" is not a day: write it as 2027-06-30`,
          }),
      },
      {
        error: (issue) =>
          issue.code === "unrecognized_keys"
            ? `unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}: use rule, resource or within, stack, reason, expires`
            : "an acknowledgement is not a section: write rule, resource, reason and expires",
      },
    )
    .refine((entry) => (entry.resource === undefined) !== (entry.within === undefined), {
      error:
        "say once what it is about: `resource` (its name in the program) or `within` (a component's type)",
    });
  return z.strictObject(
    { acknowledged: z.array(entry, { error: "`acknowledged` is not a list" }).nullable().default([]) },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys"
          ? `unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}: the file has one key, acknowledged`
          : "the file is not a section: write `acknowledged:` and a list below it",
    },
  );
}

/** Whether there is such a day in the calendar. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/**
 * Reads acknowledgements.
 *
 * @param rules names of the rules that there are.
 * @throws InputError listing every fault with its place.
 */
export function readAcknowledgements(
  yaml: string,
  source: string,
  rules: readonly string[],
): readonly Acknowledgement[] {
  const document = parseDocument(yaml);
  if (document.errors.length > 0)
    throw new InputError(
      source,
      document.errors.map(({ message }): Fault => ({ path: "", message })),
    );
  const parsed = schemaFor(rules).safeParse(document.toJS() ?? {});
  if (!parsed.success) throw new InputError(source, faultsOf(parsed.error));
  const entries = parsed.data.acknowledged ?? [];
  const seen = new Map<string, number>();
  const doubled = entries.flatMap(({ rule, resource, within, stack }, index): Fault[] => {
    const key = JSON.stringify([rule, resource, within, stack]);
    const first = seen.get(key);
    seen.set(key, first ?? index);
    return first === undefined
      ? []
      : [{ path: `acknowledged[${index}]`, message: `acknowledged[${first}] is about the same: keep one` }];
  });
  if (doubled.length > 0) throw new InputError(source, doubled);
  return entries;
}

/** The acknowledgement of a finding; also one that is past its day. */
export function acknowledgementOf(
  acknowledgements: readonly Acknowledgement[],
  rule: string,
  urn: string,
): Acknowledgement | undefined {
  const { stack, types, name } = partsOf(urn);
  return acknowledgements.find(
    (entry) =>
      entry.rule === rule &&
      (entry.stack === undefined || entry.stack === stack) &&
      (entry.resource === undefined
        ? entry.within !== undefined && types.includes(entry.within)
        : entry.resource === name),
  );
}

/** Whether an acknowledgement still counts. */
export function counts({ expires }: Acknowledgement, now: Date): boolean {
  return now.toISOString().slice(0, "2027-06-30".length) <= expires;
}

/** `urn:pulumi:dev::project::Parent$aws:s3/bucket:Bucket::name`: stack, types outside the resource's own, name. */
function partsOf(urn: string): { stack: string; types: readonly string[]; name: string } {
  const [head = "", , type = "", ...name] = urn.split("::");
  return {
    stack: head.slice("urn:pulumi:".length),
    types: type.split("$").slice(0, -1),
    name: name.join("::"),
  };
}
