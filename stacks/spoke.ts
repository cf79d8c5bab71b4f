/** A spoke stack: all that one spoke needs, in its own account, in the hub and in the producers it queries, or one side of it. */
import * as pulumi from "@pulumi/pulumi";
import { spokeAlarms } from "../access/alarms";
import { dataSetsOf } from "../access/data-set";
import { type Environment, readDeployedEnvironment } from "../access/environment";
import { InputError } from "../access/faults";
import { isSpillKeyGranted } from "../access/key";
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
  spokeRole,
  workgroupNameOf,
} from "../access/names";
import { faultsInEnvironment, type SpokeRequest } from "../access/request";
import { faultsOnSide, type Side } from "../access/side";
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
  /** As which Quick goes on into the spoke; this and what follows of Quick: undefined when Quick does not query the spoke. */
  readonly roleAArn?: string;
  /** Of the general level; this is the spoke's side, the data source the hub's. */
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

export interface SpokeStackOptions {
  /** Which part of it this stack holds. Default: all. */
  readonly side?: Side | undefined;
  /** Waits until a role that was made just now can be assumed. Default: nothing is waited for. */
  readonly whenAssumable?: WhenAssumable;
}

/**
 * @throws InputError when the request does not fit the environment.
 */
export async function spokeStack(
  request: SpokeRequest,
  { side, whenAssumable = () => Promise.resolve() }: SpokeStackOptions = {},
): Promise<SpokeOutputs> {
  const { environment, spillKeys } = await deployedEnvironment(request.environment);
  const faults = [
    ...faultsInEnvironment(request, environment),
    ...(side === undefined ? [] : faultsOnSide(request, environment, side)),
    ...ungranted(request, environment, dayOf(new Date())).map(({ path, message }) => ({
      path,
      message: `${message}: add a grant to environment ${environment.name} and update it first`,
    })),
  ];
  if (faults.length > 0) throw new InputError(`the request of ${request.spoke}`, faults);
  const made = { request, environment, tags: tagsOf(environment, request) };
  const spoke = side === "hub" ? undefined : inSpoke(made, whenAssumable);
  const hub = side === "spoke" ? undefined : inHub(made, spillKeys, spoke?.made ?? []);
  const levels = levelsOf(request).map((level): [string, LevelOutputs] => {
    const classification = level.classification ?? "";
    return [
      classification,
      {
        ...placesOf(level, environment),
        ...spoke?.levels[classification],
        ...hub?.[classification],
      },
    ];
  });
  const { "": general = placesOf(request, environment), ...classifications } = Object.fromEntries(levels);
  return {
    spoke: request,
    ...(request.quick ? { roleAArn: roleAArn(environment, request) } : {}),
    ...general,
    ...spoke?.outputs,
    ...(Object.keys(classifications).length === 0 ? {} : { classifications }),
  };
}

/** What a stack is made from. */
interface Made {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  readonly tags: Readonly<Record<string, string>>;
}

/** What one side tells. */
interface SideOutputs {
  readonly outputs: Partial<SpokeOutputs>;
  /** Classification, empty for the general level -> what the level has of its own. */
  readonly levels: Readonly<Record<string, Partial<LevelOutputs>>>;
}

/** What is in the spoke's account, and in the accounts of tables that its own connectors read. */
function inSpoke(
  { request, environment, tags }: Made,
  whenAssumable: WhenAssumable,
): SideOutputs & { readonly made: readonly pulumi.Resource[] } {
  const { region } = environment;
  const provider = accountProvider("spoke", {
    account: request.account,
    role: spokeRole(request),
    region: request.region,
    tags,
  });
  const sharedBy = producerShares(request, environment, tags, provider, whenAssumable);
  const args = { request, environment, sharedBy };
  const account = request.quick
    ? new SpokeAccount(request.spoke, args, { provider })
    : new ConsumerAccount(request.spoke, args, { provider });
  const readers = thirdPartyReaders({ request, environment }, provider, account);
  const alarms = spokeAlarms(request, environment);
  const alarming = alarms && new AccessAlarms(`${request.spoke}-alarms`, alarms, { provider });
  crossAccountTables(
    levelsOf(request).flatMap((level) =>
      level.connectors.flatMap((requested) =>
        "deploy" in requested ? [{ connector: ownConnector(level, requested), spec: requested.deploy }] : [],
      ),
    ),
    { environment: environment.name, organization: environment.organization, region, tags },
  );
  const analyst = analystArn(request, environment);
  return {
    made: [account, ...readers.made],
    outputs: {
      ...(analyst === undefined ? {} : { analystArn: analyst }),
      ...readers.outputs,
      ...(alarming === undefined ? {} : { alarmTopicArn: alarming.topicArn }),
    },
    levels:
      account instanceof SpokeAccount
        ? Object.fromEntries(
            Object.entries(account.roleBArns).map(([classification, roleBArn]) => [
              classification,
              { roleBArn },
            ]),
          )
        : {},
  };
}

/**
 * What is in the hub and in producers.
 *
 * @param first who is let in there, where this stack makes them, too.
 */
function inHub(
  made: Made,
  spillKeys: Readonly<Record<string, string>>,
  first: readonly pulumi.Resource[],
): SideOutputs["levels"] {
  const grants = producerGrants(made, spillKeys, first);
  return made.request.quick ? dataSources(made, [...first, ...grants]) : {};
}

/** The request's readers, and what is to be told of them. */
function thirdPartyReaders(
  { request, environment }: { readonly request: SpokeRequest; readonly environment: Environment },
  provider: pulumi.ProviderResource,
  spoke: SpokeAccount | ConsumerAccount,
): {
  readonly made: readonly ThirdPartyReader[];
  readonly outputs: Pick<SpokeOutputs, "readers" | "readerKeys">;
} {
  const readers = readersOf(request);
  if (readers.length === 0) return { made: [], outputs: {} };
  const keys: Record<string, pulumi.Output<ReaderKey>> = {};
  const made = readers.map((reader) => {
    const one = new ThirdPartyReader(
      `${request.spoke}-${reader.name}`,
      { request, environment, reader },
      // A workgroup of the reader's writes into the spoke's bucket.
      { provider, dependsOn: [spoke] },
    );
    if (one.key !== undefined) keys[reader.name] = one.key;
    return one;
  });
  const outputs = {
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
  return { made, outputs };
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
function dataSources(
  { request, environment, tags }: Made,
  first: readonly pulumi.Resource[],
): SideOutputs["levels"] {
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
  return Object.fromEntries(
    levelsOf(request).map((level): [string, Partial<LevelOutputs>] => {
      const { classification } = level;
      const name = classification === undefined ? request.spoke : `${request.spoke}--${classification}`;
      const dataSource = new QuickDataSource(
        name,
        { request: level, environment, tags },
        // Quick checks the whole chain when it creates the data source.
        { provider, dependsOn: [...first, ...ownRoleA] },
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
          dataSourceId: dataSourceIdOf(level),
          dataSourceArn: dataSource.arn,
          ...(datasets.length === 0 ? {} : { datasets: Object.fromEntries(datasets) }),
        },
      ];
    }),
  );
}

/** Each producer's own grants to this spoke; a provider is made only where there is something to grant. */
function producerGrants(
  { request, environment, tags }: Made,
  spillKeys: Readonly<Record<string, string>>,
  first: readonly pulumi.Resource[],
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
      tags,
    });
    // Statements under `roles`, and grants, name the spoke's roles and users, which have to exist.
    const namesThem = environment.producerGrants === "roles" || key !== undefined;
    return [
      new ProducerGrants(
        `${request.spoke}-${producer}`,
        {
          request,
          environment,
          connectors: [...new Map(connectors.map((connector) => [connector.name, connector])).values()],
          ...(key === undefined ? {} : { key: { producer, arn: key } }),
        },
        { provider, dependsOn: namesThem ? [...first] : [] },
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
  if (!isSpillKeyGranted(environment, producer)) return undefined;
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
