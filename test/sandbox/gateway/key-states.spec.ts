import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListGrantsCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "120000000602";
const BUCKET = "key-states-602";

interface Made {
  readonly id: string;
  readonly arn: string;
  readonly ciphertext: Uint8Array;
}

/** Operation -> a call of it. */
const OPERATIONS = {
  Decrypt: (kms, { ciphertext }) => kms.send(new DecryptCommand({ CiphertextBlob: ciphertext })),
  Encrypt: (kms, { arn }) => kms.send(new EncryptCommand({ KeyId: arn, Plaintext: Buffer.from("a") })),
  GenerateDataKey: (kms, { arn }) => kms.send(new GenerateDataKeyCommand({ KeyId: arn, KeySpec: "AES_256" })),
  CreateGrant: (kms, { arn }) =>
    kms.send(
      new CreateGrantCommand({
        KeyId: arn,
        GranteePrincipal: `arn:aws:iam::${ACCOUNT}:root`,
        Operations: ["Decrypt"],
      }),
    ),
  EnableKeyRotation: (kms, { id }) => kms.send(new EnableKeyRotationCommand({ KeyId: id })),
  DisableKeyRotation: (kms, { id }) => kms.send(new DisableKeyRotationCommand({ KeyId: id })),
  CreateAlias: (kms, { id }) =>
    kms.send(new CreateAliasCommand({ AliasName: `alias/key-states-${id}`, TargetKeyId: id })),
  TagResource: (kms, { id }) =>
    kms.send(new TagResourceCommand({ KeyId: id, Tags: [{ TagKey: "a", TagValue: "b" }] })),
  UntagResource: (kms, { id }) => kms.send(new UntagResourceCommand({ KeyId: id, TagKeys: ["a"] })),
  UpdateKeyDescription: (kms, { id }) =>
    kms.send(new UpdateKeyDescriptionCommand({ KeyId: id, Description: "b" })),
  DescribeKey: (kms, { arn }) => kms.send(new DescribeKeyCommand({ KeyId: arn })),
  GetKeyPolicy: (kms, { id }) => kms.send(new GetKeyPolicyCommand({ KeyId: id })),
  ListGrants: (kms, { id }) => kms.send(new ListGrantsCommand({ KeyId: id })),
  ListResourceTags: (kms, { id }) => kms.send(new ListResourceTagsCommand({ KeyId: id })),
  DisableKey: (kms, { id }) => kms.send(new DisableKeyCommand({ KeyId: id })),
  EnableKey: (kms, { id }) => kms.send(new EnableKeyCommand({ KeyId: id })),
  ScheduleKeyDeletion: (kms, { arn }) =>
    kms.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 })),
  CancelKeyDeletion: (kms, { arn }) => kms.send(new CancelKeyDeletionCommand({ KeyId: arn })),
} as const satisfies Record<string, (kms: KMSClient, key: Made) => Promise<unknown>>;
type Operation = keyof typeof OPERATIONS;

describe("gateway: what a key refuses in its state (C23)", () => {
  let kms: KMSClient;
  let s3: S3Client;

  before(async () => {
    const made = await clients();
    kms = await made.in(KMSClient, ACCOUNT);
    s3 = await made.in(S3Client, ACCOUNT);
  });

  async function make(): Promise<Made> {
    const { KeyMetadata: { KeyId: id = "", Arn: arn = "" } = {} } = await kms.send(new CreateKeyCommand({}));
    const encrypted = await kms.send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from("secret") }));
    return { id, arn, ciphertext: encrypted.CiphertextBlob ?? new Uint8Array() };
  }

  const send = (operation: Operation, key: Made): Promise<unknown> => OPERATIONS[operation](kms, key);

  const pending = ["KMSInvalidStateException", "is pending deletion."] as const;
  const states: readonly {
    state: string;
    to: readonly Operation[];
    refuses: Partial<Record<Operation, readonly [code: string, is: string]>>;
  }[] = [
    {
      state: "enabled",
      to: [],
      refuses: { CancelKeyDeletion: ["KMSInvalidStateException", "is not pending deletion."] },
    },
    {
      state: "disabled",
      to: ["DisableKey"],
      refuses: {
        ...Object.fromEntries(
          (
            [
              "Decrypt",
              "Encrypt",
              "GenerateDataKey",
              "CreateGrant",
              "EnableKeyRotation",
              "DisableKeyRotation",
            ] as const
          ).map((operation) => [operation, ["DisabledException", "is disabled."]]),
        ),
        CancelKeyDeletion: ["KMSInvalidStateException", "is not pending deletion."],
      },
    },
    {
      state: "pending deletion",
      to: ["ScheduleKeyDeletion"],
      refuses: Object.fromEntries(
        (
          [
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "CreateGrant",
            "EnableKeyRotation",
            "DisableKeyRotation",
            "CreateAlias",
            "TagResource",
            "UntagResource",
            "UpdateKeyDescription",
            "DisableKey",
            "EnableKey",
            "ScheduleKeyDeletion",
          ] as const
        ).map((operation) => [operation, pending]),
      ),
    },
  ];
  for (const { state, to, refuses } of states)
    it(`${state}: ${Object.keys(refuses).join(", ")}`, async () => {
      for (const operation of Object.keys(OPERATIONS) as Operation[]) {
        const key = await make();
        for (const step of to) await send(step, key);
        const refused = refuses[operation];
        if (refused === undefined) await send(operation, key);
        else {
          const { code, message } = await refusal(send(operation, key));
          expect([code, message], operation).to.deep.equal([refused[0], `${key.arn} ${refused[1]}`]);
        }
      }
    });

  it("schedules and cancels a deletion by id and by ARN, and says what becomes of the key", async () => {
    for (const named of ["id", "arn"] as const) {
      const key = await make();
      const KeyId = key[named];
      const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      expect(scheduled).to.include({ KeyId: key.arn, KeyState: "PendingDeletion", PendingWindowInDays: 30 });
      expect(Math.round(((scheduled.DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000)).to.equal(30);
      expect((await kms.send(new CancelKeyDeletionCommand({ KeyId }))).KeyId).to.equal(key.arn);
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata?.KeyState).to.equal("Disabled");
      await kms.send(new EnableKeyCommand({ KeyId: key.id }));
      await send("Decrypt", key);
    }
  });

  it("refuses a deletion that is too soon or too late", async () => {
    const { arn: KeyId } = await make();
    for (const PendingWindowInDays of [6, 31]) {
      const { code } = await refusal(
        kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays })),
      );
      expect(code).to.equal("ValidationException");
    }
  });

  it("keeps its policy and lets go its alias while it is pending deletion", async () => {
    const key = await make();
    await send("CreateAlias", key);
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: key.id }));
    await send("ScheduleKeyDeletion", key);
    await kms.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
    await kms.send(new DeleteAliasCommand({ AliasName: `alias/key-states-${key.id}` }));
  });

  it("lets an alias leave it, and refuses to be given one, while it is pending deletion", async () => {
    const [doomed, kept] = [await make(), await make()];
    await send("CreateAlias", doomed);
    await send("ScheduleKeyDeletion", doomed);
    const move = ({ id }: Made) =>
      kms.send(new UpdateAliasCommand({ AliasName: `alias/key-states-${doomed.id}`, TargetKeyId: id }));
    await move(kept);
    const { code, message } = await refusal(move(doomed));
    expect([code, message]).to.deep.equal([pending[0], `${doomed.arn} ${pending[1]}`]);
  });

  it("keeps S3 from reading and writing what it encrypts", async () => {
    const key = await make();
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: key.arn } as const;
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket: BUCKET,
        ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault }] },
      }),
    );
    const put = () => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "object", Body: "rows" }));
    const get = () => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "object" }));
    await put();
    await send("ScheduleKeyDeletion", key);
    for (const asked of [put, get]) {
      const { code, message } = await refusal(asked());
      expect([code, message]).to.deep.equal([
        "KMS.KMSInvalidStateException",
        `${key.arn} is pending deletion.`,
      ]);
    }
    await send("CancelKeyDeletion", key);
    expect((await refusal(get())).code).to.equal("KMS.DisabledException");
    await send("EnableKey", key);
    await get();
  });
});
