/** One resource's life, told as a table and lived through the provider: every type's spec is one such table. */
import { expect } from "chai";
import { Cloud } from "../../../sandbox/aws-provider/cloud";
import { readConfiguration } from "../../../sandbox/aws-provider/configuration";
import { connect } from "../../../sandbox/aws-provider/credentials";
import { sameValue } from "../../../sandbox/aws-provider/equality";
import { isList, isValues, type Value } from "../../../sandbox/aws-provider/values";
import { testCloud, useVariables } from "../cloud";
import { Driver, unknownValue, type DiffAnswer, type Properties, type Stored } from "./driver";

/** The account and Region that the specs' resources live in. */
export const account = "120000000001";
export const region = "us-east-1";

/** Stands in an expected state for a value that AWS makes up; it must be there and not empty. */
export const generated = "(generated)";

/** One change of the inputs that is an update. */
export interface Update {
  readonly title: string;
  /** Merged into the inputs of the step before; `undefined` takes an input away. */
  readonly with: Properties;
  readonly changes: Readonly<Record<string, string>>;
  /** What is other in the state afterwards; `undefined` is what is no longer there. */
  readonly state: Properties;
}

/** One change of the original inputs that is a replacement. */
export interface Replacement {
  readonly with: Properties;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** A resource's life. */
export interface Lifecycle {
  readonly token: string;
  readonly inputs: Properties;
  /** Makes what must be there first. */
  readonly prepare?: (cloud: Cloud) => Promise<unknown>;
  /** The id after creation; a function where AWS makes it up, `generated` where the state does not have it. */
  readonly id: string | ((state: Properties) => string);
  /** The whole state after creation. */
  readonly state: Properties;
  /** Outputs that the preview of the creation does not know. */
  readonly unknown: readonly string[];
  readonly updates: readonly Update[];
  readonly replacements: readonly Replacement[];
  /** Something another hand does to it, and how that shows; absent where nothing but its disappearance can happen. */
  readonly drift?: {
    readonly meddle: (cloud: Cloud, stored: Stored) => Promise<unknown>;
    readonly changes: Readonly<Record<string, string>>;
  };
  /** Default: the id. */
  readonly importId?: string | ((stored: Stored) => string);
  /** Outputs that AWS tells in other words than the program. */
  readonly importedState?: Properties;
  /** Outputs that AWS does not tell, so an import does not have them. */
  readonly untold?: readonly string[];
  /** What is found after the deletion, of settings that every bucket has; absent: nothing. */
  readonly remains?: Properties;
  /** Deletes it by another hand. */
  readonly remove: (cloud: Cloud, stored: Stored) => Promise<unknown>;
}

/** The provider's configuration in the specs. */
export function configuration(more: Properties = {}): Properties {
  return {
    region,
    allowedAccountIds: JSON.stringify([account]),
    assumeRoles: JSON.stringify([{ roleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole` }]),
    ...more,
  };
}

/** Clients of an account apart from the provider under test. */
export async function otherHand(id = account): Promise<Cloud> {
  const roleArn = `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`;
  const read = readConfiguration({ region, assumeRoles: JSON.stringify([{ roleArn }]) });
  const { settings, identity } = await connect(read);
  return new Cloud(settings, identity, true, new AbortController().signal);
}

/** Describes and lives the life. */
export function describeLifecycle(life: Lifecycle): void {
  const { token } = life;
  describe(token, () => {
    // Each step starts from the one before.
    let broken = false;
    beforeEach(function () {
      if (broken) this.skip();
    });
    afterEach(function () {
      broken ||= this.currentTest?.state === "failed";
    });

    let driver: Driver;
    let cloud: Cloud;
    let inputs = life.inputs;
    let stored: Stored;
    const noChanges: DiffAnswer = { changes: {}, replaces: [], deleteBeforeReplace: false };

    useVariables(async () => (await testCloud()).environment);
    before(async () => {
      cloud = await otherHand();
      await life.prepare?.(cloud);
      driver = await Driver.start();
      await driver.configure(configuration());
    });
    after(() => {
      driver.stop();
    });

    const reread = async (): Promise<Stored> => {
      const found = await driver.read(token, stored.id, stored);
      if (found === undefined) throw new Error(`${token} "${stored.id}" is gone`);
      return found;
    };

    it("is created as its preview says", async () => {
      const checked = await driver.check(token, inputs);
      const preview = await driver.previewCreate(token, checked);
      stored = await driver.create(token, checked);
      expect(shown(stored.state, life.state)).to.deep.equal(life.state);
      const id = typeof life.id === "string" ? life.id : life.id(stored.state);
      expect(shown({ id: stored.id }, { id })).to.deep.equal({ id });
      const unknown = Object.keys(preview).filter((name) => preview[name] === unknownValue);
      expect(unknown.sort()).to.deep.equal([...life.unknown].sort());
      expect(contradictions(preview, stored.state)).to.deep.equal([]);
    });

    it("does not change when its inputs do not", async () => {
      expect(
        await driver.diff(token, stored, await driver.check(token, inputs, stored.inputs)),
      ).to.deep.equal(noChanges);
      expect(await reread()).to.deep.equal(stored);
    });

    for (const replacement of life.replacements) {
      it(`is replaced when ${Object.keys(replacement.with).join(" and ")} changes`, async () => {
        const checked = await driver.check(token, { ...inputs, ...replacement.with }, stored.inputs);
        const { replaces, deleteBeforeReplace } = await driver.diff(token, stored, checked);
        expect({ replaces: [...replaces].sort(), deleteBeforeReplace }).to.deep.equal({
          replaces: replacement.replaces,
          deleteBeforeReplace: replacement.deleteBeforeReplace,
        });
      });
    }

    for (const update of life.updates) {
      it(`is updated: ${update.title}`, async () => {
        inputs = { ...inputs, ...update.with };
        const checked = await driver.check(token, inputs, stored.inputs);
        const diff = await driver.diff(token, stored, checked);
        expect(diff).to.deep.equal({ ...noChanges, changes: update.changes });
        const preview = await driver.previewUpdate(token, stored, checked);
        const before = stored.state;
        stored = await driver.update(token, stored, checked);
        const expected = defined({ ...before, ...update.state });
        expect(shown(stored.state, expected)).to.deep.equal(expected);
        expect(contradictions(preview, stored.state)).to.deep.equal([]);
        expect(await driver.diff(token, stored, checked)).to.deep.equal(noChanges);
        expect((await reread()).state).to.deep.equal(stored.state);
      });
    }

    const { drift } = life;
    if (drift !== undefined) {
      it("shows what another hand changed, and is put right", async () => {
        await drift.meddle(cloud, stored);
        const found = await reread();
        const checked = await driver.check(token, inputs, stored.inputs);
        expect(await driver.diff(token, found, checked)).to.deep.equal({
          ...noChanges,
          changes: drift.changes,
        });
        const repaired = await driver.update(token, found, checked);
        expect(shown(repaired.state, stableState(stored.state, life))).to.deep.equal(
          stableState(stored.state, life),
        );
        stored = repaired;
        expect(await driver.diff(token, stored, checked)).to.deep.equal(noChanges);
      });
    }

    it("is imported by its id", async () => {
      const { importId = stored.id } = life;
      const id = typeof importId === "string" ? importId : importId(stored);
      const imported = await driver.read(token, id);
      if (imported === undefined) throw new Error(`${token} "${id}" cannot be imported`);
      expect(imported.id).to.equal(stored.id);
      const told = Object.keys(stored.state).filter((name) => life.untold?.includes(name) !== true);
      expect(imported.state).to.deep.equal({ ...pick(stored.state, told), ...life.importedState });
      const checked = await driver.check(token, inputs, imported.inputs);
      const { changes } = await driver.diff(token, imported, checked);
      const ofUntold = Object.keys(changes).filter(
        (path) => life.untold?.includes(path.split(/[.[]/)[0] ?? "") !== true,
      );
      expect(ofUntold).to.deep.equal([]);
    });

    it(life.remains === undefined ? "is deleted, and gone" : "is deleted, as far as it can be", async () => {
      await driver.delete(token, stored);
      expect((await driver.read(token, stored.id, stored))?.state).to.deep.equal(life.remains);
      await driver.delete(token, stored);
    });

    it("is found gone when another hand deleted it", async () => {
      stored = await driver.create(token, await driver.check(token, life.inputs));
      await life.remove(cloud, stored);
      expect(await driver.read(token, stored.id, stored)).to.equal(undefined);
      await driver.delete(token, stored);
    });
  });
}

/** Where what a preview says is not what came; unknown values say nothing, and a blank may be left out. */
function contradictions(preview: Properties, state: Properties, prefix = ""): string[] {
  return [...new Set([...Object.keys(preview), ...Object.keys(state)])].flatMap((name) => {
    const [said, came] = [preview[name] as Value, state[name] as Value];
    if (said === unknownValue || sameValue(said, came)) return [];
    const [inSaid, inCame] = [said, came].map(members);
    if (inSaid === undefined || inCame === undefined) return [`${prefix}${name}`];
    return contradictions(inSaid, inCame, `${prefix}${name}.`);
  });
}

function members(value: Value): Properties | undefined {
  if (isList(value)) return Object.fromEntries(value.entries());
  return isValues(value) ? value : undefined;
}

/** The state with the values that AWS made up marked, where the expected one marks them. */
function shown(state: Properties, expected: Properties): Properties {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      const isThere = value !== "" && value !== undefined;
      return [name, expected[name] === generated && isThere ? generated : value];
    }),
  );
}

/** The state with what every write changes marked. */
function stableState(state: Properties, life: Lifecycle): Properties {
  const volatile = Object.keys(state).filter((name) => life.updates.some((u) => u.state[name] === generated));
  return { ...state, ...Object.fromEntries(volatile.map((name) => [name, generated])) };
}

function pick(values: Properties, names: readonly string[]): Properties {
  return defined(Object.fromEntries(names.map((name) => [name, values[name]])));
}

function defined(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
