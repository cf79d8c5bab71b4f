/** Connectors that producers share with a spoke by themselves (R17, R32): the role in the spoke, and the way to it. */
import type { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { roleArn } from "../access/arn";
import type { Environment } from "../access/environment";
import type { SpokeRequest } from "../access/request";
import { sharesOf } from "../access/share";
import { sharedAccountProvider } from "../components/account-provider";
import type { WhenAssumable } from "../components/assumable";
import { ConnectorShare } from "../components/connector-share";

/**
 * The shares of a spoke.
 *
 * @param spoke the spoke's own provider, by which the roles are made.
 * @param whenAssumable waits until a role that was made just now can be assumed.
 * @returns catalog -> a provider that reaches the spoke as the producer, for the catalogs that the stack manages.
 */
export function producerShares(
  request: SpokeRequest,
  environment: Environment,
  tags: Readonly<Record<string, string>>,
  spoke: Provider,
  whenAssumable: WhenAssumable,
): ReadonlyMap<string, Provider> {
  return new Map(
    sharesOf(request, environment).flatMap((share): [string, Provider][] => {
      const { producer, permissions, catalogs, sharedAs } = share;
      const name = `${request.spoke}-share-${producer}`;
      const made = new ConnectorShare(name, { request, environment, share }, { provider: spoke });
      if (permissions !== "manage") return [];
      const { region } = request;
      const via = roleArn(region, producer, sharedAs);
      const provider = sharedAccountProvider(name, {
        account: request.account,
        region,
        tags,
        from: { account: producer, role: sharedAs },
        roleArn: made.roleArn.apply(async (shared) => {
          // The provider tries once (docs/decisions/first-assume.md); a preview has made nothing to wait for.
          if (!pulumi.runtime.isDryRun()) await whenAssumable({ roleArn: shared, via, region });
          return shared;
        }),
      });
      return catalogs.map((catalog) => [catalog, provider]);
    }),
  );
}
