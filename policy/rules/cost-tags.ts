import type { StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { defaultTagsOf } from "../reading/account";
import { DataSource } from "../reading/data-source";

export const costTags = stackRule<{ resource: StackResource }, { tags: readonly string[] }>({
  name: "cost-tags",
  summary: "What costs something carries tags by which costs are told apart",
  severity: "low",
  level: "advisory",
  requirements: ["R75"],
  references: [],
  remedy:
    "set tags, or defaultTags of the provider; activate them as cost allocation tags in the billing account",
  parameters: {
    tags: {
      type: "array",
      items: { type: "string" },
      description: "Keys that must be there. Default: any one tag is enough",
      default: [],
    },
  },
  subjects: (stack) => stack.resources.filter(isTaggable).map((resource) => ({ resource })),
  *check({ resource }, { tags: wanted }) {
    const { provider } = resource;
    const present = new Set([
      ...ownTags(resource),
      ...(provider === undefined ? [] : defaultTagsOf(provider)),
    ]);
    const missing = wanted.filter((key) => !present.has(key));
    if (present.size === 0) yield "the resource has no tags";
    else if (missing.length > 0) yield `the resource has no tag ${missing.join(", ")}`;
  },
});

/** AWS's provider shows all tags of whatever can have some. */
function isTaggable(resource: StackResource): boolean {
  return (
    resource.outputs.keys.includes("tagsAll") ||
    resource.inputs.has("tags") ||
    DataSource.of(resource) !== undefined
  );
}

function ownTags({ inputs }: StackResource): readonly string[] {
  const listed = [
    ...inputs.each("properties.Tags").map((tag) => tag.text("Key")),
    ...inputs.each("tags").map((tag) => tag.text("key")),
  ];
  return [...(inputs.part("tags")?.keys ?? []), ...listed.filter((key) => key !== undefined)];
}
