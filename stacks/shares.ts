/** Connectors that producers share with a spoke by themselves (R17, R32): the role in the spoke, and the way to it. */
import type { Provider } from "@pulumi/aws/provider";
import type { Environment } from "../access/environment";
import { producerRole } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { sharesOf } from "../access/share";
import { sharedAccountProvider } from "../components/account-provider";
import { ConnectorShare } from "../components/connector-share";

/**
 * The shares of a spoke.
 *
 * @param spoke the spoke's own provider, by which the roles are made.
 * @returns catalog -> a provider that reaches the spoke as the producer, for the catalogs that the stack manages.
 */
export function producerShares(
  request: SpokeRequest,
  environment: Environment,
  tags: Readonly<Record<string, string>>,
  spoke: Provider,
): ReadonlyMap<string, Provider> {
  return new Map(
    sharesOf(request, environment).flatMap((share): [string, Provider][] => {
      const { producer, permissions, catalogs } = share;
      const name = `${request.spoke}-share-${producer}`;
      const { roleArn } = new ConnectorShare(name, { request, environment, share }, { provider: spoke });
      if (permissions !== "manage") return [];
      const from = Object.entries(environment.producers).find(([, { account }]) => account === producer)?.[0];
      if (from === undefined) throw new Error(`no producer of ${environment.name} is in account ${producer}`);
      const provider = sharedAccountProvider(name, {
        account: request.account,
        region: request.region,
        tags,
        from: { account: producer, role: producerRole(environment, from, "onboarder") },
        roleArn,
      });
      return catalogs.map((catalog) => [catalog, provider]);
    }),
  );
}
