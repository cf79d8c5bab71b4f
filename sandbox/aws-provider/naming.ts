/** Names made from a resource's logical name, as the real provider makes them when the program gives none. */
import type { Naming } from "./resource-type";

/** What the engine says about a name to be made. */
export interface NamingRequest {
  readonly logicalName: string;
  /** The engine's seed, the same for the preview and the update that follows it. */
  readonly seed: Uint8Array;
  /** The name that the stack's `pulumi:autonaming` configuration asks for, when it says anything. */
  readonly configured?: { readonly name: string; readonly mode: "propose" | "enforce" | "disable" };
}

/**
 * The logical name and seven random hexadecimal digits, or what the stack's configuration proposes.
 * Throws when the configuration turns automatic names off, or enforces one that is too long.
 */
export function madeName(naming: Naming, request: NamingRequest): string {
  const { configured } = request;
  if (configured?.mode === "disable") {
    throw new Error(`automatic names are turned off for this resource: give it "${naming.property}"`);
  }
  const suffix = `-${Buffer.from(request.seed).toString("hex").slice(0, 7).padEnd(7, "0")}`;
  const name = configured?.name ?? request.logicalName.slice(0, naming.maxLength - suffix.length) + suffix;
  if (name.length > naming.maxLength) {
    throw new Error(
      `the automatic name "${name}" is longer than ${naming.maxLength} characters: give "${naming.property}"`,
    );
  }
  return naming.lowerCase === true ? name.toLowerCase() : name;
}
