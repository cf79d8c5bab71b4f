import type { StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { DataSource, dataSourceTypes } from "../reading/data-source";

export const roleBPerDataSource = stackRule<{ resource: StackResource }>({
  name: "role-b-per-data-source",
  summary: "Data sources do not share a Role B: data of another classification has a role of its own",
  severity: "low",
  level: "advisory",
  requirements: ["R67", "R72"],
  references: [],
  remedy: "give each data source, and with it each classification of data, its own Role B",
  subjects: (stack) =>
    // One data source alone shares its role with none, whatever the role's ARN will be.
    sources(stack.of(...dataSourceTypes)).length < 2 ? [] : sources(stack.of(...dataSourceTypes)),
  *check({ resource }, _, stack) {
    const role = DataSource.of(resource)?.consumerRole;
    const others = sources(stack.of(...dataSourceTypes)).filter(
      (other) => other.resource !== resource && DataSource.of(other.resource)?.consumerRole === role,
    );
    if (role !== undefined && others.length > 0)
      yield `the data source has Role B ${role} in common with ${others.map((other) => other.resource.name).join(", ")}`;
  },
});

function sources(resources: readonly StackResource[]): { resource: StackResource }[] {
  return resources
    .filter((resource) => DataSource.of(resource) !== undefined)
    .map((resource) => ({ resource }));
}
