/** What a role that queries may do in Athena (R56, R71, R82, C5, C7). */
import { dataCatalogArn, workgroupArn } from "../arn";
import { catalogArnOf, catalogsOf, GLUE_CATALOG, workgroupArnOf, workgroupNameOf } from "../names";
import type { SpokeRequest } from "../request";
import { anotherRegion, type Cast } from "./cast";
import { type Circumstances, type Expectation, requests, rowWriter } from "./expectation";
import type { Querying } from "./querying";
import { productCatalogNames } from "./querying-products";

/** What takes no resource (C7). */
export const ATHENA_ANYWHERE = [
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
export const ATHENA_QUERIES = [
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

export const ATHENA_METADATA = [
  "GetDataCatalog",
  "GetDatabase",
  "GetTableMetadata",
  "ListDatabases",
  "ListTableMetadata",
].map((name) => `athena:${name}`);

export function athena(cast: Cast, request: SpokeRequest, { party, id, does }: Querying): Expectation[] {
  const { region, neighbour, environment } = cast;
  const { account } = request;
  const { may, mayNot } = rowWriter(`${id}/athena`, ["R56"]);
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
    ...[
      ...catalogsOf(request, environment).map(({ catalog }) => catalog),
      ...productCatalogNames(cast, request),
    ].map((catalog) => catalogArnOf(request, catalog)),
  ];
  const elsewhere = anotherRegion(region);
  const { lists, queries, metadata } = does;
  const beside = (all: readonly string[], done: readonly string[]) =>
    all.filter((action) => !done.includes(action));
  const unlisted = beside(ATHENA_ANYWHERE, lists);
  const others = beside(ATHENA_QUERIES, queries);
  const inRegion = { "aws:requestedregion": [region] };
  return [
    may(
      "lists",
      party,
      "look around in Athena in the Region",
      ask(lists, [], { bound: { identity: inRegion } }),
      ["C7", "R82"],
    ),
    mayNot(
      "lists-elsewhere",
      party,
      "look around in Athena in another Region",
      ask(lists, [], { context: { "aws:RequestedRegion": elsewhere } }),
      ["C7", "C17"],
    ),
    ...(unlisted.length === 0
      ? []
      : [mayNot("other-lists", party, "call what only Quick calls in Athena", ask(unlisted, []))]),
    may("queries", party, "run queries in its workgroup", ask(queries, [workgroup]), ["R71"]),
    ...(others.length === 0
      ? []
      : [mayNot("other-queries", party, "do anything else with queries there", ask(others, [workgroup]))]),
    mayNot(
      "other-workgroups",
      party,
      "run queries in another workgroup",
      ask(
        ATHENA_QUERIES,
        otherWorkgroups.map((name) => workgroupArn(region, account, name)),
      ),
      ["C5"],
    ),
    mayNot("workgroup-elsewhere", party, "run queries in another Region or account", [
      ...ask(["athena:StartQueryExecution"], [workgroupArn(elsewhere, account, workgroupNameOf(request))], {
        context: { "aws:RequestedRegion": elsewhere },
      }),
      ...there(["athena:StartQueryExecution"], [workgroupArn(region, neighbour, workgroupNameOf(request))]),
    ]),
    mayNot(
      "workgroup-settings",
      party,
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
    may("metadata", party, "read the metadata of its catalogs", ask(metadata, catalogs)),
    mayNot("other-catalogs", party, "read the metadata of another catalog", [
      ...ask(ATHENA_METADATA, [dataCatalogArn(region, account, "another")]),
      ...there(["athena:GetTableMetadata"], [dataCatalogArn(region, neighbour, GLUE_CATALOG)]),
    ]),
    mayNot(
      "catalog-settings",
      party,
      "change catalogs",
      ask(["athena:CreateDataCatalog", "athena:UpdateDataCatalog", "athena:DeleteDataCatalog"], catalogs),
    ),
  ];
}
