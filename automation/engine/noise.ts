/** What the engine says that is of no use to anybody here. */

/**
 * The engine warns of each plugin that it finds on PATH instead of beside itself
 * (pulumi/sdk/go/common/workspace/plugins.go). Where plugins are meant to lie on PATH, that is no news.
 */
const PLUGIN_FROM_PATH =
  /^(?:warning: )?using pulumi-(?:language|resource|analyzer)-[\w-]+(?:\.exe)? from \$PATH at \S.*$/;

/** Whether a line of the engine is one of those. */
export function isNoise(line: string): boolean {
  return PLUGIN_FROM_PATH.test(line.trim());
}

/** A text without such lines; empty when there is nothing else. */
export function withoutNoise(text: string): string {
  return text
    .split("\n")
    .filter((line) => !isNoise(line))
    .join("\n")
    .trim();
}
