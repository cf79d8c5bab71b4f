/** Third parties' readers of a spoke: the service-account user, the role that it becomes, and what is read (R77-R94, C5, C6, C22). */
import { bucketArn, roleArn, userArn } from "../arn";
import {
  catalogArnOf,
  catalogsOf,
  connectorArn,
  resultsBucketName,
  resultsPlace,
  type SpokeCatalog,
} from "../names";
import type { SpokeRequest } from "../request";
import { type ThirdPartyReader, readerRoleArn, readersOf, readerUserArn } from "../third-party-reader";
import { administratorOf, type Cast } from "./cast";
import {
  administrator,
  anybody,
  type Expectation,
  type Party,
  requests,
  role,
  rootUser,
  rowWriter,
  service,
  type Thing,
} from "./expectation";
import { type Doing, querying } from "./querying";
import { existingBuckets } from "./querying-s3";

/** The third party's own lists (R82-R90). */
const DOES: Doing = {
  lists: ["athena:ListWorkGroups", "athena:ListDataCatalogs"],
  queries: [
    "athena:BatchGetQueryExecution",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:ListQueryExecutions",
    "athena:StartQueryExecution",
  ],
  metadata: ["athena:ListDatabases", "athena:ListTableMetadata"],
  glue: [
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
  ],
  results: {
    bucket: ["s3:GetBucketLocation", "s3:ListBucket"],
    objects: ["s3:GetObject", "s3:PutObject"],
  },
};

/** The readers of a level; classified levels have none. */
export function thirdPartyReaders(
  cast: Cast,
  request: SpokeRequest,
): { things: Thing[]; existing: Thing[]; rows: Expectation[] } {
  const parts = readersOf(request).map((reader) => readerParts(cast, request, reader));
  return {
    things: parts.flatMap(({ things }) => things),
    existing: parts.flatMap(({ existing }) => existing),
    rows: parts.flatMap(({ rows }) => rows),
  };
}

function readerParts(cast: Cast, request: SpokeRequest, reader: ThirdPartyReader) {
  const { account } = request;
  const user: Thing = {
    kind: "user",
    arn: readerUserArn(request, reader),
    account,
    words: `the user of reader ${reader.name}`,
    madeBy: "spoke",
  };
  const id = `third-party/${reader.name}`;
  const asked = askedBy(cast, request, reader);
  const asUser: Party = { words: user.words, caller: { type: "user", arn: user.arn }, policies: "found" };
  const at = readerRoleArn(request, reader);
  if (at === undefined || reader.role === undefined) {
    const who = { party: asUser, id, principal: `user/${reader.user}`, thing: user, does: DOES } as const;
    return {
      things: [user],
      existing: existingBuckets(asked),
      rows: [...querying(cast, asked, who), ...beside(cast, request, asked, asUser, id)],
    };
  }
  const held: Thing = { ...user, kind: "role", arn: at, words: `the role of reader ${reader.name}` };
  const self = role(held.words, at);
  return {
    things: [user, held],
    existing: existingBuckets(asked),
    rows: [
      ...trust(cast, reader, user, held, id),
      ...onlyAssumes(cast, request, asUser, user, held, id),
      ...querying(cast, asked, {
        party: self,
        id,
        principal: `role/${reader.role}`,
        thing: held,
        does: DOES,
      }),
      ...beside(cast, request, asked, self, id),
    ],
  };
}

/**
 * The request as the reader has it: its workgroup and its place for results, and the connectors whose catalogs it names, or
 * where it names none, those of the spoke's own account (R92).
 */
export function askedBy(
  { environment }: Cast,
  request: SpokeRequest,
  { workgroup, outputLocation, catalogs }: ThirdPartyReader,
): SpokeRequest {
  const isAsked = ({ catalog, requested }: SpokeCatalog) =>
    catalogs === undefined ? "deploy" in requested : catalogs.includes(catalog);
  return {
    ...request,
    workgroup: { ...request.workgroup, name: workgroup, outputLocation, managedResults: false },
    connectors: catalogsOf(request, environment)
      .filter(isAsked)
      .map(({ requested }) => requested),
    products: [],
  };
}

function trust(
  cast: Cast,
  { externalId }: ThirdPartyReader,
  user: Thing,
  thing: Thing,
  id: string,
): Expectation[] {
  const { region } = cast;
  const { account } = thing;
  const { may, mayNot } = rowWriter(`${id}/trust`, ["R79", "R81"]);
  const assume = (given: string | undefined, action = "sts:AssumeRole") =>
    requests(region, [action], [thing.arn], {
      resourceAccount: account,
      policies: { at: thing.arn },
      context: given === undefined ? {} : { "sts:ExternalId": given },
      bound: {
        principals: [user.arn],
        resource: externalId === undefined ? {} : { "sts:externalid": [externalId] },
      },
    });
  const self: Party = {
    words: `${user.words}, whatever its own policies say,`,
    caller: { type: "user", arn: user.arn },
    policies: "administrator",
  };
  const another: Party = {
    ...self,
    words: "another user of the account",
    caller: { type: "user", arn: `${user.arn}-other` },
  };
  const others: [string, Party][] = [
    ["another-user", another],
    ["administrator", administratorOf(region, "an administrator of the spoke", account)],
    ["root", rootUser("the spoke's root user", account)],
    ["role-of-that-name", administrator("a role of the user's name", roleArn(region, account, nameOf(user)))],
    ["role-a", cast.unboundRoleA],
    ["hub-administrator", cast.hubAdministrator],
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    [
      "strangers-user",
      {
        ...self,
        words: "a stranger's user of that name",
        caller: { type: "user", arn: userArn(region, cast.stranger, nameOf(user)) },
      },
    ],
    ["quick", service("quicksight.amazonaws.com")],
    ["anybody", anybody],
  ];
  return [
    may("user", self, `become ${thing.words}`, assume(externalId)),
    mayNot("tag-session", self, "tag the session it begins", assume(externalId, "sts:TagSession")),
    ...(externalId === undefined
      ? []
      : [
          mayNot("external-id", self, `become ${thing.words} with no external id or another`, [
            ...assume(undefined),
            ...assume(`${externalId}x`),
          ]),
        ]),
    ...others.map(([other, party]) =>
      mayNot(`nobody-else/${other}`, party, `become ${thing.words}`, assume(externalId)),
    ),
  ];
}

const nameOf = ({ arn }: Thing): string => arn.slice(arn.lastIndexOf("/") + 1);

/** The user becomes the one role, and does nothing by itself (R77). */
function onlyAssumes(
  cast: Cast,
  request: SpokeRequest,
  self: Party,
  thing: Thing,
  held: Thing,
  id: string,
): Expectation[] {
  const { region, hub, neighbour } = cast;
  const { account } = request;
  const { may, mayNot, nothingElse } = rowWriter(`${id}/user`, ["R77"]);
  const assume = (at: string, owner: string, action = "sts:AssumeRole") =>
    requests(region, [action], [at], { resourceAccount: owner, policies: "open" });
  return [
    may("assume", self, `become ${held.words}`, assume(held.arn, account)),
    mayNot("other-roles", self, "become another role, even one that lets it in", [
      ...[...new Set([account, hub, neighbour])].flatMap((owner) =>
        assume(roleArn(region, owner, "Administrator"), owner),
      ),
      ...assume(`${held.arn}-other`, account),
      ...assume(held.arn, account, "sts:TagSession"),
    ]),
    mayNot("data", self, "read anything by itself", [
      ...requests(region, ["athena:ListWorkGroups"], [], { resourceAccount: account }),
      ...requests(region, ["s3:GetObject"], [bucketArn(region, resultsBucketName(request), "any")], {
        resourceAccount: account,
      }),
    ]),
    mayNot(
      "iam",
      self,
      "make keys or change itself",
      requests(region, ["iam:CreateAccessKey", "iam:PutUserPolicy", "iam:AttachUserPolicy"], [thing.arn], {
        resourceAccount: account,
      }),
    ),
    nothingElse(thing),
  ];
}

/** What the reader has beside the rows of whoever queries: its connectors' catalogs, and not what Quick queries (R79, R92). */
function beside(
  { region, environment }: Cast,
  request: SpokeRequest,
  asked: SpokeRequest,
  self: Party,
  id: string,
): Expectation[] {
  const { account } = request;
  const { may, mayNot } = rowWriter(id, ["R79", "R92"]);
  const used = catalogsOf(asked, environment);
  const catalogs = used.map(({ catalog }) => catalogArnOf(request, catalog));
  const unnamed = catalogsOf(request, environment).filter(
    ({ catalog }) => !used.some((each) => each.catalog === catalog),
  );
  const ofQuick = resultsPlace(request);
  return [
    ...(catalogs.length === 0
      ? []
      : [
          may(
            "connectors/find",
            self,
            "look up which function a catalog leads to",
            requests(region, ["athena:GetDataCatalog"], catalogs, { resourceAccount: account }),
          ),
        ]),
    ...(unnamed.length === 0
      ? []
      : [
          mayNot(
            "connectors/not-named",
            self,
            "use connectors that it does not name, even where it is let in",
            [
              ...requests(
                region,
                ["athena:GetDataCatalog", "athena:GetTableMetadata", "athena:ListTableMetadata"],
                unnamed.map(({ catalog }) => catalogArnOf(request, catalog)),
                { resourceAccount: account },
              ),
              ...unnamed.flatMap(({ connector: { spill, ...connector } }) => [
                ...requests(region, ["lambda:InvokeFunction"], [connectorArn({ spill, ...connector })], {
                  resourceAccount: connector.account,
                  policies: "open",
                }),
                ...requests(
                  region,
                  ["s3:GetObject"],
                  [bucketArn(region, spill.bucket, `${spill.prefix}block`)],
                  {
                    resourceAccount: spill.account,
                    policies: "open",
                  },
                ),
              ]),
            ],
          ),
        ]),
    ...(ofQuick === undefined
      ? []
      : [
          mayNot(
            "results/of-quick",
            self,
            "read or write the results of Quick's queries",
            requests(
              region,
              ["s3:GetObject", "s3:PutObject"],
              [bucketArn(region, ofQuick.bucket, `${ofQuick.prefix}result.csv`)],
              { resourceAccount: account, policies: { at: bucketArn(region, ofQuick.bucket) } },
            ),
          ),
        ]),
  ];
}
