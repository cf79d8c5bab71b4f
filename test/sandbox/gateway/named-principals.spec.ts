import { GlueClient, PutResourcePolicyCommand } from "@aws-sdk/client-glue";
import { CreateRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateGrantCommand, CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";
import type { Refusal } from "./refusal";

const ACCOUNT = "120000000201";
const OTHER = "130000000201";

/** Principals of a policy in `AWS`, and whether AWS would know them. */
const principals: readonly (readonly [title: string, AWS: string, exists: boolean])[] = [
  ["an account's id", OTHER, true],
  ["an account's root", `arn:aws:iam::${OTHER}:root`, true],
  ["a role", `arn:aws:iam::${OTHER}:role/there`, true],
  ["a role with a path", `arn:aws:iam::${OTHER}:role/deep/down/pathed`, true],
  ["a role's session", `arn:aws:sts::${OTHER}:assumed-role/there/somebody`, true],
  ["a role that does not exist", `arn:aws:iam::${OTHER}:role/nobody`, false],
  ["a role without its path", `arn:aws:iam::${OTHER}:role/pathed`, false],
  ["a user that does not exist", `arn:aws:iam::${OTHER}:user/nobody`, false],
  ["an account that does not exist", "030000000201", false],
  ["the root of an account that does not exist", "arn:aws:iam::030000000201:root", false],
  ["an account id with 11 digits", "13000000020", false],
  ["a wildcard in a role's name", `arn:aws:iam::${OTHER}:role/*`, false],
  ["a wildcard for the account", "arn:aws:iam::*:role/there", false],
  ["a group", `arn:aws:iam::${OTHER}:group/there`, false],
  ["the ARN of a function", `arn:aws:lambda:us-east-1:${OTHER}:function:f`, false],
];

describe("gateway: policies that name somebody", () => {
  let iam: IAMClient;
  let kms: KMSClient;
  let lambda: LambdaClient;
  let s3: S3Client;
  let glue: GlueClient;
  let key: string;

  before(async () => {
    const made = await clients();
    [iam, kms, lambda, s3, glue] = await Promise.all([
      made.in(IAMClient, ACCOUNT),
      made.in(KMSClient, ACCOUNT),
      made.in(LambdaClient, ACCOUNT),
      made.in(S3Client, ACCOUNT),
      made.in(GlueClient, ACCOUNT),
    ]);
    const other = await made.in(IAMClient, OTHER);
    const trust = policy({ Service: "lambda.amazonaws.com" }, "sts:AssumeRole");
    await other.send(new CreateRoleCommand({ RoleName: "there", AssumeRolePolicyDocument: trust }));
    await other.send(
      new CreateRoleCommand({ RoleName: "pathed", Path: "/deep/down/", AssumeRolePolicyDocument: trust }),
    );
    await iam.send(new CreateRoleCommand({ RoleName: "target", AssumeRolePolicyDocument: trust }));
    await iam.send(new CreateRoleCommand({ RoleName: "function", AssumeRolePolicyDocument: trust }));
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "named",
        PackageType: "Image",
        Role: `arn:aws:iam::${ACCOUNT}:role/function`,
        Code: { ImageUri: "292517598671.dkr.ecr.us-east-1.amazonaws.com/x:1" },
      }),
    );
    await s3.send(new CreateBucketCommand({ Bucket: "named-principals-201" }));
    key = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? "";
  });

  function policy(Principal: unknown, Action: string, Resource?: string, ...more: object[]): string {
    const statement = { Effect: "Allow", Principal, Action, ...(Resource === undefined ? {} : { Resource }) };
    return JSON.stringify({ Version: "2012-10-17", Statement: [statement, ...more] });
  }

  /** Without it nobody could change the key's policy again. */
  const administered = { Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "kms:*", Resource: "*" };

  interface Place {
    readonly title: string;
    readonly put: (principal: unknown) => Promise<unknown>;
    readonly refused: (AWS: string) => Refusal;
  }

  const malformed = (AWS: string): Refusal => ({
    code: "MalformedPolicyDocumentException",
    status: 400,
    message: `Invalid principal in policy: "AWS":"${AWS}"`,
  });

  const places: readonly Place[] = [
    {
      title: "IAM UpdateAssumeRolePolicy",
      put: (principal) =>
        iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: "target",
            PolicyDocument: policy(principal, "sts:AssumeRole"),
          }),
        ),
      refused: malformed,
    },
    {
      title: "S3 PutBucketPolicy",
      put: (principal) =>
        s3.send(
          new PutBucketPolicyCommand({
            Bucket: "named-principals-201",
            Policy: policy(principal, "s3:GetObject", "arn:aws:s3:::named-principals-201/*"),
          }),
        ),
      refused: () => ({ code: "MalformedPolicy", status: 400, message: "Invalid principal in policy" }),
    },
    {
      title: "KMS PutKeyPolicy",
      put: (principal) =>
        kms.send(
          new PutKeyPolicyCommand({
            KeyId: key,
            PolicyName: "default",
            Policy: policy(principal, "kms:*", "*", administered),
          }),
        ),
      refused: () => ({
        code: "MalformedPolicyDocumentException",
        status: 400,
        message: "Policy contains a statement with one or more invalid principals.",
      }),
    },
    {
      title: "Glue PutResourcePolicy",
      put: (principal) =>
        glue.send(
          new PutResourcePolicyCommand({
            PolicyInJson: policy(principal, "glue:GetTable", `arn:aws:glue:us-east-1:${ACCOUNT}:catalog`),
          }),
        ),
      refused: (AWS) => ({ ...malformed(AWS), code: "InvalidInputException" }),
    },
  ];

  for (const { title, put, refused } of places) {
    for (const [whom, AWS, exists] of principals) {
      it(`${title} ${exists ? "takes" : "refuses"} ${whom}`, async () => {
        if (exists) await put({ AWS: [AWS] });
        else expect(await refusal(put({ AWS: [OTHER, AWS] }))).to.deep.equal(refused(AWS));
      });
    }
  }

  let statement = 0;
  for (const [whom, Principal, exists] of principals) {
    it(`Lambda AddPermission ${exists ? "takes" : "refuses"} ${whom}`, async () => {
      statement += 1;
      const call = lambda.send(
        new AddPermissionCommand({
          FunctionName: "named",
          StatementId: `s${statement}`,
          Action: "lambda:InvokeFunction",
          Principal,
        }),
      );
      if (exists) await call;
      else {
        expect(await refusal(call)).to.deep.equal({
          code: "InvalidParameterValueException",
          status: 400,
          message: "The provided principal was invalid. Please check the principal and try again.",
        });
      }
    });
  }

  const services: readonly (readonly [service: string, exists: boolean])[] = [
    ["quicksight.amazonaws.com", true],
    ["lambda.amazonaws.com", true],
    ["quicksight", false],
    ["example.com", false],
  ];
  for (const [Service, exists] of services) {
    it(`IAM CreateRole ${exists ? "takes" : "refuses"} the service ${Service}`, async () => {
      const call = iam.send(
        new CreateRoleCommand({
          RoleName: `of-${Service.replaceAll(".", "-")}`,
          AssumeRolePolicyDocument: policy({ Service }, "sts:AssumeRole"),
        }),
      );
      if (exists) await call;
      else
        expect((await refusal(call)).message).to.equal(`Invalid principal in policy: "Service":"${Service}"`);
    });
  }

  it("KMS CreateGrant refuses a grantee that does not exist", async () => {
    const grant = (GranteePrincipal: string): Promise<unknown> =>
      kms.send(new CreateGrantCommand({ KeyId: key, GranteePrincipal, Operations: ["Decrypt"] }));
    await grant(`arn:aws:iam::${OTHER}:role/there`);
    expect(await refusal(grant(`arn:aws:iam::${OTHER}:role/nobody`))).to.deep.equal({
      code: "InvalidArnException",
      status: 400,
      message: `ARN does not refer to a valid principal: arn:aws:iam::${OTHER}:role/nobody`,
    });
  });

  it("IAM CreateRole refuses a permissions boundary that does not exist, and takes one of AWS's own", async () => {
    const create = (RoleName: string, PermissionsBoundary: string): Promise<unknown> =>
      iam.send(
        new CreateRoleCommand({
          RoleName,
          PermissionsBoundary,
          AssumeRolePolicyDocument: policy({ Service: "lambda.amazonaws.com" }, "sts:AssumeRole"),
        }),
      );
    await create("bounded", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    const missing = `arn:aws:iam::${ACCOUNT}:policy/nothing`;
    expect(await refusal(create("unbounded", missing))).to.deep.equal({
      code: "NoSuchEntityException",
      status: 404,
      message: `Scope ARN: ${missing} does not exist or is not attachable.`,
    });
  });
});
