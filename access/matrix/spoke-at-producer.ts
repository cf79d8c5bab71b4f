/** What producers' policies say of one spoke by themselves, whatever the spoke's own policies say (R11, R12, C8, C24). */
import { bucketArn, roleArn } from "../arn";
import type { Environment } from "../environment";
import { analystName, attachedProducers, catalogsOf, connectorArn, roleBName } from "../names";
import type { SpokeRequest } from "../request";
import { invokeBound } from "./bound";
import { administratorOf, type Cast, keysOutside, readersOf } from "./cast";
import { administrator, type Expectation, type Party, requests, rowWriter, type Thing } from "./expectation";
import { keyForSpoke } from "./key";
import { type ProducersThings, producersThings, spillRequests } from "./producer";

const MANAGE = [
  "lambda:AddPermission",
  "lambda:GetFunction",
  "lambda:UpdateFunctionCode",
  "lambda:UpdateFunctionConfiguration",
];

export function spokeAtProducers(cast: Cast, request: SpokeRequest): Expectation[] {
  const { environment, region } = cast;
  const spokes = new Spoke(
    administratorOf(region, "an administrator of the spoke", request.account),
    rolesOf(request, environment).map((name) =>
      administrator(
        `the spoke's ${name}, whatever its own policies say`,
        roleArn(region, request.account, name),
      ),
    ),
  );
  return (
    producersThings(cast)
      // In an account of its own a producer's administrators decide.
      .filter(({ spill }) => spill.account !== request.account)
      .flatMap((things) => [
        ...things.connectors.flatMap(({ thing }) =>
          invocation(cast, request, things.producer, thing, spokes),
        ),
        ...spilling(cast, request, things, spokes),
        ...(things.key === undefined
          ? []
          : keyForSpoke(
              cast,
              things.producer,
              things.key,
              spokes.administrator,
              spokes.readers,
              attachedProducers(request).includes(things.producer) || hasTwin(cast, request, things.producer),
            )),
      ])
  );
}

/** The spoke as producers see it. */
class Spoke {
  constructor(
    readonly administrator: Party,
    /** Role B, and the analyst if there is one. */
    readonly readers: readonly Party[],
  ) {}
}

/** The roles of the spoke's general level that query. */
function rolesOf(request: SpokeRequest, environment: Environment): string[] {
  const analyst = analystName(request, environment);
  return [roleBName(request, environment), ...(analyst === undefined ? [] : [analyst])];
}

/**
 * Whether another spoke of the same account attaches the producer, or another level of this one, so that the account has
 * its grants too.
 */
function hasTwin({ environment }: Cast, request: SpokeRequest, producer: string): boolean {
  const own = rolesOf(request, environment);
  return readersOf(environment, producer).some(
    (reader) =>
      reader.account === request.account && (reader.spoke !== request.spoke || !own.includes(reader.role)),
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
  const { may, mayNot } = rowWriter(`producer/${producer}/${name}`, ["R11", "C24"]);
  const at = { resourceAccount: thing.account, policies: { at: thing.arn } };
  const invoke = requests(region, ["lambda:InvokeFunction"], [thing.arn], at);
  const isAttached = catalogsOf(request, environment).some(
    ({ connector }) => connectorArn(connector) === thing.arn,
  );
  const isOpen = producerGrants === "organization" || (isAttached && producerGrants === "accounts");
  const manage = spoke.readers.map((reader, index) =>
    mayNot(
      `manage/${index + 1}`,
      reader,
      `change ${thing.words} or look into it`,
      requests(region, MANAGE, [thing.arn], at),
    ),
  );
  if (isOpen) {
    const bound = invokeBound(environment, { account: request.account, role: "" });
    const granted = requests(region, ["lambda:InvokeFunction"], [thing.arn], { ...at, bound });
    const words = `invoke ${thing.words}: the spoke's account decides who of it may`;
    return [may("invoke/spoke-administrator", spoke.administrator, words, granted), ...manage];
  }
  const closed = [
    ...(producerGrants === "roles" || !isAttached
      ? [mayNot("invoke/spoke-administrator", spoke.administrator, `invoke ${thing.words}`, invoke)]
      : []),
    ...(isAttached
      ? []
      : spoke.readers.map((reader, index) =>
          mayNot(
            `invoke/not-attached/${index + 1}`,
            reader,
            `invoke ${thing.words}, which the request does not attach`,
            invoke,
          ),
        )),
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
  const isClosed =
    environment.producerGrants !== "organization" &&
    !attachedProducers(request).includes(producer) &&
    !hasTwin(cast, request, producer);
  return [
    mayNot("read/spoke-administrator", spoke.administrator, `read what connectors of ${producer} spilled`, [
      ...read(),
      ...write(),
    ]),
    ...spoke.readers.flatMap((reader, index) => [
      mayNot(
        `read/outside/${index + 1}`,
        reader,
        "read anything else in the spill bucket",
        ask(["s3:GetObject"], outside),
      ),
      mayNot(`write/${index + 1}`, reader, "write into spill, delete it, or look at the bucket's policy", [
        ...write(),
        ...ask(["s3:PutBucketPolicy", "s3:GetBucketPolicy"], [spill.arn]),
      ]),
      ...(isClosed
        ? [
            mayNot(
              `read/not-attached/${index + 1}`,
              reader,
              `read what connectors of ${producer} spilled, which the request does not attach`,
              read(),
            ),
          ]
        : []),
    ]),
  ];
}
