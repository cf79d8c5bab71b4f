import type { StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { QuickShare, quickShareTypes } from "../reading/quick-share";

export const dataSourceGroups = stackRule<{ resource: StackResource }>({
  name: "data-source-groups",
  summary: "Where there are groups, data sources and datasets are shared with groups: people come and go",
  severity: "low",
  level: "advisory",
  requirements: ["R65", "C29"],
  references: [],
  remedy: "put the users into a group and share with that",
  subjects: (stack) => stack.of(...quickShareTypes).map((resource) => ({ resource })),
  *check({ resource }, _, stack) {
    const users = principalsOf(resource).filter(isUser);
    if (
      users.length === 0 ||
      !stack
        .of(...quickShareTypes)
        .flatMap(principalsOf)
        .some((arn) => !isUser(arn))
    )
      return;
    yield `the ${QuickShare.of(resource)?.words ?? "resource"} is shared with ${users.map((arn) => arn.slice(arn.indexOf(":user/") + 1)).join(", ")}`;
  },
});

function principalsOf(resource: StackResource): string[] {
  return (QuickShare.of(resource)?.principals ?? []).map(({ arn }) => arn);
}

function isUser(arn: string): boolean {
  return arn.includes(":user/");
}
