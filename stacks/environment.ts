/** The environment stack: the hub and its producers, each through its own provider. */
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../access/environment";
import { hubRole, producerRole } from "../access/names";
import { tagsOf } from "../access/tags";
import { accountProvider } from "../components/account-provider";
import { HubAccount } from "../components/hub-account";
import { ProducerAccount } from "../components/producer-account";

/** What spoke stacks and the runner read of an environment. */
export interface EnvironmentOutputs {
  /** The environment as it was read, with all defaults. */
  readonly environment: Environment;
  readonly roleAArn: pulumi.Output<string>;
  /** Producer -> connector -> ARN of the function. */
  readonly connectors: Readonly<Record<string, Readonly<Record<string, pulumi.Output<string>>>>>;
  /** Producer -> ARN of the key that encrypts what its connectors spill, where they ask for one (R13). */
  readonly spillKeys: Readonly<Record<string, pulumi.Output<string>>>;
}

export function environmentStack(environment: Environment): EnvironmentOutputs {
  const { region, hub } = environment;
  const tags = tagsOf(environment);
  // Spokes depend on all of it; components hand the mark on to their children.
  const { protect } = environment;
  const hubProvider = accountProvider("hub", {
    account: hub.account,
    role: hubRole(environment, "deployer"),
    region,
    tags,
  });
  const hubAccount = new HubAccount("hub", { environment }, { provider: hubProvider, protect });
  const producers = Object.entries(environment.producers).map(
    ([producer, spec]): [string, ProducerAccount] => {
      const provider = accountProvider(`producer-${producer}`, {
        account: spec.account,
        role: producerRole(environment, producer, "deployer"),
        region,
        tags,
      });
      return [producer, new ProducerAccount(producer, { environment, producer }, { provider, protect })];
    },
  );
  const connectors = Object.fromEntries(
    producers.map(([producer, { functionArns }]) => [producer, functionArns]),
  );
  const spillKeys = Object.fromEntries(
    producers.flatMap(([producer, { spillKeyArn }]) =>
      spillKeyArn === undefined ? [] : [[producer, spillKeyArn]],
    ),
  );
  return { environment, roleAArn: hubAccount.roleAArn, connectors, spillKeys };
}
