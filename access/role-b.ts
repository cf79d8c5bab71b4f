/** Role B: the consumer account role in the spoke, under which Quick's queries run (R54-R60). */
import { arn, bucketArn, dataCatalogArn, rootArn } from "./arn";
import { type PolicyDocument, policyDocument, type Statement } from "./document";
import type { Environment } from "./environment";
import { decryptSpill } from "./key";
import { productCatalogs, productData, readProducts } from "./mesh/consumed";
import {
  catalogArnOf,
  catalogsOf,
  connectorArn,
  dataOf,
  dataSourceArnOf,
  GLUE_CATALOG,
  type Place,
  resultsPlace,
  roleAArn,
  workgroupArnOf,
} from "./names";
import type { GlueData } from "./glue-data";
import type { SpokeData, SpokeRequest } from "./request";
import { anyDataSource } from "./role-a";
import { splitS3Location } from "./written";

/**
 * Who may assume Role B: Role A, for this spoke's data source (R54, C3, C4).
 *
 * The principal is the hub's root, narrowed to Role A by condition: naming the role itself would turn into a dead id
 * when Role A is made anew, and would need Role A to exist first.
 */
export function roleBTrust(request: SpokeRequest, environment: Environment): PolicyDocument {
  const exact = environment.externalId === "exact";
  return policyDocument({
    Sid: "RoleAAssumesRoleB",
    Effect: "Allow",
    Principal: { AWS: rootArn(environment.region, environment.hub.account) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: { "aws:PrincipalArn": roleAArn(environment, request) },
      ...(exact
        ? { StringEquals: { "sts:ExternalId": dataSourceArnOf(request, environment) } }
        : { StringLike: { "sts:ExternalId": anyDataSource(environment) } }),
    },
  });
}

/** Athena actions that know no resource, so that a statement on an ARN would not grant them (C7). */
export const ATHENA_WITHOUT_RESOURCE = [
  "athena:GetCatalogs",
  "athena:GetExecutionEngine",
  "athena:GetExecutionEngines",
  "athena:GetNamespace",
  "athena:GetNamespaces",
  "athena:GetQueryExecutions",
  "athena:GetTable",
  "athena:GetTables",
  "athena:ListDataCatalogs",
  "athena:ListEngineVersions",
  "athena:ListWorkGroups",
  "athena:RunQuery",
] as const;

export const ATHENA_ON_WORKGROUP = [
  "athena:BatchGetQueryExecution",
  "athena:CancelQueryExecution",
  "athena:GetQueryExecution",
  "athena:GetQueryResults",
  "athena:GetQueryResultsStream",
  "athena:GetWorkGroup",
  "athena:ListQueryExecutions",
  "athena:StartQueryExecution",
  "athena:StopQueryExecution",
] as const;

export const ATHENA_ON_CATALOG = [
  "athena:GetDataCatalog",
  "athena:GetDatabase",
  "athena:GetTableMetadata",
  "athena:ListDatabases",
  "athena:ListTableMetadata",
] as const;

export const GLUE_READ = [
  "glue:BatchGetPartition",
  "glue:GetCatalog",
  "glue:GetCatalogs",
  "glue:GetDatabase",
  "glue:GetDatabases",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTable",
  "glue:GetTables",
] as const;

/**
 * What Role B may do: query in its workgroup, read the named databases, tables and prefixes, write results, and use the
 * connectors of the request (R56-R60, C6, C7, C8, C22, C23, C27).
 */
export function roleBPermissions(request: SpokeRequest, environment: Environment): PolicyDocument {
  return policyDocument(...queryStatements(request, environment, ATHENA_WITHOUT_RESOURCE));
}

/**
 * What a role needs to query as the request asks, whoever assumes it.
 *
 * @param inRegion the Athena actions without a resource type that this role gets
 */
export function queryStatements(
  request: SpokeRequest,
  environment: Environment,
  inRegion: readonly string[],
): (Statement | undefined)[] {
  const { region, account } = request;
  const catalogs = catalogsOf(request, environment);
  const connectors = catalogs.map(({ connector }) => connector);
  const data = dataOf(request);
  return [
    {
      Sid: "AthenaInRegion",
      Effect: "Allow",
      Action: inRegion,
      // AWS defines no resource type for these actions; the Region is the only bound there is.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "AthenaWorkgroup",
      Effect: "Allow",
      Action: ATHENA_ON_WORKGROUP,
      Resource: workgroupArnOf(request),
    },
    {
      Sid: "AthenaCatalogs",
      Effect: "Allow",
      Action: ATHENA_ON_CATALOG,
      Resource: [
        dataCatalogArn(region, account, GLUE_CATALOG),
        ...[...catalogs.map(({ catalog }) => catalog), ...productCatalogs(request, environment)].map(
          (catalog) => catalogArnOf(request, catalog),
        ),
      ],
    },
    data.length === 0
      ? undefined
      : {
          Sid: "GlueRead",
          Effect: "Allow",
          Action: GLUE_READ,
          Resource: [
            arn("glue", region, account, "catalog"),
            ...data.flatMap((entry) => glueArns(request, entry)),
          ],
        },
    {
      // Athena asks for the database `default` whatever the query names (C27).
      Sid: "GlueDefaultDatabase",
      Effect: "Allow",
      Action: "glue:GetDatabase",
      Resource: [arn("glue", region, account, "catalog"), arn("glue", region, account, "database/default")],
    },
    ...readProducts(request, environment),
    ...readData(region, [...data, ...productData(request, environment)]),
    ...writeResults(region, resultsPlace(request)),
    connectors.length === 0
      ? undefined
      : {
          Sid: "InvokeConnectors",
          Effect: "Allow",
          Action: "lambda:InvokeFunction",
          Resource: connectors.map(connectorArn),
        },
    ...readSpill(
      region,
      connectors.map(({ spill }) => spill),
    ),
    ...decryptSpill(region, connectors),
  ];
}

function glueArns({ region, account }: SpokeRequest, { database, tables }: SpokeData): string[] {
  return [
    arn("glue", region, account, `database/${database}`),
    ...(tables ?? ["*"]).map((table) => arn("glue", region, account, `table/${database}/${table}`)),
  ];
}

/** Reads below the prefixes and nothing else of the buckets (C6); whose bucket it is, the bucket's own policy says. */
function readData(region: string, data: readonly GlueData[]): Statement[] {
  const places = data.flatMap(({ prefixes }) => prefixes).map(splitS3Location);
  const buckets = [...new Set(places.map(({ bucket }) => bucket))];
  if (buckets.length === 0) return [];
  return [
    {
      Sid: "LocateDataBuckets",
      Effect: "Allow",
      Action: "s3:GetBucketLocation",
      Resource: buckets.map((bucket) => bucketArn(region, bucket)),
    },
    ...buckets.map((bucket, index): Statement => {
      const prefixes = places.filter((place) => place.bucket === bucket).map(({ prefix }) => `${prefix}*`);
      return {
        Sid: `ListData${index + 1}`,
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: bucketArn(region, bucket),
        Condition: { StringLike: { "s3:prefix": [...new Set(prefixes)] } },
      };
    }),
    {
      Sid: "ReadData",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [...new Set(places.map(({ bucket, prefix }) => bucketArn(region, bucket, `${prefix}*`)))],
    },
  ];
}

/**
 * Writes results, in a bucket of the spoke's account only: a name alone could be taken by a stranger (C22). Results that
 * Athena keeps are written and read by the right to the workgroup alone.
 */
function writeResults(region: string, place: Place | undefined): Statement[] {
  if (place === undefined) return [];
  const { account, bucket, prefix } = place;
  const ours = { StringEquals: { "aws:ResourceAccount": account } };
  return [
    {
      Sid: "ResultsBucket",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      Resource: bucketArn(region, bucket),
      Condition: ours,
    },
    {
      Sid: "ResultsObjects",
      Effect: "Allow",
      Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
      Resource: bucketArn(region, bucket, `${prefix}*`),
      Condition: ours,
    },
  ];
}

/** Reads what connectors spilled (R7, C8). */
export function readSpill(region: string, spills: readonly Place[]): Statement[] {
  if (spills.length === 0) return [];
  const owners = {
    StringEquals: { "aws:ResourceAccount": [...new Set(spills.map(({ account }) => account))] },
  };
  return [
    {
      Sid: "ListSpill",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: [...new Set(spills.map(({ bucket }) => bucketArn(region, bucket)))],
      Condition: owners,
    },
    {
      Sid: "ReadSpill",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: spills.map(({ bucket, prefix }) => bucketArn(region, bucket, `${prefix}*`)),
      Condition: owners,
    },
  ];
}
