import { AwsError } from "../errors";
import type { ResourceKind, StackCaller } from "./resource-kind";

type Properties = Readonly<Record<string, unknown>>;

/** A function that a stack makes, of an image or a zip file in S3. */
export const lambdaFunction: ResourceKind = {
  properties: [
    "Code",
    "Description",
    "Environment",
    "FunctionName",
    "Handler",
    "ImageConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Tags",
    "Timeout",
  ],
  required: ["Code", "Role"],
  createOnly: ["FunctionName", "PackageType"],
  nameProperty: "FunctionName",

  async create(caller, name, properties) {
    const FunctionName = nameIn(properties) ?? name;
    const made = await call(caller, "CreateFunction", "POST", "/2015-03-31/functions", {
      FunctionName,
      Code: properties["Code"],
      PackageType: properties["PackageType"],
      Tags: tagsOf(properties),
      ...settings(properties),
    });
    return { physicalId: FunctionName, attributes: { Arn: String(made["FunctionArn"]) } };
  },

  async update(caller, { physicalId: FunctionName, attributes }, before, after) {
    const path = `/2015-03-31/functions/${FunctionName}`;
    if (!same(settings(before), settings(after)))
      await call(caller, "UpdateFunctionConfiguration", "PUT", `${path}/configuration`, {
        FunctionName,
        ...settings(after),
      });
    if (!same(before["Code"], after["Code"]))
      await call(caller, "UpdateFunctionCode", "PUT", `${path}/code`, {
        FunctionName,
        ...(after["Code"] as object),
      });
    if (same(tagsOf(before), tagsOf(after))) return;
    const Resource = attributes["Arn"] ?? "";
    const tags = `/2017-03-31/tags/${encodeURIComponent(Resource)}`;
    await call(caller, "TagResource", "POST", tags, { Resource, Tags: tagsOf(after) });
  },

  async delete(caller, { physicalId: FunctionName }) {
    try {
      await call(caller, "DeleteFunction", "DELETE", `/2015-03-31/functions/${FunctionName}`, {
        FunctionName,
      });
    } catch (error) {
      // What is already gone needs no deletion.
      if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    }
  },
};

function call(caller: StackCaller, operation: string, method: string, path: string, input: object) {
  return caller.rest("lambda", operation, method, path, input as Record<string, unknown>);
}

function nameIn(properties: Properties): string | undefined {
  const name = properties["FunctionName"];
  return typeof name === "string" ? name : undefined;
}

/** What creation and UpdateFunctionConfiguration both take; CloudFormation's numbers may be texts. */
function settings(properties: Properties): Record<string, unknown> {
  const number = (name: string) => (properties[name] === undefined ? undefined : Number(properties[name]));
  return {
    Description: properties["Description"],
    Environment: properties["Environment"],
    Handler: properties["Handler"],
    ImageConfig: properties["ImageConfig"],
    MemorySize: number("MemorySize"),
    Role: properties["Role"],
    Runtime: properties["Runtime"],
    Timeout: number("Timeout"),
  };
}

function tagsOf(properties: Properties): Record<string, string> {
  const tags = properties["Tags"] ?? [];
  if (!Array.isArray(tags))
    throw new AwsError("ValidationError", "Value of property Tags must be of type List");
  return Object.fromEntries(
    (tags as { Key: unknown; Value: unknown }[]).map(({ Key, Value }) => [String(Key), String(Value)]),
  );
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
