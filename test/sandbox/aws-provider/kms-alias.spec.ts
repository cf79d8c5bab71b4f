import { expect } from "chai";
import { testCloud, useVariables } from "../cloud";
import { Driver, type Stored } from "./driver";
import { account, configuration, otherHand, region } from "./lifecycle";

const token = "aws:kms/alias:Alias";
const name = "alias/spill";

/** The keys' ids are AWS's, so the steps are told here and not in a table. */
describe(token, () => {
  let driver: Driver;
  let keys: string[];
  let stored: Stored;

  useVariables(async () => (await testCloud()).environment);
  before(async () => {
    driver = await Driver.start();
    await driver.configure(configuration());
    const kms = await (await otherHand()).kms();
    const made = await Promise.all([kms.createKey({}), kms.createKey({})]);
    keys = made.map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? "");
  });
  after(() => {
    driver.stop();
  });

  const keyArn = (id: string | undefined): string => `arn:aws:kms:${region}:${account}:key/${id ?? ""}`;

  it("is created", async () => {
    stored = await driver.create(token, await driver.check(token, { name, targetKeyId: keys[0] }));
    expect(stored.id).to.equal(name);
    expect(stored.state).to.deep.equal({
      arn: `arn:aws:kms:${region}:${account}:${name}`,
      name,
      region,
      targetKeyArn: keyArn(keys[0]),
      targetKeyId: keys[0],
    });
  });

  it("does not change when the key is given by its ARN", async () => {
    const checked = await driver.check(token, { name, targetKeyId: keyArn(keys[0]) });
    expect((await driver.diff(token, stored, checked)).changes).to.deep.equal({});
  });

  it("is updated to another key", async () => {
    const checked = await driver.check(token, { name, targetKeyId: keys[1] });
    expect((await driver.diff(token, stored, checked)).changes).to.deep.equal({ targetKeyId: "update" });
    stored = await driver.update(token, stored, checked);
    expect(stored.state["targetKeyArn"]).to.equal(keyArn(keys[1]));
  });

  it("is replaced under another name", async () => {
    const checked = await driver.check(token, { name: "alias/other", targetKeyId: keys[1] });
    expect((await driver.diff(token, stored, checked)).replaces).to.deep.equal(["name"]);
  });

  it("shows what another hand changed", async () => {
    await (await (await otherHand()).kms()).updateAlias({ AliasName: name, TargetKeyId: keys[0] });
    const found = await driver.read(token, stored.id, stored);
    expect(found?.inputs["targetKeyId"]).to.equal(keys[0]);
    await driver.update(token, stored, stored.inputs);
  });

  it("is imported by its name", async () => {
    expect((await driver.read(token, name))?.state).to.deep.equal(stored.state);
  });

  it("is deleted, and gone", async () => {
    await driver.delete(token, stored);
    expect(await driver.read(token, stored.id, stored)).to.equal(undefined);
    await driver.delete(token, stored);
  });

  it("is refused without the prefix", async () => {
    const { faults } = await driver.checkAll(token, { name: "spill", targetKeyId: keys[0] });
    expect(faults).to.deep.equal({ name: '"name" is "spill", and must be "alias/" and a name' });
  });
});
