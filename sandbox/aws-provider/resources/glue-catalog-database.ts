import type { CatalogDatabaseArgs, CatalogDatabaseState } from "@pulumi/aws/glue";
import type { DatabaseInput, Permission } from "@aws-sdk/client-glue";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, ownTags } from "../tags";

const notFound = "EntityNotFoundException";

export const catalogDatabase = resourceType<CatalogDatabaseArgs, CatalogDatabaseState>({
  token: "aws:glue/catalogDatabase:CatalogDatabase",
  properties: {
    catalogId: { computed: true, replaces: true },
    createTableDefaultPermissions: { computed: true },
    "createTableDefaultPermissions.permissions": { set: true },
    description: {},
    locationUri: { computed: true },
    name: { replaces: true },
    parameters: {},
    tags: {},
    targetDatabase: {},
  },
  identity: ["catalogId", "name"],
  naming: { property: "name", maxLength: 255, lowerCase: true },
  omits: ["federatedDatabase"],

  async create(cloud, inputs, exists) {
    const glue = await cloud.glue();
    const CatalogId = inputs.catalogId ?? cloud.accountId;
    await glue.createDatabase({ CatalogId, DatabaseInput: databaseInput(inputs), Tags: inputs.tagsAll });
    exists(`${CatalogId}:${inputs.name ?? ""}`);
  },

  async read(cloud, id) {
    const glue = await cloud.glue();
    const { CatalogId, Name } = splitId(id);
    const answer = await unlessGone(glue.getDatabase({ CatalogId, Name }), notFound);
    const found = answer?.Database;
    if (found === undefined) return undefined;
    const arn = arnOf(cloud, id);
    const { Tags } = (await unlessGone(glue.getTags({ ResourceArn: arn }), notFound)) ?? {};
    return {
      arn,
      catalogId: found.CatalogId ?? CatalogId,
      createTableDefaultPermissions: found.CreateTableDefaultPermissions?.map(
        ({ Permissions, Principal }) => ({
          permissions: Permissions,
          principal: Principal && { dataLakePrincipalIdentifier: Principal.DataLakePrincipalIdentifier },
        }),
      ),
      description: found.Description,
      locationUri: found.LocationUri,
      name: found.Name,
      parameters: found.Parameters,
      tagsAll: ownTags(Tags),
      targetDatabase: found.TargetDatabase && {
        catalogId: found.TargetDatabase.CatalogId ?? "",
        databaseName: found.TargetDatabase.DatabaseName ?? "",
        region: found.TargetDatabase.Region,
      },
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const glue = await cloud.glue();
    const { CatalogId, Name } = splitId(id);
    if ([...changed].some((name) => name !== "tags" && name !== "tagsAll")) {
      await glue.updateDatabase({ CatalogId, Name, DatabaseInput: databaseInput(inputs) });
    }
    const ResourceArn = arnOf(cloud, id);
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (TagsToAdd) => glue.tagResource({ ResourceArn, TagsToAdd }),
      (TagsToRemove) => glue.untagResource({ ResourceArn, TagsToRemove }),
    );
  },

  async delete(cloud, id) {
    const glue = await cloud.glue();
    await unlessGone(glue.deleteDatabase(splitId(id)), notFound);
  },
});

/** An id of the form `<catalog id>:<database>`; an account's catalog has the account's id. */
function splitId(id: string): { CatalogId: string; Name: string } {
  const colon = id.indexOf(":");
  if (colon < 1) throw new Error(`"${id}" is not the id of a database: write it as <catalog id>:<database>`);
  return { CatalogId: id.slice(0, colon), Name: id.slice(colon + 1) };
}

function arnOf(cloud: Cloud, id: string): string {
  const { CatalogId, Name } = splitId(id);
  return `arn:${cloud.partition}:glue:${cloud.region}:${CatalogId}:database/${Name}`;
}

function databaseInput(inputs: Known<CatalogDatabaseArgs>): DatabaseInput {
  const { targetDatabase: target } = inputs;
  return {
    Name: inputs.name,
    CreateTableDefaultPermissions: inputs.createTableDefaultPermissions?.map(
      ({ permissions, principal }) => ({
        Permissions: permissions as Permission[] | undefined,
        Principal: principal && { DataLakePrincipalIdentifier: principal.dataLakePrincipalIdentifier },
      }),
    ),
    Description: inputs.description,
    LocationUri: inputs.locationUri,
    Parameters: inputs.parameters,
    TargetDatabase: target && {
      CatalogId: target.catalogId,
      DatabaseName: target.databaseName,
      Region: target.region,
    },
  };
}
