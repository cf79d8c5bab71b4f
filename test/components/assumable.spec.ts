import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { whenAssumable } from "../../components/assumable";
import { useVariables } from "../sandbox/cloud";

const VIA = "arn:aws:iam::122222222222:role/athena-spokes-producer-onboarder-dev";
const SHARE = "arn:aws:iam::133333333333:role/AthenaCrossAccountCreate-122222222222";
const ASSUMPTION = { roleArn: SHARE, via: VIA, region: "us-east-1" };

const granted = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const refused = (code: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;

describe("the first use of a role that was made just now (R14, R16, R19)", () => {
  let server: Server;
  /** Roles that were to be assumed, in order. */
  let asked: string[];
  /** What STS says of each try at the share role; after that it is granted. */
  let refusals: string[];
  let entry: string | undefined;
  /** Milliseconds until STS answers who enters. */
  let entryTakes: number;

  before((done) => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        const role = new URLSearchParams(body).get("RoleArn") ?? "";
        asked.push(role);
        const code = role === VIA ? entry : refusals.shift();
        const answer = () => {
          response.writeHead(code === undefined ? 200 : 403, { "content-type": "text/xml" });
          response.end(code === undefined ? granted : refused(code));
        };
        if (role === VIA) setTimeout(answer, entryTakes);
        else answer();
      });
    }).listen(0, "127.0.0.1", done);
  });
  after((done) => {
    server.close(done);
  });
  beforeEach(() => {
    asked = [];
    refusals = [];
    entry = undefined;
    entryTakes = 0;
  });

  useVariables(() =>
    Promise.resolve({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
    }),
  );

  it("waits until it can be assumed, from the role that assumes it", async () => {
    refusals = ["AccessDenied", "AccessDenied", "AccessDenied"];
    const told: string[] = [];
    await whenAssumable(ASSUMPTION, { patience: 10_000, interval: 1, tell: (text) => told.push(text) });
    expect(asked).to.deep.equal([VIA, SHARE, SHARE, SHARE, SHARE]);
    expect(told).to.deep.equal([`waiting until ${VIA} can assume ${SHARE}, for 10 seconds at most`]);
  });

  it("is over at once when it can be assumed already", async () => {
    const told: string[] = [];
    await whenAssumable(ASSUMPTION, { tell: (text) => told.push(text) });
    expect(asked).to.deep.equal([VIA, SHARE]);
    expect(told).to.deep.equal([]);
  });

  it("is patient with the role alone, however long the way to it took", async () => {
    refusals = ["AccessDenied"];
    // The answer comes when patience would be at an end.
    entryTakes = 600;
    await whenAssumable(ASSUMPTION, { patience: 500, interval: 1 });
    expect(asked).to.deep.equal([VIA, SHARE, SHARE]);
  });

  it("ends when patience is at an end: the provider says what is wrong", async () => {
    refusals = Array.from({ length: 1000 }, () => "AccessDenied");
    await whenAssumable(ASSUMPTION, { patience: 500, interval: 20 });
    expect(asked.length).to.be.within(3, 27);
  });

  it("ends when it is interrupted", async () => {
    refusals = ["AccessDenied"];
    const told: string[] = [];
    const tell = (text: string) => told.push(text);
    await whenAssumable(ASSUMPTION, { interval: 50_000, signal: AbortSignal.timeout(50), tell });
    expect(asked).to.deep.equal([VIA, SHARE]);
    expect(told).to.have.length(1);
  });

  it("does not wait for what does not pass: another error, or no way to the role that assumes it", async () => {
    refusals = ["ExpiredTokenException", "ExpiredTokenException"];
    await whenAssumable(ASSUMPTION);
    expect(asked).to.deep.equal([VIA, SHARE]);
    entry = "AccessDenied";
    await whenAssumable(ASSUMPTION);
    expect(asked).to.deep.equal([VIA, SHARE, VIA]);
  });
});
