/**
 * How a program wants Node to run it: the `options` of `runtime` in Pulumi.yaml, as the nodejs language
 * host of Pulumi reads them.
 */
export interface RuntimeOptions {
  /** Compile with ts-node while loading. Default true. */
  readonly typescript: boolean;
  /** Path of the tsconfig.json for that. */
  readonly tsconfig: string | undefined;
  /** Arguments for Node itself. */
  readonly nodeargs: readonly string[];
}

/**
 * Reads the options; those that only concern the installation of packages are passed over.
 *
 * @throws Error naming the option that is of the wrong type, or the quote in `nodeargs` that is not closed
 */
export function runtimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = "" } = options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string")
    throw new Error("tsconfig option must be a string");
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  return { typescript, tsconfig, nodeargs: words(nodeargs) };
}

/** The environment variables by which `@pulumi/pulumi/cmd/run` learns of the options. */
export function environmentOf({ typescript, tsconfig }: RuntimeOptions): Record<string, string> {
  return {
    ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** One word of a command line: runs of quoted text, escaped characters and plain text. */
const WORD = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/gs;
const PIECE = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^\s'"\\]+)/gs;

/** Splits a command line as a POSIX shell does, without its expansions. */
function words(line: string): string[] {
  const rest = line.replace(WORD, "").trim();
  if (rest !== "")
    throw new Error(`nodeargs option "${line}" has a quote or backslash without its other half`);
  return (line.match(WORD) ?? []).map((word) =>
    word.replace(
      PIECE,
      (_, single?: string, double?: string, escaped?: string, plain?: string) =>
        single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "",
    ),
  );
}
