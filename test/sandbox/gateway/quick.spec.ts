import { AthenaClient, CreateWorkGroupCommand, UpdateWorkGroupCommand } from "@aws-sdk/client-athena";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateDataSourceCommand,
  CreateGroupCommand,
  DeleteDataSourceCommand,
  DescribeAccountSettingsCommand,
  DescribeAccountSubscriptionCommand,
  DescribeDataSourceCommand,
  DescribeDataSourcePermissionsCommand,
  DescribeGroupCommand,
  DescribeUserCommand,
  ListDataSourcesCommand,
  ListGroupsCommand,
  ListTagsForResourceCommand,
  ListUsersCommand,
  QuickSightClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDataSourceCommand,
  UpdateDataSourcePermissionsCommand,
} from "@aws-sdk/client-quicksight";
import type { DataSource, ResourcePermission } from "@aws-sdk/client-quicksight";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const HUB = "110000000301";
const OTHER_HUB = "110000000302";
const SPOKE = "130000000301";
const REGION = "us-east-1";
const ROLE_A = `arn:aws:iam::${HUB}:role/qs-athena-cross-account-role-a`;
const ROLE_B = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;

const arnOf = (id: string): string => `arn:aws:quicksight:${REGION}:${HUB}:datasource/${id}`;
const group = (name: string, region = REGION): string =>
  `arn:aws:quicksight:${region}:${HUB}:group/default/${name}`;
const USE = [
  "quicksight:DescribeDataSource",
  "quicksight:DescribeDataSourcePermissions",
  "quicksight:PassDataSource",
];
const OWN = [
  "quicksight:DeleteDataSource",
  ...USE,
  "quicksight:UpdateDataSource",
  "quicksight:UpdateDataSourcePermissions",
];

const document = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

const trustOfRoleA = (hub = HUB): string =>
  document({
    Principal: { Service: "quicksight.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": hub },
      ArnLike: { "aws:SourceArn": `arn:aws:quicksight:*:${hub}:datasource/*` },
    },
  });

const policyOfRoleA = (role = ROLE_B, externalId = `arn:aws:quicksight:*:${HUB}:datasource/*`): string =>
  document({
    Action: "sts:AssumeRole",
    Resource: role,
    Condition: { ArnLike: { "sts:ExternalId": externalId } },
  });

const trustOfRoleB = (hub = HUB, externalId = `arn:aws:quicksight:*:${HUB}:datasource/*`): string =>
  document({
    Principal: { AWS: `arn:aws:iam::${hub}:root` },
    Action: "sts:AssumeRole",
    Condition: {
      ArnLike: { "sts:ExternalId": externalId },
      ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${hub}:role/qs-athena-cross-account-role-a` },
    },
  });

describe("gateway: Amazon Quick", () => {
  let quick: QuickSightClient;
  let hubIam: IAMClient;
  let spokeIam: IAMClient;
  let athena: AthenaClient;

  before(async () => {
    const made = await clients();
    [quick, hubIam, spokeIam, athena] = await Promise.all([
      made.in(QuickSightClient, HUB),
      made.in(IAMClient, HUB),
      made.in(IAMClient, SPOKE),
      made.in(AthenaClient, SPOKE),
    ]);
    await made.credentials(OTHER_HUB);
    await hubIam.send(
      new CreateRoleCommand({
        RoleName: "qs-athena-cross-account-role-a",
        AssumeRolePolicyDocument: trustOfRoleA(),
      }),
    );
    await spokeIam.send(
      new CreateRoleCommand({
        RoleName: "qs-athena-consumer-role",
        AssumeRolePolicyDocument: trustOfRoleB(),
      }),
    );
    await athena.send(new CreateWorkGroupCommand({ Name: "sales" }));
    await setPolicyOfRoleA(policyOfRoleA());
  });

  const setPolicyOfRoleA = (PolicyDocument: string): Promise<unknown> =>
    hubIam.send(
      new PutRolePolicyCommand({
        RoleName: "qs-athena-cross-account-role-a",
        PolicyName: "AssumeConsumerRolePolicy",
        PolicyDocument,
      }),
    );
  const setTrust = (iam: IAMClient, RoleName: string, PolicyDocument: string): Promise<unknown> =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));

  const parameters = (change: object = {}): { AthenaParameters: object } => ({
    AthenaParameters: { WorkGroup: "sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B, ...change },
  });

  const create = (DataSourceId: string, change: object = {}): Promise<unknown> =>
    quick.send(
      new CreateDataSourceCommand({
        AwsAccountId: HUB,
        DataSourceId,
        Name: "Sales",
        Type: "ATHENA",
        DataSourceParameters: parameters(),
        ...change,
      }),
    );

  /** The data source, once Quick is done with it. */
  async function settled(DataSourceId: string): Promise<DataSource> {
    for (;;) {
      const { DataSource } = await quick.send(
        new DescribeDataSourceCommand({ AwsAccountId: HUB, DataSourceId }),
      );
      if (DataSource?.Status?.endsWith("IN_PROGRESS") === false) return DataSource;
    }
  }

  const permissions = async (DataSourceId: string): Promise<ResourcePermission[] | undefined> =>
    (await quick.send(new DescribeDataSourcePermissionsCommand({ AwsAccountId: HUB, DataSourceId })))
      .Permissions;

  describe("check of a data source (R61, R64)", () => {
    it("succeeds when every hop is open, and shows both roles", async () => {
      const { CreationStatus, Arn, Status } = await quick.send(
        new CreateDataSourceCommand({
          AwsAccountId: HUB,
          DataSourceId: "whole",
          Name: "Sales",
          Type: "ATHENA",
          DataSourceParameters: {
            AthenaParameters: { WorkGroup: "sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
          },
        }),
      );
      expect([CreationStatus, Arn, Status]).to.deep.equal(["CREATION_IN_PROGRESS", arnOf("whole"), 202]);
      const { CreatedTime, LastUpdatedTime, ...source } = await settled("whole");
      expect(CreatedTime).to.deep.equal(LastUpdatedTime);
      expect(source).to.deep.equal({
        Arn: arnOf("whole"),
        DataSourceId: "whole",
        Name: "Sales",
        Type: "ATHENA",
        Status: "CREATION_SUCCESSFUL",
        DataSourceParameters: {
          AthenaParameters: { WorkGroup: "sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
        },
      });
    });

    interface Broken {
      readonly title: string;
      readonly parameters?: object;
      readonly breakIt?: () => Promise<unknown>;
      readonly mend?: () => Promise<unknown>;
      readonly errorInfo: (arn: string) => { Type: string; Message: string };
    }

    const denied = (Message: string): { Type: string; Message: string } => ({
      Type: "ACCESS_DENIED",
      Message,
    });
    const byQuick = (why: string): { Type: string; Message: string } =>
      denied(
        `Quick to Role A: User: quicksight.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${ROLE_A} ${why}`,
      );
    const SESSION = `arn:aws:sts::${HUB}:assumed-role/qs-athena-cross-account-role-a/QuickSight-RoleSession`;
    const byRoleA = (why: string): { Type: string; Message: string } =>
      denied(
        `Role A to Role B: User: ${SESSION} is not authorized to perform: sts:AssumeRole on resource: ${ROLE_B} ${why}`,
      );
    const NO_TRUST = "because no role trust policy allows the sts:AssumeRole action";
    const NO_IDENTITY = "because no identity-based policy allows the sts:AssumeRole action";

    const broken: readonly Broken[] = [
      {
        title: "Role A does not exist",
        parameters: { RoleArn: `arn:aws:iam::${HUB}:role/missing` },
        errorInfo: () =>
          denied(
            `Quick to Role A: quicksight.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${HUB}:role/missing because the role does not exist`,
          ),
      },
      {
        title: "Role A trusts Quick of another account only",
        breakIt: () => setTrust(hubIam, "qs-athena-cross-account-role-a", trustOfRoleA(OTHER_HUB)),
        mend: () => setTrust(hubIam, "qs-athena-cross-account-role-a", trustOfRoleA()),
        errorInfo: () => byQuick(NO_TRUST),
      },
      {
        title: "Role B does not exist (e1)",
        parameters: { ConsumerAccountRoleArn: `arn:aws:iam::${SPOKE}:role/missing` },
        errorInfo: () =>
          denied(
            `Role A to Role B: ${ROLE_A} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${SPOKE}:role/missing because the role does not exist`,
          ),
      },
      {
        title: "Role B is in an account that does not exist",
        parameters: { ConsumerAccountRoleArn: "arn:aws:iam::030000000301:role/missing" },
        errorInfo: () =>
          denied(
            `Role A to Role B: ${ROLE_A} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::030000000301:role/missing because the role does not exist`,
          ),
      },
      {
        title: "Role B trusts another hub",
        breakIt: () => setTrust(spokeIam, "qs-athena-consumer-role", trustOfRoleB(OTHER_HUB)),
        mend: () => setTrust(spokeIam, "qs-athena-consumer-role", trustOfRoleB()),
        errorInfo: () => byRoleA(NO_TRUST),
      },
      {
        title: "Role B wants another external id (e7)",
        breakIt: () =>
          setTrust(spokeIam, "qs-athena-consumer-role", trustOfRoleB(HUB, arnOf("somebody-elses"))),
        mend: () => setTrust(spokeIam, "qs-athena-consumer-role", trustOfRoleB()),
        errorInfo: () => byRoleA(NO_TRUST),
      },
      {
        title: "Role A may not assume anything",
        breakIt: () =>
          hubIam.send(
            new DeleteRolePolicyCommand({
              RoleName: "qs-athena-cross-account-role-a",
              PolicyName: "AssumeConsumerRolePolicy",
            }),
          ),
        mend: () => setPolicyOfRoleA(policyOfRoleA()),
        errorInfo: () => byRoleA(NO_IDENTITY),
      },
      {
        title: "Role A may assume another role only",
        breakIt: () => setPolicyOfRoleA(policyOfRoleA(`arn:aws:iam::${SPOKE}:role/another`)),
        mend: () => setPolicyOfRoleA(policyOfRoleA()),
        errorInfo: () => byRoleA(NO_IDENTITY),
      },
      {
        title: "Role A may assume Role B for another data source only",
        breakIt: () => setPolicyOfRoleA(policyOfRoleA(ROLE_B, arnOf("somebody-elses"))),
        mend: () => setPolicyOfRoleA(policyOfRoleA()),
        errorInfo: () => byRoleA(NO_IDENTITY),
      },
      {
        title: "the workgroup does not exist",
        parameters: { WorkGroup: "nothing" },
        errorInfo: () => ({
          Type: "GENERIC_SQL_FAILURE",
          Message: `Role B to Athena: athena:GetWorkGroup: workgroup nothing of account ${SPOKE} in ${REGION} is not found`,
        }),
      },
      {
        title: "the workgroup is disabled",
        breakIt: () => athena.send(new UpdateWorkGroupCommand({ WorkGroup: "sales", State: "DISABLED" })),
        mend: () => athena.send(new UpdateWorkGroupCommand({ WorkGroup: "sales", State: "ENABLED" })),
        errorInfo: () => ({
          Type: "GENERIC_SQL_FAILURE",
          Message: `Role B to Athena: athena:GetWorkGroup: workgroup sales of account ${SPOKE} in ${REGION} is disabled`,
        }),
      },
    ];

    for (const [i, { title, parameters: change, breakIt, mend, errorInfo }] of broken.entries()) {
      it(`fails when ${title}, and an update after the repair succeeds`, async () => {
        const id = `broken-${i}`;
        await breakIt?.();
        try {
          await create(id, { DataSourceParameters: parameters(change) });
          const source = await settled(id);
          expect(source.Status).to.equal("CREATION_FAILED");
          expect(source.ErrorInfo).to.deep.equal(errorInfo(arnOf(id)));
        } finally {
          await mend?.();
        }
        const { UpdateStatus } = await quick.send(
          new UpdateDataSourceCommand({
            AwsAccountId: HUB,
            DataSourceId: id,
            Name: "Sales",
            DataSourceParameters: {
              AthenaParameters: { WorkGroup: "sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
            },
          }),
        );
        expect(UpdateStatus).to.equal("UPDATE_IN_PROGRESS");
        const source = await settled(id);
        expect([source.Status, source.ErrorInfo]).to.deep.equal(["UPDATE_SUCCESSFUL", undefined]);
        await quick.send(new DeleteDataSourceCommand({ AwsAccountId: HUB, DataSourceId: id }));
      });
    }

    it("fails an update as well", async () => {
      await create("spoiled");
      await settled("spoiled");
      await quick.send(
        new UpdateDataSourceCommand({
          AwsAccountId: HUB,
          DataSourceId: "spoiled",
          Name: "Sales",
          DataSourceParameters: {
            AthenaParameters: { WorkGroup: "gone", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
          },
        }),
      );
      const { Status, ErrorInfo } = await settled("spoiled");
      expect([Status, ErrorInfo?.Type]).to.deep.equal(["UPDATE_FAILED", "GENERIC_SQL_FAILURE"]);
    });

    const refused: readonly (readonly [title: string, change: object, code: string])[] = [
      ["an id that is there", { DataSourceId: "whole" }, "ResourceExistsException"],
      ["an id with a slash", { DataSourceId: "a/b" }, "InvalidParameterValueException"],
      [
        "a Role A of another account",
        { DataSourceParameters: parameters({ RoleArn: ROLE_B }) },
        "AccessDeniedException",
      ],
      [
        "a Role B without a Role A",
        { DataSourceParameters: parameters({ RoleArn: undefined }) },
        "InvalidParameterValueException",
      ],
      [
        "a role that is no ARN",
        { DataSourceParameters: parameters({ RoleArn: "role-a-but-not-an-arn" }) },
        "InvalidParameterValueException",
      ],
      ["no name", { Name: "" }, "InvalidParameterValueException"],
      ["a type that is not served", { Type: "S3" }, "NotImplemented"],
    ];
    for (const [title, change, code] of refused) {
      it(`refuses ${title} at once`, async () => {
        expect((await refusal(create("never", change))).code).to.equal(code);
      });
    }
  });

  describe("permissions and tags (R62, R65)", () => {
    before(async () => {
      await create("shared", {
        Permissions: [{ Principal: group("bi-admins"), Actions: OWN }],
        Tags: [{ Key: "team", Value: "bi" }],
      });
      await settled("shared");
    });

    const change = (GrantPermissions: object[], RevokePermissions: object[] = []): Promise<unknown> =>
      quick.send(
        new UpdateDataSourcePermissionsCommand({
          AwsAccountId: HUB,
          DataSourceId: "shared",
          GrantPermissions: GrantPermissions as ResourcePermission[],
          RevokePermissions: RevokePermissions as ResourcePermission[],
        }),
      );

    it("shares with groups and users, and takes it back", async () => {
      const user = `arn:aws:quicksight:${REGION}:${HUB}:user/default/admin`;
      await change([
        { Principal: group("bi-authors"), Actions: USE },
        { Principal: user, Actions: USE },
      ]);
      expect(await permissions("shared")).to.deep.equal([
        { Principal: group("bi-admins"), Actions: OWN },
        { Principal: group("bi-authors"), Actions: USE },
        { Principal: user, Actions: USE },
      ]);
      await change(
        [],
        [
          { Principal: group("bi-authors"), Actions: USE },
          { Principal: user, Actions: USE },
        ],
      );
      expect(await permissions("shared")).to.deep.equal([{ Principal: group("bi-admins"), Actions: OWN }]);
    });

    const wrong: readonly (readonly [title: string, grant: object])[] = [
      ["a group that does not exist", { Principal: group("nobody"), Actions: USE }],
      [
        "a group by another Region than the identity Region (C29)",
        { Principal: group("bi-admins", "eu-west-1"), Actions: USE },
      ],
      ["a group of another account", { Principal: group("bi-admins").replace(HUB, OTHER_HUB), Actions: USE }],
      ["an IAM role", { Principal: ROLE_A, Actions: USE }],
      [
        "a set of actions that Quick does not grant",
        { Principal: group("bi-authors"), Actions: ["quicksight:PassDataSource"] },
      ],
      ["an unknown action", { Principal: group("bi-authors"), Actions: [...USE, "quicksight:Everything"] }],
    ];
    for (const [title, grant] of wrong) {
      it(`refuses ${title}`, async () => {
        const { code, status } = await refusal(change([grant]));
        expect([code, status]).to.deep.equal(["InvalidParameterValueException", 400]);
        expect(await permissions("shared")).to.deep.equal([{ Principal: group("bi-admins"), Actions: OWN }]);
      });
    }

    it("holds 64 principals and not one more (L24)", async () => {
      const names = Array.from({ length: 64 }, (_, i) => `team-${i}`);
      for (const GroupName of names) {
        await quick.send(new CreateGroupCommand({ AwsAccountId: HUB, Namespace: "default", GroupName }));
      }
      await create("crowded", {
        Permissions: names.map((name) => ({ Principal: group(name), Actions: USE })),
      });
      expect((await permissions("crowded"))?.length).to.equal(64);
      const { code } = await refusal(
        quick.send(
          new UpdateDataSourcePermissionsCommand({
            AwsAccountId: HUB,
            DataSourceId: "crowded",
            GrantPermissions: [{ Principal: group("bi-admins"), Actions: USE }],
          }),
        ),
      );
      expect(code).to.equal("InvalidParameterValueException");
    });

    it("tags", async () => {
      const ResourceArn = arnOf("shared");
      await quick.send(
        new TagResourceCommand({
          ResourceArn,
          Tags: [
            { Key: "cost", Value: "1" },
            { Key: "team", Value: "x" },
          ],
        }),
      );
      await quick.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["cost"] }));
      const { Tags } = await quick.send(new ListTagsForResourceCommand({ ResourceArn }));
      expect(Tags).to.deep.equal([{ Key: "team", Value: "x" }]);
    });
  });

  it("lists by pages and deletes", async () => {
    const made = await clients();
    const other = await made.in(QuickSightClient, OTHER_HUB);
    const ids = ["a", "b", "c"];
    for (const DataSourceId of ids) {
      await other.send(
        new CreateDataSourceCommand({ AwsAccountId: OTHER_HUB, DataSourceId, Name: "n", Type: "ATHENA" }),
      );
    }
    const first = await other.send(new ListDataSourcesCommand({ AwsAccountId: OTHER_HUB, MaxResults: 2 }));
    const second = await other.send(
      new ListDataSourcesCommand({ AwsAccountId: OTHER_HUB, MaxResults: 2, NextToken: first.NextToken }),
    );
    expect(first.DataSources?.map((s) => s.DataSourceId)).to.deep.equal(["a", "b"]);
    expect(second.DataSources?.map((s) => s.DataSourceId)).to.deep.equal(["c"]);
    expect(second.NextToken).to.equal(undefined);
    expect(
      (await refusal(other.send(new ListDataSourcesCommand({ AwsAccountId: OTHER_HUB, NextToken: "x" }))))
        .code,
    ).to.equal("InvalidNextTokenException");
    for (const DataSourceId of ids) {
      await other.send(new DeleteDataSourceCommand({ AwsAccountId: OTHER_HUB, DataSourceId }));
    }
    expect(
      (await other.send(new ListDataSourcesCommand({ AwsAccountId: OTHER_HUB }))).DataSources,
    ).to.deep.equal([]);
    const gone = await refusal(
      other.send(new DeleteDataSourceCommand({ AwsAccountId: OTHER_HUB, DataSourceId: "a" })),
    );
    expect([gone.code, gone.status]).to.deep.equal(["ResourceNotFoundException", 404]);
  });

  describe("account (R38, C29)", () => {
    it("has an ENTERPRISE subscription, its groups and its user", async () => {
      const { AccountInfo } = await quick.send(new DescribeAccountSubscriptionCommand({ AwsAccountId: HUB }));
      expect([AccountInfo?.Edition, AccountInfo?.AccountSubscriptionStatus]).to.deep.equal([
        "ENTERPRISE",
        "ACCOUNT_CREATED",
      ]);
      const { AccountSettings } = await quick.send(new DescribeAccountSettingsCommand({ AwsAccountId: HUB }));
      expect([AccountSettings?.Edition, AccountSettings?.DefaultNamespace]).to.deep.equal([
        "ENTERPRISE",
        "default",
      ]);
      const { Group } = await quick.send(
        new DescribeGroupCommand({ AwsAccountId: HUB, Namespace: "default", GroupName: "bi-admins" }),
      );
      expect(Group?.Arn).to.equal(group("bi-admins"));
      const { User } = await quick.send(
        new DescribeUserCommand({ AwsAccountId: HUB, Namespace: "default", UserName: "admin" }),
      );
      expect([User?.Arn, User?.Role]).to.deep.equal([
        `arn:aws:quicksight:${REGION}:${HUB}:user/default/admin`,
        "ADMIN",
      ]);
    });

    it("refuses what is about users and settings in another Region than the identity Region", async () => {
      const elsewhere = await (await clients()).in(QuickSightClient, HUB, "eu-west-1");
      for (const call of [
        () => elsewhere.send(new ListUsersCommand({ AwsAccountId: HUB, Namespace: "default" })),
        () => elsewhere.send(new ListGroupsCommand({ AwsAccountId: HUB, Namespace: "default" })),
        () => elsewhere.send(new DescribeAccountSettingsCommand({ AwsAccountId: HUB })),
      ]) {
        expect(await refusal(call())).to.deep.equal({
          code: "AccessDeniedException",
          status: 401,
          message:
            "Operation is being called from endpoint eu-west-1, but your identity region is us-east-1. Please use the us-east-1 endpoint.",
        });
      }
      expect(
        (await elsewhere.send(new ListDataSourcesCommand({ AwsAccountId: HUB }))).DataSources,
      ).to.deep.equal([]);
    });

    it("says that an account has no subscription, as Quick does", async () => {
      const none = await (await clients()).in(QuickSightClient, SPOKE);
      expect(await refusal(none.send(new ListDataSourcesCommand({ AwsAccountId: SPOKE })))).to.deep.equal({
        code: "UnsupportedUserEditionException",
        status: 403,
        message: `Account ${SPOKE} is not subscribed for QuickSight`,
      });
      expect(
        await refusal(none.send(new ListUsersCommand({ AwsAccountId: SPOKE, Namespace: "default" }))),
      ).to.deep.equal({
        code: "ResourceNotFoundException",
        status: 404,
        message: `Account ${SPOKE} is not signed up with QuickSight with namespace default`,
      });
      const { code } = await refusal(
        none.send(new DescribeAccountSubscriptionCommand({ AwsAccountId: SPOKE })),
      );
      expect(code).to.equal("ResourceNotFoundException");
    });

    it("refuses another account's id and another namespace", async () => {
      expect(
        (await refusal(quick.send(new ListDataSourcesCommand({ AwsAccountId: OTHER_HUB })))).code,
      ).to.equal("AccessDeniedException");
      expect(
        (await refusal(quick.send(new ListGroupsCommand({ AwsAccountId: HUB, Namespace: "other" })))).code,
      ).to.equal("ResourceNotFoundException");
    });

    it("refuses a group that is there", async () => {
      const again = new CreateGroupCommand({
        AwsAccountId: HUB,
        Namespace: "default",
        GroupName: "bi-admins",
      });
      expect((await refusal(quick.send(again))).code).to.equal("ResourceExistsException");
    });
  });
});
