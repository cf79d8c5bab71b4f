/**
 * The roles of `spokes bootstrap`, under which everything runs (R53, R70): what each is there for and nothing else, who may
 * assume it, and that none of them is a way to more.
 *
 * They are proved in tests only: none of them may look at itself.
 */
import { policyArn, roleArn } from "../arn";
import type { Environment } from "../environment";
import {
  type BootstrapKind,
  bootstrapRoleName,
  boundaryName,
  connectorRoleName,
  type Duty,
  sharedRoleAName,
} from "../names";
import type { SpokeRequest } from "../request";
import * as boundaries from "./bootstrap/boundaries";
import { type Holder, noEscalation } from "./bootstrap/duty";
import { dedicatedRolesA, hubDeployer, hubOnboarder } from "./bootstrap/hub";
import { producedIn, producerDeployer, producerOnboarder } from "./bootstrap/producer";
import { readerDeployer, readersIn } from "./bootstrap/reader";
import { roleNames, type Spoken, spokenByDefault, spokenIn, spokeDeployer } from "./bootstrap/spoke";
import { tablesDeployer, tablesRead } from "./bootstrap/tables";
import { tableReaders } from "../table-reader";
import { administratorOf, type Cast, castOf } from "./cast";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Expectation,
  type Matrix,
  type Party,
  requests,
  role,
  rootUser,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

/** Whom the roles trust: one role of an account of the organization. */
export interface Trusted {
  readonly account: string;
  readonly role: string;
}

interface Described {
  readonly kind: BootstrapKind;
  readonly account: string;
  /** Names of the roles that the deployer makes, and of those that the onboarder does. */
  readonly made: readonly string[];
  readonly madeByOnboarder?: readonly string[];
  readonly deployer: (holder: Holder, boundary: string) => Expectation[];
  readonly onboarder?: (holder: Holder, boundary: string) => Expectation[];
  readonly boundary: (holder: Holder) => Expectation[];
}

/**
 * The matrix of the roles and boundaries of every account of a spoke's chain.
 *
 * @param request of the spoke for whose request the template is made; undefined for the one that fits any spoke.
 * @param accounts of spokes that producers may let in; undefined: any.
 */
export function bootstrapMatrix(
  environment: Environment,
  spoke: {
    readonly account: string;
    readonly request: SpokeRequest | undefined;
    readonly accounts?: readonly string[];
  },
  trusted: Trusted,
): Matrix {
  const cast = castOf(environment);
  const spoken: Spoken =
    spoke.request === undefined ? spokenByDefault(cast, spoke.account) : spokenIn(cast, spoke.request);
  const kinds: Described[] = [
    {
      kind: "hub",
      account: cast.hub,
      made: [sharedRoleAName(environment)],
      madeByOnboarder: dedicatedRolesA(environment).map((name) => name.replaceAll("*", "proof")),
      deployer: hubDeployer,
      onboarder: hubOnboarder,
      boundary: boundaries.hubBoundary,
    },
    ...[...new Set(Object.values(environment.producers).map(({ account }) => account))].map(
      (account): Described => {
        const { connectors, readers } = producedIn(cast, account);
        return {
          kind: "producer",
          account,
          made: [...connectors.map(connectorRoleName), ...readers.map((reader) => reader.role)],
          deployer: producerDeployer,
          // Spokes query products without an entry into the producer's account.
          ...(connectors.length === 0
            ? {}
            : {
                onboarder: (holder, boundary) => producerOnboarder(holder, boundary, spoke.accounts),
              }),
          boundary: boundaries.producerBoundary,
        };
      },
    ),
    ...[...new Set(tableReaders(environment).map(({ account }) => account))].map((account): Described => ({
      kind: "reader",
      account,
      made: readersIn(cast, account).map(({ executionRole }) => executionRole),
      deployer: readerDeployer,
      boundary: boundaries.readerBoundary,
    })),
    ...tablesRead(cast, spoke.request).map(({ account, roles, tables }): Described => ({
      kind: "tables",
      account,
      made: roles,
      deployer: (holder, boundary) => tablesDeployer(holder, boundary, roles, tables),
      boundary: (holder) => boundaries.tablesBoundary(holder, tables),
    })),
    {
      kind: "spoke",
      account: spoke.account,
      made: [...spoken.querying, ...roleNames(spoken)].map((name) => name.replaceAll("*", "proof")),
      deployer: (holder, boundary) => spokeDeployer(holder, boundary, spoken),
      boundary: (holder) => boundaries.spokeBoundary(holder, spoken),
    },
  ];
  const parts = kinds.map((described) => rowsOf(cast, described, trusted));
  return {
    things: parts.flatMap(({ things }) => things),
    rows: parts.flatMap(({ rows }) => rows),
    organizationOf: cast.organizationOf,
  };
}

function rowsOf(
  cast: Cast,
  described: Described,
  trusted: Trusted,
): { things: Thing[]; rows: Expectation[] } {
  const { kind, account, made } = described;
  const { region, environment } = cast;
  const boundary = policyArn(region, account, boundaryName(kind, environment.name));
  const duties = (["deployer", "onboarder"] as const).filter(
    (duty) => duty === "deployer" || described.onboarder !== undefined,
  );
  const own = duties.map((duty) => bootstrapRoleName(kind, duty, environment.name));
  const holders = duties.map((duty) => holderOf(cast, described, duty));
  const boundaryThing: Thing = {
    kind: "boundary",
    arn: boundary,
    account,
    words: `the boundary of roles in the ${kind} account ${account}`,
    madeBy: "others",
  };
  return {
    things: [...holders.map(({ thing }) => thing), boundaryThing],
    rows: [
      ...holders.flatMap((holder, index) => {
        const duty = duties[index] ?? "deployer";
        const rows = duty === "deployer" ? described.deployer : (described.onboarder ?? (() => []));
        return [
          ...trust(holder, trusted),
          ...rows(holder, boundary),
          ...noEscalation(holder, {
            made: duty === "deployer" ? made : (described.madeByOnboarder ?? []),
            boundary,
            own,
          }),
        ];
      }),
      ...described.boundary({
        cast,
        account,
        thing: boundaryThing,
        id: `bootstrap/${kind}/${account}/boundary`,
        party: {
          words: `a role that is made in the ${kind} account, whatever its own policies say,`,
          // In an account where no role is made, nobody is bounded; what it would be is asked all the same.
          caller: { type: "role", arn: roleArn(region, account, made[0] ?? "none"), session: "proof" },
          policies: { under: boundary },
        },
      }),
    ],
  };
}

function holderOf(cast: Cast, { kind, account }: Described, duty: Duty): Holder {
  const at = roleArn(cast.region, account, bootstrapRoleName(kind, duty, cast.environment.name));
  const words = `the ${kind}'s ${duty}`;
  return {
    cast,
    account,
    id: `bootstrap/${kind}/${account}/${duty}`,
    party: role(words, at),
    thing: { kind: "role", arn: at, account, words, madeBy: "others" },
  };
}

function trust({ cast, account, thing, id }: Holder, trusted: Trusted): Expectation[] {
  const { region, environment } = cast;
  const { may, mayNot } = rowWriter(`${id}/trust`, ["R53"]);
  const at = roleArn(region, trusted.account, trusted.role);
  const assume = (action = "sts:AssumeRole") =>
    requests(region, [action], [thing.arn], {
      resourceAccount: account,
      policies: { at: thing.arn },
      bound: {
        principals: accountPrincipals(region, trusted.account),
        resource: {
          "aws:principalarn": [at],
          ...(environment.organization === undefined
            ? {}
            : { "aws:principalorgid": [environment.organization] }),
        },
      },
    });
  const others: [string, Party][] = [
    ["another-of-the-account", administrator("another role of its account", `${at}-other`)],
    ["root", rootUser("its account's root user", trusted.account)],
    ["own-administrator", administratorOf(region, "an administrator of the account", account)],
    ["role-a", cast.unboundRoleA],
    ["neighbour", cast.neighbourAdministrator],
    [
      "stranger",
      administrator("a stranger's role of that name", roleArn(region, cast.stranger, trusted.role)),
    ],
    ["cloudformation", service("cloudformation.amazonaws.com")],
    ["anybody", anybody],
  ];
  return [
    may("trusted", administrator("who is trusted to deploy", at), `become ${thing.words}`, assume()),
    mayNot(
      "tag-session",
      administrator("who is trusted to deploy", at),
      "tag the session it begins",
      assume("sts:TagSession"),
    ),
    ...others.map(([other, party]) =>
      mayNot(`nobody-else/${other}`, party, `become ${thing.words}`, assume()),
    ),
  ];
}
