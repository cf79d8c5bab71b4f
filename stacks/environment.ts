/** The environment stack: the hub and its producers, each through its own provider. */
import type * as pulumi from "@pulumi/pulumi";
import { hubAlarms } from "../access/alarms";
import type { Environment } from "../access/environment";
import {
  hubRole,
  producerBoundary,
  producerConnector,
  producerRole,
  readerBoundary,
  readerRole,
} from "../access/names";
import { tableReaders } from "../access/table-reader";
import { tagsOf } from "../access/tags";
import { AccessAlarms } from "../components/access-alarms";
import { accountProvider } from "../components/account-provider";
import { HubAccount } from "../components/hub-account";
import { ProducerAccount } from "../components/producer-account";
import { TableReader } from "../components/table-reader";
import { crossAccountTables } from "./tables";

/** What spoke stacks and the runner read of an environment. */
export interface EnvironmentOutputs {
  /** The environment as it was read, with all defaults. */
  readonly environment: Environment;
  /** Of the Role A that spokes share; undefined where each has its own. */
  readonly roleAArn?: pulumi.Output<string>;
  /** Producer -> connector -> ARN of the function. */
  readonly connectors: Readonly<Record<string, Readonly<Record<string, pulumi.Output<string>>>>>;
  /** Producer -> ARN of the key that encrypts what its connectors spill, where they ask for one (R13). */
  readonly spillKeys: Readonly<Record<string, pulumi.Output<string>>>;
  /** Producer -> reader of one of its tables -> ARN of the function (R95). */
  readonly tableReaders: Readonly<Record<string, Readonly<Record<string, pulumi.Output<string>>>>>;
  /** ARN of the hub's topic of alarms, to be subscribed to; undefined when the environment asks for none (R73). */
  readonly alarmTopicArn?: pulumi.Output<string>;
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
  const alarms = hubAlarms(environment);
  // No spoke depends on it, so that a line taken away takes it away.
  const alarming = alarms && new AccessAlarms("hub-alarms", alarms, { provider: hubProvider });
  const owners = new Map<string, pulumi.ProviderResource>();
  const producers = Object.entries(environment.producers).map(
    ([producer, spec]): [string, ProducerAccount] => {
      const provider = accountProvider(`producer-${producer}`, {
        account: spec.account,
        role: producerRole(environment, producer, "deployer"),
        region,
        tags,
      });
      owners.set(producer, provider);
      return [producer, new ProducerAccount(producer, { environment, producer }, { provider, protect })];
    },
  );
  const readers: Record<string, Record<string, pulumi.Output<string>>> = {};
  for (const reader of tableReaders(environment)) {
    const { producer, name } = reader;
    const provider = accountProvider(`reader-${producer}-${name}`, {
      account: reader.account,
      role: readerRole(environment, producer, name),
      region: reader.region,
      tags,
    });
    const owner = owners.get(producer);
    if (owner === undefined) throw new Error(`producer ${producer} has no provider`);
    // No spoke depends on it, so that a line taken away takes it away.
    const { functionArn } = new TableReader(
      `${producer}-${name}`,
      {
        reader,
        owner,
        boundary: readerBoundary(environment, producer, name),
        ownerBoundary: producerBoundary(environment, producer),
      },
      { provider },
    );
    (readers[producer] ??= {})[name] = functionArn;
  }
  crossAccountTables(
    Object.entries(environment.producers).flatMap(([producer, spec]) =>
      Object.entries(spec.connectors).map(([name, connectorSpec]) => ({
        connector: producerConnector(environment, producer, name),
        spec: connectorSpec,
      })),
    ),
    { environment: environment.name, organization: environment.organization, region, tags, protect },
  );
  const connectors = Object.fromEntries(
    producers.map(([producer, { functionArns }]) => [producer, functionArns]),
  );
  const spillKeys = Object.fromEntries(
    producers.flatMap(([producer, { spillKeyArn }]) =>
      spillKeyArn === undefined ? [] : [[producer, spillKeyArn]],
    ),
  );
  const { roleAArn } = hubAccount;
  return {
    environment,
    ...(roleAArn === undefined ? {} : { roleAArn }),
    connectors,
    spillKeys,
    tableReaders: readers,
    ...(alarming === undefined ? {} : { alarmTopicArn: alarming.topicArn }),
  };
}
