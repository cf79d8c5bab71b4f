import { expect } from "chai";
import { testCloud, useVariables } from "../cloud";
import { Driver } from "./driver";
import { configuration, describeLifecycle, otherHand } from "./lifecycle";

const token = "aws:s3/bucket:Bucket";

describeLifecycle({
  token,
  inputs: { bucket: "provider-spec-results", tags: { team: "sales" } },
  id: "provider-spec-results",
  state: {
    arn: "arn:aws:s3:::provider-spec-results",
    bucket: "provider-spec-results",
    bucketDomainName: "provider-spec-results.s3.amazonaws.com",
    bucketRegion: "us-east-1",
    bucketRegionalDomainName: "provider-spec-results.s3.us-east-1.amazonaws.com",
    forceDestroy: false,
    objectLockEnabled: false,
    region: "us-east-1",
    tags: { team: "sales" },
    tagsAll: { team: "sales" },
  },
  unknown: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "objectLockEnabled"],
  updates: [
    {
      title: "tags",
      with: { tags: { owner: "bi" } },
      changes: {
        "tags.owner": "add",
        "tags.team": "delete",
        "tagsAll.owner": "add",
        "tagsAll.team": "delete",
      },
      state: { tags: { owner: "bi" }, tagsAll: { owner: "bi" } },
    },
    {
      title: "tags taken away, force allowed",
      with: { tags: undefined, forceDestroy: true },
      changes: { forceDestroy: "update", tags: "delete", "tagsAll.owner": "delete" },
      state: { forceDestroy: true, tags: undefined, tagsAll: {} },
    },
  ],
  replacements: [
    { with: { bucket: "provider-spec-other" }, replaces: ["bucket"], deleteBeforeReplace: false },
    { with: { region: "eu-west-1" }, replaces: ["region"], deleteBeforeReplace: true },
    { with: { objectLockEnabled: true }, replaces: ["objectLockEnabled"], deleteBeforeReplace: true },
  ],
  drift: {
    meddle: async (cloud, { id: Bucket }) => {
      const s3 = await cloud.s3();
      await s3.putBucketTagging({ Bucket, Tagging: { TagSet: [{ Key: "by", Value: "hand" }] } });
    },
    changes: { tags: "delete", "tagsAll.by": "delete" },
  },
  untold: ["forceDestroy"],
  remove: async (cloud, { id: Bucket }) => (await cloud.s3()).deleteBucket({ Bucket }),
});

describe(`${token} with objects in it`, () => {
  let driver: Driver;
  useVariables(async () => (await testCloud()).environment);
  before(async () => {
    driver = await Driver.start();
    await driver.configure(configuration());
  });
  after(() => {
    driver.stop();
  });

  const filled = async (bucket: string, forceDestroy: boolean): ReturnType<Driver["create"]> => {
    const stored = await driver.create(token, await driver.check(token, { bucket, forceDestroy }));
    const s3 = await (await otherHand()).s3();
    await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
    for (const Body of ["one", "two"]) await s3.putObject({ Bucket: bucket, Key: "kept/a.csv", Body });
    await s3.deleteObject({ Bucket: bucket, Key: "kept/a.csv" });
    return stored;
  };

  it("is kept without forceDestroy", async () => {
    const stored = await filled("provider-spec-kept", false);
    const failure = await driver.delete(token, stored).catch((error: unknown) => error);
    expect(failure)
      .to.be.an("error")
      .with.property("message")
      .that.matches(/^BucketNotEmpty: /);
    const s3 = await (await otherHand()).s3();
    const { Versions = [] } = await s3.listObjectVersions({ Bucket: "provider-spec-kept" });
    expect(Versions).to.have.lengthOf(2);
  });

  it("is emptied of all versions and delete markers with forceDestroy", async () => {
    const stored = await filled("provider-spec-emptied", true);
    await driver.delete(token, stored);
    expect(await driver.read(token, stored.id, stored)).to.equal(undefined);
  });

  it("is refused when one owns a bucket of that name already", async () => {
    const inputs = await driver.check(token, { bucket: "provider-spec-twice" });
    await driver.create(token, inputs);
    const failure = await driver.create(token, inputs).catch((error: unknown) => error);
    expect(failure)
      .to.be.an("error")
      .with.property("message")
      .that.equals(
        'bucket "provider-spec-twice" exists already and is yours: import it, or choose another name',
      );
  });
});
