/**
 * A reader outside of Quick: a third party's tool that queries a spoke's Athena with a service account (R77-R94). What a
 * person writes, its names, and its documents.
 */
import { z } from "zod";
import {
  arn,
  bucketArn,
  dataCatalogArn,
  policyArn,
  roleArn,
  type RoleOrUser,
  userArn,
  workgroupArn,
} from "./arn";
import { type PolicyDocument, policyDocument, policyText, type Statement } from "./document";
import type { Environment } from "./environment";
import type { Fault } from "./faults";
import { decryptSpill } from "./key";
import { levelsOf } from "./level";
import { limits } from "./limits";
import {
  catalogArnOf,
  catalogsOf,
  connectorArn,
  dataOf,
  GLUE_CATALOG,
  isKnownReader,
  knownReaders,
  makesResultsBucket,
  nameOf,
  outputLocationOf,
  producersOf,
  resultsBucketName,
  type SpokeCatalog,
  workgroupNameOf,
} from "./names";
import type { SpokeData, SpokeRequest } from "./request";
import { readSpill } from "./role-b";
import {
  catalogName,
  choice,
  externalId,
  flag,
  named,
  readerName,
  roleName,
  s3Location,
  section,
  splitS3Location,
  userName,
  workgroupName,
} from "./written";

/** Name of the inline policy with which the user assumes the role. */
export const ASSUME_READER = "AssumeReader";
/** Name of the role's inline policy. */
export const ATHENA_READER = "AthenaReader";
/** Athena's own workgroup, which the documents take where none is named (R94). */
const PRIMARY = "primary";

/** The readers of a spoke, by a name of the request's. */
export const readersWritten = named(
  "readers",
  readerName,
  section("a reader", {
    /** Name of the service-account user (R77). Default `<environment>-<spoke>-<reader>`. */
    user: userName.optional(),
    /** Name of the role that it assumes (R79). Default as the user's. */
    role: roleName.optional(),
    /**
     * Catalogs of the request's connectors that it may query beside AwsDataCatalog (R83, R92): of connectors of the spoke's
     * own, or of a producer's, which lets it in as it does Role B. Default: those of the spoke's own connectors.
     */
    catalogs: z.array(catalogName).optional(),
    /** Whose the permissions are (R91). On the user there is no role. */
    permissionsOn: choice("holder of permissions", ["role", "user"]).default("role"),
    /** What the role asks for as external id, where the third party sends one (R81). Default: none. */
    externalId: externalId.optional(),
    /** Default `primary` (R94). Any other is made for the reader (C5). */
    workgroup: workgroupName.default(PRIMARY),
    /** Where its results go (R79, R93). Default: below `readers/<reader>/` in the bucket made for the spoke's results. */
    outputLocation: s3Location.optional(),
    /** Makes an access key for the user; the stack's outputs have it as a secret (R80, C13). Default false. */
    accessKey: flag("accessKey").default(false),
  }),
);

type Written = z.output<typeof readersWritten>[string];

/** A reader with all its names. */
export interface ThirdPartyReader {
  readonly name: string;
  readonly user: string;
  /** Undefined when the permissions are the user's own (R91). */
  readonly role: string | undefined;
  /** Name of the managed policy that is the user's, when there is no role: inline, IAM has no room for it on users. */
  readonly policy: string | undefined;
  readonly externalId: string | undefined;
  /** Undefined for those of the spoke's own connectors. */
  readonly catalogs: readonly string[] | undefined;
  readonly workgroup: string;
  /** `s3://bucket/prefix/`. */
  readonly outputLocation: string;
  readonly accessKey: boolean;
}

/** What a spoke's readers are built of. */
type Reading = SpokeRequest;

export function readersOf(request: Reading): ThirdPartyReader[] {
  return Object.entries(request.readers).map(([name, written]) => readerOf(request, name, written));
}

function readerOf(request: Reading, name: string, written: Written): ThirdPartyReader {
  const own = `${request.environment}-${request.spoke}-${name}`;
  const onUser = written.permissionsOn === "user";
  return {
    name,
    user: written.user ?? own,
    role: onUser ? undefined : (written.role ?? own),
    policy: onUser ? own : undefined,
    externalId: written.externalId,
    catalogs: written.catalogs,
    workgroup: written.workgroup,
    outputLocation: written.outputLocation ?? `s3://${resultsBucketName(request)}/readers/${name}/`,
    accessKey: written.accessKey,
  };
}

/** The reader as those see it who let it in: its role, or its user where the permissions are the user's own (R91). */
export function readerPrincipal({ role, user }: ThirdPartyReader): RoleOrUser {
  return role === undefined ? `user/${user}` : `role/${role}`;
}

/** The catalogs of connectors that the reader may query (R92). */
export function readerCatalogs(
  request: Reading,
  environment: Environment,
  { catalogs }: ThirdPartyReader,
): SpokeCatalog[] {
  return catalogsOf(request, environment).filter(({ catalog, requested }) =>
    catalogs === undefined ? "deploy" in requested : catalogs.includes(catalog),
  );
}

/** The producers whose connectors the reader uses. */
export function readerProducers(
  request: Reading,
  environment: Environment,
  reader: ThirdPartyReader,
): string[] {
  return producersOf(readerCatalogs(request, environment, reader).map(({ requested }) => requested));
}

/** Whether the reader's workgroup is made for it; `primary` never is. */
export function ownsReaderWorkgroup({ workgroup }: ThirdPartyReader): boolean {
  return workgroup !== PRIMARY;
}

export function readerUserArn({ region, account }: Reading, { user }: ThirdPartyReader): string {
  return userArn(region, account, user);
}

/** ARN of the reader's role; undefined when the permissions are the user's own. */
export function readerRoleArn({ region, account }: Reading, { role }: ThirdPartyReader): string | undefined {
  return role === undefined ? undefined : roleArn(region, account, role);
}

/** ARN of the reader's managed policy; undefined when the permissions are a role's. */
export function readerPolicyArn(
  { region, account }: Reading,
  { policy }: ThirdPartyReader,
): string | undefined {
  return policy === undefined ? undefined : policyArn(region, account, policy);
}

/** Who may assume the reader's role: its user, with the external id where there is one (R81). */
export function readerTrust(request: Reading, reader: ThirdPartyReader): PolicyDocument {
  return policyDocument({
    Sid: "AllowConnectyAIUserToAssume",
    Effect: "Allow",
    Principal: { AWS: readerUserArn(request, reader) },
    Action: "sts:AssumeRole",
    ...(reader.externalId === undefined
      ? {}
      : { Condition: { StringEquals: { "sts:ExternalId": reader.externalId } } }),
  });
}

/** What the user may do: assume the one role, and nothing else (R77); undefined when the permissions are its own. */
export function readerUserPermissions(
  request: Reading,
  reader: ThirdPartyReader,
): PolicyDocument | undefined {
  const role = readerRoleArn(request, reader);
  if (role === undefined) return undefined;
  return policyDocument({
    Sid: "AssumeReaderRole",
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Resource: role,
  });
}

/**
 * What the reader may do: the third party's nine statements under their Sids (R82-R90), each narrowed to what the request
 * names, and what its connectors need beside them (R92).
 *
 * As printed, each of the nine grants what it says; three say too much. Glue is narrowed from all of the account to the
 * named tables, data to the named prefixes, and the place for results to a bucket of this account (C6, C22). Listing
 * knows the condition `s3:prefix` and locating a bucket does not, so that one statement for both would locate nothing.
 */
export function readerPermissions(
  request: Reading,
  environment: Environment,
  reader: ThirdPartyReader,
): PolicyDocument {
  const { region, account } = request;
  const data = dataOf(request);
  const connectors = readerCatalogs(request, environment, reader);
  const catalogs = connectors.map(({ catalog }) => catalogArnOf(request, catalog));
  const workgroup = workgroupArn(region, account, reader.workgroup);
  return policyDocument(
    {
      Sid: "AthenaListGlobal",
      Effect: "Allow",
      Action: ["athena:ListWorkGroups", "athena:ListDataCatalogs"],
      // AWS defines no resource type for these actions; the Region is the only bound there is.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "AthenaListDatabasesAndTablesInAllowedCatalogs",
      Effect: "Allow",
      Action: ["athena:ListDatabases", "athena:ListTableMetadata"],
      Resource: [dataCatalogArn(region, account, GLUE_CATALOG), ...catalogs],
    },
    {
      Sid: "AthenaStartQueryInWorkgroupAndDb",
      Effect: "Allow",
      Action: "athena:StartQueryExecution",
      Resource: workgroup,
    },
    {
      Sid: "AthenaReadExecAndHistory",
      Effect: "Allow",
      Action: [
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:BatchGetQueryExecution",
        "athena:ListQueryExecutions",
      ],
      Resource: workgroup,
    },
    data.length === 0
      ? undefined
      : {
          Sid: "GlueReadOnly",
          Effect: "Allow",
          Action: [
            "glue:GetDatabase",
            "glue:GetDatabases",
            "glue:GetTable",
            "glue:GetTables",
            "glue:GetPartition",
            "glue:GetPartitions",
          ],
          Resource: [
            arn("glue", region, account, "catalog"),
            ...data.flatMap(({ database, tables }) => [
              arn("glue", region, account, `database/${database}`),
              ...(tables ?? ["*"]).map((table) => arn("glue", region, account, `table/${database}/${table}`)),
            ]),
          ],
        },
    {
      // Athena asks for the database `default` whatever the query names (C27).
      Sid: "GlueDefaultDatabase",
      Effect: "Allow",
      Action: "glue:GetDatabase",
      Resource: [arn("glue", region, account, "catalog"), arn("glue", region, account, "database/default")],
    },
    ...readData(region, data),
    ...writeResults(request, reader),
    ...(connectors.length === 0 ? [] : useConnectors(region, catalogs, connectors)),
  );
}

function readData(region: string, data: readonly SpokeData[]): Statement[] {
  const places = data.flatMap(({ prefixes }) => prefixes).map(splitS3Location);
  const buckets = [...new Set(places.map(({ bucket }) => bucket))];
  if (buckets.length === 0) return [];
  return [
    ...buckets.map((bucket, index): Statement => {
      const prefixes = places.filter((place) => place.bucket === bucket).map(({ prefix }) => `${prefix}*`);
      return {
        Sid: index === 0 ? "ReadDataBucket" : `ReadDataBucket${index + 1}`,
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: bucketArn(region, bucket),
        Condition: { StringLike: { "s3:prefix": [...new Set(prefixes)] } },
      };
    }),
    {
      Sid: "LocateDataBuckets",
      Effect: "Allow",
      Action: "s3:GetBucketLocation",
      Resource: buckets.map((bucket) => bucketArn(region, bucket)),
    },
    {
      Sid: "ReadDataObjects",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [...new Set(places.map(({ bucket, prefix }) => bucketArn(region, bucket, `${prefix}*`)))],
    },
  ];
}

/** Writes results, in a bucket of the spoke's account only: a name alone could be taken by a stranger (C22). */
function writeResults({ region, account }: Reading, { outputLocation }: ThirdPartyReader): Statement[] {
  const { bucket, prefix } = splitS3Location(outputLocation);
  const Condition = { StringEquals: { "aws:ResourceAccount": account } };
  return [
    {
      Sid: "WriteResultsBucket",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:GetBucketLocation"],
      Resource: bucketArn(region, bucket),
      Condition,
    },
    {
      Sid: "PutResultsObjects",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject"],
      Resource: bucketArn(region, bucket, `${prefix}*`),
      Condition,
    },
  ];
}

/** R92. AWS's DynamoDB connector has no secrets. */
function useConnectors(
  region: string,
  catalogs: readonly string[],
  connectors: readonly SpokeCatalog[],
): Statement[] {
  const made = connectors.map(({ connector }) => connector);
  return [
    // Athena looks up which function a catalog leads to.
    { Sid: "AthenaFederatedCatalogs", Effect: "Allow", Action: "athena:GetDataCatalog", Resource: catalogs },
    {
      Sid: "InvokeConnectors",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: made.map(connectorArn),
    },
    ...readSpill(
      region,
      made.map(({ spill }) => spill),
    ),
    ...decryptSpill(region, made),
  ];
}

/** What of the readers cannot be as it is written. */
export function readerFaults(request: Reading): Fault[] {
  const taken = new Map<string, string>();
  const places = new Map<string, string>();
  const workgroups = new Map<string, string>();
  for (const level of levelsOf(request)) {
    const whose = level.classification === undefined ? "" : ` of ${level.classification}`;
    for (const { prefixes } of dataOf(level))
      for (const prefix of prefixes) places.set(prefix, `data${whose}`);
    const results = outputLocationOf(level);
    if (results !== undefined) places.set(results, `the results of Quick's queries${whose}`);
    workgroups.set(workgroupNameOf(level), `Quick's queries${whose}`);
  }
  return Object.entries(request.readers).flatMap(([name, written]): Fault[] => {
    const path = `readers.${name}`;
    const reader = readerOf(request, name, written);
    const faults: Fault[] = [];
    const unique = (key: string, name_: string, what: string) => {
      const other = taken.get(`${key} ${name_}`);
      if (other !== undefined)
        faults.push({
          path: `${path}.${key}`,
          message: `${other} has the ${what} "${name_}" already: name another`,
        });
      taken.set(`${key} ${name_}`, path);
    };
    unique("user", reader.user, "user");
    if (reader.role !== undefined) unique("role", reader.role, "role");
    if (reader.role === undefined)
      for (const key of ["role", "externalId"] as const)
        if (written[key] !== undefined)
          faults.push({
            path: `${path}.${key}`,
            message: `with permissionsOn: user there is no role: leave ${key} out, or write permissionsOn: role`,
          });
    if (written.outputLocation === undefined && !makesResultsBucket(request))
      faults.push({
        path: `${path}.outputLocation`,
        message:
          "no bucket is made for this spoke's results: say where the reader's go, for example s3://my-results/reader/",
      });
    else
      for (const [place, what] of places)
        if (place.startsWith(reader.outputLocation) || reader.outputLocation.startsWith(place))
          faults.push({
            path: `${path}.outputLocation`,
            message: `${reader.outputLocation} and ${what} in ${place} overlap: choose a place of the reader's own (R79)`,
          });
    places.set(reader.outputLocation, `the results of reader ${name}`);
    if (ownsReaderWorkgroup(reader)) {
      const other = workgroups.get(reader.workgroup);
      if (other !== undefined)
        faults.push({
          path: `${path}.workgroup`,
          message: `"${reader.workgroup}" is the workgroup of ${other}: name another, or leave it out for ${PRIMARY}`,
        });
      workgroups.set(reader.workgroup, `reader ${name}`);
    }
    return faults;
  });
}

/**
 * What of the readers does not fit the environment: catalogs that are none of the request's, names that producers do not
 * let in, policies that IAM has no room for (L2).
 *
 * @param grantsByName whether producers let those who query in by their names
 */
export function readerFaultsInEnvironment(
  request: Reading,
  environment: Environment,
  grantsByName: boolean,
): Fault[] {
  const known = catalogsOf(request, environment).map(({ catalog }) => catalog);
  return readersOf(request).flatMap((reader): Fault[] => {
    const path = `readers.${reader.name}`;
    const holder = reader.role === undefined ? "user" : "role";
    const name = nameOf(readerPrincipal(reader));
    const byProducers = readerProducers(request, environment, reader).length > 0;
    const size = policyText(readerPermissions(request, environment, reader)).length;
    const limit = reader.role === undefined ? limits.managedPolicy : limits.roleInlinePolicies;
    return [
      ...(reader.catalogs ?? []).flatMap((catalog, index) =>
        known.includes(catalog)
          ? []
          : [
              {
                path: `${path}.catalogs[${index}]`,
                message: `no connector of the request has the catalog "${catalog}": ${known.length === 0 ? "it has none" : `known ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`}`,
              },
            ],
      ),
      ...(byProducers && grantsByName && !isKnownReader(name, environment)
        ? [
            {
              path: `${path}.${holder}`,
              message: `producers of ${environment.name} do not let "${name}" in: write a name that begins with "${knownReaders(environment).join("").slice(0, -1)}"`,
            },
          ]
        : []),
      ...(size > limit
        ? [
            {
              path,
              message: `the reader's policy would have ${size} characters, IAM allows ${limit}: name whole databases instead of tables, or fewer of them`,
            },
          ]
        : []),
    ];
  });
}

/** What is worth a look of readers as they are written. */
export function readerAdvisories(request: Reading): string[] {
  return readersOf(request).flatMap((reader) => [
    ...(ownsReaderWorkgroup(reader)
      ? []
      : [
          `reader "${reader.name}" queries in workgroup "${PRIMARY}" (R94), which is shared by the whole account: nobody enforces encryption and cost limit for it; readers.${reader.name}.workgroup names one of its own (C5)`,
        ]),
    ...(reader.accessKey
      ? [
          `reader "${reader.name}" gets a long-lived access key, which is kept in the stack's state, encrypted: rotate it, and prefer to make it by hand (R80, C13)`,
        ]
      : []),
  ]);
}
