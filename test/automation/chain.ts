/** A checkout with environment and request, and an AWS in which everything that onboarding makes is there. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { spillBucketPolicy } from "../../access/bucket";
import { invokeStatement, spokeInvokeGrants } from "../../access/connector";
import type { Environment } from "../../access/environment";
import {
  analystRole,
  catalogsOf,
  connectorArn,
  dataSourceArnOf,
  outputLocationOf,
  roleAArn,
  sharedRoleAName,
  roleBArn,
  roleBName,
} from "../../access/names";
import { dataSetsOf } from "../../access/data-set";
import { dataSetPermissions, dataSourcePermissions } from "../../access/quick";
import type { SpokeRequest } from "../../access/request";
import { roleAPermissions, roleATrust } from "../../access/role-a";
import { analystPermissions, analystTrust } from "../../access/analyst";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import type { Context } from "../../automation/context";
import type { Plan } from "../../automation/engine/plan";
import type { StackState } from "../../automation/engine/state";
import type { Message } from "../../automation/message";
import { environmentWith, HUB, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { FakeCloud } from "./fake-cloud";
import { changeOf, FakeEngine, resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");

/** The hub and the producer as an environment's update leaves them. */
export function deployedEnvironmentCloud(environment: Environment = environmentWith()): FakeCloud {
  const cloud = new FakeCloud();
  const hub = cloud.account(HUB);
  hub.quick = { edition: "ENTERPRISE", status: "ACCOUNT_CREATED" };
  hub.principals.add("us-east-1 default group/bi-admins").add("us-east-1 default group/bi-authors");
  hub.roles.set(sharedRoleAName(environment), {
    trust: roleATrust(environment),
    policies: roleAPermissions(environment),
    tags: {},
  });
  const producer = cloud.account(PRODUCER);
  producer.functions.set("acct1dynamodb", []);
  producer.dynamoTables.add("Music");
  producer.catalogs.set("acct1dynamodb", { type: "LAMBDA", functionArn: undefined });
  producer.buckets.set("dev-music-athena-spill-122222222222", {
    policy: spillBucketPolicy(environment, "music"),
    keys: [],
  });
  return cloud;
}

/** Hub and producer without what the environment made, as its destroy leaves them. */
export function undeploy(cloud: FakeCloud): void {
  const producer = cloud.account(PRODUCER);
  const { functions, catalogs, buckets, dynamoTables } = producer;
  for (const all of [functions, catalogs, buckets, dynamoTables, cloud.account(HUB).roles]) all.clear();
}

/** Adds what onboarding makes. */
export function onboardInto(
  cloud: FakeCloud,
  request: SpokeRequest = requestWith(),
  changes = {},
): Environment {
  const environment = environmentWith({ spokes: { sales: registeredSales }, ...changes });
  const spoke = cloud.account(SPOKE);
  spoke.roles.set(roleBName(request, environment), {
    trust: roleBTrust(request, environment),
    policies: new Map([["AthenaGlueS3Access", roleBPermissions(request, environment)]]),
    tags: {},
  });
  const analyst = analystRole(request, environment);
  if (analyst !== undefined)
    spoke.roles.set(analyst, {
      trust: analystTrust(request),
      policies: new Map([["AthenaQueries", analystPermissions(request, environment)]]),
      tags: {},
    });
  spoke.workgroups.set("dev-sales", {
    enabled: true,
    enforced: true,
    encryption: "SSE_S3",
    managedResults: false,
    bytesScannedCutoff: request.workgroup.bytesScannedCutoff,
    outputLocation: outputLocationOf(request),
  });
  spoke.buckets.set("dev-sales-athena-results-133333333333", { keys: [] });
  spoke.buckets.set("dev-sales-athena-data-133333333333", { keys: ["orders/orders.csv"] });
  spoke.databases.set("sales", ["orders"]);
  spoke.rows = [["artist"], ["Acme Band"]];
  cloud.account(PRODUCER).rows = spoke.rows;
  for (const { catalog, connector } of catalogsOf(request, environment)) {
    spoke.catalogs.set(catalog, { type: "LAMBDA", functionArn: connectorArn(connector) });
    cloud.account(PRODUCER).functions.set(
      connector.name,
      spokeInvokeGrants(request, environment, connector).map((grant) => ({
        ...invokeStatement(connector, grant),
      })),
    );
  }
  const bucket = cloud.account(PRODUCER).buckets.get("dev-music-athena-spill-122222222222");
  if (bucket !== undefined) bucket.policy = spillBucketPolicy(environment, "music");
  cloud.account(HUB).dataSources.set("dev-sales", {
    arn: dataSourceArnOf(request, environment),
    type: "ATHENA",
    status: "CREATION_SUCCESSFUL",
    roleArn: roleAArn(environment, request),
    consumerAccountRoleArn: roleBArn(request, environment),
    workgroup: "dev-sales",
    error: undefined,
    permissions: dataSourcePermissions(request, environment),
  });
  for (const { id, importMode, table, columns } of dataSetsOf(request, environment))
    cloud.account(HUB).dataSets.set(id, {
      importMode,
      dataSource: dataSourceArnOf(request, environment),
      ...table,
      columns: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
      permissions: dataSetPermissions(request, environment),
      ...(importMode === "SPICE"
        ? { ingestion: { status: "COMPLETED", rows: 3, dropped: 0, error: undefined } }
        : {}),
    });
  return environment;
}

/** Takes away what a plan deletes, and lets the producer's bucket forget the spoke, as the environment's update does. */
function takeAway(cloud: FakeCloud, { changes }: Plan): void {
  // What is in a bucket goes before it.
  const ordered = [...changes].sort(
    (one, other) => Number(other.noun === "object") - Number(one.noun === "object"),
  );
  for (const { noun, name, account = "", kept } of ordered) {
    if (kept) continue;
    const at = cloud.account(account);
    switch (noun) {
      case "role":
        at.roles.delete(name);
        break;
      case "Athena workgroup":
        at.workgroups.delete(name);
        break;
      case "Athena catalog":
        at.catalogs.delete(name);
        break;
      case "object":
        for (const bucket of at.buckets.values()) bucket.keys = bucket.keys.filter((key) => key !== name);
        break;
      case "bucket":
        if ((at.buckets.get(name)?.keys ?? []).length > 0) throw new Error(`BucketNotEmpty: ${name}`);
        at.buckets.delete(name);
        break;
      case "Glue database":
        at.databases.delete(name);
        break;
      case "DynamoDB table":
        at.dynamoTables.delete(name);
        break;
      case "Quick data source":
        at.dataSources.delete(name);
        break;
      case "Lambda permission":
        for (const [each, statements] of at.functions)
          at.functions.set(
            each,
            statements.filter(({ Sid }) => Sid !== name),
          );
    }
  }
  for (const bucket of cloud.account(PRODUCER).buckets.values())
    bucket.policy &&= spillBucketPolicy(environmentWith(), "music");
}

/** What the spoke's stack knows of after onboarding. */
export function onboardedState(request: SpokeRequest = requestWith()): Omit<StackState, "stack"> {
  return {
    outputs: { spoke: request },
    pending: [],
    resources: [
      resourceOf("role", "qs-athena-consumer-role", SPOKE),
      resourceOf("role", "analyst", SPOKE),
      resourceOf("Athena workgroup", "dev-sales", SPOKE),
      resourceOf("bucket", "dev-sales-athena-results-133333333333", SPOKE, {
        bucket: "dev-sales-athena-results-133333333333",
      }),
      resourceOf("encryption of bucket", "dev-sales-athena-results-133333333333", SPOKE, {
        bucket: "dev-sales-athena-results-133333333333",
      }),
      resourceOf("bucket", "dev-sales-athena-data-133333333333", SPOKE, {
        bucket: "dev-sales-athena-data-133333333333",
      }),
      resourceOf("object", "orders/orders.csv", SPOKE, {
        bucket: "dev-sales-athena-data-133333333333",
        key: "orders/orders.csv",
      }),
      resourceOf("Glue database", "sales", SPOKE),
      resourceOf("Glue table", "orders", SPOKE, { name: "orders", databaseName: "sales" }),
      resourceOf("Athena catalog", "acct1dynamodb", SPOKE),
      resourceOf("Lambda permission", "CrossAccountInvocationStatement-dev-sales", PRODUCER),
      resourceOf("Quick data source", "dev-sales", HUB),
    ],
  };
}

/** A checkout with the examples' environment deployed, ready for an onboarding. */
export interface Chain {
  readonly project: string;
  readonly cloud: FakeCloud;
  readonly engine: FakeEngine;
  readonly messages: Message[];
  /** How questions are answered. */
  answer: boolean;
  /** Interrupts what runs. */
  readonly interrupt: AbortController;
  readonly context: Context;
}

export async function chain(): Promise<Chain> {
  const project = await mkdtemp(path.join(tmpdir(), "athena-spokes-automation-"));
  await writeFile(path.join(project, "Pulumi.yaml"), "name: athena-spokes\nruntime: nodejs\n");
  await writeFile(
    path.join(project, "Pulumi.dev.yaml"),
    await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"),
  );
  const cloud = deployedEnvironmentCloud();
  const engine = new FakeEngine();
  engine.states.set("dev", {
    stack: "dev",
    outputs: { environment: environmentWith() },
    resources: [],
    pending: [],
  });
  engine.plans.set("dev", [changeOf("bucket policy", "spill", PRODUCER, "update")]);
  engine.plans.set("dev-sales", [changeOf("role", "qs-athena-consumer-role", SPOKE)]);
  engine.updates.set("dev", () => ({
    outputs: { environment: environmentWith({ spokes: { sales: registeredSales } }) },
    resources: [],
    pending: [],
  }));
  engine.updates.set("dev-sales", () => {
    onboardInto(cloud);
    return onboardedState();
  });
  engine.onDestroy = (plan) => {
    takeAway(cloud, plan);
  };
  const messages: Message[] = [];
  const interrupt = new AbortController();
  const made: Chain = {
    project,
    cloud,
    engine,
    messages,
    answer: true,
    interrupt,
    context: {
      project,
      cloud,
      engine,
      signal: interrupt.signal,
      // What is gone here is gone at once.
      patience: 0,
      report: (message) => messages.push(message),
      confirm: () => Promise.resolve(made.answer),
    },
  };
  return made;
}

/** The error that an operation ends with. */
export async function failureOf(operation: Promise<unknown>): Promise<unknown> {
  try {
    await operation;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("it did not fail");
}
