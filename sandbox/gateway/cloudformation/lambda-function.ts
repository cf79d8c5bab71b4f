import { AwsError } from "../errors";
import type { Properties, ResourceKind } from "./resource-kind";

/** A function that a stack makes of an image. */
export const lambdaFunction: ResourceKind = {
  properties: [
    "Code",
    "Description",
    "Environment",
    "FunctionName",
    "ImageConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Tags",
    "Timeout",
  ],
  required: ["Code", "Role"],
  createOnly: ["FunctionName", "PackageType"],
  nameProperty: "FunctionName",

  async create(caller, name, properties) {
    const { FunctionName = name, Code, PackageType } = properties;
    const made = await caller.lambda({
      operation: "CreateFunction",
      method: "POST",
      path: "/2015-03-31/functions",
      input: { FunctionName, Code, PackageType, Tags: tagsOf(properties), ...settings(properties) },
    });
    return { physicalId: String(FunctionName), attributes: { Arn: String(made["FunctionArn"]) } };
  },

  async update(caller, { physicalId: FunctionName, attributes }, before, after) {
    const path = `/2015-03-31/functions/${FunctionName}`;
    if (!same(settings(before), settings(after)))
      await caller.lambda({
        operation: "UpdateFunctionConfiguration",
        method: "PUT",
        path: `${path}/configuration`,
        input: { FunctionName, ...settings(after) },
      });
    if (!same(before["Code"], after["Code"]))
      await caller.lambda({
        operation: "UpdateFunctionCode",
        method: "PUT",
        path: `${path}/code`,
        input: { FunctionName, ...(after["Code"] as object) },
      });
    const [old, wanted] = [tagsOf(before), tagsOf(after)];
    const Resource = attributes["Arn"] ?? "";
    const tags = `/2017-03-31/tags/${encodeURIComponent(Resource)}`;
    if (!same(old, wanted))
      await caller.lambda({
        operation: "TagResource",
        method: "POST",
        path: tags,
        input: { Resource, Tags: wanted },
      });
    for (const key of Object.keys(old).filter((each) => wanted[each] === undefined))
      await caller.lambda({
        operation: "UntagResource",
        method: "DELETE",
        path: `${tags}?tagKeys=${encodeURIComponent(key)}`,
        input: { Resource },
      });
  },

  async delete(caller, { physicalId: FunctionName }) {
    try {
      await caller.lambda({
        operation: "DeleteFunction",
        method: "DELETE",
        path: `/2015-03-31/functions/${FunctionName}`,
        input: { FunctionName },
      });
    } catch (error) {
      // What is already gone needs no deletion.
      if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    }
  },
};

/** What creation and UpdateFunctionConfiguration both take; CloudFormation's numbers may be texts. */
function settings(properties: Properties): Properties {
  const number = (name: string) => (properties[name] === undefined ? undefined : Number(properties[name]));
  return {
    Description: properties["Description"],
    Environment: properties["Environment"],
    ImageConfig: properties["ImageConfig"],
    MemorySize: number("MemorySize"),
    Role: properties["Role"],
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
