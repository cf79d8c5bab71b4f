import { actionOf, arn, each, tagContext, tagKeyContext, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

/** Tags as Query spells them out: `Tags.member.1.Key`. */
function tagsIn({ input }: Asked): Record<string, string> {
  const found: Record<string, string> = {};
  for (let i = 1; textOf(input, `Tags.member.${i}.Key`) !== ""; i++)
    found[textOf(input, `Tags.member.${i}.Key`)] = textOf(input, `Tags.member.${i}.Value`);
  return found;
}

function tagKeysIn({ input }: Asked): string[] {
  const found: string[] = [];
  for (let i = 1; textOf(input, `TagKeys.member.${i}`) !== ""; i++)
    found.push(textOf(input, `TagKeys.member.${i}`));
  return found;
}

/** A topic is made with its tags, which takes an action of its own ("CreateTopic", SNS API reference). */
const created: Rule = (asked) => {
  const tags = tagsIn(asked);
  const need = {
    resource: arn(asked, "sns", textOf(asked.input, "Name")),
    context: tagContext(tags),
    unguarded: true,
  } as const;
  return [
    { ...need, action: actionOf(asked) },
    ...(Object.keys(tags).length === 0 ? [] : [{ ...need, action: "sns:TagResource" }]),
  ];
};

const tagged: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: textOf(asked.input, "ResourceArn"),
    context: {
      "aws:SourceOwner": asked.account,
      ...tagContext(tagsIn(asked)),
      ...tagKeyContext(tagKeysIn(asked)),
    },
  },
];

const onTopic: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: textOf(asked.input, "TopicArn"),
    context: { "aws:SourceOwner": asked.account },
  },
];

/** SNS: topics and who hears of them. */
export const sns: Table = {
  CreateTopic: created,
  ...each(
    "DeleteTopic GetTopicAttributes SetTopicAttributes AddPermission RemovePermission Publish Subscribe " +
      "ListSubscriptionsByTopic",
    onTopic,
  ),
  ...each("TagResource UntagResource ListTagsForResource", tagged),
};
