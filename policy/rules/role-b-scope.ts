import { arnComponents } from "../../access/evaluate/arn";
import { matcher, patternOf } from "../../access/evaluate/glob";
import { actionsOf } from "../../access/evaluate/service-table";
import { stackRule } from "../frame/rule";
import { demanded, type DocumentStatement } from "../reading/document";
import { rolesOf } from "../reading/roles";

/** Services that lead to data. */
const DATA = ["athena", "dynamodb", "glue", "kms", "lakeformation", "lambda", "s3", "secretsmanager"];

export const roleBScope = stackRule({
  name: "role-b-scope",
  summary: "Role B names what it reads: databases, buckets, functions, tables and keys, without wildcards",
  severity: "high",
  requirements: ["R60", "R70", "R72", "R74", "C6"],
  references: [
    "checkov CKV_AWS_355",
    "checkov CKV_AWS_356",
    "cdk-nag AwsSolutions-IAM5",
    "parliament RESOURCE_STAR",
    "cloudsplaining DataExfiltration",
  ],
  remedy:
    "write out actions, accounts, Regions and names; a wildcard may stand for the objects below a prefix, the tables of a named database and the indexes of a named table",
  subjects: rolesOf,
  *check(role) {
    if (!role.isRoleB) return;
    for (const arn of role.unseenPolicies)
      yield `Role B has the managed policy ${arn}, which this stack does not make`;
    for (const statement of role.permissions) {
      if (!statement.allows) continue;
      const { label, actions, notAction, resources, notResource } = statement;
      if (notAction) yield `${label} allows everything but ${actions.join(", ")}`;
      const data = actions.filter(
        (action) =>
          /^[*?]/.test(action) || DATA.some((service) => action.toLowerCase().startsWith(`${service}:`)),
      );
      if (notAction || data.length === 0) continue;
      const wide = data.filter((action) => /[*?]/.test(action));
      if (wide.length > 0) yield `${label} allows ${wide.join(", ")}`;
      if (notResource) yield `${label} allows ${data.join(", ")} on everything but ${resources.join(", ")}`;
      else
        for (const resource of resources)
          if (isWide(resource, statement)) yield `${label} allows ${data.join(", ")} on ${resource}`;
    }
  },
});

/** Whether a resource is named by a wildcard where a name could stand. */
function isWide(resource: string, statement: DocumentStatement): boolean {
  // Without a resource type there is nothing else to write.
  if (resource === "*") return !statement.actions.every(takesNoResource);
  const [, , service = "", region = "", account = "", name = ""] = arnComponents(resource) ?? [];
  if (service === "" || name === "") return true;
  if (service === "s3") return /[*?]/.test(name.split("/")[0] ?? "");
  if (/[*?]/.test(region) || /[*?]/.test(account)) return true;
  // KMS chooses a key's id, so that a policy written before can only bound the key by what it is used for.
  if (service === "kms" && boundsKey(statement)) return false;
  const [type = "", ...names] = name.split(/[/:]/);
  return /[*?]/.test(type) || /[*?]/.test(names[0] ?? "");
}

function takesNoResource(action: string): boolean {
  const [service = "", name = ""] = action.toLowerCase().split(":");
  const covered = [...(actionsOf(service) ?? [])].filter(([known]) => matcher(patternOf(name))(known));
  return covered.length > 0 && covered.every(([, { resources }]) => resources.length === 0);
}

function boundsKey(statement: DocumentStatement): boolean {
  const literal = (value: string) => !/[*?]/.test(value);
  return (
    statement.tests.some(
      ({ operator, key, values, holdsWithoutKey }) =>
        key.startsWith("kms:encryptioncontext:") &&
        ["stringequals", "arnequals"].includes(operator) &&
        !holdsWithoutKey &&
        values.every(literal),
    ) ||
    demanded(statement, "kms:RequestAlias", "kms:ResourceAliases").some(({ values }) => values.every(literal))
  );
}
