/** Whom Quick shares the spoke's data source with: owners, authors, and nobody else (R62, R65, C16, C29). */
import { arn } from "../arn";
import { identityRegion } from "../environment";
import { dataSourceArnOf } from "../names";
import type { SpokeRequest } from "../request";
import type { Cast } from "./cast";
import type { Expectation, Thing } from "./expectation";

const AUTHORS = ["DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"];
const OWNERS = [...AUTHORS, "UpdateDataSource", "DeleteDataSource", "UpdateDataSourcePermissions"];

export function sharing({ environment }: Cast, request: SpokeRequest): { thing: Thing; rows: Expectation[] } {
  const { account, quick } = environment.hub;
  const thing: Thing = {
    kind: "data source",
    arn: dataSourceArnOf(request, environment),
    account,
    words: "the data source",
    madeBy: "spoke",
  };
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
  return {
    thing,
    rows: [
      {
        kind: "sharing",
        id: "data-source/shared",
        says: "the data source is shared with its owners and authors, and with nobody else",
        proves: ["R62", "R65", "C16"],
        at: thing.arn,
        // An owner who is also an author stays an owner.
        wanted: new Map([
          // What is classified is for its own authors only (R72).
          ...[
            ...(request.classification === undefined ? quick.authors : []),
            ...request.dataSource.authors,
          ].map((each) => [principal(each), named(AUTHORS)] as const),
          ...quick.owners.map((each) => [principal(each), named(OWNERS)] as const),
        ]),
      },
    ],
  };
}
