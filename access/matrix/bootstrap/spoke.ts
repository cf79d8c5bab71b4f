/** The role of a spoke's account: the spoke's own stack. */
import { arn, bucketArn, functionArn, roleArn, tableArn } from "../../arn";
import { connectorRepositoryArn } from "../../connector";
import {
  analystName,
  catalogsOf,
  connectorRoleName,
  dataOf,
  makesResultsBucket,
  ownSpillBucketName,
  ownSpillKeyAlias,
  ownsWorkgroup,
  resultsBucketName,
  resultsBuckets,
  roleBName,
  SAMPLE_TABLE,
  sampleDatabaseName,
  sampleDataBucketName,
  workgroupNameOf,
} from "../../names";
import type { SpokeRequest } from "../../request";
import { splitS3Location } from "../../written";
import { type Cast } from "../cast";
import { type Expectation, requests, rowWriter } from "../expectation";
import { type Duty, dutiesOf, exactly, type Holder, like } from "./duty";
import { queryingNames } from "./producer";
import {
  fetchingImage,
  findingTables,
  inRegion,
  makingBuckets,
  makingCatalogs,
  makingFunctions,
  makingKeys,
  makingRoles,
  makingSampleTable,
  passing,
  readingBoundary,
} from "./shared";

/** What stacks of spokes make and look at in an account, as patterns of names. */
export interface Spoken {
  readonly querying: readonly string[];
  readonly analysts: readonly string[];
  readonly connectors: readonly string[];
  readonly tables: readonly string[];
  /** Buckets that are made, for sample data or not. */
  readonly buckets: readonly string[];
  /** The bucket for results, made or not; none when Athena keeps them. */
  readonly results: readonly string[];
  readonly spill: string;
  readonly aliases: readonly string[];
  readonly workgroups: readonly string[];
  /** Workgroups that queries run in. */
  readonly queried: readonly string[];
  readonly catalogs: readonly string[];
  readonly databases: readonly string[];
  readonly dataBuckets: readonly string[];
  readonly sample: { readonly database: string; readonly bucket: string } | undefined;
  readonly sampleTable: boolean;
}

/** What one request makes. */
export function spokenIn({ environment }: Cast, request: SpokeRequest): Spoken {
  const deployed = catalogsOf(request, environment).flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, deploy: requested.deploy }] : [],
  );
  const analyst = analystName(request, environment);
  const analysts = analyst === undefined ? [] : [analyst];
  const data = dataOf(request);
  const spill = ownSpillBucketName(request);
  const alias = ownSpillKeyAlias(request);
  return {
    querying: [roleBName(request, environment), ...analysts],
    analysts,
    connectors: deployed.map(({ connector }) => connector.name),
    tables: deployed.flatMap(({ deploy }) => deploy.tables),
    buckets: [
      ...(makesResultsBucket(request) ? [resultsBucketName(request)] : []),
      ...(deployed.length === 0 ? [] : [spill]),
      ...(request.sampleData ? [sampleDataBucketName(request)] : []),
    ],
    results: resultsBuckets(request),
    spill,
    aliases: alias === undefined ? [] : [alias],
    workgroups: ownsWorkgroup(request) ? [workgroupNameOf(request)] : [],
    queried: [workgroupNameOf(request)],
    catalogs: catalogsOf(request, environment).map(({ catalog }) => catalog),
    databases: data.map(({ database }) => database),
    dataBuckets: [
      ...new Set(data.flatMap(({ prefixes }) => prefixes.map((prefix) => splitS3Location(prefix).bucket))),
    ],
    sample: request.sampleData
      ? { database: sampleDatabaseName(request), bucket: sampleDataBucketName(request) }
      : undefined,
    sampleTable: deployed.some(({ deploy }) => deploy.sampleData),
  };
}

/** What requests with default names make, whichever come. */
export function spokenByDefault(cast: Cast, account: string): Spoken {
  const { environment } = cast;
  const { name } = environment;
  const bucket = (what: string) => `${name}-*-athena-${what}-${account}`;
  return {
    querying: queryingNames(cast),
    analysts: queryingNames(cast).filter((each) => each.startsWith("analyst")),
    connectors: ["*dynamodb"],
    tables: ["*"],
    buckets: [bucket("results"), bucket("spill")],
    results: [bucket("results")],
    spill: bucket("spill"),
    aliases: [`alias/${name}-*-athena-spill`],
    workgroups: [`${name}-*`],
    queried: [`${name}-*`, "primary"],
    catalogs: [
      ...Object.values(environment.producers).flatMap(({ connectors }) => Object.keys(connectors)),
      "*dynamodb",
    ],
    databases: ["*"],
    dataBuckets: ["*"],
    sample: undefined,
    sampleTable: false,
  };
}

export function spokeDeployer(holder: Holder, boundary: string, spoken: Spoken): Expectation[] {
  const { cast, account, party, id } = holder;
  const { region } = cast;
  const ours = { "aws:resourceaccount": [account] };
  const { mayNot } = rowWriter(`${id}/data`, ["R70"]);
  const workgroups = (names: readonly string[]) =>
    like(names.map((name) => arn("athena", region, account, `workgroup/${name}`)));
  const existing = [...new Set([...spoken.results, ...spoken.dataBuckets])].filter(
    (bucket) => !spoken.buckets.includes(bucket),
  );
  const shared = spoken.queried.filter((name) => !spoken.workgroups.includes(name));
  const duties: Duty[] = [
    ...makingRoles(holder, [...spoken.querying, ...roleNames(spoken)], boundary),
    readingBoundary(boundary),
    ...(spoken.connectors.length === 0
      ? []
      : [
          passing(holder, roleNames(spoken), "lambda.amazonaws.com"),
          ...makingFunctions(holder, spoken.connectors),
          fetchingImage(connectorRepositoryArn(region)),
          findingTables(spoken.tables.map((table) => tableArn(region, account, table))),
        ]),
    ...(spoken.buckets.length === 0 ? [] : makingBuckets(holder, spoken.buckets)),
    ...(spoken.workgroups.length === 0
      ? []
      : [
          {
            id: "workgroups/make",
            words: "make its workgroup, and take it away",
            needs: [
              "athena:CreateWorkGroup",
              "athena:DeleteWorkGroup",
              "athena:GetWorkGroup",
              "athena:ListTagsForResource",
              "athena:TagResource",
              "athena:UntagResource",
              "athena:UpdateWorkGroup",
            ],
            on: workgroups(spoken.workgroups),
          },
        ]),
    ...(shared.length === 0
      ? []
      : [
          {
            id: "workgroups/find",
            words: "see that a workgroup is there",
            needs: ["athena:GetWorkGroup"],
            on: workgroups(shared),
          },
        ]),
    ...(spoken.catalogs.length === 0 ? [] : [makingCatalogs(holder, spoken.catalogs)]),
    ...(spoken.results.every((bucket) => spoken.buckets.includes(bucket))
      ? []
      : [
          {
            id: "results/find",
            words: "see that the place for results is there",
            needs: ["s3:ListBucket"],
            on: exactly(spoken.results.map((bucket) => bucketArn(region, bucket))),
            bound: ours,
          },
        ]),
    ...(existing.length === 0
      ? []
      : [
          {
            id: "buckets/policies",
            words: "look at the policies of buckets that were there",
            needs: ["s3:GetBucketPolicy"],
            on: like(existing.map((bucket) => bucketArn(region, bucket))),
            bound: ours,
          },
        ]),
    ...(spoken.databases.length === 0 ? [] : [findingData(holder, spoken.databases)]),
    {
      id: "glue/policy",
      words: "look at the policy of the Glue catalog",
      needs: ["glue:GetResourcePolicy"],
      on: exactly([arn("glue", region, account, "catalog")]),
    },
    {
      id: "trail",
      words: "look at CloudTrail's event history in the Region",
      needs: ["cloudtrail:LookupEvents"],
      on: {},
      bound: inRegion(holder),
    },
    {
      id: "workgroups/history",
      words: "look at the history of queries",
      needs: ["athena:BatchGetQueryExecution", "athena:ListQueryExecutions"],
      on: workgroups(spoken.queried),
    },
    {
      id: "organization",
      words: "see which organization the account is in",
      needs: ["organizations:DescribeOrganization"],
      on: {},
    },
    ...(spoken.analysts.length === 0
      ? []
      : [
          {
            id: "analyst",
            words: "verify as the analyst",
            needs: ["sts:AssumeRole"],
            on: like(spoken.analysts.map((name) => roleArn(region, account, name))),
          },
        ]),
    ...(spoken.aliases.length === 0 ? [] : makingKeys(holder, spoken.aliases)),
    ...sampleData(holder, spoken),
    ...(spoken.sampleTable ? [makingSampleTable(tableArn(region, account, SAMPLE_TABLE))] : []),
  ];
  return [
    ...dutiesOf(holder, duties),
    mayNot("query", party, "query by itself, or invoke connectors", [
      ...requests(
        region,
        ["athena:StartQueryExecution", "athena:GetQueryResults"],
        [...Object.keys(workgroups(spoken.queried)), arn("athena", region, account, "workgroup/another")],
        { resourceAccount: account },
      ),
      ...requests(
        region,
        ["lambda:InvokeFunction", "lambda:AddPermission"],
        ["any", ...spoken.connectors].map((name) => functionArn(region, account, name.replace("*", "my"))),
        { resourceAccount: account },
      ),
    ]),
    mayNot(
      "objects",
      party,
      "read data, results or what was spilled",
      requests(
        region,
        ["s3:GetObject"],
        [...spoken.results, spoken.spill, ...existing]
          .filter((bucket) => bucket !== spoken.sample?.bucket)
          .map((bucket) => bucketArn(region, bucket.replaceAll("*", "proof"), "any/object")),
        { resourceAccount: account },
      ),
    ),
    mayNot(
      "role-b",
      party,
      "become Role B",
      requests(
        region,
        ["sts:AssumeRole"],
        spoken.querying
          .filter((name) => !spoken.analysts.includes(name))
          .map((name) => roleArn(region, account, name.replaceAll("*", "proof"))),
        { resourceAccount: account, policies: "open" },
      ),
    ),
    ...(spoken.buckets.length === 0
      ? []
      : [
          mayNot(
            "stranger",
            party,
            "use a stranger's bucket that took the name of one of its",
            requests(
              region,
              ["s3:PutBucketPolicy", "s3:DeleteBucket", "s3:DeleteObject"],
              spoken.buckets.flatMap((bucket) => [
                bucketArn(region, bucket.replaceAll("*", "proof")),
                bucketArn(region, bucket.replaceAll("*", "proof"), "any"),
              ]),
              { resourceAccount: cast.stranger, policies: "open" },
            ),
            ["C22"],
          ),
        ]),
  ];
}

/** Names of the roles of connectors that the spoke deploys. */
export function roleNames({ connectors }: Spoken): string[] {
  return connectors.map((name) => connectorRoleName({ name }));
}

function findingData({ cast, account }: Holder, databases: readonly string[]): Duty {
  const at = (resource: string) => arn("glue", cast.region, account, resource);
  return {
    id: "glue/find",
    words: "see that the databases and tables are there",
    needs: ["glue:GetDatabase", "glue:GetTables"],
    on: like([
      at("catalog"),
      ...databases.flatMap((name) => [at(`database/${name}`), at(`table/${name}/*`)]),
    ]),
  };
}

function sampleData({ cast, account }: Holder, { sample }: Spoken): Duty[] {
  if (sample === undefined) return [];
  const at = (resource: string) => arn("glue", cast.region, account, resource);
  return [
    {
      id: "sample/database",
      words: "make the database of sample data with its table",
      needs: [
        "glue:CreateDatabase",
        "glue:CreateTable",
        "glue:DeleteDatabase",
        "glue:DeleteTable",
        "glue:GetPartitionIndexes",
        "glue:GetTable",
        "glue:GetTags",
        "glue:TagResource",
        "glue:UntagResource",
        "glue:UpdateDatabase",
        "glue:UpdateTable",
      ],
      on: like([
        at("catalog"),
        at(`database/${sample.database}`),
        at(`table/${sample.database}/*`),
        at(`userDefinedFunction/${sample.database}/*`),
      ]),
    },
    {
      id: "sample/objects",
      words: "put the sample data there",
      needs: ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
      on: like([bucketArn(cast.region, sample.bucket, "*")]),
      bound: { "aws:resourceaccount": [account] },
    },
  ];
}
