/** The resource types this provider serves, by token. */
import { dataCatalog } from "./resources/athena-data-catalog";
import { workgroup } from "./resources/athena-workgroup";
import { eventRule } from "./resources/cloudwatch-event-rule";
import { eventTarget } from "./resources/cloudwatch-event-target";
import { logGroup } from "./resources/cloudwatch-log-group";
import { metricAlarm } from "./resources/cloudwatch-metric-alarm";
import { table } from "./resources/dynamodb-table";
import { tableItem } from "./resources/dynamodb-table-item";
import { catalogDatabase } from "./resources/glue-catalog-database";
import { catalogTable } from "./resources/glue-catalog-table";
import { glueResourcePolicy } from "./resources/glue-resource-policy";
import { accessKey } from "./resources/iam-access-key";
import { policy } from "./resources/iam-policy";
import { role } from "./resources/iam-role";
import { rolePolicy } from "./resources/iam-role-policy";
import { rolePolicyAttachment } from "./resources/iam-role-policy-attachment";
import { user } from "./resources/iam-user";
import { userPolicy } from "./resources/iam-user-policy";
import { userPolicyAttachment } from "./resources/iam-user-policy-attachment";
import { kmsAlias } from "./resources/kms-alias";
import { kmsGrant } from "./resources/kms-grant";
import { kmsKey } from "./resources/kms-key";
import { lakeFormationOptIn } from "./resources/lakeformation-opt-in";
import { lakeFormationPermissions } from "./resources/lakeformation-permissions";
import { lakeFormationResource } from "./resources/lakeformation-resource";
import { lambdaFunction } from "./resources/lambda-function";
import { permission } from "./resources/lambda-permission";
import { bucket } from "./resources/s3-bucket";
import { bucketLifecycleConfiguration } from "./resources/s3-bucket-lifecycle-configuration";
import { bucketObject } from "./resources/s3-bucket-object";
import { bucketOwnershipControls } from "./resources/s3-bucket-ownership-controls";
import { bucketPolicy } from "./resources/s3-bucket-policy";
import { bucketPublicAccessBlock } from "./resources/s3-bucket-public-access-block";
import { bucketServerSideEncryptionConfiguration } from "./resources/s3-bucket-server-side-encryption-configuration";
import { bucketVersioning } from "./resources/s3-bucket-versioning";
import { serverlessStack } from "./resources/serverlessrepository-cloudformation-stack";
import { topic } from "./resources/sns-topic";
import { topicPolicy } from "./resources/sns-topic-policy";
import type { ResourceType } from "./resource-type";

export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
  [
    dataCatalog,
    workgroup,
    eventRule,
    eventTarget,
    logGroup,
    metricAlarm,
    table,
    tableItem,
    catalogDatabase,
    catalogTable,
    glueResourcePolicy,
    accessKey,
    policy,
    role,
    rolePolicy,
    rolePolicyAttachment,
    user,
    userPolicy,
    userPolicyAttachment,
    kmsAlias,
    kmsGrant,
    kmsKey,
    lakeFormationOptIn,
    lakeFormationPermissions,
    lakeFormationResource,
    lambdaFunction,
    permission,
    bucket,
    bucketLifecycleConfiguration,
    bucketObject,
    bucketOwnershipControls,
    bucketPolicy,
    bucketPublicAccessBlock,
    bucketServerSideEncryptionConfiguration,
    bucketVersioning,
    serverlessStack,
    topic,
    topicPolicy,
  ].map((type) => [type.token, type]),
);
