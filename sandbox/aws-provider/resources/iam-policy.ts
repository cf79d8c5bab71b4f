import type { PolicyArgs, PolicyState } from "@pulumi/aws/iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";
import { decodedDocument, documentText, noSuchEntity } from "./iam-role";

/** IAM keeps this many versions of a policy. */
const maxVersions = 5;

export const policy = resourceType<PolicyArgs, PolicyState>({
  token: "aws:iam/policy:Policy",
  properties: {
    description: { replaces: true },
    name: { replaces: true },
    path: { default: "/", replaces: true },
    policy: { document: "policy" },
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 128 },
  omits: ["delayAfterPolicyCreationInMs", "namePrefix"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    const { Policy } = await iam.createPolicy({
      PolicyName: inputs.name,
      PolicyDocument: documentText(inputs.policy),
      Description: inputs.description,
      Path: inputs.path,
      Tags: tagList(inputs.tagsAll),
    });
    exists(Policy?.Arn ?? "");
  },

  async read(cloud, id) {
    const iam = await cloud.iam();
    const answer = await unlessGone(iam.getPolicy({ PolicyArn: id }), ...noSuchEntity);
    const found = answer?.Policy;
    if (found === undefined) return undefined;
    const version = await unlessGone(
      iam.getPolicyVersion({ PolicyArn: id, VersionId: found.DefaultVersionId }),
      ...noSuchEntity,
    );
    return {
      arn: found.Arn,
      attachmentCount: found.AttachmentCount,
      description: found.Description,
      name: found.PolicyName,
      path: found.Path,
      policy: decodedDocument(version?.PolicyVersion?.Document),
      policyId: found.PolicyId,
      tagsAll: tagRecord(found.Tags),
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const iam = await cloud.iam();
    const PolicyArn = id;
    if (changed.has("policy")) {
      const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
      const oldest = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).sort(
        (a, b) => (a.CreateDate?.getTime() ?? 0) - (b.CreateDate?.getTime() ?? 0),
      )[0];
      if (Versions.length >= maxVersions && oldest !== undefined) {
        await iam.deletePolicyVersion({ PolicyArn, VersionId: oldest.VersionId });
      }
      await iam.createPolicyVersion({
        PolicyArn,
        PolicyDocument: documentText(inputs.policy),
        SetAsDefault: true,
      });
    }
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => iam.tagPolicy({ PolicyArn, Tags: tagList(tags) }),
      (TagKeys) => iam.untagPolicy({ PolicyArn, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const iam = await cloud.iam();
    const PolicyArn = id;
    const remove = async (): Promise<void> => {
      const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
      for (const { IsDefaultVersion, VersionId } of Versions) {
        if (IsDefaultVersion !== true) await iam.deletePolicyVersion({ PolicyArn, VersionId });
      }
      await iam.deletePolicy({ PolicyArn });
    };
    await unlessGone(remove(), ...noSuchEntity);
  },
});
