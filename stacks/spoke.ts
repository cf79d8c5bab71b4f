/** A spoke stack: all that one spoke needs, in its own account, in the hub and in the producers it queries. */
import * as pulumi from "@pulumi/pulumi";
import { spokeAlarms } from "../access/alarms";
import { dataSetsOf } from "../access/data-set";
import { type Environment, readDeployedEnvironment } from "../access/environment";
import { InputError } from "../access/faults";
import { productCatalogs, ungranted } from "../access/mesh/consumed";
import { dayOf } from "../access/mesh/grant";
import { levelsOf } from "../access/level";
import {
  analystArn,
  attachedConnector,
  attachedProducers,
  catalogsOf,
  dataSourceIdOf,
  hubRole,
  outputLocationOf,
  ownConnector,
  producerRole,
  roleAArn,
  spillKeyAlias,
  spokeRole,
  workgroupNameOf,
} from "../access/names";
import { faultsInEnvironment, type SpokeRequest } from "../access/request";
import { tagsOf } from "../access/tags";
import { readerRoleArn, readersOf, readerUserArn } from "../access/third-party-reader";
import { AccessAlarms } from "../components/access-alarms";
import { accountCloudControl, accountProvider } from "../components/account-provider";
import type { WhenAssumable } from "../components/assumable";
import { ConsumerAccount } from "../components/consumer-account";
import { DedicatedRoleA } from "../components/dedicated-role-a";
import { ProducerGrants } from "../components/producer-grants";
import { QuickDataSet } from "../components/quick-data-set";
import { QuickDataSource } from "../components/quick-data-source";
import { SpokeAccount } from "../components/spoke-account";
import { type ReaderKey, ThirdPartyReader } from "../components/third-party-reader";
import { producerShares } from "./shares";
import { crossAccountTables } from "./tables";

/** What the runner and people read of a spoke. */
export interface SpokeOutputs {
  /** The request as it was read, with all defaults. */
  readonly spoke: SpokeRequest;
  /** This and what follows of Quick: undefined when Quick does not query the spoke. */
  readonly roleAArn?: string;
  /** Of the general level. */
  readonly roleBArn?: pulumi.Output<string>;
  /** Undefined when the request asks for no analyst. */
  readonly analystArn?: string;
  readonly dataSourceId?: string;
  readonly dataSourceArn?: pulumi.Output<string>;
  /** Dataset, as the request calls it -> its ARN; undefined when the request asks for none. */
  readonly datasets?: Readonly<Record<string, pulumi.Output<string>>>;
  readonly workgroup: string;
  /** Undefined when Athena keeps results itself. */
  readonly outputLocation?: string;
  /** Names of the catalogs that lead to connectors and products. */
  readonly catalogs: readonly string[];
  /** What third parties are told to connect (R79); undefined when the request has no readers. */
  readonly readers?: Readonly<Record<string, ReaderConnection>>;
  /** Access keys that the request asks for, as a secret (R80). */
  readonly readerKeys?: pulumi.Output<Readonly<Record<string, ReaderKey>>>;
  /** ARN of the topic of alarms, to be subscribed to; undefined when the environment asks for none (R73). */
  readonly alarmTopicArn?: pulumi.Output<string>;
  /** Classification -> the same of its level (R72); undefined when the request asks for none. */
  readonly classifications?: Readonly<Record<string, LevelOutputs>>;
}

/** What a third party is told to connect (R79, R91, R94). */
export interface ReaderConnection {
  readonly region: string;
  readonly user: string;
  /** Undefined when the permissions are the user's own. */
  readonly role?: string;
  readonly workgroup: string;
  readonly outputLocation: string;
}

/** What is the level's own. */
type LevelOutputs = Pick<
  SpokeOutputs,
  "roleBArn" | "dataSourceId" | "dataSourceArn" | "datasets" | "workgroup" | "outputLocation" | "catalogs"
>;

/**
 * @param whenAssumable waits until a role that was made just now can be assumed. Default: nothing is waited for.
 * @throws InputError when the request does not fit the environment.
 */
export async function spokeStack(
  request: SpokeRequest,
  whenAssumable: WhenAssumable = () => Promise.resolve(),
): Promise<SpokeOutputs> {
  const { environment, spillKeys } = await deployedEnvironment(request.environment);
  const faults = [
    ...faultsInEnvironment(request, environment),
    ...ungranted(request, environment, dayOf(new Date())).map(({ path, message }) => ({
      path,
      message: `${message}: add a grant to environment ${environment.name} and update it first`,
    })),
  ];
  if (faults.length > 0) throw new InputError(`the request of ${request.spoke}`, faults);
  const { region } = environment;
  const tags = tagsOf(environment, request);

  const provider = accountProvider("spoke", {
    account: request.account,
    role: spokeRole(request),
    region: request.region,
    tags,
  });
  const sharedBy = producerShares(request, environment, tags, provider, whenAssumable);
  const made = { request, environment, sharedBy };
  const spoke = request.quick
    ? new SpokeAccount(request.spoke, made, { provider })
    : new ConsumerAccount(request.spoke, made, { provider });
  const readers = thirdPartyReaders(request, provider, spoke);
  const alarms = spokeAlarms(request, environment);
  const alarming = alarms && new AccessAlarms(`${request.spoke}-alarms`, alarms, { provider });
  const grants = producerGrants(request, environment, spillKeys, spoke);
  crossAccountTables(
    levelsOf(request).flatMap((level) =>
      level.connectors.flatMap((requested) =>
        "deploy" in requested ? [{ connector: ownConnector(level, requested), spec: requested.deploy }] : [],
      ),
    ),
    { environment: environment.name, organization: environment.organization, region, tags },
  );
  const quick = spoke instanceof SpokeAccount ? queriedByQuick(made, spoke, grants, tags) : {};
  const analyst = analystArn(request, environment);
  return {
    spoke: request,
    ...quick,
    ...(analyst === undefined ? {} : { analystArn: analyst }),
    ...placesOf(request, environment),
    ...readers,
    ...(alarming === undefined ? {} : { alarmTopicArn: alarming.topicArn }),
  };
}

/** The request's readers, and what is to be told of them. */
function thirdPartyReaders(
  request: SpokeRequest,
  provider: pulumi.ProviderResource,
  spoke: SpokeAccount | ConsumerAccount,
): Pick<SpokeOutputs, "readers" | "readerKeys"> {
  const readers = readersOf(request);
  if (readers.length === 0) return {};
  const keys: Record<string, pulumi.Output<ReaderKey>> = {};
  for (const reader of readers) {
    const { key } = new ThirdPartyReader(
      `${request.spoke}-${reader.name}`,
      { request, reader },
      // A workgroup of the reader's writes into the spoke's bucket.
      { provider, dependsOn: [spoke] },
    );
    if (key !== undefined) keys[reader.name] = key;
  }
  return {
    readers: Object.fromEntries(
      readers.map((reader): [string, ReaderConnection] => {
        const role = readerRoleArn(request, reader);
        return [
          reader.name,
          {
            region: request.region,
            user: readerUserArn(request, reader),
            ...(role === undefined ? {} : { role }),
            workgroup: reader.workgroup,
            outputLocation: reader.outputLocation,
          },
        ];
      }),
    ),
    ...(Object.keys(keys).length === 0 ? {} : { readerKeys: pulumi.all(keys) }),
  };
}

/** Where a level's queries run. */
function placesOf(
  level: SpokeRequest,
  environment: Environment,
): Pick<SpokeOutputs, "workgroup" | "outputLocation" | "catalogs"> {
  const outputLocation = outputLocationOf(level);
  return {
    workgroup: workgroupNameOf(level),
    ...(outputLocation === undefined ? {} : { outputLocation }),
    catalogs: [
      ...catalogsOf(level, environment).map(({ catalog }) => catalog),
      ...productCatalogs(level, environment),
    ],
  };
}

/** The data sources in the hub, by which Quick gets to the spoke, and the Role A that it goes by where that is its own. */
function queriedByQuick(
  { request, environment }: { readonly request: SpokeRequest; readonly environment: Environment },
  spoke: SpokeAccount,
  grants: readonly ProducerGrants[],
  tags: Readonly<Record<string, string>>,
): Pick<
  SpokeOutputs,
  "roleAArn" | "roleBArn" | "dataSourceId" | "dataSourceArn" | "datasets" | "classifications"
> {
  const access = {
    account: environment.hub.account,
    role: hubRole(environment, "onboarder"),
    region: environment.region,
  };
  const provider = accountCloudControl("hub", access);
  const ownRoleA =
    environment.roleA === "dedicated"
      ? [
          new DedicatedRoleA(
            request.spoke,
            { request, environment },
            { provider: accountProvider("hub", { ...access, tags }) },
          ),
        ]
      : [];
  const outputs = Object.fromEntries(
    levelsOf(request).map((level): [string, LevelOutputs] => {
      const { classification } = level;
      const roleBArn = spoke.roleBArns[classification ?? ""];
      if (roleBArn === undefined) throw new Error(`level ${classification ?? ""} has no Role B`);
      const name = classification === undefined ? request.spoke : `${request.spoke}--${classification}`;
      const dataSource = new QuickDataSource(
        name,
        { request: level, environment, tags },
        // Quick checks the whole chain when it creates the data source.
        { provider, dependsOn: [spoke, ...grants, ...ownRoleA] },
      );
      const datasets = dataSetsOf(level, environment).map((dataSet) => {
        const { arn } = new QuickDataSet(
          `${name}_${dataSet.key}`,
          { request: level, environment, dataSet, tags },
          { provider, dependsOn: [dataSource] },
        );
        return [dataSet.key, arn] as const;
      });
      return [
        classification ?? "",
        {
          roleBArn,
          dataSourceId: dataSourceIdOf(level),
          dataSourceArn: dataSource.arn,
          ...(datasets.length === 0 ? {} : { datasets: Object.fromEntries(datasets) }),
          ...placesOf(level, environment),
        },
      ];
    }),
  );
  const { "": general, ...classifications } = outputs;
  return {
    roleAArn: roleAArn(environment, request),
    ...general,
    ...(Object.keys(classifications).length === 0 ? {} : { classifications }),
  };
}

/** Each producer's own grants to this spoke; a provider is made only where there is something to grant. */
function producerGrants(
  request: SpokeRequest,
  environment: Environment,
  spillKeys: Readonly<Record<string, string>>,
  spoke: pulumi.Resource,
): ProducerGrants[] {
  return attachedProducers(request).flatMap((producer) => {
    const spec = environment.producers[producer];
    if (spec === undefined) throw new Error(`environment ${environment.name} has no producer ${producer}`);
    const key = grantedKey(environment, spillKeys, producer);
    if (environment.producerGrants === "organization" && key === undefined) return [];
    const connectors = levelsOf(request)
      .flatMap((level) => level.connectors)
      .flatMap((requested) =>
        "from" in requested && requested.from === producer ? [attachedConnector(environment, requested)] : [],
      );
    const provider = accountProvider(`producer-${producer}`, {
      account: spec.account,
      role: producerRole(environment, producer, "onboarder"),
      region: environment.region,
      tags: tagsOf(environment, request),
    });
    // Statements under `roles`, and grants, name the spoke's roles, which have to exist.
    const namesRoles = environment.producerGrants === "roles" || key !== undefined;
    return [
      new ProducerGrants(
        `${request.spoke}-${producer}`,
        {
          request,
          environment,
          connectors: [...new Map(connectors.map((connector) => [connector.name, connector])).values()],
          ...(key === undefined ? {} : { key: { producer, arn: key } }),
        },
        { provider, dependsOn: namesRoles ? [spoke] : [] },
      ),
    ];
  });
}

/** ARN of the producer's key, when the spoke's stack is to make a grant on it. */
function grantedKey(
  environment: Environment,
  spillKeys: Readonly<Record<string, string>>,
  producer: string,
): string | undefined {
  if (environment.keyAccess !== "grants" || spillKeyAlias(environment, producer) === undefined)
    return undefined;
  const key = spillKeys[producer];
  if (key === undefined)
    throw new InputError(`the request for environment ${environment.name}`, [
      {
        path: "connectors",
        message: `the key of producer "${producer}" is not deployed: run \`spokes environment up ${environment.name}\` first`,
      },
    ]);
  return key;
}

/** The environment as it was last deployed, with the ARNs of its producers' keys; both are known in preview. */
async function deployedEnvironment(
  name: string,
): Promise<{ environment: Environment; spillKeys: Readonly<Record<string, string>> }> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;
  const reference = new pulumi.StackReference("environment", { name: stack });
  const [deployed, keys] = await Promise.all(
    ["environment", "spillKeys"].map((output) => reference.getOutputDetails(output)),
  );
  const environment = readDeployedEnvironment(name, deployed?.value);
  if (environment === undefined)
    throw new InputError(`the request for environment ${name}`, [
      {
        path: "environment",
        message: `stack "${name}" is not deployed: run \`spokes environment up ${name}\` first`,
      },
    ]);
  return { environment, spillKeys: (keys?.value ?? {}) as Readonly<Record<string, string>> };
}
