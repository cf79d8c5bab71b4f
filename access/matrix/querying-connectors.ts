/** What a role that queries may do with connectors: invoke those of the request, and read what they spilled (R7, R10, R12, C8, C22). */
import { bucketArn, functionArn, tableArn } from "../arn";
import { catalogsOf, connectorArn, type Place } from "../names";
import type { SpokeRequest } from "../request";
import { invokeBound, spillBound } from "./bound";
import { type Cast, keysOutside } from "./cast";
import { accountPrincipals, type Bound, type Expectation, requests, rowWriter } from "./expectation";
import { boundToS3, decryptBound, decrypting, spillKeyOf } from "./key";
import type { Querying } from "./querying";
import { own } from "./querying-s3";

export function connectors(
  cast: Cast,
  request: SpokeRequest,
  { party, id, principal }: Querying,
): Expectation[] {
  const { region, environment, stranger, neighbour } = cast;
  const catalogs = catalogsOf(request, environment);
  const used = catalogs.map(({ connector }) => connector);
  const reader = { account: request.account, principal };
  const { may, mayNot } = rowWriter(`${id}/connectors`, ["R10", "C8"]);
  const noInvoke = mayNot("other-functions", party, "invoke other functions, even where it is let in", [
    ...[...new Set([request.account, neighbour, ...used.map(({ account }) => account)])].flatMap((account) =>
      requests(
        region,
        ["lambda:InvokeFunction"],
        [
          functionArn(region, account, "another"),
          ...used
            .filter((connector) => connector.account !== account)
            .map(({ name }) => functionArn(region, account, name)),
        ].filter((each) => !used.some((connector) => connectorArn(connector) === each)),
        { resourceAccount: account, policies: "open" },
      ),
    ),
  ]);
  if (used.length === 0) return [noInvoke];
  const spills = used.map(({ spill }) => spill);
  const owners = [...new Set(spills.map(({ account }) => account))];
  const identity = { "aws:resourceaccount": owners };
  const block = ({ bucket, prefix }: Place) => bucketArn(region, bucket, `${prefix}block`);
  // The spoke's own spill bucket grants nothing; a producer's does.
  const granted = new Map(
    catalogs.map(({ connector, requested }) => [
      connector.spill.bucket,
      "from" in requested ? spillBound(environment, requested.from, request.account) : {},
    ]),
  );
  const keys = new Map(
    catalogs.flatMap(({ connector, requested }) => {
      const key = spillKeyOf([connector], "the key of what was spilled", "others");
      if (key === undefined) return [];
      const bound =
        "from" in requested
          ? decryptBound(environment, requested.from, request.account, key.bucket)
          : {
              principals: accountPrincipals(region, request.account),
              resource: boundToS3(region, [key.bucket]),
            };
      return [[key.thing.arn, { ...key, bound }] as const];
    }),
  );
  const ask = (actions: readonly string[], place: Place, resource: string, bound: Partial<Bound>) =>
    requests(region, actions, [resource], {
      resourceAccount: place.account,
      policies: own(region, place.bucket),
      bound: { ...granted.get(place.bucket), ...bound },
    });
  return [
    may(
      "invoke",
      party,
      "invoke the connectors of the request",
      used.flatMap((connector) =>
        requests(region, ["lambda:InvokeFunction"], [connectorArn(connector)], {
          resourceAccount: connector.account,
          policies: { at: connectorArn(connector) },
          bound: invokeBound(environment, reader),
        }),
      ),
    ),
    noInvoke,
    mayNot(
      "manage",
      party,
      "change or look into the connectors' functions",
      used.flatMap((connector) =>
        requests(
          region,
          [
            "lambda:AddPermission",
            "lambda:GetFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
          ],
          [connectorArn(connector)],
          { resourceAccount: connector.account, policies: "open" },
        ),
      ),
    ),
    may(
      "list-spill",
      party,
      "list the buckets that they spill to",
      spills.flatMap((place) => ask(["s3:ListBucket"], place, bucketArn(region, place.bucket), { identity })),
      ["R12"],
    ),
    may(
      "read-spill",
      party,
      "read what they spilled",
      spills.flatMap((place) =>
        ask(["s3:GetObject"], place, block(place), {
          identity,
          resources: [bucketArn(region, place.bucket, `${place.prefix}*`)],
        }),
      ),
      ["R7", "R12"],
    ),
    mayNot(
      "write-spill",
      party,
      "write or delete spilled blocks, even where it is let in",
      spills.flatMap((place) =>
        requests(region, ["s3:PutObject", "s3:DeleteObject"], [block(place)], {
          resourceAccount: place.account,
          policies: "open",
        }),
      ),
    ),
    mayNot(
      "other-spill",
      party,
      "read what other connectors spill, even where it is let in",
      spills.flatMap((place) =>
        keysOutside(
          used.filter(({ spill }) => spill.bucket === place.bucket).map(({ spill }) => spill.prefix),
        ).flatMap((key) =>
          requests(
            region,
            ["s3:GetObject"],
            [bucketArn(region, place.bucket, `athena-spill/${key}`), bucketArn(region, place.bucket, key)],
            { resourceAccount: place.account, policies: "open" },
          ),
        ),
      ),
    ),
    mayNot(
      "stranger",
      party,
      "read from a stranger's bucket that took the spill bucket's name",
      spills.flatMap((place) =>
        requests(region, ["s3:GetObject", "s3:ListBucket"], [block(place), bucketArn(region, place.bucket)], {
          resourceAccount: stranger,
          policies: "open",
        }),
      ),
      ["C22"],
    ),
    mayNot(
      "other-buckets",
      party,
      "read other buckets of the producers, even ones that let it in",
      owners.flatMap((account) =>
        requests(
          region,
          ["s3:GetObject", "s3:ListBucket"],
          [bucketArn(region, "another-bucket"), bucketArn(region, "another-bucket", spills[0]?.prefix ?? "")],
          { resourceAccount: account, policies: "open" },
        ),
      ),
    ),
    mayNot(
      "tables",
      party,
      "read the connectors' tables past the connector, even ones that let it in",
      owners.flatMap((account) =>
        requests(
          region,
          ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"],
          [tableArn(region, account, "Music")],
          { resourceAccount: account, policies: "open" },
        ),
      ),
    ),
    ...decrypting(region, party, id, [...keys.values()], stranger),
  ];
}
