import { readFile } from "node:fs/promises";
import path from "node:path";
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { DeleteBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { HUB, PRODUCER, SPOKE } from "../worlds";
import { testCloud } from "../sandbox/cloud";
import { clients } from "../sandbox/gateway/clients";
import { Checkout, type Inventory, type Ran } from "./checkout";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const SALES = path.join(EXAMPLES, "sales.yaml");
const ACCOUNTS = [HUB, PRODUCER, SPOKE];
const RESULTS = "dev-sales-athena-results-133333333333";

function expectCode(ran: Ran, code: number): void {
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).to.equal(code);
}

describe("mishaps, on the real engine", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let prepared: Record<string, Inventory>;

  before(async () => {
    checkout = await Checkout.make(await testCloud());
    await checkout.write("Pulumi.dev.yaml", await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
    await checkout.bootstrap({ [SPOKE]: SALES });
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    prepared = await checkout.inventory(...ACCOUNTS);
  });

  after(async () => {
    expectCode(await checkout.spokes("environment", "destroy", "dev", "--yes"), 0);
    await checkout.remove();
  });

  async function putResult(): Promise<void> {
    const s3 = await (await clients()).in(S3Client, SPOKE);
    await s3.send(new PutObjectCommand({ Bucket: RESULTS, Key: "results/q1.csv", Body: "a\n" }));
  }

  it("tells why Quick could not create the data source, and finishes when that is mended (R64, e5, e7)", async () => {
    const iam = await (await clients()).in(IAMClient, HUB);
    await iam.send(
      new DeleteRolePolicyCommand({
        RoleName: "qs-athena-cross-account-role-a",
        PolicyName: "AssumeConsumerRolePolicy",
      }),
    );
    // Nothing spreads by itself here: the two minutes that AWS may need would be spent in vain.
    const failed = await checkout.spokes("--patience", "15", "onboard", SALES, "--yes");
    expectCode(failed, 1);
    expect(failed.stdout).to.match(/trying again \(role-not-assumable\)/);
    expect(failed.stderr)
      .to.match(/sts:AssumeRole/)
      .and.to.match(/role\/qs-athena-consumer-role/);

    expectCode(await checkout.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview"), 0);
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    expectCode(await checkout.spokes("onboard", SALES, "--yes"), 0);
    const { [HUB]: hub } = await checkout.inventory(HUB);
    expect(hub?.data_sources["dev-sales"]?.status).to.equal("CREATION_SUCCESSFUL");
  });

  it("shows drift as a rung that fails", async () => {
    const iam = await (await clients()).in(IAMClient, SPOKE);
    await iam.send(
      new DeleteRolePolicyCommand({ RoleName: "qs-athena-consumer-role", PolicyName: "AthenaGlueS3Access" }),
    );
    const verified = await checkout.spokes("verify", "sales");
    expectCode(verified, 1);
    expect(verified.stderr).to.match(/AthenaGlueS3Access/);
    expectCode(await checkout.pulumi("refresh", "--stack", "dev-sales", "--yes", "--skip-preview"), 0);
    expectCode(await checkout.spokes("onboard", SALES, "--yes"), 0);
    expectCode(await checkout.spokes("verify", "sales"), 0);
  });

  it("keeps a bucket that has objects, says so, and does not adopt it later (R76)", async () => {
    await putResult();
    const offboarded = await checkout.spokes("offboard", "sales", "--yes");
    expectCode(offboarded, 0);
    expect(offboarded.stdout).to.match(new RegExp(RESULTS));
    const { [SPOKE]: spoke } = await checkout.inventory(SPOKE);
    expect(spoke?.buckets[RESULTS]?.objects).to.deep.equal(["results/q1.csv"]);
    const again = await checkout.spokes("onboard", SALES, "--yes");
    expectCode(again, 2);
    expect(again.stderr).to.match(new RegExp(RESULTS));
  });

  it("deletes a bucket with its objects where that is asked for", async () => {
    const s3 = await (await clients()).in(S3Client, SPOKE);
    await s3.send(new DeleteObjectCommand({ Bucket: RESULTS, Key: "results/q1.csv" }));
    await s3.send(new DeleteBucketCommand({ Bucket: RESULTS }));
    expectCode(await checkout.spokes("onboard", SALES, "--yes"), 0);
    await putResult();
    expectCode(await checkout.spokes("offboard", "sales", "--yes", "--delete-data"), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(prepared);
  });

  it("finishes an onboarding that was interrupted", async () => {
    const interrupted = await checkout.interruptedSpokes(
      /created role qs-athena-consumer-role/,
      "onboard",
      SALES,
      "--yes",
    );
    expect(interrupted.code).to.not.equal(0);
    expectCode(await checkout.spokes("onboard", SALES, "--yes"), 0);
    expectCode(await checkout.spokes("offboard", "sales", "--yes"), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(prepared);
  });
});
