import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events";
import { hostname } from "node:os";
import { expect } from "chai";
import { isNoise, withoutNoise } from "../../automation/engine/noise";
import { countsDone, countsOf, EventReader } from "../../automation/engine/plan";
import { isGone, lockHolders } from "../../automation/engine/stack-lock";
import { isLeaving, knows, readState } from "../../automation/engine/state";
import { nounOf, physicalName } from "../../automation/engine/words";
import { planLines } from "../../automation/output/wording";
import { pauseBefore, transientIn } from "../../automation/transient";

const STACK = "urn:pulumi:dev-sales::athena-spokes";
const PROVIDER = `${STACK}::pulumi:providers:aws::spoke`;

function metadata(
  op: string,
  type: string,
  name: string,
  inputs: Record<string, unknown>,
  more = {},
): StepEventMetadata {
  const urn = `${STACK}::${type}::${name}`;
  const state = {
    type,
    urn,
    custom: true,
    id: "",
    parent: "",
    inputs,
    outputs: {},
    provider: `${PROVIDER}::id`,
    ...more,
  };
  return {
    op: op as StepEventMetadata["op"],
    urn,
    type,
    provider: state.provider,
    ...(op === "delete" ? { old: state } : { new: state }),
  };
}

function event(kind: "resourcePreEvent" | "resOutputsEvent", step: StepEventMetadata): EngineEvent {
  return { sequence: 0, timestamp: 0, [kind]: { metadata: step } };
}

describe("the engine's events in words", () => {
  it("tell each resource with its account, and nothing that AWS does not know", () => {
    const reader = new EventReader("dev-sales");
    for (const step of [
      metadata("create", "pulumi:providers:aws", "spoke", { allowedAccountIds: '["133333333333"]' }),
      metadata("create", "athena-spokes:index:SpokeAccount", "sales", {}, { custom: false }),
      metadata("create", "aws:iam/role:Role", "sales-role-b", { name: "qs-athena-consumer-role" }),
      {
        ...metadata("update", "aws:athena/workgroup:Workgroup", "wg", { name: "dev-sales" }),
        diffs: ["configuration"],
      },
      metadata("same", "aws:s3/bucket:Bucket", "b", { bucket: "b" }),
      metadata("delete-replaced", "aws:glue/catalogTable:CatalogTable", "t", { name: "orders" }),
      metadata("replace", "aws:glue/catalogTable:CatalogTable", "t", { name: "orders" }),
      metadata(
        "delete",
        "aws:s3/bucketPolicy:BucketPolicy",
        "p",
        { bucket: "old" },
        { retainOnDelete: true },
      ),
      metadata(
        "create",
        "aws-native:index:ExtensionResource",
        "sales",
        {
          type: "AWS::QuickSight::DataSource",
          properties: { DataSourceId: "dev-sales" },
        },
        { provider: `${STACK}::pulumi:providers:aws-native::hub::id` },
      ),
    ])
      reader.read(event("resourcePreEvent", step));
    expect(planLines(reader.plan, { "133333333333": "spoke sales" })).to.deep.equal([
      "dev-sales: 2 to create, 1 to update, 1 to replace, 1 to keep",
      "  spoke sales 133333333333",
      "    + role qs-athena-consumer-role",
      "    ~ Athena workgroup dev-sales (configuration)",
      "    ± Glue table orders",
      "      bucket policy old (kept)",
      "  no account",
      "    + Quick data source dev-sales",
    ]);
    expect(countsDone(reader.plan)).to.equal("2 created, 1 updated, 1 replaced, 1 kept");
  });

  it("hand over the stack's outputs", () => {
    const reader = new EventReader("dev-sales");
    const stack = metadata(
      "update",
      "pulumi:pulumi:Stack",
      "athena-spokes-dev-sales",
      {},
      { outputs: { workgroup: "dev-sales" } },
    );
    reader.read(event("resOutputsEvent", stack));
    expect(reader.outputs).to.deep.equal({ workgroup: "dev-sales" });
    expect(countsOf(reader.plan)).to.equal("nothing to change");
  });

  for (const [type, inputs, noun, name] of [
    ["aws:lambda/permission:Permission", { statementId: "S", function: "f" }, "Lambda permission", "S"],
    [
      "aws:s3/bucketObjectv2:BucketObjectv2",
      { bucket: "b", key: "orders/orders.csv" },
      "object",
      "orders/orders.csv",
    ],
    ["aws:cloudwatch/eventRule:EventRule", {}, "event rule", undefined],
    [
      "aws:s3/bucketPolicy:BucketPolicy",
      { bucket: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" },
      "bucket policy",
      undefined,
    ],
  ] as const)
    it(`call a ${type} a ${noun}`, () => {
      expect([nounOf(type, inputs), physicalName(inputs)]).to.deep.equal([noun, name]);
    });
});

describe("a stack's exported state", () => {
  const state = readState(
    "dev-sales",
    JSON.stringify({
      deployment: {
        resources: [
          {
            urn: `${STACK}::pulumi:pulumi:Stack::s`,
            type: "pulumi:pulumi:Stack",
            outputs: { workgroup: "dev-sales" },
          },
          {
            urn: PROVIDER,
            type: "pulumi:providers:aws",
            custom: true,
            inputs: { allowedAccountIds: '["133333333333"]' },
          },
          {
            urn: `${STACK}::aws:iam/role:Role::r`,
            type: "aws:iam/role:Role",
            custom: true,
            id: "qs-athena-consumer-role",
            inputs: { name: "qs-athena-consumer-role" },
            provider: `${PROVIDER}::id`,
          },
        ],
        pending_operations: [
          {
            type: "creating",
            resource: { urn: `${STACK}::x`, type: "aws:s3/bucket:Bucket", inputs: { bucket: "b" } },
          },
        ],
      },
    }),
  );

  it("says what the stack knows, where it is, and what was interrupted", () => {
    expect(state.outputs).to.deep.equal({ workgroup: "dev-sales" });
    expect(state.resources.map(({ noun, name, account }) => [noun, name, account])).to.deep.equal([
      ["role", "qs-athena-consumer-role", "133333333333"],
    ]);
    expect(state.pending).to.deep.equal(["creating bucket b"]);
    expect(knows(state, "role", "qs-athena-consumer-role", "133333333333")).to.equal(true);
    expect(knows(state, "bucket", "qs-athena-consumer-role", "133333333333")).to.equal(false);
    expect(knows(state, "role", "qs-athena-consumer-role", "133333333334")).to.equal(false);
  });

  it("tells a role that is still to be deleted from one that stays, under the same name", () => {
    const role = {
      urn: `${STACK}::aws:iam/role:Role::r`,
      type: "aws:iam/role:Role",
      custom: true,
      id: "old",
      provider: `${PROVIDER}::id`,
    };
    const { resources } = {
      resources: [
        {
          urn: PROVIDER,
          type: "pulumi:providers:aws",
          custom: true,
          inputs: { allowedAccountIds: '["133333333333"]' },
        },
        { ...role, inputs: { name: "new" } },
        { ...role, inputs: { name: "old" }, delete: true },
      ],
    };
    const renamed = readState("dev-sales", JSON.stringify({ deployment: { resources } }));
    for (const [name, account, known, leaving] of [
      ["new", "133333333333", true, false],
      ["old", "133333333333", false, true],
      ["old", "133333333334", false, false],
    ] as const)
      expect(
        [knows(renamed, "role", name, account), isLeaving(renamed, "role", name, account)],
        `${name} ${account}`,
      ).to.deep.equal([known, leaving]);
  });

  it("is empty for a stack that was only made", () => {
    expect(readState("x", "{}")).to.deep.equal({ stack: "x", outputs: {}, resources: [], pending: [] });
  });
});

describe("the engine's noise", () => {
  for (const [line, noise] of [
    ["using pulumi-resource-aws from $PATH at /home/x/.cache/a/pulumi-resource-aws", true],
    [
      "warning: using pulumi-language-nodejs from $PATH at /x/pulumi-language-nodejs expected /y/pulumi-language-nodejs",
      true,
    ],
    ["using pulumi-resource-aws from $PATH", false],
    ["error: using pulumi-resource-aws from $PATH at /x", false],
    ["resource aws: provider is not installed", false],
  ] as const)
    it(`${noise ? "leaves out" : "keeps"} "${line}"`, () => {
      expect(isNoise(line)).to.equal(noise);
    });

  it("is taken out of longer texts", () => {
    expect(withoutNoise("a\nusing pulumi-resource-aws from $PATH at /x\nb\n")).to.equal("a\nb");
  });
});

describe("a stack that is locked", () => {
  const message = `the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///b/.pulumi/locks/x.json: created by root@${hostname()} (pid 4242) at 2026-01-02T03:04:05Z`;

  it("names its holder", () => {
    expect(lockHolders(message)).to.deep.equal([
      { user: "root", host: hostname(), pid: 4242, since: "2026-01-02T03:04:05Z" },
    ]);
    expect(lockHolders("[409] Conflict: Another update is currently in progress.")).to.deep.equal([]);
  });

  for (const [what, host, alive, gone] of [
    ["a live process here", hostname(), true, false],
    ["a dead process here", hostname(), false, true],
    ["a process elsewhere, of which nothing is known", "other", false, false],
  ] as const)
    it(`is ${gone ? "given up" : "waited for"} when the holder is ${what}`, () => {
      expect(isGone({ user: "root", host, pid: 1, since: "" }, () => alive)).to.equal(gone);
    });
});

describe("errors that pass by themselves", () => {
  for (const [text, roleChanged, id] of [
    ["The role defined for the function cannot be assumed by Lambda.", true, "role-not-assumable"],
    ["The role defined for the function cannot be assumed by Lambda.", false, undefined],
    ["QuickSight is unable to assume role arn:aws:iam::1:role/x", true, "role-not-assumable"],
    // A provider that goes into a spoke by the share role, which the same update made (R14): Pulumi's own, and the sandbox's.
    [
      "IAM Role (arn:aws:iam::1:role/AthenaCrossAccountCreate-2) cannot be assumed. There are a number of possible causes",
      true,
      "role-not-assumable",
    ],
    [
      'cannot assume role "arn:aws:iam::1:role/AthenaCrossAccountCreate-2" (2 of 2 in assumeRoles): AccessDenied: User: x is not authorized to perform: sts:AssumeRole',
      true,
      "role-not-assumable",
    ],
    ["InvalidParameterValueException: The provided principal was invalid", true, "invalid-principal"],
    ["MalformedPolicy: Invalid principal in policy", true, "invalid-principal"],
    ["ThrottlingException: Rate exceeded", false, "throttled"],
    ["TooManyRequestsException", false, "throttled"],
    [
      "OperationAborted: A conflicting conditional operation is currently in progress",
      false,
      "bucket-settling",
    ],
    ["read tcp 10.0.0.1: connection reset by peer", false, "connection-lost"],
    ["EntityAlreadyExists: Role with name x already exists", true, undefined],
    ["AccessDenied: not authorized to perform: iam:CreateRole", true, undefined],
  ] as const)
    it(`"${text}" ${id === undefined ? "does not pass" : `is ${id}`}${roleChanged ? " after a role was made" : ""}`, () => {
      expect(transientIn(text, roleChanged)?.id).to.equal(id);
    });

  it("are tried again after longer and longer pauses, at most 20 s", () => {
    expect([1, 2, 3, 4, 5, 9].map((attempt) => pauseBefore(attempt, () => 1))).to.deep.equal([
      2000, 4000, 8000, 16000, 20000, 20000,
    ]);
    expect(pauseBefore(1, () => 0)).to.equal(1500);
  });
});
