import type { DataCatalogArgs, DataCatalogState } from "@pulumi/aws/athena";
import type { DataCatalogType } from "@aws-sdk/client-athena";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { sameValue } from "../equality";
import { resourceType } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";
import { isValues, type Value, type Values } from "../values";

export const dataCatalog = resourceType<DataCatalogArgs, DataCatalogState>({
  token: "aws:athena/dataCatalog:DataCatalog",
  properties: {
    description: {},
    name: { replaces: true },
    parameters: { same: (left, right) => sameValue(spelled(left), spelled(right)) },
    tags: {},
    type: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 127 },

  async create(cloud, inputs, exists) {
    const athena = await cloud.athena();
    const Name = inputs.name ?? "";
    const { DataCatalog } = await athena.createDataCatalog({
      Name,
      Description: inputs.description,
      Parameters: inputs.parameters,
      Tags: tagList(inputs.tagsAll),
      Type: inputs.type as DataCatalogType,
    });
    exists(Name);
    if (DataCatalog?.Status === "CREATE_FAILED") {
      throw new Error(
        `catalog "${Name}" failed to be made: ${DataCatalog.Error ?? "Athena gives no reason"}`,
      );
    }
  },

  async read(cloud, id) {
    const athena = await cloud.athena();
    const answer = await unlessMissing(athena.getDataCatalog({ Name: id }));
    const found = answer?.DataCatalog;
    if (found === undefined) return undefined;
    const arn = arnOf(cloud, id);
    const { Tags } = await athena.listTagsForResource({ ResourceARN: arn });
    return {
      arn,
      description: found.Description,
      name: found.Name,
      parameters: found.Parameters,
      tagsAll: tagRecord(Tags),
      type: found.Type,
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const athena = await cloud.athena();
    if (["description", "parameters", "type"].some((name) => changed.has(name))) {
      await athena.updateDataCatalog({
        Name: id,
        Description: inputs.description,
        Parameters: inputs.parameters,
        Type: inputs.type as DataCatalogType,
      });
    }
    const ResourceARN = arnOf(cloud, id);
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => athena.tagResource({ ResourceARN, Tags: tagList(tags) }),
      (TagKeys) => athena.untagResource({ ResourceARN, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const athena = await cloud.athena();
    await unlessMissing(athena.deleteDataCatalog({ Name: id }));
  },
});

/** Athena says "invalid request" of a catalog that does not exist. */
async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await unlessGone(call, "ResourceNotFoundException");
  } catch (error) {
    if (isErrorSaying(error, "InvalidRequestException", /was not found|not found|does not exist/i))
      return undefined;
    throw error;
  }
}

function arnOf(cloud: Cloud, name: string): string {
  return `arn:${cloud.partition}:athena:${cloud.region}:${cloud.accountId}:datacatalog/${name}`;
}

/** One `function` for both metadata and records: Athena may tell it as two. */
function spelled(parameters: Value): Value {
  if (!isValues(parameters)) return parameters;
  const { function: both, ...rest }: Values = parameters;
  return both === undefined ? rest : { ...rest, "metadata-function": both, "record-function": both };
}
