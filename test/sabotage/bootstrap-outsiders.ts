/** What the bootstrap roles must not do, and who must not become one of them. */
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudControlClient, GetResourceCommand } from "@aws-sdk/client-cloudcontrol";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListAliasesCommand,
  RevokeGrantCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-kms";
import {
  AddPermissionCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateDataSetCommand,
  CreateDataSourceCommand,
  DeleteDataSetCommand,
  DeleteDataSourceCommand,
  ListDataSourcesCommand,
  ListIngestionsCommand,
  QuickSightClient,
} from "@aws-sdk/client-quicksight";
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { keysArn, policyArn, roleArn } from "../../access/arn";
import { policyDocument, policyText } from "../../access/document";
import {
  type BootstrapKind,
  boundaryName,
  connectorArn,
  dataSourceArnOf,
  SAMPLE_ORDERS,
  sampleDataBucketName,
} from "../../access/names";
import { tablesRoleArn } from "../../access/tables";
import { ENVIRONMENT_TAG } from "../../access/tags";
import { ADMINISTRATOR_ROLE, ORGANIZATION } from "../../sandbox/world";
import {
  type Clients,
  type ClientSettings,
  type Credentials,
  managementCredentials,
} from "../sandbox/clients";
import { type Tried, whileAllowed } from "./careless";
import { STRANGER } from "./changes";
import { ELSEWHERE, type Outsider } from "./outsider";
import { type Chain, connectorRoleArn, resultsOf } from "./scenario";
import { letStrangerTake } from "./taken-bucket";
import { grantOnKey } from "./works";

export type BootstrapOutsider =
  | "another principal of those trusted"
  | "trust of a role without boundary"
  | "role without boundary disarmed"
  | "policy of another's attached"
  | "policy attached to a role without boundary"
  | "Cloud Control of another Region"
  | "data source of no environment"
  | "dataset of no environment"
  | "ingestions of another Region"
  | "data sources of another Region"
  | "log groups of another Region"
  | "trail of another Region"
  | "aliases of another Region"
  | "key in another Region"
  | "key of no environment"
  | "somebody's key made ours"
  | "somebody's key found"
  | "somebody's key read"
  | "somebody's key granted"
  | "somebody's grant withdrawn"
  | "grant to another role"
  | "connector encrypts with somebody's key"
  | "invocation granted to everybody"
  | "invocation granted to an account"
  | "invocation not by Athena"
  | "stranger's bucket looked into"
  | "stranger's bucket emptied"
  | "stranger's data bucket written to";

const EVERYTHING = policyText(policyDocument({ Effect: "Allow", Action: "*", Resource: "*" }));
const ADMINISTRATORS = "arn:aws:iam::aws:policy/AdministratorAccess";

/** Credentials of the bootstrap role of which something is taken away. */
export function asBootstrapRole(clients: Clients, { account, address }: Tried): Promise<Credentials> {
  const [, RoleName = ""] = address.split("/");
  return clients.assume(managementCredentials, { RoleArn: roleArn("us-east-1", account, RoleName) });
}

/** A client of the bootstrap role. */
async function as<Client>(
  Client: new (settings: ClientSettings) => Client,
  { clients }: Chain,
  tried: Tried,
  region?: string,
): Promise<Client> {
  return clients.with(Client, await asBootstrapRole(clients, tried), region);
}

export const BOOTSTRAP_OUTSIDERS: Readonly<Record<BootstrapOutsider, Outsider>> = {
  "another principal of those trusted": {
    attempt: async ({ clients }, { account, address }) => {
      const iam = clients.with(IAMClient, managementCredentials);
      const RoleName = "another";
      const trust = policyDocument({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ORGANIZATION.managementAccount}:root` },
        Action: "sts:AssumeRole",
      });
      try {
        await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyText(trust) }));
      } catch (error) {
        if (!(error instanceof Error && error.name === "EntityAlreadyExistsException")) throw error;
      }
      await iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: "Everything", PolicyDocument: EVERYTHING }),
      );
      const another = await clients.assume(managementCredentials, {
        RoleArn: roleArn("us-east-1", ORGANIZATION.managementAccount, RoleName),
      });
      const [, role = ""] = address.split("/");
      await clients.assume(another, { RoleArn: roleArn("us-east-1", account, role) });
    },
  },
  "trust of a role without boundary": {
    attempt: (chain, tried) =>
      whileFreed(chain, tried, async (RoleName, iam) => {
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        const PolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
        await (
          await as(IAMClient, chain, tried)
        ).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      }),
  },
  "role without boundary disarmed": {
    attempt: (chain, tried) =>
      whileFreed(chain, tried, async (RoleName, iam) => {
        const named = { RoleName, PolicyName: "Attempt" };
        await iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument: EVERYTHING }));
        const deployer = await as(IAMClient, chain, tried);
        try {
          await deployer.send(new DeleteRolePolicyCommand(named));
        } catch (error) {
          await iam.send(new DeleteRolePolicyCommand(named));
          throw error;
        }
      }),
  },
  "policy of another's attached": {
    attempt: async (chain, tried) => {
      const attached = { RoleName: boundRole(chain, tried), PolicyArn: ADMINISTRATORS };
      await (await as(IAMClient, chain, tried)).send(new AttachRolePolicyCommand(attached));
      const iam = await chain.clients.in(IAMClient, tried.account);
      await iam.send(new DetachRolePolicyCommand(attached));
    },
  },
  "policy attached to a role without boundary": {
    attempt: (chain, tried) =>
      whileFreed(chain, tried, async (RoleName, iam) => {
        const { AttachedPolicies: [shard] = [] } = await iam.send(
          new ListAttachedRolePoliciesCommand({ RoleName }),
        );
        const deployer = await as(IAMClient, chain, tried);
        await deployer.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: shard?.PolicyArn }));
      }),
  },

  "Cloud Control of another Region": {
    attempt: async (chain, tried) => {
      const asked = new GetResourceCommand({ TypeName: "AWS::QuickSight::DataSource", Identifier: "none" });
      const cloudControl = await as(CloudControlClient, chain, tried, ELSEWHERE);
      await unlessDenied(cloudControl.send(asked));
    },
  },
  "data source of no environment": {
    attempt: async (chain, tried) => {
      const { clients, environment, roleA, roleB } = chain;
      const named = { AwsAccountId: tried.account, DataSourceId: `${environment.name}-untagged` };
      await (
        await as(QuickSightClient, chain, tried)
      ).send(
        new CreateDataSourceCommand({
          ...named,
          Name: "untagged",
          Type: "ATHENA",
          DataSourceParameters: { AthenaParameters: { RoleArn: roleA, ConsumerAccountRoleArn: roleB } },
        }),
      );
      await (await clients.in(QuickSightClient, tried.account)).send(new DeleteDataSourceCommand(named));
    },
  },
  "dataset of no environment": {
    attempt: async (chain, tried) => {
      const { clients, environment, request } = chain;
      const named = { AwsAccountId: tried.account, DataSetId: `${environment.name}-untagged` };
      const RelationalTable = {
        DataSourceArn: dataSourceArnOf(request, environment),
        Name: SAMPLE_ORDERS,
        InputColumns: [{ Name: "artist", Type: "STRING" as const }],
      };
      await (
        await as(QuickSightClient, chain, tried)
      ).send(
        new CreateDataSetCommand({
          ...named,
          Name: "untagged",
          ImportMode: "DIRECT_QUERY",
          PhysicalTableMap: { table: { RelationalTable } },
        }),
      );
      await (await clients.in(QuickSightClient, tried.account)).send(new DeleteDataSetCommand(named));
    },
  },
  "ingestions of another Region": {
    attempt: async (chain, tried) => {
      const asked = new ListIngestionsCommand({ AwsAccountId: tried.account, DataSetId: "none" });
      await unlessDenied((await as(QuickSightClient, chain, tried, ELSEWHERE)).send(asked));
    },
  },
  "data sources of another Region": {
    attempt: async (chain, tried) =>
      (await as(QuickSightClient, chain, tried, ELSEWHERE)).send(
        new ListDataSourcesCommand({ AwsAccountId: tried.account }),
      ),
  },
  "trail of another Region": {
    attempt: async (chain, tried) =>
      (await as(CloudTrailClient, chain, tried, ELSEWHERE)).send(new LookupEventsCommand({})),
  },
  "log groups of another Region": {
    attempt: async (chain, tried) =>
      (await as(CloudWatchLogsClient, chain, tried, ELSEWHERE)).send(new DescribeLogGroupsCommand({})),
  },
  "aliases of another Region": {
    attempt: async (chain, tried) =>
      (await as(KMSClient, chain, tried, ELSEWHERE)).send(new ListAliasesCommand({})),
  },

  "key in another Region": {
    attempt: async (chain, tried) =>
      (await as(KMSClient, chain, tried, ELSEWHERE)).send(
        new CreateKeyCommand({ Tags: [environmentTag(chain)] }),
      ),
  },
  "key of no environment": {
    attempt: async (chain, tried) => (await as(KMSClient, chain, tried)).send(new CreateKeyCommand({})),
  },
  /** By the tag that tells ours from theirs. */
  "somebody's key made ours": {
    attempt: async (chain, tried) => {
      const KeyId = chain.key.somebodysKey;
      const tag = environmentTag(chain);
      await (await as(KMSClient, chain, tried)).send(new TagResourceCommand({ KeyId, Tags: [tag] }));
      const administrator = await chain.clients.in(KMSClient, tried.account);
      await administrator.send(new UntagResourceCommand({ KeyId, TagKeys: [tag.TagKey] }));
    },
  },
  "somebody's key found": { attempt: (chain, tried) => describeKey(chain, tried, chain.key.somebodysAlias) },
  "somebody's key read": { attempt: (chain, tried) => describeKey(chain, tried, chain.key.somebodysKey) },
  "somebody's key granted": {
    attempt: async (chain, tried) =>
      grantOnKey(chain, await asBootstrapRole(chain.clients, tried), { key: chain.key.somebodysKey }),
  },
  "somebody's grant withdrawn": {
    attempt: async (chain, tried) => {
      const KeyId = chain.key.somebodysKey;
      const administrator = await chain.clients.in(KMSClient, tried.account);
      const { GrantId } = await administrator.send(
        new CreateGrantCommand({ KeyId, GranteePrincipal: chain.roleB, Operations: ["Decrypt"] }),
      );
      await (await as(KMSClient, chain, tried)).send(new RevokeGrantCommand({ KeyId, GrantId }));
    },
  },
  "grant to another role": {
    attempt: async (chain, tried) =>
      grantOnKey(chain, await asBootstrapRole(chain.clients, tried), {
        grantee: roleArn(chain.request.region, chain.request.account, ADMINISTRATOR_ROLE),
      }),
  },
  "connector encrypts with somebody's key": {
    attempt: (chain) => {
      const { clients, sessions, connector, key } = chain;
      const role = connectorRoleArn(connector);
      const Resource = keysArn(connector.region, connector.account);
      const encrypt = { Effect: "Allow", Action: "kms:GenerateDataKey", Resource } as const;
      return whileAllowed(chain, role, encrypt, async () =>
        clients
          .with(KMSClient, await sessions.of(role))
          .send(new GenerateDataKeyCommand({ KeyId: key.somebodysKey, KeySpec: "AES_256" })),
      );
    },
  },

  "invocation granted to everybody": { attempt: (chain, tried) => grantInvocation(chain, tried, "*") },
  "invocation granted to an account": { attempt: (chain, tried) => grantInvocation(chain, tried, STRANGER) },
  "invocation not by Athena": {
    attempt: async (chain, tried) =>
      (await as(LambdaClient, chain, tried)).send(
        new InvokeCommand({ FunctionName: connectorArn(chain.connector), InvocationType: "DryRun" }),
      ),
  },

  "stranger's bucket looked into": {
    last: true,
    attempt: async (chain, tried) => {
      const Bucket = await takenBucket(chain, tried);
      await (await as(S3Client, chain, tried)).send(new ListObjectsV2Command({ Bucket }));
    },
  },
  "stranger's bucket emptied": {
    last: true,
    attempt: async (chain, tried) => {
      const Bucket = await takenBucket(chain, tried);
      await (await as(S3Client, chain, tried)).send(new DeleteObjectCommand({ Bucket, Key: "any" }));
    },
  },
  "stranger's data bucket written to": {
    last: true,
    attempt: async (chain, tried) => {
      const Bucket = sampleDataBucketName(chain.request);
      await letStrangerTake(chain, Bucket);
      await (
        await as(S3Client, chain, tried)
      ).send(new PutObjectCommand({ Bucket, Key: "orders/another", Body: "another" }));
    },
  },
};

function environmentTag({ environment }: Chain) {
  return { TagKey: ENVIRONMENT_TAG, TagValue: environment.name };
}

/** The kind of account that a bootstrap role is in. */
function kindOf({ address }: Tried): Exclude<BootstrapKind, "reader"> {
  const kind = (["hub", "producer", "spoke", "tables"] as const).find((each) =>
    address.includes(`-${each}-`),
  );
  if (kind === undefined) throw new Error(`${address} is no bootstrap role`);
  return kind;
}

/** Name of a role that the deployer makes. */
function boundRole({ connector, roleA, roleB }: Chain, tried: Tried): string {
  const tables = tablesRoleArn(connector) ?? "";
  const role = { hub: roleA, producer: connectorRoleArn(connector), spoke: roleB, tables }[kindOf(tried)];
  return role.slice(role.lastIndexOf("/") + 1);
}

/** Does something with a role that the deployer makes, while it has no boundary; by the account's administrator. */
async function whileFreed(
  chain: Chain,
  tried: Tried,
  attempt: (RoleName: string, iam: IAMClient) => Promise<void>,
): Promise<void> {
  const { clients, environment } = chain;
  const RoleName = boundRole(chain, tried);
  const iam = await clients.in(IAMClient, tried.account);
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  try {
    await attempt(RoleName, iam);
  } finally {
    const boundary = boundaryName(kindOf(tried), environment.name);
    await iam.send(
      new PutRolePermissionsBoundaryCommand({
        RoleName,
        PermissionsBoundary: policyArn(environment.region, tried.account, boundary),
      }),
    );
  }
}

async function describeKey(chain: Chain, tried: Tried, KeyId: string): Promise<void> {
  await (await as(KMSClient, chain, tried)).send(new DescribeKeyCommand({ KeyId }));
}

async function grantInvocation(chain: Chain, tried: Tried, Principal: string): Promise<void> {
  const named = { FunctionName: chain.connector.name, StatementId: "Attempt" };
  const asked = new AddPermissionCommand({ ...named, Action: "lambda:InvokeFunction", Principal });
  await (await as(LambdaClient, chain, tried)).send(asked);
  await (await chain.clients.in(LambdaClient, tried.account)).send(new RemovePermissionCommand(named));
}

/** The bucket of the deployer's account, which a stranger has taken. */
async function takenBucket(chain: Chain, tried: Tried): Promise<string> {
  const bucket = kindOf(tried) === "producer" ? chain.connector.spill.bucket : resultsOf(chain).bucket;
  await letStrangerTake(chain, bucket);
  return bucket;
}

/** Lets pass what fails for another reason than a missing permission: what is asked for need not be there. */
async function unlessDenied(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && error.name === "AccessDeniedException") throw error;
  }
}
