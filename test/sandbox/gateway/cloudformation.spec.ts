import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CreateRoleCommand,
  GetPolicyVersionCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetDataLakeSettingsCommand,
  LakeFormationClient,
  PutDataLakeSettingsCommand,
} from "@aws-sdk/client-lakeformation";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "130000000901";
const CALLER = `arn:aws:sts::${ACCOUNT}:assumed-role/stacks/test`;
const trust = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
});
const allow = (Action: string, Resource: unknown = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource }],
});
const decoded = (text: string | undefined): unknown => JSON.parse(decodeURIComponent(text ?? "null"));

/** A role under a boundary, both of one template, whose names and references are CloudFormation's to work out. */
function template(changes: {
  readonly name: string;
  readonly trust?: unknown;
  readonly action?: string;
  readonly bounded?: string;
  readonly role?: Readonly<Record<string, unknown>>;
}): string {
  const { name, action = "s3:GetObject", bounded = "s3:*" } = changes;
  return JSON.stringify({
    Description: "a role under a boundary",
    Parameters: { Prefix: { Type: "String", Default: "in" } },
    Resources: {
      Reader: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: name,
          AssumeRolePolicyDocument: changes.trust ?? trust("lambda.amazonaws.com"),
          PermissionsBoundary: { Ref: "Boundary" },
          Policies: [
            {
              PolicyName: "Read",
              PolicyDocument: allow(action, {
                "Fn::Sub": "arn:${AWS::Partition}:s3:::data-${AWS::AccountId}/${Prefix}/*",
              }),
            },
          ],
          ...changes.role,
        },
      },
      Boundary: {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: { ManagedPolicyName: `${name}-boundary`, PolicyDocument: allow(bounded) },
      },
    },
    Outputs: { Arn: { Value: { "Fn::GetAtt": ["Reader", "Arn"] } } },
  });
}

const capable = { Capabilities: ["CAPABILITY_NAMED_IAM" as const] };

describe("CloudFormation in the gateway", () => {
  let cloudFormation: CloudFormationClient;
  let iam: IAMClient;
  before(async () => {
    cloudFormation = await (await clients()).in(CloudFormationClient, ACCOUNT);
    iam = await (await clients()).in(IAMClient, ACCOUNT);
  });

  const create = (StackName: string, TemplateBody: string, as = cloudFormation) =>
    as.send(new CreateStackCommand({ StackName, TemplateBody, ...capable }));
  const update = (StackName: string, TemplateBody: string) =>
    cloudFormation.send(new UpdateStackCommand({ StackName, TemplateBody, ...capable }));
  const described = async (StackName: string) =>
    (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  const exists = async (RoleName: string) =>
    iam.send(new GetRoleCommand({ RoleName })).then(
      () => true,
      () => false,
    );
  const policyOf = async (RoleName: string, PolicyName: string) =>
    decoded((await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument);

  it("makes a stack of roles and policies, each after what it names", async () => {
    await create("making", template({ name: "made" }));
    const stack = await described("making");
    expect(stack).to.deep.include({
      StackStatus: "CREATE_COMPLETE",
      Description: "a role under a boundary",
      Capabilities: ["CAPABILITY_NAMED_IAM"],
      Parameters: [{ ParameterKey: "Prefix", ParameterValue: "in" }],
      Outputs: [{ OutputKey: "Arn", OutputValue: `arn:aws:iam::${ACCOUNT}:role/made` }],
    });
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "made" }));
    expect(decoded(Role?.AssumeRolePolicyDocument)).to.deep.equal(trust("lambda.amazonaws.com"));
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).to.equal(
      `arn:aws:iam::${ACCOUNT}:policy/made-boundary`,
    );
    expect(await policyOf("made", "Read")).to.deep.equal(
      allow("s3:GetObject", `arn:aws:s3:::data-${ACCOUNT}/in/*`),
    );
    const { StackResources } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: "making" }),
    );
    expect(
      StackResources?.map(({ LogicalResourceId, PhysicalResourceId }) => [
        LogicalResourceId,
        PhysicalResourceId,
      ]),
    ).to.deep.equal([
      ["Boundary", `arn:aws:iam::${ACCOUNT}:policy/made-boundary`],
      ["Reader", "made"],
    ]);
    const { TemplateBody } = await cloudFormation.send(new GetTemplateCommand({ StackName: "making" }));
    expect(TemplateBody).to.equal(template({ name: "made" }));
  });

  it("changes what differs, and deletes all with the stack", async () => {
    await create("changing", template({ name: "changed" }));
    await update(
      "changing",
      template({
        name: "changed",
        trust: trust("athena.amazonaws.com"),
        action: "s3:PutObject",
        bounded: "athena:*",
        role: { Tags: [{ Key: "team", Value: "sales" }], ManagedPolicyArns: [{ Ref: "Boundary" }] },
      }),
    );
    expect((await described("changing"))?.StackStatus).to.equal("UPDATE_COMPLETE");
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "changed" }));
    expect(decoded(Role?.AssumeRolePolicyDocument)).to.deep.equal(trust("athena.amazonaws.com"));
    expect(Role?.Tags).to.deep.equal([{ Key: "team", Value: "sales" }]);
    expect(await policyOf("changed", "Read")).to.deep.include({
      Statement: [{ Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::data-${ACCOUNT}/in/*` }],
    });
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/changed-boundary`;
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
    );
    expect(decoded(PolicyVersion?.Document)).to.deep.equal(allow("athena:*"));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "changed" }));
    expect(AttachedPolicies?.map((policy) => policy.PolicyArn)).to.deep.equal([PolicyArn]);

    expect((await refusal(update("changing", (await body("changing")) ?? ""))).message).to.equal(
      "No updates are to be performed.",
    );
    await cloudFormation.send(new DeleteStackCommand({ StackName: "changing" }));
    expect(await exists("changed")).to.equal(false);
    expect((await refusal(described("changing"))).message).to.equal("Stack with id changing does not exist");
    const { StackSummaries } = await cloudFormation.send(
      new ListStacksCommand({ StackStatusFilter: ["DELETE_COMPLETE"] }),
    );
    expect(StackSummaries?.map(({ StackName }) => StackName)).to.deep.equal(["changing"]);
  });

  it("adds administrators to those of the data lake, changes its own, and takes them away again (C18)", async () => {
    const lake = await (await clients()).in(LakeFormationClient, ACCOUNT);
    const administrators = async () =>
      (await lake.send(new GetDataLakeSettingsCommand({}))).DataLakeSettings?.DataLakeAdmins?.map(
        ({ DataLakePrincipalIdentifier }) => DataLakePrincipalIdentifier,
      );
    const named = (name: string, MutationType = "APPEND") =>
      JSON.stringify({
        Resources: {
          Lake: {
            Type: "AWS::LakeFormation::DataLakeSettings",
            Properties: {
              Admins: [{ DataLakePrincipalIdentifier: `arn:aws:iam::${ACCOUNT}:role/${name}` }],
              MutationType,
            },
          },
        },
      });
    const theirs = `arn:aws:iam::${ACCOUNT}:role/theirs`;
    await lake.send(
      new PutDataLakeSettingsCommand({
        DataLakeSettings: { DataLakeAdmins: [{ DataLakePrincipalIdentifier: theirs }] },
      }),
    );
    await create("lake", named("one"));
    expect(await administrators()).to.deep.equal([theirs, `arn:aws:iam::${ACCOUNT}:role/one`]);
    await update("lake", named("two"));
    expect(await administrators()).to.deep.equal([theirs, `arn:aws:iam::${ACCOUNT}:role/two`]);
    await cloudFormation.send(new DeleteStackCommand({ StackName: "lake" }));
    expect(await administrators()).to.deep.equal([theirs]);
    expect((await refusal(create("replacing", named("three", "REPLACE")))).message).to.match(/APPEND only/);
  });

  const body = async (StackName: string) =>
    (await cloudFormation.send(new GetTemplateCommand({ StackName }))).TemplateBody;

  it("keeps five versions of a policy, however often it changes", async () => {
    await create("versions", template({ name: "versioned", bounded: "s3:v0" }));
    for (const version of [1, 2, 3, 4, 5, 6])
      await update("versions", template({ name: "versioned", bounded: `s3:v${version}` }));
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/versioned-boundary`;
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId).to.equal("v7");
  });

  it("makes a role anew that cannot be renamed in place, and refuses to where the name is the same", async () => {
    await create("renaming", template({ name: "before" }));
    await update("renaming", template({ name: "after" }));
    expect([await exists("before"), await exists("after")]).to.deep.equal([false, true]);
    await update("renaming", template({ name: "after", role: { Path: "/deep/" } }));
    const stack = await described("renaming");
    expect(stack?.StackStatus).to.equal("UPDATE_ROLLBACK_COMPLETE");
    expect(stack?.StackStatusReason).to.match(/custom-named resource requires replacing\. Rename "after"/);
  });

  it("undoes a stack that fails, and says why", async () => {
    await iam.send(
      new CreateRoleCommand({
        RoleName: "taken",
        AssumeRolePolicyDocument: JSON.stringify(trust("lambda.amazonaws.com")),
      }),
    );
    await create("failing", template({ name: "taken" }));
    const stack = await described("failing");
    expect(stack?.StackStatus).to.equal("ROLLBACK_COMPLETE");
    expect(stack?.StackStatusReason).to.match(/failed to create: \[Reader\]\. .*taken.* already exists/);
    const arn = `arn:aws:iam::${ACCOUNT}:policy/taken-boundary`;
    expect((await refusal(iam.send(new GetPolicyCommand({ PolicyArn: arn })))).status).to.equal(404);
    const { StackEvents } = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: "failing" }),
    );
    expect(StackEvents?.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`)).to.deep.equal(
      [
        "failing CREATE_IN_PROGRESS",
        "Boundary CREATE_IN_PROGRESS",
        "Boundary CREATE_COMPLETE",
        "Reader CREATE_IN_PROGRESS",
        "Reader CREATE_FAILED",
        "failing ROLLBACK_IN_PROGRESS",
        "Boundary DELETE_IN_PROGRESS",
        "Boundary DELETE_COMPLETE",
        "failing ROLLBACK_COMPLETE",
      ].reverse(),
    );
    // What somebody else made stays.
    expect(await exists("taken")).to.equal(true);
  });

  it("puts back what a failed update has changed", async () => {
    await create("returning", template({ name: "returned" }));
    const nobody = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/nobody` },
          Action: "sts:AssumeRole",
        },
      ],
    };
    await update("returning", template({ name: "returned", bounded: "sqs:*", trust: nobody }));
    const stack = await described("returning");
    expect(stack?.StackStatus).to.equal("UPDATE_ROLLBACK_COMPLETE");
    expect(stack?.StackStatusReason).to.match(/Invalid principal in policy: .*role\/nobody/);
    expect(await body("returning")).to.equal(template({ name: "returned" }));
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/returned-boundary`;
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
    );
    expect(decoded(PolicyVersion?.Document)).to.deep.equal(allow("s3:*"));
  });

  it("is deployed by change sets, as the AWS CLI does it", async () => {
    const changeSet = { StackName: "deployed", ChangeSetName: "first" };
    await cloudFormation.send(
      new CreateChangeSetCommand({
        ...changeSet,
        ...capable,
        ChangeSetType: "CREATE",
        TemplateBody: template({ name: "deployed" }),
      }),
    );
    expect((await described("deployed"))?.StackStatus).to.equal("REVIEW_IN_PROGRESS");
    expect(await exists("deployed")).to.equal(false);
    const { Status, ExecutionStatus, Changes } = await cloudFormation.send(
      new DescribeChangeSetCommand(changeSet),
    );
    expect([Status, ExecutionStatus]).to.deep.equal(["CREATE_COMPLETE", "AVAILABLE"]);
    expect(
      Changes?.map(({ ResourceChange }) => [ResourceChange?.Action, ResourceChange?.LogicalResourceId]),
    ).to.deep.equal([
      ["Add", "Boundary"],
      ["Add", "Reader"],
    ]);
    await cloudFormation.send(new ExecuteChangeSetCommand(changeSet));
    expect((await described("deployed"))?.StackStatus).to.equal("CREATE_COMPLETE");
    await cloudFormation.send(
      new CreateChangeSetCommand({
        StackName: "deployed",
        ChangeSetName: "second",
        ...capable,
        TemplateBody: template({ name: "deployed" }),
      }),
    );
    const nothing = await cloudFormation.send(
      new DescribeChangeSetCommand({ StackName: "deployed", ChangeSetName: "second" }),
    );
    expect(nothing.Status).to.equal("FAILED");
    expect(nothing.StatusReason).to.match(/didn't contain changes/);
  });

  it("reads YAML with CloudFormation's short forms", async () => {
    await create(
      "short",
      `Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub short-\${AWS::Region}
      Description: !Join ["-", [a, !Ref AWS::AccountId]]
      PermissionsBoundary: !GetAtt Boundary.PolicyArn
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: short
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "*" }]
`,
    );
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: "short", LogicalResourceId: "Reader" }),
    );
    expect(StackResourceDetail).to.deep.include({
      PhysicalResourceId: "short-us-east-1",
      ResourceStatus: "CREATE_COMPLETE",
    });
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "short-us-east-1" }));
    expect(Role?.Description).to.equal(`a-${ACCOUNT}`);
  });

  const role = { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: trust("a.amazonaws.com") } };
  const refused: readonly [string, object | string, RegExp, number?][] = [
    ["no template", "{", /Template format error/],
    ["nothing in it", {}, /At least one Resources member/],
    [
      "a property that is none",
      { Resources: { R: { ...role, Properties: { Color: 1 } } } },
      /unsupported property Color/,
    ],
    [
      "a property that lacks",
      { Resources: { R: { Type: "AWS::IAM::Role" } } },
      /AssumeRolePolicyDocument cannot be empty/,
    ],
    [
      "a name that nobody has",
      { Resources: { R: { ...role, DependsOn: "S" } } },
      /Unresolved resource dependencies \[S\]/,
    ],
    [
      "resources that name each other",
      { Resources: { R: { ...role, DependsOn: "S" }, S: { ...role, DependsOn: "R" } } },
      /Circular dependency/,
    ],
    [
      "a parameter without a value",
      { Parameters: { P: { Type: "String" } }, Resources: { R: role } },
      /\[P\] must have values/,
    ],
    ["another type", { Resources: { R: { Type: "AWS::S3::Bucket" } } }, /AWS::S3::Bucket/, 501],
    [
      "a function that is not served",
      {
        Resources: {
          R: { ...role, Properties: { ...role.Properties, RoleName: { "Fn::Select": [0, ["a"]] } } },
        },
      },
      /Fn::Select/,
      501,
    ],
  ];
  for (const [what, written, message, status = 400] of refused)
    it(`refuses ${what}`, async () => {
      const text = typeof written === "string" ? written : JSON.stringify(written);
      const found = await refusal(create("refused", text));
      expect(found.message).to.match(message);
      expect(found.status).to.equal(status);
      expect((await refusal(described("refused"))).message).to.match(/does not exist/);
    });

  it("asks whether one knows that IAM resources are made", async () => {
    const TemplateBody = template({ name: "unaware" });
    const found = await refusal(
      cloudFormation.send(
        new CreateStackCommand({ StackName: "unaware", TemplateBody, Capabilities: ["CAPABILITY_IAM"] }),
      ),
    );
    expect(found).to.deep.include({
      code: "InsufficientCapabilitiesException",
      message: "Requires capabilities : [CAPABILITY_NAMED_IAM]",
    });
    const summary = await cloudFormation.send(new GetTemplateSummaryCommand({ TemplateBody }));
    expect(summary.Capabilities).to.deep.equal(["CAPABILITY_NAMED_IAM"]);
  });

  it("makes roles with the permissions of whoever makes the stack, and no others", async () => {
    const all = await clients();
    await iam.send(
      new CreateRoleCommand({
        RoleName: "stacks",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
    const permit = async (...Statement: object[]) => {
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: "stacks",
          PolicyName: "stacks",
          PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
        }),
      );
    };
    const stacks = { Effect: "Allow", Action: "cloudformation:*", Resource: "*" };
    await permit(stacks);
    const session = await all.assume(await all.credentials(ACCOUNT), {
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/stacks`,
    });
    const as = all.with(CloudFormationClient, session);
    await create("unauthorized", template({ name: "unauthorized" }), as);
    expect((await described("unauthorized"))?.StackStatusReason).to.contain(
      `User: ${CALLER} is not authorized to perform: iam:CreatePolicy on resource: arn:aws:iam::${ACCOUNT}:policy/unauthorized-boundary`,
    );
    const byCloudFormation = {
      Effect: "Allow",
      Action: "iam:*",
      Resource: ["role", "policy"].map((kind) => `arn:aws:iam::${ACCOUNT}:${kind}/authorized*`),
      Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "cloudformation.amazonaws.com" } },
    };
    await permit(stacks, byCloudFormation);
    await create("authorized", template({ name: "authorized" }), as);
    expect((await described("authorized"))?.StackStatus).to.equal("CREATE_COMPLETE");
    const itself = all.with(IAMClient, session);
    expect(
      (await refusal(itself.send(new ListRolePoliciesCommand({ RoleName: "authorized" })))).message,
    ).to.match(/is not authorized to perform: iam:ListRolePolicies/);
  });
});
