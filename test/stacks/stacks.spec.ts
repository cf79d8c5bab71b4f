import { expect } from "chai";
import { hubAlarms } from "../../access/alarms";
import { connectorVariables } from "../../access/connector";
import { policyDocument, policyText } from "../../access/document";
import { spillKey } from "../../access/key";
import { producerConnector } from "../../access/names";
import { roleAPermissions, roleATrust } from "../../access/role-a";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { type EnvironmentOutputs, environmentStack } from "../../stacks/environment";
import { spokeStack } from "../../stacks/spoke";
import { type Registered, recordRegistrations } from "../components/registrations";
import {
  environmentWith,
  HUB,
  keyedProducers,
  PRODUCER,
  registeredSales,
  requestWith,
  SPOKE,
} from "../worlds";

const environment = environmentWith({ spokes: { sales: registeredSales }, tags: { "cost-center": "bi" } });

/** The ARN of every key under mocks. */
const KEY_ARN = "arn:aws:kms:us-east-1:000000000000:key/the-key";

function only(registered: readonly Registered[], type: string): Registered {
  const [found, ...more] = registered.filter((resource) => resource.type === type);
  if (found === undefined || more.length > 0) throw new Error(`${1 + more.length} resources of type ${type}`);
  return found;
}

function providersOf(registered: readonly Registered[]) {
  return registered
    .filter(({ type }) => type.startsWith("pulumi:providers:"))
    .map(({ type, name }) => [type, name]);
}

describe("environment stack", () => {
  it("has one provider for each account, and protects what spokes depend on (R22)", async () => {
    const registered = await recordRegistrations(() => environmentStack(environment));
    const accounts = registered
      .filter(({ type }) => type === "pulumi:providers:aws")
      .map(({ name, inputs }) => [name, inputs["allowedAccountIds"]]);
    expect(accounts).to.deep.equal([
      ["hub", JSON.stringify([HUB])],
      ["producer-music", JSON.stringify([PRODUCER])],
    ]);
    expect(providersOf(registered)).to.deep.equal([
      ["pulumi:providers:aws", "hub"],
      ["pulumi:providers:aws", "producer-music"],
    ]);
    const customs = registered.filter(({ type, custom }) => custom && !type.startsWith("pulumi:providers:"));
    // Documents of a scope go with it.
    expect(customs.filter(({ protect }) => !protect).map(({ name }) => name)).to.deep.equal([
      "hub-role-a-policy",
    ]);
  });

  const exempt = [
    {
      changes: { producerGrants: "organization" },
      names: ["hub-role-a-policy", "music-acct1dynamodb-organization"],
    },
    {
      changes: { roleA: "list", spokes: { sales: registeredSales } },
      names: ["hub-role-a-policy-1", "hub-role-a-attachment-1"],
    },
    {
      changes: { roleA: "dedicated", formerRoleA: "pattern" },
      names: ["hub-role-a", "hub-role-a-policy"],
    },
  ];
  for (const { changes, names } of exempt)
    it(`leaves unprotected what goes with the scope: ${names.join(", ")}`, async () => {
      const registered = await recordRegistrations(() => environmentStack(environmentWith(changes)));
      const open = registered.filter(
        ({ type, custom, protect }) => custom && !protect && !type.startsWith("pulumi:"),
      );
      expect(open.map(({ name }) => name)).to.have.members(names);
    });

  it("makes Role A in the hub, under its name with its one policy (R44, R51)", async () => {
    const registered = await recordRegistrations(() => environmentStack(environment));
    const roleA = registered.filter(({ name }) => name.startsWith("hub-role-a"));
    expect(roleA.map(({ inputs }) => inputs)).to.deep.equal([
      {
        name: "qs-athena-cross-account-role-a",
        description: "Quick Athena Cross Account - RunAsRole",
        assumeRolePolicy: policyText(roleATrust(environment)),
        permissionsBoundary: `arn:aws:iam::${HUB}:policy/athena-spokes-hub-boundary-dev`,
      },
      {
        name: "AssumeConsumerRolePolicy",
        role: "qs-athena-cross-account-role-a",
        policy: policyText(roleAPermissions(environment).get("AssumeConsumerRolePolicy") ?? policyDocument()),
      },
    ]);
  });

  it("makes no Role A where each spoke has its own (C12)", async () => {
    let outputs: EnvironmentOutputs | undefined;
    const registered = await recordRegistrations(
      () => (outputs = environmentStack(environmentWith({ roleA: "dedicated" }))),
    );
    expect(registered.filter(({ name }) => name.startsWith("hub-role-a"))).to.deep.equal([]);
    expect(outputs).to.not.have.property("roleAArn");
  });

  it("protects nothing where the environment says so", async () => {
    const registered = await recordRegistrations(() => environmentStack(environmentWith({ protect: false })));
    expect(registered.filter(({ protect }) => protect)).to.deep.equal([]);
  });

  it("runs AWS's image by default (R25)", async () => {
    const registered = await recordRegistrations(() => environmentStack(environment));
    expect(only(registered, "aws:lambda/function:Function").inputs).to.deep.equal({
      name: "acct1dynamodb",
      description: "Enables Amazon Athena to query Amazon DynamoDB",
      role: "arn:aws:iam::000000000000:role/athena-connector-acct1dynamodb",
      memorySize: 3008,
      timeout: 900,
      packageType: "Image",
      imageUri:
        "292517598671.dkr.ecr.us-east-1.amazonaws.com/athena-federation-repository-dynamodb:2026.33.1",
      imageConfig: { commands: ["com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler"] },
      environment: {
        variables: {
          disable_glue: "true",
          disable_spill_encryption: "false",
          spill_bucket: "dev-music-athena-spill-122222222222",
          spill_prefix: "athena-spill/acct1dynamodb",
        },
      },
    });
  });

  it("has a catalog of the connector's name in the producer, and deletes what it spills (R8, R26)", async () => {
    const producers = {
      music: {
        account: PRODUCER,
        spill: { retentionDays: 3 },
        connectors: { acct1dynamodb: { tables: ["Music"] } },
      },
    };
    const registered = await recordRegistrations(() => environmentStack(environmentWith({ producers })));
    expect(only(registered, "aws:athena/dataCatalog:DataCatalog").inputs).to.deep.equal({
      name: "acct1dynamodb",
      type: "LAMBDA",
      description: "DynamoDB tables of music, through the connector acct1dynamodb",
      parameters: { function: "arn:aws:lambda:us-east-1:000000000000:function:acct1dynamodb" },
    });
    const lifecycle = only(registered, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");
    expect(lifecycle.inputs).to.deep.equal({
      bucket: "dev-music-athena-spill-122222222222",
      rules: [
        {
          id: "abandoned-uploads",
          status: "Enabled",
          filter: { prefix: "" },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
        { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: 3 } },
      ],
    });
  });

  it("encrypts what is spilled with a key of its own, rotated and kept for 30 days after its end (R13, C25)", async () => {
    const keyed = environmentWith({ producers: keyedProducers });
    let outputs: EnvironmentOutputs | undefined;
    const registered = await recordRegistrations(() => (outputs = environmentStack(keyed)));
    expect(only(registered, "aws:kms/key:Key").inputs).to.deep.equal({
      description: "Encrypts what Athena connectors spill into dev-music-athena-spill-122222222222",
      policy: policyText(spillKey(keyed, "music")?.policy ?? policyDocument()),
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    expect(only(registered, "aws:kms/alias:Alias").inputs).to.deep.equal({
      name: "alias/dev-music-athena-spill",
      targetKeyId: "the-key",
    });
    expect(
      only(
        registered,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      ).inputs,
    ).to.deep.equal({
      bucket: "dev-music-athena-spill-122222222222",
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY_ARN },
          bucketKeyEnabled: true,
        },
      ],
    });
    expect(only(registered, "aws:lambda/function:Function").inputs["environment"]).to.deep.include({
      variables: connectorVariables(producerConnector(keyed, "music", "acct1dynamodb")),
    });
    const [arn] = await Promise.all(
      Object.values(outputs?.spillKeys ?? {}).map(
        (output) => new Promise<string>((resolve) => void output.apply(resolve)),
      ),
    );
    expect(arn).to.equal(KEY_ARN);
  });

  it("runs the connector's jar where the environment names one (R25)", async () => {
    const connectors = { acct1dynamodb: { tables: ["Music"], jar: "s3://artifacts/athena/dynamodb.jar" } };
    const producers = { music: { account: PRODUCER, connectors } };
    const registered = await recordRegistrations(() => environmentStack(environmentWith({ producers })));
    expect(only(registered, "aws:lambda/function:Function").inputs).to.include({
      packageType: "Zip",
      runtime: "java17",
      handler: "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler",
      s3Bucket: "artifacts",
      s3Key: "athena/dynamodb.jar",
    });
  });

  it("deploys AWS's application where the environment names its version, with the connector's role and its name (R25)", async () => {
    const connectors = { acct1dynamodb: { tables: ["Music"], application: "2026.33.1" } };
    const producers = { music: { account: PRODUCER, connectors } };
    let outputs: EnvironmentOutputs | undefined;
    const registered = await recordRegistrations(
      () => (outputs = environmentStack(environmentWith({ producers }))),
    );
    expect(registered.filter(({ type }) => type === "aws:lambda/function:Function")).to.deep.equal([]);
    expect(
      only(registered, "aws:serverlessrepository/cloudFormationStack:CloudFormationStack").inputs,
    ).to.deep.equal({
      name: "acct1dynamodb",
      applicationId: "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector",
      semanticVersion: "2026.33.1",
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
      parameters: {
        AthenaCatalogName: "acct1dynamodb",
        LambdaRole: "arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb",
        SpillBucket: "dev-music-athena-spill-122222222222",
        SpillPrefix: "athena-spill/acct1dynamodb",
      },
    });
    const made = outputs?.connectors["music"]?.["acct1dynamodb"];
    expect(await new Promise((resolve) => void made?.apply(resolve))).to.equal(
      "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb",
    );
  });

  it("lets the organization invoke where the scope says so, by one statement (R11, C24)", async () => {
    const registered = await recordRegistrations(() =>
      environmentStack(environmentWith({ producerGrants: "organization" })),
    );
    expect(only(registered, "aws:lambda/permission:Permission").inputs).to.deep.include({
      statementId: "CrossAccountInvocationStatement",
      action: "lambda:InvokeFunction",
      principal: "*",
      principalOrgId: "o-athenaspokes",
    });
  });

  it("makes the sample table with AWS's items, on request only (R24)", async () => {
    const registered = await recordRegistrations(() => environmentStack(environment));
    expect(only(registered, "aws:dynamodb/table:Table").inputs).to.deep.include({
      name: "Music",
      hashKey: "Artist",
      rangeKey: "SongTitle",
    });
    const items = registered.filter(({ type }) => type === "aws:dynamodb/tableItem:TableItem");
    expect(items.map(({ inputs }) => JSON.parse(String(inputs["item"])) as unknown)).to.deep.include({
      Artist: { S: "Acme Band" },
      SongTitle: { S: "Happy Day" },
      AlbumTitle: { S: "Songs About Life" },
      Awards: { N: "10" },
    });
    expect(items).to.have.length(4);
    const connectors = { acct1dynamodb: { tables: ["Music"] } };
    const without = await recordRegistrations(() =>
      environmentStack(environmentWith({ producers: { music: { account: PRODUCER, connectors } } })),
    );
    expect(without.filter(({ type }) => type.startsWith("aws:dynamodb/"))).to.deep.equal([]);
  });

  it("makes topic, policy and rules of alarms in the hub, on request only, unprotected (R73)", async () => {
    const alarming = environmentWith({ alarms: { trail: "management-events" } });
    const wanted = hubAlarms(alarming);
    const registered = await recordRegistrations(() => environmentStack(alarming));
    expect(alarmsIn(registered)).to.deep.equal({
      topics: [{ name: "dev-alarms" }],
      policies: [{ arn: wanted?.topic.arn, policy: policyText(wanted?.topic.policy ?? policyDocument()) }],
      rules: wanted?.rules.map(({ name, description, pattern }) => ({
        name,
        description,
        eventPattern: JSON.stringify(pattern),
        state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
      })),
      targets: wanted?.rules.map(({ name }) => ({ rule: name, targetId: "topic", arn: wanted.topic.arn })),
      alarms: [],
    });
    const made = registered.filter(({ type }) => /^aws:(sns|cloudwatch\/event)/.test(type));
    expect(made.filter(({ protect }) => protect)).to.deep.equal([]);
    expect(new Set(made.map(({ provider }) => provider.split("::").at(-2)))).to.deep.equal(new Set(["hub"]));
    const none = { topics: [], policies: [], rules: [], targets: [], alarms: [] };
    expect(alarmsIn(await recordRegistrations(() => environmentStack(environment)))).to.deep.equal(none);
  });
});

/** What a stack has of alarms, without tags. */
function alarmsIn(registered: readonly Registered[]) {
  const of = (type: string) =>
    registered.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
  return {
    topics: of("aws:sns/topic:Topic"),
    policies: of("aws:sns/topicPolicy:TopicPolicy"),
    rules: of("aws:cloudwatch/eventRule:EventRule"),
    targets: of("aws:cloudwatch/eventTarget:EventTarget"),
    alarms: of("aws:cloudwatch/metricAlarm:MetricAlarm"),
  };
}

describe("spoke stack", () => {
  const outputs = { environment };
  const deployed = (changes: object = {}) => ({
    stackOutputs: { environment: { ...environment, ...changes } },
  });

  it("makes an alarm of what each workgroup scans within an hour, however queries end (R73)", async () => {
    const alarming = environmentWith({ alarms: { trail: "management-events", bytesScannedPerHour: 7 } });
    const registered = await recordRegistrations(() => spokeStack(requestWith()), {
      stackOutputs: { environment: alarming },
    });
    const topic = "arn:aws:sns:us-east-1:133333333333:dev-sales-alarms";
    const made = alarmsIn(registered);
    expect(made.alarms).to.deep.equal([
      {
        name: "dev-sales-scans",
        alarmDescription: "Queries of dev-sales scanned more than 7 bytes within an hour",
        comparisonOperator: "GreaterThanThreshold",
        evaluationPeriods: 1,
        threshold: 7,
        treatMissingData: "notBreaching",
        alarmActions: [topic],
        namespace: "AWS/Athena",
        metricName: "ProcessedBytes",
        dimensions: { WorkGroup: "dev-sales" },
        period: 3600,
        statistic: "Sum",
      },
    ]);
    expect(made.topics).to.deep.equal([{ name: "dev-sales-alarms" }]);
    expect(made.rules.map(({ name }) => name)).to.deep.equal(["dev-sales-assumers"]);
    expect(made.targets).to.deep.equal([{ rule: "dev-sales-assumers", targetId: "topic", arn: topic }]);
  });

  it("makes the data source in the hub with both roles, owners and authors (R37, R61, R62, R65)", async () => {
    const registered = await recordRegistrations(() => spokeStack(requestWith()), { stackOutputs: outputs });
    expect(only(registered, "aws-native:index:ExtensionResource").inputs).to.deep.equal({
      type: "AWS::QuickSight::DataSource",
      createOnly: ["AwsAccountId", "DataSourceId", "Type"],
      properties: {
        AwsAccountId: HUB,
        DataSourceId: "dev-sales",
        Name: "Athena Cross Account - sales (dev)",
        Type: "ATHENA",
        DataSourceParameters: {
          AthenaParameters: {
            WorkGroup: "dev-sales",
            RoleArn: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
            ConsumerAccountRoleArn: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
          },
        },
        Permissions: [
          {
            Principal: "arn:aws:quicksight:us-east-1:111111111111:group/default/bi-admins",
            Actions: [
              "quicksight:DescribeDataSource",
              "quicksight:DescribeDataSourcePermissions",
              "quicksight:PassDataSource",
              "quicksight:UpdateDataSource",
              "quicksight:DeleteDataSource",
              "quicksight:UpdateDataSourcePermissions",
            ],
          },
          {
            Principal: "arn:aws:quicksight:us-east-1:111111111111:group/default/bi-authors",
            Actions: [
              "quicksight:DescribeDataSource",
              "quicksight:DescribeDataSourcePermissions",
              "quicksight:PassDataSource",
            ],
          },
        ],
        Tags: [
          { Key: "cost-center", Value: "bi" },
          { Key: "athena-spokes:environment", Value: "dev" },
          { Key: "athena-spokes:spoke", Value: "sales" },
        ],
      },
    });
  });

  it("makes datasets on the data source of their level, shared as it is, and waits for no import (R66, L10)", async () => {
    const request = requestWith({
      datasets: { orders: { database: "sales", table: "orders" } },
      classifications: {
        pii: {
          data: [{ database: "crm", prefixes: ["s3://lake/crm/"] }],
          dataSource: { authors: ["user/ann"] },
          datasets: {
            people: { database: "crm", table: "people", columns: { born: "DATETIME" }, importMode: "SPICE" },
          },
        },
      },
    });
    const registered = await recordRegistrations(() => spokeStack(request), { stackOutputs: outputs });
    const of = (name: string) => registered.find((resource) => resource.custom && resource.name === name);
    const made = ["sales_orders", "sales--pii_people"].map(of);
    const sources = ["sales", "sales--pii"].map(of);
    const use = [
      "quicksight:DescribeDataSet",
      "quicksight:DescribeDataSetPermissions",
      "quicksight:PassDataSet",
      "quicksight:DescribeIngestion",
      "quicksight:ListIngestions",
    ];
    const own = [
      ...use,
      "quicksight:UpdateDataSet",
      "quicksight:DeleteDataSet",
      "quicksight:CreateIngestion",
      "quicksight:CancelIngestion",
      "quicksight:UpdateDataSetPermissions",
      "quicksight:DescribeDataSetRefreshProperties",
      "quicksight:PutDataSetRefreshProperties",
      "quicksight:DeleteDataSetRefreshProperties",
      "quicksight:ListRefreshSchedules",
      "quicksight:DescribeRefreshSchedule",
      "quicksight:CreateRefreshSchedule",
      "quicksight:UpdateRefreshSchedule",
      "quicksight:DeleteRefreshSchedule",
    ];
    const principal = (name: string) => `arn:aws:quicksight:us-east-1:111111111111:${name}`;
    const common = {
      awsAccountId: HUB,
      tags: [
        { key: "cost-center", value: "bi" },
        { key: "athena-spokes:environment", value: "dev" },
        { key: "athena-spokes:spoke", value: "sales" },
      ],
    };
    const tableOf = (id: string, schema: string, name: string, inputColumns: object[]) => ({
      table: {
        relationalTable: {
          dataSourceArn: principal(`datasource/${id}`),
          catalog: "AwsDataCatalog",
          ...{ schema, name, inputColumns },
        },
      },
    });
    expect(made.map((dataSet) => dataSet?.type)).to.deep.equal(
      made.map(() => "aws-native:quicksight:DataSet"),
    );
    expect(made.map((dataSet) => dataSet?.inputs)).to.deep.equal([
      {
        ...common,
        dataSetId: "dev-sales_orders",
        name: "orders - sales (dev)",
        importMode: "DIRECT_QUERY",
        physicalTableMap: tableOf("dev-sales", "sales", "orders", [
          { name: "artist", type: "STRING" },
          { name: "order_id", type: "INTEGER" },
          { name: "price", type: "DECIMAL" },
          { name: "quantity", type: "INTEGER" },
        ]),
        permissions: [
          { principal: principal("group/default/bi-admins"), actions: own },
          { principal: principal("group/default/bi-authors"), actions: use },
        ],
      },
      {
        ...common,
        dataSetId: "dev-sales--pii_people",
        name: "people - sales, pii (dev)",
        importMode: "SPICE",
        ingestionWaitPolicy: { waitForSpiceIngestion: false },
        physicalTableMap: tableOf("dev-sales--pii", "crm", "people", [{ name: "born", type: "DATETIME" }]),
        permissions: [
          { principal: principal("group/default/bi-admins"), actions: own },
          { principal: principal("user/default/ann"), actions: use },
        ],
      },
    ]);
    // By what they are parts of, datasets are made after their data source, and taken away before it.
    const parts = registered.filter(({ type }) => type === "athena-spokes:index:QuickDataSet");
    expect(parts.map(({ urn }) => urn)).to.have.members(made.map((dataSet) => dataSet?.parent));
    for (const [index, dataSet] of made.entries())
      expect(parts.find(({ urn }) => urn === dataSet?.parent)?.dependencies).to.include(sources[index]?.urn);
  });

  it("bounds the workgroup: enforced, encrypted, own bucket, cutoff (R41, R42, R71, C5)", async () => {
    const request = requestWith({ workgroup: { bytesScannedCutoff: 50_000_000 } });
    const registered = await recordRegistrations(() => spokeStack(request), { stackOutputs: outputs });
    expect(only(registered, "aws:athena/workgroup:Workgroup").inputs).to.deep.equal({
      name: "dev-sales",
      description: "Queries of Amazon Quick on spoke sales",
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: 50_000_000,
        managedQueryResultsConfiguration: { enabled: false },
        resultConfiguration: {
          outputLocation: "s3://dev-sales-athena-results-133333333333/results/",
          expectedBucketOwner: SPOKE,
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
      forceDestroy: true,
    });
    expect(
      registered.filter(({ type }) => type === "aws:s3/bucket:Bucket").map(({ inputs }) => inputs),
    ).to.deep.include({ bucket: "dev-sales-athena-results-133333333333" });
  });

  it("makes Role B under its name with its one policy (R46, R55, R59)", async () => {
    const request = requestWith({ analyst: false });
    const registered = await recordRegistrations(() => spokeStack(request), { stackOutputs: outputs });
    expect(only(registered, "aws:iam/role:Role").inputs).to.deep.equal({
      name: "qs-athena-consumer-role",
      description: "Quick Athena Cross Account - Consumer Account Role",
      assumeRolePolicy: policyText(roleBTrust(request, environment)),
      permissionsBoundary: `arn:aws:iam::${SPOKE}:policy/athena-spokes-spoke-boundary-dev`,
    });
    expect(only(registered, "aws:iam/rolePolicy:RolePolicy").inputs).to.deep.equal({
      name: "AthenaGlueS3Access",
      role: "qs-athena-consumer-role",
      policy: policyText(roleBPermissions(request, environment)),
    });
  });

  const CATALOG = {
    name: "acct1dynamodb",
    type: "LAMBDA",
    description: `DynamoDB tables of account ${PRODUCER}, through the connector acct1dynamodb`,
    parameters: { function: `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb` },
  };

  it("adds the producer's function to its own Athena, by nothing but its ARN (R1, R3, R18)", async () => {
    const registered = await recordRegistrations(() => spokeStack(requestWith()), { stackOutputs: outputs });
    const catalog = only(registered, "aws:athena/dataCatalog:DataCatalog");
    expect(catalog.inputs).to.deep.equal(CATALOG);
    expect(catalog.provider).to.include("pulumi:providers:aws::spoke::");
  });

  for (const preview of [false, true])
    it(`${preview ? "waits for nothing in a preview of" : "waits until it can be assumed for"} the role of a share (R14, R16)`, async () => {
      const producers = {
        music: {
          account: PRODUCER,
          registersCatalogs: true,
          connectors: { acct1dynamodb: { tables: ["Music"] } },
        },
      };
      const request = requestWith({ connectors: [{ from: "music", registeredBy: "producer" }] });
      const waited: unknown[] = [];
      const whenAssumable = (assumption: unknown) => {
        waited.push(assumption);
        return Promise.resolve();
      };
      const registered = await recordRegistrations(() => spokeStack(request, { whenAssumable }), {
        ...deployed({ producers }),
        preview,
      });
      const share = {
        // As mocks number accounts.
        roleArn: `arn:aws:iam::000000000000:role/AthenaCrossAccountCreate-${PRODUCER}`,
        via: `arn:aws:iam::${PRODUCER}:role/athena-spokes-producer-onboarder-dev`,
        region: "us-east-1",
      };
      expect(waited).to.deep.equal(preview ? [] : [share]);
      expect(only(registered, "aws:athena/dataCatalog:DataCatalog").provider).to.include(
        `sales-share-${PRODUCER}`,
      );
    });

  it("registers the catalog as the producer, by a role that it makes for that (R14, R17, R32)", async () => {
    const producers = {
      // Of the same account, and none of this spoke's.
      films: { account: PRODUCER, assumeRole: "FilmsOwner", connectors: { films: { tables: ["Films"] } } },
      music: {
        account: PRODUCER,
        registersCatalogs: true,
        connectors: { acct1dynamodb: { tables: ["Music"] } },
      },
    };
    const request = requestWith({
      analyst: false,
      connectors: [{ from: "music", catalog: "charts", registeredBy: "producer" }],
    });
    const registered = await recordRegistrations(() => spokeStack(request), deployed({ producers }));
    const shared = registered.filter(({ parent }) => parent.includes("ConnectorShare"));
    expect(shared.map(({ type, inputs }) => [type, inputs["name"]])).to.deep.equal([
      ["aws:iam/role:Role", `AthenaCrossAccountCreate-${PRODUCER}`],
      ["aws:iam/rolePolicy:RolePolicy", "AthenaCreateDataCatalog"],
    ]);
    const catalog = only(registered, "aws:athena/dataCatalog:DataCatalog");
    expect(catalog.inputs).to.deep.equal({ ...CATALOG, name: "charts" });
    expect(catalog.provider).to.include(`pulumi:providers:aws::sales-share-${PRODUCER}::`);
    const way = registered.find(
      ({ name, type }) => type === "pulumi:providers:aws" && name.includes("share"),
    );
    expect(way?.inputs["assumeRoles"]).to.equal(
      JSON.stringify([
        {
          roleArn: `arn:aws:iam::${PRODUCER}:role/athena-spokes-producer-onboarder-dev`,
          sessionName: "athena-spokes",
        },
        {
          roleArn: `arn:aws:iam::000000000000:role/AthenaCrossAccountCreate-${PRODUCER}`,
          sessionName: "athena-spokes",
        },
      ]),
    );
  });

  it("tells a third party what it connects with (R79)", async () => {
    const request = requestWith({ readers: { connecty: {} } });
    let readers: unknown;
    await recordRegistrations(
      async () => {
        const stack = await spokeStack(request);
        ({ readers } = stack);
        return stack;
      },
      { stackOutputs: outputs },
    );
    expect(readers).to.deep.equal({
      connecty: {
        region: "us-east-1",
        user: `arn:aws:iam::${SPOKE}:user/dev-sales-connecty`,
        role: `arn:aws:iam::${SPOKE}:role/dev-sales-connecty`,
        workgroup: "primary",
        outputLocation: `s3://dev-sales-athena-results-${SPOKE}/readers/connecty/`,
      },
    });
  });

  it("makes no bucket for results that Athena keeps, and tells no place for them (R71)", async () => {
    const request = requestWith({ workgroup: { managedResults: true } });
    let outputLocation: unknown = "not asked";
    const registered = await recordRegistrations(
      async () => {
        const stack = await spokeStack(request);
        ({ outputLocation } = stack);
        return stack;
      },
      { stackOutputs: outputs },
    );
    expect(outputLocation).to.equal(undefined);
    expect(only(registered, "aws:athena/workgroup:Workgroup").inputs["configuration"]).to.deep.equal({
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      bytesScannedCutoffPerQuery: request.workgroup.bytesScannedCutoff,
      managedQueryResultsConfiguration: { enabled: true },
    });
    expect(registered.filter(({ name }) => name.startsWith("sales-results"))).to.deep.equal([]);
  });

  const grants = [
    {
      producerGrants: "accounts",
      statements: { "CrossAccountInvocationStatement-dev-sales": SPOKE },
      producers: ["producer-music"],
    },
    {
      producerGrants: "roles",
      statements: {
        "CrossAccountInvocationStatement-dev-sales": "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
        "AnalystInvocationStatement-dev-sales": "arn:aws:iam::133333333333:role/analyst",
      },
      producers: ["producer-music"],
    },
    { producerGrants: "organization", statements: {}, producers: [] },
  ];
  for (const { producerGrants, statements, producers } of grants)
    it(`brings its own statements into the producer under scope ${producerGrants} (R11, R29, C24)`, async () => {
      const registered = await recordRegistrations(
        () => spokeStack(requestWith()),
        deployed({ producerGrants }),
      );
      expect(providersOf(registered).map(([, name]) => name)).to.have.members(["spoke", "hub", ...producers]);
      const permissions = registered.filter(({ type }) => type === "aws:lambda/permission:Permission");
      expect(permissions.map(({ inputs }) => inputs)).to.deep.equal(
        Object.entries(statements).map(([statementId, principal]) => ({
          statementId,
          action: "lambda:InvokeFunction",
          function: "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb",
          principal,
        })),
      );
    });

  it("brings its own grant on the producer's key under keyAccess: grants (R13, C23)", async () => {
    for (const producerGrants of ["accounts", "organization"]) {
      const { stackOutputs } = deployed({ producers: keyedProducers, keyAccess: "grants", producerGrants });
      const registered = await recordRegistrations(() => spokeStack(requestWith()), {
        stackOutputs: { ...stackOutputs, spillKeys: { music: KEY_ARN } },
      });
      const grant = (name: string, role: string) => ({
        name,
        keyId: KEY_ARN,
        granteePrincipal: `arn:aws:iam::133333333333:role/${role}`,
        operations: ["Decrypt"],
        constraints: [
          { encryptionContextSubset: { "aws:s3:arn": "arn:aws:s3:::dev-music-athena-spill-122222222222" } },
        ],
      });
      const grants = registered.filter(({ type }) => type === "aws:kms/grant:Grant");
      expect(grants.map(({ inputs }) => inputs)).to.deep.equal([
        grant("dev-sales", "qs-athena-consumer-role"),
        grant("dev-sales-analyst", "analyst"),
      ]);
    }
  });

  it("makes no grant under keyAccess: policy (R13)", async () => {
    const { stackOutputs } = deployed({ producers: keyedProducers });
    const registered = await recordRegistrations(() => spokeStack(requestWith()), {
      stackOutputs: { ...stackOutputs, spillKeys: { music: KEY_ARN } },
    });
    expect(registered.filter(({ type }) => type.startsWith("aws:kms/"))).to.deep.equal([]);
  });

  it("leaves workgroup and place for results alone where they are there already (R41, C5)", async () => {
    const request = requestWith({
      workgroup: { name: "primary", outputLocation: "s3://my-results/athena/" },
    });
    const registered = await recordRegistrations(() => spokeStack(request), { stackOutputs: outputs });
    expect(registered.filter(({ type }) => type === "aws:athena/workgroup:Workgroup")).to.deep.equal([]);
    expect(registered.filter(({ name }) => name.startsWith("sales-results"))).to.deep.equal([]);
  });

  it("refuses a request that does not fit the environment (R9)", async () => {
    let message = "";
    try {
      await recordRegistrations(() => spokeStack(requestWith({ region: "eu-west-1" })), {
        stackOutputs: outputs,
      });
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
    expect(message).to.match(/^the request of sales has a fault:\n {2}region: eu-west-1 differs from/);
  });
});
