/** The policy documents that are in an account, read back from it, and put in another form by its administrator. */
import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListPolicyVersionsCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListPolicies,
  paginateListRolePolicies,
  paginateListRoles,
} from "@aws-sdk/client-iam";
import {
  CreateGrantCommand,
  GetKeyPolicyCommand,
  type GrantListEntry,
  type GrantOperation,
  KMSClient,
  PutKeyPolicyCommand,
  RevokeGrantCommand,
  paginateListAliases,
  paginateListGrants,
} from "@aws-sdk/client-kms";
import {
  AddPermissionCommand,
  GetPolicyCommand as GetFunctionPolicyCommand,
  LambdaClient,
  RemovePermissionCommand,
  paginateListFunctions,
} from "@aws-sdk/client-lambda";
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type PolicyDocument, policyText, type Statement } from "../../access/document";
import { ADMINISTRATOR_ROLE } from "../../sandbox/world";
import type { Clients } from "../sandbox/clients";
import { type Address, documentOfGrant, grantOfDocument } from "./documents";

/** A document in an account. */
export interface DeployedDocument {
  readonly account: string;
  readonly address: Address;
  readonly document: PolicyDocument;
  /** Puts another document in its place; one without statements takes it away. */
  readonly put: (document: PolicyDocument) => Promise<void>;
}

/** Every document in an account, but for the administrator's role that each account has. */
export async function deployedDocuments(clients: Clients, account: string): Promise<DeployedDocument[]> {
  const found = await Promise.all([
    clients.in(IAMClient, account).then(roleDocuments),
    clients.in(IAMClient, account).then(boundaries),
    clients.in(S3Client, account).then(bucketDocuments),
    clients.in(LambdaClient, account).then(functionDocuments),
    clients.in(KMSClient, account).then((kms) => keyDocuments(kms, account)),
  ]);
  return found.flat().map((document) => ({ ...document, account }));
}

type Found = Omit<DeployedDocument, "account">;

async function roleDocuments(iam: IAMClient): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {}))
    for (const { RoleName = "", AssumeRolePolicyDocument = "" } of Roles)
      if (RoleName !== ADMINISTRATOR_ROLE)
        found.push(
          trust(iam, RoleName, parsed(decodeURIComponent(AssumeRolePolicyDocument))),
          ...(await inlinePolicies(iam, RoleName)),
          ...(await attachedPolicies(iam, RoleName)),
        );
  return found;
}

function trust(iam: IAMClient, RoleName: string, document: PolicyDocument): Found {
  return {
    address: `role/${RoleName}/trust`,
    document,
    put: async (changed) => {
      const PolicyDocument = policyText(changed.Statement.length === 0 ? TRUST_IN_NOBODY : changed);
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    },
  };
}

/** A trust policy cannot be absent, nor without a statement. */
const TRUST_IN_NOBODY: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:SetSourceIdentity" }],
};

async function inlinePolicies(iam: IAMClient, RoleName: string): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client: iam }, { RoleName }))
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      found.push({
        address: `role/${RoleName}/inline/${PolicyName}`,
        document: parsed(decodeURIComponent(PolicyDocument)),
        put: async (changed) => {
          if (changed.Statement.length === 0)
            await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
          else
            await iam.send(
              new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: policyText(changed) }),
            );
        },
      });
    }
  return found;
}

/** Policies that bound roles; no role has them attached. */
async function boundaries(iam: IAMClient): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Policies = [] } of paginateListPolicies({ client: iam }, { Scope: "Local" }))
    for (const { PolicyName = "", Arn: PolicyArn = "", AttachmentCount = 0 } of Policies)
      if (AttachmentCount === 0)
        found.push({
          address: `boundary/${PolicyName}`,
          document: await defaultVersion(iam, PolicyArn),
          put: (changed) =>
            putVersion(iam, PolicyArn, changed.Statement.length === 0 ? ALLOWS_NOTHING : changed),
        });
  return found;
}

/** A managed policy cannot be without a statement, and a Deny would be the reason of every refusal; everybody may do this. */
const ALLOWS_NOTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: "*" }],
};

async function defaultVersion(iam: IAMClient, PolicyArn: string): Promise<PolicyDocument> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
  );
  return parsed(decodeURIComponent(PolicyVersion?.Document ?? ""));
}

async function attachedPolicies(iam: IAMClient, RoleName: string): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies(
    { client: iam },
    { RoleName },
  ))
    for (const { PolicyName = "", PolicyArn = "" } of AttachedPolicies) {
      found.push({
        address: `role/${RoleName}/attached/${PolicyName}`,
        document: await defaultVersion(iam, PolicyArn),
        put: async (changed) => {
          if (changed.Statement.length === 0) {
            await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
            return;
          }
          await putVersion(iam, PolicyArn, changed);
          await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
        },
      });
    }
  return found;
}

/** Makes the document the policy's only version: there is room for five. */
async function putVersion(iam: IAMClient, PolicyArn: string, document: PolicyDocument): Promise<void> {
  const PolicyDocument = policyText(document);
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  for (const { VersionId, IsDefaultVersion } of Versions)
    if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
}

async function bucketDocuments(s3: S3Client): Promise<Found[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const found = await Promise.all(
    Buckets.map(async ({ Name: Bucket = "" }): Promise<Found | undefined> => {
      const text = await absent(
        s3.send(new GetBucketPolicyCommand({ Bucket })).then(({ Policy }) => Policy),
        "NoSuchBucketPolicy",
      );
      if (text === undefined) return undefined;
      const document = parsed(text);
      return {
        address: `bucket/${Bucket}`,
        document,
        put: async (changed) => {
          // S3 itself would refuse to open the bucket to everybody; it is the policy that is tried here.
          await s3.send(
            new PutPublicAccessBlockCommand({
              Bucket,
              PublicAccessBlockConfiguration: {
                BlockPublicAcls: true,
                IgnorePublicAcls: true,
                BlockPublicPolicy: changed === document,
                RestrictPublicBuckets: changed === document,
              },
            }),
          );
          if (changed.Statement.length === 0) await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
          else await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(changed) }));
        },
      };
    }),
  );
  return found.filter((document) => document !== undefined);
}

async function functionDocuments(lambda: LambdaClient): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {}))
    for (const { FunctionName = "" } of Functions) {
      const document = await functionPolicy(lambda, FunctionName);
      if (document !== undefined)
        found.push({
          address: `function/${FunctionName}`,
          document,
          put: (changed) => putFunctionPolicy(lambda, FunctionName, changed),
        });
    }
  return found;
}

async function functionPolicy(
  lambda: LambdaClient,
  FunctionName: string,
): Promise<PolicyDocument | undefined> {
  const text = await absent(
    lambda.send(new GetFunctionPolicyCommand({ FunctionName })).then(({ Policy }) => Policy),
    "ResourceNotFoundException",
  );
  return text === undefined ? undefined : parsed(text);
}

/** Lambda takes and gives statements one by one, in words of its own. */
async function putFunctionPolicy(
  lambda: LambdaClient,
  FunctionName: string,
  { Statement: wanted }: PolicyDocument,
): Promise<void> {
  const now = (await functionPolicy(lambda, FunctionName))?.Statement ?? [];
  for (const { Sid: StatementId } of now)
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId }));
  for (const statement of wanted)
    await lambda.send(new AddPermissionCommand({ FunctionName, ...permission(statement) }));
}

function permission(statement: Statement) {
  const { Sid: StatementId = "", Principal: principal, Action, Condition = {} } = statement;
  const whom = principal === "*" ? "*" : principal?.AWS;
  const { StringEquals: { "aws:PrincipalOrgID": PrincipalOrgID } = {}, ...others } = Condition;
  if (
    typeof whom !== "string" ||
    typeof Action !== "string" ||
    Array.isArray(PrincipalOrgID) ||
    Object.keys(others).length > 0
  )
    throw new Error(`AddPermission has no words for ${JSON.stringify(statement)}`);
  return {
    StatementId,
    Action,
    Principal: /^arn:[^:]+:iam::(\d{12}):root$/.exec(whom)?.[1] ?? whom,
    ...(typeof PrincipalOrgID === "string" ? { PrincipalOrgID } : {}),
  };
}

async function keyDocuments(kms: KMSClient, account: string): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Aliases = [] } of paginateListAliases({ client: kms }, {}))
    for (const { AliasName = "", TargetKeyId: KeyId } of Aliases)
      // Aliases of AWS's own keys have no target until they are used.
      if (KeyId !== undefined && !AliasName.startsWith("alias/aws/"))
        found.push(
          await keyPolicy(kms, account, AliasName, KeyId),
          ...(await keyGrants(kms, account, KeyId)),
        );
  return found;
}

async function keyPolicy(kms: KMSClient, account: string, alias: string, KeyId: string): Promise<Found> {
  const document = await policyOfKey(kms, KeyId);
  return {
    address: `key/${alias}`,
    document,
    put: (changed) =>
      putKeyPolicy(
        kms,
        KeyId,
        changed,
        ...(changed === document ? [] : [administratorMay(account, "kms:PutKeyPolicy")]),
      ),
  };
}

async function policyOfKey(kms: KMSClient, KeyId: string): Promise<PolicyDocument> {
  const { Policy = "" } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  return parsed(Policy);
}

async function putKeyPolicy(
  kms: KMSClient,
  KeyId: string,
  document: PolicyDocument,
  ...more: readonly Statement[]
): Promise<void> {
  const Policy = policyText({ ...document, Statement: [...document.Statement, ...more] });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
}

/** What a key's policy does not allow, nobody can do, not even its account's administrator. */
function administratorMay(account: string, action: string): Statement {
  return {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:role/${ADMINISTRATOR_ROLE}` },
    Action: action,
    Resource: "*",
  };
}

async function keyGrants(kms: KMSClient, account: string, KeyId: string): Promise<Found[]> {
  return (await grantsOf(kms, KeyId)).map(
    ({ Name = "", GranteePrincipal = "", Operations, Constraints }) => ({
      address: `grant/${Name}`,
      document: documentOfGrant({
        name: Name,
        granteePrincipal: GranteePrincipal,
        operations: Operations ?? [],
        encryptionContextSubset: Constraints?.EncryptionContextSubset ?? {},
      }),
      put: (changed) => putGrant(kms, account, KeyId, Name, changed),
    }),
  );
}

async function grantsOf(kms: KMSClient, KeyId: string): Promise<GrantListEntry[]> {
  const found: GrantListEntry[] = [];
  for await (const { Grants = [] } of paginateListGrants({ client: kms }, { KeyId })) found.push(...Grants);
  return found;
}

async function putGrant(
  kms: KMSClient,
  account: string,
  KeyId: string,
  name: string,
  changed: PolicyDocument,
): Promise<void> {
  for (const { Name, GrantId } of await grantsOf(kms, KeyId))
    if (Name === name) await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
  const grant = grantOfDocument(name, changed);
  if (grant === undefined) return;
  const { granteePrincipal, operations, encryptionContextSubset } = grant;
  const constrained = Object.keys(encryptionContextSubset).length > 0;
  const policy = await policyOfKey(kms, KeyId);
  // The key's policy lets nobody make grants of any other form.
  await putKeyPolicy(kms, KeyId, policy, administratorMay(account, "kms:CreateGrant"));
  try {
    await kms.send(
      new CreateGrantCommand({
        KeyId,
        Name: name,
        GranteePrincipal: granteePrincipal,
        Operations: operations as GrantOperation[],
        ...(constrained ? { Constraints: { EncryptionContextSubset: { ...encryptionContextSubset } } } : {}),
      }),
    );
  } finally {
    await putKeyPolicy(kms, KeyId, policy);
  }
}

/** The answer, or undefined where AWS says that the thing is not there. */
async function absent<T>(answer: Promise<T>, code: string): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === code) return undefined;
    throw error;
  }
}

function parsed(text: string): PolicyDocument {
  return JSON.parse(text) as PolicyDocument;
}
