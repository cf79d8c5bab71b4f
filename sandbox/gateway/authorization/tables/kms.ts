import type { ContextKeys } from "../../../../access/evaluate";
import { accountIn, actionOf, each, structure, tagContext, tagKeyContext, tagsIn, textOf } from "../need";
import type { Asked, Need, Rule, Table } from "../need";

const CIPHERTEXT_ID = /^(?:mrk-)?[0-9a-f-]{32,36}$/;

/**
 * The key that a parameter names by id, ARN, alias or alias ARN, in the account that it belongs to. One that is not there
 * keeps the name that it was called by, so that the refusal says it.
 */
export async function keyNeed(
  { resources, account, region }: Pick<Asked, "resources" | "account" | "region">,
  named: string,
  action: string,
  context: ContextKeys = {},
): Promise<Need> {
  const owner = accountIn(named) ?? account;
  const place = named.startsWith("arn:") ? (named.split(":")[3] ?? region) : region;
  const name = named.startsWith("arn:") ? named.split(":").slice(5).join(":") : named;
  const key = await resources.key(owner, place, name.replace(/^key\//, ""));
  return {
    action,
    resource: key?.arn ?? `arn:aws:kms:${place}:${owner}:key/${name.replace(/^key\//, "")}`,
    context: {
      "kms:CallerAccount": account,
      ...(name.startsWith("alias/") ? { "kms:RequestAlias": name } : {}),
      ...(key === null || key.aliases.length === 0 ? {} : { "kms:ResourceAliases": key.aliases }),
      ...context,
    },
  };
}

/** The encryption context of a request, as conditions see it. */
export function encryptionContext(given: Readonly<Record<string, unknown>>): ContextKeys {
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  if (pairs.length === 0) return {};
  return {
    "kms:EncryptionContextKeys": pairs.map(([key]) => key),
    ...Object.fromEntries(pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
  };
}

const onKey: Rule = async (asked) => [
  await keyNeed(asked, textOf(asked.input, "KeyId"), actionOf(asked), {
    ...encryptionContext(structure(asked.input, "EncryptionContext")),
    ...tagContext(tagsIn(asked.input["Tags"])),
    ...tagKeyContext(asked.input["TagKeys"]),
  }),
];

/** What was encrypted names its key; the emulator writes the key's id before it. */
function keyInCiphertext(blob: string): string {
  const id = Buffer.from(blob, "base64").subarray(0, 36).toString("latin1").trim();
  return CIPHERTEXT_ID.test(id) ? id : "";
}

/** The key of a ciphertext, in whatever account it is. */
async function keyOfCiphertext(asked: Asked, parameter: string, blob: string): Promise<string> {
  const named = textOf(asked.input, parameter);
  if (named !== "") return named;
  const id = keyInCiphertext(textOf(asked.input, blob));
  return (id === "" ? undefined : (await asked.resources.key("", "", id))?.arn) ?? id;
}

const decrypted: Rule = async (asked) => [
  await keyNeed(
    asked,
    await keyOfCiphertext(asked, "KeyId", "CiphertextBlob"),
    "kms:Decrypt",
    encryptionContext(structure(asked.input, "EncryptionContext")),
  ),
];

const reEncrypted: Rule = async (asked) => [
  await keyNeed(
    asked,
    await keyOfCiphertext(asked, "SourceKeyId", "CiphertextBlob"),
    "kms:ReEncryptFrom",
    encryptionContext(structure(asked.input, "SourceEncryptionContext")),
  ),
  await keyNeed(
    asked,
    textOf(asked.input, "DestinationKeyId"),
    "kms:ReEncryptTo",
    encryptionContext(structure(asked.input, "DestinationEncryptionContext")),
  ),
];

const granted: Rule = async (asked) => {
  const { input } = asked;
  const operations: unknown = input["Operations"];
  const constraints = structure(input, "Constraints");
  const constraint = ["EncryptionContextEquals", "EncryptionContextSubset"].find(
    (name) => name in constraints,
  );
  const given = {
    "kms:GranteePrincipal": textOf(input, "GranteePrincipal"),
    "kms:RetiringPrincipal": textOf(input, "RetiringPrincipal"),
    "kms:GrantConstraintType": constraint ?? "",
  };
  return [
    await keyNeed(asked, textOf(input, "KeyId"), "kms:CreateGrant", {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")),
      "kms:GrantIsForAWSResource": "false",
      "kms:GrantOperations": Array.isArray(operations) ? operations.map(String) : [],
    }),
  ];
};

/** Aliases need the permission on the alias and on the key. Source: "Controlling access to aliases", KMS developer guide. */
const aliased =
  (targetParameter?: string): Rule =>
  async (asked) => {
    const { region, account, input, resources } = asked;
    const name = textOf(input, "AliasName");
    const action = actionOf(asked);
    const alias: Need = { action, resource: `arn:aws:kms:${region}:${account}:${name}` };
    const now = (await resources.key(account, region, name))?.arn;
    // UpdateAlias asks for the key that the alias leaves, too.
    const isLeft = asked.call.operation !== "CreateAlias" && now !== undefined;
    return [
      alias,
      ...(isLeft ? [{ ...(await keyNeed(asked, now, action)), inAnyState: true } as const] : []),
      ...(targetParameter === undefined
        ? []
        : [await keyNeed(asked, textOf(input, targetParameter), action)]),
    ];
  };

/** KMS. */
export const kms: Table = {
  CreateKey: (asked) => [
    { action: "kms:CreateKey", resource: "*", context: tagContext(tagsIn(asked.input["Tags"])) },
  ],
  ...each(
    "CancelKeyDeletion DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encrypt GenerateDataKey " +
      "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyPolicy " +
      "GetKeyRotationStatus GetPublicKey ListGrants ListKeyPolicies ListKeyRotations ListResourceTags PutKeyPolicy " +
      "RevokeGrant RetireGrant RotateKeyOnDemand ScheduleKeyDeletion Sign TagResource UntagResource " +
      "UpdateKeyDescription Verify VerifyMac",
    onKey,
  ),
  Decrypt: decrypted,
  ReEncrypt: reEncrypted,
  CreateGrant: granted,
  CreateAlias: aliased("TargetKeyId"),
  UpdateAlias: aliased("TargetKeyId"),
  DeleteAlias: aliased(),
};
