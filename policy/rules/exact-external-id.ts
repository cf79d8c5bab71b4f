import { ROLE_B } from "../../access/names";
import type { Resource } from "../frame/resource";
import { resourceRule } from "../frame/rule";
import { covers, demanded, type DocumentStatement } from "../reading/document";
import { statementsIn, typesHolding } from "../reading/policy-documents";
import { types } from "../reading/types";

export const exactExternalId = resourceRule<{ anyDataSource: boolean }>({
  name: "exact-external-id",
  summary:
    "A role is assumed for one data source: external ids and source ARNs hold no wildcard that reaches further",
  severity: "high",
  requirements: ["R50", "R52", "R54", "R68", "C4", "C17", "C21"],
  references: [],
  remedy:
    "use StringEquals with the exact ARN of the data source; where that cannot be, a wildcard only after `datasource/`, with Region and account written out",
  parameters: {
    anyDataSource: {
      type: "boolean",
      description:
        "Accepts `datasource/*` of one hub as external id in trust policies, as `externalId: any-data-source` of an environment makes it",
      default: false,
    },
  },
  types: typesHolding("trust", "identity"),
  *check(resource, { anyDataSource }) {
    for (const statement of statementsIn(resource, "trust")) {
      if (!statement.allows || !covers(statement, "sts:AssumeRole*")) continue;
      for (const value of wildcards(statement, "sts:ExternalId"))
        if (!anyDataSource || reachesFar(value))
          yield `${statement.label} of the trust takes the external id "${value}"`;
      yield* farSources(statement);
      if (
        isRoleB(resource) &&
        comesFromAccount(statement) &&
        demanded(statement, "sts:ExternalId").length === 0
      )
        yield `${statement.label} of the trust of Role B asks for no external id`;
    }
    for (const statement of statementsIn(resource, "identity"))
      if (statement.allows && covers(statement, "sts:AssumeRole"))
        for (const value of wildcards(statement, "sts:ExternalId"))
          if (reachesFar(value)) yield `${statement.label} sends the external id "${value}"`;
  },
});

function* farSources(statement: DocumentStatement) {
  for (const value of wildcards(statement, "aws:SourceArn"))
    if (reachesFar(value) && !isLake(value))
      yield `${statement.label} of the trust takes the source "${value}"`;
}

/** The values of a key that mean more than one text. */
function wildcards(statement: DocumentStatement, key: string): string[] {
  return demanded(statement, key)
    .filter(({ operator }) => operator.endsWith("like") || operator.startsWith("arn"))
    .flatMap(({ values }) => values.filter((value) => /[*?]/.test(value)));
}

/** Whether a pattern reaches over more than the data sources of one hub in one Region. */
function reachesFar(pattern: string): boolean {
  return !/^arn:[\w-]+:quicksight:[a-z0-9-]+:\d{12}:datasource\/\*$/.test(pattern);
}

/** Lake Formation knows no narrower source than an account's Region ("Cross-service confused deputy prevention", its guide). */
function isLake(pattern: string): boolean {
  return /^arn:[\w-]+:lakeformation:[a-z0-9-]+:\d{12}:\*$/.test(pattern);
}

function isRoleB({ type, inputs }: Resource): boolean {
  return type === types.role && (inputs.text("name") ?? "").startsWith(ROLE_B);
}

function comesFromAccount({ principals }: DocumentStatement): boolean {
  return principals.some(({ form }) => form !== "service");
}
