import { AwsError } from "../errors";
import type { Protocol } from "../errors";

/** A refusal in the words of the service's protocol: the codes and statuses that its clients know. */
export function denied(protocol: Protocol, service: string, message: string): AwsError {
  // The JSON protocols answer 400 (DynamoDB, KMS, Athena, Glue ... say so in their lists of errors).
  if (protocol === "json" || protocol === "cbor") return new AwsError("AccessDeniedException", message, 400);
  if (service === "ec2") return new AwsError("UnauthorizedOperation", message, 403);
  if (protocol === "query" || protocol === "rest-xml") return new AwsError("AccessDenied", message, 403);
  return new AwsError("AccessDeniedException", message, service === "quicksight" ? 401 : 403);
}
