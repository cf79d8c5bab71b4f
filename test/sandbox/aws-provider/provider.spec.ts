import { expect } from "chai";
import { madeName } from "../../../sandbox/aws-provider/naming";
import { testCloud, useVariables } from "../cloud";
import { trust } from "./documents";
import { Driver, InitFailure, secret, unknownValue, type Properties } from "./driver";
import { account, configuration, otherHand, region } from "./lifecycle";

const role = "aws:iam/role:Role";
const bucket = "aws:s3/bucket:Bucket";
const assumeRolePolicy = trust("lambda.amazonaws.com");
const administrator = (id: string): string => `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`;

/** The message with which a promise fails. */
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("it did not fail");
}

describe("the aws provider", () => {
  let driver: Driver;
  useVariables(async () => (await testCloud()).environment);
  beforeEach(async () => {
    driver = await Driver.start();
  });
  afterEach(() => {
    driver.stop();
  });

  describe("its configuration", () => {
    const faults: readonly {
      readonly title: string;
      readonly config: Properties;
      readonly faults: object;
    }[] = [
      { title: "the usual arguments", config: configuration({ skipRegionValidation: "true" }), faults: {} },
      { title: "an unknown region of a stack to be", config: { region: unknownValue }, faults: {} },
      {
        title: "an argument that is not served",
        config: { region, endpoints: "[]" },
        faults: {
          endpoints:
            '"endpoints" is not served by the sandbox\'s aws provider; it takes region, accessKey, secretKey, ' +
            "token, profile, assumeRoles, allowedAccountIds, forbiddenAccountIds, defaultTags, maxRetries, s3UsePathStyle",
        },
      },
      {
        title: "a role that is no ARN",
        config: { region, assumeRoles: JSON.stringify([{ roleArn: "admin" }]) },
        faults: { "assumeRoles[0].roleArn": '"assumeRoles[0].roleArn" "admin" is not the ARN of a role' },
      },
      {
        title: "a duration that is none",
        config: {
          region,
          assumeRoles: JSON.stringify([{ roleArn: administrator(account), duration: "an hour" }]),
        },
        faults: {
          "assumeRoles[0].duration":
            '"assumeRoles[0].duration" "an hour" is not a duration: write it like 1h, 15m or 900s',
        },
      },
      {
        title: "an account id that lost its digits",
        config: { region, allowedAccountIds: JSON.stringify([12345678901]) },
        faults: {
          allowedAccountIds: '"allowedAccountIds" 12345678901 is not an account id of 12 digits, as text',
        },
      },
    ];
    for (const row of faults) {
      it(`is checked: ${row.title}`, async () => {
        expect(await driver.checkConfig(row.config)).to.deep.equal(row.faults);
      });
    }

    it("goes through a chain of roles", async () => {
      const target = "130000000001";
      const roleArn = `arn:aws:iam::${target}:role/onboarder`;
      const iam = await (await otherHand(target)).iam();
      await iam.createRole({
        RoleName: "onboarder",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${account}:root` },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "sts:ExternalId": "sales" } },
            },
          ],
        }),
      });
      await driver.configure({
        region,
        allowedAccountIds: JSON.stringify([target]),
        assumeRoles: JSON.stringify([
          { roleArn: administrator(account) },
          { roleArn, sessionName: "onboarding", externalId: "sales", duration: "15m" },
        ]),
      });
      const { arn, accountId } = await driver.invoke("aws:index/getCallerIdentity:getCallerIdentity");
      expect({ arn, accountId }).to.deep.equal({
        arn: `arn:aws:sts::${target}:assumed-role/onboarder/onboarding`,
        accountId: target,
      });
    });

    it("is refused in an account that is not allowed", async () => {
      expect(
        await failure(driver.configure(configuration({ allowedAccountIds: '["130000000001"]' }))),
      ).to.match(
        /^account 120000000001 \(as ".+"\) is not among allowedAccountIds 130000000001: give the provider other/,
      );
    });

    it("is refused in an account that is forbidden", async () => {
      const config = configuration({
        allowedAccountIds: undefined,
        forbiddenAccountIds: JSON.stringify([account]),
      });
      expect(await failure(driver.configure(config))).to.match(
        /^account 120000000001 \(as ".+"\) is among forbiddenAccountIds: give the provider other credentials/,
      );
    });

    it("says which role of the chain cannot be assumed", async () => {
      const roles = [{ roleArn: administrator(account) }, { roleArn: administrator("000000000000") }];
      expect(await failure(driver.configure(configuration({ assumeRoles: JSON.stringify(roles) })))).to.match(
        /^cannot assume role "arn:aws:iam::000000000000:role\/OrganizationAccountAccessRole" \(2 of 2 in assumeRoles\): \w+: /,
      );
    });

    it("is refused with half a pair of keys", async () => {
      expect(await failure(driver.configure({ region, accessKey: "AKIA" }))).to.equal(
        "accessKey and secretKey go together: give both or neither",
      );
    });

    it("must come before anything else", async () => {
      expect(await failure(driver.read(role, "x"))).to.equal("the aws provider is not configured");
    });
  });

  describe("its inputs", () => {
    const faults: readonly {
      readonly title: string;
      readonly inputs: Properties;
      readonly faults: object;
    }[] = [
      {
        title: "a missing one",
        inputs: { name: "x" },
        faults: { assumeRolePolicy: `"assumeRolePolicy" is missing, and ${role} needs it` },
      },
      {
        title: "unknown ones, at whatever depth",
        inputs: { assumeRolePolicy, descripton: "x", inlinePolicies: [] },
        faults: {
          descripton:
            `"descripton" is no property of ${role} in @pulumi/aws 7.48.0; it takes assumeRolePolicy, description, ` +
            "forceDetachPolicies, inlinePolicies, managedPolicyArns, maxSessionDuration, name, namePrefix, path, " +
            "permissionsBoundary, tags",
          inlinePolicies:
            '"inlinePolicies" is not served by the sandbox\'s aws provider: leave it out, or use the real provider',
        },
      },
      {
        title: "ones of the wrong type",
        inputs: { assumeRolePolicy, maxSessionDuration: "3600", tags: { team: 1 } },
        faults: {
          maxSessionDuration: '"maxSessionDuration" must be a number, and is the string "3600"',
          "tags.team": '"tags.team" must be a string, and is the number 1',
        },
      },
      { title: "unknown values", inputs: { assumeRolePolicy: unknownValue, tags: unknownValue }, faults: {} },
    ];
    for (const row of faults) {
      it(`are checked: ${row.title}`, async () => {
        expect((await driver.checkAll(role, row.inputs)).faults).to.deep.equal(row.faults);
      });
    }

    it("are refused for a type that is not served", async () => {
      expect(await failure(driver.check("aws:ec2/instance:Instance", {}))).to.equal(
        `"aws:ec2/instance:Instance" is not served by the sandbox's aws provider: use the real provider for it`,
      );
    });

    it("may be a document as an object, which is written as text", async () => {
      const checked = await driver.check(role, {
        name: "x",
        assumeRolePolicy: { Version: "2012-10-17", Statement: [] },
      });
      expect(checked["assumeRolePolicy"]).to.equal('{"Statement":[],"Version":"2012-10-17"}');
    });

    it("get a name and defaults when they have none, and keep that name", async () => {
      const checked = await driver.check(role, { assumeRolePolicy });
      expect(checked).to.deep.equal({
        __defaults: ["forceDetachPolicies", "maxSessionDuration", "name", "path"],
        assumeRolePolicy,
        forceDetachPolicies: false,
        maxSessionDuration: 3600,
        name: "example-0123456",
        path: "/",
      });
      const olds = { ...checked, name: "example-7777777" };
      expect((await driver.check(role, { assumeRolePolicy }, olds))["name"]).to.equal("example-7777777");
    });

    it("keep their secrets, and so do the outputs that come of them", async () => {
      await driver.configure(configuration());
      const inputs = {
        name: "secretive",
        assumeRolePolicy,
        description: secret("quiet"),
        tags: { a: secret("b"), c: "d" },
      };
      const checked = await driver.check(role, inputs);
      expect(checked["description"]).to.deep.equal(secret("quiet"));
      expect(checked["tags"]).to.deep.equal({ a: secret("b"), c: "d" });
      const stored = await driver.create(role, checked);
      const shown = { description: secret("quiet"), tags: inputs.tags, tagsAll: inputs.tags };
      expect(stored.state).to.include.keys("arn", "uniqueId");
      const { description, tags, tagsAll } = stored.state;
      expect({ description, tags, tagsAll }).to.deep.equal(shown);
      const read = await driver.read(role, stored.id, stored);
      expect(read).to.deep.equal(stored);
      await driver.delete(role, stored);
    });
  });

  describe("its resources", () => {
    it("have the default tags, and their own before them", async () => {
      const defaultTags = (tags: Properties): Properties =>
        configuration({ defaultTags: JSON.stringify({ tags }) });
      await driver.configure(defaultTags({ project: "spokes", team: "platform" }));
      const checked = await driver.check(role, { name: "tagged", assumeRolePolicy, tags: { team: "sales" } });
      const stored = await driver.create(role, checked);
      expect(stored.state["tags"]).to.deep.equal({ team: "sales" });
      expect(stored.state["tagsAll"]).to.deep.equal({ project: "spokes", team: "sales" });
      const imported = await driver.read(role, "tagged");
      expect(imported?.inputs["tags"]).to.deep.equal({ team: "sales" });

      const later = await Driver.start();
      try {
        await later.configure(defaultTags({ project: "other" }));
        expect((await later.diff(role, stored, checked)).changes).to.deep.equal({
          "tagsAll.project": "update",
        });
        const updated = await later.update(role, stored, checked);
        expect(updated.state["tagsAll"]).to.deep.equal({ project: "other", team: "sales" });
        await later.delete(role, updated);
      } finally {
        later.stop();
      }
    });

    it("may be in another Region than the provider's", async () => {
      await driver.configure(configuration());
      const inputs = { bucket: "provider-spec-elsewhere", region: "eu-west-1" };
      const stored = await driver.create(bucket, await driver.check(bucket, inputs));
      expect(stored.state["region"]).to.equal("eu-west-1");
      const s3 = await (await otherHand()).s3();
      const { LocationConstraint } = await s3.getBucketLocation({ Bucket: inputs.bucket });
      expect(LocationConstraint).to.equal("eu-west-1");
      const imported = await driver.read(bucket, `${inputs.bucket}@eu-west-1`);
      expect(imported?.id).to.equal(inputs.bucket);
      expect(imported?.inputs).to.deep.equal({ __defaults: [], ...inputs });
      const here = await driver.check(bucket, { bucket: inputs.bucket });
      expect((await driver.diff(bucket, stored, here)).replaces).to.deep.equal(["region"]);
      await driver.delete(bucket, stored);
    });

    it("do not differ in what is to be ignored", async () => {
      await driver.configure(configuration());
      const inputs = { name: "ignoring", assumeRolePolicy, description: "one", tags: { a: "1", b: "1" } };
      const stored = await driver.create(role, await driver.check(role, inputs));
      const changed = await driver.check(role, { ...inputs, description: "two", tags: { a: "2", b: "2" } });
      const diff = await driver.diff(role, stored, changed, ["description", "tags.a", "tagsAll"]);
      expect(diff.changes).to.deep.equal({ "tags.b": "update" });
      await driver.delete(role, stored);
    });

    it("are kept when they are half made, and completed by an update", async () => {
      await driver.configure(configuration());
      const name = "provider-spec-half";
      // S3 makes the bucket, and then refuses a tag whose name is AWS's own.
      const wrong = await driver.check(bucket, { bucket: name, tags: { "aws:mine": "x" } });
      const failed: unknown = await driver.create(bucket, wrong).catch((error: unknown) => error);
      if (!(failed instanceof InitFailure))
        throw new Error(`no half-made resource came along: ${String(failed)}`);
      expect(failed.resource.id).to.equal(name);
      expect(failed.resource.state["arn"]).to.equal(`arn:aws:s3:::${name}`);
      expect(failed.resource.inputs).to.deep.equal(wrong);
      expect(failed.reasons).to.have.lengthOf(1);
      expect(failed.reasons[0]).to.match(/^InvalidTag: /);

      const right = await driver.check(bucket, { bucket: name, tags: { mine: "x" } });
      expect((await driver.diff(bucket, failed.resource, right)).changes).to.deep.equal({
        tags: "add",
        "tagsAll.mine": "add",
      });
      const completed = await driver.update(bucket, failed.resource, right);
      expect(completed.state["tagsAll"]).to.deep.equal({ mine: "x" });
      await driver.delete(bucket, completed);
    });

    it("are read again by an update that changes nothing, also where nothing can be changed", async () => {
      await driver.configure(configuration());
      const token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
      const held = await driver.create(
        role,
        await driver.check(role, { name: "read-again", assumeRolePolicy }),
      );
      const policyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
      const inputs = await driver.check(token, { role: "read-again", policyArn });
      const stored = await driver.create(token, inputs);
      expect(await driver.update(token, stored, inputs)).to.deep.equal(stored);
      await driver.delete(token, stored);
      await driver.delete(role, held);
    });

    it("stop waiting when they are cancelled", async () => {
      await driver.configure(configuration());
      const token = "aws:lambda/function:Function";
      const never = `arn:aws:iam::${account}:role/never-made`;
      const inputs = {
        name: "cancelled",
        packageType: "Image",
        imageUri: "x.dkr.ecr.us-east-1.amazonaws.com/y:1",
        role: never,
      };
      const creation = failure(driver.create(token, await driver.check(token, inputs)));
      await driver.cancel();
      expect(await creation).to.equal("cancelled while waiting for AWS");
    });

    it("report AWS's errors by code and message", async () => {
      await driver.configure(configuration());
      const checked = await driver.check(role, { name: "twice", assumeRolePolicy });
      const stored = await driver.create(role, checked);
      expect(await failure(driver.create(role, checked))).to.match(
        /^EntityAlreadyExists\w*: Role with name twice already/,
      );
      await driver.delete(role, stored);
    });
  });

  it("refuses a function it does not know", async () => {
    await driver.configure(configuration());
    expect(await failure(driver.invoke("aws:ec2/getAmi:getAmi"))).to.equal(
      'the function "aws:ec2/getAmi:getAmi" is not served by the sandbox\'s aws provider: it serves ' +
        "aws:index/getCallerIdentity:getCallerIdentity, aws:index/getPartition:getPartition",
    );
  });
});

describe("a name made by the provider", () => {
  const seed = Buffer.from("0123456789abcdef", "hex");
  const naming = { property: "name", maxLength: 12 };

  it("is cut to what AWS allows", () => {
    expect(madeName(naming, { logicalName: "connector", seed })).to.equal("conn-0123456");
  });

  it("is in lower case where AWS wants that", () => {
    expect(madeName({ ...naming, lowerCase: true }, { logicalName: "Spill", seed })).to.equal("spil-0123456");
  });

  it("is what the stack's configuration proposes", () => {
    const configured = { name: "dev-music", mode: "enforce" } as const;
    expect(madeName(naming, { logicalName: "music", seed, configured })).to.equal("dev-music");
  });

  it("is refused when the stack's configuration proposes too long a one", () => {
    const configured = { name: "development-music", mode: "enforce" } as const;
    expect(() => madeName(naming, { logicalName: "music", seed, configured })).to.throw(
      'the automatic name "development-music" is longer than 12 characters: give "name"',
    );
  });

  it("is refused when the stack's configuration turns them off", () => {
    const configured = { name: "", mode: "disable" } as const;
    expect(() => madeName(naming, { logicalName: "music", seed, configured })).to.throw(
      'automatic names are turned off for this resource: give it "name"',
    );
  });
});
