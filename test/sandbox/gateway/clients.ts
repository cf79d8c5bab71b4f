import { Clients } from "../clients";
import { testCloud } from "../cloud";

export { Clients, managementCredentials, overPlainHttp } from "../clients";
export type { ClientSettings, Credentials } from "../clients";

let shared: Clients | undefined;

/** Clients of the sandbox of this test run. */
export async function clients(): Promise<Clients> {
  shared ??= new Clients((await testCloud()).endpoint);
  return shared;
}
