/** A bucket that was given up, and whose name a stranger has taken (C22). */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { bucketArn, rootArn } from "../../access/arn";
import { policyDocument, policyText } from "../../access/document";
import { STRANGER } from "./changes";
import { type Chain, SPILLED } from "./scenario";

/** Lets the stranger take the bucket, unless that was done before. The stranger lets the whole chain do everything there. */
export async function letStrangerTake(chain: Chain, Bucket: string): Promise<void> {
  const { clients, documents, connector } = chain;
  const stranger = await clients.in(S3Client, STRANGER);
  const { Buckets = [] } = await stranger.send(new ListBucketsCommand({}));
  if (Buckets.some(({ Name }) => Name === Bucket)) return;
  await giveUp(chain, Bucket);
  await stranger.send(new CreateBucketCommand({ Bucket }));
  const { region } = connector;
  const open = policyDocument({
    Effect: "Allow",
    Principal: { AWS: [...new Set(documents.map(({ account }) => rootArn(region, account)))] },
    Action: "s3:*",
    Resource: [bucketArn(region, Bucket), bucketArn(region, Bucket, "*")],
  });
  await stranger.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(open) }));
  const Key = `${connector.spill.prefix}${SPILLED}`;
  await stranger.send(new PutObjectCommand({ Bucket, Key, Body: "rows" }));
}

async function giveUp({ clients, documents }: Chain, Bucket: string): Promise<void> {
  const owner = documents.find(({ address }) => address === `bucket/${Bucket}`)?.account;
  if (owner === undefined) throw new Error(`no account of ours has a bucket ${Bucket}`);
  const s3 = await clients.in(S3Client, owner);
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
