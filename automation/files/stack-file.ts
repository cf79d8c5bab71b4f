/** `Pulumi.<stack>.yaml`: a stack's configuration, which plain `pulumi` reads too. */
import { rm } from "node:fs/promises";
import { Document, isMap } from "yaml";
import { SPOKE_KEY } from "../../stacks/configuration";
import { stackFile } from "./project";
import type { WrittenRequest } from "./request-file";
import { merged, parseYaml, readIfThere, writeWhole, yamlText, type YamlText } from "./yaml-file";

/** A stack's configuration file as it was at one moment. */
export interface StackFile {
  readonly path: string;
  /** Its text; undefined when there is no such file. */
  readonly before: string | undefined;
  readonly text: YamlText | undefined;
  /** What is written under a key of `config:`, or undefined. */
  value(key: string): unknown;
}

/** Reads a stack's configuration file; there need not be one. */
export async function readStackFile(project: string, stack: string): Promise<StackFile> {
  const path = stackFile(project, stack);
  const before = await readIfThere(path);
  const text = before === undefined ? undefined : parseYaml(before, path);
  return {
    path,
    before,
    text,
    value: (key) => (text?.document.toJS() as { config?: Record<string, unknown> } | null)?.config?.[key],
  };
}

/**
 * Writes the request into its stack's configuration. Other keys (the stack's encryption salt), comments and order stay;
 * a file that says the same already is not touched.
 */
export async function writeSpoke(file: StackFile, written: WrittenRequest): Promise<void> {
  const text = spokeText(file, written);
  if (text !== file.before) await writeWhole(file.path, text);
}

/** The text of a stack's configuration file with the request in it. */
export function spokeText(file: StackFile, written: WrittenRequest): string {
  // A document of its own: the one of the file is read by others.
  const document = file.before === undefined ? new Document({}) : parseYaml(file.before, file.path).document;
  if (document.contents === null) document.contents = document.createNode({});
  const path = ["config", SPOKE_KEY];
  if (!isMap(document.get("config", true))) document.set("config", document.createNode({}));
  const existing = document.getIn(path, true);
  const wanted = written.document.clone().contents;
  document.setIn(path, merged(existing, wanted, document));
  return yamlText(document);
}

/** Puts the file back as it was when it was read. */
export async function restore(file: StackFile): Promise<void> {
  if (file.before === undefined) await rm(file.path, { force: true });
  else if ((await readIfThere(file.path)) !== file.before) await writeWhole(file.path, file.before);
}
