import { expect } from "chai";
import type { Environment } from "../../access/environment";
import { attachedProducers, spillKeyAlias } from "../../access/names";
import type { SpokeRequest } from "../../access/request";
import { sharesOf } from "../../access/share";
import { tableReaders } from "../../access/table-reader";
import { deployedBy, tablesEntries } from "../../automation/accounts";
import { accountOfProvider, providerUrn } from "../../automation/engine/plan";
import type { Look } from "../../automation/leftovers/look";
import { looksForEnvironment } from "../../automation/leftovers/of-environment";
import { looksForSpoke } from "../../automation/leftovers/of-spoke";
import { environmentStack } from "../../stacks/environment";
import { spokeStack } from "../../stacks/spoke";
import { configurations } from "../access/configurations";
import { FakeCloud } from "../automation/fake-cloud";
import { type Registered, recordRegistrations } from "../components/registrations";

type Inputs = Registered["inputs"];
const text = (inputs: Inputs, key: string): string => {
  const value = inputs[key];
  return typeof value === "string" ? value : "";
};
const named =
  (noun: string, key = "name") =>
  (inputs: Inputs) => [`${noun} ${text(inputs, key)}`];
const last = (arn: string) => arn.slice(arn.lastIndexOf(":") + 1);

/** Type -> what is looked for. Nothing is, where the thing goes with another: a setting with its bucket. */
const LOOKED_FOR: Readonly<Record<string, (inputs: Inputs) => readonly string[]>> = {
  "aws:iam/role:Role": named("role"),
  "aws:iam/user:User": named("user"),
  "aws:iam/policy:Policy": named("managed policy"),
  "aws:iam/rolePolicy:RolePolicy": () => [],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => [],
  "aws:iam/userPolicy:UserPolicy": () => [],
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": () => [],
  "aws:iam/accessKey:AccessKey": () => [],
  "aws:s3/bucket:Bucket": named("bucket", "bucket"),
  "aws:s3/bucketPolicy:BucketPolicy": () => [],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": () => [],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": () => [],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": () => [],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": () => [],
  "aws:s3/bucketObject:BucketObject": () => [],
  "aws:s3/bucketObjectv2:BucketObjectv2": () => [],
  "aws:kms/key:Key": () => ["KMS keys without an alias"],
  "aws:kms/grant:Grant": named("grants on key", "keyId"),
  "aws:kms/alias:Alias": named("KMS alias"),
  "aws:lambda/function:Function": named("Lambda function"),
  "aws:lambda/permission:Permission": (inputs) => [
    `statements in the policy of function ${last(text(inputs, "function"))}`,
  ],
  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": (inputs) => [
    `serverless application ${text(inputs, "name")}`,
    `Lambda function ${text(inputs, "name")}`,
  ],
  "aws:athena/workgroup:Workgroup": named("Athena workgroup"),
  "aws:athena/dataCatalog:DataCatalog": named("Athena catalog"),
  "aws:glue/catalogDatabase:CatalogDatabase": named("Glue database"),
  "aws:glue/catalogTable:CatalogTable": () => [],
  "aws:glue/resourcePolicy:ResourcePolicy": () => ["statements in the policy of the Glue catalog"],
  "aws:lakeformation/permissions:Permissions": (inputs) => {
    const { database, table } = inputs as Record<"database" | "table", Record<string, string> | undefined>;
    const target = database?.["name"] ?? `${table?.["databaseName"] ?? ""}-${table?.["name"] ?? "all"}`;
    return [`Lake Formation grant on ${target} to ${text(inputs, "principal")}`];
  },
  // It lets nobody in.
  "aws:lakeformation/optIn:OptIn": () => [],
  "aws:lakeformation/resource:Resource": named("Lake Formation location", "arn"),
  "aws:dynamodb/table:Table": named("DynamoDB table"),
  "aws:dynamodb/tableItem:TableItem": () => [],
  "aws:cloudwatch/logGroup:LogGroup": named("log group"),
  "aws:cloudwatch/eventRule:EventRule": named("EventBridge rule"),
  "aws:cloudwatch/eventTarget:EventTarget": () => [],
  "aws:cloudwatch/metricAlarm:MetricAlarm": named("CloudWatch alarm"),
  "aws:sns/topic:Topic": named("SNS topic"),
  "aws:sns/topicPolicy:TopicPolicy": () => [],
  "aws-native:quicksight:DataSet": named("Quick dataset", "dataSetId"),
  "aws-native:index:ExtensionResource": (inputs) => [
    `Quick data source ${text(inputs["properties"] as Inputs, "DataSourceId")}`,
  ],
};

/** Account and what is looked for in it, of all that a program makes. */
function made(registered: readonly Registered[]): string[] {
  const providers = registered.filter(({ type }) => type.startsWith("pulumi:providers:"));
  const accounts = new Map(providers.map(({ urn, inputs }) => [urn, accountOfProvider(inputs)]));
  const found = registered
    .filter(({ type, custom }) => custom && !type.startsWith("pulumi:"))
    .flatMap(({ type, inputs, provider }) => {
      const lookedFor = LOOKED_FOR[type];
      if (lookedFor === undefined)
        throw new Error(`say of ${type} how it is looked for when it should be gone`);
      return lookedFor(inputs).map((what) => `${accounts.get(providerUrn(provider)) ?? ""}: ${what}`);
    });
  return [...new Set(found)].sort();
}

const wanted = (looks: readonly Look[]) => looks.map(({ account, what }) => `${account}: ${what}`).sort();

/** What is looked for beside what the program makes: what others may have written of it. */
const beside = (line: string) => /: (statements|grants?) /.test(line);

describe("what is looked for when a spoke or an environment is gone", () => {
  const cloud = new FakeCloud();

  function ofSpoke(request: SpokeRequest, environment: Environment): string[] {
    const tables = tablesEntries(environment.name, request.region, deployedBy(request));
    return wanted(
      looksForSpoke(request, environment, {
        spoke: cloud.account(request.account),
        hub: request.quick ? cloud.account(environment.hub.account) : undefined,
        producers: new Map(
          attachedProducers(request).map((name) => [
            name,
            cloud.account(environment.producers[name]?.account ?? ""),
          ]),
        ),
        tables: new Map([...tables].map(([key, { account }]) => [key, cloud.account(account)])),
      }),
    );
  }

  function ofEnvironment(environment: Environment): string[] {
    const { hub, name, region, producers } = environment;
    const connectors = Object.values(producers).flatMap((spec) => Object.values(spec.connectors));
    const tables = tablesEntries(name, region, connectors);
    return wanted(
      looksForEnvironment(environment, {
        hub: cloud.account(hub.account),
        producers: new Map(
          Object.entries(producers).map(([producer, { account }]) => [producer, cloud.account(account)]),
        ),
        readers: new Map(tableReaders(environment).map((reader) => [reader, cloud.account(reader.account)])),
        tables: new Map([...tables].map(([key, { account }]) => [key, cloud.account(account)])),
      }),
    );
  }

  for (const { name, request, environment } of configurations) {
    it(`is all that a spoke's program makes, and no more: ${name} (R74, R76)`, async () => {
      // Keys by their aliases, which tell them apart here.
      const spillKeys = Object.fromEntries(
        Object.keys(environment.producers).map((each) => [each, spillKeyAlias(environment, each)]),
      );
      const registered = await recordRegistrations(() => spokeStack(request), {
        stack: `dev-${request.spoke}`,
        stackOutputs: { environment, spillKeys },
      });
      const looks = ofSpoke(request, environment);
      const own = made(registered);
      expect(own.filter((line) => !looks.includes(line))).to.deep.equal([]);
      const byHand = sharesOf(request, environment)
        .filter(({ permissions }) => permissions === "create-only")
        .flatMap(({ catalogs }) => catalogs.map((each) => `${request.account}: Athena catalog ${each}`));
      expect(looks.filter((line) => !own.includes(line) && !beside(line))).to.deep.equal(byHand);
    });

    it(`is all that an environment's program makes, and no more: ${name} (R74, R76)`, async () => {
      const looks = ofEnvironment(environment);
      // The statement that lets an organization invoke goes with its function.
      const own = made(await recordRegistrations(() => environmentStack(environment))).filter(
        (line) => !line.includes(": statements in the policy of function "),
      );
      expect(own.filter((line) => !looks.includes(line))).to.deep.equal([]);
      expect(looks.filter((line) => !own.includes(line) && !beside(line))).to.deep.equal([]);
    });
  }
});
