/** Quick data sources, whichever provider makes them. */
import type { Properties } from "../frame/properties";
import type { Resource } from "../frame/resource";
import { DATA_SOURCE, types } from "./types";

/** Type tokens under which a Quick data source may come; the generic one holds other things, too. */
export const dataSourceTypes = [types.dataSource, types.nativeDataSource, types.extension] as const;

/** Names of the properties, as each provider writes them. */
interface Words {
  readonly type: string;
  readonly athena: string;
  readonly workgroup: string;
  readonly consumerRole: string;
}

const NATIVE: Words = {
  type: "type",
  athena: "dataSourceParameters.athenaParameters",
  workgroup: "workGroup",
  consumerRole: "consumerAccountRoleArn",
};

const WORDS: Readonly<Record<string, Words>> = {
  [types.dataSource]: { ...NATIVE, athena: "parameters.athena" },
  [types.nativeDataSource]: NATIVE,
  [types.extension]: {
    type: "properties.Type",
    athena: "properties.DataSourceParameters.AthenaParameters",
    workgroup: "WorkGroup",
    consumerRole: "ConsumerAccountRoleArn",
  },
};

/** A data source as rules ask about it; each answer may throw CannotJudge. */
export class DataSource {
  readonly #inputs: Properties;
  readonly #words: Words;

  private constructor(inputs: Properties, words: Words) {
    this.#inputs = inputs;
    this.#words = words;
  }

  /** The data source that a resource is; undefined when it is something else. */
  static of({ type, inputs }: Pick<Resource, "type" | "inputs">): DataSource | undefined {
    const words = WORDS[type];
    if (words === undefined || (type === types.extension && inputs.text("type") !== DATA_SOURCE))
      return undefined;
    return new DataSource(inputs, words);
  }

  get isAthena(): boolean {
    return this.#inputs.text(this.#words.type) === "ATHENA";
  }

  /** The workgroup; Quick takes `primary` where none is named. */
  get workgroup(): string {
    return this.#inputs.text(`${this.#words.athena}.${this.#words.workgroup}`) ?? "primary";
  }

  /** ARN of Role B. */
  get consumerRole(): string | undefined {
    return this.#inputs.text(`${this.#words.athena}.${this.#words.consumerRole}`);
  }
}
