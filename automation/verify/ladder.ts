/** The ladder of verification (requirements A6): from the roles up to the trail that a query leaves. */
import { analystPermissions, analystTrust } from "../../access/analyst";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { invokeStatement, organizationInvokeGrant, spokeInvokeGrants } from "../../access/connector";
import { type DataSet, dataSetsOf, readableTables } from "../../access/data-set";
import type { PolicyDocument } from "../../access/document";
import type { Environment } from "../../access/environment";
import { type ConsumedProduct, consumedProducts } from "../../access/mesh/consumed";
import { type KeyGrant, ownSpillKey, type SpillKey, spillKey, spillKeyGrants } from "../../access/key";
import { levelsOf } from "../../access/level";
import {
  analystArn,
  analystOf,
  analystPolicyName,
  analystRole,
  analystUser,
  ASSUME_CONSUMER_ROLE_POLICY,
  ATHENA_GLUE_S3_ACCESS,
  ATHENA_QUERIES,
  catalogsOf,
  type Connector,
  CONNECTOR_DATABASE,
  connectorArn,
  dataOf,
  dataSourceArnOf,
  dataSourceIdOf,
  GLUE_CATALOG,
  isUser,
  nameOf,
  outputLocationOf,
  ownsWorkgroup,
  placeOfQueries,
  producerRole,
  roleAArn,
  roleAName,
  roleBArn,
  roleBName,
  type SpokeCatalog,
  spokeRole,
  workgroupNameOf,
} from "../../access/names";
import { dataSetPermissions, dataSourcePermissions, type QuickPermission } from "../../access/quick";
import { isNamedByEnvironment, registrationOf, type SpokeRequest } from "../../access/request";
import {
  dedicatedRoleAPermissions,
  dedicatedRoleATrust,
  roleAPermissions,
  roleATrust,
} from "../../access/role-a";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import type { Side } from "../../access/side";
import { SHARE_POLICY, sharePermissions, sharerByHand, shareRoleTrust, sharesOf } from "../../access/share";
import {
  ASSUME_READER,
  ATHENA_READER,
  readerPermissions,
  readersOf,
  readerTrust,
  readerUserPermissions,
  type ThirdPartyReader,
} from "../../access/third-party-reader";
import { type ChainAccounts, hubIn, OnOtherSide, producerIn, spokeIn } from "../accounts";
import { type AccountView, NotExecuted, type Query, type WorkgroupView } from "../cloud/cloud";
import type { Context } from "../context";
import { isFilling, isWorking, settledDataSource, settledIngestion } from "../data-source";
import { messageOf } from "../failure";
import type { Awaited } from "../sides";
import { counted } from "../output/wording";
import { rowsText } from "../query";
import { isWhole, readTrail } from "../trail";
import { become } from "../query/identity";
import { differences } from "./documents";
import type { Rung } from "./rung";

export interface LadderInput {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  readonly accounts: ChainAccounts;
  /** Which side is verified. Default: both. */
  readonly side?: Side | undefined;
  /** The other side, while it is not as this one: what goes through both cannot hold yet. */
  readonly awaited?: Awaited | undefined;
  readonly context: Pick<Context, "report" | "signal" | "cloud" | "actAsQuick">;
}

/** Who can query here; each is become once, when a rung first needs it. */
interface Identities {
  readonly analyst: () => Promise<AccountView>;
  readonly quick: () => Promise<AccountView>;
}

interface Climb extends LadderInput {
  readonly identities: Identities;
  /** The request as it was written; `request` is what a level has of it. */
  readonly whole: SpokeRequest;
}

/** What a rung has found: a text when it holds. It throws when it does not. */
type Check = () => Promise<string>;

/** Thrown by a rung that could not be tried, with the reason. */
class NotTried extends Error {}

/** Where a verification writes the results of a query in a producer. */
const VERIFICATION_PREFIX = "athena-spokes-verification/";

/** Climbs the whole ladder, all rungs side by side. */
export function climb(input: LadderInput): Promise<Rung[]> {
  const steps = ladder({ ...input, identities: identitiesOf(input), whole: input.request });
  return Promise.all(
    steps.map(async ({ check, ...rung }): Promise<Rung> => {
      try {
        return { ...rung, status: "passed", detail: await check() };
      } catch (thrown) {
        if (thrown instanceof NotExecuted)
          return { ...rung, status: "not executed", detail: `not executed here: ${thrown.operation}` };
        if (thrown instanceof NotTried) return { ...rung, status: "not executed", detail: thrown.message };
        if (thrown instanceof OnOtherSide)
          return { ...rung, status: "not executed", detail: `not executed: ${thrown.message}` };
        return { ...rung, status: "failed", detail: messageOf(thrown) };
      }
    }),
  );
}

function identitiesOf({ request, environment, accounts, awaited, context }: LadderInput): Identities {
  const once = (make: () => Promise<AccountView>) => {
    let made: Promise<AccountView> | undefined;
    return () => (made ??= make());
  };
  return {
    analyst: once(async () => {
      const analyst = analystArn(request, environment);
      if (analyst === undefined)
        throw new NotTried("not executed: the spoke has no analyst (`analyst: true` in the request)");
      if (analystUser(request, environment) !== undefined)
        throw new NotTried(
          `not executed: nobody becomes ${analyst}, a user, but with its own password or keys`,
        );
      return spokeIn(accounts).assume(analyst);
    }),
    quick: once(async () => {
      refuseAwaited(awaited);
      if (context.actAsQuick === undefined)
        throw new NotTried(
          "not executed: nobody but Quick can be Role A or Role B; a query of a dataset in Quick shows it",
        );
      return (await become(context, "quick", request, environment)).view;
    }),
  };
}

/** @throws NotTried while the other side is not as this one. */
function refuseAwaited(awaited: Awaited | undefined): void {
  if (awaited === undefined) return;
  const { side, request } = awaited;
  throw new NotTried(
    `not executed: the ${side}'s side is ${request === undefined ? "not onboarded yet" : "onboarded with another request"}`,
  );
}

/** @throws NotTried until the producer has shared a catalog that it shares by hand (R15). */
async function refuseUnshared(
  catalog: string,
  { request, environment, accounts }: Pick<Climb, "request" | "environment" | "accounts">,
): Promise<void> {
  const found = catalogsOf(request, environment).find((each) => each.catalog === catalog);
  const sharer = found && sharerByHand(found.requested);
  if (sharer !== undefined && (await spokeIn(accounts).catalog(catalog)) === undefined)
    throw new NotTried(
      `not executed: catalog ${catalog} is not there yet, which ${sharer} shares by hand; then \`spokes verify\``,
    );
}

/** The documents of environment and producers are compared with what the list makes of them: the spoke has to be in it. */
function registered({ request, environment, side }: Climb): Step {
  return {
    id: "registered",
    title: `environment ${environment.name} lists the spoke`,
    requirement: "C12, C24",
    check: () => {
      if (side === "spoke") throw new OnOtherSide("the environment's list is on the hub's side");
      const listed = environment.spokes[request.spoke];
      if (listed === undefined)
        throw new Error(
          `it was updated without ${request.spoke}, whose access ended with that: onboard again`,
        );
      refuseDifferences(differences(registrationOf(request, environment), listed));
      return Promise.resolve([listed.account, listed.roleB ?? listed.analyst].join(", "));
    },
  };
}

interface Step extends Pick<Rung, "id" | "title" | "requirement"> {
  readonly check: Check;
}

function ladder(input: Climb): Step[] {
  const { request, environment } = input;
  return [
    ...(isNamedByEnvironment(request, environment) ? [registered(input)] : []),
    ...(request.quick ? [roleAStep(input)] : []),
    ...levelsOf(request).flatMap((level) => {
      const atLevel = { ...input, request: level };
      const identities = { ...identitiesOf(atLevel), analyst: input.identities.analyst };
      return levelSteps({ ...atLevel, identities }).map((each) =>
        level.classification === undefined ? each : { ...each, id: `${each.id}@${level.classification}` },
      );
    }),
    ...(request.quick
      ? [
          {
            id: "trail",
            title: "CloudTrail shows AssumeRole A, AssumeRole B, StartQueryExecution",
            requirement: "R73",
            check: () => trailTells(input),
          },
        ]
      : []),
  ];
}

function roleAStep({ request, environment, accounts }: Climb): Step {
  const name = roleAName(environment, request);
  const [trust, permissions] =
    environment.roleA === "dedicated"
      ? [
          dedicatedRoleATrust(request, environment),
          new Map([[ASSUME_CONSUMER_ROLE_POLICY, dedicatedRoleAPermissions(request, environment)]]),
        ]
      : [roleATrust(environment), roleAPermissions(environment)];
  return {
    id: "role-a",
    title: `Role A ${name} has exactly its documents`,
    requirement: "R50-R52",
    check: () => roleIs(hubIn(accounts), name, trust, permissions),
  };
}

/** What a level has of its own. */
function levelSteps(input: Climb): Step[] {
  const { request, environment, accounts } = input;
  const catalogs = catalogsOf(request, environment);
  const analyst = analystOf(request, environment);
  return [
    ...(request.quick
      ? [
          {
            id: "role-b",
            title: `Role B ${roleBName(request, environment)} has exactly its documents`,
            requirement: "R54-R60",
            check: () =>
              roleIs(
                spokeIn(accounts),
                roleBName(request, environment),
                roleBTrust(request, environment),
                new Map([[ATHENA_GLUE_S3_ACCESS, roleBPermissions(request, environment)]]),
              ),
          },
        ]
      : []),
    ...(analyst === undefined
      ? []
      : [
          {
            id: "analyst",
            title: `analyst ${nameOf(analyst)} has exactly its documents`,
            requirement: "R28, R31",
            check: () => {
              const spoke = spokeIn(accounts);
              const permissions = analystPermissions(request, environment);
              return isUser(analyst)
                ? userIs(spoke, nameOf(analyst), new Map([[analystPolicyName(request), permissions]]))
                : roleIs(
                    spoke,
                    nameOf(analyst),
                    analystTrust(request),
                    new Map([[ATHENA_QUERIES, permissions]]),
                  );
            },
          },
        ]),
    ...readersOf(request).map((reader) => readerStep(reader, input)),
    ...shareSteps(input),
    ...catalogs.flatMap((catalog) => connectorSteps(catalog, input)),
    {
      id: "workgroup",
      title: `workgroup ${workgroupNameOf(request)} is as asked`,
      requirement: "R71, C5",
      check: async () => workgroupIs(spokeIn(accounts), request),
    },
    ...dataOf(request).map(({ database, tables }): Step => ({
      id: `glue:${database}`,
      title: `Glue database ${database} lists its tables`,
      requirement: "R57, R60",
      check: async () => {
        const listed = await spokeIn(accounts).tables(database);
        const missing = (tables ?? []).filter((table) => !listed.includes(table));
        if (listed.length === 0) throw new Error(`${database} has no table`);
        if (missing.length > 0) throw new Error(`${database} lacks ${missing.join(", ")}`);
        return listed.join(", ");
      },
    })),
    ...catalogs.flatMap((catalog) => querySteps(catalog, input)),
    ...glueSteps(input),
    ...productSteps(input),
    ...(request.quick ? [...dataSourceSteps(input), ...dataSetSteps(input)] : []),
  ];
}

function dataSourceSteps(input: Climb): Step[] {
  const { request, environment, accounts } = input;
  const id = dataSourceIdOf(request);
  return [
    {
      id: "data-source",
      title: `data source ${id} is CREATION_SUCCESSFUL with both roles`,
      requirement: "R61, R64",
      check: () => dataSourceIs(input),
    },
    {
      id: "shared",
      title: `data source ${id} is shared with its owners and authors, and nobody else`,
      requirement: "R62, R65",
      check: async () =>
        sharedWith(
          dataSourcePermissions(request, environment),
          await hubIn(accounts).dataSourcePermissions(id),
        ),
    },
    {
      id: "browse",
      title: "an author can browse databases and tables, as Quick through Role A and Role B",
      requirement: "R66",
      check: () => browsed(input),
    },
  ];
}

/** Each dataset that the request asks for: as asked, filled where it is to be, and of columns that there are. */
function dataSetSteps(input: Climb): Step[] {
  const { request, environment, accounts, context, identities } = input;
  return dataSetsOf(request, environment).flatMap((dataSet): Step[] => [
    {
      id: `dataset:${dataSet.key}`,
      title: `dataset ${dataSet.id} is as asked and shared with owners and authors of its data source, and nobody else`,
      requirement: "R66",
      check: async () => {
        const hub = hubIn(accounts);
        await dataSetIs(hub, dataSet, dataSourceArnOf(request, environment));
        return sharedWith(
          dataSetPermissions(request, environment),
          (await hub.dataSetPermissions(dataSet.id)) ?? [],
        );
      },
    },
    ...(dataSet.importMode === "SPICE"
      ? [
          {
            id: `ingestion:${dataSet.key}`,
            title: `Quick has filled dataset ${dataSet.id} in SPICE`,
            requirement: "R66",
            check: async () => {
              await refuseUnshared(dataSet.table.catalog, input);
              return filled(hubIn(accounts), dataSet, context);
            },
          },
        ]
      : []),
    {
      id: `quick-dataset:${dataSet.key}`,
      title: `a SELECT of the columns of dataset ${dataSet.id} as Quick, through Role A and Role B, returns`,
      requirement: "R66",
      check: async () => {
        const quick = await identities.quick();
        const { catalog, database, table } = dataSet.table;
        await refuseUnshared(catalog, input);
        return selects(quick, spokeIn(accounts), context.signal, {
          columns: dataSet.columns.map(({ name }) => `"${name}"`).join(", "),
          from: `"${catalog}"."${database}"."${table}"`,
          ...placeOfQueries(request),
        });
      },
    },
  ]);
}

async function dataSetIs(hub: AccountView, dataSet: DataSet, dataSource: string): Promise<void> {
  const found = await hub.dataSet(dataSet.id);
  if (found === undefined) throw new Error(`there is no dataset ${dataSet.id} in ${hub.account}`);
  const { importMode, columns, table } = dataSet;
  const wanted = {
    importMode,
    dataSource,
    ...table,
    columns: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
  };
  refuseDifferences(differences(wanted, { ...found }));
}

async function filled(
  hub: AccountView,
  { id }: DataSet,
  context: Pick<Context, "report" | "signal">,
): Promise<string> {
  const found = await settledIngestion(hub, id, context);
  if (found === undefined) throw new Error("Quick has not begun to fill it");
  if (isFilling(found)) throw new NotTried(`not executed: Quick is still filling it (${found.status})`);
  if (found.status !== "COMPLETED")
    throw new Error(`${found.status}: ${found.error ?? "Quick gives no reason"}`);
  if (found.dropped > 0)
    throw new Error(
      `${found.status}, ${counted(found.dropped, "row")} not taken: look at the columns' types`,
    );
  return found.rows === undefined ? found.status : `${found.status}, ${counted(found.rows, "row")}`;
}

const TRAIL_DAYS = 1;

/** The newest way along the chain that the trails tell from end to end; where one can act as Quick, one's own. */
async function trailTells({ request, environment, accounts, context, identities }: Climb): Promise<string> {
  const spoke = spokeIn(accounts);
  const hub = hubIn(accounts);
  try {
    const quick = await identities.quick();
    const probe = {
      sql: "SELECT 1",
      ...placeOfQueries(request),
      rows: 1,
    };
    const result = await quick.query(probe, context.signal);
    // Role B deletes nothing that it wrote: who onboards does, where it may.
    await spoke.deleteResults(result).catch(() => undefined);
  } catch (thrown) {
    // On AWS nobody but Quick can make the events, which may be there all the same.
    if (!(thrown instanceof NotTried || thrown instanceof NotExecuted)) throw thrown;
  }
  const since = new Date(Date.now() - TRAIL_DAYS * 24 * 3600 * 1000);
  const { sessions, unexpected } = await readTrail({ hub, spoke }, request, environment, since);
  // The trail goes back beyond the last onboarding, so this is no fault of what is deployed: audit judges it.
  const unexplained =
    unexpected.length === 0
      ? ""
      : `; not explained by the chain: ${counted(unexpected.length, "event")}, which \`spokes audit\` tells`;
  const whole = sessions.find(isWhole);
  if (whole === undefined)
    throw new NotTried(
      `not executed: the events appear when Quick has run a query, up to 15 minutes later${unexplained}`,
    );
  return `at ${whole.time} ${whole.roleABy ?? ""} became Role A, that Role B, and started ${whole.queries[0] ?? ""}${unexplained}`;
}

/** The roles by which producers register catalogs here: spelled as they look for them, with their policy (R19). */
function shareSteps({ request, environment, accounts }: Climb): Step[] {
  return sharesOf(request, environment).flatMap((share) =>
    share.roles.map((role): Step => ({
      id: `share:${role}`,
      title: `share role ${role} has exactly its documents`,
      requirement: "R14-R16, R19, R30",
      check: () =>
        roleIs(
          spokeIn(accounts),
          role,
          shareRoleTrust(share, environment),
          new Map([[SHARE_POLICY, sharePermissions(share, request)]]),
        ),
    })),
  );
}

function connectorSteps({ catalog, connector, requested }: SpokeCatalog, input: Climb): Step[] {
  const { request, environment, accounts, whole } = input;
  const present: Step = {
    id: `catalog:${catalog}`,
    title: `catalog ${catalog} leads to function ${connector.name} of ${connector.account}`,
    requirement: "R2, R17, R18",
    check: async () => {
      await refuseUnshared(catalog, input);
      const found = await spokeIn(accounts).catalog(catalog);
      if (found === undefined) throw new Error(`there is no catalog ${catalog} in ${request.account}`);
      if (found.type !== "LAMBDA") throw new Error(`its type is ${found.type}, not LAMBDA (R5)`);
      const wanted = connectorArn(connector);
      if (found.functionArn !== wanted)
        throw new Error(`it leads to ${found.functionArn ?? "no function"}, not to ${wanted}`);
      return wanted;
    },
  };
  if (!("from" in requested))
    return [
      present,
      {
        id: `spill:${catalog}`,
        title: `spill bucket ${connector.spill.bucket} has exactly its policy`,
        requirement: "R8",
        check: async () =>
          bucketIs(
            spokeIn(accounts),
            connector.spill.bucket,
            privateBucketPolicy(connector.region, connector.spill.bucket),
          ),
      },
      ...keySteps(catalog, () => spokeIn(accounts), ownSpillKey(request)),
    ];
  const producer = () => producerIn(accounts, requested.from);
  const ofOrganization = organizationInvokeGrant(environment);
  const grants =
    ofOrganization === undefined ? spokeInvokeGrants(whole, environment, connector) : [ofOrganization];
  return [
    {
      id: `permission:${catalog}`,
      title: `function ${connector.name} lets the spoke invoke it`,
      requirement: "R10, R11, R29",
      check: async () => {
        const statements = await producer().functionStatements(connector.name);
        for (const grant of grants) {
          const statement = statements.find(({ Sid }) => Sid === grant.statementId);
          if (statement === undefined) throw new Error(`its policy has no statement ${grant.statementId}`);
          refuseDifferences(differences(invokeStatement(connector, grant), statement));
        }
        return grants.map(({ statementId }) => statementId).join(", ");
      },
    },
    {
      id: `spill:${catalog}`,
      title: `spill bucket ${connector.spill.bucket} has exactly its policy`,
      requirement: "R12, R28",
      check: async () =>
        bucketIs(producer(), connector.spill.bucket, spillBucketPolicy(environment, requested.from)),
    },
    ...keySteps(
      catalog,
      producer,
      spillKey(environment, requested.from),
      environment.keyAccess === "grants" ? spillKeyGrants(whole, environment, requested.from) : [],
    ),
    present,
  ];
}

/** The key's half of what a reader needs (C23); the other half is in Role B's policy. */
function keySteps(
  catalog: string,
  owner: () => AccountView,
  key: SpillKey | undefined,
  grants: readonly KeyGrant[] = [],
): Step[] {
  if (key === undefined) return [];
  return [
    {
      id: `key:${catalog}`,
      title: `KMS key ${key.alias} has exactly its policy${grants.length === 0 ? "" : ", and the spoke its grants"}`,
      requirement: "R13, C23",
      check: async () => {
        const { account } = owner();
        const found = await owner().key(key.alias);
        if (found === undefined) throw new Error(`there is no key ${key.alias} in ${account}`);
        refuseDifferences(differences(key.policy, found.policy));
        for (const grant of grants) {
          const granted = found.grants.find(
            ({ name, granteePrincipal }) =>
              name === grant.name && granteePrincipal === grant.granteePrincipal,
          );
          if (granted === undefined)
            throw new Error(`it has no grant ${grant.name} to ${grant.granteePrincipal}`);
          refuseDifferences(differences(grant, granted));
        }
        return [statementsText(key.policy), ...grants.map(({ name }) => `grant ${name}`)].join(", ");
      },
    },
  ];
}

function querySteps({ catalog, connector, requested }: SpokeCatalog, input: Climb): Step[] {
  const attached = "from" in requested;
  return [
    ...(attached ? producerSteps(requested.from, catalog, connector, input) : []),
    ...(input.request.classification === undefined
      ? [tablesStep(catalog, attached, input)]
      : // Nobody of the spoke's own people gets to what is classified.
        []),
    ...selectSteps(catalog, input, async (account) => {
      if (attached) refuseAwaited(input.awaited);
      await refuseUnshared(catalog, input);
      const [table = ""] = await tablesOf(account, catalog);
      return `"${catalog}"."${CONNECTOR_DATABASE}"."${table}"`;
    }),
  ];
}

/** The catalog as people of the spoke see it. */
function tablesStep(catalog: string, attached: boolean, input: Climb): Step {
  const { request, environment, accounts } = input;
  const listed = (account: AccountView, name: string) => async () =>
    (await tablesOf(account, name)).join(", ");
  return {
    id: `tables:${catalog}`,
    title: `catalog ${catalog} lists its tables in the spoke`,
    requirement: "R33",
    check: async () => {
      if (attached) refuseAwaited(input.awaited);
      await refuseUnshared(catalog, input);
      if (analystRole(request, environment) !== undefined)
        return listed(await input.identities.analyst(), catalog)();
      if (attached && environment.producerGrants === "roles")
        throw new NotTried(
          "not executed: with producerGrants: roles nobody but Role B and the analyst may invoke the connector, and there is no analyst that can be assumed",
        );
      if (request.assumeRole === undefined)
        throw new NotTried(
          `not executed: ${spokeRole(request)} asks no connector, and the spoke has no analyst that can be assumed (\`analyst: true\` in the request)`,
        );
      return asOurselves(request.assumeRole, listed(spokeIn(accounts), catalog))();
    },
  };
}

/** The connector in its own account, where the role that we have there may ask it. */
function producerSteps(
  name: string,
  catalog: string,
  connector: Connector,
  { environment, accounts, context }: Climb,
): Step[] {
  const producer = () => producerIn(accounts, name);
  const given = environment.producers[name]?.assumeRole;
  const listed = async () => (await tablesOf(producer(), connector.name)).join(", ");
  return [
    {
      id: `producer-tables:${catalog}`,
      title: `connector ${connector.name} answers in its own account ${connector.account}`,
      requirement: "R26, R27",
      check: given === undefined ? listed : asOurselves(given, listed),
    },
    {
      id: `producer-select:${catalog}`,
      title: `a SELECT on connector ${connector.name} in its own account ${connector.account} returns`,
      requirement: "R27",
      check:
        given === undefined
          ? () =>
              Promise.reject(
                new NotTried(
                  `not executed: ${producerRole(environment, name, "onboarder")} reads no rows of a producer, so that who onboards a spoke gets nobody's data; run it as somebody who may read there`,
                ),
              )
          : asOurselves(given, async () => {
              const [table = ""] = await tablesOf(producer(), connector.name);
              return selects(producer(), producer(), context.signal, {
                from: `"${connector.name}"."${CONNECTOR_DATABASE}"."${table}"`,
                workgroup: "primary",
                // A producer has no workgroup of ours; what it spills to is private and empties itself.
                outputLocation: `s3://${connector.spill.bucket}/${VERIFICATION_PREFIX}`,
              });
            }),
    },
  ];
}

/** The tables that a connector shows, at least one. */
async function tablesOf(account: AccountView, catalog: string): Promise<readonly string[]> {
  const tables = await account.catalogTables(catalog, CONNECTOR_DATABASE);
  if (tables.length === 0)
    throw new Error(`the connector answers, and shows no table in ${CONNECTOR_DATABASE}`);
  return tables;
}

/** The spoke's own Glue data, as people and as Quick see it. */
function glueSteps(input: Climb): Step[] {
  const [first] = dataOf(input.request);
  if (first === undefined) return [];
  return selectSteps(GLUE_CATALOG, input, async () => {
    const table = first.tables?.[0] ?? (await spokeIn(input.accounts).tables(first.database))[0];
    if (table === undefined) throw new Error(`${first.database} has no table`);
    return `"${GLUE_CATALOG}"."${first.database}"."${table}"`;
  });
}

/** The products that the spoke was granted: the way there, and a query on each. */
function productSteps(input: Climb): Step[] {
  const { request, environment, accounts } = input;
  return consumedProducts(request, environment).flatMap((consumed): Step[] => {
    const { product, as, account, data, via } = consumed;
    if (via === "lakeFormation") return linkSteps(input, consumed);
    return [
      {
        id: `product:${product}`,
        title: `catalog ${as} is the Glue catalog of ${account}, with product ${product}`,
        requirement: "R47",
        check: async () => {
          const found = await spokeIn(accounts).catalog(as);
          if (found === undefined) throw new Error(`there is no catalog ${as} in ${request.account}`);
          refuseDifferences(
            differences(
              { type: "GLUE", catalogId: account },
              { type: found.type, catalogId: found.catalogId },
            ),
          );
          return `catalog-id ${account}`;
        },
      },
      ...selectSteps(as, input, async (identity) => {
        const [first] = data;
        if (first === undefined) throw new Error(`product ${product} has no data`);
        const table = first.tables?.[0] ?? (await identity.catalogTables(as, first.database))[0];
        if (table === undefined) throw new Error(`${first.database} has no table`);
        return `"${as}"."${first.database}"."${table}"`;
      }),
    ];
  });
}

/** A product that Lake Formation shares: its links, and a query through the first. */
function linkSteps(input: Climb, { product, as, account, data, links }: ConsumedProduct): Step[] {
  const { accounts, request } = input;
  return [
    ...links.map(({ name, database }): Step => ({
      id: `product:${product}:${name}`,
      title: `database ${name} is ${database} of ${account}, with product ${product}`,
      requirement: "R47",
      check: async () => {
        const found = await spokeIn(accounts).databaseLink(name);
        if (found === undefined) throw new Error(`there is no resource link ${name} in ${request.account}`);
        refuseDifferences(differences({ catalogId: account, database }, { ...found }));
        return `${account}, ${database}`;
      },
    })),
    ...selectSteps(
      as,
      input,
      async (identity) => {
        const [first] = data;
        const link = links.find(({ database }) => database === first?.database);
        if (first === undefined || link === undefined) throw new Error(`product ${product} has no data`);
        const table = first.tables?.[0] ?? (await identity.catalogTables(GLUE_CATALOG, link.name))[0];
        if (table === undefined) throw new Error(`${link.name} has no table`);
        return `"${GLUE_CATALOG}"."${link.name}"."${table}"`;
      },
      `product ${product}`,
    ),
  ];
}

/**
 * @param table finds the table to read, as it is named in SQL.
 * @param place what it is in.
 */
function selectSteps(
  catalog: string,
  { request, accounts, identities, context }: Climb,
  table: (account: AccountView) => Promise<string>,
  place = `catalog ${catalog}`,
): Step[] {
  const selected = (identity: () => Promise<AccountView>) => async () => {
    const account = await identity();
    const from = await table(account);
    return selects(account, spokeIn(accounts), context.signal, { from, ...placeOfQueries(request) });
  };
  return [
    // Nobody of the spoke's own people gets to what is classified.
    ...(request.classification === undefined
      ? [
          {
            id: `select:${catalog}`,
            title: `a SELECT on ${place} as analyst returns`,
            requirement: "R33",
            check: selected(identities.analyst),
          },
        ]
      : []),
    ...(request.quick
      ? [
          {
            id: `quick:${catalog}`,
            title: `a SELECT on ${place} as Quick, through Role A and ${request.classification === undefined ? "Role B" : `the Role B of ${request.classification}`}, returns`,
            requirement: "R37",
            check: selected(identities.quick),
          },
        ]
      : []),
  ];
}

/** Reads one row of a table, and leaves nothing behind. */
async function selects(
  account: AccountView,
  owner: AccountView,
  signal: AbortSignal,
  {
    from,
    columns = "*",
    ...where
  }: { from: string; columns?: string } & Pick<Query, "workgroup" | "outputLocation">,
): Promise<string> {
  const sql = `SELECT ${columns} FROM ${from} LIMIT 1`;
  const result = await account.query({ sql, rows: 1, ...where }, signal);
  if (result.columns.length === 0) throw new Error("the query ended without as much as its columns");
  const found = `${rowsText(result.rows.length, false)} of ${from}, ${result.bytesScanned} bytes scanned`;
  try {
    await owner.deleteResults(result);
    return found;
  } catch (thrown) {
    return `${found}; its results stay: ${messageOf(thrown)}`;
  }
}

/** What an author sees who makes a dataset (R66). */
async function browsed(input: Climb): Promise<string> {
  const { request, environment, identities } = input;
  const quick = await identities.quick();
  const seen = await Promise.all(
    readableTables(request, environment).map(async ({ catalog, database, tables = [] }) => {
      await refuseUnshared(catalog, input);
      const [databases, listed] = await Promise.all([
        quick.catalogDatabases(catalog),
        quick.catalogTables(catalog, database),
      ]);
      const missing = tables.filter((table) => !listed.includes(table));
      if (!databases.includes(database)) throw new Error(`catalog ${catalog} does not show ${database}`);
      if (listed.length === 0 || missing.length > 0)
        throw new Error(`${catalog}.${database} does not show ${missing.join(", ") || "any table"}`);
      return listed.map((table) => `${catalog}.${database}.${table}`);
    }),
  );
  return seen.flat().join(", ");
}

/** The role that we assume in an account need not be one that queries: what it may not do, says nothing of the spoke. */
function asOurselves(role: string, check: Check): Check {
  return async () => {
    try {
      return await check();
    } catch (thrown) {
      const words = messageOf(thrown);
      // Athena's own words name nobody: "You are not authorized to perform: athena:StartQueryExecution".
      const isOurs = words.includes(`:assumed-role/${role}/`) || words.startsWith("You are not authorized");
      if (isOurs && words.includes("not authorized to perform")) throw new NotTried(`not executed: ${words}`);
      throw thrown;
    }
  };
}

/** A third party's user, with the role that it assumes or its own policy (R77-R92). */
function readerStep(reader: ThirdPartyReader, { request, environment, accounts }: Climb): Step {
  return {
    id: `reader:${reader.name}`,
    title: `reader ${reader.name} has exactly its documents`,
    requirement: "R77, R81-R92",
    check: async () => {
      const spoke = spokeIn(accounts);
      const permissions = readerPermissions(request, environment, reader);
      const assume = readerUserPermissions(request, reader);
      if (reader.role === undefined || assume === undefined)
        return userIs(spoke, reader.user, new Map([[reader.policy ?? reader.user, permissions]]));
      const [user, role] = await Promise.all([
        userIs(spoke, reader.user, new Map([[ASSUME_READER, assume]])),
        roleIs(spoke, reader.role, readerTrust(request, reader), new Map([[ATHENA_READER, permissions]])),
      ]);
      return `${user}; ${role}`;
    },
  };
}

async function roleIs(
  account: AccountView,
  name: string,
  trust: PolicyDocument,
  permissions: ReadonlyMap<string, PolicyDocument>,
): Promise<string> {
  const [role, policies] = await Promise.all([account.role(name), account.rolePolicies(name)]);
  if (role === undefined) throw new Error(`there is no role ${name} in ${account.account}`);
  refuseDifferences([
    ...differences(trust, role.trust, "trust"),
    ...policyDifferences(permissions, policies),
  ]);
  return `trust${permissions.size === 0 ? "" : `, ${[...permissions.keys()].join(", ")}`}`;
}

async function userIs(
  account: AccountView,
  name: string,
  permissions: ReadonlyMap<string, PolicyDocument>,
): Promise<string> {
  const [user, policies] = await Promise.all([account.user(name), account.userPolicies(name)]);
  if (user === undefined) throw new Error(`there is no user ${name} in ${account.account}`);
  refuseDifferences([
    ...user.groups.map((group) => `group ${group} is not ours`),
    ...policyDifferences(permissions, policies),
  ]);
  return [...permissions.keys()].join(", ");
}

/** Policies that are missing, others than they should be, or not ours. */
function policyDifferences(
  wanted: ReadonlyMap<string, PolicyDocument>,
  found: ReadonlyMap<string, unknown>,
): string[] {
  return [
    ...[...wanted].flatMap(([policy, document]) =>
      found.has(policy) ? differences(document, found.get(policy), policy) : [`policy ${policy} is missing`],
    ),
    ...[...found.keys()]
      .sort()
      .filter((policy) => !wanted.has(policy))
      .map((policy) => `policy ${policy} is not ours`),
  ];
}

async function bucketIs(account: AccountView, bucket: string, policy: PolicyDocument): Promise<string> {
  const found = await account.bucketPolicy(bucket);
  if (found === undefined) throw new Error(`bucket ${bucket} of ${account.account} has no policy`);
  refuseDifferences(differences(policy, found));
  return statementsText(policy);
}

function statementsText({ Statement }: PolicyDocument): string {
  return counted(Statement.length, "statement");
}

async function workgroupIs(spoke: AccountView, request: SpokeRequest): Promise<string> {
  const name = workgroupNameOf(request);
  const found = await spoke.workgroup(name);
  if (found === undefined) throw new Error(`there is no workgroup ${name} in ${spoke.account}`);
  if (!found.enabled) throw new Error("it is disabled");
  if (!ownsWorkgroup(request)) return "shared by the account, its configuration is not ours";
  const { bytesScannedCutoff, managedResults } = request.workgroup;
  const wanted: WorkgroupView = {
    enabled: true,
    enforced: true,
    encryption: managedResults ? undefined : "SSE_S3",
    bytesScannedCutoff,
    outputLocation: outputLocationOf(request),
    managedResults,
  };
  refuseDifferences(differences(wanted, found));
  const results = managedResults
    ? "results kept by Athena"
    : `${wanted.encryption ?? ""}, ${wanted.outputLocation ?? ""}`;
  return `enforced, at most ${bytesScannedCutoff} bytes a query, ${results}`;
}

async function dataSourceIs({ request, environment, accounts, context }: LadderInput): Promise<string> {
  const id = dataSourceIdOf(request);
  const hub = hubIn(accounts);
  const found = await settledDataSource(hub, id, context);
  if (found === undefined) throw new Error(`there is no data source ${id} in ${hub.account}`);
  if (!isWorking(found)) throw new Error(`${found.status}: ${found.error ?? "Quick gives no reason"}`);
  refuseDifferences(
    differences(
      {
        type: "ATHENA",
        roleArn: roleAArn(environment, request),
        consumerAccountRoleArn: roleBArn(request, environment),
        workgroup: workgroupNameOf(request),
      },
      {
        type: found.type,
        roleArn: found.roleArn,
        consumerAccountRoleArn: found.consumerAccountRoleArn,
        workgroup: found.workgroup,
      },
    ),
  );
  return found.status;
}

/** The people that something of Quick is shared with, when it is with exactly those. */
function sharedWith(wanted: readonly QuickPermission[], found: readonly QuickPermission[]): string {
  const byPrincipal = (list: readonly QuickPermission[]) =>
    Object.fromEntries(list.map(({ principal, actions }) => [principal, [...actions].sort()]));
  refuseDifferences(differences(byPrincipal(wanted), byPrincipal(found)));
  return wanted.map(({ principal }) => principal.slice(principal.lastIndexOf(":") + 1)).join(", ");
}

function refuseDifferences(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join("; "));
}
