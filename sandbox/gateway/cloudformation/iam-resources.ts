import { elementText } from "../answer";
import { AwsError } from "../errors";
import type { Tag } from "../state";
import type { Properties, ResourceKind, StackCaller } from "./resource-kind";

const role: ResourceKind = {
  properties: [
    "AssumeRolePolicyDocument",
    "Description",
    "ManagedPolicyArns",
    "MaxSessionDuration",
    "Path",
    "PermissionsBoundary",
    "Policies",
    "RoleName",
    "Tags",
  ],
  required: ["AssumeRolePolicyDocument"],
  createOnly: ["Path", "RoleName"],
  nameProperty: "RoleName",

  async create(caller, name, properties) {
    const RoleName = textOf(properties, "RoleName") ?? name;
    const answer = await caller.iam("CreateRole", {
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(properties["AssumeRolePolicyDocument"]),
      ...given(properties, "Description", "MaxSessionDuration", "Path", "PermissionsBoundary"),
      ...tagMembers(tagsIn(properties)),
    });
    const made = {
      physicalId: RoleName,
      attributes: { Arn: elementText(answer, "Arn"), RoleId: elementText(answer, "RoleId") },
    };
    try {
      await putPolicies(caller, RoleName, {}, properties);
    } catch (error) {
      // What was begun goes with what failed.
      await role.delete(caller, made, properties).catch(() => undefined);
      throw error;
    }
    return made;
  },

  async update(caller, { physicalId: RoleName }, before, after) {
    if (differs("AssumeRolePolicyDocument", before, after))
      await caller.iam("UpdateAssumeRolePolicy", {
        RoleName,
        PolicyDocument: JSON.stringify(after["AssumeRolePolicyDocument"]),
      });
    if (differs("Description", before, after) || differs("MaxSessionDuration", before, after))
      await caller.iam("UpdateRole", {
        RoleName,
        Description: textOf(after, "Description") ?? "",
        MaxSessionDuration: textOf(after, "MaxSessionDuration") ?? "3600",
      });
    if (differs("PermissionsBoundary", before, after)) {
      const boundary = given(after, "PermissionsBoundary");
      await caller.iam(
        "PermissionsBoundary" in boundary ? "PutRolePermissionsBoundary" : "DeleteRolePermissionsBoundary",
        { RoleName, ...boundary },
      );
    }
    await putPolicies(caller, RoleName, before, after);
    await changeTags(caller, "Role", { RoleName }, before, after);
  },

  async delete(caller, { physicalId: RoleName }, properties) {
    await putPolicies(caller, RoleName, properties, {});
    await caller.iam("DeleteRole", { RoleName });
  },
};

/** Brings inline and attached policies from one state into the other. */
async function putPolicies(
  caller: StackCaller,
  RoleName: string,
  before: Properties,
  after: Properties,
): Promise<void> {
  const [old, wanted] = [inlinePolicies(before), inlinePolicies(after)];
  for (const [PolicyName, PolicyDocument] of wanted)
    if (old.get(PolicyName) !== PolicyDocument)
      await caller.iam("PutRolePolicy", { RoleName, PolicyName, PolicyDocument });
  for (const PolicyName of old.keys())
    if (!wanted.has(PolicyName)) await ifThere(caller.iam("DeleteRolePolicy", { RoleName, PolicyName }));
  const [attached, toAttach] = [textsOf(before, "ManagedPolicyArns"), textsOf(after, "ManagedPolicyArns")];
  for (const PolicyArn of toAttach.filter((arn) => !attached.includes(arn)))
    await caller.iam("AttachRolePolicy", { RoleName, PolicyArn });
  for (const PolicyArn of attached.filter((arn) => !toAttach.includes(arn)))
    await ifThere(caller.iam("DetachRolePolicy", { RoleName, PolicyArn }));
}

function inlinePolicies(properties: Properties): Map<string, string> {
  const policies = properties["Policies"] ?? [];
  if (!Array.isArray(policies)) throw new AwsError("ValidationError", "Policies is not a list");
  return new Map(
    policies.map((policy: unknown) => {
      const { PolicyName, PolicyDocument } = (policy ?? {}) as Record<string, unknown>;
      if (typeof PolicyName !== "string" || PolicyDocument === undefined)
        throw new AwsError("ValidationError", "each of Policies needs a PolicyName and a PolicyDocument");
      return [PolicyName, JSON.stringify(PolicyDocument)] as const;
    }),
  );
}

/** IAM keeps five versions of a managed policy. */
const MOST_VERSIONS = 5;

const managedPolicy: ResourceKind = {
  properties: ["Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Tags"],
  required: ["PolicyDocument"],
  createOnly: ["Description", "ManagedPolicyName", "Path"],
  nameProperty: "ManagedPolicyName",

  async create(caller, name, properties) {
    const answer = await caller.iam("CreatePolicy", {
      PolicyName: textOf(properties, "ManagedPolicyName") ?? name,
      PolicyDocument: JSON.stringify(properties["PolicyDocument"]),
      ...given(properties, "Description", "Path"),
      ...tagMembers(tagsIn(properties)),
    });
    const PolicyArn = elementText(answer, "Arn");
    for (const RoleName of textsOf(properties, "Roles"))
      await caller.iam("AttachRolePolicy", { RoleName, PolicyArn });
    return { physicalId: PolicyArn, attributes: { PolicyArn, PolicyId: elementText(answer, "PolicyId") } };
  },

  async update(caller, { physicalId: PolicyArn }, before, after) {
    if (differs("PolicyDocument", before, after)) {
      const versions = await otherVersions(caller, PolicyArn);
      const oldest = versions.at(-1);
      if (versions.length + 1 >= MOST_VERSIONS && oldest !== undefined)
        await caller.iam("DeletePolicyVersion", { PolicyArn, VersionId: oldest });
      await caller.iam("CreatePolicyVersion", {
        PolicyArn,
        PolicyDocument: JSON.stringify(after["PolicyDocument"]),
        SetAsDefault: "true",
      });
    }
    const [old, wanted] = [textsOf(before, "Roles"), textsOf(after, "Roles")];
    for (const RoleName of wanted.filter((name) => !old.includes(name)))
      await caller.iam("AttachRolePolicy", { RoleName, PolicyArn });
    for (const RoleName of old.filter((name) => !wanted.includes(name)))
      await ifThere(caller.iam("DetachRolePolicy", { RoleName, PolicyArn }));
    await changeTags(caller, "Policy", { PolicyArn }, before, after);
  },

  async delete(caller, { physicalId: PolicyArn }, properties) {
    for (const RoleName of textsOf(properties, "Roles"))
      await ifThere(caller.iam("DetachRolePolicy", { RoleName, PolicyArn }));
    for (const VersionId of await otherVersions(caller, PolicyArn))
      await caller.iam("DeletePolicyVersion", { PolicyArn, VersionId });
    await caller.iam("DeletePolicy", { PolicyArn });
  },
};

/** Versions that are not the default one, the newest first. */
async function otherVersions(caller: StackCaller, PolicyArn: string): Promise<string[]> {
  const answer = await caller.iam("ListPolicyVersions", { PolicyArn });
  return [...answer.matchAll(/<member>([\s\S]*?)<\/member>/g)]
    .map(([, member = ""]) => member)
    .filter((member) => elementText(member, "IsDefaultVersion") !== "true")
    .map((member) => elementText(member, "VersionId"))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
}

/** Type -> how its resources are made. */
export const iamKinds: Readonly<Record<string, ResourceKind>> = {
  "AWS::IAM::ManagedPolicy": managedPolicy,
  "AWS::IAM::Role": role,
};

/** What is already gone needs no deletion. */
async function ifThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError) || !error.code.startsWith("NoSuchEntity")) throw error;
  }
}

export function differs(name: string, before: Properties, after: Properties): boolean {
  return JSON.stringify(before[name]) !== JSON.stringify(after[name]);
}

function textOf(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new AwsError("ValidationError", `Value of property ${name} must be of type String`);
}

function textsOf(properties: Properties, name: string): string[] {
  const value = properties[name] ?? [];
  if (!Array.isArray(value))
    throw new AwsError("ValidationError", `Value of property ${name} must be of type List of String`);
  return value.map(String);
}

function given(properties: Properties, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = textOf(properties, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function tagsIn(properties: Properties): Tag[] {
  const tags = properties["Tags"] ?? [];
  if (!Array.isArray(tags))
    throw new AwsError("ValidationError", "Value of property Tags must be of type List");
  return tags.map((tag: unknown) => {
    const { Key, Value } = (tag ?? {}) as Record<string, unknown>;
    return { Key: String(Key), Value: String(Value) };
  });
}

function tagMembers(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(
    tags.flatMap(({ Key, Value }, index) => [
      [`Tags.member.${index + 1}.Key`, Key],
      [`Tags.member.${index + 1}.Value`, Value],
    ]),
  );
}

async function changeTags(
  caller: StackCaller,
  noun: "Role" | "Policy",
  named: Readonly<Record<string, string>>,
  before: Properties,
  after: Properties,
): Promise<void> {
  const old = new Map(tagsIn(before).map(({ Key, Value }) => [Key, Value]));
  const wanted = tagsIn(after);
  const changed = wanted.filter(({ Key, Value }) => old.get(Key) !== Value);
  if (changed.length > 0) await caller.iam(`Tag${noun}`, { ...named, ...tagMembers(changed) });
  const gone = [...old.keys()].filter((key) => !wanted.some(({ Key }) => Key === key));
  if (gone.length > 0)
    await caller.iam(`Untag${noun}`, {
      ...named,
      ...Object.fromEntries(gone.map((key, index) => [`TagKeys.member.${index + 1}`, key])),
    });
}
