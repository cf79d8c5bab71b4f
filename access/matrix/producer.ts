/** What producers grant: who may invoke their connectors and read what these spilled, and who may not (R10-R12, C8, C24). */
import { bucketArn, roleArn } from "../arn";
import type { Environment } from "../environment";
import {
  attachedProducers,
  catalogsOf,
  connectorArn,
  type Connector,
  producerConnector,
  reachableNames,
  roleBArn,
  roleBName,
  spillBucketName,
} from "../names";
import type { SpokeRequest } from "../request";
import { bucketThing, privateBucket } from "./bucket";
import { administratorOf, type Cast, keysOutside, otherSpokes } from "./cast";
import { connectorRole } from "./connector-role";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Bound,
  type Expectation,
  type Party,
  requests,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

export function functionThing(connector: Connector, madeBy: Thing["madeBy"], words: string): Thing {
  return { kind: "function", arn: connectorArn(connector), account: connector.account, words, madeBy };
}

/** A spoke as far as a producer is concerned. */
interface Reader {
  readonly account: string;
  readonly roleB: string;
}

/** The spokes that attach the producer's connectors: those on the environment's list, and this one. */
function readersOf(environment: Environment, producer: string, request: SpokeRequest | undefined): Reader[] {
  const others = otherSpokes(environment, request).filter(({ producers }) => producers.includes(producer));
  return request !== undefined && attachedProducers(request).includes(producer)
    ? [...others, { account: request.account, roleB: roleBName(request, environment) }]
    : others;
}

/** What a function's policy may say for a spoke (R11). */
export function invokeBound(environment: Environment, { account, roleB }: Reader): Partial<Bound> {
  const { producerGrants, organization, region } = environment;
  if (producerGrants === "organization")
    return { principals: ["*"], resource: { "aws:principalorgid": [organization ?? ""] } };
  return {
    principals:
      producerGrants === "accounts" ? accountPrincipals(region, account) : [roleArn(region, account, roleB)],
  };
}

/** What a spill bucket's policy may say for a spoke (R12). */
export function spillBound(
  environment: Environment,
  producer: string,
  { account }: Reader,
  request: SpokeRequest | undefined,
): Partial<Bound> {
  const { producerGrants, organization, region } = environment;
  if (producerGrants === "organization")
    return {
      principals: ["*"],
      resource: {
        "aws:principalorgid": [organization ?? ""],
        "aws:principalarn": reachableNames(environment).map((name) => roleArn(region, "*", name)),
      },
    };
  return {
    principals: accountPrincipals(region, account),
    // The names of all readers stand in one list; an account without a role of such a name gains nothing by it.
    resource: {
      "aws:principalarn": readersOf(environment, producer, request).map((reader) =>
        roleArn(region, producerGrants === "accounts" ? "*" : reader.account, reader.roleB),
      ),
    },
  };
}

/** The rows of all producers of the environment, and what they say of this spoke. */
export function producers(
  cast: Cast,
  request: SpokeRequest | undefined,
): { things: Thing[]; rows: Expectation[] } {
  const { environment } = cast;
  const things: Thing[] = [];
  const rows: Expectation[] = [];
  for (const [producer, spec] of Object.entries(environment.producers)) {
    const connectors = Object.keys(spec.connectors).map((name) =>
      producerConnector(environment, producer, name),
    );
    const bucket = spillBucketName(environment, producer);
    const spill = bucketThing(
      environment.region,
      bucket,
      spec.account,
      `the spill bucket of ${producer}`,
      "environment",
    );
    things.push(spill);
    rows.push(...spillBucket(cast, producer, spill, connectors, request));
    for (const connector of connectors) {
      const thing = functionThing(connector, "environment", `the connector ${connector.name} of ${producer}`);
      const role = connectorRole(
        cast,
        connector,
        spec.connectors[connector.name]?.tables ?? [],
        `producer/${producer}`,
        "environment",
      );
      things.push(thing, role.thing);
      rows.push(...invocation(cast, producer, thing, request), ...role.rows);
    }
  }
  return { things, rows };
}

/** Those whom a producer never heard of, or who have no business with it; none is in an account that may. */
function outsiders(cast: Cast, owner: string, entitled: ReadonlySet<string>): Party[] {
  const parties: [string, Party][] = [
    [cast.environment.hub.account, cast.hubAdministrator],
    [
      cast.environment.hub.account,
      { ...cast.roleA, words: "Role A, whatever its own policies say", policies: "administrator" },
    ],
    [cast.neighbour, cast.neighbourAdministrator],
    [cast.neighbour, cast.neighbourRoleB],
    [cast.stranger, cast.strangerAdministrator],
    [cast.stranger, cast.strangerRoleB],
    [cast.stranger, cast.otherHub],
  ];
  return parties.filter(([account]) => account !== owner && !entitled.has(account)).map(([, party]) => party);
}

const idOf = ({ words }: Party): string => words.replaceAll(/[^\w]+/g, "-");

function invocation(
  cast: Cast,
  producer: string,
  thing: Thing,
  request: SpokeRequest | undefined,
): Expectation[] {
  const { environment, region, organizationOf } = cast;
  const { producerGrants, organization } = environment;
  const name = thing.arn.slice(thing.arn.lastIndexOf(":") + 1);
  const { may, mayNot, mightDo, nothingElse } = rowWriter(`producer/${producer}/${name}`, ["R11", "C24"]);
  const entitled = new Set(readersOf(environment, producer, request).map(({ account }) => account));
  const ask = (actions: readonly string[], bound: Partial<Bound> = {}) =>
    requests(region, actions, [thing.arn], {
      resourceAccount: thing.account,
      policies: { at: thing.arn },
      bound,
    });
  const invoke = ["lambda:InvokeFunction"];
  const everybody = invokeBound(environment, { account: cast.neighbour, roleB: "" });
  const ofOrganization = ({ caller }: Party) =>
    producerGrants === "organization" &&
    caller.type === "role" &&
    organizationOf(caller.arn.split(":")[4] ?? "") === organization;
  const rows: Expectation[] = outsiders(cast, thing.account, entitled).map((party) =>
    ofOrganization(party)
      ? may(
          `invoke/${idOf(party)}`,
          party,
          `invoke ${thing.words}: the whole organization may`,
          ask(invoke, everybody),
        )
      : mayNot(`invoke/${idOf(party)}`, party, `invoke ${thing.words}`, ask(invoke)),
  );
  rows.push(
    ...[anybody, service("athena.amazonaws.com"), service("s3.amazonaws.com")].map((party) =>
      mayNot(`invoke/${idOf(party)}`, party, `invoke ${thing.words}`, ask(invoke)),
    ),
    ...otherSpokes(environment, request)
      .filter(({ producers: attached }) => attached.includes(producer))
      .map((spoke) =>
        mightDo(
          `invoke/spoke/${spoke.name}`,
          administrator(`Role B of ${spoke.name}`, roleArn(region, spoke.account, spoke.roleB)),
          `invoke ${thing.words}`,
          ask(invoke, invokeBound(environment, spoke)),
        ),
      ),
    nothingElse(thing),
  );
  if (request === undefined || request.account === thing.account) return rows;
  const spokeAdministrator = administratorOf(region, "an administrator of the spoke", request.account);
  const roleB = administrator("Role B, whatever its own policies say", roleBArn(request, environment));
  const reader = { account: request.account, roleB: roleBName(request, environment) };
  // A statement stands on each connector that a spoke attaches; another spoke of this account may have one of its own.
  const isAttached = catalogsOf(request, environment).some(
    ({ connector }) => connectorArn(connector) === thing.arn,
  );
  const isOpen = producerGrants === "organization" || (isAttached && producerGrants === "accounts");
  const isTwin = otherSpokes(environment, request).some(
    ({ account, producers: theirs }) => account === request.account && theirs.includes(producer),
  );
  rows.push(
    ...(isOpen
      ? [
          may(
            "invoke/spoke-administrator",
            spokeAdministrator,
            `invoke ${thing.words}: the spoke's account decides who of it may`,
            ask(invoke, invokeBound(environment, reader)),
          ),
        ]
      : isTwin
        ? []
        : [mayNot("invoke/spoke-administrator", spokeAdministrator, `invoke ${thing.words}`, ask(invoke))]),
    ...(isAttached || isOpen || isTwin
      ? []
      : [
          mayNot(
            "invoke/not-attached",
            roleB,
            `invoke ${thing.words}, which the request does not attach`,
            ask(invoke),
          ),
        ]),
    mayNot(
      "manage",
      roleB,
      `change ${thing.words} or look into it`,
      ask([
        "lambda:AddPermission",
        "lambda:GetFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
      ]),
    ),
  );
  return rows;
}

function spillBucket(
  cast: Cast,
  producer: string,
  thing: Thing,
  connectors: readonly Connector[],
  request: SpokeRequest | undefined,
): Expectation[] {
  const { environment, region } = cast;
  const prefix = `producer/${producer}/spill`;
  const { may, mayNot, mightDo } = rowWriter(prefix, ["R12", "C24"]);
  const bucket = spillBucketName(environment, producer);
  const prefixes = connectors.map(({ spill }) => spill.prefix);
  const blocks = prefixes.map((each) => bucketArn(region, bucket, `${each}block`));
  const readers = readersOf(environment, producer, request);
  const entitled = new Set(readers.map(({ account }) => account));
  const organization = environment.producerGrants === "organization";
  const ask = (actions: readonly string[], resources: readonly string[], bound: Partial<Bound> = {}) =>
    requests(region, actions, resources, {
      resourceAccount: thing.account,
      policies: { at: thing.arn },
      bound,
    });
  const read = (bound: Partial<Bound> = {}) => [
    ...ask(["s3:ListBucket"], [thing.arn], bound),
    ...prefixes.flatMap((each, index) =>
      ask(["s3:GetObject"], blocks.slice(index, index + 1), {
        ...bound,
        resources: [bucketArn(region, bucket, `${each}*`)],
      }),
    ),
  ];
  const write = () => ask(["s3:PutObject", "s3:DeleteObject"], blocks);
  const neighbour = { account: cast.neighbour, roleB: "" };
  const rows: Expectation[] = [
    ...outsiders(cast, thing.account, entitled)
      .filter((party) => party !== cast.neighbourRoleB || !organization)
      .map((party) =>
        mayNot(`read/${idOf(party)}`, party, `read what connectors of ${producer} spilled`, [
          ...read(),
          ...write(),
        ]),
      ),
    ...(organization && thing.account !== cast.neighbour
      ? [
          may(
            `read/${idOf(cast.neighbourRoleB)}`,
            cast.neighbourRoleB,
            `read what connectors of ${producer} spilled: every Role B of the organization may`,
            read(spillBound(environment, producer, neighbour, request)),
          ),
          mayNot(`write/${idOf(cast.neighbourRoleB)}`, cast.neighbourRoleB, "write into spill", write()),
          mayNot(
            "read/similar-name",
            administrator(
              "a role of the organization with a name like Role B's",
              roleArn(region, cast.neighbour, `qs-athena-consumer-role-${environment.name}x`),
            ),
            "read what was spilled",
            read(),
          ),
        ]
      : []),
    ...otherSpokes(environment, request)
      .filter(({ producers: attached }) => attached.includes(producer))
      .map((spoke) =>
        mightDo(
          `read/spoke/${spoke.name}`,
          administrator(`Role B of ${spoke.name}`, roleArn(region, spoke.account, spoke.roleB)),
          `read what connectors of ${producer} spilled`,
          read(spillBound(environment, producer, spoke, request)),
        ),
      ),
    ...privateBucket(cast, thing, bucket, prefix, ["R8", "R12"]),
  ];
  if (request === undefined || request.account === thing.account) return rows;
  const roleB = administrator("Role B, whatever its own policies say", roleBArn(request, environment));
  const elsewhere = keysOutside(prefixes).flatMap((key) => [
    bucketArn(region, bucket, key),
    bucketArn(region, bucket, `athena-spill/${key}`),
  ]);
  rows.push(
    mayNot(
      "read/spoke-administrator",
      administratorOf(region, "an administrator of the spoke, who is not Role B", request.account),
      `read what connectors of ${producer} spilled`,
      [...read(), ...write()],
    ),
    ...(attachedProducers(request).includes(producer)
      ? [
          may(
            "read/role-b",
            roleB,
            `read what any connector of ${producer} spilled, as far as the producer is concerned`,
            read(spillBound(environment, producer, { account: request.account, roleB: "" }, request)),
          ),
        ]
      : []),
    mayNot("read/outside", roleB, "read anything else in the spill bucket", ask(["s3:GetObject"], elsewhere)),
    mayNot("write/role-b", roleB, "write into spill, or delete it", [
      ...write(),
      ...ask(["s3:PutBucketPolicy", "s3:GetBucketPolicy"], [thing.arn]),
    ]),
    ...(organization || entitled.has(request.account)
      ? []
      : [
          mayNot(
            "read/not-attached",
            roleB,
            `read what connectors of ${producer} spilled, which the request does not attach`,
            read(),
          ),
        ]),
  );
  return rows;
}
