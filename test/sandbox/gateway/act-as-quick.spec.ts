import { AthenaClient, CreateWorkGroupCommand } from "@aws-sdk/client-athena";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateDataSourceCommand, QuickSightClient } from "@aws-sdk/client-quicksight";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { stat, readFile } from "node:fs/promises";
import path from "node:path";
import { roleAPermissions, roleATrust } from "../../../access/role-a";
import { roleBTrust } from "../../../access/role-b";
import { policyText } from "../../../access/document";
import { dataSourceArnOf, roleAArn, sharedRoleAName, roleBArn, roleBName } from "../../../access/names";
import { type ActInSandbox, enteredQuick } from "../../../sandbox/sandbox";
import { environmentWith, requestWith } from "../../worlds";
import { testCloud, useVariables } from "../cloud";
import { clients } from "./clients";

const HUB = "110000000351";
const SPOKE = "130000000351";
const environment = environmentWith({ hub: { account: HUB, quick: { owners: ["group/bi-admins"] } } });
const request = requestWith({ account: SPOKE });
const ROLE_A = roleAArn(environment, request);
const ROLE_B = roleBArn(request, environment);
const DATA_SOURCE = dataSourceArnOf(request, environment);
const ROLE_A_SESSION = `arn:aws:sts::${HUB}:assumed-role/${sharedRoleAName(environment)}/QuickSight-RoleSession`;

describe("acting as Quick in the sandbox (R36, R37, R69)", () => {
  useVariables(async () => (await testCloud()).environment);
  let hubIam: IAMClient;
  let spokeIam: IAMClient;

  const permit = async () => {
    for (const [PolicyName, document] of roleAPermissions(environment))
      await hubIam.send(
        new PutRolePolicyCommand({
          RoleName: sharedRoleAName(environment),
          PolicyName,
          PolicyDocument: policyText(document),
        }),
      );
  };
  const trust = (iam: IAMClient, RoleName: string, PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));

  before(async () => {
    const made = await clients();
    hubIam = await made.in(IAMClient, HUB);
    spokeIam = await made.in(IAMClient, SPOKE);
    await hubIam.send(
      new CreateRoleCommand({
        RoleName: sharedRoleAName(environment),
        AssumeRolePolicyDocument: policyText(roleATrust(environment)),
      }),
    );
    await permit();
    await spokeIam.send(
      new CreateRoleCommand({
        RoleName: roleBName(request, environment),
        AssumeRolePolicyDocument: policyText(roleBTrust(request, environment)),
      }),
    );
    await (await made.in(AthenaClient, SPOKE)).send(new CreateWorkGroupCommand({ Name: "dev-sales" }));
    await (
      await made.in(QuickSightClient, HUB)
    ).send(
      new CreateDataSourceCommand({
        AwsAccountId: HUB,
        DataSourceId: "dev-sales",
        Name: "Sales",
        Type: "ATHENA",
        DataSourceParameters: {
          AthenaParameters: { WorkGroup: "dev-sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
        },
      }),
    );
  });

  async function quick(): Promise<ActInSandbox> {
    const act = await enteredQuick();
    if (act === undefined) throw new Error("no sandbox was entered");
    return act;
  }

  for (const scopedDown of [true, false])
    it(`gives Role B's credentials ${scopedDown ? "with" : "without"} Quick's own limit`, async () => {
      const credentials = await (await quick())({ dataSource: DATA_SOURCE, scopedDown });
      if ("refused" in credentials) throw new Error(credentials.reason);
      const sts = (await clients()).with(STSClient, credentials);
      expect(await sts.send(new GetCallerIdentityCommand({}))).to.deep.include({
        Account: SPOKE,
        Arn: `arn:aws:sts::${SPOKE}:assumed-role/qs-athena-consumer-role/QuickSight-RoleSession`,
      });
      expect(credentials.expiration.getTime() - Date.now()).to.be.within(3_500_000, 3_600_000);
    });

  const closed: readonly {
    readonly name: string;
    readonly close: () => Promise<unknown>;
    readonly open: () => Promise<unknown>;
    readonly refused: string;
    readonly reason: string;
  }[] = [
    {
      name: "Role A trusts another service",
      close: () =>
        trust(
          hubIam,
          sharedRoleAName(environment),
          policyText(roleATrust(environment)).replace("quicksight.", "lambda."),
        ),
      open: () => trust(hubIam, sharedRoleAName(environment), policyText(roleATrust(environment))),
      refused: ROLE_A,
      reason: `Quick to Role A: User: quicksight.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${ROLE_A} because no role trust policy allows the sts:AssumeRole action`,
    },
    {
      name: "Role A has no permission",
      close: () =>
        hubIam.send(
          new DeleteRolePolicyCommand({
            RoleName: sharedRoleAName(environment),
            PolicyName: "AssumeConsumerRolePolicy",
          }),
        ),
      open: permit,
      refused: ROLE_B,
      reason: `Role A to Role B: User: ${ROLE_A_SESSION} is not authorized to perform: sts:AssumeRole on resource: ${ROLE_B} because no identity-based policy allows the sts:AssumeRole action`,
    },
    {
      name: "Role B wants another external id (e7)",
      close: () =>
        trust(
          spokeIam,
          roleBName(request, environment),
          policyText(roleBTrust(request, environment)).replace(DATA_SOURCE, `${DATA_SOURCE}-other`),
        ),
      open: () =>
        trust(spokeIam, roleBName(request, environment), policyText(roleBTrust(request, environment))),
      refused: ROLE_B,
      reason: `Role A to Role B: User: ${ROLE_A_SESSION} is not authorized to perform: sts:AssumeRole on resource: ${ROLE_B} because no role trust policy allows the sts:AssumeRole action`,
    },
  ];
  for (const { name, close, open, refused, reason } of closed)
    it(`gives none while ${name}, and says so in the words of the data source's check`, async () => {
      await close();
      try {
        const answers = await Promise.all(
          [true, false].map(async (scopedDown) => (await quick())({ dataSource: DATA_SOURCE, scopedDown })),
        );
        expect(answers).to.deep.equal([
          { refused, reason },
          { refused, reason },
        ]);
      } finally {
        await open();
      }
      expect(await (await quick())({ dataSource: DATA_SOURCE, scopedDown: true })).to.have.property(
        "accessKeyId",
      );
    });

  it("is nobody's who cannot read the sandbox's own file", async () => {
    const { endpoint, environment: variables } = await testCloud();
    const file = path.join(variables["ATHENA_SPOKES_SANDBOX"] ?? "", "sandbox.json");
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const { token, secret } = JSON.parse(await readFile(file, "utf8")) as { token: string; secret: string };
    const body = JSON.stringify({ dataSource: DATA_SOURCE, scopedDown: true });
    const health = await (await fetch(`${endpoint}/_sandbox/health`)).text();
    expect(health).to.not.include(secret);
    for (const authorization of ["", token, `${secret}x`, `Bearer ${secret}`]) {
      const answer = await fetch(`${endpoint}/_sandbox/quick`, {
        method: "POST",
        headers: { authorization },
        body,
      });
      expect([answer.status, await answer.json()]).to.deep.equal([
        403,
        { message: "the token is not this sandbox's" },
      ]);
    }
    const malformed: readonly [string, string | undefined, number][] = [
      ["GET", undefined, 400],
      ["POST", "", 400],
      ["POST", "{", 400],
      ["POST", "null", 400],
      ["POST", '"text"', 400],
      ["POST", `{"dataSource":1,"scopedDown":true}`, 400],
      ["POST", `{"dataSource":"${DATA_SOURCE}"}`, 400],
      ["POST", "x".repeat(20_000), 400],
      ["POST", `{"dataSource":"${DATA_SOURCE}-none","scopedDown":true}`, 404],
    ];
    for (const [method, text, status] of malformed) {
      const answer = await fetch(`${endpoint}/_sandbox/quick`, {
        method,
        headers: { authorization: secret },
        ...(text === undefined ? {} : { body: text }),
      });
      expect([text?.slice(0, 60), answer.status]).to.deep.equal([text?.slice(0, 60), status]);
    }
  });

  it("is not offered to a shell whose AWS is no sandbox, or another one", async () => {
    const before = process.env["AWS_ENDPOINT_URL"];
    try {
      process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";
      expect(await enteredQuick()).to.equal(undefined);
      Reflect.deleteProperty(process.env, "AWS_ENDPOINT_URL");
      expect(await enteredQuick()).to.equal(undefined);
    } finally {
      process.env["AWS_ENDPOINT_URL"] = before;
    }
  });
});
