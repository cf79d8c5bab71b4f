import {
  CreateRoleCommand,
  CreateUserCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateOrganizationCommand,
  DescribeAccountCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketOwnershipControlsCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clients } from "./clients";
import type { Clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "120000000601";
const SPOKE = "130000000601";
const BUCKET = "emulated-services-601";

const document = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

describe("gateway: what moto keeps, made as AWS has it", () => {
  let made: Clients;

  before(async () => {
    made = await clients();
  });

  describe("S3", () => {
    let s3: S3Client;

    before(async () => {
      s3 = await made.in(S3Client, ACCOUNT);
      await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    });

    it("gives a new bucket its defaults", async () => {
      const { PublicAccessBlockConfiguration } = await s3.send(
        new GetPublicAccessBlockCommand({ Bucket: BUCKET }),
      );
      expect(PublicAccessBlockConfiguration).to.deep.equal({
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      });
      const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket: BUCKET }));
      expect(OwnershipControls?.Rules).to.deep.equal([{ ObjectOwnership: "BucketOwnerEnforced" }]);
    });

    it("leaves the settings of a bucket that is created again", async () => {
      await s3.send(new CreateBucketCommand({ Bucket: `${BUCKET}-again` }));
      await s3.send(
        new PutBucketPolicyCommand({
          Bucket: `${BUCKET}-again`,
          Policy: document({
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: `arn:aws:s3:::${BUCKET}-again/*`,
          }),
        }),
      );
      const again = await refusal(
        made
          .in(S3Client, SPOKE)
          .then((other) => other.send(new CreateBucketCommand({ Bucket: `${BUCKET}-again` }))),
      );
      expect(again.code).to.equal("BucketAlreadyExists");
    });

    it("takes objects of any name and size through, and back", async () => {
      const Key = "folder/a name with spaces, ümlauts & +signs=?.bin";
      const Body = Buffer.alloc(3_000_000, 7);
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, Metadata: { colour: "blue" } }));
      const {
        Body: stream,
        Metadata,
        ContentLength,
      } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      expect(Buffer.from((await stream?.transformToByteArray()) ?? []).equals(Body)).to.equal(true);
      expect([Metadata, ContentLength]).to.deep.equal([{ colour: "blue" }, Body.length]);
      const { ContentLength: length } = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
      expect(length).to.equal(Body.length);
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "folder/" }));
      expect(Contents?.map((o) => o.Key)).to.deep.equal([Key]);
      expect(
        (await refusal(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "none" })))).status,
      ).to.equal(404);
    });

    const everybody = (Condition?: object): string =>
      document({
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${BUCKET}/*`,
        ...(Condition === undefined ? {} : { Condition }),
      });
    const policies: readonly (readonly [title: string, policy: string, isPublic: boolean])[] = [
      ["everybody", everybody(), true],
      ["everybody, over TLS", everybody({ Bool: { "aws:SecureTransport": "true" } }), true],
      ["everybody but one account", everybody({ StringNotEquals: { "aws:PrincipalAccount": SPOKE } }), true],
      ["any role called so", everybody({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/x" } }), true],
      ["the organization", everybody({ StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" } }), false],
      [
        "roles of one account",
        everybody({ ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${SPOKE}:role/x-*` } }),
        false,
      ],
      [
        "a denial for everybody",
        document({
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: `arn:aws:s3:::${BUCKET}/*`,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
        false,
      ],
      [
        "one account",
        document({
          Effect: "Allow",
          Principal: { AWS: SPOKE },
          Action: "s3:GetObject",
          Resource: `arn:aws:s3:::${BUCKET}/*`,
        }),
        false,
      ],
    ];
    for (const [title, Policy, isPublic] of policies) {
      it(`${isPublic ? "blocks" : "takes"} a policy for ${title}`, async () => {
        const call = s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
        if (!isPublic) await call;
        else {
          expect(await refusal(call)).to.deep.equal({
            code: "AccessDenied",
            status: 403,
            message:
              `User: arn:aws:sts::${ACCOUNT}:assumed-role/OrganizationAccountAccessRole/test is not authorized to perform: s3:PutBucketPolicy on resource: ` +
              `"arn:aws:s3:::${BUCKET}" because public policies are blocked by the BlockPublicPolicy block public access setting.`,
          });
        }
      });
    }

    it("takes a public policy where nothing blocks it", async () => {
      await s3.send(new CreateBucketCommand({ Bucket: `${BUCKET}-public` }));
      await s3.send(new DeletePublicAccessBlockCommand({ Bucket: `${BUCKET}-public` }));
      const Policy = document({
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${BUCKET}-public/*`,
      });
      await s3.send(new PutBucketPolicyCommand({ Bucket: `${BUCKET}-public`, Policy }));
    });
  });

  describe("Lambda", () => {
    const ARN = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:connector`;
    let lambda: LambdaClient;

    before(async () => {
      lambda = await made.in(LambdaClient, ACCOUNT);
      const iam = await made.in(IAMClient, ACCOUNT);
      const trust = document({
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      });
      await iam.send(new CreateRoleCommand({ RoleName: "connector", AssumeRolePolicyDocument: trust }));
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: "connector",
          PackageType: "Image",
          Role: `arn:aws:iam::${ACCOUNT}:role/connector`,
          Code: { ImageUri: "292517598671.dkr.ecr.us-east-1.amazonaws.com/x:1" },
        }),
      );
    });

    it("shows principals as AWS does, refuses a statement id twice, and has no policy when the last is removed", async () => {
      const add = (
        StatementId: string,
        rest: { Principal: string; PrincipalOrgID?: string; SourceAccount?: string },
      ): Promise<unknown> =>
        lambda.send(
          new AddPermissionCommand({
            FunctionName: "connector",
            StatementId,
            Action: "lambda:InvokeFunction",
            ...rest,
          }),
        );
      expect((await refusal(lambda.send(new GetPolicyCommand({ FunctionName: "connector" })))).code).to.equal(
        "ResourceNotFoundException",
      );
      await add("account", { Principal: SPOKE });
      await add("service", { Principal: "s3.amazonaws.com", SourceAccount: ACCOUNT });
      await add("organization", { Principal: "*", PrincipalOrgID: "o-athenaspokes" });
      expect(await refusal(add("account", { Principal: SPOKE }))).to.deep.equal({
        code: "ResourceConflictException",
        status: 409,
        message:
          "The statement id (account) provided already exists. Please provide a new statement id, or remove the existing statement.",
      });
      const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: "connector" }));
      const { Statement } = JSON.parse(Policy ?? "{}") as { Statement: { Sid: string }[] };
      const common = { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: ARN };
      expect(Statement).to.deep.equal([
        { ...common, Sid: "account", Principal: { AWS: `arn:aws:iam::${SPOKE}:root` } },
        {
          ...common,
          Sid: "service",
          Principal: { Service: "s3.amazonaws.com" },
          Condition: { StringEquals: { "AWS:SourceAccount": ACCOUNT } },
        },
        {
          ...common,
          Sid: "organization",
          Principal: "*",
          Condition: { StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" } },
        },
      ]);
      for (const { Sid } of Statement) {
        await lambda.send(new RemovePermissionCommand({ FunctionName: "connector", StatementId: Sid }));
      }
      expect((await refusal(lambda.send(new GetPolicyCommand({ FunctionName: "connector" })))).code).to.equal(
        "ResourceNotFoundException",
      );
    });

    it("finds another account's function by its ARN, for those whom its policy names", async () => {
      const get = (client: LambdaClient): Promise<unknown> =>
        client.send(new GetFunctionCommand({ FunctionName: ARN }));
      await lambda.send(
        new AddPermissionCommand({
          FunctionName: "connector",
          StatementId: "read",
          Action: "lambda:GetFunction",
          Principal: SPOKE,
        }),
      );
      const { Configuration } = (await get(await made.in(LambdaClient, SPOKE))) as {
        Configuration: { FunctionArn: string };
      };
      expect(Configuration.FunctionArn).to.equal(ARN);
      const stranger = await made.in(LambdaClient, "230000000601");
      expect((await refusal(get(stranger))).code).to.equal("AccessDeniedException");
    });

    it("says 501 to an invocation", async () => {
      const { code, status } = await refusal(lambda.send(new InvokeCommand({ FunctionName: "connector" })));
      expect([code, status]).to.deep.equal(["NotImplemented", 501]);
    });
  });

  describe("Organizations", () => {
    it("is the same organization for all its members, and none for strangers", async () => {
      for (const account of ["100000000000", ACCOUNT]) {
        const { Organization } = await (
          await made.in(OrganizationsClient, account)
        ).send(new DescribeOrganizationCommand({}));
        expect([Organization?.Id, Organization?.MasterAccountId]).to.deep.equal([
          "o-athenaspokes",
          "100000000000",
        ]);
      }
      const stranger = await made.in(OrganizationsClient, "230000000601");
      expect((await refusal(stranger.send(new DescribeOrganizationCommand({})))).code).to.equal(
        "AWSOrganizationsNotInUseException",
      );
    });

    it("lists its accounts to the management account", async () => {
      const management = await made.in(OrganizationsClient, "100000000000");
      const ids: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page = await management.send(new ListAccountsCommand({ MaxResults: 3, NextToken }));
        ids.push(...(page.Accounts ?? []).map((account) => account.Id));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      expect(ids).to.include.members(["100000000000", ACCOUNT, SPOKE]);
      expect(ids.filter((id) => id?.startsWith("1") !== true)).to.deep.equal([]);
      const { Account } = await management.send(new DescribeAccountCommand({ AccountId: ACCOUNT }));
      expect([Account?.Id, Account?.Status]).to.deep.equal([ACCOUNT, "ACTIVE"]);
      expect(
        (await refusal(management.send(new DescribeAccountCommand({ AccountId: "230000000601" })))).code,
      ).to.equal("AccountNotFoundException");
      const member = await made.in(OrganizationsClient, ACCOUNT);
      expect((await refusal(member.send(new ListAccountsCommand({})))).code).to.equal(
        "AccessDeniedException",
      );
    });

    it("says 501 to what would change it", async () => {
      const management = await made.in(OrganizationsClient, "100000000000");
      const { code, status } = await refusal(management.send(new CreateOrganizationCommand({})));
      expect([code, status]).to.deep.equal(["NotImplemented", 501]);
    });
  });

  describe("IAM", () => {
    it("says 501 to what moto does not have", async () => {
      const iam = await made.in(IAMClient, ACCOUNT);
      const call = iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/connector`,
          ActionNames: ["s3:GetObject"],
        }),
      );
      expect(await refusal(call)).to.deep.equal({
        code: "NotImplemented",
        status: 501,
        message: "iam:SimulatePrincipalPolicy is not served here: the sandbox does not execute it",
      });
    });

    it("takes a key for the caller, when no user is named", async () => {
      const iam = await made.in(IAMClient, ACCOUNT);
      await iam.send(new CreateUserCommand({ UserName: "own-keys" }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "own-keys" }));
      const own = made.with(IAMClient, {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      });
      expect((await refusal(own.send(new CreateAccessKeyCommand({})))).code).to.equal("AccessDenied");
      await iam.send(
        new PutUserPolicyCommand({
          UserName: "own-keys",
          PolicyName: "own",
          PolicyDocument: document({ Effect: "Allow", Action: "iam:CreateAccessKey", Resource: "*" }),
        }),
      );
      const { AccessKey: second } = await own.send(new CreateAccessKeyCommand({}));
      expect(second?.UserName).to.equal("own-keys");
      expect((await refusal(iam.send(new CreateAccessKeyCommand({})))).message).to.equal(
        "Must specify userName when calling with non-User credentials",
      );
    });

    it("deletes no user that has keys or a password", async () => {
      const iam = await made.in(IAMClient, ACCOUNT);
      const UserName = "keyed";
      await iam.send(new CreateUserCommand({ UserName }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).to.include({
        code: "DeleteConflictException",
        message: "Cannot delete entity, must delete access keys first.",
      });
      await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId }));
      await iam.send(new CreateLoginProfileCommand({ UserName, Password: "correct horse battery" }));
      expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).to.include({
        code: "DeleteConflictException",
        message: "Cannot delete entity, must delete login profile first.",
      });
      await iam.send(new DeleteLoginProfileCommand({ UserName }));
      await iam.send(new DeleteUserCommand({ UserName }));
    });
  });
});
