import { AwsError } from "../errors";
import type { Protocol } from "../errors";

/** A refusal in the words of the service's protocol: the codes and statuses that its clients know. */
export function denied(protocol: Protocol, service: string, message: string): AwsError {
  // Where RPC in JSON is spoken, AWS answers a denial with 400, as every other error of the caller's.
  if (protocol === "json" || protocol === "cbor") return new AwsError("AccessDeniedException", message, 400);
  if (service === "ec2") return new AwsError("UnauthorizedOperation", message, 403);
  if (protocol === "query" || protocol === "rest-xml") return new AwsError("AccessDenied", message, 403);
  return new AwsError("AccessDeniedException", message, 403);
}
