import { expect } from "chai";
import fc from "fast-check";
import { AwsError, credentialError } from "../../../sandbox/gateway/errors";
import { parseAuthorization, signatureMatches } from "../../../sandbox/gateway/signature";
import type { Authorization, SignedRequest } from "../../../sandbox/gateway/signature";

const fault = (kind: Parameters<typeof credentialError>[0], message: string): AwsError =>
  credentialError(kind, "query", message);

const parse = (headers: Record<string, string>, search = ""): Authorization =>
  parseAuthorization(headers, new URLSearchParams(search), fault);

// "Example: GET Object" and "Example: GET Bucket (List Objects)" of the S3 API reference, "Signature calculations for the
// Authorization header", and the presigned example of "Authenticating requests: using query parameters".
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const common = {
  host: "examplebucket.s3.amazonaws.com",
  "x-amz-content-sha256": EMPTY,
  "x-amz-date": "20130524T000000Z",
};
const scope = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

const rows: readonly [title: string, request: SignedRequest][] = [
  [
    "an object with a Range",
    {
      method: "GET",
      path: "/test.txt",
      search: "",
      body: undefined,
      headers: {
        ...common,
        range: "bytes=0-9",
        authorization: `AWS4-HMAC-SHA256 ${scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
      },
    },
  ],
  [
    "a listing with a query",
    {
      method: "GET",
      path: "/",
      search: "max-keys=2&prefix=J",
      body: undefined,
      headers: {
        ...common,
        authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7`,
      },
    },
  ],
  [
    "a presigned URL",
    {
      method: "GET",
      path: "/test.txt",
      search:
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
      body: undefined,
      headers: { host: "examplebucket.s3.amazonaws.com" },
    },
  ],
];

const broken: readonly [title: string, headers: Record<string, string>, code: string][] = [
  ["none", {}, "MissingAuthenticationToken"],
  ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }, "IncompleteSignature"],
  ["no fields", { authorization: "AWS4-HMAC-SHA256 " }, "IncompleteSignature"],
  ["no signature", { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host` }, "IncompleteSignature"],
  [
    "a short scope",
    { authorization: "AWS4-HMAC-SHA256 Credential=AKIA/20130524, SignedHeaders=host, Signature=00" },
    "IncompleteSignature",
  ],
  [
    "a signature that is no hash",
    { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=xyz` },
    "IncompleteSignature",
  ],
  [
    "no date",
    { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}` },
    "IncompleteSignature",
  ],
];

describe("gateway signatures (Signature Version 4)", () => {
  for (const [title, request] of rows) {
    it(`accepts AWS's example of ${title}, and not with another key`, () => {
      const authorization = parse(request.headers as Record<string, string>, request.search);
      expect(authorization.accessKey).to.equal("AKIAIOSFODNN7EXAMPLE");
      expect(authorization.service).to.equal("s3");
      expect(signatureMatches(request, authorization, SECRET)).to.equal(true);
      expect(signatureMatches(request, authorization, `${SECRET}x`)).to.equal(false);
      expect(signatureMatches({ ...request, path: "/other" }, authorization, SECRET)).to.equal(false);
    });
  }

  for (const [title, headers, code] of broken) {
    it(`refuses an Authorization header with ${title}`, () => {
      expect(() => parse(headers))
        .to.throw(AwsError)
        .with.property("code", code);
    });
  }

  it("answers whatever the header is with an error of AWS's", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (header, date) => {
        try {
          parse({ authorization: `AWS4-HMAC-SHA256 ${header}`, "x-amz-date": date });
        } catch (error) {
          expect(error).to.be.instanceOf(AwsError);
        }
      }),
      { seed: 6 },
    );
  });
});
