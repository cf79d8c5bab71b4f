/**
 * Decisions of the evaluator in a second of one processor, on the largest documents that the project writes.
 *
 *     npm run bench -- access
 */
import { spillBucketPolicy } from "../access/bucket";
import { connectorPermissions } from "../access/connector";
import { readEnvironment } from "../access/environment";
import type { Environment } from "../access/environment";
import { decide } from "../access/evaluate";
import type { AccessRequest, Caller, Policies } from "../access/evaluate";
import { producerConnector, roleAArn, roleBArn, spillBucketName } from "../access/names";
import { readRequest } from "../access/request";
import { roleAPermissions } from "../access/role-a";
import { roleBPermissions, roleBTrust } from "../access/role-b";
import { type Figure, report } from "./promise";
import { spreadOf } from "./spread";

const HUB = "111111111111";
const PRODUCER = "122222222222";
const ORGANIZATION = "o-athenaspokes";
const REGION = "us-east-1";

/** Decisions a second, at least. */
const PROMISED = 50_000;
const ROUNDS = 9;
/** How long a round takes, in milliseconds of the processor's time: a machine that others use too would show less. */
const ROUND = 300;
/** More spokes than any document holds. */
const MOST_SPOKES = 4000;

/** A decision that is made again and again. */
interface Case {
  readonly name: string;
  readonly request: AccessRequest;
  readonly policies: Policies;
  readonly decision: "allowed" | "denied";
}

const accountOf = (spoke: number) => String(130000000000 + spoke);

function environmentOf(spokes: number, changes: Readonly<Record<string, unknown>>): Environment {
  const registered = Array.from({ length: spokes }, (_, i) => [
    `s${i}`,
    { account: accountOf(i), roleB: "qs-athena-consumer-role", producers: ["music"] },
  ]);
  return readEnvironment("dev", {
    region: REGION,
    organization: ORGANIZATION,
    hub: { account: HUB, quick: { owners: ["group/bi-admins"], authors: ["group/bi-authors"] } },
    producers: {
      music: { account: PRODUCER, sampleData: true, connectors: { acct1dynamodb: { tables: ["Music"] } } },
    },
    spokes: Object.fromEntries(registered) as object,
    ...changes,
  });
}

/** The environment with the most spokes whose documents AWS would still take. */
function largest(
  changes: Readonly<Record<string, unknown>>,
  write: (environment: Environment) => unknown,
): { readonly environment: Environment; readonly spokes: number } {
  const fits = (spokes: number): boolean => {
    try {
      write(environmentOf(spokes, changes));
      return true;
    } catch {
      return false;
    }
  };
  let [low, high] = [1, MOST_SPOKES];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return { environment: environmentOf(low, changes), spokes: low };
}

const requestOf = (spoke: number) =>
  readRequest(
    {
      spoke: `s${spoke}`,
      environment: "dev",
      account: accountOf(spoke),
      region: REGION,
      sampleData: true,
      connectors: [{ from: "music" }],
    },
    "bench",
  );

const role = (arn: string): Caller => ({ type: "role", arn, session: "bench", id: "AROABENCHBENCHBENCH1" });
const organizationOf = (account: string) => (account.startsWith("1") ? ORGANIZATION : undefined);

function cases(): Case[] {
  const found: Case[] = [];

  const listed = largest({ roleA: "list" }, roleAPermissions);
  const lastListed = requestOf(listed.spokes - 1);
  const shards = [...roleAPermissions(listed.environment)];
  found.push({
    name: `Role A with a list of ${listed.spokes} roles in ${shards.length} managed ${shards.length === 1 ? "policy" : "policies"} assumes the last of them`,
    request: {
      caller: role(roleAArn(listed.environment, lastListed)),
      action: "sts:AssumeRole",
      resource: roleBArn(lastListed, listed.environment),
      context: {
        "sts:ExternalId": `arn:aws:quicksight:${REGION}:${HUB}:datasource/dev-s${listed.spokes - 1}`,
      },
      organizationOf,
    },
    policies: {
      identity: shards.map(([name, document]) => ({ name, document })),
      resource: { name: "trust of Role B", document: roleBTrust(lastListed, listed.environment) },
    },
    decision: "allowed",
  });

  for (const producerGrants of ["accounts", "roles", "organization"]) {
    const { environment, spokes } = largest({ producerGrants }, (of) => spillBucketPolicy(of, "music"));
    const last = requestOf(spokes - 1);
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    const object = `arn:aws:s3:::${spillBucketName(environment, "music")}/${connector.spill.prefix}x`;
    const read = (caller: Caller): Omit<Case, "name" | "decision"> => ({
      request: {
        caller,
        action: "s3:GetObject",
        resource: object,
        resourceAccount: PRODUCER,
        context: {
          "aws:SecureTransport": "true",
          "aws:RequestedRegion": REGION,
          "s3:ResourceAccount": PRODUCER,
        },
        organizationOf,
      },
      policies: {
        identity: [{ name: "Role B", document: roleBPermissions(last, environment) }],
        resource: { name: "spill bucket", document: spillBucketPolicy(environment, "music") },
      },
    });
    const names =
      producerGrants === "organization" ? "the organization" : `${producerGrants} of ${spokes} spokes`;
    found.push({
      name: `Role B reads a spilled block, the bucket's policy names ${names}`,
      ...read(role(roleBArn(last, environment))),
      decision: "allowed",
    });
    found.push({
      name: `another role of that spoke does, the bucket's policy names ${names}`,
      ...read(role(`arn:aws:iam::${last.account}:role/another`)),
      decision: "denied",
    });
  }

  const tables = Array.from({ length: 40 }, (_, i) => `table-${i}`);
  const { environment } = largest({}, () => undefined);
  const connector = producerConnector(environment, "music", "acct1dynamodb");
  found.push({
    name: `a connector of ${tables.length} tables scans the last of them`,
    request: {
      caller: role(`arn:aws:iam::${PRODUCER}:role/connector`),
      action: "dynamodb:Scan",
      resource: `arn:aws:dynamodb:${REGION}:${PRODUCER}:table/table-39`,
      context: { "aws:SecureTransport": "true", "aws:RequestedRegion": REGION },
      organizationOf,
    },
    policies: { identity: [{ name: "connector", document: connectorPermissions(connector, tables) }] },
    decision: "allowed",
  });
  return found;
}

/** Decisions a second, round by round. @throws Error when the decision is not the one that it must be */
function measure({ name, request, policies, decision }: Case): number[] {
  const once = () => {
    const made = decide(request, policies).decision;
    if ((made === "allowed") !== (decision === "allowed"))
      throw new Error(`${name}: ${made}, not ${decision}`);
  };
  const round = (): number => {
    const begun = process.cpuUsage();
    let made = 0;
    let passed = 0;
    while (passed < ROUND) {
      for (let i = 0; i < 100; i += 1) once();
      made += 100;
      const { user, system } = process.cpuUsage(begun);
      passed = (user + system) / 1000;
    }
    return (made / passed) * 1000;
  };
  // The first one compiles, and reads the documents.
  round();
  return Array.from({ length: ROUNDS }, round);
}

report(
  cases().map((one): Figure => ({
    name: one.name,
    unit: "decisions/s",
    spread: spreadOf(measure(one)),
    promise: { of: "median", is: "at least", limit: PROMISED },
  })),
);
