import { expect } from "chai";
import { EndpointUnreachable, EntryRefused, NotExecuted } from "../../automation/cloud/cloud";
import { FakeCloud } from "./fake-cloud";

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

const entry = { account: "133333333333", role: "OrganizationAccountAccessRole", region: "us-east-1" };

describe("the AWS in memory that specs use", () => {
  it("keeps each account's things apart", async () => {
    const cloud = new FakeCloud();
    cloud.account("133333333333").dynamoTables.add("Music");
    expect(await (await cloud.enter(entry)).hasTable("Music")).to.equal(true);
    expect(await (await cloud.enter({ ...entry, account: "133333333334" })).hasTable("Music")).to.equal(
      false,
    );
  });

  it("refuses an account as AWS does, and answers nothing when it cannot be reached", async () => {
    const cloud = new FakeCloud();
    cloud.refused.add(entry.account);
    expect(await thrownBy(cloud.enter(entry))).to.be.instanceOf(EntryRefused);
    cloud.reachable = false;
    expect(await thrownBy(cloud.enter(entry))).to.be.instanceOf(EndpointUnreachable);
    expect(await thrownBy(cloud.caller())).to.be.instanceOf(EndpointUnreachable);
  });

  it("answers what does not exist as AWS's client does", async () => {
    const account = new FakeCloud().account(entry.account);
    expect(await account.role("x")).to.equal(undefined);
    expect(await account.bucketOwner("x")).to.equal("nobody");
    expect(await account.tables("x")).to.deep.equal([]);
    expect(await account.tags("bucket", "x")).to.deep.equal({});
    expect((await account.workgroup("primary"))?.enabled).to.equal(true);
  });

  it("tells objects of a stack from objects of people, and deletes all when told to", async () => {
    const account = new FakeCloud().account(entry.account);
    account.buckets.set("b", { keys: ["ours"] });
    expect(await account.hasObjects("b", new Set(["ours"]))).to.equal(false);
    account.buckets.get("b")?.keys.push("theirs");
    expect(await account.hasObjects("b", new Set(["ours"]))).to.equal(true);
    await account.empty("b");
    expect(await account.hasObjects("b", new Set())).to.equal(false);
  });

  it("does not execute what it is told not to", async () => {
    const account = new FakeCloud().account(entry.account);
    account.notExecuted.add("athena:ListTableMetadata");
    expect(await thrownBy(account.catalogTables("x", "default"))).to.be.instanceOf(NotExecuted);
  });
});
