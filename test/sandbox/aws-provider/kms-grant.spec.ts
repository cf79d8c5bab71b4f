import { expect } from "chai";
import { testCloud, useVariables } from "../cloud";
import { Driver, type Properties, type Stored } from "./driver";
import { account, configuration, otherHand, region } from "./lifecycle";

const token = "aws:kms/grant:Grant";

/** The key's id is AWS's, so the steps are told here and not in a table. */
describe(token, () => {
  let driver: Driver;
  let inputs: Properties;
  let stored: Stored;

  useVariables(async () => (await testCloud()).environment);
  before(async () => {
    driver = await Driver.start();
    await driver.configure(configuration());
    const { KeyMetadata } = await (await (await otherHand()).kms()).createKey({});
    inputs = {
      name: "sales",
      keyId: KeyMetadata?.KeyId ?? "",
      granteePrincipal: `arn:aws:iam::${account}:root`,
      operations: ["Decrypt", "DescribeKey"],
    };
  });
  after(() => {
    driver.stop();
  });

  it("is created, and its token is told once", async () => {
    stored = await driver.create(token, await driver.check(token, inputs));
    const { grantId, grantToken, ...state } = stored.state;
    expect(grantId).to.be.a("string").with.length.greaterThan(0);
    expect(grantToken).to.be.a("string").with.length.greaterThan(0);
    expect(state).to.deep.equal({ ...inputs, region, retireOnDelete: false });
    expect(stored.id).to.equal(`${String(inputs["keyId"])}:${String(grantId)}`);
  });

  it("does not change when its inputs do not, in whatever order", async () => {
    const checked = await driver.check(token, { ...inputs, operations: ["DescribeKey", "Decrypt"] });
    expect((await driver.diff(token, stored, checked)).changes).to.deep.equal({});
    expect(await driver.read(token, stored.id, stored)).to.deep.equal(stored);
  });

  it("is replaced by every change", async () => {
    const checked = await driver.check(token, { ...inputs, operations: ["Decrypt"] });
    expect((await driver.diff(token, stored, checked)).changes).to.deep.equal({
      operations: "update-replace",
    });
  });

  it("is imported by its id, without its token", async () => {
    const imported = await driver.read(token, stored.id);
    expect(imported?.state).to.deep.equal({ ...without(stored.state, "retireOnDelete"), grantToken: "" });
  });

  it("is found gone when another hand revoked it", async () => {
    const second = await driver.create(token, await driver.check(token, inputs));
    const [KeyId, GrantId] = second.id.split(":");
    await (await (await otherHand()).kms()).revokeGrant({ KeyId, GrantId });
    expect(await driver.read(token, second.id, second)).to.equal(undefined);
  });

  it("is deleted, and gone", async () => {
    await driver.delete(token, stored);
    expect(await driver.read(token, stored.id, stored)).to.equal(undefined);
    await driver.delete(token, stored);
  });
});

function without(values: Properties, name: string): Properties {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
}
