/** What outsiders would like to read with the key: a data key, and an object of another bucket. */
import { CreateAliasCommand, CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { bucketArn, rootArn } from "../../access/arn";
import { policyDocument, policyText } from "../../access/document";
import { type Chain, connectorRoleArn } from "./scenario";

export interface KeyMaterial {
  readonly keyArn: string;
  /** A data key of the key, encrypted as if S3 had asked for it for the spill bucket. */
  readonly ciphertext: Uint8Array;
  /** The encryption context of it. */
  readonly context: Record<string, string>;
  /** Another bucket that the key encrypts. Its policy opens it to the accounts of the chain, and to the connector. */
  readonly otherBucket: string;
  /** An object in it. */
  readonly object: string;
  /** A key of the account that has nothing to do with us; its policy leaves everything to the account. */
  readonly somebodysKey: string;
  readonly somebodysAlias: string;
}

/** Makes it, for which the key's policy has to be opened for a while. */
export async function keyMaterial(chain: Omit<Chain, "key">): Promise<KeyMaterial> {
  const { clients, connector, documents } = chain;
  const { region, account, spill, keyAlias } = connector;
  const policy = documents.find(({ address }) => address === `key/${keyAlias ?? ""}`);
  if (policy === undefined) throw new Error("the connector has no key");
  const [kms, s3] = [await clients.in(KMSClient, account), await clients.in(S3Client, account)];
  const open = {
    Effect: "Allow",
    Principal: { AWS: rootArn(region, account) },
    Action: "kms:*",
    Resource: "*",
  } as const;
  const context = { "aws:s3:arn": bucketArn(region, spill.bucket) };
  const Bucket = `${spill.bucket}-other`;
  const object = "object";
  await policy.put({ ...policy.document, Statement: [...policy.document.Statement, open] });
  try {
    const { KeyId: keyArn = "", CiphertextBlob: ciphertext = new Uint8Array() } = await kms.send(
      new GenerateDataKeyCommand({ KeyId: keyAlias, KeySpec: "AES_256", EncryptionContext: context }),
    );
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
              BucketKeyEnabled: true,
            },
          ],
        },
      }),
    );
    const accounts = [...new Set(documents.map((document) => rootArn(region, document.account)))];
    const everything = policyDocument({
      Effect: "Allow",
      Principal: { AWS: [...accounts, connectorRoleArn(connector)] },
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: bucketArn(region, Bucket, "*"),
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(everything) }));
    await s3.send(new PutObjectCommand({ Bucket, Key: object, Body: "object" }));
    const somebodysAlias = "alias/somebodys";
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const somebodysKey = KeyMetadata?.Arn ?? "";
    await kms.send(new CreateAliasCommand({ AliasName: somebodysAlias, TargetKeyId: somebodysKey }));
    return { keyArn, ciphertext, context, otherBucket: Bucket, object, somebodysKey, somebodysAlias };
  } finally {
    await policy.put(policy.document);
  }
}
