/** What the roles of a hub are expected to have. */
import type { Granted } from "./granted";

const HUB_DEPLOYER = {
  MakeRolesUnderBoundary: {
    Action: [
      "iam:CreateRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    Resource: ["arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a"],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/athena-spokes-hub-boundary-dev",
      },
    },
  },
  RemoveRolesUnderBoundary: {
    Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
    Resource: ["arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a"],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/athena-spokes-hub-boundary-dev",
      },
    },
  },
  ReadAndTagRoles: {
    Action: [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:TagRole",
      "iam:UntagRole",
    ],
    Resource: ["arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a"],
  },
} as const;

const HUB_ONBOARDER = {
  CloudControl: {
    Action: [
      "cloudformation:CancelResourceRequest",
      "cloudformation:CreateResource",
      "cloudformation:DeleteResource",
      "cloudformation:GetResource",
      "cloudformation:GetResourceRequestStatus",
      "cloudformation:UpdateResource",
    ],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  CreateDataSources: {
    Action: "quicksight:CreateDataSource",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestTag/athena-spokes:environment": "dev" } },
  },
  DataSources: {
    Action: [
      "quicksight:DeleteDataSource",
      "quicksight:DescribeDataSource",
      "quicksight:DescribeDataSourcePermissions",
      "quicksight:ListFoldersForResource",
      "quicksight:ListTagsForResource",
      "quicksight:PassDataSource",
      "quicksight:TagResource",
      "quicksight:UntagResource",
      "quicksight:UpdateDataSource",
      "quicksight:UpdateDataSourcePermissions",
    ],
    Resource: "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-*",
  },
  CreateDataSets: {
    Action: "quicksight:CreateDataSet",
    Resource: [
      "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-*",
      "arn:aws:quicksight:us-east-1:111111111111:dataset/dev-*",
    ],
    Condition: { StringEquals: { "aws:RequestTag/athena-spokes:environment": "dev" } },
  },
  DataSets: {
    Action: [
      "quicksight:DeleteDataSet",
      "quicksight:DeleteDataSetRefreshProperties",
      "quicksight:DescribeDataSet",
      "quicksight:DescribeDataSetPermissions",
      "quicksight:DescribeDataSetRefreshProperties",
      "quicksight:ListFoldersForResource",
      "quicksight:ListTagsForResource",
      "quicksight:TagResource",
      "quicksight:UntagResource",
      "quicksight:UpdateDataSet",
      "quicksight:UpdateDataSetPermissions",
    ],
    Resource: "arn:aws:quicksight:us-east-1:111111111111:dataset/dev-*",
  },
  Ingestions: {
    Action: ["quicksight:CancelIngestion", "quicksight:DescribeIngestion"],
    Resource: "arn:aws:quicksight:us-east-1:111111111111:dataset/dev-*/ingestion/*",
  },
  FollowIngestions: {
    Action: "quicksight:ListIngestions",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  CountDataSources: {
    Action: "quicksight:ListDataSources",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  FindPeople: {
    Action: ["quicksight:DescribeGroup", "quicksight:DescribeUser"],
    Resource: [
      "arn:aws:quicksight:us-east-1:111111111111:user/default/*",
      "arn:aws:quicksight:us-east-1:111111111111:group/default/*",
    ],
  },
  ReadTrail: {
    Action: "cloudtrail:LookupEvents",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  FindSubscription: {
    Action: "quicksight:DescribeAccountSubscription",
    Resource: "arn:aws:quicksight:us-east-1:111111111111:account/111111111111",
  },
  PassRoleA: {
    Action: "iam:PassRole",
    Resource: ["arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a"],
    Condition: { StringEquals: { "iam:PassedToService": "quicksight.amazonaws.com" } },
  },
  ReadRoles: {
    Action: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    Resource: ["arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a"],
  },
  ReadBoundary: {
    Action: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    Resource: "arn:aws:iam::111111111111:policy/athena-spokes-hub-boundary-dev",
  },
} as const;

const HUB_BOUNDARY = {
  AssumeRoleB: {
    Action: "sts:AssumeRole",
    Resource: [
      "arn:aws:iam::*:role/qs-athena-consumer-role",
      "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
    ],
    Condition: {
      StringEquals: { "aws:ResourceOrgID": "o-athenaspokes" },
      StringLike: { "sts:ExternalId": "arn:aws:quicksight:us-east-1:111111111111:datasource/*" },
    },
  },
} as const;

const HUB_WITH_A_LIST_OF_ROLES_DEPLOYER = {
  ...HUB_DEPLOYER,
  ManagePolicies: {
    Action: [
      "iam:CreatePolicy",
      "iam:CreatePolicyVersion",
      "iam:DeletePolicy",
      "iam:DeletePolicyVersion",
      "iam:GetPolicy",
      "iam:GetPolicyVersion",
      "iam:ListPolicyTags",
      "iam:ListPolicyVersions",
      "iam:TagPolicy",
      "iam:UntagPolicy",
    ],
    Resource: "arn:aws:iam::111111111111:policy/AssumeConsumerRolePolicy-dev-*",
  },
  AttachPoliciesUnderBoundary: {
    Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
    Resource: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/athena-spokes-hub-boundary-dev",
      },
      ArnLike: { "iam:PolicyARN": "arn:aws:iam::111111111111:policy/AssumeConsumerRolePolicy-dev-*" },
    },
  },
} as const;

const HUB_WITH_A_LIST_OF_ROLES_ONBOARDER = {
  ...HUB_ONBOARDER,
  ReadPolicies: {
    Action: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    Resource: "arn:aws:iam::111111111111:policy/AssumeConsumerRolePolicy-dev-*",
  },
} as const;

const DEDICATED = ["arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a-dev-*"];
const HUB_WITH_DEDICATED_ROLES_ONBOARDER = {
  ...withoutReadRoles(HUB_ONBOARDER),
  PassRoleA: { ...HUB_ONBOARDER.PassRoleA, Resource: DEDICATED },
  MakeRolesUnderBoundary: { ...HUB_DEPLOYER.MakeRolesUnderBoundary, Resource: DEDICATED },
  RemoveRolesUnderBoundary: { ...HUB_DEPLOYER.RemoveRolesUnderBoundary, Resource: DEDICATED },
  ReadAndTagRoles: { ...HUB_DEPLOYER.ReadAndTagRoles, Resource: DEDICATED },
};

const HUB_MOVING_TO_DEDICATED_ROLES_ONBOARDER = {
  ...HUB_WITH_DEDICATED_ROLES_ONBOARDER,
  PassRoleA: {
    ...HUB_ONBOARDER.PassRoleA,
    Resource: [...HUB_ONBOARDER.PassRoleA.Resource, ...DEDICATED],
  },
  ReadRoles: HUB_ONBOARDER.ReadRoles,
};

function withoutReadRoles(statements: typeof HUB_ONBOARDER) {
  return Object.fromEntries(Object.entries(statements).filter(([sid]) => sid !== "ReadRoles"));
}

/** Title of the case -> name of the role or boundary -> Sid -> what it grants. */
export const HUB: Readonly<Record<string, Granted>> = {
  hub: {
    "athena-spokes-hub-deployer-dev": HUB_DEPLOYER,
    "athena-spokes-hub-onboarder-dev": HUB_ONBOARDER,
    "athena-spokes-hub-boundary-dev": HUB_BOUNDARY,
  },
  "hub with a role for each spoke": {
    "athena-spokes-hub-deployer-dev": {
      RemoveRolesUnderBoundary: HUB_DEPLOYER.RemoveRolesUnderBoundary,
      ReadAndTagRoles: HUB_DEPLOYER.ReadAndTagRoles,
    },
    "athena-spokes-hub-onboarder-dev": HUB_WITH_DEDICATED_ROLES_ONBOARDER,
    "athena-spokes-hub-boundary-dev": HUB_BOUNDARY,
  },
  "hub on the way to a role for each spoke": {
    "athena-spokes-hub-deployer-dev": HUB_DEPLOYER,
    "athena-spokes-hub-onboarder-dev": HUB_MOVING_TO_DEDICATED_ROLES_ONBOARDER,
    "athena-spokes-hub-boundary-dev": HUB_BOUNDARY,
  },
  "hub with a list of roles": {
    "athena-spokes-hub-deployer-dev": HUB_WITH_A_LIST_OF_ROLES_DEPLOYER,
    "athena-spokes-hub-onboarder-dev": HUB_WITH_A_LIST_OF_ROLES_ONBOARDER,
    "athena-spokes-hub-boundary-dev": HUB_BOUNDARY,
  },
};
