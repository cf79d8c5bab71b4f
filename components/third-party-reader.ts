import { Workgroup } from "@pulumi/aws/athena/workgroup";
import { AccessKey } from "@pulumi/aws/iam/accessKey";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import type { User } from "@pulumi/aws/iam/user";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import { spokeBoundary } from "../access/names";
import type { SpokeRequest } from "../access/request";
import {
  ASSUME_READER,
  ATHENA_READER,
  ownsReaderWorkgroup,
  readerPermissions,
  readerTrust,
  readerUserPermissions,
  type ThirdPartyReader as ThirdPartyReaderNames,
} from "../access/third-party-reader";
import { boundedBy } from "./boundary";
import { attachPolicy, createUser } from "./policied-user";

export interface ThirdPartyReaderArgs {
  /** The spoke's request, which says what can be read. */
  readonly request: SpokeRequest;
  readonly environment: Environment;
  readonly reader: ThirdPartyReaderNames;
}

/** An access key as its owner has to be told it. */
export interface ReaderKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * A third party's reader of a spoke: its service-account user, the role that it assumes or a policy of its own, and a
 * workgroup where the request names one (R77-R94).
 *
 * @example
 * new ThirdPartyReader("sales-connecty", { request, environment, reader }, { provider: spoke });
 */
export class ThirdPartyReader extends pulumi.ComponentResource {
  /** The user's access key, a secret; undefined unless the request asks for one (R80, C13). */
  public readonly key: pulumi.Output<ReaderKey> | undefined;

  public constructor(name: string, args: ThirdPartyReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ThirdPartyReader", name, {}, opts);
    const { request, reader } = args;
    const child = { parent: this };
    const user = createUser(`${name}-user`, request, reader.user, child);
    createPermissions(name, args, user, child);
    createWorkgroup(name, args, child);
    const key = reader.accessKey ? new AccessKey(`${name}-key`, { user: user.name }, child) : undefined;
    this.key =
      key &&
      pulumi.secret(
        pulumi
          .all([key.id, key.secret])
          .apply(([accessKeyId, secretAccessKey]) => ({ accessKeyId, secretAccessKey })),
      );
    this.registerOutputs({ key: this.key });
  }
}

type Child = Readonly<{ parent: pulumi.ComponentResource }>;

/** The reader's permissions: of the role that its user assumes, or of the user itself (R91). */
function createPermissions(
  name: string,
  { request, environment, reader }: ThirdPartyReaderArgs,
  user: User,
  child: Child,
): void {
  const permissions = readerPermissions(request, environment, reader);
  const assume = readerUserPermissions(request, reader);
  if (reader.role === undefined || assume === undefined) {
    attachPolicy(
      name,
      {
        request,
        user,
        policy: reader.policy ?? reader.user,
        description: `What reader ${reader.name} may do on spoke ${request.spoke}`,
        document: permissions,
      },
      child,
    );
    return;
  }
  const role = new Role(
    `${name}-role`,
    {
      name: reader.role,
      description: `Reader ${reader.name} of spoke ${request.spoke}`,
      assumeRolePolicy: policyText(readerTrust(request, reader)),
      ...boundedBy(spokeBoundary(request)),
    },
    // IAM refuses a trust in a user that does not exist.
    { ...child, dependsOn: [user] },
  );
  new RolePolicy(
    `${name}-role-policy`,
    { name: ATHENA_READER, role: role.name, policy: policyText(permissions) },
    child,
  );
  new UserPolicy(
    `${name}-user-policy`,
    { name: ASSUME_READER, user: user.name, policy: policyText(assume) },
    child,
  );
}

/** A workgroup of the reader's own: its configuration is enforced, results are encrypted, a scan has a bound (C5). */
function createWorkgroup(name: string, { request, reader }: ThirdPartyReaderArgs, child: Child): void {
  if (!ownsReaderWorkgroup(reader)) return;
  new Workgroup(
    `${name}-workgroup`,
    {
      name: reader.workgroup,
      description: `Queries of reader ${reader.name} on spoke ${request.spoke}`,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: request.workgroup.bytesScannedCutoff,
        resultConfiguration: {
          outputLocation: reader.outputLocation,
          expectedBucketOwner: request.account,
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
      // The workgroup is this stack's own, and so is the query history in it.
      forceDestroy: true,
    },
    child,
  );
}
