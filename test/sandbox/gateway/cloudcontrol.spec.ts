import { AthenaClient, CreateWorkGroupCommand } from "@aws-sdk/client-athena";
import {
  CloudControlClient,
  CreateResourceCommand,
  DeleteResourceCommand,
  GetResourceCommand,
  GetResourceRequestStatusCommand,
  ListResourcesCommand,
  UpdateResourceCommand,
  CancelResourceRequestCommand,
} from "@aws-sdk/client-cloudcontrol";
import type { ProgressEvent } from "@aws-sdk/client-cloudcontrol";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { clients } from "./clients";
import { refusal } from "./refusal";

const HUB = "110000000401";
const SPOKE = "130000000401";
const TypeName = "AWS::QuickSight::DataSource";
const ROLE_A = `arn:aws:iam::${HUB}:role/role-a`;
const ROLE_B = `arn:aws:iam::${SPOKE}:role/role-b`;
const GROUP = `arn:aws:quicksight:us-east-1:${HUB}:group/default`;
const USE = [
  "quicksight:DescribeDataSource",
  "quicksight:DescribeDataSourcePermissions",
  "quicksight:PassDataSource",
];

const document = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

const identifierOf = (id: string): string => `${HUB}|${id}`;

const model = (DataSourceId: string, change: object = {}): Record<string, unknown> => ({
  AwsAccountId: HUB,
  DataSourceId,
  Name: "Sales",
  Type: "ATHENA",
  DataSourceParameters: {
    AthenaParameters: { WorkGroup: "sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
  },
  ...change,
});

/** What every request of Cloud Control answers. */
interface Progress {
  readonly ProgressEvent?: ProgressEvent | undefined;
}

describe("gateway: Cloud Control of AWS::QuickSight::DataSource", () => {
  let control: CloudControlClient;

  before(async () => {
    const made = await clients();
    control = await made.in(CloudControlClient, HUB);
    const [hub, spoke, athena] = await Promise.all([
      made.in(IAMClient, HUB),
      made.in(IAMClient, SPOKE),
      made.in(AthenaClient, SPOKE),
    ]);
    await athena.send(new CreateWorkGroupCommand({ Name: "sales" }));
    await hub.send(
      new CreateRoleCommand({
        RoleName: "role-a",
        AssumeRolePolicyDocument: document({
          Principal: { Service: "quicksight.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": HUB } },
        }),
      }),
    );
    await hub.send(
      new PutRolePolicyCommand({
        RoleName: "role-a",
        PolicyName: "p",
        PolicyDocument: document({ Action: "sts:AssumeRole", Resource: ROLE_B }),
      }),
    );
    await spoke.send(
      new CreateRoleCommand({
        RoleName: "role-b",
        AssumeRolePolicyDocument: document({
          Principal: { AWS: `arn:aws:iam::${HUB}:root` },
          Action: "sts:AssumeRole",
          Condition: { ArnLike: { "sts:ExternalId": `arn:aws:quicksight:us-east-1:${HUB}:datasource/*` } },
        }),
      }),
    );
  });

  /** The event of a request, once it is over. */
  async function over({ ProgressEvent: first }: Progress): Promise<ProgressEvent> {
    expect(first?.OperationStatus, "the first answer").to.equal("IN_PROGRESS");
    expect(first?.EventTime).to.be.instanceOf(Date);
    expect(first?.RetryAfter).to.be.instanceOf(Date);
    for (;;) {
      const { ProgressEvent: event } = await control.send(
        new GetResourceRequestStatusCommand({ RequestToken: first?.RequestToken }),
      );
      expect([event?.TypeName, event?.Operation, event?.RequestToken, event?.Identifier]).to.deep.equal([
        TypeName,
        first?.Operation,
        first?.RequestToken,
        first?.Identifier,
      ]);
      if (event?.OperationStatus !== "IN_PROGRESS") return event ?? {};
    }
  }

  const create = async (desired: unknown, ClientToken = randomUUID()): Promise<Progress> =>
    control.send(
      new CreateResourceCommand({
        TypeName,
        ClientToken,
        DesiredState: typeof desired === "string" ? desired : JSON.stringify(desired),
      }),
    );
  const update = async (Identifier: string, patch: unknown): Promise<Progress> =>
    control.send(
      new UpdateResourceCommand({
        TypeName,
        Identifier,
        PatchDocument: typeof patch === "string" ? patch : JSON.stringify(patch),
      }),
    );
  const remove = async (Identifier: string): Promise<Progress> =>
    control.send(new DeleteResourceCommand({ TypeName, Identifier }));
  const read = async (Identifier: string): Promise<Record<string, unknown>> => {
    const { ResourceDescription } = await control.send(new GetResourceCommand({ TypeName, Identifier }));
    expect(ResourceDescription?.Identifier).to.equal(Identifier);
    return JSON.parse(ResourceDescription?.Properties ?? "{}") as Record<string, unknown>;
  };

  it("creates, reads, updates, lists and deletes", async () => {
    const Identifier = identifierOf("whole");
    const desired = model("whole", {
      Permissions: [{ Principal: `${GROUP}/bi-admins`, Actions: USE }],
      Tags: [{ Key: "team", Value: "bi" }],
    });
    const created = await over(await create(desired));
    expect([created.OperationStatus, created.Identifier]).to.deep.equal(["SUCCESS", Identifier]);

    const { CreatedTime, LastUpdatedTime, ...first } = await read(Identifier);
    expect(Number.isNaN(Date.parse(String(CreatedTime)))).to.equal(false);
    expect(first).to.deep.equal({
      ...desired,
      Arn: `arn:aws:quicksight:us-east-1:${HUB}:datasource/whole`,
      Status: "CREATION_SUCCESSFUL",
    });

    const updated = await over(
      await update(Identifier, [
        { op: "replace", path: "/Name", value: "Sales 2" },
        { op: "add", path: "/Permissions/-", value: { Principal: `${GROUP}/bi-authors`, Actions: USE } },
        { op: "remove", path: "/Permissions/0" },
        { op: "replace", path: "/Tags", value: [{ Key: "cost", Value: "1" }] },
      ]),
    );
    expect(updated.OperationStatus).to.equal("SUCCESS");
    const { CreatedTime: made, LastUpdatedTime: changed, ...second } = await read(Identifier);
    expect(made).to.equal(CreatedTime);
    expect(Date.parse(String(changed))).to.be.greaterThan(Date.parse(String(LastUpdatedTime)));
    expect(second).to.deep.equal({
      ...first,
      Name: "Sales 2",
      Status: "UPDATE_SUCCESSFUL",
      Permissions: [{ Principal: `${GROUP}/bi-authors`, Actions: USE }],
      Tags: [{ Key: "cost", Value: "1" }],
    });

    const { ResourceDescriptions } = await control.send(new ListResourcesCommand({ TypeName }));
    expect(ResourceDescriptions?.map((r) => r.Identifier)).to.deep.equal([Identifier]);

    expect((await over(await remove(Identifier))).OperationStatus).to.equal("SUCCESS");
    expect(await refusal(read(Identifier))).to.deep.equal({
      code: "ResourceNotFoundException",
      status: 400,
      message: `Resource of type '${TypeName}' with identifier '${Identifier}' was not found.`,
    });
  });

  const failing: readonly (readonly [
    title: string,
    act: () => Promise<Progress>,
    code: string,
    message: RegExp,
  ])[] = [
    [
      "a data source that Quick cannot use",
      () =>
        create(
          model("unusable", {
            DataSourceParameters: {
              AthenaParameters: { WorkGroup: "none", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
            },
          }),
        ),
      "NotStabilized",
      /^DataSource unusable has status CREATION_FAILED: GENERIC_SQL_FAILURE: .* is not found$/,
    ],
    [
      "the same again",
      () => create(model("unusable")),
      "AlreadyExists",
      /^DataSource unusable already exists$/,
    ],
    [
      "an update to what Quick cannot use",
      () =>
        update(identifierOf("unusable"), [
          {
            op: "replace",
            path: "/DataSourceParameters/AthenaParameters/RoleArn",
            value: `arn:aws:iam::${HUB}:role/none`,
          },
        ]),
      "NotStabilized",
      /ACCESS_DENIED: Quick to Role A: .* because the role does not exist$/,
    ],
    [
      "a principal that does not exist",
      () => create(model("unshared", { Permissions: [{ Principal: `${GROUP}/nobody`, Actions: USE }] })),
      "InvalidRequest",
      /^Invalid principals given/,
    ],
    [
      "another account's data source",
      () => create(model("foreign", { AwsAccountId: SPOKE })),
      "AccessDenied",
      /is not the caller's/,
    ],
    ["a deletion of what is not there", () => remove(identifierOf("never")), "NotFound", /is not found$/],
  ];
  for (const [title, act, code, message] of failing) {
    it(`ends with ${code} for ${title}`, async () => {
      const event = await over(await act());
      expect([event.OperationStatus, event.ErrorCode]).to.deep.equal(["FAILED", code]);
      expect(event.StatusMessage).to.match(message);
    });
  }

  const refused: readonly (readonly [
    title: string,
    act: () => Promise<unknown>,
    code: string,
    message: RegExp,
  ])[] = [
    [
      "an unknown property",
      () => create(model("x", { Colour: "red" })),
      "ValidationException",
      /^Model validation failed \(#: extraneous key \[Colour\] is not permitted\)$/,
    ],
    [
      "an unknown parameter of Athena",
      () => create(model("x", { DataSourceParameters: { AthenaParameters: { Catalog: "c" } } })),
      "ValidationException",
      /AthenaParameters: extraneous key \[Catalog\]/,
    ],
    [
      "a missing name",
      () => create(model("x", { Name: undefined })),
      "ValidationException",
      /required key \[Name\] not found/,
    ],
    [
      "a property of another type",
      () => create(model("x", { Permissions: {} })),
      "ValidationException",
      /#\/Permissions: expected type: array, found: object/,
    ],
    [
      "a property that is only read",
      () => create(model("x", { Arn: "arn" })),
      "ValidationException",
      /\[Arn\]/,
    ],
    ["a state that is no JSON", () => create("{"), "ValidationException", /^DesiredState is not JSON$/],
    [
      "a state that is no object",
      () => create("[]"),
      "ValidationException",
      /^DesiredState is not a JSON object$/,
    ],
    [
      "a change of the id",
      () => update(identifierOf("unusable"), [{ op: "replace", path: "/DataSourceId", value: "y" }]),
      "ValidationException",
      /^Invalid patch update: createOnlyProperties \[\/properties\/DataSourceId\] cannot be updated$/,
    ],
    [
      "a change of the status",
      () => update(identifierOf("unusable"), [{ op: "replace", path: "/Status", value: "y" }]),
      "ValidationException",
      /readOnlyProperties \[\/properties\/Status\]/,
    ],
    [
      "a patch that does not fit",
      () => update(identifierOf("unusable"), [{ op: "remove", path: "/Tags" }]),
      "ValidationException",
      /^Invalid patch: there is no "Tags"$/,
    ],
    [
      "a patch that is none",
      () => update(identifierOf("unusable"), "{}"),
      "ValidationException",
      /PatchDocument is not a list/,
    ],
    [
      "an update of what is not there",
      () => update(identifierOf("never"), []),
      "ResourceNotFoundException",
      /was not found/,
    ],
    [
      "an identifier of one part",
      () => read("unusable"),
      "ValidationException",
      /is not valid for identifier/,
    ],
    [
      "an unknown request",
      () => control.send(new GetResourceRequestStatusCommand({ RequestToken: "nothing" })),
      "RequestTokenNotFoundException",
      /was not found$/,
    ],
    [
      "another type",
      () => control.send(new GetResourceCommand({ TypeName: "AWS::S3::Bucket", Identifier: "b" })),
      "NotImplemented",
      /AWS::S3::Bucket/,
    ],
  ];
  for (const [title, act, code, message] of refused) {
    it(`refuses ${title}`, async () => {
      const found = await refusal(act());
      expect(found.code).to.equal(code);
      expect(found.message).to.match(message);
    });
  }

  it("does a request with the same token once, and refuses another with it", async () => {
    const ClientToken = randomUUID();
    const first = await create(model("once"), ClientToken);
    await over(first);
    const again = await create(model("once"), ClientToken);
    expect([again.ProgressEvent?.RequestToken, again.ProgressEvent?.OperationStatus]).to.deep.equal([
      first.ProgressEvent?.RequestToken,
      "SUCCESS",
    ]);
    expect((await refusal(create(model("twice"), ClientToken))).code).to.equal(
      "ClientTokenConflictException",
    );
  });

  it("does not cancel what is over", async () => {
    const { RequestToken } = await over(await create(model("finished")));
    expect((await refusal(control.send(new CancelResourceRequestCommand({ RequestToken })))).code).to.equal(
      "ConcurrentModificationException",
    );
  });

  it("keeps requests to their account and Region", async () => {
    const { RequestToken } = await over(await create(model("mine")));
    const elsewhere = await (await clients()).in(CloudControlClient, HUB, "eu-west-1");
    const asked = elsewhere.send(new GetResourceRequestStatusCommand({ RequestToken }));
    expect((await refusal(asked)).code).to.equal("RequestTokenNotFoundException");
  });
});
