/** Who may do what with a data source and its datasets in Quick (R62, R65, R66, C16, C29). */
import { arn } from "./arn";
import { type Environment, identityRegion } from "./environment";
import type { SpokeRequest } from "./request";

const AUTHOR_ACTIONS = [
  "quicksight:DescribeDataSource",
  "quicksight:DescribeDataSourcePermissions",
  "quicksight:PassDataSource",
] as const;

const OWNER_ACTIONS = [
  ...AUTHOR_ACTIONS,
  "quicksight:UpdateDataSource",
  "quicksight:DeleteDataSource",
  "quicksight:UpdateDataSourcePermissions",
] as const;

/** To build analyses on a dataset (Amazon Quick developer guide, UpdateDataSetPermissions). */
const DATA_SET_AUTHOR_ACTIONS = [
  "quicksight:DescribeDataSet",
  "quicksight:DescribeDataSetPermissions",
  "quicksight:PassDataSet",
  "quicksight:DescribeIngestion",
  "quicksight:ListIngestions",
] as const;

/** To change, fill, share and delete it as well, and to set when it is filled: all that Quick gives an owner. */
const DATA_SET_OWNER_ACTIONS = [
  ...DATA_SET_AUTHOR_ACTIONS,
  "quicksight:UpdateDataSet",
  "quicksight:DeleteDataSet",
  "quicksight:CreateIngestion",
  "quicksight:CancelIngestion",
  "quicksight:UpdateDataSetPermissions",
  "quicksight:DescribeDataSetRefreshProperties",
  "quicksight:PutDataSetRefreshProperties",
  "quicksight:DeleteDataSetRefreshProperties",
  "quicksight:ListRefreshSchedules",
  "quicksight:DescribeRefreshSchedule",
  "quicksight:CreateRefreshSchedule",
  "quicksight:UpdateRefreshSchedule",
  "quicksight:DeleteRefreshSchedule",
] as const;

/** One entry of the permissions of a data source or dataset. */
export interface QuickPermission {
  readonly principal: string;
  readonly actions: readonly string[];
}

/** The ARN of a Quick user or group written as `user/<name>` or `group/<name>`. */
function quickPrincipalArn(environment: Environment, written: string): string {
  const [kind, ...name] = written.split("/");
  const { account, quick } = environment.hub;
  return arn(
    "quicksight",
    identityRegion(environment),
    account,
    `${kind ?? ""}/${quick.namespace}/${name.join("/")}`,
  );
}

/**
 * Who may build datasets on the level's data source: the environment's authors and the request's. What is classified is
 * for those only whom the classification names (R72).
 */
export function authorsOf(request: SpokeRequest, environment: Environment): string[] {
  const general = request.classification === undefined ? environment.hub.quick.authors : [];
  return [...new Set([...general, ...request.dataSource.authors])];
}

/** The data source's permissions: the environment's owners, then authors. An owner is no author too. */
export function dataSourcePermissions(request: SpokeRequest, environment: Environment): QuickPermission[] {
  return shared(request, environment, OWNER_ACTIONS, AUTHOR_ACTIONS);
}

/** The permissions of each dataset: those who own the data source own it, and its authors use it. */
export function dataSetPermissions(request: SpokeRequest, environment: Environment): QuickPermission[] {
  return shared(request, environment, DATA_SET_OWNER_ACTIONS, DATA_SET_AUTHOR_ACTIONS);
}

function shared(
  request: SpokeRequest,
  environment: Environment,
  toOwn: readonly string[],
  toUse: readonly string[],
): QuickPermission[] {
  const { owners } = environment.hub.quick;
  const onlyAuthors = authorsOf(request, environment).filter((author) => !owners.includes(author));
  return [
    ...[...new Set(owners)].map((owner) => ({
      principal: quickPrincipalArn(environment, owner),
      actions: toOwn,
    })),
    ...onlyAuthors.map((author) => ({
      principal: quickPrincipalArn(environment, author),
      actions: toUse,
    })),
  ];
}
