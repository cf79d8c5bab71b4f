/** The function, against a DynamoDB and an STS that do what the sandbox's do not: throttle, and let credentials expire. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { tableReader } from "../../functions/table-reader";
import { useVariables } from "../sandbox/cloud";

const ROLE = "arn:aws:iam::122222222222:role/CrossAccountDynamoDBRole";
const KEY = { Artist: { S: "Acme Band" }, SongTitle: { S: "Happy Day" } };

describe("the function that reads a table of another account (R99, R100, R102)", () => {
  let server: Server;
  let endpoint: string;
  /** What was asked, in order: the operation with what it says. */
  let asked: { operation: string; body: string; scope: string }[];
  /** Answers of DynamoDB, of which the last one stays. */
  let answers: { status: number; body: object }[];
  let issued: number;

  before(async () => {
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const scope = /Credential=([^,]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
        const target = request.headers["x-amz-target"];
        if (target === undefined) {
          asked.push({ operation: "AssumeRole", body, scope });
          issued += 1;
          response.setHeader("content-type", "text/xml");
          response.end(credentials(issued));
          return;
        }
        asked.push({ operation: String(target).split(".")[1] ?? "", body, scope });
        const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500, body: {} };
        response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
        response.end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after((done) => {
    server.close(done);
    server.closeAllConnections();
  });

  useVariables(() =>
    Promise.resolve({
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "EXECUTIONROLE",
      AWS_SECRET_ACCESS_KEY: "secret",
    }),
  );

  beforeEach(() => {
    asked = [];
    issued = 0;
    answers = [{ status: 200, body: { Item: { ...KEY, Awards: { N: "10" } } } }];
  });

  const read = (region = "us-east-1") =>
    tableReader({ ROLE_ARN: ROLE, TABLE_NAME: "Music", TABLE_REGION: region });

  it("assumes the role under its session's name, and gets the item by its key (R99, R100)", async () => {
    expect(await read()({ key: KEY })).to.deep.equal({ item: { ...KEY, Awards: { N: "10" } } });
    expect(asked.map(({ operation }) => operation)).to.deep.equal(["AssumeRole", "GetItem"]);
    const [assumed, got] = asked;
    expect(Object.fromEntries(new URLSearchParams(assumed?.body))).to.deep.include({
      RoleArn: ROLE,
      RoleSessionName: "LambdaDynamoDBSession",
    });
    expect(assumed?.scope).to.match(/^EXECUTIONROLE\//);
    expect(JSON.parse(got?.body ?? "")).to.deep.equal({ TableName: "Music", Key: KEY });
    expect(got?.scope).to.match(/^SESSION1\/\d+\/us-east-1\/dynamodb\//);
  });

  it("answers null where the table has no such item (R102)", async () => {
    answers = [{ status: 200, body: {} }];
    expect(await read()({ key: KEY })).to.deep.equal({ item: null });
  });

  it("asks in the table's Region, which need not be its own (R102)", async () => {
    await read("eu-west-1")({ key: KEY });
    expect(asked.map(({ scope }) => scope.split("/").slice(2, 4))).to.deep.equal([
      ["us-east-1", "sts"],
      ["eu-west-1", "dynamodb"],
    ]);
  });

  it("keeps its credentials from one invocation to the next (R102)", async () => {
    const reader = read();
    for (let time = 0; time < 3; time += 1) await reader({ key: KEY });
    expect(asked.map(({ operation }) => operation)).to.deep.equal([
      "AssumeRole",
      "GetItem",
      "GetItem",
      "GetItem",
    ]);
  });

  it("assumes the role anew before they expire, and goes on with the new ones (R102)", async () => {
    const reader = read();
    await reader({ key: KEY });
    await after56Minutes(async () => {
      await reader({ key: KEY });
      await reader({ key: KEY });
    });
    expect(asked.map(({ operation, scope }) => [operation, scope.split("/")[0]])).to.deep.equal([
      ["AssumeRole", "EXECUTIONROLE"],
      ["GetItem", "SESSION1"],
      ["AssumeRole", "EXECUTIONROLE"],
      ["GetItem", "SESSION2"],
      ["GetItem", "SESSION2"],
    ]);
  });

  for (const fault of [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
  ])
    it(`tries again what DynamoDB throttles: ${fault} (R102)`, async () => {
      const throttled = {
        status: 400,
        body: { __type: `com.amazonaws.dynamodb.v20120810#${fault}`, message: "slow down" },
      };
      answers = [throttled, throttled, ...answers];
      expect((await read()({ key: KEY })).item).to.deep.include(KEY);
      expect(asked.filter(({ operation }) => operation === "GetItem")).to.have.length(3);
    });

  it("tries once what DynamoDB refuses, and says so", async () => {
    answers = [
      {
        status: 400,
        body: { __type: "com.amazonaws.dynamodb.v20120810#AccessDeniedException", Message: "not you" },
      },
    ];
    expect(await refusal(read()({ key: KEY }))).to.equal("not you");
    expect(asked.filter(({ operation }) => operation === "GetItem")).to.have.length(1);
  });

  it("takes and gives binary values as base64", async () => {
    answers = [
      {
        status: 200,
        body: { Item: { id: { B: "AQI=" }, parts: { L: [{ BS: ["Aw=="] }, { M: { a: { NULL: true } } }] } } },
      },
    ];
    expect(await read()({ key: { id: { B: "AQI=" } } })).to.deep.equal({
      item: { id: { B: "AQI=" }, parts: { L: [{ BS: ["Aw=="] }, { M: { a: { NULL: true } } }] } },
    });
    expect(JSON.parse(asked.at(-1)?.body ?? "")).to.deep.equal({
      TableName: "Music",
      Key: { id: { B: "AQI=" } },
    });
  });

  for (const event of [undefined, null, {}, { key: {} }, { key: [] }, { key: "123" }])
    it(`refuses the event ${shown(event)}, which has no key`, async () => {
      expect(await refusal(read()(event))).to.equal(
        `the event ${shown(event)} has no key: write { "key": { "<attribute>": { "S": "<value>" } } }`,
      );
      expect(asked).to.deep.equal([]);
    });
});

function shown(event: unknown): string {
  return event === undefined ? "undefined" : JSON.stringify(event);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** What happens four minutes before the credentials of an hour expire. */
async function after56Minutes(act: () => Promise<void>): Promise<void> {
  const now = Date.now;
  Date.now = () => now() + 56 * 60_000;
  try {
    await act();
  } finally {
    Date.now = now;
  }
}

/** Credentials that last an hour. */
function credentials(count: number): string {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>SESSION${count}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error("it was not refused");
}
