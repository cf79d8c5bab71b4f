/** A comment on a pull request, from what `spokes preview --json` told of each request in it. */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf, RunnerError } from "./failure";
import type { Message } from "./message";
import { commentOf, type RecordedPreview } from "./output/comment";

const SUFFIX = ".jsonl";

/**
 * The comment for the previews in a folder: each `requests/sales.yaml.jsonl` is one.
 *
 * @throws RunnerError (`input.unreadable`) when the folder or a line of a file cannot be read.
 */
export async function commentFor(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((thrown: unknown) => {
    throw unreadable(folder, messageOf(thrown));
  });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  return commentOf(
    await Promise.all(
      files.map(async (file) =>
        recorded(relative(folder, file).slice(0, -SUFFIX.length), await readFile(file, "utf8")),
      ),
    ),
  );
}

/** What a run told, line by line. */
function recorded(name: string, text: string): RecordedPreview {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => parsed(line, `${name}${SUFFIX}:${index + 1}`));
  const result = lines.find((line): line is Ended => line.type === "result");
  return {
    name,
    messages: lines.filter((line): line is Told => line.type === "event"),
    ended: result !== undefined,
    error: result?.ok === false ? result.error.message : undefined,
  };
}

type Told = Message & { readonly type: "event" };
type Ended = { readonly type: "result" } & (
  { readonly ok: true } | { readonly ok: false; readonly error: { readonly message: string } }
);

function parsed(line: string, place: string): Told | Ended {
  try {
    return JSON.parse(line) as Told | Ended;
  } catch (thrown) {
    throw unreadable(place, messageOf(thrown));
  }
}

function unreadable(what: string, why: string): RunnerError {
  return new RunnerError(
    "input.unreadable",
    "input",
    `"${what}" cannot be read (${why}): name a folder of files that \`spokes preview --json\` has written, each named <request>${SUFFIX}`,
  );
}
