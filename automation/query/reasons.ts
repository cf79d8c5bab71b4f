/** Why a query fails: which hop did not hold, and what to do about it (the error cases e1 to e10 of the seeds). */
import {
  catalogsOf,
  connectorRoleName,
  dataOf,
  GLUE_CATALOG,
  outputLocationOf,
  resultsPlace,
  type SpokeCatalog,
  workgroupNameOf,
} from "../../access/names";
import { splitS3Location } from "../../access/written";
import type { Whose } from "../failure";
import type { As } from "./identity";
import { type Chain, connectorText, type Hop } from "./hop";

/** What a failure means. */
export interface Explanation {
  /** Where the chain ended; undefined when the query never left Athena. */
  readonly hop: Hop | undefined;
  /** The action of the hop that it comes after, where it is none of the usual ones. */
  readonly after?: string;
  readonly remedy: string;
  readonly whose: Whose;
}

/** Who queries: the name that was asked for, and the role. */
export interface Querying extends Chain {
  readonly as: As;
  readonly roleArn: string;
}

/** One kind of failure. */
interface Kind {
  /** The words of Athena, or of the service that Athena asked, that tell it. */
  readonly told: (reason: string, query: Querying) => boolean;
  readonly explain: (reason: string, query: Querying) => Explanation;
}

/** What this project says of a query that it stopped. */
const STILL_RUNNING = /^it was still \w+ after/;

/** The action that IAM refused: `lambda:InvokeFunction`. */
function refused(reason: string): string | undefined {
  return /not authorized to perform:? (\w+:\w+)/.exec(reason)?.[1];
}

const namesPlace = (reason: string, place: { readonly bucket: string } | undefined) =>
  place !== undefined && reason.includes(place.bucket);

const isRefused = (service: string) => (reason: string) =>
  refused(reason)?.startsWith(`${service}:`) === true;
const isRefusal = (reason: string) =>
  refused(reason) !== undefined ||
  /access ?denied|status code: 403|\b403\b.*forbidden|PERMISSION_DENIED/i.test(reason);

const input = (remedy: string): Explanation => ({ hop: undefined, whose: "input", remedy });

/** In this order: the first that tells the failure explains it. */
const kinds: readonly Kind[] = [
  {
    told: (reason) => refused(reason) === "athena:StartQueryExecution",
    explain: (_, query) => ({
      hop: toWorkgroup(query),
      whose: "failure",
      remedy: isOurs(query)
        ? putRight(query)
        : `${query.roleArn} has no right to query here, which is as it should be for an outsider: query --as analyst`,
    }),
  },
  {
    told: (reason) => /workgroup .*(not found|disabled)/i.test(reason),
    explain: (_, query) => ({
      hop: toWorkgroup(query),
      whose: "failure",
      remedy: query.roleArn.includes(`:${query.request.account}:`)
        ? putRight(query)
        : `Athena looks for workgroups in the role's own account: ${query.roleArn} is an outsider to ${query.request.account}, so query --as analyst`,
    }),
  },
  {
    // e9: the connector itself lacks a right: to its table, its key, or to spill.
    told: (reason, query) => refusedConnector(reason, query) !== undefined,
    explain: (reason, query) => {
      const { connector, requested } = refusedConnector(reason, query) ?? {};
      const action = refused(reason) ?? "";
      const update =
        requested !== undefined && "deploy" in requested
          ? `\`spokes onboard\` for ${query.request.spoke}`
          : `\`spokes environment up ${query.environment.name}\``;
      return {
        hop: {
          from: connector === undefined ? "the connector" : connectorRoleName(connector),
          action,
          to: action.startsWith("dynamodb:") ? "the DynamoDB table" : "what it spills to",
        },
        after: "lambda:InvokeFunction",
        whose: "failure",
        remedy: action.startsWith("dynamodb:")
          ? `the connector may read the tables that are listed for it only (e9): correct the table's name, or add it to the connector's tables and run ${update}`
          : `the connector's own role does not have all that it needs: run ${update}`,
      };
    },
  },
  {
    // e8: where results go.
    told: (reason, query) =>
      !isRefused("kms")(reason) &&
      (/output location|output bucket|writing output|save your query results/i.test(reason) ||
        (isRefusal(reason) && namesPlace(reason, resultsPlace(query.request)))),
    explain: (reason, query) => {
      const location = outputLocationOf(query.request);
      return {
        hop: {
          from: query.roleArn,
          action: refused(reason) ?? "s3:PutObject",
          to: location === undefined ? "results that Athena keeps" : `results below ${location}`,
        },
        whose: "failure",
        remedy: !isOurs(query)
          ? "only the spoke's Role B and its analyst write results there: query --as analyst"
          : location === undefined
            ? `the workgroup has to leave results to Athena: ${putRight(query)}`
            : `results go to ${location}, which has to be a bucket of ${query.request.account} that the role may write to (e8): ${putRight(query)}`,
      };
    },
  },
  {
    // e3: the key of the spilled objects, or of the results.
    told: (reason) => isRefused("kms")(reason) || (/\bkms\b/i.test(reason) && isRefusal(reason)),
    explain: (reason, query) => ({
      hop: { from: query.roleArn, action: refused(reason) ?? "kms:Decrypt", to: "the key of the objects" },
      after: "lambda:InvokeFunction",
      whose: "failure",
      remedy: `a key of another account needs both its own policy (or a grant) and the role's (e3, C23): ${putRight(query)}`,
    }),
  },
  {
    told: (reason) => refused(reason) === "lambda:InvokeFunction",
    explain: (reason, query) => {
      const catalog = catalogsOf(query.request, query.environment).find(({ connector }) =>
        reason.includes(`:function:${connector.name}`),
      );
      return {
        hop: {
          from: query.roleArn,
          action: "lambda:InvokeFunction",
          to: catalog === undefined ? "a connector" : connectorText(catalog),
        },
        whose: "failure",
        remedy: isOurs(query)
          ? `the role's own policy and the function's policy both have to allow it (R29, R31): ${putRight(query)}`
          : "only the spoke's Role B and its analyst may invoke the connector: query --as analyst",
      };
    },
  },
  {
    // e2: what the connector spilled.
    told: (reason, query) => isRefusal(reason) && spillIn(reason, query) !== undefined,
    explain: (reason, query) => {
      const bucket = spillIn(reason, query) ?? "";
      return {
        hop: { from: query.roleArn, action: refused(reason) ?? "s3:GetObject", to: `spill bucket ${bucket}` },
        after: "lambda:InvokeFunction",
        whose: "failure",
        remedy: isOurs(query)
          ? `whoever queries reads what a connector spills above 6 MB; the bucket's policy has to name the role, too (e2, R7): ${putRight(query)}`
          : "only the spoke's Role B and its analyst may read what connectors spill (e2): query --as analyst",
      };
    },
  },
  {
    told: isRefused("glue"),
    explain: (reason, query) => ({
      hop: {
        from: query.roleArn,
        action: refused(reason) ?? "glue:GetTable",
        to: `Glue Data Catalog of ${query.request.account}`,
      },
      whose: "failure",
      remedy: isOurs(query)
        ? `the request opens ${databasesText(query)}: name one in the SQL or with --database; to open another, add it under data and onboard again`
        : "query --as analyst",
    }),
  },
  {
    told: (reason, query) =>
      isRefusal(reason) &&
      dataOf(query.request).some(({ prefixes }) =>
        prefixes.some((prefix) => reason.includes(splitS3Location(prefix).bucket)),
      ),
    explain: (reason, query) => ({
      hop: {
        from: query.roleArn,
        action: refused(reason) ?? "s3:GetObject",
        to: "the tables' objects in S3",
      },
      whose: "failure",
      remedy: isOurs(query)
        ? "the role reads below the prefixes of the request only: add the place under data[].prefixes, and onboard again"
        : "query --as analyst",
    }),
  },
  {
    told: isRefused("athena"),
    explain: (reason, query) => ({
      hop: { from: query.roleArn, action: refused(reason) ?? "", to: `Athena of ${query.request.account}` },
      whose: "failure",
      remedy: isOurs(query) ? putRight(query) : "query --as analyst",
    }),
  },
  {
    // e4
    told: (reason) => /cross-region|(different|another|same) region/i.test(reason),
    explain: () =>
      input(
        "Athena runs no federated query across Regions: connector, spill bucket and workgroup share one (e4, R9)",
      ),
  },
  {
    told: (reason) => /bytes scanned limit|bytes-scanned|exceeded.*bytes/i.test(reason),
    explain: (_, { request }) =>
      input(
        `the workgroup cancels what scans more than ${request.workgroup.bytesScannedCutoff} bytes (R71): read less, or raise workgroup.bytesScannedCutoff in the request`,
      ),
  },
  {
    told: (reason) =>
      /CATALOG_NOT_FOUND|catalog '?"?[\w-]+"?'? (does not exist|was not found|not found)/i.test(reason),
    explain: (_, query) => input(`the spoke's catalogs are ${catalogNames(query).join(", ")}`),
  },
  {
    told: (reason) =>
      /\b(SYNTAX_ERROR|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|COLUMN_NOT_FOUND|FUNCTION_NOT_FOUND|TYPE_MISMATCH|INVALID_\w+|NOT_SUPPORTED|MISSING_\w+|DIVISION_BY_ZERO)\b|mismatched input|Queries of this type are not supported/.test(
        reason,
      ),
    explain: (_, query) =>
      input(
        `correct the SQL; tables are named "<catalog>"."<database>"."<table>", and the catalogs are ${catalogNames(query).join(", ")}`,
      ),
  },
  {
    told: (reason) => STILL_RUNNING.test(reason),
    explain: () => ({ hop: undefined, whose: "failure", remedy: "give it longer with --timeout <seconds>" }),
  },
  {
    told: (reason) => /TooManyRequests|rate exceeded|QUERY_QUEUE|concurrent/i.test(reason),
    explain: () => ({
      hop: undefined,
      whose: "failure",
      remedy: "too many queries run in the account (L22): try again later",
    }),
  },
];

/** What a failed query's reason means; undefined for one that is not known. */
export function explain(reason: string, query: Querying): Explanation | undefined {
  return kinds.find(({ told }) => told(reason, query))?.explain(reason, query);
}

/** What to do when nobody can become the role. */
export function explainAssumption(as: As): string {
  switch (as) {
    case "analyst":
      return "the analyst lets the spoke's own account in (access of people: R28): the role that is assumed there first needs sts:AssumeRole on the analyst, and `spokes verify` says whether the analyst is as it should be";
    case "role-b":
    case "quick":
      return "Role A trusts Quick for this hub's data sources, Role B trusts Role A with the data source's ARN as external id (e1, e7): `spokes verify` says which of them is not as it should be";
    default:
      return "name a role that the credentials in use may assume, or query --as analyst";
  }
}

/** Whether the role is one that this project makes for queries. */
function isOurs({ as }: Querying): boolean {
  return !as.startsWith("arn:");
}

function putRight({ request, environment }: Querying): string {
  const stack = `${environment.name}-${request.spoke}`;
  return `\`spokes verify ${stack}\` says which document is not as it should be`;
}

function toWorkgroup({ request, roleArn }: Querying): Hop {
  return {
    from: roleArn,
    action: "athena:StartQueryExecution",
    to: `workgroup ${workgroupNameOf(request)} of ${request.account}`,
  };
}

/** The connector whose own role was refused something. */
function refusedConnector(reason: string, { request, environment }: Querying): SpokeCatalog | undefined {
  return catalogsOf(request, environment).find(({ connector }) =>
    reason.includes(`:assumed-role/${connectorRoleName(connector)}/`),
  );
}

function spillIn(reason: string, { request, environment }: Querying): string | undefined {
  return catalogsOf(request, environment)
    .map(({ connector }) => connector.spill.bucket)
    .find((bucket) => reason.includes(bucket));
}

function catalogNames({ request, environment }: Querying): string[] {
  return [GLUE_CATALOG, ...catalogsOf(request, environment).map(({ catalog }) => catalog)];
}

function databasesText({ request }: Querying): string {
  const names = dataOf(request).map(({ database }) => database);
  return names.length === 0
    ? "no Glue database"
    : `Glue database${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}
