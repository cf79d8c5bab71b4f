/**
 * The gateway and requests that no client would make: each is answered as AWS answers a fault, and what is executed is
 * what was decided. The gateway runs in this process, before a moto of its own that notes all that reaches it.
 */
import { AthenaClient, CreateWorkGroupCommand } from "@aws-sdk/client-athena";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateDatabaseCommand, GlueClient } from "@aws-sdk/client-glue";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import * as duckDb from "@duckdb/node-api";
import { policyDocument } from "../../../access/document";
import { FunctionCode } from "../../../sandbox/functions/code";
import { Functions } from "../../../sandbox/functions/functions";
import { nodeRuntime, pythonRuntime } from "../../../sandbox/functions/runtimes";
import type { Answer } from "../../../sandbox/gateway/answer";
import { createGateway } from "../../../sandbox/gateway/gateway";
import { Moto } from "../../../sandbox/gateway/moto";
import type { MotoRequest } from "../../../sandbox/gateway/moto";
import { loadState } from "../../../sandbox/gateway/state";
import { locations } from "../../../sandbox/installation.js";
import { ORGANIZATION } from "../../../sandbox/world";
import { ours } from "../moto/emulators";
import type { Emulator } from "../moto/emulators";
import { Clients, managementCredentials } from "./clients";
import type { ClientSettings, Credentials } from "./clients";
import { codeOf, sendRaw, signedHeaders } from "./raw";
import type { Received, Sent } from "./raw";

const SEED = 5;

const ROOT = path.join(__dirname, "..", "..", "..");
const HOSTS = path.join(ROOT, "sandbox", "functions");
const MODULES = path.join(ROOT, "node_modules");
const { python } = locations();

/** Notes what is sent on for a client; what the gateway asks for itself begins with `/_sandbox/`, or has its own key. */
class NotedMoto extends Moto {
  readonly noted: string[] = [];

  override send(request: MotoRequest): Promise<Answer> {
    const own = `${request.path} ${String(request.headers["authorization"])}`;
    if (!/^\/_sandbox\/|SANDBOXGATEWAY/.test(own)) this.noted.push(`${request.method} ${request.path}`);
    return super.send(request);
  }
}

/** What stands in everything that the callers here must not see. */
const SECRET = "not-for-everybody";

type Service =
  "s3" | "iam" | "sts" | "athena" | "glue" | "dynamodb" | "kms" | "lambda" | "quicksight" | "ec2";

const JSON_TARGETS: Readonly<Partial<Record<Service, string>>> = {
  athena: "AmazonAthena",
  glue: "AWSGlue",
  dynamodb: "DynamoDB_20120810",
  kms: "TrentService",
};

const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };

interface Asked {
  readonly service: Service;
  readonly sent: Sent;
}

const segment = fc.constantFrom(
  ..."open closed x secret . .. %2e%2e %2E %2F %252F %2f.. %00 %ff %zz a%20b moto-api %6doto-api _sandbox %5fsandbox".split(
    " ",
  ),
  ..."reset iam health latest meta-data v20180820 favicon.ico".split(" "),
  ..."2015-03-31 functions closed%2Fpolicy accounts".split(" "),
  "",
);

const anyPath = fc
  .tuple(fc.constantFrom("/", "//", "/_sandbox/../", "/open/../", ""), fc.array(segment, { maxLength: 5 }))
  .map(([start, parts]) => start + parts.join("/"));

const parameter = fc.constantFrom(
  "policy",
  "Policy",
  "acl",
  "tagging",
  "versions",
  "list-type=2",
  "prefix=open/",
  "prefix=",
  "versionId=null",
  "uploads",
  "uploadId=1",
  "partNumber=1",
  "Action=ListUsers",
  "Action=GetUser",
  "UserName=secret",
  "x-id=GetObject",
  "%zz=%",
  "X-Amz-Signature=0",
  "X-Amz-Algorithm=AWS4-HMAC-SHA256",
  "r=.eu-west-1.amazonaws.com",
);

const anySearch = fc
  .array(parameter, { maxLength: 3 })
  .map((all) => (all.length === 0 ? "" : `?${all.join("&")}`));

const operation = fc.constantFrom(
  "ListUsers",
  "GetUser",
  "CreateUser",
  "GetItem",
  "Scan",
  "BatchGetItem",
  "TransactWriteItems",
  "GetDatabase",
  "GetDatabases",
  "GetWorkGroup",
  "ListWorkGroups",
  "AssumeRole",
  "GetCallerIdentity",
  "CreateKey",
  "Nothing",
  "",
  "__proto__",
  "constructor",
);

const anyHeaders = fc
  .array(
    fc.constantFrom<Record<string, string>>(
      FORM_TYPE,
      JSON_TYPE,
      { "content-type": "multipart/form-data; boundary=x" },
      { "content-type": "" },
      { "content-encoding": "gzip" },
      { "transfer-encoding": "chunked" },
      { "smithy-protocol": "rpc-v2-cbor" },
      { "x-amz-target": "" },
      { "x-amz-target": "AWSGlue.GetDatabases" },
      { "x-amz-target": "DynamoDB_20111205.Scan" },
      { "x-amz-target": "Nothing" },
      { host: "closed.s3.amazonaws.com" },
      { host: "moto-api.s3.us-east-1.amazonaws.com" },
      { host: "iam.amazonaws.com" },
      { "x-moto-account-id": "120000000001" },
      { "x-amz-copy-source": "/closed/secret" },
      { "x-amz-copy-source": "closed%2Fsecret" },
      { "user-agent": "Boto3/1 region/eu-west-1" },
      { "x-forwarded-host": "closed.s3.amazonaws.com" },
      { "x-http-method-override": "DELETE" },
      { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
      { "x-filler": "x".repeat(12_000) },
      { expect: "100-continue" },
    ),
    { maxLength: 3 },
  )
  .map((all): Record<string, string> => Object.assign({}, ...all) as Record<string, string>);

const anyBody = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "[]",
    "null",
    '{"__proto__":{"x":1}}',
    "\uFEFF{}",
    "Action=GetUser&UserName=secret",
    "Action=ListUsers&Action=GetCallerIdentity",
    "Version=2010-05-08&UserName=secret",
    '{"TableName":"closed"}',
    '{"TableName":"open","TableName":"closed"}',
    '{"TableName":"open","x":"&Action=ListTables&"}',
    '{"RequestItems":{}}',
    '{"RequestItems":["closed"]}',
    '{"RequestItems":{"closed":"x"}}',
    '{"TransactItems":[{"Nothing":{}}]}',
    '{"Name":"closed"}',
    '{"Name":1e999}',
    '{"WorkGroup":"open"}',
    "<Delete><Object><Key>secret</Key></Object></Delete>",
    "<Delete><!ENTITY x SYSTEM 'file:///etc/passwd'></Delete>",
    "<CreateBucketConfiguration><",
  ),
  fc.string({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

const asked: fc.Arbitrary<Asked> = fc
  .record({
    service: fc.constantFrom<Service>(
      ..."s3 s3 s3 iam sts athena glue dynamodb kms lambda quicksight ec2"
        .split(" ")
        .map((s) => s as Service),
    ),
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"),
    anyPath,
    anySearch,
    operation,
    anyHeaders,
    anyBody,
    usual: fc.boolean(),
  })
  .map(
    ({
      service,
      method,
      anyPath: where,
      anySearch: search,
      operation: name,
      anyHeaders: more,
      anyBody: body,
      usual,
    }) => {
      const target = JSON_TARGETS[service];
      const rpc = target !== undefined || service === "iam" || service === "sts";
      const own: Record<string, string> =
        target === undefined ? (rpc ? FORM_TYPE : {}) : { ...JSON_TYPE, "x-amz-target": `${target}.${name}` };
      const form = rpc && target === undefined && typeof body === "string" && !body.startsWith("Action=");
      return {
        service,
        sent: {
          method: usual && rpc ? "POST" : method,
          path: (usual && rpc ? "/" : where.startsWith("/") ? where : `/${where}`) + search,
          headers: { ...own, ...more },
          body: form ? `Action=${name}&${body}` : body,
        },
      };
    },
  );

describe("gateway: fuzzing", function () {
  this.timeout(180_000);
  let folder: string;
  let emulator: Emulator;
  let moto: NotedMoto;
  let server: Server;
  let port: number;
  const faults: string[] = [];
  /** A user without any permission, and one who may do things with what is called `open`. */
  let nobody: Credentials;
  let somebody: Credentials;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-fuzz-"));
    emulator = await ours(path.join(folder, "moto-state"));
    moto = new NotedMoto(emulator.port);
    const gateway = createGateway({
      state: loadState(path.join(folder, "gateway-state.json")),
      moto,
      duckDb: () => duckDb,
      functions: new Functions(),
      runtimes: { connector: undefined, nodejs: nodeRuntime(HOSTS), python: pythonRuntime(HOSTS, python) },
      code: new FunctionCode({ folder: path.join(folder, "functions"), python, modules: MODULES }),
      managedResults: path.join(folder, "managed-results"),
      secret: "secret",
      iam: true,
      changed: () => undefined,
      health: () => Promise.resolve({ name: "fuzz" }),
      log: (line) => faults.push(line),
    });
    ({ server } = gateway);
    await gateway.start();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    const clients = new Clients(`http://127.0.0.1:${port}`);
    const client = <C>(Client: new (settings: ClientSettings) => C): C =>
      clients.with(Client, managementCredentials);
    const s3 = client(S3Client);
    for (const Bucket of ["open", "closed"]) await s3.send(new CreateBucketCommand({ Bucket }));
    for (const [Bucket, Key] of [
      ["open", "open/x"],
      ["open", `secret/${SECRET}`],
      ["closed", `open/${SECRET}`],
      ["closed", "secret"],
      ["closed", "open/x"],
      ["closed", "open/open/x"],
      ["closed", "x"],
    ] as const)
      await s3.send(
        new PutObjectCommand({ Bucket, Key, Body: Bucket === "open" && Key === "open/x" ? "shown" : SECRET }),
      );
    const glue = client(GlueClient);
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "open" } }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "closed", Description: SECRET } }));
    const elsewhere = clients.with(GlueClient, managementCredentials, "eu-west-1");
    await elsewhere.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "open", Description: SECRET } }));
    const athena = client(AthenaClient);
    await athena.send(new CreateWorkGroupCommand({ Name: "open" }));
    await athena.send(new CreateWorkGroupCommand({ Name: "closed", Description: SECRET }));
    const dynamodb = client(DynamoDBClient);
    for (const TableName of ["open", "closed"]) {
      await dynamodb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        }),
      );
      const value = TableName === "open" ? "shown" : SECRET;
      await dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: "x" }, value: { S: value } } }));
    }
    const iam = client(IAMClient);
    const user = async (UserName: string): Promise<Credentials> => {
      await iam.send(
        new CreateUserCommand({
          UserName,
          Tags: [{ Key: "note", Value: UserName === "secret" ? SECRET : "" }],
        }),
      );
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      return {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      };
    };
    await user("secret");
    nobody = await user("nobody");
    somebody = await user("somebody");
    const here = `us-east-1:${ORGANIZATION.managementAccount}`;
    const PolicyDocument = JSON.stringify(
      policyDocument(
        { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::open/open/*" },
        {
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::open",
          Condition: { StringEquals: { "s3:prefix": "open/" } },
        },
        { Effect: "Allow", Action: "dynamodb:*", Resource: `arn:aws:dynamodb:${here}:table/open` },
        { Effect: "Allow", Action: "athena:GetWorkGroup", Resource: `arn:aws:athena:${here}:workgroup/open` },
        {
          Effect: "Allow",
          Action: "glue:GetDatabase",
          Resource: [`arn:aws:glue:${here}:catalog`, `arn:aws:glue:${here}:database/open`],
        },
        {
          Effect: "Allow",
          Action: "iam:GetUser",
          Resource: `arn:aws:iam::${ORGANIZATION.managementAccount}:user/somebody`,
        },
      ),
    );
    await iam.send(new PutUserPolicyCommand({ UserName: "somebody", PolicyName: "open", PolicyDocument }));
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    moto.close();
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  });

  const property = (title: string, runs: number, check: (asked: Asked) => Promise<void>): void => {
    it(`${title} (seed ${SEED})`, async () => {
      await fc.assert(fc.asyncProperty(asked, check), { numRuns: runs, seed: SEED });
      const { status } = await sendRaw(port, { method: "GET", path: "/_sandbox/health" });
      expect(status).to.equal(200);
    });
  };

  const as = (who: Credentials, { service, sent }: Asked): Promise<Received> =>
    sendRaw(port, { ...sent, headers: signedHeaders(port, service, sent, who) });

  /** Fails unless it is an error as AWS writes it: 4xx, or the 501 of what the sandbox does not do. */
  const refusedAsByAws = (received: Received, { service, sent }: Asked): void => {
    const { status, text } = received;
    const shown = JSON.stringify({ service, ...sent, body: String(sent.body), status, text });
    expect(status === 501 || (status >= 400 && status < 500), shown).to.equal(true);
    // The sandbox's own, of which there is nothing but what it knows.
    if (sent.path?.startsWith("/_sandbox/") === true) {
      expect(status, shown).to.equal(404);
      return;
    }
    if (sent.method !== "HEAD" && !String(received.headers["content-type"]).includes("cbor"))
      expect(codeOf(received), shown).to.match(/^\w+$/);
  };

  property("refuses what is not signed, whatever it asks for, and sends nothing on", 1500, async (one) => {
    moto.noted.length = 0;
    refusedAsByAws(await sendRaw(port, one.sent), one);
    expect(moto.noted).to.deep.equal([]);
  });

  const spoiled: Readonly<Record<string, (headers: Record<string, string>) => Record<string, string>>> = {
    "a signature of another key": (headers) => ({
      ...headers,
      authorization: (headers["authorization"] ?? "").replace(/[0-9a-f]{4}$/, "0000"),
    }),
    "a key that nobody has": (headers) => ({
      ...headers,
      authorization: (headers["authorization"] ?? "").replace(/AKIA\w+/, "AKIAAAAAAAAAAAAAAAAA"),
    }),
    "another service's scope": (headers) => ({
      ...headers,
      authorization: (headers["authorization"] ?? "").replace(/\/us-east-1\/\w+\//, "/us-east-1/sqs/"),
    }),
    "a body that was changed": (headers) => ({ ...headers, "x-amz-content-sha256": "0".repeat(64) }),
    "a token that does not belong to the key": (headers) => ({ ...headers, "x-amz-security-token": "x" }),
  };
  for (const [title, spoil] of Object.entries(spoiled))
    property(`refuses ${title}, and sends nothing on`, 300, async (one) => {
      moto.noted.length = 0;
      const headers = spoil(signedHeaders(port, one.service, one.sent));
      // A token beside a lasting key is not looked at.
      if (headers["x-amz-security-token"] !== undefined)
        headers["authorization"] = (headers["authorization"] ?? "").replace(/.{4}$/, "0000");
      refusedAsByAws(await sendRaw(port, { ...one.sent, headers }), one);
      expect(moto.noted).to.deep.equal([]);
    });

  property("refuses who has no permission, and sends nothing on", 5000, async (one) => {
    moto.noted.length = 0;
    const received = await as(nobody, one);
    // Needs no permission, and is answered by the gateway itself.
    if (!received.text.includes("GetCallerIdentityResult")) refusedAsByAws(received, one);
    expect(moto.noted, JSON.stringify({ ...one, status: received.status })).to.deep.equal([]);
  });

  property(
    "shows nothing that the caller may not see, and changes nothing that the caller may not change",
    5000,
    async (one) => {
      const received = await as(somebody, one);
      const shown = JSON.stringify({ ...one, status: received.status, text: received.text });
      expect(received.text, shown).not.to.include(SECRET);
      expect(received.status < 500 || received.status === 501, shown).to.equal(true);
    },
  );

  property("answers an administrator too with 4xx to what is malformed", 3000, async (one) => {
    const received = await as(managementCredentials, one);
    expect(
      received.status < 500 || received.status === 501,
      JSON.stringify({ ...one, status: received.status, text: received.text }),
    ).to.equal(true);
  });

  const GET_DATABASE = { ...JSON_TYPE, "x-amz-target": "AWSGlue.GetDatabase" };
  const OPEN = '{"Name":"open"}';
  const s3Get = { method: "GET", path: "/open/open/x" };

  /** Requests that somebody may make, with something that moto alone would take for another one. */
  const disguised: readonly (readonly [title: string, service: Service, sent: Sent, answer: RegExp])[] = [
    ["a bucket in the host", "s3", { ...s3Get, headers: { host: "closed.s3.amazonaws.com" } }, /^shown$/],
    ["moto's controls in the host", "s3", { ...s3Get, headers: { host: "moto_api" } }, /^shown$/],
    [
      "an operation in the query, beside the target",
      "glue",
      { path: "/?Action=GetDatabases", headers: GET_DATABASE, body: OPEN },
      /"Database": ?\{.*"Name": ?"open"/,
    ],
    [
      "an operation in a text of JSON",
      "glue",
      { headers: GET_DATABASE, body: '{"Name":"open","x":"&Action=GetDatabases&"}' },
      /"Database": ?\{.*"Name": ?"open"/,
    ],
    [
      "another Region in the user agent",
      "glue",
      { headers: { ...GET_DATABASE, "user-agent": "x region/eu-west-1 y" }, body: OPEN },
      /"Database": ?\{.*"Name": ?"open"/,
    ],
    [
      "another Region in the query",
      "glue",
      { path: "/?x=.eu-west-1.amazonaws.com", headers: GET_DATABASE, body: OPEN },
      /"Database": ?\{.*"Name": ?"open"/,
    ],
    [
      "an operation in a target, beside the form",
      "iam",
      {
        path: "/?Action=GetUser",
        headers: { ...FORM_TYPE, "x-amz-target": "X.ListUsers" },
        body: "UserName=somebody",
      },
      /<UserName>somebody</,
    ],
    [
      "a compressed form, beside the query",
      "iam",
      {
        path: "/?Action=GetUser&UserName=somebody",
        headers: { ...FORM_TYPE, "content-encoding": "gzip" },
        body: gzipSync("Action=GetUser&UserName=secret"),
      },
      /<UserName>somebody<|<Code>/,
    ],
    [
      "JSON for a service of forms",
      "iam",
      {
        path: "/?Action=GetUser&UserName=secret",
        headers: { ...JSON_TYPE, "x-amz-target": "X.GetUser" },
        body: '{"UserName":"somebody"}',
      },
      /<Code>AccessDenied</,
    ],
  ];
  for (const [title, service, sent, answer] of disguised)
    it(`executes what it has decided on: ${title}`, async () => {
      const { text } = await as(somebody, { service, sent });
      expect(text).to.match(answer).and.not.to.include(SECRET);
    });

  it("executes what it has decided on: a signature with its parts in another order", async () => {
    const sent = { headers: GET_DATABASE, body: OPEN };
    const headers = signedHeaders(port, "glue", sent, somebody);
    const parts = /^(\S+) (Credential=\S+), (SignedHeaders=\S+), (Signature=\S+)$/.exec(
      headers["authorization"] ?? "",
    );
    const authorization = `${parts?.[1] ?? ""} ${parts?.[3] ?? ""}, ${parts?.[4] ?? ""}, ${parts?.[2] ?? ""}`;
    const { text } = await sendRaw(port, { ...sent, headers: { ...headers, authorization } });
    expect(text)
      .to.match(/"Database": ?\{/)
      .and.not.to.include(SECRET);
  });

  /** Requests that an administrator may make and that mean nothing. */
  const meaningless: readonly (readonly [
    title: string,
    service: Service,
    sent: Sent,
    status: number,
    code: string,
  ])[] = [
    ["moto's controls", "s3", { path: "/moto-api/reset" }, 404, "NoSuchBucket"],
    ["moto's controls as an object", "s3", { method: "PUT", path: "/moto-api/reset" }, 404, "NoSuchBucket"],
    ["moto's controls, encoded", "s3", { method: "PUT", path: "/%6doto-api/reset" }, 404, "NoSuchBucket"],
    [
      "moto's controls after two slashes",
      "s3",
      { method: "GET", path: "//moto-api/data.json" },
      400,
      "InvalidURI",
    ],
    ["a bucket that begins so", "s3", { method: "GET", path: "/moto-apis/x" }, 404, "NoSuchBucket"],
    [
      "the emulator's view of IAM, encoded",
      "s3",
      { method: "GET", path: `/%5fsandbox/iam/${ORGANIZATION.managementAccount}` },
      404,
      "NoSuchBucket",
    ],
    ["instance metadata", "s3", { method: "GET", path: "/latest/meta-data/x" }, 404, "NoSuchBucket"],
    ["S3 Control", "s3", { method: "GET", path: "/v20180820/configuration/x" }, 404, "NoSuchBucket"],
    ["a path that cannot be decoded", "s3", { method: "GET", path: "/open/sec%72et%zz" }, 400, "InvalidURI"],
    ["two subresources", "s3", { method: "GET", path: "/open/open/x?acl&tagging" }, 405, "MethodNotAllowed"],
    ["XML that is none", "s3", { method: "PUT", path: "/open?tagging", body: "x" }, 400, "MalformedXML"],
    [
      "an encoded slash",
      "lambda",
      { method: "GET", path: "/2015-03-31/functions/f%2Fpolicy" },
      404,
      "UnknownOperationException",
    ],
    [
      "the target of another version",
      "dynamodb",
      { headers: { ...JSON_TYPE, "x-amz-target": "DynamoDB_20111205.Scan" }, body: "{}" },
      404,
      "UnknownOperationException",
    ],
    [
      "a batch of nothing",
      "dynamodb",
      { headers: { ...JSON_TYPE, "x-amz-target": "DynamoDB_20120810.BatchGetItem" }, body: "{}" },
      400,
      "ValidationException",
    ],
    [
      "a body that is not UTF-8",
      "glue",
      { headers: GET_DATABASE, body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
      400,
      "SerializationException",
    ],
  ];
  for (const [title, service, sent, status, code] of meaningless)
    it(`refuses ${title}, also to an administrator, and sends nothing on`, async () => {
      moto.noted.length = 0;
      const received = await as(managementCredentials, { service, sent });
      expect([received.status, codeOf(received)], received.text).to.deep.equal([status, code]);
      expect(moto.noted).to.deep.equal([]);
    });

  const raw: readonly (readonly [title: string, text: string])[] = [
    ["no HTTP", "\u0000\u0001\r\n\r\n"],
    ["an unknown method", "MAKE / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["headers of 1 MB", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(1_000_000)}\r\n\r\n`],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["broken chunks", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ["no host", "GET / HTTP/1.1\r\n\r\n"],
    ["a whole URL", "GET http://127.0.0.1/moto-api/reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    ["two slashes", "POST //moto-api/reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
  ];
  for (const [title, text] of raw)
    it(`answers 4xx to ${title}, sends nothing on, and lives on`, async () => {
      moto.noted.length = 0;
      const answer = await new Promise<string>((resolve) => {
        let came = "";
        const socket = connect(port, "127.0.0.1", () => socket.end(text));
        socket.on("data", (chunk) => (came += chunk.toString()));
        // What is cut off while it is still being sent ends so.
        socket.on("error", () => undefined);
        socket.on("close", () => {
          resolve(came);
        });
      });
      expect(answer.split("\r\n")[0]).to.match(/^HTTP\/1\.1 4\d\d /);
      expect(moto.noted).to.deep.equal([]);
      const { status } = await sendRaw(port, { method: "GET", path: "/_sandbox/health" });
      expect(status).to.equal(200);
    });

  it("has changed nothing, and met no fault of its own", async () => {
    const s3 = new Clients(`http://127.0.0.1:${port}`).with(S3Client, managementCredentials);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "closed" }));
    expect(Contents?.map(({ Key }) => Key)).to.deep.equal([
      "open/not-for-everybody",
      "open/open/x",
      "open/x",
      "secret",
      "x",
    ]);
    // What moto cannot do is noted as such.
    expect(faults.filter((line) => !line.startsWith("moto: "))).to.deep.equal([]);
  });
});
