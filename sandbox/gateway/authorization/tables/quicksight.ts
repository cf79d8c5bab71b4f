import { QUICK } from "../../../world";
import {
  actionOf,
  all,
  arn,
  each,
  passRole,
  structure,
  tagContext,
  tagKeyContext,
  tagsIn,
  textOf,
} from "../need";
import type { Asked, Need, Rule, Table } from "../need";

const SERVICE = "quicksight.amazonaws.com";

const onDataSource: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: arn(asked, "quicksight", `datasource/${textOf(asked.input, "DataSourceId")}`),
  },
];

const onDataSet: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: arn(asked, "quicksight", `dataset/${textOf(asked.input, "DataSetId")}`),
  },
];

/** Users and groups, in their namespace; a listing is on all of them. */
const identity =
  (kind: "user" | "group", parameter: string): Rule =>
  (asked) => {
    const name = textOf(asked.input, parameter) || "*";
    const namespace = textOf(asked.input, "Namespace") || QUICK.namespace;
    return [{ action: actionOf(asked), resource: arn(asked, "quicksight", `${kind}/${namespace}/${name}`) }];
  };

/** The role that a data source runs as is passed to Quick (R53). The consumer role is assumed from there, not passed. */
export function passedRole(input: Readonly<Record<string, unknown>>): Need[] {
  const parameters = structure(structure(input, "DataSourceParameters"), "AthenaParameters");
  return passRole(textOf(parameters, "RoleArn"), SERVICE);
}

const passing: Rule = ({ input }) => passedRole(input);

const createdDataSource: Rule = (asked) => {
  const tags = tagContext(tagsIn(asked.input["Tags"]));
  return [
    { action: "quicksight:CreateDataSource", resource: "*", context: tags },
    ...tagOnCreation(arn(asked, "quicksight", `datasource/${textOf(asked.input, "DataSourceId")}`), tags),
  ];
};

function tagOnCreation(resource: string, tags: Readonly<Record<string, string | readonly string[]>>): Need[] {
  return Object.keys(tags).length === 0
    ? []
    : [{ action: "quicksight:TagResource", resource, context: tags }];
}

/** The data sources of a data set's tables. */
function sourcesOf(input: Readonly<Record<string, unknown>>): string[] {
  return Object.values(structure(input, "PhysicalTableMap")).flatMap((table) => {
    const kinds = structure({ table }, "table");
    const sources = Object.keys(kinds).map((kind) => textOf(structure(kinds, kind), "DataSourceArn"));
    return sources.filter((source) => source !== "");
  });
}

/** Asked of the data sources, with whose type AWS lists CreateDataSet, and of the data set, on which AWS's own policies allow it. */
const createdDataSet: Rule = (asked) => {
  const tags = tagContext(tagsIn(asked.input["Tags"]));
  const made = arn(asked, "quicksight", `dataset/${textOf(asked.input, "DataSetId")}`);
  return [
    ...[...sourcesOf(asked.input), made].map((resource) => ({
      action: "quicksight:CreateDataSet",
      resource,
      context: tags,
    })),
    ...passingSources(asked),
    ...tagOnCreation(made, tags),
  ];
};

function passingSources({ input }: Asked): Need[] {
  return sourcesOf(input).map((resource) => ({ action: "quicksight:PassDataSource", resource }));
}

const onIngestion: Rule = (asked) => {
  const [set, id] = [textOf(asked.input, "DataSetId"), textOf(asked.input, "IngestionId")];
  return [{ action: actionOf(asked), resource: arn(asked, "quicksight", `dataset/${set}/ingestion/${id}`) }];
};

const tagged: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: textOf(asked.input, "ResourceArn"),
    context: {
      ...tagContext(tagsIn(asked.input["Tags"])),
      ...tagKeyContext(asked.call.query.getAll("keys")),
    },
  },
];

const subscription: Rule = (asked) => [
  { action: actionOf(asked), resource: arn(asked, "quicksight", `account/${asked.account}`) },
];

/** Amazon Quick: data sources, data sets, users and groups. Dashboards and what else it has are not known here. */
export const quickSight: Table = {
  CreateDataSource: all(createdDataSource, passing),
  UpdateDataSource: all(onDataSource, passing),
  ...each(
    "DescribeDataSource DeleteDataSource DescribeDataSourcePermissions UpdateDataSourcePermissions",
    onDataSource,
  ),
  SearchDataSources: (asked) => [
    { action: actionOf(asked), resource: arn(asked, "quicksight", "datasource/*") },
  ],
  CreateDataSet: createdDataSet,
  UpdateDataSet: all(onDataSet, passingSources),
  ...each(
    "DescribeDataSet DeleteDataSet DescribeDataSetPermissions UpdateDataSetPermissions " +
      "DescribeDataSetRefreshProperties PutDataSetRefreshProperties DeleteDataSetRefreshProperties",
    onDataSet,
  ),
  ...each("CreateIngestion DescribeIngestion CancelIngestion", onIngestion),
  ...each("DescribeUser UpdateUser DeleteUser ListUserGroups", identity("user", "UserName")),
  RegisterUser: identity("user", "UserName"),
  ListUsers: identity("user", ""),
  ...each(
    "CreateGroup DescribeGroup UpdateGroup DeleteGroup ListGroupMemberships CreateGroupMembership " +
      "DeleteGroupMembership DescribeGroupMembership",
    identity("group", "GroupName"),
  ),
  ...each("ListGroups SearchGroups", identity("group", "")),
  DescribeAccountSubscription: subscription,
  ...each("TagResource UntagResource ListTagsForResource", tagged),
};
