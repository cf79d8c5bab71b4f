/** All that an environment may have left behind, account by account (R74, R76). */
import { hubRuleNames, hubTopicName } from "../../access/alarms";
import { connectorLogGroup } from "../../access/connector";
import { type Environment, sharedRoleAScopes } from "../../access/environment";
import { dataBucketPolicy } from "../../access/mesh/bucket-policy";
import { gluePolicy } from "../../access/mesh/glue-policy";
import { lakeGrants, lakeLocations, lakeRoleName, locationArn } from "../../access/mesh/lake-formation";
import {
  productOf,
  productsOf,
  sampleProductBucket,
  sampleProductDatabase,
  sharedBuckets,
} from "../../access/mesh/product";
import {
  ASSUME_CONSUMER_ROLE_POLICY,
  type Connector,
  connectorRoleName,
  producerConnector,
  SAMPLE_TABLE,
  sharedRoleAName,
  spillBucketName,
  spillKeyAlias,
} from "../../access/names";
import { roleAPermissions } from "../../access/role-a";
import { type TableReader, tableReaderLogGroup, tableReadersOf } from "../../access/table-reader";
import { tablesKey } from "../accounts";
import type { AccountView } from "../cloud/cloud";
import type { EnvironmentAccounts } from "../preflight/environment";
import { lakeGrantTo } from "./lake";
import type { Look, Place } from "./look";
import { ofDocument, statements } from "./statements";
import { keysOf, things } from "./things";

export function looksForEnvironment(
  environment: Environment,
  { hub, producers, readers, tables }: EnvironmentAccounts,
): Look[] {
  const placeIn = (view: AccountView): Place => ({ view, owner: { environment: environment.name } });
  return [
    ...inHub(placeIn(hub), environment),
    ...[...producers].flatMap(([producer, view]) => inProducer(placeIn(view), producer, environment)),
    ...[...readers].flatMap(([reader, view]) => inReader(placeIn(view), reader)),
    ...Object.entries(environment.producers).flatMap(([producer, { connectors }]) =>
      Object.entries(connectors).flatMap(([name, { tablesIn }]) => {
        const view = tablesIn && tables.get(tablesKey(environment.name, tablesIn));
        const role = producerConnector(environment, producer, name).tables?.role;
        return view === undefined || role === undefined ? [] : things(placeIn(view), "role", [role]);
      }),
    ),
  ];
}

function inHub(hub: Place, environment: Environment): Look[] {
  const isShared = sharedRoleAScopes(environment).length > 0;
  return [
    ...things(hub, "role", isShared ? [sharedRoleAName(environment)] : []),
    ...things(
      hub,
      "policy",
      [...roleAPermissions(environment).keys()].filter((policy) => policy !== ASSUME_CONSUMER_ROLE_POLICY),
    ),
    ...(environment.alarms === undefined
      ? []
      : [
          ...things(hub, "topic", [hubTopicName(environment)]),
          ...things(hub, "rule", Object.values(hubRuleNames(environment))),
        ]),
  ];
}

function inProducer(own: Place, producer: string, environment: Environment): Look[] {
  const spec = environment.producers[producer];
  const connectors = Object.entries(spec?.connectors ?? {}).map(
    ([name, connector]): [Connector, typeof connector] => [
      producerConnector(environment, producer, name),
      connector,
    ],
  );
  const names = connectors.map(([{ name }]) => name);
  const alias = spillKeyAlias(environment, producer);
  const sampled = productsOf(environment, producer).filter(
    (product) => productOf(environment, product).sampleData,
  );
  const isLake = productsOf(environment, producer, "lakeFormation").length > 0;
  return [
    ...things(own, "role", [
      ...connectors.map(([connector]) => connectorRoleName(connector)),
      ...tableReadersOf(environment, producer).map(({ role }) => role),
      ...(isLake ? [lakeRoleName(environment, producer)] : []),
    ]),
    ...things(own, "function", names),
    ...things(
      own,
      "application",
      connectors.flatMap(([{ name }, { application }]) => (application === undefined ? [] : [name])),
    ),
    ...things(
      own,
      "logGroup",
      connectors.map(([connector]) => connectorLogGroup(connector)),
    ),
    ...things(own, "catalog", names),
    ...things(own, "bucket", [
      ...(names.length === 0 ? [] : [spillBucketName(environment, producer)]),
      ...sampled.map((product) => sampleProductBucket(environment, product)),
    ]),
    ...things(own, "database", sampled.map(sampleProductDatabase)),
    ...things(own, "table", spec?.sampleData === true ? [SAMPLE_TABLE] : []),
    ...(alias === undefined ? [] : [...things(own, "alias", [alias]), keysOf(own)]),
    ...sharing(own, producer, environment),
  ];
}

/** What lets other accounts in to a producer's products. */
function sharing({ view, owner }: Place, producer: string, environment: Environment): Look[] {
  const { account } = view;
  const glue = gluePolicy(environment, producer);
  return [
    ...(glue === undefined
      ? []
      : [
          statements(
            account,
            "policy of the Glue catalog",
            () => view.catalogPolicy(),
            ofDocument(glue.policy),
            () => "aws glue delete-resource-policy, or put-resource-policy without it",
          ),
        ]),
    ...sharedBuckets(environment, producer).map((bucket) =>
      statements(
        account,
        `policy of bucket ${bucket}`,
        () => view.bucketPolicy(bucket),
        ofDocument(dataBucketPolicy(environment, producer, bucket)),
        () => `aws s3api delete-bucket-policy --bucket ${bucket}, or put-bucket-policy without it`,
      ),
    ),
    ...things(
      { view, owner },
      "location",
      lakeLocations(environment, producer).map((location) => locationArn(environment.region, location)),
    ),
    ...lakeGrants(environment, producer).permissions.map((grant) =>
      lakeGrantTo(view, grant.account, grant.target),
    ),
  ];
}

function inReader(own: Place, reader: TableReader): Look[] {
  return [
    ...things(own, "role", [reader.executionRole]),
    ...things(own, "function", [reader.name]),
    ...things(own, "logGroup", [tableReaderLogGroup(reader)]),
  ];
}
