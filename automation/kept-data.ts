/** What people have put into buckets, databases and tables that a stack made: it is kept unless somebody says otherwise. */
import type { AccountView, ItemKey } from "./cloud/cloud";
import type { Context } from "./context";
import type { Plan } from "./engine/plan";
import type { KnownResource, StackState } from "./engine/state";
import { RunnerError } from "./failure";
import { step } from "./message";

/** Something that holds what no stack made. */
export interface Full {
  readonly account: string;
  /** `bucket`, `Glue database` or `DynamoDB table`. */
  readonly noun: string;
  readonly name: string;
  /** What it holds: `objects`. */
  readonly contents: string;
  /** URNs of the thing and its settings: encryption, policy and the like belong to a bucket and stay with it. */
  readonly urns: readonly string[];
}

/** What stays after its stack has let go of it. */
export type Kept = Pick<Full, "account" | "noun" | "name">;

/** How one kind of thing is looked into. */
interface Holder {
  readonly contents: string;
  /** Input by which a resource names the thing it belongs to. */
  readonly belongsBy: string;
  /** What the stack puts in, as opposed to settings. */
  readonly content: string;
  /** Whether it holds anything beside the stack's own `contents`. */
  readonly hasMore: (view: AccountView, name: string, own: readonly KnownResource[]) => Promise<boolean>;
}

const HOLDERS: Readonly<Record<string, Holder>> = {
  bucket: {
    contents: "objects",
    belongsBy: "bucket",
    content: "object",
    hasMore: (view, name, own) => view.hasObjects(name, new Set(own.map(({ inputs }) => String(inputs.key)))),
  },
  // Glue deletes a database with all its tables.
  "Glue database": {
    contents: "tables",
    belongsBy: "databaseName",
    content: "Glue table",
    hasMore: async (view, name, own) => {
      const known = new Set(own.map((table) => table.name));
      return (await view.tables(name)).some((table) => !known.has(table));
    },
  },
  "DynamoDB table": {
    contents: "items",
    belongsBy: "tableName",
    content: "DynamoDB item",
    hasMore: (view, name, own) => view.hasItems(name, own.map(itemKey)),
  },
};

/**
 * The stack's buckets, databases and tables that hold what the stack did not make itself.
 *
 * @param accounts by account id.
 * @param among URNs to look at. Default: all.
 */
export async function holdings(
  state: StackState,
  accounts: ReadonlyMap<string, AccountView>,
  among?: ReadonlySet<string>,
): Promise<Full[]> {
  const found = await Promise.all(
    state.resources.map(async ({ noun, name, account = "", urn, inputs }): Promise<Full[]> => {
      const holder = HOLDERS[noun];
      if (holder === undefined || among?.has(urn) === false) return [];
      // A resource link holds nothing: Glue shows what is in the database that it leads to.
      if (inputs.targetDatabase !== undefined) return [];
      const view = accounts.get(account);
      if (view === undefined)
        throw new RunnerError(
          "input.invalid",
          "input",
          `${noun} ${name} of stack ${state.stack} is in account ${account}, which its configuration no longer names, so that nobody can look what is in it: put the account back`,
        );
      const parts = state.resources.filter(
        (part) => part.account === account && part.inputs[holder.belongsBy] === name,
      );
      const own = parts.filter((part) => part.noun === holder.content);
      if (!(await holder.hasMore(view, name, own))) return [];
      const settings = parts.filter((part) => part.noun !== holder.content).map((part) => part.urn);
      return [{ account, noun, name, contents: holder.contents, urns: [...new Set([urn, ...settings])] }];
    }),
  );
  return found.flat();
}

/** The key of an item that a stack makes. */
function itemKey({ inputs }: KnownResource): ItemKey {
  const item = JSON.parse(String(inputs.item)) as ItemKey;
  const names = [inputs.hashKey, inputs.rangeKey].filter((name) => typeof name === "string");
  return Object.fromEntries(names.map((name) => [name, item[name] ?? {}]));
}

/** What a destroy does: everything goes, but what is kept. */
export function destroyPlan(state: StackState, kept: readonly Full[]): Plan {
  const changes = state.resources.map((resource) => ({
    operation: "delete" as const,
    noun: resource.noun,
    name: resource.name,
    urn: resource.urn,
    type: resource.type,
    account: resource.account,
    properties: [],
    kept: false,
  }));
  return keeping({ stack: state.stack, changes }, kept);
}

/**
 * What an update would delete although it holds what people have put there: it is kept. Call `engine.keep` with the URNs
 * right before the update, and `tellKept` after it.
 *
 * @param enter the accounts, entered when something goes that can hold anything.
 */
export async function keptByUpdate(
  plan: Plan,
  state: StackState | undefined,
  enter: () => Iterable<AccountView> | Promise<Iterable<AccountView>>,
): Promise<{ readonly plan: Plan; readonly kept: readonly Full[] }> {
  const gone = new Set(
    plan.changes
      .filter(({ operation }) => operation === "delete" || operation === "replace")
      .map(({ urn }) => urn),
  );
  if (state?.resources.some(({ noun, urn }) => gone.has(urn) && Object.hasOwn(HOLDERS, noun)) !== true)
    return { plan, kept: [] };
  const accounts = new Map([...(await enter())].map((view) => [view.account, view]));
  const kept = await holdings(state, accounts, gone);
  return { plan: keeping(plan, kept), kept };
}

function keeping(plan: Plan, kept: readonly Full[]): Plan {
  const urns = new Set(kept.flatMap((full) => full.urns));
  return {
    ...plan,
    changes: plan.changes.map((change) =>
      change.operation === "delete" && urns.has(change.urn) ? { ...change, kept: true } : change,
    ),
  };
}

/** `bucket results of 133333333333 holds objects that no stack made` */
export function fullText({ noun, name, account, contents }: Full): string {
  return `${noun} ${name} of ${account} holds ${contents} that no stack made`;
}

/** Says before the question what becomes of what people have put there. */
export function tellFull(report: Context["report"], full: readonly Full[], deleteData?: boolean): void {
  for (const each of full) {
    const { noun, name, account, contents } = each;
    report({
      code: "advisory",
      text:
        deleteData === true
          ? `all ${contents} in ${noun} ${name} of ${account} will be deleted`
          : `${fullText(each)} and will be kept${deleteData === false ? ` (--delete-data deletes it with all ${contents})` : ""}`,
    });
  }
}

/** Says in the end what stays. */
export function tellKept(report: Context["report"], kept: readonly Full[]): Kept[] {
  for (const { noun, name, account, contents } of kept)
    report({ code: "note", text: `kept: ${noun} ${name} of ${account}, with its ${contents}` });
  return kept.map(({ account, noun, name }) => ({ account, noun, name }));
}

/**
 * Gets the way free for a destroy: what is full is marked to be kept, or with `deleteData` emptied. Databases and tables
 * need no emptying: AWS deletes them with what they hold.
 */
export async function settle(
  context: Context,
  stack: string,
  full: readonly Full[],
  accounts: ReadonlyMap<string, AccountView>,
  deleteData: boolean,
): Promise<void> {
  if (full.length === 0) return;
  if (!deleteData) {
    await context.engine.keep(
      stack,
      full.flatMap(({ urns }) => urns),
    );
    return;
  }
  for (const { noun, name, account } of full) {
    const view = accounts.get(account);
    if (noun !== "bucket") continue;
    if (view === undefined) throw new Error(`bucket ${name} is in ${account}, where nothing may be emptied`);
    await step(context, "empty", `delete all objects of bucket ${name}`, () => view.empty(name));
  }
}
