/** The spoke's own account: names free or ours, and what the request says is there. */
import { connectorLogGroup } from "../../access/connector";
import { consumedProducts } from "../../access/mesh/consumed";
import { levelsOf, placeIn } from "../../access/level";
import {
  analystOf,
  attachedProducers,
  catalogsOf,
  type Connector,
  connectorRoleName,
  isUser,
  makesResultsBucket,
  nameOf,
  ownConnector,
  ownsWorkgroup,
  resultsBucketName,
  resultsPlace,
  roleBName,
  SAMPLE_TABLE,
  sampleDatabaseName,
  sampleDataBucketName,
  spokeRole,
  workgroupNameOf,
} from "../../access/names";
import { isManaged } from "../../access/share";
import {
  ownsReaderWorkgroup,
  readerAdvisories,
  type ThirdPartyReader,
  readersOf,
} from "../../access/third-party-reader";
import { splitS3Location } from "../../access/written";
import { tablesKey } from "../accounts";
import { type AccountView, EntryRefused, OrganizationHidden } from "../cloud/cloud";
import { isInterrupted, knows } from "../engine/state";
import { functionProblem } from "./connector-function";
import { glueDataProblems } from "./glue-data";
import { lakeAdministratorProblems } from "./lake-administrator";
import { claimProblem, isOwn } from "./ownership";
import type { Findings, PreflightInput } from "./preflight";
import type { Problem } from "./problem";
import { shareProblems } from "./share";
import { tablesProblems } from "./tables";
import { trailFindings } from "./trail";

export async function spokeProblems(spoke: AccountView, input: PreflightInput): Promise<Findings> {
  const { request } = input;
  const levels = levelsOf(request);
  const checks = [
    analyst(spoke, input),
    sampleData(spoke, input),
    ...readersOf(request).map((reader) => readerProblems(spoke, input, reader)),
    ...products(spoke, input),
    ...shareProblems(spoke, input),
    ...levels.flatMap((level) => levelChecks(spoke, { ...input, request: level })),
  ];
  const [membership, heard, ...problems] = await Promise.all([
    organization(spoke, input),
    trail(spoke, input),
    ...checks,
  ]);
  return {
    problems: [...membership.problems, ...heard.problems, ...problems.flat()],
    advisories: [
      ...(membership.advisories ?? []),
      ...heard.advisories,
      ...readerAdvisories(request),
      ...(levels.every(ownsWorkgroup)
        ? []
        : [
            'workgroup "primary" is shared by the whole account: nobody enforces its encryption and cost limit for this spoke (C5)',
          ]),
    ],
  };
}

/** What each level has of its own. */
function levelChecks(spoke: AccountView, input: PreflightInput): Promise<Problem[]>[] {
  const { classification } = input.request;
  return [
    roleB(spoke, input),
    workgroup(spoke, input),
    results(spoke, input),
    data(spoke, input),
    ...catalogs(spoke, input),
    ...ownConnectors(spoke, input),
  ].map(async (check) =>
    (await check).map((problem) => ({ ...problem, path: placeIn(classification, problem.path) })),
  );
}

/** The trail that the environment's alarms name, where the spoke's rules hear by it. */
async function trail(
  spoke: AccountView,
  { environment: { alarms }, request }: PreflightInput,
): Promise<Required<Findings>> {
  return alarms === undefined || !request.quick
    ? { problems: [], advisories: [] }
    : trailFindings(spoke, alarms.trail, "");
}

/** Scopes `pattern` and `organization` reach into the environment's organization only, whatever the names are. */
async function organization(spoke: AccountView, { environment, request }: PreflightInput): Promise<Findings> {
  const scopes = [
    ...(environment.roleA === "pattern" && request.quick ? ["roleA: pattern"] : []),
    ...(environment.producerGrants === "organization" && attachedProducers(request).length > 0
      ? ["producerGrants: organization"]
      : []),
  ];
  if (scopes.length === 0 || environment.organization === undefined) return { problems: [] };
  let found: string | undefined;
  try {
    found = await spoke.organization();
  } catch (thrown) {
    if (!(thrown instanceof OrganizationHidden)) throw thrown;
    return {
      problems: [],
      advisories: [
        `${thrown.message}: it has to be in ${environment.organization} (${scopes.join(", ")} of environment "${environment.name}")`,
      ],
    };
  }
  if (found === environment.organization) return { problems: [] };
  return {
    problems: [
      {
        whose: "input",
        path: "account",
        message: `account ${spoke.account} is in ${found === undefined ? "no organization" : `organization ${found}`}, and ${scopes.join(" and ")} of environment "${environment.name}" ${scopes.length === 1 ? "reaches" : "reach"} only into ${environment.organization}: move the account there, or use an environment with ${scopes.map((scope) => SCOPE_FOR_ALL[scope]).join(" and ")}`,
      },
    ],
  };
}

/** Scopes that name accounts instead of the organization. */
const SCOPE_FOR_ALL: Readonly<Record<string, string>> = {
  "roleA: pattern": "roleA: list",
  "producerGrants: organization": "producerGrants: accounts",
};

async function roleB(
  spoke: AccountView,
  { request, environment, spokeState }: PreflightInput,
): Promise<Problem[]> {
  if (!request.quick) return [];
  const name = roleBName(request, environment);
  return claimProblem(
    spoke,
    { kind: "role", noun: "role", name, path: "roleB.name", remedy: "choose another name under roleB.name" },
    (await spoke.role(name)) !== undefined,
    request,
    spokeState,
  );
}

async function analyst(
  spoke: AccountView,
  { request, environment, spokeState }: PreflightInput,
): Promise<Problem[]> {
  const principal = analystOf(request, environment);
  if (principal === undefined) return [];
  const name = nameOf(principal);
  const kind = isUser(principal) ? "user" : "role";
  return claimProblem(
    spoke,
    { kind, noun: kind, name, path: "analyst", remedy: "choose another name under analyst" },
    (await spoke[kind](name)) !== undefined,
    request,
    spokeState,
  );
}

async function workgroup(spoke: AccountView, { request, spokeState }: PreflightInput): Promise<Problem[]> {
  const name = workgroupNameOf(request);
  const found = await spoke.workgroup(name);
  const path = "workgroup.name";
  if (ownsWorkgroup(request))
    return claimProblem(
      spoke,
      {
        kind: "workgroup",
        noun: "Athena workgroup",
        name,
        path,
        remedy: "choose another name under workgroup.name",
      },
      found !== undefined,
      request,
      spokeState,
    );
  if (found?.enabled === true) return [];
  return [
    {
      whose: "input",
      path,
      message: `workgroup "${name}" of ${spoke.account} ${found === undefined ? "does not exist" : "is disabled"}: ${found === undefined ? "create it" : "enable it"}, or leave workgroup.name out`,
    },
  ];
}

async function results(spoke: AccountView, { request, spokeState }: PreflightInput): Promise<Problem[]> {
  const path = "workgroup.outputLocation";
  if (makesResultsBucket(request))
    return bucketClaim(spoke, resultsBucketName(request), path, request, spokeState);
  const place = resultsPlace(request);
  if (place === undefined) return [];
  const { bucket, prefix } = place;
  const where = `s3://${bucket}/${prefix}`;
  const owner = await spoke.bucketOwner(bucket);
  if (owner === "this account") return [];
  return [
    {
      whose: "input",
      path,
      message:
        owner === "nobody"
          ? `bucket "${bucket}" of ${where} does not exist: create it in ${spoke.account}, or leave workgroup.outputLocation out`
          : `bucket "${bucket}" of ${where} is not in account ${spoke.account}: results may only go to the spoke's own bucket (C22)`,
    },
  ];
}

/** A reader's names free or ours, and its place for results in this account. */
async function readerProblems(
  spoke: AccountView,
  { request, spokeState }: PreflightInput,
  reader: ThirdPartyReader,
): Promise<Problem[]> {
  const path = `readers.${reader.name}`;
  const { bucket } = splitS3Location(reader.outputLocation);
  const own = bucket === resultsBucketName(request);
  const [user, role, workgroupOfReader, owner] = await Promise.all([
    spoke.user(reader.user),
    reader.role === undefined ? undefined : spoke.role(reader.role),
    spoke.workgroup(reader.workgroup),
    own ? ("this account" as const) : spoke.bucketOwner(bucket),
  ]);
  const claim = (kind: "user" | "role" | "workgroup", noun: string, name: string, exists: boolean) =>
    claimProblem(
      spoke,
      { kind, noun, name, path: `${path}.${kind}`, remedy: `choose another name under ${path}.${kind}` },
      exists,
      request,
      spokeState,
    );
  return [
    ...(await claim("user", "user", reader.user, user !== undefined)),
    ...(reader.role === undefined ? [] : await claim("role", "role", reader.role, role !== undefined)),
    ...(ownsReaderWorkgroup(reader)
      ? await claim("workgroup", "Athena workgroup", reader.workgroup, workgroupOfReader !== undefined)
      : workgroupOfReader?.enabled === true
        ? []
        : [
            {
              whose: "input" as const,
              path: `${path}.workgroup`,
              message: `workgroup "${reader.workgroup}" of ${spoke.account} is not there or disabled: enable it, or name one of the reader's own`,
            },
          ]),
    ...(owner === "this account"
      ? []
      : [
          {
            whose: "input" as const,
            path: `${path}.outputLocation`,
            message: `bucket "${bucket}" of ${reader.outputLocation} is not in account ${spoke.account}: create it there, or leave outputLocation out (C22)`,
          },
        ]),
  ];
}

async function bucketClaim(
  spoke: AccountView,
  name: string,
  path: string,
  request: PreflightInput["request"],
  state: PreflightInput["spokeState"],
): Promise<Problem[]> {
  const owner = await spoke.bucketOwner(name);
  if (owner === "somebody else")
    return [
      {
        whose: "input",
        path,
        message: `bucket name "${name}" is taken by another account or Region, or this role may not look at it: bucket names are unique in all of AWS, so choose another spoke name or name a bucket of your own`,
      },
    ];
  return claimProblem(
    spoke,
    {
      kind: "bucket",
      noun: "bucket",
      name,
      path,
      remedy:
        path === "workgroup.outputLocation"
          ? `delete it, or keep it with outputLocation: s3://${name}/results/`
          : "delete it, or choose another spoke name",
    },
    owner === "this account",
    request,
    state,
  );
}

async function sampleData(spoke: AccountView, { request, spokeState }: PreflightInput): Promise<Problem[]> {
  if (!request.sampleData) return [];
  const database = sampleDatabaseName(request);
  const [bucket, hasDatabase] = await Promise.all([
    bucketClaim(spoke, sampleDataBucketName(request), "sampleData", request, spokeState),
    spoke.hasDatabase(database),
  ]);
  // Such a database is taken over, when it is ours.
  const isOurs =
    knows(spokeState, "Glue database", database, spoke.account) ||
    (isInterrupted(spokeState, "Glue database", database, spoke.account) &&
      isOwn(await spoke.tags("database", database), request));
  return hasDatabase && !isOurs
    ? [
        ...bucket,
        {
          whose: "input",
          path: "sampleData",
          message: `Glue database "${database}" exists in ${spoke.account} and is not this spoke's sample: name it under data instead, or choose another spoke name`,
        },
      ]
    : bucket;
}

async function data(spoke: AccountView, { request }: PreflightInput): Promise<Problem[]> {
  const found = await Promise.all(
    request.data.map((entry, index) => glueDataProblems(spoke, entry, `data[${index}]`)),
  );
  return found.flat();
}

function catalogs(
  spoke: AccountView,
  { request, environment, spokeState }: PreflightInput,
): Promise<Problem[]>[] {
  return catalogsOf(request, environment).map(async ({ catalog: name, requested }, index) =>
    // Verification looks where one leads that is shared by hand.
    isManaged(requested)
      ? claimProblem(
          spoke,
          {
            kind: "catalog",
            noun: "Athena catalog",
            name,
            path: `connectors[${index}].catalog`,
            remedy: `choose another name under connectors[${index}].catalog`,
          },
          (await spoke.catalog(name)) !== undefined,
          request,
          spokeState,
        )
      : [],
  );
}

function products(
  spoke: AccountView,
  { request, environment, spokeState }: PreflightInput,
): Promise<Problem[]>[] {
  const consumed = consumedProducts(request, environment);
  const claim = (kind: "catalog" | "database", noun: string, name: string, index: number, exists: boolean) =>
    claimProblem(
      spoke,
      {
        kind,
        noun,
        name,
        path: `products[${index}].as`,
        remedy: `choose another name under products[${index}].as`,
      },
      exists,
      request,
      spokeState,
    );
  const granted = consumed.findIndex(({ via }) => via === "lakeFormation");
  return [
    ...consumed.flatMap(({ via, as, links }, index) =>
      via === "policy"
        ? [
            spoke
              .catalog(as)
              .then((found) => claim("catalog", "Athena catalog", as, index, found !== undefined)),
          ]
        : links.map(async ({ name }) =>
            claim("database", "Glue database", name, index, await spoke.hasDatabase(name)),
          ),
    ),
    ...(granted < 0
      ? []
      : [
          lakeAdministratorProblems(
            spoke,
            spokeRole(request),
            "spoke <request>",
            `products[${granted}].product`,
          ),
        ]),
  ];
}

/** Tables of another account, unless that account is closed to us, which is said elsewhere. */
async function elsewhere(
  connector: Connector,
  tablesIn: { readonly account: string; readonly assumeRole?: string | undefined },
  tables: readonly string[],
  place: string,
  { request, environment, entered, spokeState }: PreflightInput,
): Promise<Problem[]> {
  const account = entered.tables.get(tablesKey(environment.name, tablesIn));
  return account === undefined || account instanceof EntryRefused
    ? []
    : tablesProblems(account, connector, tables, place, request, spokeState);
}

function ownConnectors(spoke: AccountView, input: PreflightInput): Promise<Problem[]>[] {
  const { request, spokeState } = input;
  return request.connectors.flatMap((requested, index) => {
    if (!("deploy" in requested)) return [];
    const place = `connectors[${index}].deploy`;
    const connector = ownConnector(request, requested);
    const { name, keyAlias: alias } = connector;
    const another = `choose another name under ${place}.name`;
    const claim = async (kind: "log group" | "role", noun: string, taken: string, exists: Promise<boolean>) =>
      claimProblem(
        spoke,
        { kind, noun, name: taken, path: `${place}.name`, remedy: another },
        await exists,
        request,
        spokeState,
      );
    const logGroup = connectorLogGroup(connector);
    const roleName = connectorRoleName(connector);
    return [
      functionProblem(
        spoke,
        { name, path: `${place}.name`, remedy: another },
        requested.deploy,
        request,
        spokeState,
      ),
      claim("log group", "log group", logGroup, spoke.hasLogGroup(logGroup)),
      claim(
        "role",
        "role",
        roleName,
        spoke.role(roleName).then((role) => role !== undefined),
      ),
      bucketClaim(spoke, connector.spill.bucket, place, request, spokeState),
      ...(alias === undefined
        ? []
        : [
            spoke.key(alias).then((key) =>
              claimProblem(
                spoke,
                {
                  kind: "key",
                  noun: "KMS alias",
                  name: alias,
                  path: `${place}.customerManagedKey`,
                  remedy: "remove it, or choose another spoke name",
                },
                key !== undefined,
                request,
                spokeState,
              ),
            ),
          ]),
      ...(requested.deploy.tablesIn === undefined
        ? []
        : [elsewhere(connector, requested.deploy.tablesIn, requested.deploy.tables, place, input)]),
      ...(requested.deploy.tablesIn === undefined ? requested.deploy.tables : []).map(
        async (table, position): Promise<Problem[]> => {
          const exists = await spoke.hasTable(table);
          const path = `${place}.tables[${position}]`;
          if (requested.deploy.sampleData && table === SAMPLE_TABLE)
            return exists && !knows(spokeState, "DynamoDB table", table, spoke.account)
              ? [
                  {
                    whose: "input",
                    path: `${place}.sampleData`,
                    message: `DynamoDB table "${table}" exists in ${spoke.account} already: leave sampleData out to use it`,
                  },
                ]
              : [];
          return exists
            ? []
            : [
                {
                  whose: "input",
                  path,
                  message: `there is no DynamoDB table "${table}" in ${spoke.account}, ${spoke.region}: create it, or correct the name`,
                },
              ];
        },
      ),
    ];
  });
}
