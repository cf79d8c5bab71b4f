import { actionOf, arn, each, made, on, tagging, textOf } from "../need";
import type { Asked, Need, Rule, Table } from "../need";

/** The workgroup of requests that name none. */
const PRIMARY = "primary";

const workGroup = (parameter: string): Rule =>
  on((asked) => arn(asked, "athena", `workgroup/${textOf(asked.input, parameter) || PRIMARY}`));

const catalog = (parameter: string): Rule =>
  on((asked) => arn(asked, "athena", `datacatalog/${textOf(asked.input, parameter)}`));

/** Athena. What queries and metadata need of Glue, S3 and Lambda is asked where they are executed. */
export const athena: Table = {
  CreateWorkGroup: made(workGroup("Name"), "athena:TagResource"),
  ...each("GetWorkGroup UpdateWorkGroup DeleteWorkGroup", workGroup("WorkGroup")),
  CreateDataCatalog: made(catalog("Name"), "athena:TagResource"),
  ...each("GetDataCatalog UpdateDataCatalog DeleteDataCatalog", catalog("Name")),
  ...each("GetDatabase GetTableMetadata ListDatabases ListTableMetadata", catalog("CatalogName")),
  ...each(
    "StartQueryExecution ListQueryExecutions ListNamedQueries CreateNamedQuery CreatePreparedStatement " +
      "GetPreparedStatement UpdatePreparedStatement DeletePreparedStatement ListPreparedStatements",
    (asked) => [
      {
        action: actionOf(asked),
        resource: arn(
          asked,
          "athena",
          `workgroup/${textOf(asked.input, "WorkGroup") || textOf(asked.input, "StatementWorkGroup") || PRIMARY}`,
        ),
      },
    ],
  ),
  BatchGetPreparedStatement: workGroup("WorkGroup"),
  ...each(
    "GetQueryExecution GetQueryResults GetQueryResultsStream GetQueryRuntimeStatistics StopQueryExecution",
    (asked) => ofExecution(asked, textOf(asked.input, "QueryExecutionId")),
  ),
  BatchGetQueryExecution: (asked) => {
    const ids: unknown = asked.input["QueryExecutionIds"];
    const needs = (Array.isArray(ids) ? ids : []).flatMap((id) => ofExecution(asked, String(id)));
    return needs.length === 0 ? ofExecution(asked, "") : needs;
  },
  // Named queries are not kept here, so that there is none outside of the primary workgroup.
  ...each("GetNamedQuery UpdateNamedQuery DeleteNamedQuery BatchGetNamedQuery", workGroup("WorkGroup")),
  ...each("TagResource UntagResource ListTagsForResource", tagging("ResourceARN")),
};

/** An execution is asked for by its workgroup; one that is not there by the primary one. */
function ofExecution(asked: Asked, id: string): Need[] {
  const { state, account, region } = asked;
  const group = state.queryExecutions[`${account}/${region}/${id}`]?.workGroup ?? PRIMARY;
  return [{ action: actionOf(asked), resource: arn(asked, "athena", `workgroup/${group}`) }];
}
