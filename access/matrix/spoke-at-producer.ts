/** What producers' policies say of one spoke by themselves, whatever the spoke's own policies say (R11, R12, C8, C24). */
import { bucketArn, principalArn, type RoleOrUser } from "../arn";
import { analystOf, attachedProducers, catalogsOf, connectorArn, roleBName } from "../names";
import type { SpokeRequest } from "../request";
import { readerPrincipal, readersOf as thirdParties } from "../third-party-reader";
import { invokeBound } from "./bound";
import { administratorOf, type Cast, isNamed, keysOutside, readersOf, rowName } from "./cast";
import { administrator, type Expectation, type Party, requests, rowWriter, type Thing } from "./expectation";
import { keyForSpoke } from "./key";
import { type ProducersThings, producersThings, spillRequests } from "./producer";
import { askedBy } from "./third-party-reader";

const MANAGE = [
  "lambda:AddPermission",
  "lambda:GetFunction",
  "lambda:UpdateFunctionCode",
  "lambda:UpdateFunctionConfiguration",
];

export function spokeAtProducers(cast: Cast, request: SpokeRequest): Expectation[] {
  const { region } = cast;
  const spoke: Spoke = {
    administrator: administratorOf(region, "an administrator of the spoke", request.account),
    readers: readersAt(cast, request),
  };
  return (
    producersThings(cast)
      // In an account of its own a producer's administrators decide.
      .filter(({ spill }) => spill.account !== request.account)
      .flatMap((things) => [
        ...things.connectors.flatMap(({ thing }) => invocation(cast, request, things.producer, thing, spoke)),
        ...spilling(cast, request, things, spoke),
        ...(things.key === undefined
          ? []
          : keyForSpoke(
              cast,
              things.producer,
              things.key,
              spoke.administrator,
              spoke.readers.map(({ principal, party, producers }) => ({
                principal,
                party,
                isAttached: producers.includes(things.producer) || hasTwin(cast, request, things.producer),
              })),
            )),
      ])
  );
}

/** The spoke as producers see it. */
interface Spoke {
  readonly administrator: Party;
  /** Role B, the analyst if there is one, and third parties' readers. */
  readonly readers: readonly SpokesReader[];
}

/** Somebody of the spoke who queries, whatever the own policies say. */
interface SpokesReader {
  readonly principal: RoleOrUser;
  readonly party: Party;
  /** ARNs of the connectors that it uses. */
  readonly connectors: readonly string[];
  readonly producers: readonly string[];
}

function readersAt(cast: Cast, request: SpokeRequest): SpokesReader[] {
  const { environment, region } = cast;
  const reader = (principal: RoleOrUser, asked: SpokeRequest): SpokesReader => ({
    principal,
    party: administrator(
      `the spoke's ${rowName(principal)}, whatever its own policies say`,
      principalArn(region, request.account, principal),
    ),
    connectors: catalogsOf(asked, environment).map(({ connector }) => connectorArn(connector)),
    producers: attachedProducers(asked),
  });
  const analyst = analystOf(request, environment);
  return [
    reader(`role/${roleBName(request, environment)}`, request),
    ...(analyst === undefined ? [] : [reader(analyst, request)]),
    ...thirdParties(request).map((third) => reader(readerPrincipal(third), askedBy(cast, request, third))),
  ];
}

/**
 * Whether another spoke of the same account attaches the producer, or another level of this one, so that the account has
 * its grants too.
 */
function hasTwin(cast: Cast, request: SpokeRequest, producer: string): boolean {
  const own = readersAt(cast, request).map(({ principal }) => principal);
  return readersOf(cast.environment, producer).some(
    (reader) =>
      reader.account === request.account &&
      (reader.spoke !== request.spoke || !own.includes(reader.principal)),
  );
}

function invocation(
  cast: Cast,
  request: SpokeRequest,
  producer: string,
  thing: Thing,
  spoke: Spoke,
): Expectation[] {
  const { environment, region } = cast;
  const { producerGrants } = environment;
  const name = thing.arn.slice(thing.arn.lastIndexOf(":") + 1);
  const { may, mayNot } = rowWriter(`producer/${producer}/${name}`, ["R11", "R92", "C24"]);
  const at = { resourceAccount: thing.account, policies: { at: thing.arn } };
  const invoke = requests(region, ["lambda:InvokeFunction"], [thing.arn], at);
  const isAttached = catalogsOf(request, environment).some(
    ({ connector }) => connectorArn(connector) === thing.arn,
  );
  const isOpen = producerGrants === "organization" || (isAttached && producerGrants === "accounts");
  const manage = spoke.readers.map(({ party }, index) =>
    mayNot(
      `manage/${index + 1}`,
      party,
      `change ${thing.words} or look into it`,
      requests(region, MANAGE, [thing.arn], at),
    ),
  );
  if (isOpen) {
    const bound = invokeBound(environment, { account: request.account });
    const granted = requests(region, ["lambda:InvokeFunction"], [thing.arn], { ...at, bound });
    const words = `invoke ${thing.words}: the spoke's account decides who of it may`;
    return [may("invoke/spoke-administrator", spoke.administrator, words, granted), ...manage];
  }
  const closed = [
    mayNot("invoke/spoke-administrator", spoke.administrator, `invoke ${thing.words}`, invoke),
    ...spoke.readers.flatMap(({ party, connectors }, index) =>
      connectors.includes(thing.arn)
        ? []
        : [
            mayNot(
              `invoke/not-attached/${index + 1}`,
              party,
              `invoke ${thing.words}, which it does not use`,
              invoke,
            ),
          ],
    ),
  ];
  return [...(hasTwin(cast, request, producer) ? [] : closed), ...manage];
}

function spilling(cast: Cast, request: SpokeRequest, things: ProducersThings, spoke: Spoke): Expectation[] {
  const { environment, region } = cast;
  const { producer, spill } = things;
  const { mayNot } = rowWriter(`producer/${producer}/spill`, ["R12", "C24"]);
  const { ask, read, write, prefixes, bucket } = spillRequests(region, things);
  const outside = keysOutside(prefixes).flatMap((key) => [
    bucketArn(region, bucket, key),
    bucketArn(region, bucket, `athena-spill/${key}`),
  ]);
  const isClosed = ({ producers, principal }: SpokesReader) =>
    !producers.includes(producer) &&
    !hasTwin(cast, request, producer) &&
    (environment.producerGrants !== "organization" || !isNamed(principal, environment));
  return [
    mayNot("read/spoke-administrator", spoke.administrator, `read what connectors of ${producer} spilled`, [
      ...read(),
      ...write(),
    ]),
    ...spoke.readers.flatMap((reader, index) => [
      mayNot(
        `read/outside/${index + 1}`,
        reader.party,
        "read anything else in the spill bucket",
        ask(["s3:GetObject"], outside),
      ),
      mayNot(
        `write/${index + 1}`,
        reader.party,
        "write into spill, delete it, or look at the bucket's policy",
        [...write(), ...ask(["s3:PutBucketPolicy", "s3:GetBucketPolicy"], [spill.arn])],
      ),
      ...(isClosed(reader)
        ? [
            mayNot(
              `read/not-attached/${index + 1}`,
              reader.party,
              `read what connectors of ${producer} spilled, none of which it uses`,
              read(),
            ),
          ]
        : []),
    ]),
  ];
}
