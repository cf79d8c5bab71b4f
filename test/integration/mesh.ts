/** A data mesh in a checkout, by policy or by Lake Formation: its grants, and who reads what was granted. */
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { readEnvironment } from "../../access/environment";
import { ENVIRONMENT_KEY as KEY } from "../../stacks/configuration";
import type { Checkout, Ran } from "./checkout";

/** The rows of the sample product. */
const ROWS = [
  ["1", "Acme Band", "3", "9.99"],
  ["2", "No One You Know", "1", "12.5"],
  ["3", "Acme Band", "2", "9.99"],
];

export function expectCode(ran: Ran, code: number): void {
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).to.equal(code);
}

export class Mesh {
  /** @param example file of the environment, as an example has it */
  constructor(
    private readonly checkout: Checkout,
    private readonly example: string,
  ) {}

  /** The example, with another list of grants. */
  public async grant(
    change: (grants: Record<string, unknown>[]) => Record<string, unknown>[],
  ): Promise<void> {
    const file = parseDocument(await readFile(this.example, "utf8"));
    const { grants } = (file.toJS() as { config: Record<string, { grants: Record<string, unknown>[] }> })
      .config[KEY] ?? { grants: [] };
    file.setIn(["config", KEY, "grants"], file.createNode(change(grants)));
    await this.checkout.write("Pulumi.dev.yaml", file.toString());
  }

  /** The environment as it is written now. */
  public async environment() {
    const { config } = parseDocument(await this.checkout.read("Pulumi.dev.yaml")).toJS() as {
      config: Record<string, unknown>;
    };
    return readEnvironment("dev", config[KEY]);
  }

  private async query(spoke: string, as: string, from: string): Promise<{ ran: Ran; rows: unknown }> {
    const ran = await this.checkout.spokes(
      ...["query", `SELECT * FROM ${from} ORDER BY order_id`, "--spoke", spoke, "--as", as, "--json"],
    );
    const last = JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "{}") as { result?: { rows: unknown } };
    return { ran, rows: last.result?.rows };
  }

  public async expectRows(spoke: string, as: string, from: string): Promise<void> {
    const { ran, rows } = await this.query(spoke, as, from);
    expectCode(ran, 0);
    expect(rows).to.deep.equal(ROWS);
  }

  public async expectDenied(spoke: string, as: string, from: string, words: RegExp): Promise<void> {
    const { ran } = await this.query(spoke, as, from);
    expectCode(ran, 1);
    expect(ran.stdout).to.match(words);
  }
}
