/** The role of a spoke's account: the spoke's own stack. */
import { scanAlarmName, spokeRuleName, spokeTopicName } from "../../alarms";
import { arn, bucketArn, functionArn, policyArn, roleArn, tableArn, userArn } from "../../arn";
import type { ContextKeys } from "../../evaluate";
import type { GlueData } from "../../glue-data";
import { levelsOf } from "../../level";
import { defaultLinks, productLinks } from "../../mesh/consumed";
import { dataOfProduct, producerOf, productOf } from "../../mesh/product";
import {
  analystPolicyName,
  analystRole,
  analystUser,
  catalogsOf,
  connectorRoleName,
  dataOf,
  knownAnalysts,
  makesResultsBucket,
  ownSpillBucketName,
  ownSpillKeyAlias,
  ownsWorkgroup,
  reachableNames,
  resultsBucketName,
  resultsBuckets,
  roleBName,
  SAMPLE_TABLE,
  sampleDatabaseName,
  sampleDataBucketName,
  workgroupNameOf,
} from "../../names";
import type { DeployedConnector, SpokeRequest } from "../../request";
import { type Share, sharesOf } from "../../share";
import {
  ownsReaderWorkgroup,
  readerPolicyArn,
  readerRoleArn,
  readersOf,
  readerUserArn,
} from "../../third-party-reader";
import { splitS3Location } from "../../written";
import { type Cast } from "../cast";
import { type Expectation, requests, rowWriter } from "../expectation";
import { type Duty, dutiesOf, exactly, type Holder, like, WITHOUT_RESOURCE } from "./duty";
import { linking } from "./lake";
import {
  deployingApplications,
  fetchingCode,
  findingData,
  findingNetworks,
  findingTables,
  foreignKeys,
  inRegion,
  lookingAtTrail,
  makingAlarms,
  makingBuckets,
  makingCatalogs,
  makingFunctions,
  makingKeys,
  makingRoles,
  makingSampleOrders,
  makingSampleTable,
  passing,
  MANAGE_POLICIES,
  readingBoundary,
  readingExisting,
} from "./shared";

/** What stacks of spokes make and look at in an account, as patterns of names. */
export interface Spoken {
  /** Role B's, and analysts that are roles. */
  readonly querying: readonly string[];
  /** Analysts that are roles. */
  readonly analysts: readonly string[];
  /** Roles by which producers register catalogs, and third parties' readers. */
  readonly otherRoles: readonly string[];
  readonly connectors: readonly string[];
  /** What was written of each of them, where requests are known. */
  readonly specs: readonly DeployedConnector["deploy"][];
  /** Tables of the account itself that connectors read. */
  readonly tables: readonly string[];
  /** Roles beside tables of other accounts. */
  readonly tablesRoles: readonly string[];
  /** Buckets that are made, for sample data or not. */
  readonly buckets: readonly string[];
  /** Buckets for results, made or not; none when Athena keeps them. */
  readonly results: readonly string[];
  readonly spills: readonly string[];
  readonly aliases: readonly string[];
  readonly workgroups: readonly string[];
  /** Workgroups that queries run in. */
  readonly queried: readonly string[];
  readonly catalogs: readonly string[];
  readonly databases: readonly string[];
  readonly dataBuckets: readonly string[];
  /** Databases that lead to products which Lake Formation shares. */
  readonly links: readonly string[];
  /** Accounts whose products are queried. */
  readonly publishers: readonly string[];
  readonly shares: readonly Share[];
  readonly users: readonly UserArns[];
  readonly sample: { readonly databases: readonly string[]; readonly buckets: readonly string[] };
  readonly sampleTable: boolean;
  readonly alarms: Parameters<typeof makingAlarms>[1];
}

/** The user of a third party's reader or of an analyst, and the role or the policy with what it may do. */
export interface UserArns {
  readonly user: string;
  readonly role: string | undefined;
  readonly policy: string | undefined;
  readonly accessKey: boolean;
}

/** What one request makes, at all of its levels. */
export function spokenIn({ environment }: Cast, request: SpokeRequest): Spoken {
  const levels = levelsOf(request);
  const each = (pick: (level: SpokeRequest) => readonly (string | undefined)[]): string[] => [
    ...new Set(levels.flatMap(pick).filter((name) => name !== undefined)),
  ];
  const deployed = levels.flatMap((level) =>
    catalogsOf(level, environment).flatMap(({ connector, requested }) =>
      "deploy" in requested ? [{ connector, spec: requested.deploy }] : [],
    ),
  );
  const deploys = (level: SpokeRequest) => level.connectors.some((connector) => "deploy" in connector);
  const spills = each((level) => (deploys(level) ? [ownSpillBucketName(level)] : []));
  const samples = each((level) => (level.sampleData ? [sampleDataBucketName(level)] : []));
  const consumed = levels.flatMap((level) =>
    level.products.map(({ product, as }) => ({
      byPolicy: productOf(environment, product).via === "policy",
      catalog: as ?? product,
      owner: producerOf(environment, product).account,
      data: dataOfProduct(environment, product),
    })),
  );
  const byPolicy = consumed.filter((each) => each.byPolicy);
  const shares = levels.flatMap((level) => sharesOf(level, environment));
  const thirdParties = readersOf(request);
  const analysts = each((level) => [analystRole(level, environment)]);
  const [analystOfPeople] = each((level) => [analystUser(level, environment)]);
  const bucketsOf = (data: readonly GlueData[]) =>
    data.flatMap(({ prefixes }) => prefixes.map((prefix) => splitS3Location(prefix).bucket));
  return {
    querying: [...each((level) => (level.quick ? [roleBName(level, environment)] : [])), ...analysts],
    analysts,
    otherRoles: [
      ...new Set([
        ...thirdParties.flatMap(({ role }) => role ?? []),
        ...shares.flatMap(({ roles }) => [...roles]),
      ]),
    ],
    connectors: deployed.map(({ connector }) => connector.name),
    specs: deployed.map(({ spec }) => spec),
    tables: [...new Set(deployed.flatMap(({ spec }) => (spec.tablesIn === undefined ? spec.tables : [])))],
    tablesRoles: deployed.flatMap(({ connector: { region, tables } }) =>
      tables === undefined ? [] : [roleArn(region, tables.account, tables.role)],
    ),
    buckets: [
      ...each((level) => (makesResultsBucket(level) ? [resultsBucketName(level)] : [])),
      ...spills,
      ...samples,
    ],
    results: [
      ...new Set([
        ...levels.flatMap(resultsBuckets),
        ...thirdParties.map(({ outputLocation }) => splitS3Location(outputLocation).bucket),
      ]),
    ],
    spills,
    aliases: each((level) => [ownSpillKeyAlias(level)]),
    workgroups: [
      ...each((level) => (ownsWorkgroup(level) ? [workgroupNameOf(level)] : [])),
      ...thirdParties.filter(ownsReaderWorkgroup).map(({ workgroup }) => workgroup),
    ],
    queried: [
      ...new Set([...levels.map(workgroupNameOf), ...thirdParties.map(({ workgroup }) => workgroup)]),
    ],
    catalogs: [
      ...each((level) => catalogsOf(level, environment).map(({ catalog }) => catalog)),
      ...byPolicy.map(({ catalog }) => catalog),
    ],
    databases: each((level) => dataOf(level).map(({ database }) => database)),
    dataBuckets: [
      ...new Set([
        ...levels.flatMap((level) => bucketsOf(dataOf(level))),
        ...byPolicy.flatMap(({ data }) => bucketsOf(data)),
      ]),
    ],
    links: productLinks(request, environment).map(({ name }) => name),
    publishers: [...new Set(consumed.map(({ owner }) => owner))],
    shares,
    users: [
      ...(analystOfPeople === undefined
        ? []
        : [
            {
              user: userArn(request.region, request.account, analystOfPeople),
              role: undefined,
              policy: policyArn(request.region, request.account, analystPolicyName(request)),
              accessKey: false,
            },
          ]),
      ...thirdParties.map((reader) => ({
        user: readerUserArn(request, reader),
        role: readerRoleArn(request, reader),
        policy: readerPolicyArn(request, reader),
        accessKey: reader.accessKey,
      })),
    ],
    sample: { databases: samples.length === 0 ? [] : [sampleDatabaseName(request)], buckets: samples },
    sampleTable: deployed.some(({ spec }) => spec.sampleData),
    alarms: {
      topics: [spokeTopicName(request)],
      rules: each((level) => (level.quick ? [spokeRuleName(level)] : [])),
      alarms: each((level) => (ownsWorkgroup(level) ? [scanAlarmName(level)] : [])),
    },
  };
}

/** What requests with default names make, whichever come. */
export function spokenByDefault(cast: Cast, account: string): Spoken {
  const { environment } = cast;
  const { name } = environment;
  const bucket = (what: string) => `${name}-*-athena-${what}-${account}`;
  const products = Object.keys(environment.products);
  return {
    querying: [...reachableNames(environment), ...knownAnalysts(environment)],
    analysts: knownAnalysts(environment),
    otherRoles: [],
    connectors: ["*dynamodb"],
    specs: [],
    tables: ["*"],
    tablesRoles: [],
    buckets: [bucket("results"), bucket("spill")],
    results: [bucket("results")],
    spills: [bucket("spill")],
    aliases: [`alias/${name}-*-athena-spill`],
    workgroups: [`${name}-*`],
    queried: [`${name}-*`, "primary"],
    catalogs: [
      ...Object.values(environment.producers).flatMap(({ connectors }) => Object.keys(connectors)),
      ...products,
      "*dynamodb",
    ],
    databases: ["*"],
    dataBuckets: ["*"],
    links: defaultLinks(environment).map((link) => link.name),
    publishers: [...new Set(products.map((product) => producerOf(environment, product).account))],
    shares: [],
    users: [],
    sample: { databases: [], buckets: [] },
    sampleTable: false,
    alarms: {
      topics: [`${name}-*-alarms`],
      rules: [`${name}-*-assumers`],
      alarms: [`${name}-*-scans`],
    },
  };
}

export function spokeDeployer(holder: Holder, boundary: string, spoken: Spoken): Expectation[] {
  const { cast, account, party, id } = holder;
  const { region } = cast;
  const { mayNot } = rowWriter(`${id}/data`, ["R70"]);
  const workgroups = (names: readonly string[]) =>
    like(names.map((name) => arn("athena", region, account, `workgroup/${name}`)));
  const existing = [...new Set([...spoken.results, ...spoken.dataBuckets])].filter(
    (bucket) => !spoken.buckets.includes(bucket),
  );
  const places = spoken.results.filter((bucket) => !spoken.buckets.includes(bucket));
  const others = spoken.queried.filter((name) => !spoken.workgroups.includes(name));
  const shared = spoken.shares.flatMap(({ catalogs }) => catalogs);
  const own = spoken.catalogs.filter((name) => !shared.includes(name));
  const duties: Duty[] = [
    ...makingRoles(holder, [...spoken.querying, ...roleNames(spoken)], boundary),
    readingBoundary(boundary),
    ...(spoken.connectors.length === 0
      ? []
      : [
          passing(holder, roleNames(spoken), "lambda.amazonaws.com"),
          ...makingFunctions(holder, spoken.connectors),
          // Of requests that are not known only AWS's image is.
          ...fetchingCode(holder, spoken.specs.length === 0 ? [{}] : spoken.specs),
          ...deployingApplications(holder, spoken.connectors, spoken.specs),
          ...(spoken.specs.some(({ vpc }) => vpc !== undefined) ? [findingNetworks(holder)] : []),
          findingTables(spoken.tables.map((table) => tableArn(region, account, table))),
        ]),
    ...makingUsers(boundary, spoken.users),
    ...(spoken.buckets.length === 0 ? [] : makingBuckets(holder, spoken.buckets)),
    ...(spoken.workgroups.length === 0
      ? []
      : [
          {
            id: "workgroups/make",
            words: "make its workgroup, and take it away",
            needs: [
              "athena:CreateWorkGroup",
              "athena:DeleteWorkGroup",
              "athena:GetWorkGroup",
              "athena:ListTagsForResource",
              "athena:TagResource",
              "athena:UntagResource",
              "athena:UpdateWorkGroup",
            ],
            on: workgroups(spoken.workgroups),
          },
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            id: "workgroups/find",
            words: "see that a workgroup is there",
            needs: ["athena:GetWorkGroup"],
            on: workgroups(others),
          },
        ]),
    ...(cast.environment.alarms === undefined
      ? []
      : [...makingAlarms(holder, spoken.alarms), ...lookingAtTrail(holder, cast.environment.alarms.trail)]),
    ...(own.length === 0 ? [] : [makingCatalogs(holder, own)]),
    {
      id: "catalogs/find",
      words: "see catalogs that producers register",
      needs: ["athena:GetDataCatalog", "athena:ListTagsForResource"],
      on: exactly(shared.map((name) => arn("athena", region, account, `datacatalog/${name}`))),
    },
    ...(places.length === 0
      ? []
      : [
          {
            id: "results/find",
            words: "see that the place for results is there",
            needs: ["s3:ListBucket"],
            on: exactly(places.map((bucket) => bucketArn(region, bucket))),
            bound: { "aws:resourceaccount": [account] },
          },
        ]),
    ...readingExisting(holder, existing),
    ...(spoken.databases.length === 0 ? [] : [findingData(holder, spoken.databases)]),
    ...linking(holder, spoken.links),
    {
      id: "trail",
      words: "look at CloudTrail's event history in the Region",
      needs: ["cloudtrail:LookupEvents"],
      on: WITHOUT_RESOURCE,
      bound: inRegion(holder),
    },
    {
      id: "workgroups/history",
      words: "look at the history of queries",
      needs: ["athena:BatchGetQueryExecution", "athena:ListQueryExecutions"],
      on: workgroups(spoken.queried),
    },
    {
      id: "organization",
      words: "see which organization the account is in",
      needs: ["organizations:DescribeOrganization"],
      on: WITHOUT_RESOURCE,
    },
    ...(spoken.analysts.length === 0
      ? []
      : [
          {
            id: "analyst",
            words: "verify as the analyst",
            needs: ["sts:AssumeRole"],
            on: like(spoken.analysts.map((name) => roleArn(region, account, name))),
          },
        ]),
    ...(spoken.aliases.length === 0 ? [] : makingKeys(holder, spoken.aliases)),
    ...makingSampleOrders(holder, spoken.sample.databases, spoken.sample.buckets),
    ...(spoken.sampleTable ? [makingSampleTable(tableArn(region, account, SAMPLE_TABLE))] : []),
  ];
  return [
    ...dutiesOf(holder, duties),
    foreignKeys(holder),
    ...(shared.length === 0
      ? []
      : [
          mayNot(
            "shared-catalogs",
            party,
            "register, change or take away catalogs that producers register",
            requests(
              region,
              ["CreateDataCatalog", "UpdateDataCatalog", "DeleteDataCatalog", "TagResource"].map(
                (name) => `athena:${name}`,
              ),
              shared.map((name) => arn("athena", region, account, `datacatalog/${name}`)),
              { resourceAccount: account },
            ),
            ["R14", "C26"],
          ),
        ]),
    mayNot("query", party, "query by itself, or invoke connectors", [
      ...requests(
        region,
        ["athena:StartQueryExecution", "athena:GetQueryResults"],
        [...Object.keys(workgroups(spoken.queried)), arn("athena", region, account, "workgroup/another")],
        { resourceAccount: account },
      ),
      ...requests(
        region,
        ["lambda:InvokeFunction", "lambda:AddPermission"],
        ["any", ...spoken.connectors].map((name) => functionArn(region, account, name.replace("*", "my"))),
        { resourceAccount: account },
      ),
    ]),
    mayNot(
      "objects",
      party,
      "read data, results or what was spilled",
      requests(
        region,
        ["s3:GetObject"],
        [...spoken.results, ...spoken.spills, ...existing]
          .filter((bucket) => !spoken.sample.buckets.includes(bucket))
          .map((bucket) => bucketArn(region, bucket.replaceAll("*", "proof"), "any/object")),
        { resourceAccount: account },
      ),
    ),
    ...(spoken.users.length === 0 ? [] : [freeUsers(holder, boundary, spoken.users)]),
    mayNot(
      "role-b",
      party,
      "become Role B",
      requests(
        region,
        ["sts:AssumeRole"],
        spoken.querying
          .filter((name) => !spoken.analysts.includes(name))
          .map((name) => roleArn(region, account, name.replaceAll("*", "proof"))),
        { resourceAccount: account, policies: "open" },
      ),
    ),
    ...(spoken.buckets.length === 0
      ? []
      : [
          mayNot(
            "stranger",
            party,
            "use a stranger's bucket that took the name of one of its",
            requests(
              region,
              ["s3:PutBucketPolicy", "s3:DeleteBucket", "s3:DeleteObject"],
              spoken.buckets.flatMap((bucket) => [
                bucketArn(region, bucket.replaceAll("*", "proof")),
                bucketArn(region, bucket.replaceAll("*", "proof"), "any"),
              ]),
              { resourceAccount: cast.stranger, policies: "open" },
            ),
            ["C22"],
          ),
        ]),
  ];
}

/** Names of the roles that are made beside those that query. */
export function roleNames({ connectors, otherRoles }: Pick<Spoken, "connectors" | "otherRoles">): string[] {
  return [...connectors.map((name) => connectorRoleName({ name })), ...otherRoles];
}

const MANAGE_USERS = [
  "DeleteUser",
  "GetLoginProfile",
  "GetUser",
  "GetUserPolicy",
  "ListAccessKeys",
  "ListAttachedUserPolicies",
  "ListGroupsForUser",
  "ListMFADevices",
  "ListUserPolicies",
  "ListUserTags",
  "TagUser",
  "UntagUser",
  "UpdateUser",
].map((name) => `iam:${name}`);

/** Third parties' service-account users, and analysts that are users, under the boundary as roles are (R28, R77, R80, R91). */
function makingUsers(boundary: string, made: readonly UserArns[]): Duty[] {
  if (made.length === 0) return [];
  const users = made.map(({ user }) => user);
  const policies = made.flatMap(({ policy }) => policy ?? []);
  const keyed = made.filter(({ accessKey }) => accessKey).map(({ user }) => user);
  const underBoundary = { "iam:PermissionsBoundary": boundary };
  const bound = { "iam:permissionsboundary": [boundary] };
  return [
    {
      id: "users/make",
      words: "make users for third parties and analysts under the boundary, and give them policies",
      needs: ["iam:CreateUser", "iam:DeleteUserPolicy", "iam:PutUserPolicy"],
      on: exactly(users),
      given: underBoundary,
      bound,
    },
    {
      id: "users/manage",
      words: "look at these users, tag them, take them away",
      needs: MANAGE_USERS,
      on: exactly(users),
    },
    ...(policies.length === 0
      ? []
      : [
          {
            id: "users/policies",
            words: "make the policies of users that have no role",
            needs: MANAGE_POLICIES,
            on: exactly(policies),
          },
          ...policies.map((policy, index) => ({
            id: `users/attach/${index + 1}`,
            words: "attach each of these to the users under the boundary",
            needs: ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
            on: exactly(users),
            given: { ...underBoundary, "iam:PolicyARN": policy },
            bound: { ...bound, "iam:policyarn": policies },
          })),
        ]),
    ...(keyed.length === 0
      ? []
      : [
          {
            id: "users/keys",
            words: "make access keys where the request asks for them",
            needs: ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"],
            on: exactly(keyed),
          },
        ]),
  ];
}

/** Users are no way to more rights: not without the boundary, not by policies of others, not with keys nobody asked for. */
function freeUsers({ cast, account, party, id }: Holder, boundary: string, made: readonly UserArns[]) {
  const { region } = cast;
  const { mayNot } = rowWriter(`${id}/no-way-up`, ["R53", "R70", "R77"]);
  const administrator = policyArn(region, "aws", "AdministratorAccess");
  const users = made.map(({ user }) => user);
  const ask = (actions: readonly string[], resources: readonly string[], context: ContextKeys = {}) =>
    requests(region, actions, resources, { resourceAccount: account, context });
  const unkeyed = made.filter(({ accessKey }) => !accessKey).map(({ user }) => user);
  const makes = [
    "iam:CreateUser",
    "iam:DeleteUserPolicy",
    "iam:PutUserPolicy",
    "iam:PutUserPermissionsBoundary",
  ];
  return mayNot("free-users", party, "make its users more than the boundary admits", [
    ...ask(makes, users),
    ...ask(makes, users, { "iam:PermissionsBoundary": administrator }),
    ...ask(["iam:PutUserPermissionsBoundary"], users, { "iam:PermissionsBoundary": boundary }),
    ...ask(
      [
        "iam:DeleteUserPermissionsBoundary",
        "iam:CreateLoginProfile",
        "iam:DeleteLoginProfile",
        "iam:DeactivateMFADevice",
        "iam:AddUserToGroup",
      ],
      [...users, users[0]?.replace(":user/", ":group/") ?? ""],
    ),
    ...ask(["iam:AttachUserPolicy"], users, {
      "iam:PermissionsBoundary": boundary,
      "iam:PolicyARN": administrator,
    }),
    ...(unkeyed.length === 0 ? [] : ask(["iam:CreateAccessKey", "iam:DeleteAccessKey"], unkeyed)),
  ]);
}
