/** The request as a person hands it in: a YAML file, or flags in place of a file. */
import type { Document } from "yaml";
import type { Environment } from "../../access/environment";
import { InputError } from "../../access/faults";
import { readRequest, type SpokeRequest } from "../../access/request";
import { environmentName } from "../../access/written";
import { RunnerError } from "../failure";
import { readEnvironmentFile } from "./environment-file";
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

/** Whether a person who may name a spoke or a request file has named a file. */
export function isRequestFile(written: string): boolean {
  return /\.(ya?ml|json)$/.test(written);
}

/**
 * Reads a request file.
 *
 * @param project where the environments are configured; with it the faults include what does not fit the environment.
 * @throws InputError listing every fault with its line; RunnerError (`input.unreadable`) when there is no such file.
 */
export async function readRequestFile(path: string, project?: string): Promise<WrittenRequest> {
  const content = await readIfThere(path);
  if (content === undefined)
    throw new RunnerError(
      "input.unreadable",
      "input",
      `there is no request file "${path}": write one, see examples/`,
    );
  const text = parseYaml(content, path);
  const written: unknown = text.document.toJS();
  const environment = await environmentOf(written, project);
  try {
    return { source: path, request: readRequest(written, path, environment), document: text.document, text };
  } catch (thrown) {
    if (thrown instanceof InputError) throw new InputError(path, withLines(thrown.faults, text));
    throw thrown;
  }
}

/** The environment that a request names, where it is configured and can be read; else the plan will say what is wrong. */
async function environmentOf(
  written: unknown,
  project: string | undefined,
): Promise<Environment | undefined> {
  const name = (written as { environment?: unknown } | null)?.environment;
  if (project === undefined || typeof name !== "string" || !environmentName.safeParse(name).success)
    return undefined;
  try {
    return (await readEnvironmentFile(project, name)).environment;
  } catch (thrown) {
    if (thrown instanceof InputError || thrown instanceof RunnerError) return undefined;
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
export async function readRequestFlags(flags: RequestFlags, project?: string): Promise<WrittenRequest> {
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
  const environment = await environmentOf(written, project);
  return { source, request: readRequest(written, source, environment), document, text: undefined };
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
