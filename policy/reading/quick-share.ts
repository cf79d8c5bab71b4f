/** What Quick shares with users and groups: data sources and datasets, whichever provider makes them. */
import type { Properties } from "../frame/properties";
import type { Resource } from "../frame/resource";
import { dataSourceTypes } from "./data-source";
import { DATA_SET, DATA_SOURCE, types } from "./types";

/** Type tokens under which they may come; the generic one holds other things, too. */
export const quickShareTypes = [...dataSourceTypes, types.dataSet, types.nativeDataSet] as const;

/** What people call it, and what the actions on it are called after. */
interface Kind {
  readonly words: "data source" | "dataset";
  readonly noun: "DataSource" | "DataSet";
}

const SOURCE: Kind = { words: "data source", noun: "DataSource" };
const SET: Kind = { words: "dataset", noun: "DataSet" };

const KINDS: Readonly<Record<string, Kind>> = {
  [types.dataSource]: SOURCE,
  [types.nativeDataSource]: SOURCE,
  [types.dataSet]: SET,
  [types.nativeDataSet]: SET,
};

/** CloudFormation's types, as the generic resource has them. */
const EXTENSIONS: Readonly<Record<string, Kind>> = { [DATA_SOURCE]: SOURCE, [DATA_SET]: SET };

/** A data source or dataset as rules ask about it; each answer may throw CannotJudge. */
export class QuickShare {
  readonly #inputs: Properties;
  readonly #isGeneric: boolean;
  readonly words: Kind["words"];
  readonly noun: Kind["noun"];

  private constructor(inputs: Properties, isGeneric: boolean, { words, noun }: Kind) {
    this.#inputs = inputs;
    this.#isGeneric = isGeneric;
    this.words = words;
    this.noun = noun;
  }

  /** The data source or dataset that a resource is; undefined when it is something else. */
  static of({ type, inputs }: Pick<Resource, "type" | "inputs">): QuickShare | undefined {
    const isGeneric = type === types.extension;
    const kind = isGeneric ? EXTENSIONS[inputs.text("type") ?? ""] : KINDS[type];
    return kind && new QuickShare(inputs, isGeneric, kind);
  }

  get account(): string | undefined {
    return this.#inputs.text(this.#isGeneric ? "properties.AwsAccountId" : "awsAccountId");
  }

  /** Users and groups that it is shared with. */
  get principals(): readonly { readonly arn: string; readonly actions: readonly string[] }[] {
    const [permissions, principal, actions] = this.#isGeneric
      ? ["properties.Permissions", "Principal", "Actions"]
      : ["permissions", "principal", "actions"];
    return this.#inputs.each(permissions).map((entry) => ({
      arn: entry.text(principal) ?? "",
      actions: entry.texts(actions),
    }));
  }
}
