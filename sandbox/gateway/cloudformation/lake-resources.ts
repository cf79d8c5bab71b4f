import { AwsError, notImplemented } from "../errors";
import type { ResourceKind, StackCaller } from "./resource-kind";

interface Administrator {
  readonly DataLakePrincipalIdentifier: string;
}

/**
 * Administrators of the account's data lake, of which there is one. Only what is added to those that are there is served:
 * a stack that replaced them would take away what others set.
 */
export const dataLakeSettings: ResourceKind = {
  properties: ["Admins", "MutationType"],
  required: ["Admins", "MutationType"],
  createOnly: [],
  nameProperty: "",

  async create(caller, _, properties) {
    await change(caller, [], administratorsIn(properties));
    return { physicalId: caller.account, attributes: {} };
  },

  async update(caller, _, before, after) {
    await change(caller, administratorsIn(before), administratorsIn(after));
  },

  async delete(caller, _, properties) {
    await change(caller, administratorsIn(properties), []);
  },
};

async function change(
  caller: StackCaller,
  gone: readonly Administrator[],
  come: readonly Administrator[],
): Promise<void> {
  const settings = await caller.dataLakeSettings();
  const there = [settings["DataLakeAdmins"] ?? []].flat() as Administrator[];
  const names = (list: readonly Administrator[]) =>
    new Set(list.map(({ DataLakePrincipalIdentifier }) => DataLakePrincipalIdentifier));
  const [leaving, coming] = [names(gone), names(come)];
  const staying = there.filter(
    ({ DataLakePrincipalIdentifier: each }) => !leaving.has(each) && !coming.has(each),
  );
  await caller.putDataLakeSettings({ ...settings, DataLakeAdmins: [...staying, ...come] });
}

function administratorsIn(properties: Readonly<Record<string, unknown>>): Administrator[] {
  if (properties["MutationType"] !== "APPEND")
    throw notImplemented("cloudformation", "DataLakeSettings", "are served with MutationType APPEND only");
  const { Admins: administrators } = properties;
  if (!Array.isArray(administrators)) throw new AwsError("ValidationError", "Admins is not a list");
  return administrators.map((each: unknown) => {
    const { DataLakePrincipalIdentifier } = (each ?? {}) as Partial<Administrator>;
    if (typeof DataLakePrincipalIdentifier !== "string")
      throw new AwsError("ValidationError", "each of Admins needs a DataLakePrincipalIdentifier");
    return { DataLakePrincipalIdentifier };
  });
}
