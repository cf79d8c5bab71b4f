/** All that a spoke may have left behind, account by account (R74, R76). */
import { scanAlarmName, spokeRuleName, spokeTopicName } from "../../access/alarms";
import { connectorLogGroup } from "../../access/connector";
import { dataSetsOf } from "../../access/data-set";
import { type Environment, sharedRoleAScopes } from "../../access/environment";
import { spillKeyGrants } from "../../access/key";
import { levelsOf, queriedLevels } from "../../access/level";
import { grantText } from "../../access/mesh/grant";
import { consumedProducts, productCatalogs, productLinks, productReaders } from "../../access/mesh/consumed";
import { type LakeTarget, tableTargets } from "../../access/mesh/lake-formation";
import { producerOf } from "../../access/mesh/product";
import {
  analystPolicyName,
  analystRole,
  analystUser,
  attachedProducers,
  catalogsOf,
  connectorRoleName,
  dataSourceIdOf,
  makesResultsBucket,
  ownSpillBucketName,
  ownSpillKeyAlias,
  ownsWorkgroup,
  producerConnector,
  resultsBucketName,
  roleAName,
  roleBName,
  SAMPLE_TABLE,
  sampleDatabaseName,
  sampleDataBucketName,
  sharedRoleAName,
  spillBucketName,
  spillKeyAlias,
  workgroupNameOf,
} from "../../access/names";
import type { SpokeRequest } from "../../access/request";
import { isManaged, sharerByHand, sharesOf } from "../../access/share";
import { ownsReaderWorkgroup, readersOf } from "../../access/third-party-reader";
import { type ChainAccounts, deployedBy, tablesKey } from "../accounts";
import type { AccountView } from "../cloud/cloud";
import { lakeGrantTo } from "./lake";
import type { Look, Place, Staying } from "./look";
import { about, type Naming, namingOf, statements, statementsOf } from "./statements";
import { keysOf, things } from "./things";

/** @param accounts of one side, when only that is gone. */
export function looksForSpoke(
  request: SpokeRequest,
  environment: Environment,
  { spoke, hub, producers, tables }: ChainAccounts,
): Look[] {
  const placeIn = (view: AccountView): Place => ({ view, owner: request });
  const naming = namingOf(request, environment);
  return [
    ...(spoke === undefined ? [] : inOwnAccount(placeIn(spoke), request, environment)),
    ...(hub === undefined ? [] : inHub(placeIn(hub), request, environment, naming)),
    ...attachedProducers(request).flatMap((producer) => {
      const view = producers.get(producer);
      return view === undefined ? [] : inProducer(view, producer, request, environment, naming);
    }),
    ...deployedBy(request).flatMap(({ connector, tablesIn }) => {
      const view = tablesIn && tables.get(tablesKey(environment.name, tablesIn));
      return view === undefined || connector.tables === undefined
        ? []
        : things(placeIn(view), "role", [connector.tables.role]);
    }),
    ...productGrants(request, environment),
  ];
}

function inOwnAccount(own: Place, request: SpokeRequest, environment: Environment): Look[] {
  const levels = levelsOf(request);
  const deployed = deployedBy(request);
  const readers = readersOf(request);
  const analyst = analystRole(request, environment);
  const analystAsUser = analystUser(request, environment);
  const shares = sharesOf(request, environment);
  const connectors = deployed.map(({ connector }) => connector);
  const aliases = levels.flatMap((level) => ownSpillKeyAlias(level) ?? []);
  return [
    ...things(own, "role", [
      ...queriedLevels(request).map((level) => roleBName(level, environment)),
      ...(analyst === undefined ? [] : [analyst]),
      ...shares.flatMap(({ roles }) => roles),
      ...readers.flatMap(({ role }) => role ?? []),
      ...connectors.map(connectorRoleName),
    ]),
    ...things(own, "user", [
      ...(analystAsUser === undefined ? [] : [analystAsUser]),
      ...readers.map(({ user }) => user),
    ]),
    ...things(own, "policy", [
      ...(analystAsUser === undefined ? [] : [analystPolicyName(request)]),
      ...readers.flatMap(({ policy }) => policy ?? []),
    ]),
    ...things(own, "workgroup", [
      ...levels.filter(ownsWorkgroup).map(workgroupNameOf),
      ...readers.filter(ownsReaderWorkgroup).map(({ workgroup }) => workgroup),
    ]),
    ...things(own, "bucket", [
      ...levels.filter(makesResultsBucket).map(resultsBucketName),
      ...levels.filter((level) => deployedBy(level).length > 0).map(ownSpillBucketName),
      ...(request.sampleData ? [sampleDataBucketName(request)] : []),
    ]),
    ...things(own, "catalog", [
      ...levels.flatMap((level) =>
        catalogsOf(level, environment).flatMap(({ catalog, requested }) =>
          isManaged(requested) ? catalog : [],
        ),
      ),
      ...productCatalogs(request, environment),
    ]),
    ...sharedByHand(own, request, environment),
    ...things(own, "database", request.sampleData ? [sampleDatabaseName(request)] : []),
    ...things(
      own,
      "link",
      productLinks(request, environment).map(({ name }) => name),
    ),
    ...grantedByLake(own, request, environment),
    ...things(
      own,
      "function",
      connectors.map(({ name }) => name),
    ),
    ...things(
      own,
      "application",
      deployed.flatMap(({ connector, application }) => (application === undefined ? [] : [connector.name])),
    ),
    ...things(own, "logGroup", connectors.map(connectorLogGroup)),
    ...things(own, "alias", aliases),
    ...(aliases.length === 0 ? [] : [keysOf(own)]),
    ...things(own, "table", deployed.some(({ sampleData }) => sampleData) ? [SAMPLE_TABLE] : []),
    ...(environment.alarms === undefined
      ? []
      : [
          ...things(own, "topic", [spokeTopicName(request)]),
          ...things(own, "rule", queriedLevels(request).map(spokeRuleName)),
          ...things(own, "alarm", levels.filter(ownsWorkgroup).map(scanAlarmName)),
        ]),
  ];
}

/** Catalogs that no stack made: they lead nowhere any more, and are the account's to keep or delete (R15). */
function sharedByHand({ view }: Place, request: SpokeRequest, environment: Environment): Look[] {
  const { account } = view;
  return levelsOf(request)
    .flatMap((level) => catalogsOf(level, environment))
    .flatMap(({ catalog: name, requested }): Look[] => {
      const sharer = sharerByHand(requested);
      if (sharer === undefined) return [];
      const noun = "Athena catalog";
      const why = `${sharer} shared it by hand; \`aws athena delete-data-catalog --name ${name}\` takes it away`;
      return [
        {
          account,
          what: `${noun} ${name}`,
          find: async () => ((await view.catalog(name)) === undefined ? [] : [{ account, noun, name, why }]),
        },
      ];
    });
}

/** What the account's Lake Formation has given on to the spoke's roles. */
function grantedByLake({ view }: Place, request: SpokeRequest, environment: Environment): Look[] {
  const targets = consumedProducts(request, environment)
    .filter(({ via }) => via === "lakeFormation")
    .flatMap(({ product, links }) => [
      ...links.map(({ name }): LakeTarget => ({ database: { catalogId: request.account, name } })),
      ...tableTargets(environment, product),
    ]);
  return productReaders(request, environment).flatMap((role) =>
    targets.map((target) => lakeGrantTo(view, role, target)),
  );
}

function inHub(hub: Place, request: SpokeRequest, environment: Environment, naming: Naming): Look[] {
  const { view } = hub;
  const roleA = sharedRoleAName(environment);
  return [
    ...things(
      hub,
      "dataSet",
      queriedLevels(request).flatMap((level) => dataSetsOf(level, environment).map(({ id }) => id)),
    ),
    ...things(
      hub,
      "dataSource",
      queriedLevels(request).map((level) => dataSourceIdOf(level)),
    ),
    ...(environment.roleA === "dedicated" ? things(hub, "role", [roleAName(environment, request)]) : []),
    ...(sharedRoleAScopes(environment).length === 0
      ? []
      : [
          statements(
            view.account,
            `policies of role ${roleA}`,
            async () => ({ Statement: [...(await view.rolePolicies(roleA)).values()].flatMap(statementsOf) }),
            about(naming, environment.name),
            () => writtenAnew(environment),
          ),
        ]),
  ];
}

/** The environment's own documents, which its stack writes from its list of spokes. */
function writtenAnew({ name }: Environment): string {
  return `pulumi refresh --stack ${name}, then spokes environment up ${name}`;
}

function inProducer(
  view: AccountView,
  producer: string,
  request: SpokeRequest,
  environment: Environment,
  naming: Naming,
): Look[] {
  const { account } = view;
  const connectors = Object.keys(environment.producers[producer]?.connectors ?? {}).map((name) =>
    producerConnector(environment, producer, name),
  );
  const bucket = spillBucketName(environment, producer);
  const alias = spillKeyAlias(environment, producer);
  const granted = alias === undefined ? [] : spillKeyGrants(request, environment, producer);
  const isLeft = about(naming, environment.name);
  const again = () => writtenAnew(environment);
  return [
    ...connectors.map(({ name }) =>
      statements(
        account,
        `policy of function ${name}`,
        async () => ({ Statement: await view.functionStatements(name) }),
        isLeft,
        (sid) => `aws lambda remove-permission --function-name ${name} --statement-id ${sid}`,
      ),
    ),
    statements(account, `policy of bucket ${bucket}`, () => view.bucketPolicy(bucket), isLeft, again),
    ...(alias === undefined
      ? []
      : [
          statements(
            account,
            `policy of key ${alias}`,
            async () => (await view.key(alias))?.policy,
            isLeft,
            again,
          ),
          {
            account,
            what: `grants on key ${alias}`,
            find: async () =>
              ((await view.key(alias))?.grants ?? [])
                .filter(({ name, granteePrincipal }) =>
                  granted.some((ours) => ours.name === name || ours.granteePrincipal === granteePrincipal),
                )
                .map(({ name }) => ({
                  account,
                  noun: "grant",
                  name: `${name} on key ${alias}`,
                  remedy: "aws kms revoke-grant, with the ids that aws kms list-grants tells",
                })),
          },
        ]),
  ];
}

/** Grants of products are the platform team's, who take them back; until then they are for the next spoke of that name. */
function productGrants({ spoke, account }: SpokeRequest, environment: Environment): Look[] {
  return environment.grants
    .filter((grant) => grant.consumer === spoke && grant.account === account)
    .map((grant) => {
      const staying: Staying = {
        account: producerOf(environment, grant.product).account,
        noun: "grant",
        name: grant.product,
        why: `${grantText(grant)}, is in Pulumi.${environment.name}.yaml until the platform team takes it out`,
      };
      return {
        account: staying.account,
        what: `grant of ${grant.product}`,
        find: () => Promise.resolve([staying]),
      };
    });
}
