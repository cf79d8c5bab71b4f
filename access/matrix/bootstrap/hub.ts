/** The roles of the hub: the environment's own stack makes Role A, spokes' stacks make data sources. */
import { hubRuleNames, hubTopicName, topicArn } from "../../alarms";
import { arn, dataSetArn, dataSourceArn, policyArn, roleArn } from "../../arn";
import { type Environment, hasDedicatedRoleA, identityRegion, sharedRoleAScopes } from "../../environment";
import { ASSUME_CONSUMER_ROLE_POLICY, dedicatedRoleANames, sharedRoleAName } from "../../names";
import { ENVIRONMENT_TAG } from "../../tags";
import { anotherRegion } from "../cast";
import { type Expectation, requests, rowWriter } from "../expectation";
import { dutiesOf, exactly, type Holder, like, WITHOUT_RESOURCE } from "./duty";
import {
  inRegion,
  leavingRoles,
  lookingAtTrail,
  makingAlarms,
  makingRoles,
  MANAGE_POLICIES,
  passing,
  readingBoundary,
  readingPolicies,
  readingRoles,
} from "./shared";

export function hubDeployer(holder: Holder, boundary: string): Expectation[] {
  const { cast, account } = holder;
  const { region, environment } = cast;
  const shards = policyArn(region, account, `${ASSUME_CONSUMER_ROLE_POLICY}-${environment.name}-*`);
  return dutiesOf(holder, [
    // Where each spoke has its own, what an earlier scope has left is only taken away.
    ...(sharedRoleAScopes(environment).length === 0
      ? leavingRoles(holder, [sharedRoleAName(environment)], boundary)
      : makingRoles(holder, [sharedRoleAName(environment)], boundary)),
    ...(sharedRoleAScopes(environment).includes("list")
      ? [
          {
            id: "policies/make",
            words: "make the policies of Role A's list",
            needs: MANAGE_POLICIES,
            on: like([shards]),
          },
          {
            id: "policies/attach",
            words: "attach them to Role A under the boundary",
            needs: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            on: exactly([roleArn(region, account, sharedRoleAName(environment))]),
            given: { "iam:PermissionsBoundary": boundary, "iam:PolicyARN": shards.replace("*", "1") },
            bound: { "iam:permissionsboundary": [boundary], "iam:policyarn": [shards] },
          },
        ]
      : []),
    ...(environment.alarms === undefined
      ? []
      : [
          ...makingAlarms(holder, {
            topics: [hubTopicName(environment)],
            rules: Object.values(hubRuleNames(environment)),
            alarms: [],
          }),
          ...lookingAtTrail(holder, environment.alarms.trail),
        ]),
  ]);
}

/** Names of Role A's that spokes have of their own, which each spoke's stack makes (C12). */
export function dedicatedRolesA(environment: Environment): string[] {
  return hasDedicatedRoleA(environment) ? [dedicatedRoleANames(environment)] : [];
}

export function hubOnboarder(holder: Holder, boundary: string): Expectation[] {
  const { cast, account, party, id } = holder;
  const { region, environment } = cast;
  const { mayNot } = rowWriter(`${id}/data-sources`, ["R62", "R66", "R70"]);
  const sources = dataSourceArn(region, account, `${environment.name}-*`);
  const sets = dataSetArn(region, account, `${environment.name}-*`);
  const shared = sharedRoleAScopes(environment).length === 0 ? [] : [sharedRoleAName(environment)];
  const tag = `aws:RequestTag/${ENVIRONMENT_TAG}`;
  const people = ["user", "group"].map((kind) =>
    arn("quicksight", identityRegion(environment), account, `${kind}/${environment.hub.quick.namespace}/*`),
  );
  return [
    ...dutiesOf(holder, [
      {
        id: "cloud-control",
        words: "ask Cloud Control for data sources and datasets in the Region",
        needs: [
          "CancelResourceRequest",
          "CreateResource",
          "DeleteResource",
          "GetResource",
          "GetResourceRequestStatus",
          "UpdateResource",
        ].map((name) => `cloudformation:${name}`),
        on: WITHOUT_RESOURCE,
        bound: inRegion(holder),
      },
      {
        id: "data-sources/make",
        words: "make data sources of the environment",
        needs: ["quicksight:CreateDataSource"],
        on: WITHOUT_RESOURCE,
        given: { [tag]: environment.name },
        bound: { [tag.toLowerCase()]: [environment.name] },
      },
      {
        id: "data-sources/manage",
        words: "change the environment's data sources, share them, take them away",
        needs: [
          "DeleteDataSource",
          "DescribeDataSource",
          "DescribeDataSourcePermissions",
          "ListFoldersForResource",
          "ListTagsForResource",
          "PassDataSource",
          "TagResource",
          "UntagResource",
          "UpdateDataSource",
          "UpdateDataSourcePermissions",
        ].map((name) => `quicksight:${name}`),
        on: like([sources]),
      },
      {
        id: "datasets/make",
        words: "make datasets of the environment on data sources of the environment",
        needs: ["quicksight:CreateDataSet"],
        on: like([sources, sets]),
        given: { [tag]: environment.name },
        bound: { [tag.toLowerCase()]: [environment.name] },
      },
      {
        id: "datasets/manage",
        words: "change the environment's datasets, share them, take them away",
        needs: [
          "DeleteDataSet",
          "DeleteDataSetRefreshProperties",
          "DescribeDataSet",
          "DescribeDataSetPermissions",
          "DescribeDataSetRefreshProperties",
          "ListFoldersForResource",
          "ListTagsForResource",
          "TagResource",
          "UntagResource",
          "UpdateDataSet",
          "UpdateDataSetPermissions",
        ].map((name) => `quicksight:${name}`),
        on: like([sets]),
      },
      {
        id: "ingestions",
        words: "follow how the environment's datasets are filled, and break off what a change makes needless",
        needs: ["quicksight:CancelIngestion", "quicksight:DescribeIngestion"],
        on: like([`${sets}/ingestion/*`]),
      },
      {
        id: "ingestions/list",
        words: "list ingestions in the Region",
        needs: ["quicksight:ListIngestions"],
        on: WITHOUT_RESOURCE,
        bound: inRegion(holder),
      },
      {
        id: "data-sources/count",
        words: "count data sources in the Region",
        needs: ["quicksight:ListDataSources"],
        on: WITHOUT_RESOURCE,
        bound: inRegion(holder),
      },
      {
        id: "people",
        words: "see that owners and authors are there",
        needs: ["quicksight:DescribeGroup", "quicksight:DescribeUser"],
        on: like(people),
      },
      {
        id: "subscription",
        words: "see which edition of Quick there is",
        needs: ["quicksight:DescribeAccountSubscription"],
        on: exactly([arn("quicksight", region, account, `account/${account}`)]),
      },
      {
        id: "trail",
        words: "look at CloudTrail's event history in the Region",
        needs: ["cloudtrail:LookupEvents"],
        on: WITHOUT_RESOURCE,
        bound: inRegion(holder),
      },
      passing(holder, [...shared, ...dedicatedRolesA(environment)], "quicksight.amazonaws.com"),
      ...(shared.length === 0 ? [] : [readingRoles(holder, shared)]),
      ...(hasDedicatedRoleA(environment) ? makingRoles(holder, dedicatedRolesA(environment), boundary) : []),
      readingBoundary(boundary),
      ...(sharedRoleAScopes(environment).includes("list")
        ? [readingPolicies(holder, `${ASSUME_CONSUMER_ROLE_POLICY}-${environment.name}-*`)]
        : []),
      ...(environment.alarms === undefined
        ? []
        : [
            {
              id: "alarms/read",
              words: "look at the policy of the hub's topic of alarms",
              needs: ["sns:GetTopicAttributes"],
              on: exactly([topicArn(region, account, hubTopicName(environment))]),
            },
          ]),
    ]),
    mayNot("another-environment", party, "make or touch data sources or datasets of another environment", [
      ...requests(region, ["quicksight:CreateDataSource"], [], {
        resourceAccount: account,
        context: { [tag]: `${environment.name}x` },
      }),
      ...requests(
        region,
        [
          "quicksight:DescribeDataSource",
          "quicksight:UpdateDataSourcePermissions",
          "quicksight:DeleteDataSource",
        ],
        [dataSourceArn(region, account, `${environment.name}x-sales`)],
        { resourceAccount: account },
      ),
      ...requests(
        region,
        ["quicksight:CreateDataSet", "quicksight:PassDataSource"],
        [dataSourceArn(region, account, `${environment.name}x-sales`)],
        { resourceAccount: account, context: { [tag]: environment.name } },
      ),
      ...requests(
        region,
        ["quicksight:CreateDataSet"],
        [dataSetArn(region, account, `${environment.name}x-sales_orders`)],
        { resourceAccount: account, context: { [tag]: environment.name } },
      ),
      ...requests(
        region,
        ["quicksight:DescribeDataSet", "quicksight:UpdateDataSetPermissions", "quicksight:DeleteDataSet"],
        [dataSetArn(region, account, `${environment.name}x-sales_orders`)],
        { resourceAccount: account },
      ),
    ]),
    mayNot(
      "another-region",
      party,
      "ask Cloud Control in another Region",
      requests(region, ["cloudformation:CreateResource"], [], {
        resourceAccount: account,
        context: { "aws:RequestedRegion": anotherRegion(region) },
      }),
    ),
    mayNot(
      "other-services",
      party,
      "hand Role A to anything but Quick",
      requests(
        region,
        ["iam:PassRole"],
        [...shared, ...dedicatedRolesA(environment)].map((name) =>
          roleArn(region, account, name.replace("*", "proof")),
        ),
        { resourceAccount: account, context: { "iam:PassedToService": "ec2.amazonaws.com" } },
      ),
    ),
  ];
}
