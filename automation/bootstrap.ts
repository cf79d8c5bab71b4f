/** The template of the roles that environment and spokes are run under, for whoever administers an account. */
import { isDeepStrictEqual } from "node:util";
import { partitionOf } from "../access/arn";
import {
  ANY_ACCOUNT,
  type Bootstrap,
  bootstrapTemplate,
  hubBootstrap,
  producerBootstrap,
  readerBootstrap,
  spokeBootstrap,
  tablesBootstrap,
} from "../access/bootstrap";
import { type Environment, knownNames } from "../access/environment";
import { type Fault, faultsOf, InputError } from "../access/faults";
import type { BootstrapKind } from "../access/names";
import { tableReaders } from "../access/table-reader";
import { accountId } from "../access/written";
import { asAccessError } from "./accounts";
import type { Cloud } from "./cloud/cloud";
import type { Context } from "./context";
import { messageOf, RunnerError } from "./failure";
import { environmentsOf, readEnvironmentFile } from "./files/environment-file";
import { readRequestFile } from "./files/request-file";

/** Whose roles are asked for. */
export type BootstrapWanted =
  | { readonly kind: "hub" }
  /**
   * `producer` may be left out where the environment has one account with producers. `spokes`: ids of the accounts that
   * the onboarder may let in. Default: any.
   */
  | { readonly kind: "producer"; readonly producer?: string; readonly spokes?: readonly string[] }
  /** `reader` may be left out where the environment has one account with functions that read tables. */
  | { readonly kind: "reader"; readonly reader?: string }
  /** Request files: exactly what they need. None: whatever has its default name, in any account. */
  | { readonly kind: "spoke"; readonly requests?: readonly string[] }
  /** An account with tables that connectors of other accounts read: producers', and those of the request files. */
  | { readonly kind: "tables"; readonly account: string; readonly requests?: readonly string[] };

export interface BootstrapOptions {
  /** Default: the only one of the project. */
  readonly environment?: string;
  /** ARNs of the users and roles that may assume the roles, `*` in their names allowed. Default: the caller. */
  readonly trust?: readonly string[];
}

/** A template, and where it belongs. */
export interface WrittenBootstrap {
  readonly kind: BootstrapKind;
  readonly environment: string;
  /** Undefined for a template that fits any account. */
  readonly account: string | undefined;
  /** A name for the stack: `athena-spokes-hub-dev`. */
  readonly stack: string;
  /** CloudFormation's, for JSON. */
  readonly template: object;
}

/**
 * Writes the template of an account's roles. Nothing is changed anywhere; AWS is asked only for the caller, where nobody
 * else is said to be trusted.
 *
 * @throws InputError, RunnerError
 */
export async function bootstrap(
  { project, cloud }: Pick<Context, "project" | "cloud">,
  wanted: BootstrapWanted,
  options: BootstrapOptions = {},
): Promise<WrittenBootstrap> {
  const name = options.environment ?? (await onlyEnvironment(project));
  const { environment } = await readEnvironmentFile(project, name);
  const account = await accountOf(project, environment, wanted);
  const trusted =
    options.trust === undefined
      ? [await callerOf(cloud, environment.region)]
      : trustIn(options.trust, environment);
  const documents = await bootstrapOf(project, environment, wanted, account, trusted);
  return {
    kind: wanted.kind,
    environment: name,
    account,
    stack: `athena-spokes-${wanted.kind}-${name}`,
    template: bootstrapTemplate(documents),
  };
}

async function onlyEnvironment(project: string): Promise<string> {
  const [only, ...others] = await environmentsOf(project);
  if (only !== undefined && others.length === 0) return only;
  throw new InputError("the command line", [
    {
      path: "--environment",
      message:
        only === undefined
          ? "no environment is configured here: write Pulumi.<environment>.yaml first, see examples/"
          : `name the environment: configured are ${[only, ...others].join(", ")}`,
    },
  ]);
}

async function accountOf(
  project: string,
  environment: Environment,
  wanted: BootstrapWanted,
): Promise<string | undefined> {
  switch (wanted.kind) {
    case "hub":
      return environment.hub.account;
    case "producer":
      return environment.producers[producerOf(environment, wanted.producer)]?.account;
    case "reader":
      return readersAccount(environment, wanted.reader);
    case "tables": {
      const read = accountId.safeParse(wanted.account);
      if (read.success) return read.data;
      throw new InputError("the command line", faultsOf(read.error, "account"));
    }
    case "spoke": {
      const requests = await requestsIn(project, environment, wanted.requests);
      const accounts = [...new Set(requests.map(({ account }) => account))];
      if (accounts.length > 1)
        throw new InputError("the command line", [
          {
            path: "request",
            message: `the requests are for accounts ${accounts.join(", ")}: write one template for each`,
          },
        ]);
      return accounts[0];
    }
  }
}

function producerOf({ name, producers }: Environment, written: string | undefined): string {
  if (written !== undefined && Object.hasOwn(producers, written)) return written;
  const [first] = Object.keys(producers);
  const accounts = new Set(Object.values(producers).map(({ account }) => account));
  // Producers of one account have the same template.
  if (written === undefined && first !== undefined && accounts.size === 1) return first;
  throw new InputError("the command line", [
    {
      path: "producer",
      message:
        written === undefined
          ? first === undefined
            ? `environment ${name} has no producers: write one in Pulumi.${name}.yaml first`
            : `say which producer: ${knownNames(producers)}`
          : `there is no producer "${written}" in ${name}: ${knownNames(producers)}`,
    },
  ]);
}

function readersAccount(environment: Environment, written: string | undefined): string {
  const readers = tableReaders(environment).filter(({ name }) => written === undefined || name === written);
  const accounts = [...new Set(readers.map(({ account }) => account))];
  const [only] = accounts;
  if (only !== undefined && accounts.length === 1) return only;
  const known = Object.fromEntries(tableReaders(environment).map(({ name }) => [name, true]));
  throw new InputError("the command line", [
    {
      path: "reader",
      message: `${written === undefined ? "say which reader" : `"${written}" is not one reader of ${environment.name}`}: ${knownNames(known)}`,
    },
  ]);
}

async function requestsIn(project: string, environment: Environment, files: readonly string[] = []) {
  const read = await Promise.all(files.map((file) => readRequestFile(file, project)));
  return read.map(({ request, source }) => {
    if (request.environment !== environment.name)
      throw new InputError(source, [
        {
          path: "environment",
          message: `the request is for "${request.environment}", the template for "${environment.name}": write one template for each environment`,
        },
      ]);
    return request;
  });
}

async function bootstrapOf(
  project: string,
  environment: Environment,
  wanted: BootstrapWanted,
  account: string | undefined,
  trusted: readonly string[],
): Promise<Bootstrap<BootstrapKind>> {
  switch (wanted.kind) {
    case "hub":
      return hubBootstrap(environment, trusted);
    case "producer":
      return producerBootstrapFor(
        environment,
        producerOf(environment, wanted.producer),
        trusted,
        spokesIn(wanted.spokes),
      );
    case "reader":
      return readerBootstrap(environment, account ?? "", trusted);
    case "tables":
      return tablesBootstrap(
        environment,
        wanted.account,
        trusted,
        await requestsIn(project, environment, wanted.requests),
      );
    case "spoke":
      return spokeBootstrap(
        environment,
        account ?? ANY_ACCOUNT,
        trusted,
        await requestsIn(project, environment, wanted.requests),
      );
  }
}

/** @throws InputError where the spokes that are named narrow nothing. */
function producerBootstrapFor(
  environment: Environment,
  producer: string,
  trusted: readonly string[],
  spokes: readonly string[],
): Bootstrap<BootstrapKind> {
  const forAny = producerBootstrap(environment, producer, trusted);
  if (spokes.length === 0) return forAny;
  const narrowed = producerBootstrap(environment, producer, trusted, spokes);
  if (!isDeepStrictEqual(narrowed, forAny)) return narrowed;
  throw new InputError("the command line", [
    {
      path: "--spokes",
      message: `no role of producer ${producer} lets spokes in one by one: it has no connectors, or under \`producerGrants: organization\` they are open to the organization, without grants on keys (\`keyAccess: grants\`) and without \`registersCatalogs\`; leave --spokes out`,
    },
  ]);
}

/** @throws InputError for what is no account */
function spokesIn(written: readonly string[] = []): readonly string[] {
  const faults = written.flatMap((each) => {
    const read = accountId.safeParse(each);
    return read.success ? [] : faultsOf(read.error, "--spokes");
  });
  if (faults.length > 0) throw new InputError("the command line", faults);
  return [...new Set(written)];
}

/** @throws InputError for what is no user or role, or one of another partition. */
function trustIn(written: readonly string[], { region }: Environment): readonly string[] {
  const partition = partitionOf(region);
  const faults = written.flatMap((principal): Fault[] => {
    const found = /^arn:([a-z-]+):iam::\d{12}:(?:user|role)\/[\w+=,.@/*-]*[\w+=,.@-]\*?$/.exec(principal);
    if (found === null)
      return [
        {
          path: "--trust",
          message: `"${principal}" is no user or role: write its ARN, arn:${partition}:iam::<account>:role/<name> (\`*\` may stand for a part of the name)`,
        },
      ];
    return found[1] === partition
      ? []
      : [
          {
            path: "--trust",
            message: `"${principal}" is of partition ${found[1] ?? ""}, and ${region} of ${partition}: roles are assumed inside of one partition only`,
          },
        ];
  });
  if (faults.length > 0) throw new InputError("the command line", faults);
  return written;
}

async function callerOf(cloud: Cloud, region: string): Promise<string> {
  try {
    return await cloud.callerIdentity(region);
  } catch (thrown) {
    const error = asAccessError(thrown);
    throw new RunnerError(
      "credentials.unusable",
      "input",
      `who may assume the roles is not said, and the caller cannot be found out: name users and roles with --trust (${messageOf(error)})`,
      { cause: thrown },
    );
  }
}
