/** What nobody can judge in preview: a policy that is built from what does not exist yet. */
import { Bucket } from "@pulumi/aws/s3/bucket";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy";
import { Provider } from "@pulumi/aws/provider";

const provider = new Provider("spoke", {
  region: "us-east-1",
  allowedAccountIds: ["133333333333"],
  assumeRoles: [{ roleArn: "arn:aws:iam::133333333333:role/OrganizationAccountAccessRole" }],
});
const bucket = new Bucket("bucket", { bucket: "outputs-133333333333" }, { provider });
new BucketPolicy(
  "bucket-policy",
  {
    bucket: bucket.bucket,
    policy: bucket.arn.apply((arn) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${arn}/*` }],
      }),
    ),
  },
  { provider },
);
