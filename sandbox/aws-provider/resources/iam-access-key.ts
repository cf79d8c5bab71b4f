import type { AccessKeyArgs, AccessKeyState } from "@pulumi/aws/iam";
import type { StatusType } from "@aws-sdk/client-iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { noSuchEntity } from "./iam-role";

export const accessKey = resourceType<AccessKeyArgs, AccessKeyState>({
  token: "aws:iam/accessKey:AccessKey",
  properties: {
    pgpKey: { unserved: true },
    status: { default: "Active" },
    user: { replaces: true },
  },
  // A user may have two keys that say the same.
  identity: [],
  omits: ["encryptedSecret", "encryptedSesSmtpPasswordV4", "keyFingerprint", "sesSmtpPasswordV4"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    const { AccessKey: made } = await iam.createAccessKey({ UserName: inputs.user });
    const AccessKeyId = made?.AccessKeyId ?? "";
    // AWS tells the secret this once, and the user is no part of the id.
    exists(AccessKeyId, { secret: made?.SecretAccessKey, user: inputs.user });
    if (inputs.status === "Inactive")
      await iam.updateAccessKey({ UserName: inputs.user, AccessKeyId, Status: "Inactive" });
  },

  async read(cloud, id, known) {
    const iam = await cloud.iam();
    const UserName = known.user ?? (await iam.getAccessKeyLastUsed({ AccessKeyId: id })).UserName;
    const answer = await unlessGone(iam.listAccessKeys({ UserName }), ...noSuchEntity);
    const found = answer?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
    if (found === undefined) return undefined;
    return {
      createDate: found.CreateDate?.toISOString(),
      ...(known.secret === undefined ? {} : { secret: known.secret }),
      status: found.Status,
      user: UserName,
    };
  },

  async update(cloud, id, inputs) {
    const iam = await cloud.iam();
    await iam.updateAccessKey({
      UserName: inputs.user,
      AccessKeyId: id,
      Status: inputs.status as StatusType | undefined,
    });
  },

  async delete(cloud, id, state) {
    const iam = await cloud.iam();
    await unlessGone(iam.deleteAccessKey({ UserName: state.user, AccessKeyId: id }), ...noSuchEntity);
  },
});
