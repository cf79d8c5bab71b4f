import {
  CreateAliasCommand,
  CreateKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { expect } from "chai";
import { AwsAccount } from "../../automation/cloud/aws-account";
import { ADMINISTRATOR_ROLE } from "../../sandbox/world";
import { Clients } from "./clients";
import { testCloud, useVariables } from "./cloud";

const ACCOUNT = "120000000603";
const OURS = { "athena-spokes:environment": "dev" };

describe("keys that have no alias yet, as the command sees them in the sandbox", () => {
  useVariables(async () => (await testCloud()).environment);

  it("are those that the role may look at, with the day on which KMS deletes one that goes", async () => {
    const clients = new Clients((await testCloud()).endpoint);
    const kms = await clients.in(KMSClient, ACCOUNT);
    const make = async (input: object = {}): Promise<string> =>
      (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId ?? "";
    const tagged = { Tags: Object.entries(OURS).map(([TagKey, TagValue]) => ({ TagKey, TagValue })) };
    const [ours, plain, named, leaving] = [
      await make(tagged),
      await make(),
      await make(),
      await make(tagged),
    ];
    await kms.send(new CreateAliasCommand({ AliasName: "alias/named", TargetKeyId: named }));
    const { DeletionDate } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId: leaving }));
    // Its policy lets its administrator change it, and do nothing else.
    const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:role/${ADMINISTRATOR_ROLE}` };
    const Statement = [{ Effect: "Allow", Principal, Action: "kms:PutKeyPolicy", Resource: "*" }];
    await make({ Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });

    const account = new AwsAccount(ACCOUNT, "us-east-1", () => clients.credentials(ACCOUNT));
    const found = await account.unnamedKeys();
    expect(Object.fromEntries(found.map(({ id, ...key }) => [id, key]))).to.deep.equal({
      [ours]: { tags: OURS },
      [plain]: { tags: {} },
      [leaving]: { tags: OURS, deletion: DeletionDate },
    });
  });
});
