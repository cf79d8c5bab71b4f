import { expect } from "chai";
import fc from "fast-check";
import { connect } from "node:net";
import { without } from "../../../sandbox/gateway/without";
import { testCloud } from "../cloud";
import { ADMINISTRATOR } from "../../../sandbox/world";
import { codeOf, sendRaw, signedHeaders } from "./raw";
import type { Received, Sent } from "./raw";

describe("gateway: requests that are not as they should be", () => {
  let port: number;

  before(async () => {
    port = Number(new URL((await testCloud()).endpoint).port);
  });

  const send = (sent: Sent): Promise<Received> => sendRaw(port, sent);
  const signed = (service: string, sent: Sent): Record<string, string> => signedHeaders(port, service, sent);
  const sendSigned = (service: string, sent: Sent): Promise<Received> =>
    send({ ...sent, headers: signed(service, sent) });

  const FORM = { "content-type": "application/x-www-form-urlencoded" };
  const TARGET = {
    "x-amz-target": "AmazonAthena.GetWorkGroup",
    "content-type": "application/x-amz-json-1.1",
  };

  it("takes what is signed rightly", async () => {
    const sent = { headers: FORM, body: "Action=GetCallerIdentity&Version=2011-06-15" };
    const { status, text } = await sendSigned("sts", sent);
    expect(status, text).to.equal(200);
    expect(text).to.include("<Arn>arn:aws:iam::100000000000:user/administrator</Arn>");
  });

  const rows: readonly (readonly [
    title: string,
    service: string,
    sent: Sent,
    status: number,
    code: string,
  ])[] = [
    [
      "an unknown operation in JSON",
      "athena",
      { headers: { ...TARGET, "x-amz-target": "AmazonAthena.Nothing" }, body: "{}" },
      404,
      "UnknownOperationException",
    ],
    [
      "a target that is none",
      "athena",
      { headers: { ...TARGET, "x-amz-target": "" }, body: "{}" },
      404,
      "UnknownOperationException",
    ],
    ["an unknown Action", "iam", { headers: FORM, body: "Action=Nothing" }, 400, "InvalidAction"],
    ["no Action", "iam", { headers: FORM, body: "x=y" }, 400, "MissingAction"],
    [
      "an unknown path",
      "lambda",
      { method: "GET", path: "/2015-03-31/nothing" },
      404,
      "UnknownOperationException",
    ],
    [
      "a method that the path has not",
      "quicksight",
      { method: "PATCH", path: "/accounts/110000000001/data-sources" },
      404,
      "UnknownOperationException",
    ],
    ["a method that S3 has not", "s3", { method: "PATCH", path: "/bucket" }, 405, "MethodNotAllowed"],
    ["a body that is no JSON", "athena", { headers: TARGET, body: "{" }, 400, "SerializationException"],
    ["a body that is a list", "athena", { headers: TARGET, body: "[]" }, 400, "SerializationException"],
    [
      "a number for a text",
      "athena",
      { headers: TARGET, body: '{"WorkGroup": 1}' },
      400,
      "SerializationException",
    ],
    [
      "a null for a text",
      "athena",
      { headers: TARGET, body: '{"WorkGroup": null}' },
      400,
      "InvalidRequestException",
    ],
    [
      "a role that is no ARN",
      "sts",
      { headers: FORM, body: "Action=AssumeRole&RoleArn=x&RoleSessionName=test" },
      400,
      "ValidationError",
    ],
    [
      "a session name with a space",
      "sts",
      {
        headers: FORM,
        body: "Action=AssumeRole&RoleArn=arn:aws:iam::110000000001:role/x&RoleSessionName=a%20b",
      },
      400,
      "ValidationError",
    ],
  ];
  for (const [title, service, sent, status, code] of rows) {
    it(`answers ${code} to ${title}`, async () => {
      const received = await sendSigned(service, sent);
      expect([received.status, codeOf(received)], received.text).to.deep.equal([status, code]);
    });
  }

  const unsigned: readonly (readonly [
    title: string,
    change: (headers: Record<string, string>) => Record<string, string>,
    json: string,
    query: string,
    s3: string,
  ])[] = [
    [
      "no signature",
      (headers) => without(headers, "authorization"),
      "MissingAuthenticationTokenException",
      "MissingAuthenticationToken",
      "AccessDenied",
    ],
    [
      "a broken signature header",
      (headers) => ({ ...headers, authorization: "AWS4-HMAC-SHA256 Credential=" }),
      "IncompleteSignatureException",
      "IncompleteSignature",
      "AuthorizationHeaderMalformed",
    ],
    [
      "a signature of something else",
      (headers) => ({ ...headers, authorization: `${headers["authorization"]?.slice(0, -4) ?? ""}0000` }),
      "InvalidSignatureException",
      "SignatureDoesNotMatch",
      "SignatureDoesNotMatch",
    ],
    [
      "a key that nobody has",
      (headers) => ({
        ...headers,
        authorization:
          headers["authorization"]?.replace(ADMINISTRATOR.accessKeyId, "AKIAAAAAAAAAAAAAAAAA") ?? "",
      }),
      "UnrecognizedClientException",
      "InvalidClientTokenId",
      "InvalidAccessKeyId",
    ],
  ];
  for (const [title, change, json, query, s3] of unsigned) {
    const protocols: readonly (readonly [service: string, sent: Sent, code: string])[] = [
      ["athena", { headers: TARGET, body: "{}" }, json],
      ["iam", { headers: FORM, body: "Action=ListRoles" }, query],
      ["s3", { method: "GET", path: "/bucket" }, s3],
      ["quicksight", { method: "GET", path: "/accounts/110000000001/data-sources" }, json],
    ];
    for (const [service, sent, code] of protocols) {
      it(`answers ${code} to ${title} for ${service}`, async () => {
        const received = await send({ ...sent, headers: change(signed(service, sent)) });
        expect(codeOf(received), received.text).to.equal(code);
        expect(received.status).to.be.within(400, 403);
      });
    }
  }

  it("answers a body that was changed after it was signed", async () => {
    const sent = { headers: FORM, body: "Action=ListRoles" };
    const received = await send({ ...sent, headers: signed("iam", sent), body: "Action=ListUsers" });
    expect([received.status, codeOf(received)]).to.deep.equal([403, "SignatureDoesNotMatch"]);
  });

  it("answers 4xx in AWS's shape to whatever comes, and lives on", async function () {
    this.timeout(60_000);
    const services = fc.constantFrom(
      "s3",
      "sts",
      "iam",
      "athena",
      "lambda",
      "quicksight",
      "kms",
      "cloudcontrolapi",
      "organizations",
      "glue",
    );
    const word = fc.string({ unit: fc.constantFrom(...Array.from('abAB01/._-%?&={}[]"<>')), maxLength: 40 });
    const target = fc.option(
      word.map((w) => w.replace(/[^\w.]/g, "")),
      { nil: undefined },
    );
    await fc.assert(
      fc.asyncProperty(
        services,
        fc.constantFrom("POST", "GET", "PUT", "DELETE"),
        word,
        target,
        word,
        fc.boolean(),
        async (service, method, path, name, body, form) => {
          const headers = {
            ...(name === undefined ? {} : { "x-amz-target": `Some.${name}` }),
            ...(form ? FORM : {}),
          };
          const sent = {
            method,
            path: `/${encodeURI(path)
              .replace(/%25/g, "%")
              .replace(/[?#].*$/, "")}`,
            headers,
            body,
          };
          const received = await send({ ...sent, headers: signed(service, sent) });
          expect(received.status, `${JSON.stringify({ service, ...sent })} ${received.text}`).to.be.below(
            500,
          );
        },
      ),
      { numRuns: 300, seed: 1 },
    );
    const { status } = await sendSigned("sts", { headers: FORM, body: "Action=GetCallerIdentity" });
    expect(status).to.equal(200);
  });

  it("answers 400 to what is no HTTP, and lives on", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.end("\u0000\u0001 nothing\r\n\r\n"));
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("error", reject);
      socket.on("close", () => {
        resolve(text);
      });
    });
    expect(answer.split("\r\n")[0]).to.equal("HTTP/1.1 400 Bad Request");
    const { status } = await sendSigned("sts", { headers: FORM, body: "Action=GetCallerIdentity" });
    expect(status).to.equal(200);
  });

  it("does not let a client choose moto's account", async () => {
    const sent = { headers: { ...FORM, "x-moto-account-id": "120000000001" }, body: "Action=GetUser" };
    const { text } = await sendSigned("iam", sent);
    expect(text).to.include("<Arn>arn:aws:iam::100000000000:user/administrator</Arn>");
  });
});
