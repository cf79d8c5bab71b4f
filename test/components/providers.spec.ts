import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  accountProvider,
  accountCloudControl,
  sharedAccountProvider,
} from "../../components/account-provider";
import { ConnectorShare } from "../../components/connector-share";
import { ConsumedProducts } from "../../components/consumed-products";
import { ConsumerAccount } from "../../components/consumer-account";
import { CrossAccountTables } from "../../components/cross-account-tables";
import { DynamoDbConnector } from "../../components/dynamodb-connector";
import { HubAccount } from "../../components/hub-account";
import { PrivateBucket } from "../../components/private-bucket";
import { ProducerAccount } from "../../components/producer-account";
import { LakeFormationShares } from "../../components/lake-formation-shares";
import { ProducerGrants } from "../../components/producer-grants";
import { PublishedProducts } from "../../components/published-products";
import { QuickDataSource } from "../../components/quick-data-source";
import { SampleMusicTable } from "../../components/sample-music-table";
import { SampleOrders } from "../../components/sample-orders";
import { SpokeAccount } from "../../components/spoke-account";
import { SpillKey } from "../../components/spill-key";
import { TableReader } from "../../components/table-reader";
import { ThirdPartyReader } from "../../components/third-party-reader";
import { privateBucketPolicy } from "../../access/bucket";
import { spillKey } from "../../access/key";
import { producerConnector } from "../../access/names";
import { tableReaders } from "../../access/table-reader";
import { readersOf } from "../../access/third-party-reader";
import { sharesOf } from "../../access/share";
import {
  environmentWith,
  HUB,
  keyedProducers,
  PRODUCER,
  REGION,
  registeredSales,
  requestWith,
  SPOKE,
} from "../worlds";
import { type Registered, recordRegistrations } from "./registrations";

const environment = environmentWith({ spokes: { sales: registeredSales } });
const request = requestWith({
  connectors: [{ from: "music" }, { deploy: { tables: ["Returns"], sampleData: true } }],
});
/** A product of a bucket that is there, and a sample. */
const published = environmentWith({
  producers: { shop: { account: PRODUCER } },
  products: {
    orders: { producer: "shop", data: [{ database: "shop", prefixes: ["s3://shop-data/"] }] },
    sample: { producer: "shop", sampleData: true },
  },
  grants: [{ product: "orders", consumer: "sales", account: SPOKE, approvedBy: "Ada" }],
});
/** The same by Lake Formation. */
const lake = environmentWith({
  producers: { shop: { account: PRODUCER } },
  products: {
    orders: {
      producer: "shop",
      via: "lakeFormation",
      data: [{ database: "shop", prefixes: ["s3://shop-data/"] }],
    },
  },
  grants: [{ product: "orders", consumer: "sales", account: SPOKE, approvedBy: "Ada" }],
});
const connector = producerConnector(environment, "music", "acct1dynamodb");
const spec = environment.producers["music"]?.connectors["acct1dynamodb"];
if (spec === undefined) throw new Error("the environment has no connector");
const account = { region: REGION, role: "OrganizationAccountAccessRole" };
const aws = (id: string) => accountProvider(`p${id}`, { ...account, account: id, tags: {} });

/** Each component, made with the provider of one account, and how many resources it makes there. */
const components: {
  name: string;
  account: string;
  make: (provider: pulumi.ProviderResource) => pulumi.ComponentResource;
  cloudControl?: true;
  types: Record<string, number>;
}[] = [
  {
    name: "HubAccount",
    account: HUB,
    make: (provider) => new HubAccount("hub", { environment }, { provider }),
    types: { "aws:iam/role:Role": 1, "aws:iam/rolePolicy:RolePolicy": 1 },
  },
  {
    name: "HubAccount with roleA: list",
    account: HUB,
    make: (provider) =>
      new HubAccount(
        "hub",
        { environment: environmentWith({ roleA: "list", spokes: { sales: registeredSales } }) },
        { provider },
      ),
    types: {
      "aws:iam/role:Role": 1,
      "aws:iam/policy:Policy": 1,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 1,
    },
  },
  {
    name: "ProducerAccount",
    account: PRODUCER,
    make: (provider) => new ProducerAccount("music", { environment, producer: "music" }, { provider }),
    types: {
      "aws:dynamodb/table:Table": 1,
      "aws:dynamodb/tableItem:TableItem": 4,
      "aws:s3/bucket:Bucket": 1,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
      "aws:s3/bucketPolicy:BucketPolicy": 1,
      "aws:cloudwatch/logGroup:LogGroup": 1,
      "aws:iam/role:Role": 1,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:lambda/function:Function": 1,
      "aws:athena/dataCatalog:DataCatalog": 1,
    },
  },
  {
    name: "SpillKey",
    account: PRODUCER,
    make: (provider) => {
      const key = spillKey(environmentWith({ producers: keyedProducers }), "music");
      if (key === undefined) throw new Error("the producer has no key");
      return new SpillKey("k", key, { provider });
    },
    types: { "aws:kms/key:Key": 1, "aws:kms/alias:Alias": 1 },
  },
  {
    name: "PrivateBucket",
    account: SPOKE,
    make: (provider) =>
      new PrivateBucket(
        "b",
        { bucket: "my-bucket", policy: privateBucketPolicy(REGION, "my-bucket") },
        { provider },
      ),
    types: {
      "aws:s3/bucket:Bucket": 1,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
      "aws:s3/bucketPolicy:BucketPolicy": 1,
    },
  },
  {
    name: "DynamoDbConnector",
    account: PRODUCER,
    make: (provider) => new DynamoDbConnector("c", { connector, spec }, { provider }),
    types: {
      "aws:cloudwatch/logGroup:LogGroup": 1,
      "aws:iam/role:Role": 1,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:lambda/function:Function": 1,
    },
  },
  {
    name: "ConnectorShare",
    account: SPOKE,
    make: (provider) => {
      const shared = requestWith({
        connectors: [{ from: "music", registeredBy: "producer", shareRole: "both" }],
      });
      const [share] = sharesOf(shared, environment);
      if (share === undefined) throw new Error("the request shares no connector");
      return new ConnectorShare("s", { request: shared, environment, share }, { provider });
    },
    types: { "aws:iam/role:Role": 2, "aws:iam/rolePolicy:RolePolicy": 2 },
  },
  {
    name: "CrossAccountTables",
    account: PRODUCER,
    make: (provider) =>
      new CrossAccountTables(
        "t",
        { connector: { ...connector, tables: { account: PRODUCER, role: "tables" } }, tables: ["Music"] },
        { provider },
      ),
    types: { "aws:iam/role:Role": 1, "aws:iam/rolePolicy:RolePolicy": 1 },
  },
  {
    name: "SampleMusicTable",
    account: PRODUCER,
    make: (provider) => new SampleMusicTable("music", { provider }),
    types: { "aws:dynamodb/table:Table": 1, "aws:dynamodb/tableItem:TableItem": 4 },
  },
  {
    name: "SampleOrders",
    account: SPOKE,
    make: (provider) =>
      new SampleOrders(
        "orders",
        {
          bucket: "my-bucket",
          policy: privateBucketPolicy(REGION, "my-bucket"),
          database: "sales",
          description: "Sample data",
        },
        { provider },
      ),
    types: {
      "aws:s3/bucket:Bucket": 1,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
      "aws:s3/bucketPolicy:BucketPolicy": 1,
      "aws:s3/bucketObjectv2:BucketObjectv2": 1,
      "aws:glue/catalogDatabase:CatalogDatabase": 1,
      "aws:glue/catalogTable:CatalogTable": 1,
    },
  },
  {
    name: "SpokeAccount",
    account: SPOKE,
    make: (provider) => new SpokeAccount("sales", { request, environment }, { provider }),
    types: {
      "aws:athena/workgroup:Workgroup": 1,
      "aws:athena/dataCatalog:DataCatalog": 2,
      "aws:iam/role:Role": 3,
      "aws:iam/rolePolicy:RolePolicy": 3,
      "aws:s3/bucket:Bucket": 3,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 3,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 3,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 3,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 3,
      "aws:s3/bucketPolicy:BucketPolicy": 3,
      "aws:s3/bucketObjectv2:BucketObjectv2": 1,
      "aws:glue/catalogDatabase:CatalogDatabase": 1,
      "aws:glue/catalogTable:CatalogTable": 1,
      "aws:cloudwatch/logGroup:LogGroup": 1,
      "aws:lambda/function:Function": 1,
      "aws:dynamodb/table:Table": 1,
      "aws:dynamodb/tableItem:TableItem": 4,
    },
  },
  {
    name: "PublishedProducts",
    account: PRODUCER,
    make: (provider) =>
      new PublishedProducts("p", { environment: published, producer: "shop" }, { provider }),
    types: {
      "aws:s3/bucket:Bucket": 1,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
      "aws:s3/bucketPolicy:BucketPolicy": 2,
      "aws:s3/bucketObjectv2:BucketObjectv2": 1,
      "aws:glue/catalogDatabase:CatalogDatabase": 1,
      "aws:glue/catalogTable:CatalogTable": 1,
      "aws:glue/resourcePolicy:ResourcePolicy": 1,
    },
  },
  {
    name: "ConsumedProducts",
    account: SPOKE,
    make: (provider) =>
      new ConsumedProducts(
        "c",
        { request: requestWith({ products: [{ product: "orders" }] }), environment: published, readers: [] },
        { provider },
      ),
    types: { "aws:athena/dataCatalog:DataCatalog": 1 },
  },
  {
    name: "LakeFormationShares",
    account: PRODUCER,
    make: (provider) => new LakeFormationShares("l", { environment: lake, producer: "shop" }, { provider }),
    types: {
      "aws:iam/role:Role": 1,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:lakeformation/resource:Resource": 1,
      "aws:lakeformation/permissions:Permissions": 1,
      "aws:lakeformation/optIn:OptIn": 2,
    },
  },
  {
    name: "ConsumedProducts by Lake Formation",
    account: SPOKE,
    make: (provider) =>
      new ConsumedProducts(
        "c",
        {
          request: requestWith({ products: [{ product: "orders" }], analyst: true }),
          environment: lake,
          readers: [],
        },
        { provider },
      ),
    types: {
      "aws:glue/catalogDatabase:CatalogDatabase": 1,
      "aws:lakeformation/permissions:Permissions": 4,
      "aws:lakeformation/optIn:OptIn": 4,
    },
  },
  {
    name: "ConsumerAccount",
    account: SPOKE,
    make: (provider) =>
      new ConsumerAccount(
        "people",
        { request: requestWith({ quick: false, sampleData: false }), environment },
        { provider },
      ),
    types: {
      "aws:athena/workgroup:Workgroup": 1,
      "aws:athena/dataCatalog:DataCatalog": 1,
      "aws:iam/role:Role": 1,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:s3/bucket:Bucket": 1,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
      "aws:s3/bucketPolicy:BucketPolicy": 1,
    },
  },
  {
    name: "ProducerGrants",
    account: PRODUCER,
    make: (provider) =>
      new ProducerGrants("g", { request, environment, connectors: [connector] }, { provider }),
    types: { "aws:lambda/permission:Permission": 1 },
  },
  {
    name: "ProducerGrants with a grant on the key, in an environment that grants to the organization",
    account: PRODUCER,
    make: (provider) =>
      new ProducerGrants(
        "g",
        {
          request,
          environment: environmentWith({ producerGrants: "organization", keyAccess: "grants" }),
          connectors: [connector],
          key: { producer: "music", arn: "arn:aws:kms:us-east-1:122222222222:key/k" },
        },
        { provider },
      ),
    types: { "aws:kms/grant:Grant": 2 },
  },
  ...(
    [
      [
        "with a role",
        { workgroup: "connecty" },
        {
          "aws:iam/role:Role": 1,
          "aws:iam/rolePolicy:RolePolicy": 1,
          "aws:iam/userPolicy:UserPolicy": 1,
          "aws:athena/workgroup:Workgroup": 1,
        },
      ],
      [
        "with permissions of the user's own and a key",
        { permissionsOn: "user", accessKey: true },
        {
          "aws:iam/policy:Policy": 1,
          "aws:iam/userPolicyAttachment:UserPolicyAttachment": 1,
          "aws:iam/accessKey:AccessKey": 1,
        },
      ],
    ] as const
  ).map(([title, written, types]) => ({
    name: `ThirdPartyReader ${title}`,
    account: SPOKE,
    make: (provider: pulumi.ProviderResource) => {
      const read = requestWith({ readers: { connecty: written } });
      const [reader] = readersOf(read);
      if (reader === undefined) throw new Error("the request has no reader");
      return new ThirdPartyReader("connecty", { request: read, environment, reader }, { provider });
    },
    types: { "aws:iam/user:User": 1, ...types },
  })),
  {
    name: "QuickDataSource",
    account: HUB,
    cloudControl: true,
    make: (provider) => new QuickDataSource("sales", { request, environment, tags: {} }, { provider }),
    types: { "aws-native:index:ExtensionResource": 1 },
  },
];

describe("components: every resource lands in its account", () => {
  for (const { name, account: id, make, cloudControl, types } of components)
    it(`${name} makes everything through the provider it was given`, async () => {
      const registered = await recordRegistrations(() => {
        const provider =
          cloudControl === true ? accountCloudControl(`p${id}`, { ...account, account: id }) : aws(id);
        make(provider);
      });
      const provider = registered.find(({ type }) => type.startsWith("pulumi:providers:"));
      const customs = registered.filter(
        ({ custom, type }) => custom && !type.startsWith("pulumi:providers:"),
      );
      expect(count(customs)).to.deep.equal(types);
      for (const resource of customs) {
        expect(resource.provider.replace(/::[^:]*$/, ""), resource.urn).to.equal(provider?.urn);
        expect(resource.parent, resource.urn).to.not.equal("");
      }
    });

  it("TableReader makes the role in the table's account through that account's provider, and the rest through its own (R96, R98)", async () => {
    const [reader] = tableReaders(
      environmentWith({
        producers: {
          music: {
            account: PRODUCER,
            connectors: { acct1dynamodb: { tables: ["Music"] } },
            tableReaders: { lookup: { account: "133333333335", table: "Music" } },
          },
        },
      }),
    );
    if (reader === undefined) throw new Error("there is no reader");
    const registered = await recordRegistrations(() => {
      new TableReader("lookup", { reader, owner: aws(PRODUCER) }, { provider: aws(reader.account) });
    });
    const through = (id: string) =>
      count(
        registered.filter(
          ({ custom, type, provider }) =>
            custom && !type.startsWith("pulumi:providers:") && provider.split("::").at(-2) === `p${id}`,
        ),
      );
    const roles = { "aws:iam/role:Role": 1, "aws:iam/rolePolicy:RolePolicy": 1 };
    expect(through(PRODUCER)).to.deep.equal(roles);
    expect(through(reader.account)).to.deep.equal({
      ...roles,
      "aws:cloudwatch/logGroup:LogGroup": 1,
      "aws:lambda/function:Function": 1,
    });
    expect(registered.filter(({ custom }) => custom)).to.have.length(8);
    expect(
      registered.filter(({ type }) => type === "aws:iam/role:Role").map(({ inputs }) => inputs["name"]),
    ).to.have.members(["CrossAccountDynamoDBRole", "table-reader-lookup"]);
  });

  it("a provider reaches its own account only, by the role named (R40)", async () => {
    const registered = await recordRegistrations(() => {
      accountProvider("p", { ...account, account: SPOKE, tags: { team: "bi" } });
      accountCloudControl("q", { ...account, account: HUB });
      sharedAccountProvider("r", {
        account: SPOKE,
        region: REGION,
        tags: { team: "bi" },
        from: { account: PRODUCER, role: "onboarder" },
        roleArn: `arn:aws:iam::${SPOKE}:role/share`,
      });
    });
    expect(Object.fromEntries(registered.map(({ name, inputs }) => [name, inputs]))).to.deep.equal({
      p: {
        region: REGION,
        allowedAccountIds: JSON.stringify([SPOKE]),
        assumeRoles: JSON.stringify([
          {
            roleArn: `arn:aws:iam::${SPOKE}:role/OrganizationAccountAccessRole`,
            sessionName: "athena-spokes",
          },
        ]),
        defaultTags: JSON.stringify({ tags: { team: "bi" } }),
        skipCredentialsValidation: "false",
        skipRegionValidation: "true",
      },
      r: {
        region: REGION,
        allowedAccountIds: JSON.stringify([SPOKE]),
        assumeRoles: JSON.stringify([
          { roleArn: `arn:aws:iam::${PRODUCER}:role/onboarder`, sessionName: "athena-spokes" },
          { roleArn: `arn:aws:iam::${SPOKE}:role/share`, sessionName: "athena-spokes" },
        ]),
        defaultTags: JSON.stringify({ tags: { team: "bi" } }),
        skipCredentialsValidation: "false",
        skipRegionValidation: "true",
      },
      q: {
        region: REGION,
        allowedAccountIds: JSON.stringify([HUB]),
        assumeRole: JSON.stringify({
          roleArn: `arn:aws:iam::${HUB}:role/OrganizationAccountAccessRole`,
          sessionName: "athena-spokes",
        }),
        skipCredentialsValidation: "true",
        skipGetEc2Platforms: "true",
        skipMetadataApiCheck: "true",
        skipRegionValidation: "true",
      },
    });
  });
});

function count(resources: readonly Registered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of resources) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
