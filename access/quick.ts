/** Who may do what with a data source in Quick (R62, R65, C16, C29). */
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

/** One entry of a data source's permissions. */
export interface DataSourcePermission {
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
export function dataSourcePermissions(
  request: SpokeRequest,
  environment: Environment,
): DataSourcePermission[] {
  const { owners } = environment.hub.quick;
  const onlyAuthors = authorsOf(request, environment).filter((author) => !owners.includes(author));
  return [
    ...[...new Set(owners)].map((owner) => ({
      principal: quickPrincipalArn(environment, owner),
      actions: OWNER_ACTIONS,
    })),
    ...onlyAuthors.map((author) => ({
      principal: quickPrincipalArn(environment, author),
      actions: AUTHOR_ACTIONS,
    })),
  ];
}
