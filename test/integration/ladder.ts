/** What ladder.py is told of the spoke `sales`, and what it must find there. */
import { HUB, OTHER_SPOKE, PRODUCER, REGION, SPOKE } from "../worlds";
import type { BotoLadder } from "./checkout";

export const WORLD = {
  ...{ hub: HUB, producer: PRODUCER, spoke: SPOKE, neighbour: OTHER_SPOKE },
  stranger: "222222222223",
  region: REGION,
  connector: "acct1dynamodb",
  connector_role: `arn:aws:iam::${PRODUCER}:role/athena-connector-acct1dynamodb`,
  catalog: "acct1dynamodb",
  database: "sales",
  workgroup: "dev-sales",
  data_bucket: `dev-sales-athena-data-${SPOKE}`,
  spill_bucket: `dev-music-athena-spill-${PRODUCER}`,
  spilled: "athena-spill/acct1dynamodb/block",
  data_source: `arn:aws:quicksight:us-east-1:${HUB}:datasource/dev-sales`,
  role_a: `arn:aws:iam::${HUB}:role/qs-athena-cross-account-role-a`,
  role_b: `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`,
  analyst: `arn:aws:iam::${SPOKE}:role/analyst`,
};

/** AWS's sample items (R24): columns as the connector names them, numbers as Athena writes its decimals. */
const MUSIC = [
  ["Acme Band", "Happy Day", "Songs About Life", "10.000000000"],
  ["Acme Band", "PartiQL Rocks", "Another Album Title", "8.000000000"],
  ["No One You Know", "Call Me Today", "Somewhat Famous", "1.000000000"],
  ["No One You Know", "Howdy", "Somewhat Famous", "2.000000000"],
].map(([artist, songtitle, albumtitle, awards]) => ({ artist, songtitle, albumtitle, awards }));

/** The sample orders, each with every song of its artist. */
const JOINED = [
  { order_id: "1", quantity: "3", of: "Acme Band" },
  { order_id: "2", quantity: "1", of: "No One You Know" },
  { order_id: "3", quantity: "2", of: "Acme Band" },
].flatMap(({ of, ...order }) =>
  MUSIC.filter(({ artist }) => artist === of).map(({ songtitle, awards }) => ({
    ...order,
    songtitle,
    awards,
  })),
);

export const RUNGS: BotoLadder["rungs"] = {
  "connector in the producer": MUSIC,
  "permission of the function": ["CrossAccountInvocationStatement-dev-sales"],
  catalog: {
    type: "LAMBDA",
    parameters: { function: `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb` },
  },
  tables: ["music"],
  analyst: MUSIC,
  join: JOINED,
  "data source": {
    status: "CREATION_SUCCESSFUL",
    parameters: {
      AthenaParameters: {
        WorkGroup: WORLD.workgroup,
        RoleArn: WORLD.role_a,
        ConsumerAccountRoleArn: WORLD.role_b,
      },
    },
  },
  "browsing as Quick": { databases: ["default"], tables: ["music"] },
  Quick: MUSIC,
  "join as Quick": JOINED,
};

/** How services refuse: those that speak XML, and those that speak JSON. */
const XML = "AccessDenied";
const JSON_ = "AccessDeniedException";
/** What services answer that see the caller's own account only. */
const NO_WORKGROUP = "InvalidRequestException";
const NO_ROLE = "NoSuchEntity";

/** What is tried, and how it ends for a role of the spoke without permissions, for administrators elsewhere, for the analyst. */
const ATTEMPTS: readonly [name: string, outsider: string, elsewhere: string, analyst: string][] = [
  ["assume Role A", XML, XML, XML],
  ["assume Role B", XML, XML, XML],
  ["assume Role B with the external id", XML, XML, XML],
  ["assume the connector's role", XML, XML, XML],
  ["query", JSON_, NO_WORKGROUP, "shown by the rungs"],
  ["read a query's rows", JSON_, NO_WORKGROUP, "allowed"],
  ["stop a query", JSON_, NO_WORKGROUP, "allowed"],
  ["look at the catalog", JSON_, NO_WORKGROUP, "allowed"],
  ["delete the catalog", JSON_, NO_WORKGROUP, JSON_],
  ["open the workgroup", JSON_, NO_WORKGROUP, JSON_],
  ["invoke the connector", JSON_, JSON_, "allowed"],
  ["read the connector's variables", JSON_, JSON_, JSON_],
  ["share the connector", JSON_, JSON_, JSON_],
  ["read a spilled block", XML, XML, "allowed"],
  ["list what is spilled", XML, XML, "allowed"],
  ["spill", XML, XML, XML],
  ["read a result", XML, XML, "allowed"],
  ["list results", XML, XML, "allowed"],
  ["delete a result", XML, XML, XML],
  ["read orders", XML, XML, "allowed"],
  ["open the spill bucket", XML, XML, XML],
  ["look at the orders' table", JSON_, JSON_, "allowed"],
  ["list Glue's tables", JSON_, JSON_, "allowed"],
  ["drop the orders' table", JSON_, JSON_, JSON_],
  ["scan the producer's table", JSON_, JSON_, JSON_],
  ["read the producer's item", JSON_, JSON_, JSON_],
  ["write the producer's item", JSON_, JSON_, JSON_],
  // the key's owner is one of those elsewhere, the other has a grant
  ["use a stranger's key", JSON_, "allowed", JSON_],
  ["delete a stranger's key", JSON_, JSON_, JSON_],
  ["look at the data source", JSON_, JSON_, JSON_],
  ["delete the data source", JSON_, JSON_, JSON_],
  ["list roles", XML, "allowed", XML],
  ["look at Role B", XML, NO_ROLE, XML],
  ["loosen Role B", XML, NO_ROLE, XML],
];

function attempts(column: 1 | 2 | 3, tried: (name: string) => boolean = () => true): Record<string, string> {
  return Object.fromEntries(ATTEMPTS.filter(([name]) => tried(name)).map((row) => [row[0], row[column]]));
}

export const REFUSALS: BotoLadder["refusals"] = {
  outsider: attempts(1),
  neighbour: attempts(2),
  stranger: attempts(2, (name) => name !== "delete a stranger's key"),
  analyst: attempts(3, (name) => name !== "query"),
  "person of the hub": attempts(2, (name) => name.startsWith("assume")),
};
