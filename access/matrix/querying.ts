/**
 * What a role that queries may do, and what it may not: Role B, under which Quick's queries run, and the analyst, under
 * which the spoke's own people query (R28, R31, R56-R60, R70, C6-C8, C22, C27).
 *
 * The lists of actions are written from the requirements, not from the policies: these are held to them.
 */
import { arn, roleArn, type RoleOrUser, tableArn } from "../arn";
import { nameOf } from "../names";
import type { SpokeRequest } from "../request";
import { anyKey, type Cast } from "./cast";
import { type Expectation, type Party, requests, rowWriter, type Thing } from "./expectation";
import { athena, ATHENA_ANYWHERE, ATHENA_METADATA, ATHENA_QUERIES } from "./querying-athena";
import { connectors } from "./querying-connectors";
import { glue, GLUE_READS } from "./querying-glue";
import { lakeReads } from "./lake-formation";
import { productReads } from "./querying-products";
import { data, results, RESULTS_BUCKET, RESULTS_OBJECTS } from "./querying-s3";

/** A role or a user that queries. */
export interface Querying {
  readonly party: Party;
  /** What its rows' ids begin with. */
  readonly id: string;
  readonly principal: RoleOrUser;
  readonly thing: Thing;
  readonly does: Doing;
}

/** What somebody who queries asks of each service. */
export interface Doing {
  /** Of Athena without a resource (C7). */
  readonly lists: readonly string[];
  /** Of its workgroup. */
  readonly queries: readonly string[];
  /** Of its catalogs. */
  readonly metadata: readonly string[];
  /** Of databases and tables in Glue. */
  readonly glue: readonly string[];
  /** Of the bucket of its results, and of the results. */
  readonly results: { readonly bucket: readonly string[]; readonly objects: readonly string[] };
}

/** What Quick does, and Athena's own console beside what only Quick lists (R31). */
export const EVERYTHING: Doing = {
  lists: ATHENA_ANYWHERE,
  queries: ATHENA_QUERIES,
  metadata: ATHENA_METADATA,
  glue: GLUE_READS,
  results: { bucket: RESULTS_BUCKET, objects: RESULTS_OBJECTS },
};

export function querying(cast: Cast, request: SpokeRequest, who: Querying): Expectation[] {
  const { nothingElse } = rowWriter(who.id, ["R60", "R70"]);
  return [
    ...athena(cast, request, who),
    ...glue(cast, request, who),
    ...data(cast, request, who),
    ...results(cast, request, who),
    ...connectors(cast, request, who),
    ...productReads(cast, request, who),
    ...lakeReads(cast, request, who),
    ...nowhereElse(cast, request, who),
    nothingElse(who.thing),
  ];
}

function nowhereElse(cast: Cast, request: SpokeRequest, { party, id, principal }: Querying): Expectation[] {
  const { region, hub, neighbour } = cast;
  const { account } = request;
  const { mayNot } = rowWriter(`${id}/no-way-on`, ["R60"]);
  return [
    mayNot(
      "roles",
      party,
      "become another role, even one that lets it in",
      [account, neighbour, hub].flatMap((each) =>
        requests(region, ["sts:AssumeRole", "sts:TagSession"], [roleArn(region, each, "Administrator")], {
          resourceAccount: each,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "iam",
      party,
      "change or hand on roles",
      requests(
        region,
        [
          "iam:PassRole",
          "iam:CreateRole",
          "iam:PutRolePolicy",
          "iam:AttachRolePolicy",
          "iam:UpdateAssumeRolePolicy",
        ],
        [roleArn(region, account, nameOf(principal))],
        { resourceAccount: account },
      ),
    ),
    mayNot(
      "keys",
      party,
      "decrypt with keys that the request does not name, even ones that let it in",
      [account, neighbour].flatMap((each) =>
        requests(region, ["kms:Decrypt", "kms:GenerateDataKey"], [anyKey(region, each)], {
          resourceAccount: each,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "tables",
      party,
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
      party,
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
