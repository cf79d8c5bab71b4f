import type { Answer } from "./answer";

/** How a service's requests and answers are written (AWS's names: awsJson, awsQuery, restJson, restXml, rpcv2Cbor). */
export type Protocol = "json" | "query" | "rest-json" | "rest-xml" | "cbor";

/** An error as an AWS service answers it. `status` is the HTTP status, 400 unless told. */
export class AwsError extends Error {
  override readonly name = "AwsError";

  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the error, for instance `ResourceType`. */
    readonly members: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What the sandbox does not do: 501, so that nobody takes it for an answer of AWS. */
export function notImplemented(service: string, operation: string, why = "is not served here"): AwsError {
  return new AwsError(
    "NotImplemented",
    `${service}:${operation} ${why}: the sandbox does not execute it`,
    501,
  );
}

/** Faults of the credentials, which each protocol calls by another name. */
export type CredentialFault = "missing" | "incomplete" | "unknown" | "expired" | "signature";

const CREDENTIAL_FAULTS: Readonly<
  Record<CredentialFault, Readonly<Record<"json" | "query" | "s3", [string, number]>>>
> = {
  missing: {
    json: ["MissingAuthenticationTokenException", 400],
    query: ["MissingAuthenticationToken", 403],
    s3: ["AccessDenied", 403],
  },
  incomplete: {
    json: ["IncompleteSignatureException", 400],
    query: ["IncompleteSignature", 400],
    s3: ["AuthorizationHeaderMalformed", 400],
  },
  unknown: {
    json: ["UnrecognizedClientException", 400],
    query: ["InvalidClientTokenId", 403],
    s3: ["InvalidAccessKeyId", 403],
  },
  expired: {
    json: ["ExpiredTokenException", 400],
    query: ["ExpiredToken", 403],
    s3: ["ExpiredToken", 400],
  },
  signature: {
    json: ["InvalidSignatureException", 400],
    query: ["SignatureDoesNotMatch", 403],
    s3: ["SignatureDoesNotMatch", 403],
  },
};

/** The error for a fault of the credentials, in the words of the protocol. */
export function credentialError(fault: CredentialFault, protocol: Protocol, message: string): AwsError {
  const column = protocol === "rest-xml" ? "s3" : protocol === "query" ? "query" : "json";
  const [code, status] = CREDENTIAL_FAULTS[fault][column];
  // REST services answer 403 where the RPC protocols say 400.
  return new AwsError(code, message, protocol === "rest-json" && status === 400 ? 403 : status);
}

/** Writes an error in the service's protocol. `requestId` goes where the protocol has a place for it. */
export function errorAnswer(error: AwsError, protocol: Protocol, requestId: string): Answer {
  const { code, message, status, members } = error;
  switch (protocol) {
    case "json":
      return {
        status,
        headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId },
        body: JSON.stringify({ __type: code, message, Message: message, ...members }),
      };
    case "rest-json":
      return {
        status,
        headers: {
          "content-type": "application/json",
          "x-amzn-errortype": code,
          "x-amzn-requestid": requestId,
        },
        body: JSON.stringify({ message, Message: message, RequestId: requestId, ...members }),
      };
    case "query":
      return {
        status,
        headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
        body:
          `<ErrorResponse><Error><Type>${status < 500 ? "Sender" : "Receiver"}</Type><Code>${xml(code)}</Code>` +
          `<Message>${xml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    case "rest-xml":
      return {
        status,
        headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
        body:
          `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${xml(code)}</Code>` +
          `<Message>${xml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
      };
    case "cbor":
      return {
        status,
        headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
        body: cborMap({ __type: code, message }),
      };
  }
}

/** Text for an XML element. Characters that XML 1.0 cannot hold are dropped. */
export function xml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
    .replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function cborMap(entries: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    const head = Buffer.alloc(3);
    head[0] = 0x79; // text, length in the next two bytes
    head.writeUInt16BE(Math.min(bytes.length, 0xffff), 1);
    return Buffer.concat([head, bytes.subarray(0, 0xffff)]);
  };
  const pairs = Object.entries(entries);
  return Buffer.concat([Buffer.of(0xa0 + pairs.length), ...pairs.flatMap(([k, v]) => [text(k), text(v)])]);
}
