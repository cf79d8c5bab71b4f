/** The request as a person hands it in: a YAML file, or flags in place of a file. */
import type { Document } from "yaml";
import { InputError } from "../../access/faults";
import { readRequest, type SpokeRequest } from "../../access/request";
import { RunnerError } from "../failure";
import { parseYaml, readIfThere, withLines, type YamlText } from "./yaml-file";

/** A request that was read, with its text for the stack's configuration. */
export interface WrittenRequest {
  /** Where it was written: a file's name, or `the command line`. */
  readonly source: string;
  readonly request: SpokeRequest;
  /** The request as written, comments included. */
  readonly document: Document;
  /** The faults' lines; a request made of flags has none. */
  readonly text: YamlText | undefined;
}

/**
 * Reads a request file.
 *
 * @throws InputError listing every fault with its line; RunnerError (`input.unreadable`) when there is no such file.
 */
export async function readRequestFile(path: string): Promise<WrittenRequest> {
  const content = await readIfThere(path);
  if (content === undefined)
    throw new RunnerError(
      "input.unreadable",
      "input",
      `there is no request file "${path}": write one, see examples/`,
    );
  const text = parseYaml(content, path);
  try {
    return { source: path, request: readRequest(text.document.toJS(), path), document: text.document, text };
  } catch (thrown) {
    if (thrown instanceof InputError) throw new InputError(path, withLines(thrown.faults, text));
    throw thrown;
  }
}

/** The flags that stand in place of a request file: the keys that a simple request needs. */
export interface RequestFlags {
  readonly spoke?: string;
  readonly environment?: string;
  readonly account?: string;
  readonly region?: string;
  /** Producers whose connectors are attached. */
  readonly from?: readonly string[];
  readonly workgroup?: string;
  readonly outputLocation?: string;
  readonly author?: readonly string[];
  readonly sampleData?: boolean;
}

/**
 * Reads a request made of flags.
 *
 * @throws InputError listing every fault.
 */
export function readRequestFlags(flags: RequestFlags): WrittenRequest {
  const source = "the command line";
  const written = withoutUndefined({
    spoke: flags.spoke,
    environment: flags.environment,
    account: flags.account,
    region: flags.region,
    workgroup:
      flags.workgroup === undefined && flags.outputLocation === undefined
        ? undefined
        : withoutUndefined({ name: flags.workgroup, outputLocation: flags.outputLocation }),
    sampleData: flags.sampleData,
    connectors: flags.from?.map((from) => ({ from })),
    dataSource: flags.author === undefined ? undefined : { authors: flags.author },
  });
  const { document } = parseYaml(JSON.stringify(written), source);
  document.contents = document.createNode(written);
  return { source, request: readRequest(written, source), document, text: undefined };
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
