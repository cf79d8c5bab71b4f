import { expect } from "chai";
import { operations } from "../../../sandbox/gateway/generate-operations";
import file from "../../../sandbox/gateway/operations.json";
import { isOperation, route } from "../../../sandbox/gateway/routes";

type Row = readonly [
  service: string,
  request: string,
  operation: string,
  labels: Record<string, string>,
  headers?: Record<string, string>,
];

const rows: readonly Row[] = [
  ["s3", "GET /", "ListBuckets", {}],
  ["s3", "GET /b", "ListObjects", { Bucket: "b" }],
  ["s3", "GET /b/?list-type=2&prefix=x", "ListObjectsV2", { Bucket: "b" }],
  ["s3", "PUT /b", "CreateBucket", { Bucket: "b" }],
  ["s3", "HEAD /b", "HeadBucket", { Bucket: "b" }],
  ["s3", "PUT /b?policy", "PutBucketPolicy", { Bucket: "b" }],
  ["s3", "PUT /b?policy=", "PutBucketPolicy", { Bucket: "b" }],
  ["s3", "GET /b?policyStatus", "GetBucketPolicyStatus", { Bucket: "b" }],
  ["s3", "GET /b?inventory", "ListBucketInventoryConfigurations", { Bucket: "b" }],
  ["s3", "GET /b?inventory&id=x", "GetBucketInventoryConfiguration", { Bucket: "b" }],
  ["s3", "GET /b/a%20b/c", "GetObject", { Bucket: "b", Key: "a b/c" }],
  ["s3", "GET /b/k?x-id=GetObject", "GetObject", { Bucket: "b", Key: "k" }],
  ["s3", "GET /b/k?tagging", "GetObjectTagging", { Bucket: "b", Key: "k" }],
  ["s3", "PUT /b/k", "PutObject", { Bucket: "b", Key: "k" }],
  ["s3", "PUT /b/k", "CopyObject", { Bucket: "b", Key: "k" }, { "x-amz-copy-source": "b/j" }],
  ["s3", "PUT /b/k?partNumber=1&uploadId=u", "UploadPart", { Bucket: "b", Key: "k" }],
  ["s3", "GET /b/k?uploadId=u", "ListParts", { Bucket: "b", Key: "k" }],
  ["s3", "DELETE /b/k", "DeleteObject", { Bucket: "b", Key: "k" }],
  ["s3", "DELETE /b/k?uploadId=u", "AbortMultipartUpload", { Bucket: "b", Key: "k" }],
  ["s3", "POST /b/k?uploads", "CreateMultipartUpload", { Bucket: "b", Key: "k" }],
  ["s3", "POST /b/k?uploadId=u", "CompleteMultipartUpload", { Bucket: "b", Key: "k" }],
  ["s3", "POST /b?delete", "DeleteObjects", { Bucket: "b" }],
  ["lambda", "POST /2015-03-31/functions/f/policy", "AddPermission", { FunctionName: "f" }],
  ["lambda", "GET /2015-03-31/functions/f", "GetFunction", { FunctionName: "f" }],
  ["lambda", "GET /2015-03-31/functions/", "ListFunctions", {}],
  [
    "lambda",
    "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A120000000001%3Afunction%3Af/invocations",
    "Invoke",
    { FunctionName: "arn:aws:lambda:us-east-1:120000000001:function:f" },
  ],
  [
    "quicksight",
    "GET /accounts/110000000001/data-sources/x",
    "DescribeDataSource",
    { AwsAccountId: "110000000001", DataSourceId: "x" },
  ],
  [
    "quicksight",
    "POST /accounts/110000000001/data-sources/x/permissions",
    "UpdateDataSourcePermissions",
    { AwsAccountId: "110000000001", DataSourceId: "x" },
  ],
  [
    "quicksight",
    "GET /resources/arn%3Aaws%3Aquicksight%3Aus-east-1%3A110000000001%3Adatasource%2Fx/tags",
    "ListTagsForResource",
    { ResourceArn: "arn:aws:quicksight:us-east-1:110000000001:datasource/x" },
  ],
];

const none: readonly (readonly [service: string, request: string])[] = [
  ["lambda", "GET /2015-03-31/nothing"],
  ["quicksight", "PATCH /accounts/110000000001/data-sources"],
  ["s3", "PATCH /b/k"],
  ["s3", "POST /"],
];

function found(
  service: string,
  request: string,
  headers: Record<string, string> = {},
): ReturnType<typeof route> {
  const [method = "", url = ""] = request.split(" ");
  const [path = "", search = ""] = url.split("?");
  return route(service, method, path, new URLSearchParams(search), headers);
}

describe("gateway routes", () => {
  for (const [service, request, operation, labels, headers] of rows) {
    it(`${service} ${request}${headers === undefined ? "" : ` ${JSON.stringify(headers)}`} is ${operation}`, () => {
      expect(found(service, request, headers)).to.deep.equal({ operation, labels });
    });
  }

  for (const [service, request] of none) {
    it(`${service} ${request} is no operation`, () => {
      expect(found(service, request)).to.equal(undefined);
    });
  }

  it("knows every operation of the AWS SDK that is installed: else run generate-operations.ts", () => {
    expect(file).to.deep.equal(operations());
  });

  it("tells operations from other names", () => {
    expect(isOperation("athena", "GetWorkGroup")).to.equal(true);
    expect(isOperation("athena", "constructor")).to.equal(false);
    expect(isOperation("some-other-service", "Anything")).to.equal(undefined);
  });
});
