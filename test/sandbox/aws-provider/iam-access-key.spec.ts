import { expect } from "chai";
import { testCloud, useVariables } from "../cloud";
import { Driver, type Properties, type Stored } from "./driver";
import { configuration, otherHand } from "./lifecycle";

const token = "aws:iam/accessKey:AccessKey";

/** The key's id is AWS's, so the steps are told here and not in a table. */
describe(token, () => {
  let driver: Driver;
  let stored: Stored;
  let inputs: Properties = { user: "key-owner" };

  useVariables(async () => (await testCloud()).environment);
  before(async () => {
    driver = await Driver.start();
    await driver.configure(configuration());
    await (await (await otherHand()).iam()).createUser({ UserName: "key-owner" });
  });
  after(() => {
    driver.stop();
  });

  it("is created, and its secret is told once", async () => {
    stored = await driver.create(token, await driver.check(token, inputs));
    expect(stored.id).to.match(/^AKIA/);
    expect(stored.state["secret"]).to.be.a("string").with.length.greaterThan(20);
    expect(stored.state).to.deep.include({ user: "key-owner", status: "Active" });
    expect(await driver.read(token, stored.id, stored)).to.deep.equal(stored);
  });

  it("does not change when its inputs do not, and is replaced for another user", async () => {
    const changes = async (wanted: Properties) =>
      (await driver.diff(token, stored, await driver.check(token, wanted, stored.inputs))).changes;
    expect(await changes(inputs)).to.deep.equal({});
    expect(await changes({ user: "another" })).to.deep.equal({ user: "update-replace" });
  });

  it("is made inactive, and seen when another hand makes it active again", async () => {
    inputs = { ...inputs, status: "Inactive" };
    stored = await driver.update(token, stored, await driver.check(token, inputs, stored.inputs));
    expect(stored.state["status"]).to.equal("Inactive");
    const iam = await (await otherHand()).iam();
    await iam.updateAccessKey({ UserName: "key-owner", AccessKeyId: stored.id, Status: "Active" });
    expect((await driver.read(token, stored.id, stored))?.state["status"]).to.equal("Active");
  });

  it("is deleted, and gone", async () => {
    await driver.delete(token, stored);
    expect(await driver.read(token, stored.id, stored)).to.equal(undefined);
    await driver.delete(token, stored);
  });
});
