/** Policies as the source documents print them, and other faults, in the place of ours: each has its rows that fail. */
import type { PolicyDocument, Statement } from "../../access/document";
import type { Environment } from "../../access/environment";
import { bucketArn, functionArn, roleArn } from "../../access/arn";
import { roleAArn, roleBArn, spillBucketName } from "../../access/names";
import { combined, type FoundPolicies, type FoundThing } from "../../access/proof";
import type { SpokeRequest } from "../../access/request";
import { environmentDocuments, spokeDocuments, withSpoke } from "../documents";
import { unbounded } from "./configurations";
import { environmentWith, HUB, PRODUCER, REGION, requestWith, SPOKE } from "../worlds";

export interface PlantedFault {
  readonly name: string;
  readonly request: SpokeRequest;
  readonly environment: Environment;
  readonly found: FoundPolicies;
  /** Ids of the rows that fail, and of those that are not proved. */
  readonly fails: readonly string[];
  readonly notProved?: readonly string[];
}

const written = requestWith({ analyst: false });
const { request, environment } = unbounded({
  name: "",
  request: written,
  environment: withSpoke(environmentWith(), written),
});
const whole = combined(environmentDocuments(environment), spokeDocuments(request, environment));

type Change = (thing: FoundThing) => FoundThing;

function fault(
  name: string,
  at: string,
  change: Change,
  fails: readonly string[],
  notProved: readonly string[] = [],
): PlantedFault {
  const thing = whole.things.get(at);
  if (thing === undefined) throw new Error(`there is no ${at}`);
  const found = { ...whole, things: new Map([...whole.things, [at, change(thing)]]) };
  return { name, request, environment, found, fails, notProved };
}

const documentWith = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});
const trustOf =
  (...statements: readonly Statement[]): Change =>
  (thing) => ({ ...thing, trust: { name: "trust", document: documentWith(...statements) } });
const also =
  (...statements: readonly Statement[]): Change =>
  (thing) => ({
    ...thing,
    identity: [...(thing.identity ?? []), { name: "another", document: documentWith(...statements) }],
  });
const alsoOnResource =
  (...statements: readonly Statement[]): Change =>
  (thing) => ({
    ...thing,
    resource: [...(thing.resource ?? []), { name: "another", document: documentWith(...statements) }],
  });
/** The role's policy without the statements that hold the action, and with these. */
const insteadOf =
  (sid: string, ...statements: readonly Statement[]): Change =>
  (thing) => ({
    ...thing,
    identity: (thing.identity ?? []).map((each) => {
      if (!("document" in each) || typeof each.document === "string")
        throw new Error("an object was expected");
      const kept = each.document.Statement.filter((statement) => statement.Sid !== sid);
      if (kept.length === each.document.Statement.length) throw new Error(`there is no statement ${sid}`);
      return { ...each, document: documentWith(...kept, ...statements) };
    }),
  });

const roleA = roleAArn(environment, request);
const roleB = roleBArn(request, environment);
const connectorRole = roleArn(REGION, PRODUCER, "athena-connector-acct1dynamodb");
const spill = bucketArn(REGION, spillBucketName(environment, "music"));
const connector = functionArn(REGION, PRODUCER, "acct1dynamodb");
const dataSources = `arn:aws:quicksight:*:${HUB}:datasource/*`;
const hubRoot = { AWS: `arn:aws:iam::${HUB}:root` };
const assume = { Effect: "Allow", Action: "sts:AssumeRole" } as const;

export const plantedFaults: readonly PlantedFault[] = [
  fault(
    "Role B trusts the hub's root, as the article prints it (C3, C4)",
    roleB,
    trustOf({ ...assume, Principal: hubRoot, Condition: { StringLike: { "sts:ExternalId": dataSources } } }),
    [
      "role-a-to-role-b/another-data-source",
      "role-a-to-role-b/external-id/another-region",
      "role-a-to-role-b/external-id/colons",
      "role-a-to-role-b/nobody-else/hub-administrator",
      "role-a-to-role-b/nobody-else/hub-role-of-similar-name",
      "role-b/nothing-else",
      "chain/another-spokes-data-source",
      "chain/around-quick",
    ],
  ),
  fault(
    "Role B trusts Role A by an external id whose wildcard reaches over colons (C21)",
    roleB,
    trustOf({
      ...assume,
      Principal: hubRoot,
      Condition: { ArnEquals: { "aws:PrincipalArn": roleA }, StringLike: { "sts:ExternalId": dataSources } },
    }),
    [
      "role-a-to-role-b/another-data-source",
      "role-a-to-role-b/external-id/another-region",
      "role-a-to-role-b/external-id/colons",
      "role-b/nothing-else",
      "chain/another-spokes-data-source",
    ],
  ),
  fault(
    "Role B trusts Role A without an external id (C11)",
    roleB,
    trustOf({ ...assume, Principal: hubRoot, Condition: { ArnEquals: { "aws:PrincipalArn": roleA } } }),
    [
      "role-a-to-role-b/another-data-source",
      "role-a-to-role-b/no-external-id",
      "role-a-to-role-b/external-id/name",
      "role-a-to-role-b/external-id/another-hub",
      "role-a-to-role-b/external-id/another-region",
      "role-a-to-role-b/external-id/colons",
      "role-b/nothing-else",
      "chain/another-spokes-data-source",
    ],
  ),
  fault(
    "Role A trusts Quick by a pattern whose wildcard reaches over colons, as the article prints it (R50, C21)",
    roleA,
    trustOf({
      ...assume,
      Principal: { Service: "quicksight.amazonaws.com" },
      Condition: { StringLike: { "aws:SourceAccount": HUB, "aws:SourceArn": dataSources } },
    }),
    ["quick-to-role-a/source-arn/another-region", "quick-to-role-a/source-arn/colons", "role-a/nothing-else"],
  ),
  fault(
    "Role A trusts Quick without conditions",
    roleA,
    trustOf({ ...assume, Principal: { Service: "quicksight.amazonaws.com" } }),
    [
      "quick-to-role-a/source-account",
      "quick-to-role-a/source-arn/another-hub",
      "quick-to-role-a/source-arn/another-region",
      "quick-to-role-a/source-arn/colons",
      "quick-to-role-a/source-arn/dashboard",
      "quick-to-role-a/no-source-arn",
      "quick-to-role-a/no-source-account",
      "role-a/nothing-else",
      "chain/another-account",
    ],
  ),
  fault(
    "Role A may read data (R36)",
    roleA,
    also({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }),
    ["role-a/no-data/s3", "role-a/no-data/producer/music", "role-a/nothing-else"],
  ),
  fault(
    "Role B writes results into any bucket with the usual prefix, as the article prints it (C22)",
    roleB,
    insteadOf("ResultsObjects", {
      Effect: "Allow",
      Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
      Resource: [
        "arn:aws:s3:::aws-athena-query-results-*",
        `arn:aws:s3:::dev-sales-athena-results-${SPOKE}/results/*`,
      ],
    }),
    ["role-b/results/stranger", "role-b/results/another-bucket", "role-b/nothing-else"],
  ),
  fault(
    "Athena actions without a resource stand on workgroup and catalog, as the article prints it (C7)",
    roleB,
    insteadOf("AthenaInRegion", {
      Effect: "Allow",
      Action: ["athena:ListWorkGroups", "athena:ListDataCatalogs", "athena:RunQuery"],
      Resource: [
        `arn:aws:athena:${REGION}:${SPOKE}:workgroup/dev-sales`,
        `arn:aws:athena:${REGION}:${SPOKE}:datacatalog/AwsDataCatalog`,
      ],
    }),
    ["role-b/athena/lists", "chain/query"],
  ),
  fault(
    "Role B writes onto the source data, as the article prints it (C6)",
    roleB,
    also({
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::dev-sales-athena-data-${SPOKE}/*`,
    }),
    ["role-b/data/write", "role-b/nothing-else"],
  ),
  fault("Role B has no rights on connectors, as in the article (C8)", roleB, insteadOf("InvokeConnectors"), [
    "role-b/connectors/invoke",
    "chain/connectors",
  ]),
  fault(
    "a connector's role trusts a function's ARN, as the text on Lambda has it (C9)",
    connectorRole,
    trustOf({ ...assume, Principal: { AWS: connector } }),
    ["producer/music/acct1dynamodb/role/nothing-else"],
    [
      "producer/music/acct1dynamodb/role/trust/lambda",
      "producer/music/acct1dynamodb/role/trust/tag-session",
      "producer/music/acct1dynamodb/role/trust/other-service",
      "producer/music/acct1dynamodb/role/trust/quick",
      "producer/music/acct1dynamodb/role/trust/administrator",
      "producer/music/acct1dynamodb/role/trust/root",
      "producer/music/acct1dynamodb/role/trust/role-a",
      "producer/music/acct1dynamodb/role/trust/neighbour",
      "producer/music/acct1dynamodb/role/trust/stranger",
      "producer/music/acct1dynamodb/role/trust/anybody",
    ],
  ),
  fault(
    "a connector reads another table",
    connectorRole,
    also({
      Effect: "Allow",
      Action: "dynamodb:Scan",
      Resource: `arn:aws:dynamodb:${REGION}:${PRODUCER}:table/AnotherTable`,
    }),
    [
      "producer/music/acct1dynamodb/role/tables/other-tables",
      "producer/music/acct1dynamodb/role/nothing-else",
    ],
  ),
  fault(
    "a spill bucket is open to the whole account of the spoke (R12)",
    spill,
    alsoOnResource({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${SPOKE}:root` },
      Action: "s3:GetObject",
      Resource: `${spill}/*`,
    }),
    [
      "producer/music/spill/nothing-else",
      "producer/music/spill/read/spoke-administrator",
      "producer/music/spill/read/outside/1",
    ],
  ),
  fault(
    "a hand-made statement lets a friend's account invoke the connector",
    connector,
    alsoOnResource({
      Sid: "Friend",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::144444444444:root" },
      Action: "lambda:InvokeFunction",
      Resource: connector,
    }),
    ["producer/music/acct1dynamodb/nothing-else"],
  ),
];
