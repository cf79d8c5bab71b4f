/** The last hop: what Role B may do in Athena, Glue and S3, with connectors, and what it may not (R56-R60, C6-C8, C22, C27). */
import { arn, bucketArn, dataCatalogArn, functionArn, roleArn, tableArn, workgroupArn } from "../arn";
import {
  catalogArnOf,
  catalogsOf,
  connectorArn,
  dataOf,
  GLUE_CATALOG,
  type Place,
  resultsBucketName,
  resultsPlace,
  roleBArn,
  roleBName,
  sampleDataBucketName,
  workgroupArnOf,
  workgroupNameOf,
} from "../names";
import type { SpokeRequest } from "../request";
import { splitS3Location } from "../written";
import { type Cast, keysOutside } from "./cast";
import {
  type Bound,
  type Check,
  type Circumstances,
  type Expectation,
  type Party,
  requests,
  type ResourcesPolicies,
  role,
  rowWriter,
  type Thing,
} from "./expectation";
import { invokeBound, spillBound } from "./producer";
import { anotherRegion } from "./role-a";
import { roleBThing } from "./role-b-trust";

/** Everything below is written from the requirements, not from the policies: it is what these are held to. */
const ATHENA_ANYWHERE = [
  "GetCatalogs",
  "GetExecutionEngine",
  "GetExecutionEngines",
  "GetNamespace",
  "GetNamespaces",
  "GetQueryExecutions",
  "GetTable",
  "GetTables",
  "ListDataCatalogs",
  "ListEngineVersions",
  "ListWorkGroups",
  "RunQuery",
].map((name) => `athena:${name}`);
const ATHENA_QUERIES = [
  "BatchGetQueryExecution",
  "CancelQueryExecution",
  "GetQueryExecution",
  "GetQueryResults",
  "GetQueryResultsStream",
  "GetWorkGroup",
  "ListQueryExecutions",
  "StartQueryExecution",
  "StopQueryExecution",
].map((name) => `athena:${name}`);
const ATHENA_METADATA = [
  "GetDataCatalog",
  "GetDatabase",
  "GetTableMetadata",
  "ListDatabases",
  "ListTableMetadata",
].map((name) => `athena:${name}`);
const GLUE_READS = [
  "BatchGetPartition",
  "GetCatalog",
  "GetCatalogs",
  "GetDatabase",
  "GetDatabases",
  "GetPartition",
  "GetPartitions",
  "GetTable",
  "GetTables",
].map((name) => `glue:${name}`);
const GLUE_READS_OF_TABLES = GLUE_READS.filter((name) => /Table|Partition/.test(name));
const GLUE_READS_OF_DATABASES = GLUE_READS.filter((name) => !/GetCatalog/.test(name));
const GLUE_WRITES = [
  "BatchCreatePartition",
  "BatchDeletePartition",
  "BatchDeleteTable",
  "CreatePartition",
  "CreateTable",
  "DeletePartition",
  "DeleteTable",
  "UpdatePartition",
  "UpdateTable",
].map((name) => `glue:${name}`);
const GLUE_DATABASE_WRITES = ["CreateDatabase", "DeleteDatabase", "UpdateDatabase"].map(
  (name) => `glue:${name}`,
);
const BUCKET_WRITES = [
  "DeleteBucket",
  "PutBucketPolicy",
  "DeleteBucketPolicy",
  "PutBucketAcl",
  "PutLifecycleConfiguration",
  "PutEncryptionConfiguration",
  "PutBucketPublicAccessBlock",
].map((name) => `s3:${name}`);

export function glueCatalogThing({ region, account }: SpokeRequest): Thing {
  return {
    kind: "glue catalog",
    arn: arn("glue", region, account, "catalog"),
    account,
    words: "the Glue catalog of the spoke",
    madeBy: "others",
  };
}

/** Buckets of data and results that were there before. */
export function existingBuckets(request: SpokeRequest): Thing[] {
  const { region, account } = request;
  const made = new Set([resultsBucketName(request), sampleDataBucketName(request)]);
  const buckets = new Set([...dataPlaces(request), resultsPlace(request)].map(({ bucket }) => bucket));
  return [...buckets]
    .filter((bucket) => !made.has(bucket))
    .map((bucket) => ({
      kind: "bucket",
      arn: bucketArn(region, bucket),
      account,
      words: `the bucket ${bucket}`,
      madeBy: "others",
    }));
}

function dataPlaces(request: SpokeRequest): Place[] {
  return dataOf(request).flatMap(({ prefixes }) =>
    prefixes.map((prefix) => ({ account: request.account, ...splitS3Location(prefix) })),
  );
}

export function roleBIdentity(cast: Cast, request: SpokeRequest): Expectation[] {
  const roleB = role("Role B", roleBArn(request, cast.environment));
  const { nothingElse } = rowWriter("role-b", ["R60", "R70"]);
  return [
    ...athena(cast, request, roleB),
    ...glue(cast, request, roleB),
    ...data(cast, request, roleB),
    ...results(cast, request, roleB),
    ...connectors(cast, request, roleB),
    ...nowhereElse(cast, request, roleB),
    nothingElse(roleBThing(request, cast)),
  ];
}

function athena(cast: Cast, request: SpokeRequest, roleB: Party): Expectation[] {
  const { region, neighbour, environment } = cast;
  const { account } = request;
  const { may, mayNot } = rowWriter("role-b/athena", ["R56"]);
  const ask = (actions: readonly string[], resources: readonly string[], more: Partial<Circumstances> = {}) =>
    requests(region, actions, resources, { resourceAccount: account, ...more });
  const there = (actions: readonly string[], resources: readonly string[]) =>
    ask(actions, resources, { resourceAccount: neighbour, policies: "open" });
  const workgroup = workgroupArnOf(request);
  const otherWorkgroups = ["primary", `${workgroupNameOf(request)}-other`].filter(
    (name) => name !== workgroupNameOf(request),
  );
  const catalogs = [
    dataCatalogArn(region, account, GLUE_CATALOG),
    ...catalogsOf(request, environment).map(({ catalog }) => catalogArnOf(request, catalog)),
  ];
  const elsewhere = anotherRegion(region);
  const inRegion = { "aws:requestedregion": [region] };
  return [
    may(
      "lists",
      roleB,
      "look around in Athena in the Region",
      ask(ATHENA_ANYWHERE, [], { bound: { identity: inRegion } }),
      ["C7", "R82"],
    ),
    mayNot(
      "lists-elsewhere",
      roleB,
      "look around in Athena in another Region",
      ask(ATHENA_ANYWHERE, [], { context: { "aws:RequestedRegion": elsewhere } }),
      ["C7", "C17"],
    ),
    may("queries", roleB, "run queries in its workgroup", ask(ATHENA_QUERIES, [workgroup]), ["R71"]),
    mayNot(
      "other-workgroups",
      roleB,
      "run queries in another workgroup",
      ask(
        ATHENA_QUERIES,
        otherWorkgroups.map((name) => workgroupArn(region, account, name)),
      ),
      ["C5"],
    ),
    mayNot("workgroup-elsewhere", roleB, "run queries in another Region or account", [
      ...ask(["athena:StartQueryExecution"], [workgroupArn(elsewhere, account, workgroupNameOf(request))], {
        context: { "aws:RequestedRegion": elsewhere },
      }),
      ...there(["athena:StartQueryExecution"], [workgroupArn(region, neighbour, workgroupNameOf(request))]),
    ]),
    mayNot(
      "workgroup-settings",
      roleB,
      "change its workgroup or its saved queries",
      ask(
        [
          "athena:CreateWorkGroup",
          "athena:UpdateWorkGroup",
          "athena:DeleteWorkGroup",
          "athena:CreateNamedQuery",
          "athena:CreatePreparedStatement",
        ],
        [workgroup],
      ),
      ["R71"],
    ),
    may("metadata", roleB, "read the metadata of its catalogs", ask(ATHENA_METADATA, catalogs)),
    mayNot("other-catalogs", roleB, "read the metadata of another catalog", [
      ...ask(ATHENA_METADATA, [dataCatalogArn(region, account, "another")]),
      ...there(["athena:GetTableMetadata"], [dataCatalogArn(region, neighbour, GLUE_CATALOG)]),
    ]),
    mayNot(
      "catalog-settings",
      roleB,
      "change catalogs",
      ask(["athena:CreateDataCatalog", "athena:UpdateDataCatalog", "athena:DeleteDataCatalog"], catalogs),
    ),
  ];
}

function glue(cast: Cast, request: SpokeRequest, roleB: Party): Expectation[] {
  const { region, neighbour } = cast;
  const { account } = request;
  const { may, mayNot } = rowWriter("role-b/glue", ["R57"]);
  const thing = glueCatalogThing(request);
  const at = (resource: string) => arn("glue", region, account, resource);
  const ask = (actions: readonly string[], resources: readonly string[], bound?: Partial<Bound>) =>
    requests(region, actions, resources, {
      resourceAccount: account,
      policies: { at: thing.arn },
      ...(bound === undefined ? {} : { bound }),
    });
  const entries = dataOf(request);
  const databases = new Set(entries.map(({ database }) => database));
  const otherDatabase = ["another", "another_one"].find((name) => !databases.has(name)) ?? "";
  const limited = entries.filter(
    ({ database, tables }) =>
      tables !== undefined &&
      entries.every((entry) => entry.database !== database || entry.tables !== undefined),
  );
  const rows: Expectation[] = [
    may(
      "default",
      roleB,
      "ask for the database `default`, as Athena always does",
      ask(["glue:GetDatabase"], [at("catalog"), at("database/default")]),
      ["C27"],
    ),
    ...(databases.has("default")
      ? []
      : [
          mayNot(
            "default-only-asked-for",
            roleB,
            "read what is in the database `default`",
            [
              ...ask(
                GLUE_READS_OF_DATABASES.filter((name) => name !== "glue:GetDatabase"),
                [at("database/default")],
              ),
              ...ask(GLUE_READS_OF_TABLES, [at("table/default/any")]),
            ],
            ["C27"],
          ),
        ]),
    mayNot(
      "other-databases",
      roleB,
      "read another database",
      [
        ...ask(GLUE_READS_OF_DATABASES, [at(`database/${otherDatabase}`)]),
        ...ask(GLUE_READS_OF_TABLES, [at(`table/${otherDatabase}/any`)]),
      ],
      ["R60"],
    ),
    mayNot(
      "other-accounts",
      roleB,
      "read another account's catalog, even one that lets it in",
      requests(
        region,
        GLUE_READS,
        [
          "catalog",
          `database/${otherDatabase}`,
          "database/default",
          ...[...databases].map((name) => `database/${name}`),
        ].map((name) => arn("glue", region, neighbour, name)),
        { resourceAccount: neighbour, policies: "open" },
      ),
    ),
    mayNot(
      "another-region",
      roleB,
      "read the catalog of another Region",
      requests(region, GLUE_READS, [arn("glue", anotherRegion(region), account, "catalog")], {
        resourceAccount: account,
        context: { "aws:RequestedRegion": anotherRegion(region) },
      }),
    ),
    mayNot(
      "writes",
      roleB,
      "change databases, tables or partitions",
      [
        ...ask(GLUE_DATABASE_WRITES, [
          at("database/default"),
          ...[...databases].map((name) => at(`database/${name}`)),
        ]),
        ...(entries.length === 0
          ? []
          : ask(
              GLUE_WRITES,
              entries.flatMap(({ database, tables }) =>
                (tables ?? ["any"]).map((table) => at(`table/${database}/${table}`)),
              ),
            )),
      ],
      ["C27"],
    ),
  ];
  if (entries.length === 0)
    rows.push(
      mayNot(
        "nothing",
        roleB,
        "read the catalog beside that",
        ask(
          GLUE_READS.filter((name) => name !== "glue:GetDatabase"),
          [at("catalog")],
        ),
      ),
    );
  else
    rows.push(
      may("reads", roleB, "read the databases and tables that the request names", [
        ...ask(GLUE_READS, [at("catalog")]),
        ...entries.flatMap(({ database, tables }) => [
          ...ask(GLUE_READS_OF_DATABASES, [at(`database/${database}`)]),
          ...(tables === undefined
            ? ask(GLUE_READS_OF_TABLES, [at(`table/${database}/any`)], {
                resources: [at(`table/${database}/*`)],
              })
            : ask(
                GLUE_READS_OF_TABLES,
                tables.map((table) => at(`table/${database}/${table}`)),
              )),
        ]),
      ]),
    );
  if (limited.length > 0)
    rows.push(
      mayNot(
        "other-tables",
        roleB,
        "read other tables of a database whose tables are named",
        limited.flatMap(({ database }) => ask(GLUE_READS_OF_TABLES, [at(`table/${database}/another_`)])),
        ["R60"],
      ),
    );
  return rows;
}

/** Whose policies speak for a bucket: its own. */
const own = (region: string, bucket: string): ResourcesPolicies => ({ at: bucketArn(region, bucket) });

function data(cast: Cast, request: SpokeRequest, roleB: Party): Expectation[] {
  const { region } = cast;
  const { account } = request;
  const places = dataPlaces(request);
  const resultsAt = resultsPlace(request);
  const { may, mayNot } = rowWriter("role-b/data", ["R58", "C6"]);
  const ask = (
    actions: readonly string[],
    { bucket }: Pick<Place, "bucket">,
    key: string | undefined,
    more: Partial<Circumstances> = {},
  ) =>
    requests(region, actions, [bucketArn(region, bucket, key)], {
      resourceAccount: account,
      policies: own(region, bucket),
      ...more,
    });
  const buckets = [...new Set(places.map(({ bucket }) => bucket))].map((bucket) => ({
    bucket,
    prefixes: [...places, ...(resultsAt.bucket === bucket ? [resultsAt] : [])]
      .filter((place) => place.bucket === bucket)
      .map(({ prefix }) => prefix),
  }));
  // Of a bucket that also takes results every name may be listed.
  const onlyData = buckets.filter(({ bucket }) => bucket !== resultsAt.bucket);
  const outside = (each: (typeof buckets)[number], actions: readonly string[]): Check[] =>
    keysOutside(each.prefixes).flatMap((key) => ask(actions, each, key));
  const otherBucket = "another-bucket-of-the-spoke";
  if (places.length === 0) return [];
  return [
    may(
      "locate",
      roleB,
      "ask where the data's buckets are",
      buckets.flatMap((each) => ask(["s3:GetBucketLocation"], each, undefined)),
    ),
    may(
      "list",
      roleB,
      "list the data's prefixes",
      places.flatMap((place) =>
        ask(["s3:ListBucket"], place, undefined, {
          context: { "s3:prefix": `${place.prefix}part` },
          ...(place.bucket === resultsAt.bucket
            ? {}
            : {
                bound: {
                  identity: {
                    "s3:prefix": places
                      .filter(({ bucket }) => bucket === place.bucket)
                      .map(({ prefix }) => `${prefix}*`),
                  },
                },
              }),
        }),
      ),
      ["R60"],
    ),
    may(
      "read",
      roleB,
      "read the data's objects",
      places.flatMap((place) =>
        ask(["s3:GetObject"], place, `${place.prefix}part-0`, {
          bound: { resources: [bucketArn(region, place.bucket, `${place.prefix}*`)] },
        }),
      ),
    ),
    ...(onlyData.length === 0
      ? []
      : [
          mayNot(
            "list-outside",
            roleB,
            "list the data's buckets without a prefix, or elsewhere",
            onlyData.flatMap((each) => [
              ...ask(["s3:ListBucket"], each, undefined),
              ...keysOutside(each.prefixes).flatMap((key) =>
                ask(["s3:ListBucket"], each, undefined, { context: { "s3:prefix": key } }),
              ),
            ]),
            ["R60"],
          ),
        ]),
    ...rowIfAny(
      buckets.flatMap((each) => outside(each, ["s3:GetObject"])),
      (checks) => mayNot("read-outside", roleB, "read other objects of the data's buckets", checks, ["R60"]),
    ),
    mayNot(
      "write",
      roleB,
      "write, delete or re-share data",
      places.flatMap((place) =>
        ask(
          ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"],
          place,
          `${place.prefix}part-0`,
        ),
      ),
      ["R94"],
    ),
    mayNot(
      "settings",
      roleB,
      "change the data's buckets",
      buckets.flatMap((each) => ask(BUCKET_WRITES, each, undefined)),
    ),
    mayNot(
      "other-buckets",
      roleB,
      "see another bucket of the spoke",
      [
        ...requests(region, ["s3:GetBucketLocation", "s3:ListBucket"], [bucketArn(region, otherBucket)], {
          resourceAccount: account,
          context: { "s3:prefix": places[0]?.prefix ?? "" },
        }),
        ...requests(
          region,
          ["s3:GetObject"],
          [bucketArn(region, otherBucket, `${places[0]?.prefix ?? ""}part-0`)],
          { resourceAccount: account },
        ),
      ],
      ["R60"],
    ),
  ];
}

function rowIfAny(checks: readonly Check[], row: (checks: readonly Check[]) => Expectation): Expectation[] {
  return checks.length === 0 ? [] : [row(checks)];
}

function results(cast: Cast, request: SpokeRequest, roleB: Party): Expectation[] {
  const { region, stranger } = cast;
  const place = resultsPlace(request);
  const { may, mayNot } = rowWriter("role-b/results", ["R58", "R93"]);
  const BUCKET = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];
  const OBJECTS = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"];
  const bucket = bucketArn(region, place.bucket);
  const object = bucketArn(region, place.bucket, `${place.prefix}result.csv`);
  const identity = { "aws:resourceaccount": [place.account] };
  const here = { resourceAccount: place.account, policies: own(region, place.bucket) };
  const taken = { resourceAccount: stranger, policies: "open" } as const;
  const otherData = dataPlaces(request)
    .filter((each) => each.bucket === place.bucket)
    .map(({ prefix }) => prefix);
  return [
    may(
      "bucket",
      roleB,
      "use the bucket of its results",
      requests(region, BUCKET, [bucket], { ...here, bound: { identity } }),
    ),
    may(
      "objects",
      roleB,
      "write and read its results",
      requests(region, OBJECTS, [object], {
        ...here,
        bound: { identity, resources: [bucketArn(region, place.bucket, `${place.prefix}*`)] },
      }),
    ),
    mayNot(
      "stranger",
      roleB,
      "write results into a stranger's bucket that took the name",
      // Of a bucket that also holds data, anybody's may be located: it tells nothing.
      [
        ...requests(region, otherData.length === 0 ? BUCKET : BUCKET.slice(1), [bucket], taken),
        ...requests(region, OBJECTS, [object], taken),
      ],
      ["C22"],
    ),
    mayNot(
      "another-bucket",
      roleB,
      "write results into any other bucket named like one for results",
      requests(
        region,
        OBJECTS,
        [bucketArn(region, "aws-athena-query-results-proof", `${place.prefix}result.csv`)],
        taken,
      ),
      ["C22"],
    ),
    ...rowIfAny(
      keysOutside([place.prefix, ...otherData]).flatMap((key) =>
        requests(region, OBJECTS, [bucketArn(region, place.bucket, key)], here),
      ),
      (checks) => mayNot("outside", roleB, "write beside its results", checks, ["C6"]),
    ),
    mayNot("delete", roleB, "delete results or change their bucket", [
      ...requests(region, ["s3:DeleteObject", "s3:PutObjectAcl"], [object], here),
      ...requests(region, BUCKET_WRITES, [bucket], here),
    ]),
    mayNot("another-bucket-of-the-spoke", roleB, "write results into another bucket of the spoke", [
      ...requests(region, BUCKET, [bucketArn(region, "another-results-bucket")], {
        resourceAccount: place.account,
      }),
      ...requests(
        region,
        OBJECTS,
        [bucketArn(region, "another-results-bucket", `${place.prefix}result.csv`)],
        { resourceAccount: place.account },
      ),
    ]),
  ];
}

function connectors(cast: Cast, request: SpokeRequest, roleB: Party): Expectation[] {
  const { region, environment, stranger, neighbour } = cast;
  const catalogs = catalogsOf(request, environment);
  const used = catalogs.map(({ connector }) => connector);
  const reader = { account: request.account, roleB: roleBName(request, environment) };
  const { may, mayNot } = rowWriter("role-b/connectors", ["R10", "C8"]);
  const noInvoke = mayNot("other-functions", roleB, "invoke other functions, even where it is let in", [
    ...[...new Set([request.account, neighbour, ...used.map(({ account }) => account)])].flatMap((account) =>
      requests(
        region,
        ["lambda:InvokeFunction"],
        [
          functionArn(region, account, "another"),
          ...used
            .filter((connector) => connector.account !== account)
            .map(({ name }) => functionArn(region, account, name)),
        ].filter((each) => !used.some((connector) => connectorArn(connector) === each)),
        { resourceAccount: account, policies: "open" },
      ),
    ),
  ]);
  if (used.length === 0) return [noInvoke];
  const spills = used.map(({ spill }) => spill);
  const owners = [...new Set(spills.map(({ account }) => account))];
  const identity = { "aws:resourceaccount": owners };
  const block = ({ bucket, prefix }: Place) => bucketArn(region, bucket, `${prefix}block`);
  // The spoke's own spill bucket grants nothing; a producer's does.
  const granted = new Map(
    catalogs.map(({ connector, requested }) => [
      connector.spill.bucket,
      "from" in requested ? spillBound(environment, requested.from, reader, request) : {},
    ]),
  );
  const ask = (actions: readonly string[], place: Place, resource: string, bound: Partial<Bound>) =>
    requests(region, actions, [resource], {
      resourceAccount: place.account,
      policies: own(region, place.bucket),
      bound: { ...granted.get(place.bucket), ...bound },
    });
  return [
    may(
      "invoke",
      roleB,
      "invoke the connectors of the request",
      used.flatMap((connector) =>
        requests(region, ["lambda:InvokeFunction"], [connectorArn(connector)], {
          resourceAccount: connector.account,
          policies: { at: connectorArn(connector) },
          bound: invokeBound(environment, reader),
        }),
      ),
    ),
    noInvoke,
    mayNot(
      "manage",
      roleB,
      "change or look into the connectors' functions",
      used.flatMap((connector) =>
        requests(
          region,
          [
            "lambda:AddPermission",
            "lambda:GetFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
          ],
          [connectorArn(connector)],
          { resourceAccount: connector.account, policies: "open" },
        ),
      ),
    ),
    may(
      "list-spill",
      roleB,
      "list the buckets that they spill to",
      spills.flatMap((place) => ask(["s3:ListBucket"], place, bucketArn(region, place.bucket), { identity })),
      ["R12"],
    ),
    may(
      "read-spill",
      roleB,
      "read what they spilled",
      spills.flatMap((place) =>
        ask(["s3:GetObject"], place, block(place), {
          identity,
          resources: [bucketArn(region, place.bucket, `${place.prefix}*`)],
        }),
      ),
      ["R7", "R12"],
    ),
    mayNot(
      "write-spill",
      roleB,
      "write or delete spilled blocks, even where it is let in",
      spills.flatMap((place) =>
        requests(region, ["s3:PutObject", "s3:DeleteObject"], [block(place)], {
          resourceAccount: place.account,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "other-spill",
      roleB,
      "read what other connectors spill, even where it is let in",
      spills.flatMap((place) =>
        keysOutside(
          used.filter(({ spill }) => spill.bucket === place.bucket).map(({ spill }) => spill.prefix),
        ).flatMap((key) =>
          requests(
            region,
            ["s3:GetObject"],
            [bucketArn(region, place.bucket, `athena-spill/${key}`), bucketArn(region, place.bucket, key)],
            { resourceAccount: place.account, policies: "open" },
          ),
        ),
      ),
    ),
    mayNot(
      "stranger",
      roleB,
      "read from a stranger's bucket that took the spill bucket's name",
      spills.flatMap((place) =>
        requests(region, ["s3:GetObject", "s3:ListBucket"], [block(place), bucketArn(region, place.bucket)], {
          resourceAccount: stranger,
          policies: "open",
        }),
      ),
      ["C22"],
    ),
    mayNot(
      "other-buckets",
      roleB,
      "read other buckets of the producers, even ones that let it in",
      owners.flatMap((account) =>
        requests(
          region,
          ["s3:GetObject", "s3:ListBucket"],
          [bucketArn(region, "another-bucket"), bucketArn(region, "another-bucket", spills[0]?.prefix ?? "")],
          { resourceAccount: account, policies: "open" },
        ),
      ),
    ),
    mayNot(
      "tables",
      roleB,
      "read the connectors' tables past the connector, even ones that let it in",
      owners.flatMap((account) =>
        requests(
          region,
          ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"],
          [tableArn(region, account, "Music")],
          { resourceAccount: account, policies: "open" },
        ),
      ),
    ),
  ];
}

function nowhereElse(cast: Cast, request: SpokeRequest, roleB: Party): Expectation[] {
  const { region, environment, neighbour } = cast;
  const { account } = request;
  const { mayNot } = rowWriter("role-b/no-way-on", ["R60"]);
  const key = "key/11111111-2222-3333-4444-555555555555";
  return [
    mayNot(
      "roles",
      roleB,
      "become another role, even one that lets it in",
      requests(
        region,
        ["sts:AssumeRole", "sts:TagSession"],
        [
          roleArn(region, account, "Administrator"),
          ...[neighbour, environment.hub.account].map((each) => roleArn(region, each, "Administrator")),
        ].slice(0, 1),
        { resourceAccount: account, policies: "open" },
      ).concat(
        [neighbour, environment.hub.account].flatMap((each) =>
          requests(region, ["sts:AssumeRole"], [roleArn(region, each, "Administrator")], {
            resourceAccount: each,
            policies: "open",
          }),
        ),
      ),
    ),
    mayNot(
      "iam",
      roleB,
      "change or hand on roles",
      requests(
        region,
        [
          "iam:PassRole",
          "iam:CreateRole",
          "iam:PutRolePolicy",
          "iam:AttachRolePolicy",
          "iam:UpdateAssumeRolePolicy",
          "iam:CreateAccessKey",
        ],
        [
          roleBArn(request, environment),
          arn("iam", region, account, "").replace(`:${region}:`, "::") + "user/any",
        ],
        { resourceAccount: account },
      ),
    ),
    mayNot(
      "keys",
      roleB,
      "decrypt with keys that the request does not name, even ones that let it in",
      [account, neighbour].flatMap((each) =>
        requests(region, ["kms:Decrypt", "kms:GenerateDataKey"], [arn("kms", region, each, key)], {
          resourceAccount: each,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "tables",
      roleB,
      "read or write DynamoDB itself",
      requests(
        region,
        ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:DeleteTable"],
        [tableArn(region, account, "any")],
        { resourceAccount: account, policies: "open" },
      ),
    ),
    mayNot(
      "logs",
      roleB,
      "write logs",
      requests(
        region,
        ["logs:PutLogEvents"],
        [arn("logs", region, account, "log-group:any:log-stream:any")],
        { resourceAccount: account },
      ),
    ),
  ];
}
