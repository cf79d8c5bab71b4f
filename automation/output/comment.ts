/**
 * Previews as a comment on a pull request, in GitHub's Markdown.
 *
 * Names and texts come from the files of whoever opened the pull request: they stand in fenced blocks only, where they
 * cannot be links, mentions or markup.
 */
import type { Plan } from "../engine/plan";
import type { Message } from "../message";
import { countsOf } from "../engine/plan";
import { countsOfFindings } from "../policy";
import { type AccountNames, messageLines } from "./wording";

/** A run of `spokes preview --json`. */
export interface RecordedPreview {
  /** What was previewed: `requests/sales.yaml`. */
  readonly name: string;
  readonly messages: readonly Message[];
  /** The error's message; undefined when the preview went well, or never came to an end. */
  readonly error: string | undefined;
  /** Whether the run came to an end. */
  readonly ended: boolean;
}

/** By this line a later run finds the comment again, to replace it. */
export const COMMENT_MARK = "<!-- athena-spokes preview -->";

/** GitHub takes comments of 65,536 characters; the rest is left for words around the blocks. */
const MOST_CHARACTERS = 60_000;
/** Of one block; a request's plan has about 30 lines of 100 characters. */
const MOST_OF_A_BLOCK = 12_000;

/** The comment for a pull request. */
export function commentOf(previews: readonly RecordedPreview[]): string {
  const head = `${COMMENT_MARK}\n## Access requests`;
  if (previews.length === 0) return `${head}\n\nNo request was added or changed.\n`;
  let room = MOST_CHARACTERS;
  const sections = previews.map((preview) => {
    const whole = sectionOf(preview);
    const section =
      whole.length > room ? titleOf(preview, "too long for this comment: see the run's log") : whole;
    room -= section.length;
    return section;
  });
  return `${[head, ...sections].join("\n\n")}\n`;
}

function sectionOf(preview: RecordedPreview): string {
  const { messages, error } = preview;
  const names = namesIn(messages);
  const of = <Code extends Message["code"]>(...codes: readonly Code[]) =>
    messages.filter((message): message is Extract<Message, { code: Code }> =>
      (codes as readonly string[]).includes(message.code),
    );
  const lines = (chosen: readonly Message[]) => chosen.flatMap((message) => messageLines(message, names));
  const plans = of("plan").map(({ plan }) => plan);
  const findings = of("policy");
  const access = messages.filter(({ code }) => code.startsWith("access."));
  const proof = of("step.finished").find(({ step }) => step === "proof");
  return [
    titleOf(preview, verdictOf(preview, plans)),
    ...(error === undefined ? [] : [fenced(error.split("\n"))]),
    ...(findings.length === 0
      ? []
      : [
          `**Rules**: ${countsOfFindings(findings.flatMap((message) => message.findings))}`,
          ...(findings.some((message) => message.findings.length > 0) ? [fenced(lines(findings))] : []),
        ]),
    ...(proof === undefined ? [] : [`**Access**: ${proof.outcome}`]),
    ...(access.length === 0 ? [] : [fenced(lines(access))]),
    ...block("Worth a look", lines(of("advisory"))),
    ...block("Resources", lines(of("plan"))),
  ].join("\n\n");
}

function titleOf({ name }: RecordedPreview, verdict: string): string {
  return `### \`${name.replaceAll(/[`\n]/g, "")}\`: ${verdict}`;
}

function verdictOf({ error, ended }: RecordedPreview, plans: readonly Plan[]): string {
  if (error !== undefined) return "refused ❌";
  if (!ended) return "the preview did not come to an end ❌";
  return plans.every((plan) => plan.changes.every(({ operation }) => operation === "same"))
    ? "changes nothing ✅"
    : `${plans.map(countsOf).join("; ")} ✅`;
}

function namesIn(messages: readonly Message[]): AccountNames {
  return Object.assign(
    {},
    ...messages.map((each) => (each.code === "accounts" ? each.names : {})),
  ) as AccountNames;
}

/** A block that is closed until somebody opens it. */
function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`<details><summary>${title}</summary>\n\n${fenced(lines)}\n\n</details>`];
}

function fenced(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines.flatMap((text) => text.split("\n"))) {
    length += line.length + 1;
    if (length > MOST_OF_A_BLOCK) break;
    kept.push(line);
  }
  const left = lines.flatMap((text) => text.split("\n")).length - kept.length;
  const text = [...kept, ...(left === 0 ? [] : [`(${left} more lines: see the run's log)`])].join("\n");
  // A fence ends at a run of backticks as long as its own.
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
