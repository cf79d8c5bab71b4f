/**
 * Sharing from the producer's side: a catalog in the spoke that the producer registers, by a role there that it assumes
 * (R14-R17, R30, R32). The other way is that the spoke adds the function's ARN by itself (R18).
 */
import { anyRegionCatalogsArn, dataCatalogArn, roleArn, rootArn } from "./arn";
import { type PolicyDocument, policyDocument, type Statement } from "./document";
import type { Environment } from "./environment";
import type { Fault } from "./faults";
import {
  attachedConnector,
  producerAccountOf,
  producerRole,
  shareRoleName,
  type ShareRoleStyle,
} from "./names";
import type { AttachedConnector, SpokeRequest } from "./request";

/** What a producer's account registers in the spoke, and by which roles. */
export interface Share {
  /** The producer's account. */
  readonly producer: string;
  /** Names of the roles in the spoke, one or both spellings (C1). The first is the one that is assumed here. */
  readonly roles: readonly [string, ...string[]];
  /** Catalogs that the producer registers. */
  readonly catalogs: readonly string[];
  /**
   * `manage`: the stack makes the catalogs as the producer, and the roles may manage just these (C26). `create-only`: the
   * roles may create any catalog (R15 as printed), and somebody of the producer makes them in Athena's console, so that no
   * stack manages them.
   */
  readonly permissions: "manage" | "create-only";
  /** ARNs of those in the producer's account that may assume the roles. */
  readonly trusted: readonly string[];
  /** Name of the producer's role as which the stack shares, one of these: producers of one account may have several. */
  readonly sharedAs: string;
}

/** Name of the roles' one inline policy. */
export const SHARE_POLICY = "AthenaCreateDataCatalog";

const STYLES: Readonly<
  Record<"create" | "federated" | "both", readonly [ShareRoleStyle, ...ShareRoleStyle[]]>
> = {
  create: ["Create"],
  federated: ["Federated"],
  both: ["Create", "Federated"],
};

/** Attached connectors that their producer registers. */
function registeredByProducer(request: SpokeRequest): AttachedConnector[] {
  return request.connectors.flatMap((connector) =>
    "from" in connector && connector.registeredBy === "producer" ? [connector] : [],
  );
}

/** The shares of a request, one a producer's account. It has to fit the environment. */
export function sharesOf(request: SpokeRequest, environment: Environment): Share[] {
  const byAccount = new Map<string, AttachedConnector[]>();
  for (const attached of registeredByProducer(request)) {
    const account = producerAccountOf(environment, attached.from);
    byAccount.set(account, [...(byAccount.get(account) ?? []), attached]);
  }
  return [...byAccount].map(([producer, attached]) => {
    const [{ shareRole = "create", sharePermissions = "manage", sharedBy }] = attached as [AttachedConnector];
    const [first, ...others] = STYLES[shareRole];
    const sharing = (
      sharedBy === undefined
        ? attached.map(({ from }) => producerRole(environment, from, "onboarder"))
        : [sharedBy]
    ) as [string, ...string[]];
    return {
      producer,
      roles: [
        shareRoleName(first, producer, environment),
        ...others.map((style) => shareRoleName(style, producer, environment)),
      ],
      catalogs: attached.map((each) => each.catalog ?? attachedConnector(environment, each).name),
      permissions: sharePermissions,
      trusted: [...new Set(sharing)].map((role) => roleArn(environment.region, producer, role)),
      sharedAs: sharing[0],
    };
  });
}

/**
 * Who may assume the roles (R16, which the document leaves out): the producer's role that shares, in our organization
 * where it is known. Athena's console sends no external id when it shares.
 */
export function shareRoleTrust(share: Share, { region, organization }: Environment): PolicyDocument {
  return policyDocument({
    Sid: "ProducerSharesConnector",
    Effect: "Allow",
    Principal: { AWS: rootArn(region, share.producer) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: { "aws:PrincipalArn": share.trusted },
      ...(organization === undefined ? {} : { StringEquals: { "aws:PrincipalOrgID": organization } }),
    },
  });
}

/** What Athena asks for in the life of one catalog (C26). */
const MANAGE = [
  "athena:CreateDataCatalog",
  "athena:DeleteDataCatalog",
  "athena:GetDataCatalog",
  "athena:ListTagsForResource",
  "athena:TagResource",
  "athena:UntagResource",
  "athena:UpdateDataCatalog",
] as const;

/** What the producer may do in the spoke: just these catalogs (C26), or as the document prints it (R15). */
export function sharePermissions(share: Share, request: SpokeRequest): PolicyDocument {
  return policyDocument(...shareStatements([share], request));
}

/** What roles of these shares may do in the spoke together. */
export function shareStatements(
  shares: readonly Pick<Share, "catalogs" | "permissions">[],
  { region, account }: Pick<SpokeRequest, "region" | "account">,
): Statement[] {
  const managed = shares.flatMap(({ catalogs, permissions }) => (permissions === "manage" ? catalogs : []));
  return [
    ...(managed.length === 0
      ? []
      : [
          {
            Sid: "ManageSharedCatalogs",
            Effect: "Allow",
            Action: MANAGE,
            Resource: [...new Set(managed)].map((catalog) => dataCatalogArn(region, account, catalog)),
          } as const,
        ]),
    ...(shares.every(({ permissions }) => permissions === "manage")
      ? []
      : [
          {
            Sid: "CreateCatalogs",
            Effect: "Allow",
            Action: "athena:CreateDataCatalog",
            // R15 prints every name in every Region: the name is written in the console, after this document.
            Resource: anyRegionCatalogsArn(region, account),
          } as const,
        ]),
  ];
}

/** Whether the spoke's stack makes the catalog of this connector, and not somebody of the producer by hand. */
export function isManaged(connector: SpokeRequest["connectors"][number]): boolean {
  return !("from" in connector) || connector.sharePermissions !== "create-only";
}

/** Who of the producer makes the connector's catalog by hand; undefined when the spoke's stack makes it. */
export function sharerByHand(connector: SpokeRequest["connectors"][number]): string | undefined {
  return "from" in connector && !isManaged(connector)
    ? `${connector.sharedBy ?? "somebody"} of ${connector.from}`
    : undefined;
}

/** Keys of sharing that do not go together. */
export function shareFaults(request: SpokeRequest): Fault[] {
  return request.connectors.flatMap((connector, index): Fault[] => {
    if (!("from" in connector)) return [];
    const path = `connectors[${index}]`;
    const { registeredBy, shareRole, sharePermissions: permissions, sharedBy } = connector;
    if (registeredBy === "consumer")
      return Object.entries({ shareRole, sharePermissions: permissions, sharedBy }).flatMap(([key, value]) =>
        value === undefined
          ? []
          : [
              {
                path: `${path}.${key}`,
                message: `the spoke adds this connector itself, so that no role is shared: leave ${key} out, or write \`registeredBy: producer\``,
              },
            ],
      );
    if (request.classification !== undefined)
      return [
        {
          path: `${path}.registeredBy`,
          message:
            "the catalogs of a classification are registered by the spoke: leave registeredBy out, or attach the connector at the general level",
        },
      ];
    if (permissions === "create-only" && sharedBy === undefined)
      return [
        {
          path: `${path}.sharedBy`,
          message:
            "with `sharePermissions: create-only` somebody of the producer shares by hand: name the role of the producer's account that does",
        },
      ];
    if (permissions !== "create-only" && sharedBy !== undefined)
      return [
        {
          path: `${path}.sharedBy`,
          message:
            "the stack itself shares, as the producer's role that it has: leave sharedBy out, or write `sharePermissions: create-only`",
        },
      ];
    return [];
  });
}

/** Producers that share with nobody, and connectors of one account that ask for different roles: it has one pair of names. */
export function shareFaultsInEnvironment(request: SpokeRequest, environment: Environment): Fault[] {
  const first = new Map<string, { readonly index: number; readonly choice: string }>();
  return request.connectors.flatMap((connector, index): Fault[] => {
    if (!("from" in connector) || connector.registeredBy !== "producer") return [];
    const spec = environment.producers[connector.from];
    if (spec === undefined) return [];
    if (!spec.registersCatalogs)
      return [
        {
          path: `connectors[${index}].registeredBy`,
          message: `producer "${connector.from}" registers no catalogs in spokes: write \`registeredBy: consumer\`, or have the platform team write \`registersCatalogs: true\` for it`,
        },
      ];
    const { account } = spec;
    const { shareRole = "create", sharePermissions: permissions = "manage", sharedBy } = connector;
    const choice = JSON.stringify([shareRole, permissions, sharedBy]);
    const other = first.get(account);
    if (other === undefined) first.set(account, { index, choice });
    return other === undefined || other.choice === choice
      ? []
      : [
          {
            path: `connectors[${index}].shareRole`,
            message: `connectors[${other.index}] is shared by the same account ${account}, whose role has one name and one policy: write shareRole, sharePermissions and sharedBy alike`,
          },
        ];
  });
}
