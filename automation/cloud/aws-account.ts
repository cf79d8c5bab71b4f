/** One account through the AWS SDK. */
import type { ScanCommandInput } from "@aws-sdk/client-dynamodb";
import type { AttachedPolicy } from "@aws-sdk/client-iam";
import type { ErrorInfo, Ingestion, ResourcePermission } from "@aws-sdk/client-quicksight";
import type { PastQuery } from "../../access/costs";
import type { KeyGrant } from "../../access/key";
import { applicationStackName } from "../../access/application";
import {
  arn,
  dataCatalogArn,
  dataSetArn,
  dataSourceArn,
  functionArn,
  policyArn,
  workgroupArn,
} from "../../access/arn";
import { grantable, type LakeTarget } from "../../access/mesh/lake-formation";
import { splitS3Location } from "../../access/written";
import { messageOf } from "../failure";
import { assumedCredentials, type Assumption } from "./assumed-role";
import { runQuery } from "./athena-query";
import {
  type AccountView,
  type BucketOwner,
  type CatalogView,
  type CredentialSource,
  type DatabaseLink,
  type DataSetView,
  type DataSourceView,
  type DataSourceWanted,
  isDenied,
  type IngestionView,
  type ItemKey,
  type KeyView,
  NotExecuted,
  OrganizationHidden,
  type PermissionView,
  type Query,
  type QueryResult,
  RoleRefused,
  type RoleView,
  type UserCredential,
  type UserView,
  type StackView,
  type SubscriptionView,
  type Tagged,
  type Tags,
  type TrailEvent,
  type TrailLookup,
  type TrailView,
  type UnnamedKey,
  type WorkgroupView,
} from "./cloud";
import { pastQueries } from "./query-history";
import { trailEvent } from "./trail-event";
import { logsReads } from "./trail-selectors";

interface Configuration {
  readonly region: string;
  readonly credentials: CredentialSource;
  readonly retryMode?: "adaptive";
  readonly maxAttempts?: number;
}

/** CloudTrail answers two calls a second: the SDK learns from its refusals to ask no faster. */
const SLOWLY = { retryMode: "adaptive", maxAttempts: 10 } as const;

/** What IAM says of a thing that is not there. */
const NO_ENTITY = ["NoSuchEntityException", "NoSuchEntity"];

export class AwsAccount implements AccountView {
  readonly #credentials: CredentialSource;
  readonly #clients = new Map<string, unknown>();

  constructor(
    readonly account: string,
    readonly region: string,
    credentials: CredentialSource,
  ) {
    this.#credentials = credentials;
  }

  async tags(kind: Tagged, name: string): Promise<Tags> {
    switch (kind) {
      case "role":
        return (await this.role(name))?.tags ?? {};
      case "user":
        return (await this.user(name))?.tags ?? {};
      case "managed policy": {
        const { IAMClient, ListPolicyTagsCommand } = await import("@aws-sdk/client-iam");
        const client = this.#client(IAMClient);
        const answer = await called("iam:ListPolicyTags", NO_ENTITY, () =>
          client.send(new ListPolicyTagsCommand({ PolicyArn: policyArn(this.region, this.account, name) })),
        );
        return tagRecord(answer?.Tags);
      }
      case "log group": {
        const { CloudWatchLogsClient, ListTagsForResourceCommand } =
          await import("@aws-sdk/client-cloudwatch-logs");
        const client = this.#client(CloudWatchLogsClient);
        const answer = await called("logs:ListTagsForResource", ["ResourceNotFoundException"], () =>
          client.send(
            new ListTagsForResourceCommand({
              resourceArn: arn("logs", this.region, this.account, `log-group:${name}`),
            }),
          ),
        );
        return answer?.tags ?? {};
      }
      case "key":
        return (await this.key(name))?.tags ?? {};
      case "workgroup":
        return this.#athenaTags(workgroupArn(this.region, this.account, name));
      case "catalog":
        return this.#athenaTags(dataCatalogArn(this.region, this.account, name));
      case "bucket": {
        const { S3Client, GetBucketTaggingCommand } = await import("@aws-sdk/client-s3");
        const client = this.#client(S3Client);
        const answer = await called("s3:GetBucketTagging", ["NoSuchTagSet", "NoSuchBucket"], () =>
          client.send(new GetBucketTaggingCommand({ Bucket: name })),
        );
        return tagRecord(answer?.TagSet);
      }
      case "function": {
        const { LambdaClient, ListTagsCommand } = await import("@aws-sdk/client-lambda");
        const client = this.#client(LambdaClient);
        const answer = await called("lambda:ListTags", ["ResourceNotFoundException"], () =>
          client.send(new ListTagsCommand({ Resource: functionArn(this.region, this.account, name) })),
        );
        return answer?.Tags ?? {};
      }
      case "database": {
        const { GlueClient, GetTagsCommand } = await import("@aws-sdk/client-glue");
        const client = this.#client(GlueClient);
        const ResourceArn = arn("glue", this.region, this.account, `database/${name}`);
        const answer = await called("glue:GetTags", ["EntityNotFoundException"], () =>
          client.send(new GetTagsCommand({ ResourceArn })),
        );
        return answer?.Tags ?? {};
      }
      case "data source":
      case "dataset": {
        const { QuickSightClient, ListTagsForResourceCommand } = await import("@aws-sdk/client-quicksight");
        const client = this.#client(QuickSightClient);
        const arnOf = kind === "dataset" ? dataSetArn : dataSourceArn;
        const ResourceArn = arnOf(this.region, this.account, name);
        const answer = await called("quicksight:ListTagsForResource", ["ResourceNotFoundException"], () =>
          client.send(new ListTagsForResourceCommand({ ResourceArn })),
        );
        return tagRecord(answer?.Tags);
      }
    }
  }

  async role(name: string): Promise<RoleView | undefined> {
    const { IAMClient, GetRoleCommand } = await import("@aws-sdk/client-iam");
    const client = this.#client(IAMClient);
    const answer = await called("iam:GetRole", ["NoSuchEntityException", "NoSuchEntity"], () =>
      client.send(new GetRoleCommand({ RoleName: name })),
    );
    if (answer?.Role === undefined) return undefined;
    const { AssumeRolePolicyDocument, PermissionsBoundary, Tags: tags } = answer.Role;
    const boundary = PermissionsBoundary?.PermissionsBoundaryArn;
    return {
      trust: decoded(AssumeRolePolicyDocument),
      tags: tagRecord(tags),
      ...(boundary === undefined ? {} : { boundary }),
    };
  }

  async rolePolicies(name: string): Promise<ReadonlyMap<string, unknown>> {
    const iam = await import("@aws-sdk/client-iam");
    const client = this.#client(iam.IAMClient);
    const [inline, attached] = await Promise.all([
      allPages(async (Marker) => {
        const answer = await called("iam:ListRolePolicies", NO_ENTITY, () =>
          client.send(new iam.ListRolePoliciesCommand({ RoleName: name, Marker })),
        );
        return { entries: answer?.PolicyNames, next: answer?.Marker };
      }),
      allPages(async (Marker) => {
        const answer = await called("iam:ListAttachedRolePolicies", NO_ENTITY, () =>
          client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: name, Marker })),
        );
        return { entries: answer?.AttachedPolicies, next: answer?.Marker };
      }),
    ]);
    return this.#policies(inline, attached, async (policy) => {
      const answer = await called("iam:GetRolePolicy", NO_ENTITY, () =>
        client.send(new iam.GetRolePolicyCommand({ RoleName: name, PolicyName: policy })),
      );
      return answer?.PolicyDocument;
    });
  }

  async user(name: string): Promise<UserView | undefined> {
    const iam = await import("@aws-sdk/client-iam");
    const client = this.#client(iam.IAMClient);
    const answer = await called("iam:GetUser", NO_ENTITY, () =>
      client.send(new iam.GetUserCommand({ UserName: name })),
    );
    if (answer?.User === undefined) return undefined;
    const groups = await allPages(async (Marker) => {
      const page = await called("iam:ListGroupsForUser", NO_ENTITY, () =>
        client.send(new iam.ListGroupsForUserCommand({ UserName: name, Marker })),
      );
      return { entries: page?.Groups, next: page?.Marker };
    });
    const boundary = answer.User.PermissionsBoundary?.PermissionsBoundaryArn;
    return {
      tags: tagRecord(answer.User.Tags),
      groups: groups.map(({ GroupName = "" }) => GroupName),
      ...(boundary === undefined ? {} : { boundary }),
    };
  }

  async userCredentials(name: string): Promise<readonly UserCredential[]> {
    const iam = await import("@aws-sdk/client-iam");
    const client = this.#client(iam.IAMClient);
    const [keys, profile, devices] = await Promise.all([
      allPages(async (Marker) => {
        const page = await called("iam:ListAccessKeys", NO_ENTITY, () =>
          client.send(new iam.ListAccessKeysCommand({ UserName: name, Marker })),
        );
        return { entries: page?.AccessKeyMetadata, next: page?.Marker };
      }),
      called("iam:GetLoginProfile", NO_ENTITY, () =>
        client.send(new iam.GetLoginProfileCommand({ UserName: name })),
      ),
      allPages(async (Marker) => {
        const page = await called("iam:ListMFADevices", NO_ENTITY, () =>
          client.send(new iam.ListMFADevicesCommand({ UserName: name, Marker })),
        );
        return { entries: page?.MFADevices, next: page?.Marker };
      }),
    ]);
    return [
      ...keys.map(({ AccessKeyId = "" }) => ({ kind: "access key", id: AccessKeyId }) as const),
      ...(profile?.LoginProfile === undefined ? [] : [{ kind: "password", id: "" } as const]),
      ...devices.map(({ SerialNumber = "" }) => ({ kind: "MFA device", id: SerialNumber }) as const),
    ];
  }

  async userPolicies(name: string): Promise<ReadonlyMap<string, unknown>> {
    const iam = await import("@aws-sdk/client-iam");
    const client = this.#client(iam.IAMClient);
    const [inline, attached] = await Promise.all([
      allPages(async (Marker) => {
        const answer = await called("iam:ListUserPolicies", NO_ENTITY, () =>
          client.send(new iam.ListUserPoliciesCommand({ UserName: name, Marker })),
        );
        return { entries: answer?.PolicyNames, next: answer?.Marker };
      }),
      allPages(async (Marker) => {
        const answer = await called("iam:ListAttachedUserPolicies", NO_ENTITY, () =>
          client.send(new iam.ListAttachedUserPoliciesCommand({ UserName: name, Marker })),
        );
        return { entries: answer?.AttachedPolicies, next: answer?.Marker };
      }),
    ]);
    return this.#policies(inline, attached, async (policy) => {
      const answer = await called("iam:GetUserPolicy", NO_ENTITY, () =>
        client.send(new iam.GetUserPolicyCommand({ UserName: name, PolicyName: policy })),
      );
      return answer?.PolicyDocument;
    });
  }

  /** Policies of a role or user by name: inline ones, and those that are attached. */
  async #policies(
    inline: readonly string[],
    attached: readonly AttachedPolicy[],
    inlineText: (policy: string) => Promise<string | undefined>,
  ): Promise<ReadonlyMap<string, unknown>> {
    const documents = await Promise.all([
      ...inline.map(async (policy): Promise<[string, unknown]> => [
        policy,
        decoded(await inlineText(policy)),
      ]),
      ...attached.map(async ({ PolicyArn = "", PolicyName = "" }): Promise<[string, unknown]> => [
        // An attached policy may have an inline one's name, or another path's.
        inline.includes(PolicyName) || attached.filter((other) => other.PolicyName === PolicyName).length > 1
          ? PolicyArn
          : PolicyName,
        await this.managedPolicy(PolicyArn),
      ]),
    ]);
    return new Map(documents);
  }

  async managedPolicy(PolicyArn: string): Promise<unknown> {
    const iam = await import("@aws-sdk/client-iam");
    const client = this.#client(iam.IAMClient);
    const policy = await called("iam:GetPolicy", NO_ENTITY, () =>
      client.send(new iam.GetPolicyCommand({ PolicyArn })),
    );
    const VersionId = policy?.Policy?.DefaultVersionId;
    if (VersionId === undefined) return undefined;
    const answer = await called("iam:GetPolicyVersion", NO_ENTITY, () =>
      client.send(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId })),
    );
    return decoded(answer?.PolicyVersion?.Document);
  }

  async hasManagedPolicy(name: string): Promise<boolean> {
    const { IAMClient, GetPolicyCommand } = await import("@aws-sdk/client-iam");
    const client = this.#client(IAMClient);
    const answer = await called("iam:GetPolicy", NO_ENTITY, () =>
      client.send(new GetPolicyCommand({ PolicyArn: policyArn(this.region, this.account, name) })),
    );
    return answer !== undefined;
  }

  async workgroup(name: string): Promise<WorkgroupView | undefined> {
    const { AthenaClient, GetWorkGroupCommand } = await import("@aws-sdk/client-athena");
    const client = this.#client(AthenaClient);
    const answer = await called("athena:GetWorkGroup", ["InvalidRequestException"], () =>
      client.send(new GetWorkGroupCommand({ WorkGroup: name })),
    );
    const found = answer?.WorkGroup;
    if (found === undefined) return undefined;
    const {
      ResultConfiguration: results,
      ManagedQueryResultsConfiguration: managed,
      ...configuration
    } = found.Configuration ?? {};
    return {
      enabled: found.State !== "DISABLED",
      enforced: configuration.EnforceWorkGroupConfiguration ?? false,
      encryption: results?.EncryptionConfiguration?.EncryptionOption,
      bytesScannedCutoff: configuration.BytesScannedCutoffPerQuery,
      outputLocation: results?.OutputLocation,
      managedResults: managed?.Enabled ?? false,
    };
  }

  async catalog(name: string): Promise<CatalogView | undefined> {
    const { AthenaClient, GetDataCatalogCommand } = await import("@aws-sdk/client-athena");
    const client = this.#client(AthenaClient);
    const absent = ["InvalidRequestException", "ResourceNotFoundException"];
    const answer = await called("athena:GetDataCatalog", absent, () =>
      client.send(new GetDataCatalogCommand({ Name: name })),
    );
    const found = answer?.DataCatalog;
    if (found?.Name === undefined) return undefined;
    const { function: both, "metadata-function": metadata, "catalog-id": catalogId } = found.Parameters ?? {};
    return { type: found.Type ?? "", functionArn: both ?? metadata, catalogId };
  }

  async catalogTables(catalog: string, schema: string): Promise<readonly string[]> {
    const { AthenaClient, ListTableMetadataCommand } = await import("@aws-sdk/client-athena");
    const client = this.#client(AthenaClient);
    const tables = await allPages(async (NextToken) => {
      const answer = await present("athena:ListTableMetadata", () =>
        client.send(new ListTableMetadataCommand({ CatalogName: catalog, DatabaseName: schema, NextToken })),
      );
      return { entries: answer.TableMetadataList, next: answer.NextToken };
    });
    return tables.map(({ Name }) => Name ?? "");
  }

  async catalogDatabases(catalog: string): Promise<readonly string[]> {
    const { AthenaClient, ListDatabasesCommand } = await import("@aws-sdk/client-athena");
    const client = this.#client(AthenaClient);
    const databases = await allPages(async (NextToken) => {
      const answer = await present("athena:ListDatabases", () =>
        client.send(new ListDatabasesCommand({ CatalogName: catalog, NextToken })),
      );
      return { entries: answer.DatabaseList, next: answer.NextToken };
    });
    return databases.map(({ Name }) => Name ?? "");
  }

  async query(query: Query, signal: AbortSignal): Promise<QueryResult> {
    const commands = await import("@aws-sdk/client-athena");
    return runQuery(
      { commands, client: this.#client(commands.AthenaClient), called: present },
      query,
      signal,
    );
  }

  async queryHistory(workgroup: string, since: Date): Promise<readonly PastQuery[]> {
    const commands = await import("@aws-sdk/client-athena");
    return pastQueries(
      { commands, client: this.#client(commands.AthenaClient), called: present },
      workgroup,
      since,
    );
  }

  async trail(lookup: TrailLookup, since: Date): Promise<readonly TrailEvent[]> {
    const { CloudTrailClient, LookupEventsCommand } = await import("@aws-sdk/client-cloudtrail");
    const client = this.#client(CloudTrailClient, SLOWLY);
    const [name, attribute] =
      "event" in lookup
        ? [lookup.event, { AttributeKey: "EventName", AttributeValue: lookup.event } as const]
        : ["AssumeRole", { AttributeKey: "ResourceName", AttributeValue: lookup.assumed } as const];
    const found: TrailEvent[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await present("cloudtrail:LookupEvents", () =>
        client.send(
          new LookupEventsCommand({
            LookupAttributes: [attribute],
            StartTime: since,
            NextToken,
          }),
        ),
      );
      for (const { EventName, CloudTrailEvent = "{}" } of answer.Events ?? [])
        if (EventName === name) found.push(trailEvent(CloudTrailEvent));
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  async trailNamed(named: string): Promise<TrailView | undefined> {
    const { CloudTrailClient, DescribeTrailsCommand, GetEventSelectorsCommand, GetTrailStatusCommand } =
      await import("@aws-sdk/client-cloudtrail");
    const client = this.#client(CloudTrailClient);
    // All of them: a name finds no trail of another Region that logs here, too.
    const { trailList = [] } = await present("cloudtrail:DescribeTrails", () =>
      client.send(new DescribeTrailsCommand({})),
    );
    const trail = trailList.find(({ Name, TrailARN }) => named === Name || named === TrailARN);
    const arn = trail?.TrailARN;
    if (arn === undefined) return undefined;
    const own = arn.split(":")[4] === this.account;
    // An organization's trail may be kept from its members.
    const absent = own
      ? []
      : ["AccessDeniedException", "TrailNotFoundException", "CloudTrailARNInvalidException"];
    const [status, selectors] = await Promise.all([
      called("cloudtrail:GetTrailStatus", absent, () =>
        client.send(new GetTrailStatusCommand({ Name: arn })),
      ),
      called("cloudtrail:GetEventSelectors", absent, () =>
        client.send(new GetEventSelectorsCommand({ TrailName: arn })),
      ),
    ]);
    return {
      seen:
        status === undefined || selectors === undefined
          ? undefined
          : { logging: status.IsLogging === true, logsReads: logsReads(selectors) },
    };
  }

  async deleteResults({ outputLocation }: QueryResult): Promise<void> {
    if (outputLocation === undefined) return;
    const { S3Client, DeleteObjectsCommand } = await import("@aws-sdk/client-s3");
    const client = this.#client(S3Client);
    const { bucket, prefix: key } = splitS3Location(outputLocation);
    const answer = await called("s3:DeleteObjects", [], () =>
      client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          ExpectedBucketOwner: this.account,
          Delete: { Objects: [{ Key: key }, { Key: `${key}.metadata` }], Quiet: true },
        }),
      ),
    );
    const [error] = answer?.Errors ?? [];
    if (error !== undefined) throw new Error(`${outputLocation} was not deleted: ${error.Message ?? ""}`);
  }

  async assume(roleArn: string): Promise<AwsAccount> {
    return assumedAccount({ roleArn, region: this.region, from: this.#credentials });
  }

  async bucketOwner(name: string): Promise<BucketOwner> {
    const { S3Client, HeadBucketCommand } = await import("@aws-sdk/client-s3");
    const client = this.#client(S3Client);
    try {
      const answer = await called("s3:HeadBucket", ["NotFound", "NoSuchBucket"], () =>
        client.send(new HeadBucketCommand({ Bucket: name, ExpectedBucketOwner: this.account })),
      );
      return answer === undefined ? "nobody" : "this account";
    } catch (thrown) {
      // 403: another account's. 301: it exists in another Region, where our bucket cannot be.
      const status = statusOf(thrown);
      if (status === 403 || status === 301) return "somebody else";
      throw thrown;
    }
  }

  async bucketPolicy(name: string): Promise<unknown> {
    const { S3Client, GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
    const client = this.#client(S3Client);
    const answer = await called("s3:GetBucketPolicy", ["NoSuchBucketPolicy", "NoSuchBucket"], () =>
      client.send(new GetBucketPolicyCommand({ Bucket: name, ExpectedBucketOwner: this.account })),
    );
    return decoded(answer?.Policy);
  }

  async topicPolicy(arn: string): Promise<unknown> {
    const { SNSClient, GetTopicAttributesCommand } = await import("@aws-sdk/client-sns");
    const client = this.#client(SNSClient);
    const answer = await called("sns:GetTopicAttributes", ["NotFoundException"], () =>
      client.send(new GetTopicAttributesCommand({ TopicArn: arn })),
    );
    return decoded(answer?.Attributes?.Policy);
  }

  async hasRule(name: string): Promise<boolean> {
    const { EventBridgeClient, DescribeRuleCommand } = await import("@aws-sdk/client-eventbridge");
    const client = this.#client(EventBridgeClient);
    const answer = await called("events:DescribeRule", ["ResourceNotFoundException"], () =>
      client.send(new DescribeRuleCommand({ Name: name })),
    );
    return answer !== undefined;
  }

  async hasAlarm(name: string): Promise<boolean> {
    const { CloudWatchClient, DescribeAlarmsCommand } = await import("@aws-sdk/client-cloudwatch");
    const client = this.#client(CloudWatchClient);
    const answer = await called("cloudwatch:DescribeAlarms", [], () =>
      client.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm"] })),
    );
    return (answer?.MetricAlarms ?? []).length > 0;
  }

  async key(alias: string): Promise<KeyView | undefined> {
    const kms = await import("@aws-sdk/client-kms");
    const client = this.#client(kms.KMSClient);
    const absent = ["NotFoundException"];
    const KeyId = (
      await called("kms:DescribeKey", absent, () => client.send(new kms.DescribeKeyCommand({ KeyId: alias })))
    )?.KeyMetadata?.KeyId;
    if (KeyId === undefined) return undefined;
    const [policy, tags, grants] = await Promise.all([
      called("kms:GetKeyPolicy", absent, () => client.send(new kms.GetKeyPolicyCommand({ KeyId }))),
      called("kms:ListResourceTags", absent, () => client.send(new kms.ListResourceTagsCommand({ KeyId }))),
      this.#grants(KeyId),
    ]);
    return {
      policy: decoded(policy?.Policy),
      grants,
      tags: keyTags(tags?.Tags),
    };
  }

  async unnamedKeys(): Promise<readonly UnnamedKey[]> {
    const kms = await import("@aws-sdk/client-kms");
    const client = this.#client(kms.KMSClient);
    const from = (Marker: string | undefined) => (Marker === undefined ? {} : { Marker });
    const aliases = await allPages(async (Marker) => {
      const page = await called("kms:ListAliases", [], () =>
        client.send(new kms.ListAliasesCommand(from(Marker))),
      );
      return { entries: page?.Aliases, next: page?.NextMarker };
    });
    const named = new Set(aliases.map(({ TargetKeyId }) => TargetKeyId));
    // Somebody's key may well not be looked at.
    const notOurs = ["NotFoundException", "AccessDeniedException"];
    const look = async (KeyId: string): Promise<UnnamedKey[]> => {
      const [key, answer] = await Promise.all([
        called("kms:DescribeKey", notOurs, () => client.send(new kms.DescribeKeyCommand({ KeyId }))),
        called("kms:ListResourceTags", notOurs, () =>
          client.send(new kms.ListResourceTagsCommand({ KeyId })),
        ),
      ]);
      const { KeyState, DeletionDate } = key?.KeyMetadata ?? {};
      const found = { id: KeyId, tags: keyTags(answer?.Tags) };
      if (KeyState === "Enabled") return [found];
      return KeyState === "PendingDeletion" && DeletionDate !== undefined
        ? [{ ...found, deletion: DeletionDate }]
        : [];
    };
    return allPages(async (Marker) => {
      const page = await called("kms:ListKeys", [], () => client.send(new kms.ListKeysCommand(from(Marker))));
      const ids = (page?.Keys ?? []).flatMap(({ KeyId }) =>
        KeyId === undefined || named.has(KeyId) ? [] : [KeyId],
      );
      return { entries: (await Promise.all(ids.map(look))).flat(), next: page?.NextMarker };
    });
  }

  async #grants(KeyId: string): Promise<KeyGrant[]> {
    const kms = await import("@aws-sdk/client-kms");
    const client = this.#client(kms.KMSClient);
    const grants: KeyGrant[] = [];
    for (let Marker: string | undefined; ;) {
      const page = await called("kms:ListGrants", ["NotFoundException"], () =>
        client.send(new kms.ListGrantsCommand({ KeyId, ...(Marker === undefined ? {} : { Marker }) })),
      );
      for (const { Name = "", GranteePrincipal = "", Operations = [], Constraints } of page?.Grants ?? [])
        grants.push({
          name: Name,
          granteePrincipal: GranteePrincipal,
          operations: Operations,
          encryptionContextSubset: Constraints?.EncryptionContextSubset ?? {},
        });
      if (page?.NextMarker === undefined) return grants;
      Marker = page.NextMarker;
    }
  }

  async hasObjects(bucket: string, except: ReadonlySet<string>): Promise<boolean> {
    const s3 = await import("@aws-sdk/client-s3");
    const client = this.#client(s3.S3Client);
    const own = { Bucket: bucket, ExpectedBucketOwner: this.account };
    const uploads = await called("s3:ListMultipartUploads", ["NoSuchBucket"], () =>
      client.send(new s3.ListMultipartUploadsCommand({ ...own, MaxUploads: 1 })),
    );
    if ((uploads?.Uploads ?? []).length > 0) return true;
    for await (const { key } of this.#versions(bucket)) if (!except.has(key)) return true;
    return false;
  }

  async empty(bucket: string): Promise<void> {
    const s3 = await import("@aws-sdk/client-s3");
    const client = this.#client(s3.S3Client);
    const own = { Bucket: bucket, ExpectedBucketOwner: this.account };
    const uploads = await called("s3:ListMultipartUploads", ["NoSuchBucket"], () =>
      client.send(new s3.ListMultipartUploadsCommand(own)),
    );
    for (const { Key, UploadId } of uploads?.Uploads ?? [])
      await called("s3:AbortMultipartUpload", ["NoSuchUpload"], () =>
        client.send(new s3.AbortMultipartUploadCommand({ ...own, Key, UploadId })),
      );
    let batch: { Key: string; VersionId?: string }[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      const answer = await called("s3:DeleteObjects", [], () =>
        client.send(new s3.DeleteObjectsCommand({ ...own, Delete: { Objects: batch, Quiet: true } })),
      );
      const [error] = answer?.Errors ?? [];
      if (error !== undefined)
        throw new Error(
          `${error.Key ?? "an object"} of bucket ${bucket} was not deleted: ${error.Message ?? ""}`,
        );
      batch = [];
    };
    for await (const { key, version } of this.#versions(bucket)) {
      batch.push(version === undefined ? { Key: key } : { Key: key, VersionId: version });
      if (batch.length === 1000) await flush();
    }
    await flush();
  }

  /** Every version and delete marker of every object; in a bucket without versions, the objects. */
  async *#versions(bucket: string): AsyncGenerator<{ key: string; version: string | undefined }> {
    const { S3Client, ListObjectVersionsCommand } = await import("@aws-sdk/client-s3");
    const client = this.#client(S3Client);
    let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (marker !== undefined) {
      const page: { KeyMarker?: string; VersionIdMarker?: string } = marker;
      const answer = await called("s3:ListObjectVersions", ["NoSuchBucket"], () =>
        client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, ExpectedBucketOwner: this.account, ...page }),
        ),
      );
      for (const { Key, VersionId } of [...(answer?.Versions ?? []), ...(answer?.DeleteMarkers ?? [])])
        if (Key !== undefined) yield { key: Key, version: VersionId === "null" ? undefined : VersionId };
      marker =
        answer?.IsTruncated === true && answer.NextKeyMarker !== undefined
          ? {
              KeyMarker: answer.NextKeyMarker,
              ...(answer.NextVersionIdMarker === undefined
                ? {}
                : { VersionIdMarker: answer.NextVersionIdMarker }),
            }
          : undefined;
    }
  }

  async hasFunction(name: string): Promise<boolean> {
    const { LambdaClient, GetFunctionConfigurationCommand } = await import("@aws-sdk/client-lambda");
    const client = this.#client(LambdaClient);
    const answer = await called("lambda:GetFunctionConfiguration", ["ResourceNotFoundException"], () =>
      client.send(new GetFunctionConfigurationCommand({ FunctionName: name })),
    );
    return answer !== undefined;
  }

  async applicationStack(connector: string): Promise<StackView | undefined> {
    const { CloudFormationClient, DescribeStacksCommand } = await import("@aws-sdk/client-cloudformation");
    const client = this.#client(CloudFormationClient);
    // CloudFormation says ValidationError of a stack that is not there.
    const answer = await called("cloudformation:DescribeStacks", ["ValidationError"], () =>
      client.send(new DescribeStacksCommand({ StackName: applicationStackName(connector) })),
    );
    const [stack] = answer?.Stacks ?? [];
    return stack === undefined
      ? undefined
      : { id: stack.StackId ?? "", status: stack.StackStatus ?? "", tags: tagRecord(stack.Tags) };
  }

  async hasLogGroup(name: string): Promise<boolean> {
    const { CloudWatchLogsClient, DescribeLogGroupsCommand } =
      await import("@aws-sdk/client-cloudwatch-logs");
    const client = this.#client(CloudWatchLogsClient);
    // The shortest name with a prefix comes first, so that one is enough.
    const answer = await called("logs:DescribeLogGroups", [], () =>
      client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 })),
    );
    return answer?.logGroups?.some(({ logGroupName }) => logGroupName === name) ?? false;
  }

  async functionStatements(name: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { LambdaClient, GetPolicyCommand } = await import("@aws-sdk/client-lambda");
    const client = this.#client(LambdaClient);
    const answer = await called("lambda:GetPolicy", ["ResourceNotFoundException"], () =>
      client.send(new GetPolicyCommand({ FunctionName: name })),
    );
    const document = decoded(answer?.Policy) as { Statement?: Record<string, unknown>[] } | undefined;
    return document?.Statement ?? [];
  }

  async hasTable(name: string): Promise<boolean> {
    const { DynamoDBClient, DescribeTableCommand } = await import("@aws-sdk/client-dynamodb");
    const client = this.#client(DynamoDBClient);
    const answer = await called("dynamodb:DescribeTable", ["ResourceNotFoundException"], () =>
      client.send(new DescribeTableCommand({ TableName: name })),
    );
    return answer !== undefined;
  }

  async hasItems(table: string, except: readonly ItemKey[]): Promise<boolean> {
    const { DynamoDBClient, ScanCommand } = await import("@aws-sdk/client-dynamodb");
    const client = this.#client(DynamoDBClient);
    let page: Pick<ScanCommandInput, "ExclusiveStartKey"> | undefined = {};
    while (page !== undefined) {
      const from: Pick<ScanCommandInput, "ExclusiveStartKey"> = page;
      const answer = await called("dynamodb:Scan", ["ResourceNotFoundException"], () =>
        // One more than are excepted: so many cannot all be.
        client.send(
          new ScanCommand({ TableName: table, ConsistentRead: true, Limit: except.length + 1, ...from }),
        ),
      );
      if (!(answer?.Items ?? []).every((item) => except.some((key) => hasKey(item, key)))) return true;
      page =
        answer?.LastEvaluatedKey === undefined ? undefined : { ExclusiveStartKey: answer.LastEvaluatedKey };
    }
    return false;
  }

  async hasDatabase(name: string): Promise<boolean> {
    const { GlueClient, GetDatabaseCommand } = await import("@aws-sdk/client-glue");
    const client = this.#client(GlueClient);
    const answer = await called("glue:GetDatabase", ["EntityNotFoundException"], () =>
      client.send(new GetDatabaseCommand({ Name: name })),
    );
    return answer !== undefined;
  }

  async databaseLink(name: string): Promise<DatabaseLink | undefined> {
    const { GlueClient, GetDatabaseCommand } = await import("@aws-sdk/client-glue");
    const client = this.#client(GlueClient);
    const answer = await called("glue:GetDatabase", ["EntityNotFoundException"], () =>
      client.send(new GetDatabaseCommand({ Name: name })),
    );
    const { CatalogId: catalogId, DatabaseName: database } = answer?.Database?.TargetDatabase ?? {};
    return catalogId === undefined || database === undefined ? undefined : { catalogId, database };
  }

  async catalogPolicy(): Promise<unknown> {
    const { GlueClient, GetResourcePolicyCommand } = await import("@aws-sdk/client-glue");
    const client = this.#client(GlueClient);
    const answer = await called("glue:GetResourcePolicy", ["EntityNotFoundException"], () =>
      client.send(new GetResourcePolicyCommand({})),
    );
    return decoded(answer?.PolicyInJson);
  }

  async lakePermissions(target: LakeTarget): Promise<readonly PermissionView[]> {
    const { LakeFormationClient, ListPermissionsCommand } = await import("@aws-sdk/client-lakeformation");
    const client = this.#client(LakeFormationClient);
    const Resource =
      "database" in target
        ? { Database: { CatalogId: target.database.catalogId, Name: target.database.name } }
        : {
            Table: {
              CatalogId: target.table.catalogId,
              DatabaseName: target.table.databaseName,
              ...(target.table.wildcard === true ? { TableWildcard: {} } : { Name: target.table.name }),
            },
          };
    const found: PermissionView[] = [];
    let NextToken: string | undefined;
    do {
      const token: { NextToken?: string } = NextToken === undefined ? {} : { NextToken };
      const answer = await called("lakeformation:ListPermissions", ["EntityNotFoundException"], () =>
        client.send(new ListPermissionsCommand({ Resource, ...token })),
      );
      for (const entry of answer?.PrincipalResourcePermissions ?? []) {
        const { Principal, Permissions = [], PermissionsWithGrantOption = [] } = entry;
        const principal = Principal?.DataLakePrincipalIdentifier ?? "";
        if (principal !== "IAM_ALLOWED_PRINCIPALS")
          found.push({ principal, actions: [...Permissions, ...PermissionsWithGrantOption.map(grantable)] });
      }
      NextToken = answer?.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  async hasLakeLocation(locationArn: string): Promise<boolean> {
    const { LakeFormationClient, DescribeResourceCommand } = await import("@aws-sdk/client-lakeformation");
    const client = this.#client(LakeFormationClient);
    const answer = await called("lakeformation:DescribeResource", ["EntityNotFoundException"], () =>
      client.send(new DescribeResourceCommand({ ResourceArn: locationArn })),
    );
    return answer !== undefined;
  }

  async lakeAdministrators(): Promise<readonly string[]> {
    const { LakeFormationClient, GetDataLakeSettingsCommand } = await import("@aws-sdk/client-lakeformation");
    const client = this.#client(LakeFormationClient);
    const answer = await called("lakeformation:GetDataLakeSettings", [], () =>
      client.send(new GetDataLakeSettingsCommand({})),
    );
    return (answer?.DataLakeSettings?.DataLakeAdmins ?? []).flatMap(
      ({ DataLakePrincipalIdentifier }) => DataLakePrincipalIdentifier ?? [],
    );
  }

  async tables(database: string): Promise<readonly string[]> {
    const { GlueClient, GetTablesCommand } = await import("@aws-sdk/client-glue");
    const client = this.#client(GlueClient);
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const token: { NextToken?: string } = NextToken === undefined ? {} : { NextToken };
      const answer = await called("glue:GetTables", ["EntityNotFoundException"], () =>
        client.send(new GetTablesCommand({ DatabaseName: database, ...token })),
      );
      names.push(...(answer?.TableList ?? []).map(({ Name }) => Name ?? ""));
      NextToken = answer?.NextToken;
    } while (NextToken !== undefined);
    return names;
  }

  async organization(): Promise<string | undefined> {
    const { OrganizationsClient, DescribeOrganizationCommand } =
      await import("@aws-sdk/client-organizations");
    const client = this.#client(OrganizationsClient);
    try {
      const answer = await called(
        "organizations:DescribeOrganization",
        ["AWSOrganizationsNotInUseException"],
        () => client.send(new DescribeOrganizationCommand({})),
      );
      return answer?.Organization?.Id;
    } catch (thrown) {
      if (isDenied(thrown)) throw new OrganizationHidden(this.account, thrown);
      throw thrown;
    }
  }

  async subscription(): Promise<SubscriptionView | undefined> {
    const { QuickSightClient, DescribeAccountSubscriptionCommand } =
      await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    const answer = await called("quicksight:DescribeAccountSubscription", ["ResourceNotFoundException"], () =>
      client.send(new DescribeAccountSubscriptionCommand({ AwsAccountId: this.account })),
    );
    const info = answer?.AccountInfo;
    return info === undefined
      ? undefined
      : { edition: info.Edition ?? "", status: info.AccountSubscriptionStatus ?? "" };
  }

  async hasQuickPrincipal(written: string, namespace: string, identityRegion: string): Promise<boolean> {
    const quick = await import("@aws-sdk/client-quicksight");
    const client = this.#client(quick.QuickSightClient, { region: identityRegion });
    const absent = ["ResourceNotFoundException"];
    const [kind, ...rest] = written.split("/");
    const name = rest.join("/");
    const place = { AwsAccountId: this.account, Namespace: namespace };
    const answer =
      kind === "group"
        ? await called("quicksight:DescribeGroup", absent, () =>
            client.send(new quick.DescribeGroupCommand({ ...place, GroupName: name })),
          )
        : await called("quicksight:DescribeUser", absent, () =>
            client.send(new quick.DescribeUserCommand({ ...place, UserName: name })),
          );
    return answer !== undefined;
  }

  async dataSource(id: string): Promise<DataSourceView | undefined> {
    const { QuickSightClient, DescribeDataSourceCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    const answer = await called("quicksight:DescribeDataSource", ["ResourceNotFoundException"], () =>
      client.send(new DescribeDataSourceCommand({ AwsAccountId: this.account, DataSourceId: id })),
    );
    const found = answer?.DataSource;
    if (found === undefined) return undefined;
    const athena = found.DataSourceParameters?.AthenaParameters;
    return {
      arn: found.Arn ?? "",
      type: found.Type ?? "",
      status: found.Status ?? "",
      roleArn: athena?.RoleArn,
      consumerAccountRoleArn: athena?.ConsumerAccountRoleArn,
      workgroup: athena?.WorkGroup,
      error: errorText(found.ErrorInfo),
    };
  }

  async deleteDataSource(id: string): Promise<void> {
    const { QuickSightClient, DeleteDataSourceCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    await called("quicksight:DeleteDataSource", ["ResourceNotFoundException"], () =>
      client.send(new DeleteDataSourceCommand({ AwsAccountId: this.account, DataSourceId: id })),
    );
  }

  async updateDataSource(
    id: string,
    { name, roleArn, consumerAccountRoleArn, workgroup }: DataSourceWanted,
  ): Promise<void> {
    const { QuickSightClient, UpdateDataSourceCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    await called("quicksight:UpdateDataSource", [], () =>
      client.send(
        new UpdateDataSourceCommand({
          AwsAccountId: this.account,
          DataSourceId: id,
          Name: name,
          DataSourceParameters: {
            AthenaParameters: {
              WorkGroup: workgroup,
              RoleArn: roleArn,
              ConsumerAccountRoleArn: consumerAccountRoleArn,
            },
          },
        }),
      ),
    );
  }

  async dataSourcePermissions(id: string): Promise<readonly PermissionView[]> {
    const { QuickSightClient, DescribeDataSourcePermissionsCommand } =
      await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    const answer = await called(
      "quicksight:DescribeDataSourcePermissions",
      ["ResourceNotFoundException"],
      () =>
        client.send(
          new DescribeDataSourcePermissionsCommand({ AwsAccountId: this.account, DataSourceId: id }),
        ),
    );
    return permissionViews(answer?.Permissions);
  }

  async dataSet(id: string): Promise<DataSetView | undefined> {
    const { QuickSightClient, DescribeDataSetCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    const answer = await called("quicksight:DescribeDataSet", ["ResourceNotFoundException"], () =>
      client.send(new DescribeDataSetCommand({ AwsAccountId: this.account, DataSetId: id })),
    );
    const found = answer?.DataSet;
    if (found === undefined) return undefined;
    const [table, ...others] = Object.values(found.PhysicalTableMap ?? {});
    const relational = others.length === 0 ? table?.RelationalTable : undefined;
    return {
      importMode: found.ImportMode ?? "",
      dataSource: relational?.DataSourceArn,
      catalog: relational?.Catalog,
      database: relational?.Schema,
      table: relational?.Name,
      columns: Object.fromEntries(
        (relational?.InputColumns ?? []).map(({ Name = "", Type = "" }) => [Name, Type]),
      ),
    };
  }

  async dataSetPermissions(id: string): Promise<readonly PermissionView[] | undefined> {
    const { QuickSightClient, DescribeDataSetPermissionsCommand } =
      await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    const answer = await called("quicksight:DescribeDataSetPermissions", ["ResourceNotFoundException"], () =>
      client.send(new DescribeDataSetPermissionsCommand({ AwsAccountId: this.account, DataSetId: id })),
    );
    return answer && permissionViews(answer.Permissions);
  }

  async ingestion(dataSet: string): Promise<IngestionView | undefined> {
    const { QuickSightClient, ListIngestionsCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    let newest: Ingestion | undefined;
    let NextToken: string | undefined;
    do {
      const token: { NextToken?: string } = NextToken === undefined ? {} : { NextToken };
      const answer = await called("quicksight:ListIngestions", ["ResourceNotFoundException"], () =>
        client.send(new ListIngestionsCommand({ AwsAccountId: this.account, DataSetId: dataSet, ...token })),
      );
      // Their order is not documented.
      for (const each of answer?.Ingestions ?? [])
        if (newest === undefined || Number(each.CreatedTime) > Number(newest.CreatedTime)) newest = each;
      NextToken = answer?.NextToken;
    } while (NextToken !== undefined);
    return (
      newest && {
        status: newest.IngestionStatus ?? "",
        rows: newest.RowInfo?.TotalRowsInDataset ?? newest.RowInfo?.RowsIngested,
        dropped: newest.RowInfo?.RowsDropped ?? 0,
        error: errorText(newest.ErrorInfo),
      }
    );
  }

  async deleteDataSet(id: string): Promise<void> {
    const { QuickSightClient, DeleteDataSetCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    await called("quicksight:DeleteDataSet", ["ResourceNotFoundException"], () =>
      client.send(new DeleteDataSetCommand({ AwsAccountId: this.account, DataSetId: id })),
    );
  }

  async countDataSources(enough: number): Promise<number> {
    const { QuickSightClient, ListDataSourcesCommand } = await import("@aws-sdk/client-quicksight");
    const client = this.#client(QuickSightClient);
    let count = 0;
    let NextToken: string | undefined;
    do {
      const token: { NextToken?: string } = NextToken === undefined ? {} : { NextToken };
      const answer = await called("quicksight:ListDataSources", [], () =>
        client.send(new ListDataSourcesCommand({ AwsAccountId: this.account, MaxResults: 100, ...token })),
      );
      count += answer?.DataSources?.length ?? 0;
      NextToken = answer?.NextToken;
    } while (NextToken !== undefined && count < enough);
    return count;
  }

  async #athenaTags(ResourceARN: string): Promise<Tags> {
    const { AthenaClient, ListTagsForResourceCommand } = await import("@aws-sdk/client-athena");
    const client = this.#client(AthenaClient);
    const absent = ["ResourceNotFoundException", "InvalidRequestException"];
    const answer = await called("athena:ListTagsForResource", absent, () =>
      client.send(new ListTagsForResourceCommand({ ResourceARN })),
    );
    return tagRecord(answer?.Tags);
  }

  /** The account's client of a service; one a Region. */
  #client<Client>(
    make: new (configuration: Configuration) => Client,
    choices: Partial<Omit<Configuration, "credentials">> = {},
  ): Client {
    const configuration = { region: this.region, credentials: this.#credentials, ...choices };
    const key = `${make.name} ${configuration.region}`;
    const client = (this.#clients.get(key) as Client | undefined) ?? new make(configuration);
    this.#clients.set(key, client);
    return client;
  }
}

/** The account of a role, seen as that role. @throws RoleRefused */
export async function assumedAccount(assumption: Assumption): Promise<AwsAccount> {
  const { roleArn, region } = assumption;
  const credentials = assumedCredentials(assumption);
  try {
    await credentials();
  } catch (thrown) {
    throw new RoleRefused(roleArn, messageOf(thrown), thrown);
  }
  return new AwsAccount(roleArn.split(":")[4] ?? "", region, credentials);
}

/** Makes a call for something that is there. */
async function present<Answer>(operation: string, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (thrown) {
    if (statusOf(thrown) === 501) throw new NotExecuted(operation, thrown);
    throw thrown;
  }
}

/** Every entry of a list that comes page by page. */
async function allPages<Entry>(
  page: (
    marker: string | undefined,
  ) => Promise<{ readonly entries: readonly Entry[] | undefined; readonly next: string | undefined }>,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let marker: string | undefined;
  do {
    const { entries = [], next } = await page(marker);
    all.push(...entries);
    marker = next;
  } while (marker !== undefined);
  return all;
}

/**
 * Makes a call.
 *
 * @param absent names of the errors that mean "there is none".
 * @returns undefined when there is none.
 * @throws NotExecuted when the endpoint answers 501.
 */
async function called<Answer>(
  operation: string,
  absent: readonly string[],
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await present(operation, call);
  } catch (thrown) {
    if (thrown instanceof Error && absent.includes(thrown.name)) {
      // Athena has one name for everything that is wrong with a request.
      if (
        thrown.name !== "InvalidRequestException" ||
        /not (be )?found|not exist|no such/i.test(thrown.message)
      )
        return undefined;
    }
    throw thrown;
  }
}

function hasKey(item: ItemKey, key: ItemKey): boolean {
  return Object.entries(key).every(([name, value]) => JSON.stringify(item[name]) === JSON.stringify(value));
}

function statusOf(thrown: unknown): number | undefined {
  return (thrown as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** `type: message`, of a data source or ingestion that failed. */
function errorText(
  found: (Pick<ErrorInfo, "Message"> & { readonly Type?: string | undefined }) | undefined,
): string | undefined {
  return found && `${found.Type ?? "error"}: ${found.Message ?? "no message"}`;
}

function permissionViews(found: readonly ResourcePermission[] | undefined): PermissionView[] {
  return (found ?? []).map(({ Principal, Actions }) => ({
    principal: Principal ?? "",
    actions: Actions ?? [],
  }));
}

function tagRecord(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

function keyTags(
  tags: readonly { TagKey?: string | undefined; TagValue?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((tags ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
}

/** A policy document from its text; IAM answers it URL-encoded. */
function decoded(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  return JSON.parse(text.startsWith("%7B") ? decodeURIComponent(text) : text);
}
