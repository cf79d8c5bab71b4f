/** What an environment's stack needs before its first update: names free or ours, and the tables its connectors read. */
import { connectorLogGroup } from "../../access/connector";
import { type Environment, sharedRoleAScopes } from "../../access/environment";
import {
  ASSUME_CONSUMER_ROLE_POLICY,
  connectorRoleName,
  producerConnector,
  sharedRoleAName,
  SAMPLE_TABLE,
  spillKeyAlias,
} from "../../access/names";
import { roleAPermissions } from "../../access/role-a";
import { type TableReader, tableReaderLogGroup } from "../../access/table-reader";
import type { AccountView, Tagged } from "../cloud/cloud";
import { knows, type StackState } from "../engine/state";
import { RunnerError } from "../failure";
import { refuseMoved } from "./moved";
import { productProblems } from "./products";
import { functionProblem } from "./connector-function";
import { type Claimant, claimProblem } from "./ownership";
import { tablesKey } from "../accounts";
import { tablesProblems } from "./tables";
import type { Problem } from "./problem";
import { trailFindings } from "./trail";

export interface EnvironmentAccounts {
  readonly hub: AccountView;
  readonly producers: ReadonlyMap<string, AccountView>;
  /** Where functions run that read tables of producers. */
  readonly readers: ReadonlyMap<TableReader, AccountView>;
  /** Accounts of tables that connectors of other accounts read, by `tablesKey`. */
  readonly tables: ReadonlyMap<string, AccountView>;
}

/**
 * Makes sure that an environment can be brought up.
 *
 * @returns what is worth a look, and no hindrance.
 * @throws RunnerError listing every problem; nothing was changed.
 */
export async function environmentPreflight(
  environment: Environment,
  { hub, producers, readers, tables: tableAccounts }: EnvironmentAccounts,
  state: StackState | undefined,
): Promise<readonly string[]> {
  // What is said of other accounts' names would only mislead.
  refuseMoved(environment, state);
  const claimant: Claimant = { environment: environment.name };
  const claim = async (
    account: AccountView,
    kind: Tagged,
    noun: string,
    name: string,
    path: string,
    exists: Promise<boolean>,
    remedy = remedyFor(kind),
  ): Promise<Problem[]> =>
    claimProblem(account, { kind, noun, name, path, remedy }, await exists, claimant, state);
  const roleA = sharedRoleAName(environment);
  const remote = (place: { account: string; assumeRole?: string | undefined }) => {
    const account = tableAccounts.get(tablesKey(environment.name, place));
    if (account === undefined) throw new Error(`account ${place.account} of tables was not entered`);
    return account;
  };
  const checks: Promise<Problem[]>[] = [
    ...(sharedRoleAScopes(environment).length === 0
      ? []
      : [claim(hub, "role", "role", roleA, "hub", isThere(hub.role(roleA)))]),
    ...(sharedRoleAScopes(environment).includes("list")
      ? [...roleAPermissions(environment).keys()].filter((policy) => policy !== ASSUME_CONSUMER_ROLE_POLICY)
      : []
    ).map((policy) =>
      claim(hub, "managed policy", "managed policy", policy, "hub", hub.hasManagedPolicy(policy)),
    ),
    ...Object.entries(environment.producers).flatMap(([producer, spec]) => {
      const account = producers.get(producer);
      if (account === undefined) throw new Error(`producer ${producer} was not entered`);
      const alias = spillKeyAlias(environment, producer);
      const published = productProblems(account, producer, environment, state);
      const connectors = Object.entries(spec.connectors).flatMap(([name, connectorSpec]) => {
        const { tables, tablesIn } = connectorSpec;
        const place = `producers.${producer}.connectors.${name}`;
        const connector = producerConnector(environment, producer, name);
        const roleName = connectorRoleName(connector);
        const logGroup = connectorLogGroup(connector);
        const { bucket } = connector.spill;
        const owner = account.bucketOwner(bucket);
        return [
          functionProblem(
            account,
            { name, path: place, remedy: remedyFor("function") },
            connectorSpec,
            claimant,
            state,
          ),
          claim(account, "log group", "log group", logGroup, place, account.hasLogGroup(logGroup)),
          claim(account, "catalog", "Athena catalog", name, place, isThere(account.catalog(name))),
          claim(account, "role", "role", roleName, place, isThere(account.role(roleName))),
          owner.then((found): Problem[] =>
            found === "somebody else"
              ? [
                  {
                    whose: "input",
                    path: `producers.${producer}.spill.bucket`,
                    message: `bucket name "${bucket}" is taken by another account or Region, or this role may not look at it: choose another`,
                  },
                ]
              : [],
          ),
          claim(
            account,
            "bucket",
            "bucket",
            bucket,
            `producers.${producer}.spill.bucket`,
            owner.then((found) => found === "this account"),
          ),
          ...(tablesIn === undefined
            ? []
            : [
                tablesProblems(
                  remote(tablesIn),
                  connector,
                  tables,
                  place,
                  claimant,
                  state,
                  samplesIn(environment, tablesIn.account),
                ),
              ]),
          ...(tablesIn === undefined ? tables : []).map(async (table, index): Promise<Problem[]> => {
            if (!spec.sampleData || table !== SAMPLE_TABLE)
              return missingTable(account, table, `${place}.tables[${index}]`);
            return (await account.hasTable(table)) && !knows(state, "DynamoDB table", table, account.account)
              ? [
                  {
                    whose: "input",
                    path: `producers.${producer}.sampleData`,
                    message: `DynamoDB table "${table}" exists in ${account.account} already: leave sampleData out to use it`,
                  },
                ]
              : [];
          }),
        ];
      });
      return alias === undefined
        ? [published, ...connectors]
        : [
            published,
            ...connectors,
            claim(
              account,
              "key",
              "KMS alias",
              alias,
              `producers.${producer}.connectors`,
              isThere(account.key(alias)),
            ),
          ];
    }),
    ...[...readers].flatMap(([reader, account]) => {
      const { producer, name, role, executionRole, table } = reader;
      const owner = producers.get(producer);
      if (owner === undefined) throw new Error(`producer ${producer} was not entered`);
      const place = `producers.${producer}.tableReaders.${name}`;
      const logGroup = tableReaderLogGroup(reader);
      const sample = environment.producers[producer]?.sampleData === true && table.name === SAMPLE_TABLE;
      return [
        claim(owner, "role", "role", role, `${place}.role`, isThere(owner.role(role)), remedyOfReader),
        ...(
          [
            ["role", "role", executionRole, isThere(account.role(executionRole))],
            ["function", "Lambda function", name, account.hasFunction(name)],
            ["log group", "log group", logGroup, account.hasLogGroup(logGroup)],
          ] as const
        ).map(([kind, noun, what, exists]) =>
          claim(account, kind, noun, what, place, exists, remedyOfReader),
        ),
        ...(sample ? [] : [missingTable(owner, table.name, `${place}.table`)]),
      ];
    }),
  ];
  const { alarms } = environment;
  const [heard, ...found] = await Promise.all([
    alarms === undefined
      ? { problems: [], advisories: [] }
      : trailFindings(hub, alarms.trail, "alarms.trail"),
    ...checks,
  ]);
  const problems = distinct([...heard.problems, ...found.flat()]);
  if (problems.length === 0) return heard.advisories;
  throw new RunnerError(
    "preflight.failed",
    "input",
    `environment ${environment.name} cannot be brought up, nothing was changed:\n${problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n")}`,
    { faults: problems },
  );
}

async function missingTable(account: AccountView, table: string, path: string): Promise<Problem[]> {
  if (await account.hasTable(table)) return [];
  return [
    {
      whose: "input",
      path,
      message: `there is no DynamoDB table "${table}" in ${account.account}, ${account.region}: create it, or correct the name`,
    },
  ];
}

function isThere(found: Promise<unknown>): Promise<boolean> {
  return found.then((thing) => thing !== undefined);
}

/** Tables that the environment makes itself in an account. */
function samplesIn({ producers }: Environment, account: string): string[] {
  return Object.values(producers).some((spec) => spec.account === account && spec.sampleData)
    ? [SAMPLE_TABLE]
    : [];
}

/** Connectors of one producer share a spill bucket, whose problem is told once. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()];
}

const remedyOfReader = "name another, or remove it";

function remedyFor(kind: Tagged): string {
  switch (kind) {
    case "role":
      return "write `names: environment`, or remove it";
    case "bucket":
      return "name another under spill.bucket, or remove it";
    case "managed policy":
    case "key":
      return "remove it";
    default:
      return "rename the connector, or remove it";
  }
}
