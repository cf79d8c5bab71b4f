import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AddPermissionCommand, LambdaClient, RemovePermissionCommand } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { policyDocument, policyText } from "../../access/document";
import { matrixOf } from "../../access/matrix";
import { environmentWith, HUB, OTHER_SPOKE, PRODUCER, requestWith, SPOKE } from "../worlds";
import { ownCloud } from "../sandbox/cloud";
import { Clients } from "../sandbox/clients";
import { Checkout, type Ran } from "./checkout";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const ROLE_B = "qs-athena-consumer-role";

interface Said {
  readonly code?: string;
  readonly row?: { id: string; outcome: string; why: string[]; explained?: string[] };
  readonly change?: { kind: string; words: string };
  readonly result?: {
    proof?: { holds: boolean; rows: { id: string; outcome: string }[]; unplaced: unknown[] };
  };
  readonly error?: { code: string; message: string };
}

const saidBy = ({ stdout }: Ran): Said[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Said);
const changesIn = (said: readonly Said[]): string[] =>
  said.flatMap(({ change }) => (change === undefined ? [] : [`${change.kind}: ${change.words}`]));
/** Ids of the rows that were told, with what came of them. */
const rowsIn = (said: readonly Said[]): Record<string, string> =>
  Object.fromEntries(said.flatMap(({ row }) => (row === undefined ? [] : [[row.id, row.outcome]])));

function expectCode(ran: Ran, code: number): void {
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).to.equal(code);
}

describe("the proof of access, on the real engine", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let removeCloud: () => Promise<void>;
  let clients: Clients;
  const sales = path.join(EXAMPLES, "sales.yaml");
  /** Every row that is judged for the example. */
  const wanted = matrixOf(requestWith({ analyst: true }), environmentWith())
    .rows.filter((row) => row.kind !== "request" || row.expected !== "permitted")
    .map(({ id }) => id);

  before(async () => {
    // What is brought up here is not taken down again.
    const own = await ownCloud("proof");
    removeCloud = own.remove;
    clients = new Clients(own.cloud.endpoint);
    checkout = await Checkout.make(own.cloud);
    await checkout.write("Pulumi.dev.yaml", await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
    await checkout.bootstrap({ [SPOKE]: sales });
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
  });
  after(async () => {
    await checkout.remove();
    await removeCloud();
  });

  const proved = async (code: number, ...args: string[]): Promise<Said[]> => {
    const ran = await checkout.spokes(...args, "--json");
    expectCode(ran, code);
    return saidBy(ran);
  };

  it("holds for the plan of a spoke, and tells what it would gain, before anything of it exists", async () => {
    const said = await proved(0, "preview", sales, "--proof", "--explain", "role-a-to-role-b/assume");
    const proof = said.at(-1)?.result?.proof;
    expect(proof?.holds).to.equal(true);
    expect(proof?.unplaced).to.deep.equal([]);
    expect(proof?.rows.map(({ id }) => id)).to.have.members(wanted);
    expect(rowsIn(said)).to.deep.equal({ "role-a-to-role-b/assume": "holds" });
    expect(said.find(({ row }) => row !== undefined)?.row?.explained).to.deep.equal([
      `sts:AssumeRole on arn:aws:iam::${SPOKE}:role/${ROLE_B}: allowed by statement AssumeRoleBByName of AssumeConsumerRolePolicy (identity-based policy); statement RoleAAssumesRoleB of trust of ${ROLE_B} (role trust policy); statement AssumeRoleB of arn:aws:iam::${HUB}:policy/athena-spokes-hub-boundary-dev (permissions boundary)`,
    ]);
    expect(changesIn(said)).to.include.members([
      `gains: Role B gains s3:GetObject on arn:aws:s3:::dev-sales-athena-data-${SPOKE}/orders/*`,
      `gains: the connector acct1dynamodb of music: ${SPOKE} gains lambda:InvokeFunction on arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`,
    ]);
    // In the order in which the engine tells of them.
    expect(changesIn(said).filter((change) => !change.startsWith("gains: "))).to.have.members([
      ...["the analyst", "Role B"].map(
        (words) =>
          `loses: ${words} is now bounded by arn:aws:iam::${SPOKE}:policy/athena-spokes-spoke-boundary-dev`,
      ),
      ...[
        ["the results bucket", "results"],
        ["the bucket of sample data", "data"],
      ].map(([words, what]) => {
        const bucket = `arn:aws:s3:::dev-sales-athena-${what}-${SPOKE}`;
        return `loses: ${words}: everybody is newly denied s3:* on ${bucket}, ${bucket}/* where aws:SecureTransport is just false`;
      }),
    ]);
  });

  it("fails for a plan with a fault in it, and says which row, whoever wrote the fault", async () => {
    // The same programs, but for the one that writes Role B's policy: all objects of the data's bucket in it.
    const programs = path.join(checkout.folder, "programs");
    for (const part of [
      "access",
      "automation",
      "components",
      "functions",
      "sandbox",
      "stacks",
      "package.json",
    ])
      await cp(path.resolve(__dirname, "../..", part), path.join(programs, part), { recursive: true });
    const faulty = path.join("programs", "access", "role-b.ts");
    const text = await checkout.read(faulty);
    const right = "places.map(({ bucket, prefix }) => bucketArn(region, bucket, `${prefix}*`))";
    expect(text.split(right)).to.have.length(2);
    await checkout.write(
      faulty,
      text.replace(right, 'places.map(({ bucket }) => bucketArn(region, bucket, "*"))'),
    );
    const ran = await checkout.spokesOf(programs, "preview", sales, "--proof", "--json");
    expectCode(ran, 2);
    const said = saidBy(ran);
    expect(rowsIn(said)).to.deep.equal({
      "role-b/data/read-outside": "fails",
      "role-b/nothing-else": "fails",
      "analyst/data/read-outside": "fails",
      "analyst/nothing-else": "fails",
    });
    expect(said.at(-1)?.error?.code).to.equal("proof.failed");
  });

  it("holds for what is deployed, by what the accounts answer, and there is no difference to the plan", async () => {
    expectCode(await checkout.spokes("onboard", sales, "--yes", "--no-verify"), 0);
    const planned = await proved(0, "preview", "sales", "--proof");
    expect(changesIn(planned)).to.deep.equal([]);
    const said = await proved(0, "verify", "sales", "--proof");
    expect(rowsIn(said)).to.deep.equal({});
    const proof = said.at(-1)?.result?.proof;
    expect(proof?.rows.map(({ id }) => id)).to.have.members(wanted);
    expect(proof?.holds).to.equal(true);
  });

  it("finds a policy that somebody widened by hand", async () => {
    const iam = await clients.in(IAMClient, SPOKE);
    const at = { RoleName: ROLE_B, PolicyName: "AthenaGlueS3Access" };
    const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand(at));
    const before = decodeURIComponent(PolicyDocument);
    const widened = JSON.parse(before) as { Statement: { Sid: string; Resource: unknown }[] };
    for (const statement of widened.Statement)
      if (statement.Sid === "ReadData") statement.Resource = "arn:aws:s3:::*";
    await iam.send(new PutRolePolicyCommand({ ...at, PolicyDocument: JSON.stringify(widened) }));
    try {
      const rows = rowsIn(await proved(1, "verify", "sales", "--proof"));
      expect(rows).to.include({
        "role-b/data/read-outside": "fails",
        "role-b/nothing-else": "fails",
      });
    } finally {
      await iam.send(new PutRolePolicyCommand({ ...at, PolicyDocument: before }));
    }
  });

  it("finds a policy that somebody added by hand, and one that was taken away", async () => {
    const iam = await clients.in(IAMClient, SPOKE);
    const added = { RoleName: ROLE_B, PolicyName: "more" };
    const document = policyDocument({ Effect: "Allow", Action: "dynamodb:Scan", Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ ...added, PolicyDocument: policyText(document) }));
    try {
      const rows = rowsIn(await proved(1, "verify", "sales", "--proof"));
      expect(rows).to.include({ "role-b/nothing-else": "fails" });
    } finally {
      await iam.send(new DeleteRolePolicyCommand(added));
    }
    const taken = { RoleName: "analyst", PolicyName: "AthenaQueries" };
    const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand(taken));
    await iam.send(new DeleteRolePolicyCommand(taken));
    try {
      const rows = rowsIn(await proved(1, "verify", "sales", "--proof"));
      expect(rows).to.include({ "analyst/athena/queries": "fails", "analyst/data/read": "fails" });
      expect(Object.keys(rows).filter((id) => id.startsWith("role-b/"))).to.deep.equal([]);
    } finally {
      await iam.send(
        new PutRolePolicyCommand({ ...taken, PolicyDocument: decodeURIComponent(PolicyDocument) }),
      );
    }
  });

  it("finds whom somebody lets invoke a connector by hand, and says who", async () => {
    const lambda = await clients.in(LambdaClient, PRODUCER);
    const statement = { FunctionName: "acct1dynamodb", StatementId: "friend" };
    await lambda.send(
      new AddPermissionCommand({ ...statement, Action: "lambda:InvokeFunction", Principal: OTHER_SPOKE }),
    );
    try {
      const said = await proved(1, "verify", "sales", "--proof");
      expect(rowsIn(said)).to.deep.equal({ "producer/music/acct1dynamodb/nothing-else": "fails" });
      expect(said.find(({ row }) => row !== undefined)?.row?.why.join()).to.include(OTHER_SPOKE);
    } finally {
      await lambda.send(new RemovePermissionCommand(statement));
    }
    await proved(0, "verify", "sales", "--proof");
  });
});
