/** The most that roles can have which stacks make: whatever is written into their own policies. */
import {
  arn,
  bucketArn,
  dataSourceArn,
  functionArn,
  keysArn,
  roleArn,
  tableArn,
  viaService,
} from "../../arn";
import { connectorLogGroup } from "../../connector";
import {
  connectorArn,
  GLUE_CATALOG,
  producerConnector,
  reachableNames,
  spillBucketName,
  spillKeyAlias,
} from "../../names";
import { type Cast } from "../cast";
import { type Expectation, requests, rowWriter } from "../expectation";
import { ATHENA_ANYWHERE, ATHENA_METADATA, ATHENA_QUERIES } from "../querying-athena";
import { GLUE_READS } from "../querying-glue";
import { type Duty, dutiesOf, exactly, type Holder, like, WITHOUT_RESOURCE } from "./duty";
import type { Share } from "../../share";
import { MANAGE_CATALOGS } from "../share";
import { producedIn } from "./producer";
import { readerDuties } from "./reader";
import { credentials, lakeIn, readingLocations } from "./lake";
import { inRegion } from "./shared";
import type { Spoken } from "./spoke";

/** Role A: into Role B's of the organization, for data sources of this hub. */
export function hubBoundary(holder: Holder): Expectation[] {
  const { cast, account } = holder;
  const { region, environment } = cast;
  return [
    ...dutiesOf(holder, [
      {
        id: "assume",
        words: "go on into roles with Role B's name",
        needs: ["sts:AssumeRole"],
        on: like(
          reachableNames(environment).map((name) => roleArn(region, "*", name)),
          cast.neighbour,
        ),
        given: { "sts:ExternalId": dataSourceArn(region, account, "proof") },
        bound: {
          "sts:externalid": [dataSourceArn(region, account, "*")],
          ...(environment.organization === undefined
            ? {}
            : { "aws:resourceorgid": [environment.organization] }),
        },
      },
    ]),
    ...nowhereElse(holder),
  ];
}

export function readerBoundary(holder: Holder): Expectation[] {
  return [...dutiesOf(holder, readerDuties(holder)), ...nowhereElse(holder)];
}

export function producerBoundary(holder: Holder): Expectation[] {
  const { cast, account } = holder;
  const { connectors, specs, tables, buckets, aliases, readers } = producedIn(cast, account);
  return [
    ...dutiesOf(holder, [
      ...beyondAccount(
        holder,
        connectors.flatMap(({ region, tables: elsewhere }) =>
          elsewhere === undefined ? [] : [roleArn(region, elsewhere.account, elsewhere.role)],
        ),
        specs,
      ),
      ...(connectors.length === 0
        ? []
        : connecting(
            holder,
            connectors.map(({ name }) => name),
            tables,
            buckets,
            aliases,
          )),
      ...(readers.length === 0
        ? []
        : [
            {
              id: "readers/items",
              words: "get items for table readers",
              needs: ["dynamodb:GetItem"],
              on: exactly(readers.map(({ table }) => tableArn(cast.region, account, table.name))),
            },
          ]),
      ...readingLocations(holder, lakeIn(cast, account)),
    ]),
    ...nowhereElse(holder),
  ];
}

/** What connectors' roles may have. */
function connecting(
  holder: Holder,
  names: readonly string[],
  tables: readonly string[],
  buckets: readonly string[],
  aliases: readonly string[],
): Duty[] {
  const { cast, account } = holder;
  const { region } = cast;
  return [
    ...reading(holder, tables),
    {
      id: "connectors/spill-bucket",
      words: "see that the spill buckets are there",
      needs: ["s3:ListBucket"],
      on: like(buckets.map((bucket) => bucketArn(region, bucket))),
    },
    {
      id: "connectors/spill",
      words: "spill into them",
      needs: ["s3:PutObject"],
      on: like(buckets.map((bucket) => bucketArn(region, bucket, "*"))),
    },
    {
      id: "connectors/logs",
      words: "write their logs",
      needs: ["logs:CreateLogStream", "logs:PutLogEvents"],
      on: Object.fromEntries(
        names.map((name) => {
          const group = arn("logs", region, account, `log-group:${connectorLogGroup({ name })}`);
          return [`${group.replaceAll("*", "my")}:log-stream:any`, `${group}:*`];
        }),
      ),
    },
    ...(aliases.length === 0
      ? []
      : [
          {
            id: "connectors/encrypt",
            words: "encrypt what they spill",
            needs: ["kms:GenerateDataKey"],
            on: aKey(cast, account),
            given: { "kms:ResourceAliases": [(aliases[0] ?? "").replaceAll("*", "proof")] },
            bound: { "kms:resourcealiases": aliases },
          },
          {
            id: "connectors/nonces",
            words: "draw nonces in the Region",
            needs: ["kms:GenerateRandom"],
            on: WITHOUT_RESOURCE,
            bound: inRegion(holder),
          },
        ]),
  ];
}

/** Tables of the account as connectors read them. */
function reading(holder: Holder, tables: readonly string[]): Duty[] {
  const { cast, account } = holder;
  const { region } = cast;
  if (tables.length === 0) return [];
  const readable = [...new Set(tables.flatMap((table) => [table, table.toLowerCase()]))];
  return [
    {
      id: "connectors/tables",
      words: "read the connectors' tables",
      needs: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
      on: like(
        readable.flatMap((table) => [
          tableArn(region, account, table),
          tableArn(region, account, `${table}/index/*`),
        ]),
      ),
    },
    {
      id: "connectors/list",
      words: "list tables in the Region",
      needs: ["dynamodb:ListTables"],
      on: WITHOUT_RESOURCE,
      bound: inRegion(holder),
    },
  ];
}

/** What roles of connectors have beside their own account's data (C11, L13). */
function beyondAccount(
  holder: Holder,
  tablesRoles: readonly string[],
  specs: readonly { readonly vpc?: unknown }[],
): Duty[] {
  return [
    ...(tablesRoles.length === 0
      ? []
      : [
          {
            id: "connectors/tables-roles",
            words: "become the roles beside tables of other accounts",
            needs: ["sts:AssumeRole"],
            on: exactly(tablesRoles),
          },
        ]),
    ...(specs.every(({ vpc }) => vpc === undefined)
      ? []
      : [
          {
            id: "connectors/network",
            words: "have network interfaces in the Region",
            needs: NETWORK,
            on: { ...WITHOUT_RESOURCE, ...anInterface(holder) },
            bound: inRegion(holder),
          },
        ]),
  ];
}

const NETWORK = [
  "AssignPrivateIpAddresses",
  "CreateNetworkInterface",
  "DeleteNetworkInterface",
  "DescribeNetworkInterfaces",
  "DescribeSubnets",
  "UnassignPrivateIpAddresses",
].map((name) => `ec2:${name}`);

/** Which it is, a role's own policy says: some of these actions take no resource, and are in one statement with the others. */
const anInterface = ({ cast, account }: Holder): Record<string, string> =>
  Object.fromEntries(
    ["network-interface/any", "subnet/any", "security-group/any"].map((each) => [
      arn("ec2", cast.region, account, each),
      "*",
    ]),
  );

/** Roles beside tables that connectors of other accounts read. */
export function tablesBoundary(holder: Holder, tables: readonly string[]): Expectation[] {
  return [...dutiesOf(holder, reading(holder, tables)), ...nowhereElse(holder)];
}

/** Buckets with their objects. */
function bucketsAt(region: string, names: readonly string[]): Duty["on"] {
  const each = names.map((name): Duty["on"] => {
    const one = name.replaceAll("*", "proof");
    const [bucket, objects] = [bucketArn(region, name), bucketArn(region, name, "*")];
    // A wildcard in a bucket's name reaches over the slash.
    return { [bucketArn(region, one)]: bucket, [bucketArn(region, one, "proof")]: [bucket, objects] };
  });
  return Object.assign({}, ...each) as Duty["on"];
}

const aKey = ({ region }: Cast, account: string): Record<string, string> => ({
  [arn("kms", region, account, "key/11111111-2222-3333-4444-555555555555")]: keysArn(region, account),
});

/** Role B, the analyst, and the roles of connectors that spokes deploy. */
export function spokeBoundary(holder: Holder, spoken: Spoken): Expectation[] {
  const { cast, account } = holder;
  const { region, environment } = cast;
  const attached = Object.entries(environment.producers).flatMap(([producer, { connectors }]) =>
    Object.keys(connectors).map((name) => connectorArn(producerConnector(environment, producer, name))),
  );
  const spills = [
    ...Object.keys(environment.producers).map((producer) => spillBucketName(environment, producer)),
    ...spoken.spills,
  ];
  const keyOwners = [
    ...new Set([
      ...Object.entries(environment.producers).flatMap(([producer, spec]) =>
        spillKeyAlias(environment, producer) === undefined ? [] : [spec.account],
      ),
      ...(spoken.aliases.length === 0 ? [] : [account]),
    ]),
  ];
  const readerRoles = spoken.users.flatMap(({ role }) => role ?? []);
  const glue = (resource: string) => arn("glue", region, account, resource);
  const athena = (resource: string) => arn("athena", region, account, resource);
  return [
    ...dutiesOf(holder, [
      {
        id: "athena/lists",
        words: "look around in Athena in the Region",
        needs: ATHENA_ANYWHERE,
        on: WITHOUT_RESOURCE,
        bound: inRegion(holder),
      },
      {
        id: "athena/queries",
        words: "query in the spokes' workgroups",
        needs: ATHENA_QUERIES,
        on: like(spoken.queried.map((name) => athena(`workgroup/${name}`))),
      },
      {
        id: "athena/catalogs",
        words: "read the metadata of catalogs",
        needs: ATHENA_METADATA,
        on: like([GLUE_CATALOG, ...spoken.catalogs].map((name) => athena(`datacatalog/${name}`))),
      },
      {
        id: "glue",
        words: "read databases and tables",
        needs: GLUE_READS,
        on: like([
          glue("catalog"),
          ...[...new Set([...spoken.databases, ...spoken.links, "default"])].flatMap((name) => [
            glue(`database/${name}`),
            glue(`table/${name}/*`),
          ]),
        ]),
      },
      ...(spoken.dataBuckets.length === 0
        ? []
        : [
            {
              id: "data",
              words: "read data",
              needs: ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
              on: bucketsAt(region, spoken.dataBuckets),
            },
          ]),
      {
        id: "results",
        words: "write and read results",
        needs: [
          "s3:AbortMultipartUpload",
          "s3:GetBucketLocation",
          "s3:GetObject",
          "s3:ListBucket",
          "s3:ListBucketMultipartUploads",
          "s3:ListMultipartUploadParts",
          "s3:PutObject",
        ],
        on: bucketsAt(region, spoken.results),
        bound: { "aws:resourceaccount": [account] },
      },
      {
        id: "connectors/invoke",
        words: "invoke the environment's connectors and its own",
        needs: ["lambda:InvokeFunction"],
        on: {
          ...exactly(attached),
          ...like(spoken.connectors.map((name) => functionArn(region, account, name))),
        },
      },
      {
        id: "connectors/read-spill",
        words: "read what they spilled",
        needs: ["s3:GetObject", "s3:ListBucket"],
        on: bucketsAt(region, spills),
      },
      ...(keyOwners.length === 0
        ? []
        : [
            {
              id: "connectors/decrypt",
              words: "decrypt what they spilled, by way of S3",
              needs: ["kms:Decrypt"],
              on: Object.assign({}, ...keyOwners.map((owner) => aKey(cast, owner))) as Record<string, string>,
              given: { "kms:ViaService": viaService("s3", region) },
              bound: { "kms:viaservice": [viaService("s3", region)] },
            },
          ]),
      ...(spoken.connectors.length === 0
        ? []
        : connecting(holder, spoken.connectors, spoken.tables, spoken.spills, spoken.aliases)),
      ...beyondAccount(holder, spoken.tablesRoles, spoken.specs),
      ...(spoken.publishers.length === 0 ? [] : [readingProducts(region, spoken.publishers)]),
      ...credentials(holder, spoken.links),
      ...sharingCatalogs(holder, spoken.shares),
      ...(readerRoles.length === 0
        ? []
        : [
            {
              id: "readers/assume",
              words: "become the roles of third parties' readers",
              needs: ["sts:AssumeRole"],
              on: exactly(readerRoles),
            },
          ]),
    ]),
    ...nowhereElse(holder),
  ];
}

/** Entries of producers' Glue catalogs: which, their own policies say (R47). */
function readingProducts(region: string, publishers: readonly string[]): Duty {
  return {
    id: "products/glue",
    words: "read the entries of products",
    needs: GLUE_READS.filter((action) => !action.startsWith("glue:GetCatalog")),
    on: Object.fromEntries(
      publishers.flatMap((owner) => {
        const at = (resource: string) => arn("glue", region, owner, resource);
        return [
          [at("catalog"), at("catalog")],
          [at("database/any"), at("database/*")],
          [at("table/any/any"), at("table/*")],
        ];
      }),
    ),
  };
}

/** What producers do with catalogs that they share (R15, C26). */
function sharingCatalogs({ cast, account }: Holder, shares: readonly Share[]): Duty[] {
  const at = (region: string, name: string) => arn("athena", region, account, `datacatalog/${name}`);
  const managed = shares.flatMap(({ permissions, catalogs }) => (permissions === "manage" ? catalogs : []));
  return [
    ...(managed.length === 0
      ? []
      : [
          {
            id: "shares/manage",
            words: "manage catalogs that producers share",
            needs: MANAGE_CATALOGS,
            on: exactly(managed.map((name) => at(cast.region, name))),
          },
        ]),
    ...(managed.length === shares.flatMap(({ catalogs }) => catalogs).length
      ? []
      : [
          {
            id: "shares/create",
            words: "create catalogs of every name in every Region, as the document prints it",
            needs: ["athena:CreateDataCatalog"],
            on: { [at(cast.region, "any")]: at("*", "*") },
          },
        ]),
  ];
}

function nowhereElse({ cast, account, party, id }: Holder): Expectation[] {
  const { region, hub } = cast;
  const { mayNot } = rowWriter(`${id}/nowhere-else`, ["R53", "R70"]);
  const role = roleArn(region, account, "Administrator");
  return [
    mayNot("iam", party, "change or hand on roles, or make users", [
      ...requests(
        region,
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole", "iam:AttachRolePolicy"],
        [role],
        {
          resourceAccount: account,
        },
      ),
      ...requests(region, ["iam:CreateUser"], [role.replace(":role/", ":user/")], {
        resourceAccount: account,
      }),
    ]),
    mayNot(
      "roles",
      party,
      "become another role",
      [...new Set([account, hub, cast.neighbour])].flatMap((each) =>
        requests(region, ["sts:AssumeRole"], [roleArn(region, each, "Administrator")], {
          resourceAccount: each,
          policies: "open",
        }),
      ),
    ),
    mayNot("write", party, "write tables, functions or buckets' settings", [
      ...requests(region, ["dynamodb:PutItem", "dynamodb:DeleteTable"], [tableArn(region, account, "any")], {
        resourceAccount: account,
      }),
      ...requests(region, ["lambda:UpdateFunctionCode"], [functionArn(region, account, "any")], {
        resourceAccount: account,
      }),
      ...requests(region, ["s3:PutBucketPolicy", "s3:DeleteBucket"], [bucketArn(region, "any-bucket")], {
        resourceAccount: account,
      }),
    ]),
  ];
}
