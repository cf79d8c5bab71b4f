import { stackRule } from "../frame/rule";
import { type Location, locationOf, resultsOf } from "../reading/buckets";
import { coveredActions } from "../reading/document";
import { rolesOf } from "../reading/roles";
import { types } from "../reading/types";

/** What changes objects, or what may be done with them. */
const S3_WRITES = [
  "s3:PutObject*",
  "s3:DeleteObject*",
  "s3:RestoreObject",
  "s3:PutBucket*",
  "s3:DeleteBucket*",
  "s3:PutLifecycleConfiguration",
  "s3:PutEncryptionConfiguration",
];
/** What changes metadata and tables. */
const OTHER_WRITES = [
  "glue:Create*",
  "glue:Update*",
  "glue:Delete*",
  "glue:Batch*Create*",
  "glue:BatchCreate*",
  "glue:BatchUpdate*",
  "glue:BatchDelete*",
  "glue:Put*",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PartiQLDelete",
];

export const roleBWrites = stackRule<ReturnType<typeof rolesOf>[number], { results: readonly string[] }>({
  name: "role-b-writes",
  summary: "Role B writes query results and nothing else: source data is read only",
  severity: "high",
  requirements: ["R58", "R70", "C6", "C27"],
  references: ["cloudsplaining InfrastructureModification"],
  remedy:
    "read the data's prefixes and write below the workgroup's output location only, in statements of their own; name an output location that this stack does not make in the parameter `results`",
  parameters: {
    results: {
      type: "array",
      items: { type: "string", pattern: "^s3://[^/]+/" },
      description: "Places of query results besides those of the stack's workgroups: `s3://bucket/prefix/`",
      default: [],
    },
  },
  subjects: rolesOf,
  *check(role, { results }, stack) {
    if (!role.isRoleB) return;
    // A stack of ours says where results go; a workgroup of elsewhere is no resource of it.
    const told = stack.of(types.stack).flatMap(({ outputs }) => outputs.text("outputLocation") ?? []);
    const places = [...resultsOf(stack), ...[...results, ...told].flatMap((text) => locationOf(text) ?? [])];
    for (const statement of role.permissions) {
      if (!statement.allows) continue;
      const { label, resources, notResource } = statement;
      const others = coveredActions(statement, OTHER_WRITES);
      if (others.length > 0) yield `${label} lets Role B change data: ${others.join(", ")}`;
      const writes = coveredActions(statement, S3_WRITES);
      if (writes.length === 0) continue;
      if (notResource) yield `${label} allows ${writes.join(", ")} on everything but ${resources.join(", ")}`;
      else
        for (const resource of resources)
          if (!places.some((place) => lies(resource, place)))
            yield `${label} allows ${writes.join(", ")} on ${resource}, which is no place for query results`;
    }
  },
});

/** Whether all that a resource of a policy means lies below a place. */
function lies(resource: string, { bucket, prefix }: Location): boolean {
  const [, , , , , name = ""] = resource.split(":");
  const slash = name.indexOf("/");
  // A bucket's own ARN, among those of objects, means no object.
  if (slash < 0) return !/[*?]/.test(name);
  return name.slice(0, slash) === bucket && name.slice(slash + 1).startsWith(prefix);
}
