import { list, requiredText } from "./call";
import { AwsError } from "./errors";
import type { Cloud } from "./context";
import type { Tag } from "./state";
import { without } from "./without";

/** The tags of a request's list. @throws AwsError with the code given. */
export function tagList(
  input: Readonly<Record<string, unknown>>,
  name: string,
  code: string,
): Tag[] | undefined {
  return list(input, name)?.map((item) => {
    const tag = (item ?? {}) as Record<string, unknown>;
    const Value = tag["Value"] ?? "";
    if (typeof Value !== "string") throw new AwsError(code, `${name} must have a Key and a Value each`);
    return { Key: requiredText(tag, "Key", code), Value };
  });
}

/** Tags of something that the gateway keeps. */
export function tagsOf({ state }: Cloud, arn: string): readonly Tag[] {
  return state.tags[arn] ?? [];
}

/** Adds tags; a key that is there gets the new value. */
export function addTags(cloud: Cloud, arn: string, added: readonly Tag[]): void {
  const keys = new Set(added.map(({ Key }) => Key));
  setTags(cloud, arn, [...tagsOf(cloud, arn).filter(({ Key }) => !keys.has(Key)), ...added]);
}

/** Removes tags by key. */
export function removeTags(cloud: Cloud, arn: string, keys: readonly string[]): void {
  setTags(
    cloud,
    arn,
    tagsOf(cloud, arn).filter(({ Key }) => !keys.includes(Key)),
  );
}

/** Replaces all tags. */
export function setTags(cloud: Cloud, arn: string, tags: readonly Tag[]): void {
  const others = without(cloud.state.tags, arn);
  cloud.state.tags = tags.length === 0 ? others : { ...others, [arn]: tags };
  cloud.changed();
}
