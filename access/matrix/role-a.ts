/** The first two hops: Quick becomes Role A (R50), and Role A may do nothing but go on (R36, R52). */
import { arn, bucketArn, dataSourceArn, roleArn, tableArn, workgroupArn } from "../arn";
import { sharedRoleAScopes } from "../environment";
import { connectorArn, producerConnector, reachableNames } from "../names";
import { anotherRegion, anyKey, type Cast, idOf } from "./cast";
import {
  anybody,
  type Bound,
  type Check,
  type Circumstances,
  type Expectation,
  requests,
  rootUser,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

export function roleAThing({ environment, hub, roleAArn }: Cast): Thing {
  return {
    kind: "role",
    arn: roleAArn,
    account: hub,
    words: "Role A",
    madeBy: environment.roleA === "dedicated" ? "spoke" : "environment",
  };
}

/** External ids and source ARNs that are not of this hub, and what each is, in words. */
export function foreignDataSources({ region, hub, stranger }: Cast, id: string): [string, string, string][] {
  return [
    ["another-hub", "another hub", dataSourceArn(region, stranger, id)],
    ["another-region", "this hub in another Region", dataSourceArn(anotherRegion(region), hub, id)],
    // A wildcard that reaches over colons would match it.
    [
      "colons",
      "another hub, with this hub's account in its name",
      arn("quicksight", region, stranger, `x:${hub}:datasource/${id}`),
    ],
  ];
}

const quick = service("quicksight.amazonaws.com");

function assumeRoleA(cast: Cast, context: Circumstances["context"], action = "sts:AssumeRole"): Check[] {
  const { region, hub } = cast;
  const { arn: at } = roleAThing(cast);
  return requests(region, [action], [at], {
    resourceAccount: hub,
    policies: { at },
    context: { ...context },
    bound: {
      principals: ["quicksight.amazonaws.com"],
      resource: { "aws:sourceaccount": [hub], "aws:sourcearn": [dataSourceArn(region, hub, "*")] },
    },
  });
}

/** The first hop for one spoke's data source. */
export function quickToRoleAFor(cast: Cast, dataSourceId: string): Expectation {
  const { region, hub } = cast;
  const context = { "aws:SourceAccount": hub, "aws:SourceArn": dataSourceArn(region, hub, dataSourceId) };
  const { may } = rowWriter("quick-to-role-a", ["R50"]);
  return may(
    "this-data-source",
    quick,
    "become Role A for the spoke's data source",
    assumeRoleA(cast, context),
  );
}

export function quickToRoleA(cast: Cast): Expectation[] {
  const { region, hub, stranger } = cast;
  const dataSourceId = "any";
  const source = dataSourceArn(region, hub, dataSourceId);
  const { may, mayNot } = rowWriter("quick-to-role-a", ["R50"]);
  const assume = (context: Circumstances["context"], action?: string) => assumeRoleA(cast, context, action);
  const rightly = { "aws:SourceAccount": hub, "aws:SourceArn": source };
  return [
    may("assume", quick, "become Role A for a data source of this hub", assume(rightly)),
    mayNot(
      "source-account",
      quick,
      "become Role A on behalf of another account",
      assume({ ...rightly, "aws:SourceAccount": stranger }),
    ),
    ...foreignDataSources(cast, dataSourceId).map(([id, words, foreign]) =>
      mayNot(
        `source-arn/${id}`,
        quick,
        `become Role A for a data source of ${words}`,
        assume({ ...rightly, "aws:SourceArn": foreign }),
      ),
    ),
    mayNot(
      "source-arn/dashboard",
      quick,
      "become Role A for anything but a data source",
      assume({ ...rightly, "aws:SourceArn": arn("quicksight", region, hub, `dashboard/${dataSourceId}`) }),
    ),
    mayNot(
      "no-source-arn",
      quick,
      "become Role A without saying for which data source",
      assume({ "aws:SourceAccount": hub }),
    ),
    mayNot(
      "no-source-account",
      quick,
      "become Role A without saying for which account",
      assume({ "aws:SourceArn": source }),
    ),
    mayNot("tag-session", quick, "tag the session it begins", assume(rightly, "sts:TagSession")),
    ...[
      service("lambda.amazonaws.com"),
      service("athena.amazonaws.com"),
      cast.hubAdministrator,
      rootUser("the hub's root user", hub),
      cast.neighbourAdministrator,
      cast.strangerAdministrator,
      anybody,
    ].map((party) => mayNot(`nobody-else/${idOf(party)}`, party, "become Role A", assume(rightly))),
  ];
}

export function roleAIdentity(cast: Cast): Expectation[] {
  const { region, environment, hub, roleA, stranger, neighbour } = cast;
  const { may, mayNot, mightDo, nothingElse } = rowWriter("role-a", ["R36", "R52"]);
  const anyDataSource = dataSourceArn(region, hub, "*");
  const source = dataSourceArn(region, hub, "proof");
  const pattern = environment.roleA === "pattern";
  const inOrganization: Bound["identity"] =
    pattern && environment.organization !== undefined
      ? { "aws:resourceorgid": [environment.organization] }
      : {};
  const into = (
    account: string,
    name: string,
    context: Circumstances["context"],
    action = "sts:AssumeRole",
    resources?: string[],
    bounds = inOrganization,
  ): Check[] => {
    const target = roleArn(region, account, name);
    return requests(region, [action], [target], {
      resourceAccount: account,
      policies: "open",
      context: { ...context },
      bound: { resources: resources ?? [target], identity: { "sts:externalid": [anyDataSource], ...bounds } },
    });
  };
  const rightly = { "sts:ExternalId": source };
  const [roleBName = ""] = reachableNames(environment);
  const prefixed = reachableNames(environment).map((name) => name.replace("*", "proof"));
  // Role names that a loose pattern would reach: of another environment, and with something before or after.
  const unreachable = [
    `${roleBName}x`,
    `x${roleBName}`,
    `qs-athena-consumer-role-${environment.name}x-sales`,
    "Administrator",
  ];
  const listed = Object.entries(environment.spokes).flatMap(([spoke, registered]) =>
    [
      { name: spoke, spoke, account: registered.account, roleB: registered.roleB },
      ...Object.entries(registered.classifications ?? {}).map(([level, { roleB }]) => ({
        name: `${spoke}@${level}`,
        spoke,
        account: registered.account,
        roleB,
      })),
    ].flatMap(({ roleB, ...each }) => (roleB === undefined ? [] : [{ ...each, roleB }])),
  );
  const reachable = pattern
    ? [
        may(
          "assume-by-name",
          roleA,
          "go on into roles of the organization that have Role B's name",
          prefixed.flatMap((name) =>
            into(
              neighbour,
              name,
              rightly,
              "sts:AssumeRole",
              reachableNames(environment).map((each) => roleArn(region, "*", each)),
            ),
          ),
          ["C12"],
        ),
        mayNot(
          "another-organization",
          roleA,
          "go on into a role with Role B's name outside of the organization, even one that lets it in",
          prefixed.flatMap((name) => into(stranger, name, rightly)),
          ["C12"],
        ),
        // An environment that moves between the two has the list as well.
        ...(sharedRoleAScopes(environment).includes("list")
          ? listed.map(({ name, account, roleB }) =>
              mightDo(
                `assume-listed/${name}`,
                roleA,
                `go on into Role B of ${name}`,
                into(account, roleB, rightly, "sts:AssumeRole", undefined, {}),
              ),
            )
          : []),
      ]
    : [
        ...listed.flatMap(({ name, spoke, account, roleB }) => {
          const through = into(account, roleB, rightly);
          if (environment.roleA === "list")
            return [may(`assume-listed/${name}`, roleA, `go on into Role B of ${name}`, through, ["C12"])];
          // Its own spoke it enters for that one's data source only, which the hop into Role B shows.
          return spoke === cast.spoke
            ? []
            : [
                mayNot(
                  `another-spoke/${name}`,
                  roleA,
                  `go on into Role B of ${name}, even if that one lets it in`,
                  through,
                  ["C12"],
                ),
              ];
        }),
        mayNot(
          "unlisted",
          roleA,
          "go on into a role with Role B's name that is not listed, even one that lets it in",
          [neighbour, stranger].flatMap((account) => into(account, roleBName, rightly)),
          ["C12"],
        ),
      ];
  const home = listed[0] ?? { account: neighbour, roleB: roleBName };
  const target = pattern ? { account: neighbour, roleB: roleBName } : home;
  return [
    ...reachable,
    mayNot(
      "other-roles",
      roleA,
      "go on into roles of other names, even ones that let it in",
      [neighbour, hub, target.account].flatMap((account) =>
        unreachable.flatMap((name) => into(account, name, rightly)),
      ),
    ),
    mayNot(
      "no-external-id",
      roleA,
      "go on without an external id, even where none is asked for",
      into(target.account, target.roleB, {}),
      ["C4"],
    ),
    ...foreignDataSources(cast, "proof").map(([id, words, foreign]) =>
      mayNot(
        `external-id/${id}`,
        roleA,
        `go on with a data source of ${words} as external id, even where any is taken`,
        into(target.account, target.roleB, { "sts:ExternalId": foreign }),
        ["C4", "C21"],
      ),
    ),
    mayNot(
      "tag-session",
      roleA,
      "tag the sessions it begins",
      into(target.account, target.roleB, rightly, "sts:TagSession"),
    ),
    ...noData(cast),
    nothingElse(roleAThing(cast)),
  ];
}

/** Role A holds no data permission anywhere (R36): not in the hub, and not where others would let it in. */
function noData(cast: Cast): Expectation[] {
  const { region, environment, hub, roleA, neighbour } = cast;
  const { mayNot } = rowWriter("role-a/no-data", ["R36"]);
  const rows: [string, string, string[], (account: string) => string[]][] = [
    [
      "athena",
      "run queries",
      ["athena:StartQueryExecution", "athena:GetQueryResults"],
      (account) => [workgroupArn(region, account, "primary")],
    ],
    ["athena-lists", "look around in Athena", ["athena:ListDataCatalogs", "athena:ListWorkGroups"], () => []],
    [
      "glue",
      "read the Glue catalog",
      ["glue:GetTable", "glue:GetDatabase"],
      (account) => [
        arn("glue", region, account, "catalog"),
        arn("glue", region, account, "database/default"),
        arn("glue", region, account, "table/default/any"),
      ],
    ],
    [
      "s3",
      "read or write objects",
      ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
      () => [bucketArn(region, "any-bucket"), bucketArn(region, "any-bucket", "any/object")],
    ],
    [
      "dynamodb",
      "read DynamoDB tables",
      ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
      (account) => [tableArn(region, account, "any")],
    ],
    [
      "lambda",
      "invoke functions",
      ["lambda:InvokeFunction"],
      (account) => [arn("lambda", region, account, "function:any")],
    ],
    ["kms", "decrypt", ["kms:Decrypt"], (account) => [anyKey(region, account)]],
    [
      "iam",
      "change or hand on roles",
      ["iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:CreateRole"],
      () => [cast.roleAArn],
    ],
  ];
  return [
    ...rows.map(([id, words, actions, resources]) =>
      mayNot(
        id,
        roleA,
        `${words}, at home or where it is let in`,
        // Handing on and changing roles is only possible at home.
        (id === "iam" ? [hub] : [hub, neighbour]).flatMap((account) =>
          requests(region, actions, resources(account), {
            resourceAccount: account,
            policies: id === "iam" ? "none" : "open",
          }),
        ),
      ),
    ),
    ...Object.entries(environment.producers).map(([producer, spec]) =>
      mayNot(
        `producer/${producer}`,
        roleA,
        `invoke connectors of ${producer} or read what they spilled, even if it were let in`,
        Object.keys(spec.connectors).flatMap((name) => {
          const connector = producerConnector(environment, producer, name);
          const { account, spill } = connector;
          return requests(
            region,
            ["lambda:InvokeFunction", "s3:GetObject"],
            [connectorArn(connector), bucketArn(region, spill.bucket, `${spill.prefix}block`)],
            { resourceAccount: account, policies: "open" },
          );
        }),
      ),
    ),
  ];
}
