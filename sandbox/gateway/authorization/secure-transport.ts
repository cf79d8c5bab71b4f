import type { Call } from "../call";

/**
 * `aws:SecureTransport` of a request. Loopback stands for TLS; to try what happens without it, a request says that a proxy
 * took it over plain HTTP.
 */
export function secureTransport({ headers }: Pick<Call, "headers">): "true" | "false" {
  return headers["x-forwarded-proto"] === "http" ? "false" : "true";
}
