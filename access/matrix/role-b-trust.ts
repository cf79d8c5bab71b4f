/** The third hop: Role A becomes Role B, for this spoke's data source, and nobody else does (R54, C3, C4). */
import { dataSourceArn, roleArn } from "../arn";
import { dataSourceArnOf, dataSourceIdOf, roleBArn, roleBName } from "../names";
import type { SpokeRequest } from "../request";
import { administratorOf, type Cast } from "./cast";
import {
  accountPrincipals,
  administrator,
  anybody,
  type Circumstances,
  type Expectation,
  type Party,
  requests,
  rootUser,
  rowWriter,
  service,
  type Thing,
} from "./expectation";
import { foreignDataSources } from "./role-a";

export function roleBThing(request: SpokeRequest, { environment }: Cast): Thing {
  return {
    kind: "role",
    arn: roleBArn(request, environment),
    account: request.account,
    words: "Role B",
    madeBy: "spoke",
  };
}

export function roleAToRoleB(cast: Cast, request: SpokeRequest): Expectation[] {
  const { region, environment, hub, roleA, unboundRoleA } = cast;
  const roleB = roleBThing(request, cast);
  const source = dataSourceArnOf(request, environment);
  const exact = environment.externalId === "exact";
  const { may, mayNot } = rowWriter("role-a-to-role-b", ["R54"]);
  const accepted = exact ? source : dataSourceArn(region, hub, "*");
  const assume = (context: Circumstances["context"], action = "sts:AssumeRole") =>
    requests(region, [action], [roleB.arn], {
      resourceAccount: request.account,
      policies: { at: roleB.arn },
      context: { ...context },
      bound: {
        identity: { "sts:externalid": [dataSourceArn(region, hub, "*")] },
        principals: accountPrincipals(region, hub),
        resource: {
          "aws:principalarn": [cast.roleAArn],
          "sts:externalid": [accepted],
        },
      },
    });
  const rightly = { "sts:ExternalId": source };
  // Role A's own policy would refuse the wrong ones as well: Role B's trust is asked by itself.
  const anotherSource = dataSourceArn(region, hub, `${dataSourceIdOf(request)}-other`);
  const another = [
    "another-data-source",
    unboundRoleA,
    "become Role B for another data source of this hub",
    assume({ "sts:ExternalId": anotherSource }),
  ] as const;
  return [
    may("assume", roleA, "become Role B for this spoke's data source", assume(rightly), ["C3", "R37"]),
    exact ? mayNot(...another, ["C4"]) : may(...another, ["C21"]),
    mayNot("no-external-id", unboundRoleA, "become Role B without an external id", assume({}), ["R68"]),
    mayNot(
      "external-id/name",
      unboundRoleA,
      "become Role B with the bare id of the data source as external id",
      assume({ "sts:ExternalId": dataSourceIdOf(request) }),
      ["R68", "e7"],
    ),
    ...foreignDataSources(cast, dataSourceIdOf(request)).map(([id, words, foreign]) =>
      mayNot(
        `external-id/${id}`,
        unboundRoleA,
        `become Role B for a data source of ${words}`,
        assume({ "sts:ExternalId": foreign }),
        ["C4", "e7"],
      ),
    ),
    mayNot(
      "tag-session",
      unboundRoleA,
      "tag the session it begins as Role B",
      assume(rightly, "sts:TagSession"),
    ),
    ...othersThanRoleA(cast, request).map(([id, party]) =>
      mayNot(`nobody-else/${id}`, party, "become Role B, even with the right external id", assume(rightly), [
        "C3",
      ]),
    ),
  ];
}

function othersThanRoleA(cast: Cast, request: SpokeRequest): [string, Party][] {
  const { region, environment, hub } = cast;
  return [
    ["hub-administrator", cast.hubAdministrator],
    ["hub-role-of-similar-name", administrator("another role of the hub", `${cast.roleAArn}-other`)],
    ["hub-root", rootUser("the hub's root user", hub)],
    ["another-hub", cast.otherHub],
    ["spoke-administrator", administratorOf(region, "an administrator of the spoke", request.account)],
    ["spoke-root", rootUser("the spoke's root user", request.account)],
    ["role-b-of-another", cast.neighbourRoleB],
    [
      "role-b-itself",
      administrator("Role B", roleArn(region, request.account, roleBName(request, environment))),
    ],
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    ["quick", service("quicksight.amazonaws.com")],
    ["athena", service("athena.amazonaws.com")],
    ["anybody", anybody],
  ];
}
