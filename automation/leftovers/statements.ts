/** Statements that name a spoke in documents of hub and producers: they would let in whoever is called so next. */
import { principalArn } from "../../access/arn";
import type { PolicyDocument } from "../../access/document";
import type { Environment } from "../../access/environment";
import { levelsOf } from "../../access/level";
import { analystArn, roleBArn, spokeStackName } from "../../access/names";
import type { SpokeRequest } from "../../access/request";
import { readerPrincipal, readersOf } from "../../access/third-party-reader";
import type { Left, Look } from "./look";

/** Whether a text of a policy names the spoke. */
export type Naming = (text: string) => boolean;

/** What a service puts in place of a role or user that was deleted (IAM user guide, "IAM identifiers"). */
const GONE = /"A(ROA|IDA)[A-Z0-9]{16,}"/;

/**
 * Tells texts that name the spoke: its roles and users, statements that are named after it, and its account, unless that is
 * somebody else's place here too.
 */
export function namingOf(request: SpokeRequest, environment: Environment): Naming {
  const { region, account, spoke } = request;
  const principals = [
    ...levelsOf(request).flatMap((level) => [
      roleBArn(level, environment),
      ...[analystArn(level, environment)].filter((arn) => arn !== undefined),
    ]),
    ...readersOf(request).map((reader) => principalArn(region, account, readerPrincipal(reader))),
  ];
  const marks = [
    ...principals.map((arn) => `"${arn}"`),
    ...(isAlone(request, environment) ? [`"${account}"`, `:${account}:`] : []),
  ];
  // As the spoke's own statements are called: `CrossAccountInvocationStatement-dev-sales--confidential`.
  const own = new RegExp(`"[A-Za-z]+-${spokeStackName(environment.name, spoke)}(--[a-z0-9-]+)?"`);
  return (text) => own.test(text) || marks.some((mark) => text.includes(mark));
}

/** Whether the spoke's account is nothing else in the environment. */
function isAlone({ spoke, account }: SpokeRequest, { hub, producers, spokes }: Environment): boolean {
  const others = [
    hub.account,
    ...Object.values(producers).flatMap(({ account: own, connectors, tableReaders }) => [
      own,
      ...Object.values(connectors).flatMap(({ tablesIn }) => tablesIn?.account ?? []),
      ...Object.values(tableReaders).map((reader) => reader.account),
    ]),
    ...Object.entries(spokes).flatMap(([name, other]) => (name === spoke ? [] : [other.account])),
  ];
  return !others.includes(account);
}

/** Looks for statements in a document of an account. */
export function statements(
  account: string,
  /** `policy of function x`. */
  where: string,
  read: () => Promise<unknown>,
  isLeft: (statement: AnyStatement) => boolean,
  remedy: (sid: string) => string,
): Look {
  return {
    account,
    what: `statements in the ${where}`,
    find: async () =>
      statementsOf(await read()).flatMap((statement, index): Left[] => {
        if (!isLeft(statement)) return [];
        const sid = statement.Sid ?? `number ${index + 1}`;
        return [{ account, noun: "statement", name: `${sid} in the ${where}`, remedy: remedy(sid) }];
      }),
  };
}

/** Statements that name the spoke, or somebody who is gone, unless they are called as another spoke's. */
export function about(naming: Naming, environment: string): (statement: AnyStatement) => boolean {
  const ofSpoke = new RegExp(`^[A-Za-z]+-${spokeStackName(environment, "[a-z0-9-]+")}$`);
  return (statement) => {
    const text = JSON.stringify(statement);
    return naming(text) || (GONE.test(text) && !ofSpoke.test(statement.Sid ?? ""));
  };
}

/** Statements that are called as those of a document. */
export function ofDocument({ Statement }: PolicyDocument): (statement: AnyStatement) => boolean {
  const sids = new Set(Statement.map(({ Sid }) => Sid));
  return ({ Sid }) => Sid !== undefined && sids.has(Sid);
}

/** A statement of whatever author. */
interface AnyStatement {
  readonly Sid?: string;
}

/** A document's statements; IAM takes a single one without brackets. */
export function statementsOf(document: unknown): readonly AnyStatement[] {
  const { Statement = [] } = (document ?? {}) as {
    readonly Statement?: AnyStatement | readonly AnyStatement[];
  };
  return Array.isArray(Statement) ? (Statement as readonly AnyStatement[]) : [Statement as AnyStatement];
}
