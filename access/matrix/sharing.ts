/** Whom Quick shares the spoke's data source and datasets with: owners, authors, and nobody else (R62, R65, R66, C16, C29). */
import { arn } from "../arn";
import { dataSetsOf } from "../data-set";
import { identityRegion } from "../environment";
import { dataSourceArnOf } from "../names";
import type { SpokeRequest } from "../request";
import type { Cast } from "./cast";
import type { Expectation, Thing } from "./expectation";

const AUTHORS = ["DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"];
const OWNERS = [...AUTHORS, "UpdateDataSource", "DeleteDataSource", "UpdateDataSourcePermissions"];

const DATA_SET_AUTHORS = [
  "DescribeDataSet",
  "DescribeDataSetPermissions",
  "PassDataSet",
  "DescribeIngestion",
  "ListIngestions",
];
const DATA_SET_OWNERS = [
  ...DATA_SET_AUTHORS,
  "UpdateDataSet",
  "DeleteDataSet",
  "CreateIngestion",
  "CancelIngestion",
  "UpdateDataSetPermissions",
  "DescribeDataSetRefreshProperties",
  "PutDataSetRefreshProperties",
  "DeleteDataSetRefreshProperties",
  "ListRefreshSchedules",
  "DescribeRefreshSchedule",
  "CreateRefreshSchedule",
  "UpdateRefreshSchedule",
  "DeleteRefreshSchedule",
];

export function sharing(
  { environment }: Cast,
  request: SpokeRequest,
): { things: Thing[]; rows: Expectation[] } {
  const { account, quick } = environment.hub;
  const principal = (written: string) => {
    const [kind = "", ...name] = written.split("/");
    return arn(
      "quicksight",
      identityRegion(environment),
      account,
      `${kind}/${quick.namespace}/${name.join("/")}`,
    );
  };
  const named = (actions: readonly string[]) => actions.map((action) => `quicksight:${action}`);
  // What is classified is for its own authors only (R72).
  const authors = [
    ...(request.classification === undefined ? quick.authors : []),
    ...request.dataSource.authors,
  ];
  const shared = (
    at: string,
    id: string,
    words: string,
    proves: readonly string[],
    [use, own]: readonly [readonly string[], readonly string[]],
    kind: "data source" | "dataset",
  ): { thing: Thing; row: Expectation } => ({
    thing: { kind, arn: at, account, words, madeBy: "spoke" },
    row: {
      kind: "sharing",
      id,
      says: `${words} is shared with its owners and authors, and with nobody else`,
      proves,
      at,
      // An owner who is also an author stays an owner.
      wanted: new Map([
        ...authors.map((each) => [principal(each), named(use)] as const),
        ...quick.owners.map((each) => [principal(each), named(own)] as const),
      ]),
    },
  });
  const all = [
    shared(
      dataSourceArnOf(request, environment),
      "data-source/shared",
      "the data source",
      ["R62", "R65", "C16"],
      [AUTHORS, OWNERS],
      "data source",
    ),
    ...dataSetsOf(request, environment).map((set) =>
      shared(
        set.arn,
        `dataset/${set.key}/shared`,
        `the dataset ${set.key}`,
        ["R66", "C16"],
        [DATA_SET_AUTHORS, DATA_SET_OWNERS],
        "dataset",
      ),
    ),
  ];
  return { things: all.map(({ thing }) => thing), rows: all.map(({ row }) => row) };
}
