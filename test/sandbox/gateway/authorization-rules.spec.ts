import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { Authorization } from "../../../sandbox/gateway/authorization/authorization";
import { inputOf } from "../../../sandbox/gateway/authorization/need";
import { Resources } from "../../../sandbox/gateway/authorization/resources";
import { ruleOf } from "../../../sandbox/gateway/authorization/rules";
import type { Call } from "../../../sandbox/gateway/call";
import { AwsError } from "../../../sandbox/gateway/errors";
import type { Protocol } from "../../../sandbox/gateway/errors";
import { Identities } from "../../../sandbox/gateway/identities";
import { Moto } from "../../../sandbox/gateway/moto";
import type { Principal } from "../../../sandbox/gateway/principal";
import { isOperation, operationAtPath, operationsOf, route } from "../../../sandbox/gateway/routes";
import type { GatewayState } from "../../../sandbox/gateway/state";

const ROOT = path.resolve(__dirname, "../../..");

/** What the SDK's packages are called -> how their requests are signed. */
const SIGNED_AS: Readonly<Record<string, string>> = {
  cloudwatch: "monitoring",
  "cloudwatch-logs": "logs",
  cloudcontrol: "cloudcontrolapi",
};

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => readFileSync(path.join(ROOT, folder, file), "utf8"));
}

/**
 * `service:Operation` of every call that a source makes: as it labels them itself, or else by commands, or by the methods
 * of aggregated clients.
 */
function operationsIn(source: string): string[] {
  const labelled = [...source.matchAll(/called\(\s*"([a-z0-9]+):(\w+)"/g)].map(
    ([, service = "", operation = ""]) => `${SIGNED_AS[service] ?? service}:${operation}`,
  );
  if (labelled.length > 0) return labelled;
  const packages = [...source.matchAll(/@aws-sdk\/client-([a-z0-9-]+)/g)].map(([, name = ""]) => name);
  const clients = [...source.matchAll(/cloud\.(\w+)\(\)/g)].map(([, name = ""]) => name);
  const services = new Set([...packages, ...clients].map((name) => SIGNED_AS[name] ?? name));
  const commands = [...source.matchAll(/\b([A-Z]\w+)Command\b/g)].map(([, name = ""]) => name);
  const methods = [...source.matchAll(/\.([a-z]\w+)\(/g)].map(
    ([, name = ""]) => name.charAt(0).toUpperCase() + name.slice(1),
  );
  return [...services].flatMap((service) =>
    [...commands, ...methods]
      .filter((operation) => isOperation(service, operation) === true)
      .map((operation) => `${service}:${operation}`),
  );
}

/** The emulator with nothing in it but one account's user, who may do everything. */
class EmptyMoto extends Moto {
  constructor() {
    super(1);
  }

  override own<T>(_method: "GET" | "POST", asked: string): Promise<T> {
    const everything = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    };
    const user = {
      arn: "arn:aws:iam::120000000001:user/u",
      id: "AIDAAAAAAAAAAAAAAAAAA",
      inline: { everything },
      attached: {},
      boundary: null,
      groups: [],
      tags: {},
    };
    return Promise.resolve(
      (asked.startsWith("iam/") ? { users: { u: user }, roles: {}, groups: {} } : null) as T,
    );
  }
}

const PRINCIPAL: Principal = {
  type: "user",
  account: "120000000001",
  name: "u",
  arn: "arn:aws:iam::120000000001:user/u",
  id: "AIDAAAAAAAAAAAAAAAAAA",
};

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  iam: "query",
  sts: "query",
  cloudformation: "query",
  lambda: "rest-json",
  quicksight: "rest-json",
  s3: "rest-xml",
};

/** Members that rules look at; with any other they do nothing. */
const MEMBERS = [
  "Name WorkGroup CatalogName CatalogId DatabaseName TableName DatabaseInput TableInput FunctionName Qualifier Role KeyId",
  "CiphertextBlob TargetKeyId AliasName EncryptionContext Constraints Operations Tags TagKeys TagsToAdd ResourceArn",
  "ResourceARN RequestItems TransactItems Key Item KeyConditionExpression DataSourceParameters RoleName UserName Path",
  "Tags.member.1.Key PermissionsBoundary PolicyArn StackName RoleARN Bucket logGroupName QueryExecutionIds SecretId",
]
  .join(" ")
  .split(" ");

describe("gateway: the tables of permissions", () => {
  it("know every operation that the project's own code uses", () => {
    const used = new Set(
      [...sources("automation"), ...sources("sandbox/aws-provider")].flatMap(operationsIn),
    );
    // Fewer would mean that the search above no longer sees them.
    expect(used.size).to.be.greaterThan(130);
    const missing = [...used].filter((name) => {
      const [service = "", operation = ""] = name.split(":");
      return ruleOf(service, operation) === undefined;
    });
    expect(missing).to.deep.equal([]);
  });

  it("know what the real aws-native provider asks of Cloud Control", () => {
    const missing = operationsOf("cloudcontrolapi").filter(
      (name) => ruleOf("cloudcontrolapi", name) === undefined,
    );
    expect(missing).to.deep.equal([]);
  });

  it("do not know what no service has, nor names of JavaScript's own", () => {
    for (const [service, operation] of [
      ["s3", "constructor"],
      ["s3", "toString"],
      ["constructor", "name"],
      ["sqs", "SendMessage"],
      ["athena", "Nothing"],
    ] as const) {
      expect(ruleOf(service, operation), `${service}:${operation}`).to.equal(undefined);
    }
  });

  describe("read what is said twice, or oddly, as it is executed", () => {
    const asked = (given: Partial<Call>): Call => ({
      service: "s3",
      operation: "DeleteObjects",
      protocol: "rest-xml",
      region: "us-east-1",
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers: {},
      labels: {},
      authorization: {} as Call["authorization"],
      body: undefined,
      ...given,
    });
    const needs = async (call: Call): Promise<string[]> => {
      const moto = new EmptyMoto();
      const found = await ruleOf(
        call.service,
        call.operation,
      )?.({
        call,
        principal: PRINCIPAL,
        account: PRINCIPAL.account,
        region: call.region,
        input: inputOf(call),
        resources: new Resources(moto),
        identities: new Identities(moto),
        state: { tags: {}, queryExecutions: {}, lakeFormation: {} } as unknown as GatewayState,
      });
      return (found ?? []).map(({ action, resource }) => `${action} ${resource}`);
    };
    const deletion = (xml: string): Call => asked({ labels: { Bucket: "b" }, body: Buffer.from(xml) });
    const everything = ["s3:DeleteObject arn:aws:s3:::b/*"];

    const rows: readonly (readonly [title: string, call: Call, needs: readonly string[]])[] = [
      [
        "the first of two parameters of Query",
        asked({
          service: "iam",
          operation: "DeleteRole",
          protocol: "query",
          body: Buffer.from("Action=DeleteRole&RoleName=first&RoleName=second"),
        }),
        ["iam:DeleteRole arn:aws:iam::120000000001:role/first"],
      ],
      [
        "the body of REST, not a query of the same name",
        asked({
          service: "lambda",
          operation: "CreateFunction",
          protocol: "rest-json",
          query: new URLSearchParams({ FunctionName: "query" }),
          body: Buffer.from('{"FunctionName":"body"}'),
        }),
        ["lambda:CreateFunction arn:aws:lambda:us-east-1:120000000001:function:body"],
      ],
      [
        "objects to delete",
        deletion(
          "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>v</VersionId></Object></Delete>",
        ),
        ["s3:DeleteObject arn:aws:s3:::b/a", "s3:DeleteObjectVersion arn:aws:s3:::b/b"],
      ],
      [
        "an attribute",
        deletion('<Delete><Object><Key>a</Key></Object><Object x="1"><Key>b</Key></Object></Delete>'),
        everything,
      ],
      [
        "two keys in one object",
        deletion("<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>"),
        everything,
      ],
      [
        "a namespace prefix",
        deletion("<Delete><Object><Key>a</Key></Object><s:Object><s:Key>b</s:Key></s:Object></Delete>"),
        everything,
      ],
      ["CDATA", deletion("<Delete><Object><Key><![CDATA[b]]></Key></Object></Delete>"), everything],
      ["nothing", deletion(""), everything],
      [
        "a share to delete",
        asked({
          service: "ram",
          operation: "DeleteResourceShare",
          protocol: "rest-json",
          query: new URLSearchParams({
            resourceShareArn: "arn:aws:ram:us-east-1:120000000001:resource-share/a",
          }),
        }),
        ["ram:DeleteResourceShare arn:aws:ram:us-east-1:120000000001:resource-share/a"],
      ],
      [
        "Lake Formation, which has actions without resources only",
        asked({ service: "lakeformation", operation: "GrantPermissions", protocol: "rest-json" }),
        ["lakeformation:GrantPermissions *"],
      ],
    ];
    for (const [title, call, expected] of rows) {
      it(title, async () => {
        expect(await needs(call)).to.deep.equal(expected);
      });
    }

    it("the path of services that name their operations there", () => {
      expect(operationAtPath("ram", "/createresourceshare")).to.equal("CreateResourceShare");
      expect(operationAtPath("lakeformation", "/GrantPermissions")).to.equal("GrantPermissions");
      expect(operationAtPath("ram", "/nothing")).to.equal(undefined);
      expect(operationAtPath("sqs", "/createresourceshare")).to.equal(undefined);
    });

    it("the slash that a key ends in", () => {
      const { labels } = route("s3", "PUT", "/b/folder/", new URLSearchParams(), {}) ?? { labels: {} };
      expect(labels).to.deep.equal({ Bucket: "b", Key: "folder/" });
    });
  });

  const anything = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "*",
      "arn:",
      "arn:aws:kms:us-east-1:120000000001:key/a",
      "arn:aws:lambda:us-east-1:1:function:f",
      "120000000001",
      "a/../b",
      "x:y",
    ),
    fc.jsonValue(),
  );
  const services = ["athena", "cloudcontrolapi", "dynamodb", "glue", "iam", "kms", "lambda", "logs"].concat(
    ...["organizations", "quicksight", "s3", "sts", "secretsmanager", "cloudformation", "ram"],
  );
  const operations = services.flatMap((service) =>
    (operationsOf(service).length > 0
      ? operationsOf(service)
      : ["CreateStack", "GetSecretValue", "TagResource"]
    )
      .filter((operation) => ruleOf(service, operation) !== undefined)
      .map((operation) => [service, operation] as const),
  );

  it("make of any request a decision or an error of AWS's, never a fault of the gateway", async () => {
    const identities = new Identities(new EmptyMoto());
    const state = {
      tags: {},
      changeSets: {},
      queryExecutions: {},
      lakeFormation: {},
    } as unknown as GatewayState;
    const authorization = new Authorization(true, new EmptyMoto(), identities, state);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...operations),
        fc.dictionary(fc.constantFrom(...MEMBERS), anything, { maxKeys: 6 }),
        fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.string() }),
        async ([service, operation], input, raw) => {
          const protocol = PROTOCOLS[service] ?? "json";
          const texts = Object.entries(input).map(([name, value]): [string, string] => [
            name,
            typeof value === "string" ? value : JSON.stringify(value),
          ]);
          const written =
            protocol === "query" ? new URLSearchParams(texts).toString() : JSON.stringify(input);
          const call: Call = {
            service,
            operation,
            protocol,
            region: "us-east-1",
            method: "POST",
            path: "/",
            query: new URLSearchParams(protocol === "rest-xml" ? texts : []),
            headers: { "x-amz-copy-source": texts[0]?.[1] ?? "", "x-amz-tagging": texts[1]?.[1] ?? "" },
            labels: protocol.startsWith("rest") ? Object.fromEntries(texts) : {},
            authorization: { accessKey: "", region: "us-east-1", service } as Call["authorization"],
            body: Buffer.from(raw ?? written),
          };
          try {
            expect(await authorization.authorize(call, PRINCIPAL)).to.match(/^\d{12}$/);
          } catch (error) {
            expect(error).to.be.instanceOf(AwsError);
            const { status } = error as AwsError;
            expect(status).to.be.within(400, 499);
          }
        },
      ),
      { numRuns: 3000, seed: 8 },
    );
  });
});
