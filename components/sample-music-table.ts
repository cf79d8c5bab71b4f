import { Table } from "@pulumi/aws/dynamodb/table";
import { TableItem } from "@pulumi/aws/dynamodb/tableItem";
import * as pulumi from "@pulumi/pulumi";
import { SAMPLE_TABLE } from "../access/names";

/** The items of AWS's "Getting started with DynamoDB" (R24). */
const ITEMS = [
  { Artist: "No One You Know", SongTitle: "Call Me Today", AlbumTitle: "Somewhat Famous", Awards: 1 },
  { Artist: "No One You Know", SongTitle: "Howdy", AlbumTitle: "Somewhat Famous", Awards: 2 },
  { Artist: "Acme Band", SongTitle: "Happy Day", AlbumTitle: "Songs About Life", Awards: 10 },
  { Artist: "Acme Band", SongTitle: "PartiQL Rocks", AlbumTitle: "Another Album Title", Awards: 8 },
] as const;

/** The DynamoDB table `Music` with its sample items, for trying things out (R24). */
export class SampleMusicTable extends pulumi.ComponentResource {
  public constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:SampleMusicTable", name, {}, opts);
    const child = { parent: this };
    const table = new Table(
      name,
      {
        name: SAMPLE_TABLE,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "Artist",
        rangeKey: "SongTitle",
        attributes: [
          { name: "Artist", type: "S" },
          { name: "SongTitle", type: "S" },
        ],
        pointInTimeRecovery: { enabled: true },
      },
      child,
    );
    for (const [index, item] of ITEMS.entries())
      new TableItem(
        `${name}-item-${index + 1}`,
        { tableName: table.name, hashKey: "Artist", rangeKey: "SongTitle", item: attributeValues(item) },
        child,
      );
    this.registerOutputs();
  }
}

function attributeValues(item: Readonly<Record<string, string | number>>): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(item).map(([key, value]) => [
        key,
        typeof value === "number" ? { N: String(value) } : { S: value },
      ]),
    ),
  );
}
