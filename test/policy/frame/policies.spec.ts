/** Rules as policies: metadata, levels, configuration, and what is unknown in preview. */
import { expect } from "chai";
import { CannotJudge, Properties, UnknownProperty } from "../../../policy/frame/properties";
import { policiesOf } from "../../../policy/frame/policies";
import { resourceRule, type RuleFacts, stackRule } from "../../../policy/frame/rule";
import { bucketEncrypted } from "../../../policy/rules/bucket-encrypted";
import { keyRotation } from "../../../policy/rules/key-rotation";
import { proxied, told, UNKNOWN, type Written } from "../world";

const bench = { acknowledgements: [], now: () => new Date("2026-11-23") };
const thing: Written = { type: "my:index:Thing", name: "thing", props: { size: 3 } };

const facts: RuleFacts = {
  name: "small",
  summary: "Things are small",
  severity: "low",
  requirements: ["R75"],
  references: [],
  remedy: "make it smaller",
};

const small = resourceRule<{ most: number }>({
  ...facts,
  parameters: { most: { type: "integer", description: "Largest size", default: 2 } },
  types: ["my:index:Thing"],
  *check({ inputs }, { most }) {
    const size = inputs.number("size") ?? 0;
    if (size > most) yield `the thing has size ${size}`;
    if (inputs.text("color") === "red") yield "the thing is red";
  },
});

describe("a rule as a policy", () => {
  it("carries what is known of it", () => {
    const [policy] = policiesOf([keyRotation], bench);
    expect({ ...policy, validateResource: undefined }).to.deep.equal({
      name: "key-rotation",
      description: "KMS keys are rotated every year",
      enforcementLevel: "mandatory",
      severity: "medium",
      remediationSteps: "set enableKeyRotation: true",
      framework: {
        name: "checkov",
        version: "03d5fda",
        reference: "CKV_AWS_7",
        specification: "KMS keys are rotated every year",
      },
      tags: [
        "R13",
        "C25",
        "checkov CKV_AWS_7",
        "prowler kms_cmk_rotation_enabled",
        "cdk-nag AwsSolutions-KMS5",
        "AWSGuard cmkBackingKeyRotationEnabled",
        "compliance-policies aws.kms.Key.enableKeyRotation",
      ],
      validateResource: undefined,
    });
  });

  it("declares its parameters with their defaults", () => {
    expect(policiesOf([small], bench)[0]?.configSchema).to.deep.equal({
      properties: { most: { type: "integer", description: "Largest size", default: 2 } },
    });
    expect(policiesOf([keyRotation], bench)[0]?.configSchema).to.equal(undefined);
  });

  it("ends each finding with the remedy", async () => {
    expect(await told([small], [{ ...thing, props: { size: 3, color: "red" } }])).to.deep.equal([
      { policy: "small", level: "mandatory", on: "thing", text: "the thing has size 3: make it smaller" },
      { policy: "small", level: "mandatory", on: "thing", text: "the thing is red: make it smaller" },
    ]);
  });

  it("is judged by configured parameters", async () => {
    expect(await told([small], [thing], { configured: { most: 3 } })).to.deep.equal([]);
  });

  it("is not asked about other types", async () => {
    expect(await told([small], [{ ...thing, type: "my:index:Other" }])).to.deep.equal([]);
  });

  it("knows the second names of S3's resources", async () => {
    const old = { type: "aws:s3/bucketV2:BucketV2", name: "old", props: { bucket: "old" } };
    const encryption = {
      type: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
      name: "encryption",
      props: { bucket: "old", rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    };
    expect(await told([bucketEncrypted], [old, encryption])).to.deep.equal([]);
    expect(await told([bucketEncrypted], [old])).to.have.length(1);
  });

  it("lets errors of its own through: a broken rule is no kept rule", async () => {
    const broken = resourceRule({
      ...facts,
      check: () => {
        throw new TypeError("broken");
      },
    });
    const error = await told([broken], [thing]).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(TypeError);
  });
});

describe("a value that is unknown in preview", () => {
  const finding = (property: string) =>
    `cannot be judged in preview: ${property} is unknown: build it from names that you choose, instead of from another resource's output`;

  it("is a finding of the rule that needs it, at the rule's level", async () => {
    expect(await told([small], [{ ...thing, props: { size: UNKNOWN } }])).to.deep.equal([
      { policy: "small", level: "mandatory", on: "thing", text: finding("size") },
    ]);
  });

  for (const level of ["advisory", "disabled"] as const)
    it(`is mandatory also where the rule is ${level}: nothing switches it off silently`, async () => {
      const mild = resourceRule({
        ...facts,
        level,
        *check({ inputs }) {
          if ((inputs.number("size") ?? 0) > 2) yield "it is large";
        },
      });
      expect(await told([mild], [{ ...thing, props: { size: UNKNOWN } }, thing])).to.deep.equal([
        { policy: "unjudged", level: "mandatory", on: "thing", text: `small ${finding("size")}` },
        { policy: "small", level, on: "thing", text: "it is large: make it smaller" },
      ]);
    });

  it("does not take back what was found before", async () => {
    expect(await told([small], [{ ...thing, props: { size: 3, color: UNKNOWN } }])).to.deep.equal([
      { policy: "small", level: "mandatory", on: "thing", text: "the thing has size 3: make it smaller" },
      { policy: "small", level: "mandatory", on: "thing", text: finding("color") },
    ]);
  });

  it("does not hide the other parts of a stack", async () => {
    const sized = stackRule({
      ...facts,
      subjects: (stack) => stack.resources.map((resource) => ({ resource })),
      *check({ resource }) {
        if ((resource.inputs.number("size") ?? 0) > 2) yield "it is large";
      },
    });
    const stack = [{ ...thing, name: "unknown", props: { size: UNKNOWN } }, thing];
    expect(await told([sized], stack)).to.deep.equal([
      { policy: "small", level: "mandatory", on: "unknown", text: finding("size") },
      { policy: "small", level: "mandatory", on: "thing", text: "it is large: make it smaller" },
    ]);
  });

  it("is an advisory where no program can know it: a new key's id", async () => {
    const keyed = resourceRule({
      ...facts,
      *check({ inputs }) {
        yield* inputs.text("settings.kmsKeyArn") === undefined ? ["no key"] : [];
      },
    });
    expect(await told([keyed], [{ ...thing, props: { settings: { kmsKeyArn: UNKNOWN } } }])).to.deep.equal([
      {
        policy: "known-later",
        level: "advisory",
        on: "thing",
        text: "small is not judged yet: settings.kmsKeyArn is a new key's id, known after the update",
      },
    ]);
  });

  it("stays a finding where only its name is like that of such a value", async () => {
    const named = resourceRule({
      ...facts,
      *check({ inputs }) {
        yield* inputs.text("resourceShareArn") === undefined ? ["no share"] : [];
      },
    });
    const outcomes = await told([named], [{ ...thing, props: { resourceShareArn: UNKNOWN } }]);
    expect(outcomes.map(({ policy }) => policy)).to.deep.equal(["small"]);
  });

  it("in the outputs only is nothing that was asked for", async () => {
    const bucket = { type: "aws:s3/bucket:Bucket", name: "b", props: { bucket: "b" } };
    const outputs = { bucket: "b", serverSideEncryptionConfiguration: UNKNOWN };
    expect(
      (await told([bucketEncrypted, keyRotation], [{ ...bucket, outputs }])).map(({ text }) => text),
    ).to.deep.equal([`the bucket has no encryption configuration: ${bucketEncrypted.remedy}`]);
  });
});

describe("properties", () => {
  const read = Properties.of({
    text: "a",
    number: 3,
    on: "true",
    off: false,
    list: [{ name: "x" }, { name: "y" }],
    nothing: null,
  });

  it("are read by path", () => {
    expect(read.text("text")).to.equal("a");
    expect(read.text("number")).to.equal("3");
    expect(read.number("number")).to.equal(3);
    expect([read.flag("on"), read.flag("off"), read.flag("absent")]).to.deep.equal([true, false, false]);
    expect(read.text("list.1.name")).to.equal("y");
    expect(read.each("list").map((entry) => entry.text("name"))).to.deep.equal(["x", "y"]);
    expect(read.text("nothing")).to.equal(undefined);
    expect(read.text("text.further")).to.equal(undefined);
    expect(read.text("constructor")).to.equal(undefined);
    expect(read.texts("text")).to.deep.equal(["a"]);
    expect(read.texts("absent")).to.deep.equal([]);
    expect(read.part("list")).to.equal(undefined);
  });

  it("of another kind than is asked for cannot be judged", () => {
    expect(() => read.text("list")).to.throw(CannotJudge, "list is not a text");
    expect(() => read.number("text")).to.throw(CannotJudge, "text is not a number");
    expect(() => read.texts("list")).to.throw(CannotJudge, "list[0] is not a text");
  });

  it("are unknown from the first unknown place on, and told by it", () => {
    const partly = Properties.of(
      proxied({ a: UNKNOWN, b: { c: UNKNOWN, d: "x" }, e: [{ f: UNKNOWN }, UNKNOWN] }),
    );
    expect([partly.has("a"), partly.has("a.b"), partly.has("b.c"), partly.has("b.z")]).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
    expect(partly.text("b.d")).to.equal("x");
    for (const [path, unknown] of [
      ["a", "a"],
      ["a.b", "a"],
      ["b", "b.c"],
      ["e", "e[0].f"],
    ] as const)
      expect(() => partly.get(path))
        .to.throw(UnknownProperty)
        .with.property("property", unknown);
    expect(() => partly.each("e")).to.throw(UnknownProperty, "e[1] is unknown");
    expect(partly.part("b")?.keys).to.deep.equal(["c", "d"]);
  });
});
