import {
  actionOf,
  all,
  each,
  made,
  passRole,
  structure,
  tagContext,
  tagKeyContext,
  tagsIn,
  textOf,
} from "../need";
import type { Asked, Need, Rule, Table } from "../need";

const SERVICE = "lambda.amazonaws.com";

/** A function, however it is named: `f`, `f:alias`, `123456789012:function:f`, or by ARN, with the qualifier beside it. */
function functionArn({ input, call, region, account }: Asked): string {
  const given = textOf(input, "FunctionName");
  const [, place = region, owner = account, name = given] =
    /^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):)?(\d{12}):function:(.+)$/.exec(given) ?? [];
  const qualifier = call.query.get("Qualifier") ?? "";
  const qualified = qualifier === "" || name.includes(":") ? name : `${name}:${qualifier}`;
  return `arn:aws:lambda:${place}:${owner}:function:${qualified}`;
}

const onFunction: Rule = (asked) => [{ action: actionOf(asked), resource: functionArn(asked) }];

const invoked: Rule = (asked) => [{ action: "lambda:InvokeFunction", resource: functionArn(asked) }];

/** What AddPermission grants, and to whom. */
const granted: Rule = (asked) => {
  const principal = textOf(asked.input, "Principal");
  const context = principal === "" ? {} : { "lambda:Principal": principal };
  return [{ action: actionOf(asked), resource: functionArn(asked), context }];
};

const role: Rule = ({ input }): Need[] => passRole(textOf(input, "Role"), SERVICE);

/** Lambda fetches code as whoever makes the function: an image from ECR, an archive from S3. */
const code =
  (given: (asked: Asked) => Readonly<Record<string, unknown>>): Rule =>
  async (asked) => {
    const found = given(asked);
    const [, account, region, repository] =
      /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(textOf(found, "ImageUri")) ?? [];
    const [bucket, key] = [textOf(found, "S3Bucket"), textOf(found, "S3Key")];
    return [
      ...(account === undefined || region === undefined || repository === undefined
        ? []
        : ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"].map((action) => ({
            action,
            resource: `arn:aws:ecr:${region}:${account}:repository/${repository}`,
          }))),
      ...(bucket === ""
        ? []
        : [
            {
              action: "s3:GetObject",
              resource: `arn:aws:s3:::${bucket}/${key}`,
              account: (await asked.resources.bucket(bucket))?.account ?? asked.account,
            },
          ]),
    ];
  };

// Lambda calls what it tags by a label of the path; UntagResource's keys come in the query, one or several.
const tagged: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: textOf(asked.input, "Resource"),
    context: {
      ...tagContext(tagsIn(asked.input["Tags"])),
      ...tagKeyContext(asked.call.query.getAll("tagKeys")),
    },
  },
];

/** Lambda: functions. Layers, event sources and what else Lambda has are not known here. */
export const lambda: Table = {
  CreateFunction: all(
    made(onFunction, "lambda:TagResource"),
    role,
    code(({ input }) => structure(input, "Code")),
  ),
  UpdateFunctionCode: all(
    onFunction,
    code(({ input }) => input),
  ),
  UpdateFunctionConfiguration: all(onFunction, role),
  AddPermission: granted,
  ...each("Invoke InvokeWithResponseStream", invoked),
  InvokeAsync: invoked,
  ...each(
    "CreateAlias CreateFunctionUrlConfig DeleteAlias DeleteFunction DeleteFunctionConcurrency " +
      "DeleteFunctionEventInvokeConfig DeleteFunctionUrlConfig GetAlias GetFunction GetFunctionConcurrency " +
      "GetFunctionConfiguration GetFunctionEventInvokeConfig GetFunctionUrlConfig GetPolicy ListAliases " +
      "ListFunctionEventInvokeConfigs ListFunctionUrlConfigs ListVersionsByFunction PublishVersion " +
      "PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission UpdateAlias " +
      "UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig GetFunctionCodeSigningConfig " +
      "GetRuntimeManagementConfig GetFunctionRecursionConfig",
    onFunction,
  ),
  ...each("ListTags TagResource UntagResource", tagged),
};
