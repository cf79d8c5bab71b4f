/** The reference pages against the schemas: every key has its row, with the default that the code fills in. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { readEnvironment } from "../../access/environment";
import { type Fault, InputError } from "../../access/faults";
import { readRequest } from "../../access/request";

/** A key of what a person writes, as the page names it: `connectors[].deploy.tables`, `producers.<name>.account`. */
interface Key {
  readonly required: boolean;
  /** It holds further keys. */
  readonly section: boolean;
}

/** Somewhere in what a person writes. */
interface Place {
  readonly shown: string;
  readonly faultPath: string;
  /** The whole input with a value in this place. */
  readonly holding: (value: unknown) => unknown;
}

interface Page {
  readonly file: string;
  readonly read: (written: unknown) => unknown;
  /** Enough to be read; what is not written here shows its default. */
  readonly least: unknown;
  /** Entries of a list that are sections of another kind: the list -> what tells the kind, and a key that does. */
  readonly kinds: Readonly<Record<string, { readonly entry: Record<string, unknown>; readonly by: string }>>;
  /** Keys whose own keys are described once, where the page says them for the whole input. */
  readonly repeats: readonly string[];
  /** From an example in the page to what `read` takes. */
  readonly example: (parsed: unknown) => unknown;
}

const NO_KEY = "?";
const ANY_NAME = "any";

const pages: readonly Page[] = [
  {
    file: "request.md",
    read: (written) => readRequest(written, "a request"),
    least: {
      spoke: "sales",
      environment: "dev",
      account: "133333333333",
      region: "us-east-1",
      data: [{ database: "sales", prefixes: ["s3://sales/"] }],
      connectors: [{ from: "music" }, { deploy: { tables: ["Music"] } }],
    },
    kinds: { "connectors[]": { entry: { deploy: {} }, by: "connectors[].deploy" } },
    repeats: ["classifications.<name>"],
    example: (parsed) => parsed,
  },
  {
    file: "environment.md",
    read: (written) => readEnvironment("dev", written),
    least: {
      region: "us-east-1",
      organization: "o-athenaspokes",
      hub: { account: "111111111111", quick: { owners: ["group/bi-admins"] } },
      producers: {
        [ANY_NAME]: { account: "122222222222", connectors: { [ANY_NAME]: { tables: ["Music"] } } },
      },
      spokes: {
        [ANY_NAME]: {
          account: "133333333333",
          roleB: "qs-athena-consumer-role",
          classifications: { [ANY_NAME]: { roleB: "qs-athena-consumer-role-dev-x" } },
        },
      },
    },
    kinds: {},
    repeats: [],
    example: (parsed) => (parsed as { config: Record<string, unknown> }).config["athena-spokes:environment"],
  },
];

for (const page of pages)
  describe(`docs/reference/${page.file}`, () => {
    const text = readFileSync(join(__dirname, "../../docs/reference", page.file), "utf8");
    const rows = rowsOf(text);
    const all = keysOf(page);
    const isRepeated = (key: string) => page.repeats.some((place) => key.startsWith(`${place}.`));
    const keys = new Map([...all].filter(([key]) => !isRepeated(key)));

    it("repeats keys as they are for the whole input", () => {
      const repeated = page.repeats.flatMap((place) =>
        [...all.keys()].flatMap((key) => (key.startsWith(`${place}.`) ? [key.slice(place.length + 1)] : [])),
      );
      expect(repeated.filter((key) => !keys.has(key))).to.deep.equal([]);
      expect(repeated.length > 0).to.equal(page.repeats.length > 0);
    });

    it("has a row for every key, and no other", () => {
      expect([...rows.keys()].sort()).to.deep.equal([...keys.keys()].sort());
    });

    it("says which keys are required", () => {
      const choosers = Object.values(page.kinds).map(({ by }) => by);
      const said = [...rows].filter(([, value]) => value.startsWith("required")).map(([key]) => key);
      const asked = [...keys].filter(([, { required }]) => required).map(([key]) => key);
      expect(said.sort()).to.deep.equal([...asked, ...choosers].sort());
    });

    it("gives the defaults that the code fills in", () => {
      const isSection = (shown: string) => keys.get(shown)?.section ?? false;
      const written = valuesIn(page.least, isSection);
      const filledIn = [...valuesIn(page.read(page.least), isSection)].filter(
        ([key]) => keys.has(key) && !written.has(key),
      );
      expect(filledIn).to.have.length.greaterThan(5);
      const expected = filledIn.map(([key, value]) => `${key}: \`${shownValue(value)}\``);
      const said = filledIn.map(
        ([key]) => `${key}: ${/^`[^`]*`/.exec(rows.get(key) ?? "")?.[0] ?? "nothing"}`,
      );
      expect(said).to.deep.equal(expected);
    });

    const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);

    it("has examples", () => {
      expect(examples).to.have.length.greaterThan(1);
    });

    for (const [index, yaml] of examples.entries())
      it(`has an example ${index + 1} that is read without a fault`, () => {
        page.read(page.example(parse(yaml)));
      });
  });

/** Key -> its default, from the rows of the page's tables: key, type, default, rule, meaning. */
function rowsOf(text: string): Map<string, string> {
  const rows = new Map<string, string>();
  for (const [, key = "", value = ""] of text.matchAll(
    /^\| `([^`]+)` *\|[^|\n]*\|([^|\n]*)\|[^|\n]*\|[^|\n]*\|$/gm,
  )) {
    expect(rows.has(key), `a second row for ${key}`).to.equal(false);
    rows.set(key, value.trim());
  }
  return rows;
}

/** All keys, found by asking: a key that does not exist is refused with the list of those that do. */
function keysOf({ read, kinds }: Page): Map<string, Key> {
  const keys = new Map<string, Key>();
  const visit = (place: Place) => {
    let section = false;
    for (const inside of [place, inList(place), underName(place)]) {
      const kind = kinds[inside.shown];
      for (const entry of kind === undefined ? [{}] : [{}, kind.entry]) {
        const faults = faultsOf(() => read(inside.holding({ ...entry, [NO_KEY]: 0 })));
        const known = faults.map((fault) => knownKeys(fault, inside)).find((names) => names !== undefined);
        if (known === undefined) continue;
        section = true;
        for (const name of known) {
          const child = childOf(inside, name);
          // That one of three keys has to be there is said of the first, which is not required by itself.
          const required = faults.some(
            ({ path, message }) =>
              path === child.faultPath && !message.startsWith("the request names nothing"),
          );
          const seen = keys.get(child.shown);
          keys.set(child.shown, { required: required || (seen?.required ?? false), section: visit(child) });
        }
      }
    }
    return section;
  };
  visit({ shown: "", faultPath: "", holding: (value) => value });
  return keys;
}

function knownKeys({ path, message }: Fault, place: Place): string[] | undefined {
  if (path !== place.faultPath || !message.startsWith(`unknown key "${NO_KEY}": `)) return undefined;
  return / knows (.+)$/.exec(message)?.[1]?.split(", ");
}

function childOf({ shown, faultPath, holding }: Place, name: string): Place {
  const below = (path: string) => (path === "" ? name : `${path}.${name}`);
  return {
    shown: below(shown),
    faultPath: below(faultPath),
    holding: (value) => holding({ [name]: value }),
  };
}

function inList({ shown, faultPath, holding }: Place): Place {
  return { shown: `${shown}[]`, faultPath: `${faultPath}[0]`, holding: (value) => holding([value]) };
}

function underName(place: Place): Place {
  return { ...childOf(place, ANY_NAME), shown: `${place.shown}.<name>` };
}

function faultsOf(read: () => unknown): readonly Fault[] {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults;
    throw thrown;
  }
  return [];
}

/** Key -> value, for all that is not itself a section. */
function valuesIn(value: unknown, isSection: (shown: string) => boolean, shown = ""): Map<string, unknown> {
  if (shown !== "" && !isSection(shown) && !/(\[\]|\.<name>)$/.test(shown)) return new Map([[shown, value]]);
  if (typeof value !== "object" || value === null) return new Map([[shown, value]]);
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (Array.isArray(value)) return [`${shown}[]`, inner];
    if (name === ANY_NAME) return [`${shown}.<name>`, inner];
    return [shown === "" ? name : `${shown}.${name}`, inner];
  });
  return new Map(entries.flatMap(([place, inner]) => [...valuesIn(inner, isSection, place)]));
}

function shownValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
