/** Tags: the provider's default ones and the resource's own, and what an update has to change. */

/** Tags as AWS's services list them. */
export interface TagEntry {
  readonly Key: string;
  readonly Value: string;
}

type Tags = Readonly<Record<string, string>>;

/** Tags as a list. */
export function tagList(tags: Tags | undefined): TagEntry[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** A list of tags as a record, without those that AWS itself sets (`aws:...`). */
export function tagRecord(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return ownTags(Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])));
}

/** The tags without those that AWS itself sets (`aws:...`). */
export function ownTags(tags: Tags | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !key.startsWith("aws:")));
}

/** What must be set and what removed to come from the old tags to the new ones. */
export function tagChanges(
  old: Tags | undefined,
  wanted: Tags | undefined,
): { set: Record<string, string>; removed: string[] } {
  const [before, after] = [old ?? {}, wanted ?? {}];
  return {
    set: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
    removed: Object.keys(before).filter((key) => after[key] === undefined),
  };
}

/** Applies the changes between two sets of tags with a service's two calls, each only when it has something to do. */
export async function changeTags(
  old: Tags | undefined,
  wanted: Tags | undefined,
  set: (tags: Record<string, string>) => Promise<unknown>,
  remove: (keys: string[]) => Promise<unknown>,
): Promise<void> {
  const changes = tagChanges(old, wanted);
  if (changes.removed.length > 0) await remove(changes.removed);
  if (Object.keys(changes.set).length > 0) await set(changes.set);
}
