/** The connector's own documents: its execution role, and who may invoke it (R10, R11, R25, C8, C10). */
import { applicationFaults } from "./application";
import { arn, bucketArn, dnsSuffixOf, partitionOf, principalArn, rootArn } from "./arn";
import { type PolicyDocument, policyDocument, policyText } from "./document";
import type { Environment } from "./environment";
import { type Fault, InputError } from "./faults";
import { encryptSpill } from "./key";
import { limits } from "./limits";
import { levelsOf } from "./level";
import {
  analystOf,
  catalogsOf,
  type Connector,
  type Invoker,
  invokersOf,
  producerConnector,
  roleBName,
  type SpokeCatalog,
  spokeStackName,
} from "./names";
import { networkInterfaces, type Vpc } from "./network";
import type { SpokeRequest } from "./request";
import { assumeTablesRole, readTables, tablesRoleArn } from "./tables";
import { readerCatalogs, readerPrincipal, readersOf } from "./third-party-reader";

/** Who may assume a connector's execution role: Lambda. */
export function connectorTrust(): PolicyDocument {
  return policyDocument({
    Sid: "LambdaRunsConnector",
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
}

/** Accounts of AWS that hold the connector's image, in Regions that are opt-in; elsewhere the first (AWS's template). */
const IMAGE_ACCOUNT = "292517598671";
const IMAGE_ACCOUNTS: Readonly<Record<string, string>> = {
  "me-south-1": "084828588479",
  "ap-east-1": "183295418215",
};
const IMAGE_REPOSITORY = "athena-federation-repository-dynamodb";

function imageAccount(region: string): string {
  return IMAGE_ACCOUNTS[region] ?? IMAGE_ACCOUNT;
}

/** The version of AWS's image that is taken when none is named. */
const IMAGE_VERSION = "2026.33.1";

/** The URI of AWS's image of the connector. */
export function connectorImage(region: string, version = IMAGE_VERSION): string {
  return `${imageAccount(region)}.dkr.ecr.${region}.${dnsSuffixOf(region)}/${IMAGE_REPOSITORY}:${version}`;
}

/**
 * The faults of what a connector's function is to be made of. Without a jar there must be an image: AWS's template names
 * accounts of the partition `aws` only, and Lambda takes images of its own partition only.
 *
 * @param path of the connector.
 * @param name of its function.
 */
export function codeFaults(
  region: string,
  path: string,
  name: string,
  spec: Parameters<typeof applicationFaults>[3],
): Fault[] {
  const partition = partitionOf(region);
  if (spec.application !== undefined) return applicationFaults(region, path, name, spec);
  if (spec.jar !== undefined || partition === "aws") return [];
  return [
    {
      path: `${path}.jar`,
      message: `AWS publishes no image of the connector in ${region} (partition ${partition}) that is known here: name the connector's jar, s3://bucket/key.jar`,
    },
  ];
}

/** The ARN of the repository that AWS's image of the connector is in. */
export function connectorRepositoryArn(region: string): string {
  return arn("ecr", region, imageAccount(region), `repository/${IMAGE_REPOSITORY}`);
}

/** The log group of a connector's function. */
export function connectorLogGroup(connector: Pick<Connector, "name">): string {
  return `/aws/lambda/${connector.name}`;
}

/**
 * What the connector may do: read the allowed tables, or become the role that reads them in another account (C11), spill,
 * write its log (C10).
 *
 * AWS's template grants more: Glue (not used, `disable_glue` is set), rights to read, delete and configure the spill
 * bucket (the connector only puts), and athena:GetQueryExecution on everything (only ends a scan early when a query in
 * the connector's own account is cancelled; without it the connector logs a warning and goes on).
 */
export function connectorPermissions(
  connector: Connector,
  tables: readonly string[],
  vpc?: Vpc,
): PolicyDocument {
  const { region, account, spill } = connector;
  return policyDocument(
    ...(connector.tables === undefined ? readTables(region, account, tables) : assumeTablesRole(connector)),
    {
      // The connector checks with HeadBucket that the bucket is its own before it spills.
      Sid: "CheckSpillBucket",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(region, spill.bucket),
      Condition: { StringEquals: { "aws:ResourceAccount": spill.account } },
    },
    {
      Sid: "Spill",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: bucketArn(region, spill.bucket, `${spill.prefix}*`),
      Condition: { StringEquals: { "aws:ResourceAccount": spill.account } },
    },
    ...encryptSpill(connector),
    {
      Sid: "WriteLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: arn("logs", region, account, `log-group:${connectorLogGroup(connector)}:*`),
    },
    ...networkInterfaces(connector, vpc),
  );
}

/** The connector's environment variables, as AWS's connector reads them. */
export function connectorVariables(connector: Connector): Record<string, string> {
  const plain = connector.plainSpill === true;
  const tablesRole = tablesRoleArn(connector);
  return {
    ...(tablesRole === undefined ? {} : { cross_account_role_arn: tablesRole }),
    disable_glue: "true",
    disable_spill_encryption: String(plain),
    ...(connector.keyAlias === undefined || plain ? {} : { kms_key_id: connector.keyAlias }),
    spill_bucket: connector.spill.bucket,
    // The connector adds the slash itself.
    spill_prefix: connector.spill.prefix.replace(/\/$/, ""),
  };
}

/** One statement of a function's resource policy, in the words of Lambda's AddPermission. */
export interface InvokeGrant {
  /** Whose it is, when not the account's or the general level's: `analyst`, a classification, or `readers.<name>`. */
  readonly grantee?: string;
  readonly statementId: string;
  readonly principal: string;
  readonly principalOrgId?: string;
}

/** Sid of the statement that lets the whole organization invoke (seed 000 names its statement so, R11). */
const ORGANIZATION_STATEMENT = "CrossAccountInvocationStatement";

/** The statement of `producerGrants: organization`; owned by the environment, of constant size (L12). */
export function organizationInvokeGrant(environment: Environment): InvokeGrant | undefined {
  if (environment.producerGrants !== "organization" || environment.organization === undefined)
    return undefined;
  return {
    statementId: ORGANIZATION_STATEMENT,
    // Lambda has no other way to name an organization: everybody, bounded by aws:PrincipalOrgID.
    principal: "*",
    principalOrgId: environment.organization,
  };
}

/** Begin of the Sid of a statement that lets a spoke's analyst invoke (R29). */
const ANALYST_STATEMENT = "AnalystInvocationStatement";

/** Begin of the Sid of a statement that lets a third party's reader invoke (R92). */
const READER_STATEMENT = "ReaderInvocationStatement";

/**
 * A spoke's own statements in the policy of a producer's function (R11, R29, R92, C8): its account under `accounts`; the
 * Role B's of the levels that attach the connector, its analyst if it has one, and the third parties' readers that use the
 * connector, under `roles`. Under `organization` none is needed.
 *
 * Lambda's policy knows no condition on the calling principal, so that under `accounts` the spoke's account decides who of
 * its principals may invoke.
 */
export function spokeInvokeGrants(
  request: SpokeRequest,
  environment: Environment,
  connector: Pick<Connector, "account" | "name">,
): InvokeGrant[] {
  const isAmong = (catalogs: readonly SpokeCatalog[]) =>
    catalogs.some(
      (each) =>
        "from" in each.requested &&
        each.connector.account === connector.account &&
        each.connector.name === connector.name,
    );
  const invokers = levelsOf(request)
    .filter((level) => isAmong(catalogsOf(level, environment)))
    .flatMap((level): Invoker[] => {
      const { classification } = level;
      const analyst = analystOf(level, environment);
      return [
        ...(level.quick
          ? [
              {
                principal: `role/${roleBName(level, environment)}`,
                as: classification === undefined ? "role-b" : { classification },
              } as const,
            ]
          : []),
        ...(analyst === undefined ? [] : [{ principal: analyst, as: "analyst" } as const]),
        ...readersOf(level)
          .filter((reader) => isAmong(readerCatalogs(level, environment, reader)))
          .map((reader) => ({ principal: readerPrincipal(reader), as: { reader: reader.name } })),
      ];
    });
  return invokeGrants(request.spoke, request.account, invokers, environment);
}

function invokeGrants(
  spoke: string,
  account: string,
  invokers: readonly Invoker[],
  environment: Environment,
): InvokeGrant[] {
  const { region, producerGrants } = environment;
  const stack = spokeStackName(environment.name, spoke);
  const statementId = `${ORGANIZATION_STATEMENT}-${stack}`;
  switch (producerGrants) {
    case "organization":
      return [];
    case "accounts":
      return invokers.length === 0 ? [] : [{ statementId, principal: account }];
    case "roles":
      return invokers.map(({ principal: named, as }): InvokeGrant => {
        const principal = principalArn(region, account, named);
        if (as === "role-b") return { statementId, principal };
        if (as === "analyst")
          return { grantee: "analyst", statementId: `${ANALYST_STATEMENT}-${stack}`, principal };
        return "reader" in as
          ? {
              grantee: `readers.${as.reader}`,
              statementId: `${READER_STATEMENT}-${stack}--${as.reader}`,
              principal,
            }
          : { grantee: as.classification, statementId: `${statementId}--${as.classification}`, principal };
      });
  }
}

/**
 * The policies of a producer's functions as they are when each registered spoke has its statement.
 *
 * @returns connector's name -> policy.
 * @throws InputError when one outgrows Lambda's limit (L12); the remedy is `producerGrants: organization`.
 */
export function functionPolicies(
  environment: Environment,
  producer: string,
): ReadonlyMap<string, PolicyDocument> {
  const spokes = Object.entries(environment.spokes)
    .map(([name, spoke]) => ({ name, account: spoke.account, invokers: invokersOf(spoke, producer) }))
    .filter(({ invokers }) => invokers.length > 0);
  const grants = [
    organizationInvokeGrant(environment),
    ...spokes.flatMap(({ name, account, invokers }) => invokeGrants(name, account, invokers, environment)),
  ].filter((grant) => grant !== undefined);
  return new Map(
    Object.keys(environment.producers[producer]?.connectors ?? {}).map((name) => {
      const connector = producerConnector(environment, producer, name);
      const document = policyDocument(...grants.map((grant) => invokeStatement(connector, grant)));
      const size = Buffer.byteLength(policyText(document));
      if (size > limits.functionPolicy)
        throw new InputError(`environment ${environment.name}`, [
          {
            path: "producerGrants",
            message: `the policy of function ${name} would have ${size} bytes with a statement for each of ${spokes.length} spokes, Lambda allows ${limits.functionPolicy}: choose \`producerGrants: organization\``,
          },
        ]);
      return [name, document];
    }),
  );
}

/** The statement as it stands in the function's policy, for comparison with what Lambda's GetPolicy answers. */
export function invokeStatement(
  connector: Connector,
  grant: InvokeGrant,
): PolicyDocument["Statement"][number] {
  const { region, account, name } = connector;
  return {
    Sid: grant.statementId,
    Effect: "Allow",
    Principal:
      grant.principal === "*"
        ? "*"
        : { AWS: /^\d{12}$/.test(grant.principal) ? rootArn(region, grant.principal) : grant.principal },
    Action: "lambda:InvokeFunction",
    Resource: arn("lambda", region, account, `function:${name}`),
    ...(grant.principalOrgId === undefined
      ? {}
      : { Condition: { StringEquals: { "aws:PrincipalOrgID": grant.principalOrgId } } }),
  };
}
