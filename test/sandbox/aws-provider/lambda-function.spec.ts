import { createHash } from "node:crypto";
import { expect } from "chai";
import type { Cloud } from "../../../sandbox/aws-provider/cloud";
import { zip } from "../../../sandbox/aws-provider/zip";
import { testCloud, useVariables } from "../cloud";
import { trust } from "./documents";
import { Driver, type Properties } from "./driver";
import { account, configuration, describeLifecycle, generated, otherHand, region } from "./lifecycle";

const token = "aws:lambda/function:Function";
const roleName = "function-spec";
const role = `arn:aws:iam::${account}:role/${roleName}`;
const arn = `arn:aws:lambda:${region}:${account}:function:acct1dynamodb`;
const invokeArn = (target: string): string =>
  `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${target}/invocations`;

/** An archive with one file, as the engine sends it. */
function archive(text: string): Properties {
  const hash = createHash("sha256").update(text).digest("hex");
  const signature = "4dabf18193072939515e22adb298388d";
  const file = { [signature]: "c44067f5952c0a294b673a41bacd8c17", hash, text };
  return { [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", hash, assets: { "index.js": file } };
}

function sha256(text: string): string {
  const bytes = zip([{ name: "index.js", contents: Buffer.from(text) }]);
  return createHash("sha256").update(bytes).digest("base64");
}

const first = "exports.handler = async () => 1;";
const second = "exports.handler = async () => 2;";

async function makeRole(cloud: Cloud): Promise<void> {
  const iam = await cloud.iam();
  await iam.createRole({ RoleName: roleName, AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
}

describeLifecycle({
  token,
  inputs: {
    name: "acct1dynamodb",
    code: archive(first),
    environment: { variables: { spill_bucket: "spill" } },
    handler: "index.handler",
    memorySize: 512,
    role,
    runtime: "nodejs20.x",
    tags: { team: "bi" },
    timeout: 60,
  },
  prepare: makeRole,
  id: "acct1dynamodb",
  state: {
    architectures: ["x86_64"],
    arn,
    code: archive(first),
    codeSha256: sha256(first),
    environment: { variables: { spill_bucket: "spill" } },
    ephemeralStorage: { size: 512 },
    handler: "index.handler",
    invokeArn: invokeArn(arn),
    lastModified: generated,
    memorySize: 512,
    name: "acct1dynamodb",
    packageType: "Zip",
    publish: false,
    qualifiedArn: `${arn}:$LATEST`,
    qualifiedInvokeArn: invokeArn(`${arn}:$LATEST`),
    region,
    reservedConcurrentExecutions: -1,
    role,
    runtime: "nodejs20.x",
    skipDestroy: false,
    sourceCodeHash: sha256(first),
    sourceCodeSize: generated,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
    timeout: 60,
    tracingConfig: { mode: "PassThrough" },
    version: "$LATEST",
  },
  unknown: [
    "architectures",
    "arn",
    "codeSha256",
    "ephemeralStorage",
    "invokeArn",
    "lastModified",
    "loggingConfig",
    "qualifiedArn",
    "qualifiedInvokeArn",
    "snapStart",
    "sourceCodeHash",
    "sourceCodeSize",
    "tracingConfig",
    "version",
  ],
  updates: [
    {
      title: "configuration",
      with: { environment: { variables: { spill_bucket: "other" } }, timeout: 900, description: "connector" },
      changes: { description: "add", "environment.variables.spill_bucket": "update", timeout: "update" },
      state: {
        description: "connector",
        environment: { variables: { spill_bucket: "other" } },
        lastModified: generated,
        timeout: 900,
      },
    },
    {
      title: "code",
      with: { code: archive(second) },
      changes: { code: "update" },
      state: {
        code: archive(second),
        codeSha256: sha256(second),
        lastModified: generated,
        sourceCodeHash: sha256(second),
        sourceCodeSize: generated,
      },
    },
    {
      title: "reserved concurrency and tags",
      with: { reservedConcurrentExecutions: 5, tags: { team: "sales" } },
      changes: { reservedConcurrentExecutions: "update", "tags.team": "update", "tagsAll.team": "update" },
      state: {
        lastModified: generated,
        reservedConcurrentExecutions: 5,
        tags: { team: "sales" },
        tagsAll: { team: "sales" },
      },
    },
    {
      title: "the description and reserved concurrency taken away",
      with: { description: undefined, reservedConcurrentExecutions: undefined },
      changes: { description: "delete", reservedConcurrentExecutions: "update" },
      state: { description: undefined, lastModified: generated, reservedConcurrentExecutions: -1 },
    },
  ],
  replacements: [
    { with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false },
    {
      with: {
        packageType: "Image",
        code: undefined,
        runtime: undefined,
        handler: undefined,
        imageUri: "x/y:1",
      },
      replaces: ["packageType"],
      deleteBeforeReplace: true,
    },
  ],
  drift: {
    meddle: async (cloud, { id: FunctionName }) => {
      const lambda = await cloud.lambda();
      await lambda.updateFunctionConfiguration({ FunctionName, MemorySize: 1024 });
    },
    changes: { memorySize: "update" },
  },
  untold: ["code", "publish", "skipDestroy"],
  remove: async (cloud, { id: FunctionName }) => (await cloud.lambda()).deleteFunction({ FunctionName }),
});

describe(`${token} from a container image`, () => {
  let driver: Driver;
  useVariables(async () => (await testCloud()).environment);
  before(async () => {
    driver = await Driver.start();
    await driver.configure(configuration());
  });
  after(() => {
    driver.stop();
  });

  const imageUri = `292517598671.dkr.ecr.${region}.amazonaws.com/athena-federation-repository-dynamodb:2026.33.1`;
  const handler = "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler";

  it("is made, changed to another image, and deleted", async () => {
    const inputs = {
      name: "image-spec",
      packageType: "Image",
      imageUri,
      imageConfig: { commands: [handler] },
      role,
    };
    const checked = await driver.check(token, inputs);
    const stored = await driver.create(token, checked);
    expect(stored.state["imageUri"]).to.equal(imageUri);
    expect(stored.state["imageConfig"]).to.deep.equal({ commands: [handler], entryPoints: [] });
    expect((await driver.diff(token, stored, checked)).changes).to.deep.equal({});
    const newer = await driver.check(
      token,
      { ...inputs, imageUri: imageUri.replace("33.1", "34.1") },
      checked,
    );
    expect((await driver.diff(token, stored, newer)).changes).to.deep.equal({ imageUri: "update" });
    const updated = await driver.update(token, stored, newer);
    expect(updated.state["imageUri"]).to.equal(imageUri.replace("33.1", "34.1"));
    await driver.delete(token, updated);
    expect(await driver.read(token, updated.id, updated)).to.equal(undefined);
  });

  const faults: readonly {
    readonly title: string;
    readonly with: Properties;
    readonly faults: Readonly<Record<string, string>>;
  }[] = [
    {
      title: "two sources of code",
      with: { code: archive(first), s3Bucket: "b", s3Key: "k" },
      faults: { s3Bucket: '"s3Bucket" cannot stand beside "code": give one source of code' },
    },
    {
      title: "a bucket without a key",
      with: { s3Bucket: "b" },
      faults: { s3Key: '"s3Key" is missing, and s3Bucket needs it' },
    },
    {
      title: "an image in a zip function",
      with: { imageUri },
      faults: { imageUri: '"imageUri" needs the packageType "Image"' },
    },
  ];
  for (const row of faults) {
    it(`is refused with ${row.title}`, async () => {
      const { faults: found } = await driver.checkAll(token, { name: "x", role, ...row.with });
      expect(found).to.deep.equal(row.faults);
    });
  }

  it("waits for a role that Lambda does not see yet", async () => {
    const cloud = await otherHand();
    const iam = await cloud.iam();
    const inputs = { name: "late-role", packageType: "Image", imageUri, role: `${role}-late` };
    const creation = driver.create(token, await driver.check(token, inputs));
    const lambda = await cloud.lambda();
    // The first attempt is refused, which the call of our own shows to be so before the role is made.
    const attempt = await lambda
      .createFunction({
        FunctionName: "probe",
        Role: `${role}-late`,
        PackageType: "Image",
        Code: { ImageUri: imageUri },
      })
      .catch((error: unknown) => error);
    expect(attempt).to.be.an("error").with.property("name").that.equals("InvalidParameterValueException");
    await iam.createRole({
      RoleName: `${roleName}-late`,
      AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
    });
    const stored = await creation;
    expect(stored.id).to.equal("late-role");
    await driver.delete(token, stored);
  });
});
