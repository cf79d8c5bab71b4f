import {
  CreateRoleCommand,
  CreateUserCommand,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { clients, managementCredentials } from "./clients";
import type { Clients, Credentials } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "130000000101";
const STRANGER = "230000000101";

const trust = (AWS: string, Condition?: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS },
        Action: "sts:AssumeRole",
        ...(Condition === undefined ? {} : { Condition }),
      },
    ],
  });

const allow = (Action: string, Resource: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });

describe("gateway: STS", () => {
  let made: Clients;
  let iam: IAMClient;
  let administrator: Credentials;

  before(async () => {
    made = await clients();
    iam = await made.in(IAMClient, ACCOUNT);
    administrator = await made.credentials(ACCOUNT);
  });

  const identity = async (credentials: Credentials): Promise<{ Account: unknown; Arn: unknown }> => {
    const { Account, Arn } = await made.with(STSClient, credentials).send(new GetCallerIdentityCommand({}));
    return { Account, Arn };
  };

  it("knows the management account's key, and the administrator of every account, strangers too", async () => {
    expect(await identity(managementCredentials)).to.deep.equal({
      Account: "100000000000",
      Arn: "arn:aws:iam::100000000000:user/administrator",
    });
    expect(await identity(administrator)).to.deep.equal({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/OrganizationAccountAccessRole/test`,
    });
    expect(await identity(await made.credentials(STRANGER))).to.deep.equal({
      Account: STRANGER,
      Arn: `arn:aws:sts::${STRANGER}:assumed-role/OrganizationAccountAccessRole/test`,
    });
  });

  const absent: readonly (readonly [title: string, arn: string])[] = [
    ["a role that does not exist", `arn:aws:iam::${ACCOUNT}:role/nobody`],
    [
      "a role of an account that does not exist",
      "arn:aws:iam::030000000101:role/OrganizationAccountAccessRole",
    ],
    ["a role by a path that is not its own", `arn:aws:iam::${ACCOUNT}:role/x/OrganizationAccountAccessRole`],
  ];
  for (const [title, RoleArn] of absent) {
    it(`refuses ${title}`, async () => {
      expect(await refusal(made.assume(managementCredentials, { RoleArn }))).to.deep.equal({
        code: "AccessDenied",
        status: 403,
        message: `User: arn:aws:iam::100000000000:user/administrator is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      });
    });
  }

  it("assumes a role whose trust policy names the caller, with the right external id only", async () => {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/team/reader`;
    await iam.send(
      new CreateRoleCommand({
        RoleName: "reader",
        Path: "/team/",
        AssumeRolePolicyDocument: trust(STRANGER, { StringEquals: { "sts:ExternalId": "the-id" } }),
      }),
    );
    const stranger = await made.credentials(STRANGER);
    expect(await identity(await made.assume(stranger, { RoleArn, ExternalId: "the-id" }))).to.deep.equal({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/test`,
    });
    for (const wrong of [{}, { ExternalId: "another" }]) {
      const { code, status } = await refusal(made.assume(stranger, { RoleArn, ...wrong }));
      expect([code, status]).to.deep.equal(["AccessDenied", 403]);
    }
    const { code } = await refusal(made.assume(managementCredentials, { RoleArn, ExternalId: "the-id" }));
    expect(code, "the management account is not named").to.equal("AccessDenied");
  });

  it("wants the caller's own permission across accounts", async () => {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/open`;
    await iam.send(new CreateRoleCommand({ RoleName: "open", AssumeRolePolicyDocument: trust(STRANGER) }));
    const strangerIam = await made.in(IAMClient, STRANGER);
    await strangerIam.send(new CreateUserCommand({ UserName: "walker" }));
    const { AccessKey } = await strangerIam.send(new CreateAccessKeyCommand({ UserName: "walker" }));
    const walker = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    expect((await refusal(made.assume(walker, { RoleArn }))).code).to.equal("AccessDenied");
    await strangerIam.send(
      new PutUserPolicyCommand({
        UserName: "walker",
        PolicyName: "p",
        PolicyDocument: allow("sts:AssumeRole", RoleArn),
      }),
    );
    expect(await identity(await made.assume(walker, { RoleArn }))).to.deep.equal({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/open/test`,
    });
  });

  it("limits a session by the policy it was made with", async () => {
    const [first, second] = [`arn:aws:iam::${ACCOUNT}:role/first`, `arn:aws:iam::${ACCOUNT}:role/second`];
    await iam.send(new CreateRoleCommand({ RoleName: "first", AssumeRolePolicyDocument: trust(ACCOUNT) }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "first",
        PolicyName: "p",
        PolicyDocument: allow("sts:AssumeRole", second),
      }),
    );
    await iam.send(
      new CreateRoleCommand({
        RoleName: "second",
        AssumeRolePolicyDocument: trust(`arn:aws:iam::${ACCOUNT}:root`),
      }),
    );
    const whole = await made.assume(administrator, { RoleArn: first });
    const limited = await made.assume(administrator, { RoleArn: first, Policy: allow("s3:GetObject", "*") });
    expect((await identity(await made.assume(whole, { RoleArn: second }))).Arn).to.equal(
      `arn:aws:sts::${ACCOUNT}:assumed-role/second/test`,
    );
    expect((await refusal(made.assume(limited, { RoleArn: second }))).code).to.equal("AccessDenied");
  });

  it("holds the limits of durations: the role's, and an hour in a chain", async () => {
    await iam.send(
      new CreateRoleCommand({
        RoleName: "long",
        MaxSessionDuration: 7200,
        AssumeRolePolicyDocument: trust("100000000000"),
      }),
    );
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/long`;
    await made.assume(managementCredentials, { RoleArn, DurationSeconds: 7200 });
    expect(
      await refusal(made.assume(managementCredentials, { RoleArn, DurationSeconds: 7201 })),
    ).to.deep.equal({
      code: "ValidationError",
      status: 400,
      message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    });
    const administratorOfManagement = `arn:aws:iam::100000000000:role/OrganizationAccountAccessRole`;
    const chained = await made.assume(managementCredentials, { RoleArn: administratorOfManagement });
    expect((await refusal(made.assume(chained, { RoleArn, DurationSeconds: 7200 }))).message).to.equal(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  });

  it("forgets a user's key when it is made inactive or deleted", async () => {
    await iam.send(new CreateUserCommand({ UserName: "keyed" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "keyed" }));
    const key = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const named = { UserName: "keyed", AccessKeyId: key.accessKeyId };
    expect((await identity(key)).Arn).to.equal(`arn:aws:iam::${ACCOUNT}:user/keyed`);
    await iam.send(new UpdateAccessKeyCommand({ ...named, Status: "Inactive" }));
    expect((await refusal(identity(key))).code).to.equal("InvalidClientTokenId");
    await iam.send(new UpdateAccessKeyCommand({ ...named, Status: "Active" }));
    expect((await identity(key)).Arn).to.equal(`arn:aws:iam::${ACCOUNT}:user/keyed`);
    await iam.send(new DeleteAccessKeyCommand(named));
    expect((await refusal(identity(key))).code).to.equal("InvalidClientTokenId");
  });

  it("wants the session token of temporary credentials", async () => {
    const { accessKeyId, secretAccessKey } = administrator;
    expect((await refusal(identity({ accessKeyId, secretAccessKey }))).code).to.equal("InvalidClientTokenId");
  });

  it("says 501 to other ways of getting credentials", async () => {
    const { code, status } = await refusal(
      made.with(STSClient, managementCredentials).send(new GetSessionTokenCommand({})),
    );
    expect([code, status]).to.deep.equal(["NotImplemented", 501]);
  });
});
