import { expect } from "chai";
import { dataSetsOf } from "../../access/data-set";
import { InputError } from "../../access/faults";
import { levelsOf } from "../../access/level";
import { dataSetPermissions } from "../../access/quick";
import { faultsInEnvironment } from "../../access/request";
import { environmentWith, HUB, requestWith } from "../worlds";

const orders = { database: "sales", table: "orders" };
const music = {
  catalog: "acct1dynamodb",
  database: "default",
  table: "music",
  columns: { artist: "STRING" },
};

function faultsOf(changes: Record<string, unknown>): string[] {
  try {
    return faultsInEnvironment(requestWith(changes), environmentWith()).map(
      ({ path, message }) => `${path}: ${message}`,
    );
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return thrown.faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe("datasets (R66)", () => {
  it("have an id that no other level's have, and are queried directly unless asked otherwise", () => {
    const request = requestWith({
      datasets: {
        orders,
        songs: {
          ...music,
          name: "Songs",
          importMode: "SPICE",
          columns: { artist: "STRING", price: "DECIMAL" },
        },
      },
      classifications: {
        pii: {
          data: [{ database: "crm", tables: ["people"], prefixes: ["s3://lake/crm/"] }],
          datasets: { people: { database: "crm", table: "people", columns: { born: "DATETIME" } } },
        },
      },
    });
    const arn = (id: string) => `arn:aws:quicksight:us-east-1:${HUB}:dataset/${id}`;
    expect(levelsOf(request).flatMap((level) => dataSetsOf(level, environmentWith()))).to.deep.equal([
      {
        key: "orders",
        id: "dev-sales_orders",
        arn: arn("dev-sales_orders"),
        name: "orders - sales (dev)",
        table: { catalog: "AwsDataCatalog", ...orders },
        // Those of the sample data.
        columns: [
          { name: "artist", type: "STRING" },
          { name: "order_id", type: "INTEGER" },
          { name: "price", type: "DECIMAL" },
          { name: "quantity", type: "INTEGER" },
        ],
        importMode: "DIRECT_QUERY",
      },
      {
        key: "songs",
        id: "dev-sales_songs",
        arn: arn("dev-sales_songs"),
        name: "Songs",
        table: { catalog: "acct1dynamodb", database: "default", table: "music" },
        columns: [
          { name: "artist", type: "STRING" },
          { name: "price", type: "DECIMAL" },
        ],
        importMode: "SPICE",
      },
      {
        key: "people",
        id: "dev-sales--pii_people",
        arn: arn("dev-sales--pii_people"),
        name: "people - sales, pii (dev)",
        table: { catalog: "AwsDataCatalog", database: "crm", table: "people" },
        columns: [{ name: "born", type: "DATETIME" }],
        importMode: "DIRECT_QUERY",
      },
    ]);
    expect(faultsInEnvironment(request, environmentWith())).to.deep.equal([]);
  });

  it("are owned by those who own the data source, and used by its authors (R66, C16)", () => {
    const use = [
      "quicksight:DescribeDataSet",
      "quicksight:DescribeDataSetPermissions",
      "quicksight:PassDataSet",
      "quicksight:DescribeIngestion",
      "quicksight:ListIngestions",
    ];
    const own = [
      ...use,
      "quicksight:UpdateDataSet",
      "quicksight:DeleteDataSet",
      "quicksight:CreateIngestion",
      "quicksight:CancelIngestion",
      "quicksight:UpdateDataSetPermissions",
      "quicksight:DescribeDataSetRefreshProperties",
      "quicksight:PutDataSetRefreshProperties",
      "quicksight:DeleteDataSetRefreshProperties",
      "quicksight:ListRefreshSchedules",
      "quicksight:DescribeRefreshSchedule",
      "quicksight:CreateRefreshSchedule",
      "quicksight:UpdateRefreshSchedule",
      "quicksight:DeleteRefreshSchedule",
    ];
    const request = requestWith({ dataSource: { authors: ["user/ann", "group/bi-admins"] } });
    const group = `arn:aws:quicksight:us-east-1:${HUB}:group/default`;
    expect(dataSetPermissions(request, environmentWith())).to.deep.equal([
      { principal: `${group}/bi-admins`, actions: own },
      { principal: `${group}/bi-authors`, actions: use },
      { principal: `arn:aws:quicksight:us-east-1:${HUB}:user/default/ann`, actions: use },
    ]);
  });

  const readable = [
    { name: "a connector's table, whose name Athena shows in lower case", changes: { datasets: { music } } },
    {
      name: "any table of a database that is readable as a whole",
      changes: {
        data: [{ database: "crm", prefixes: ["s3://lake/crm/"] }],
        datasets: { people: { database: "crm", table: "people", columns: { name: "STRING" } } },
      },
    },
    {
      name: "a table and a database with the longest names that Glue takes",
      changes: {
        data: [{ database: "d".repeat(255), prefixes: ["s3://lake/crm/"] }],
        datasets: {
          people: {
            ...{ database: "d".repeat(255), table: "t".repeat(255) },
            columns: { ["c".repeat(127)]: "STRING" },
          },
        },
      },
    },
    {
      name: "the table of a connector that the spoke deploys",
      changes: {
        connectors: [{ deploy: { tables: ["Returns"] } }],
        datasets: { returned: { ...music, catalog: "salesdynamodb", table: "returns" } },
      },
    },
  ];
  for (const { name, changes } of readable)
    it(`may be over ${name}`, () => {
      expect(faultsOf(changes)).to.deep.equal([]);
    });

  const refused: readonly { name: string; changes: Record<string, unknown>; faults: readonly string[] }[] = [
    {
      name: "a table that Role B does not read, with those that it reads",
      changes: { datasets: { people: { database: "sales", table: "people", columns: { name: "STRING" } } } },
      faults: [
        "datasets.people: Role B of this level reads no AwsDataCatalog.sales.people, only acct1dynamodb.default.music, AwsDataCatalog.sales.orders: name one of these, or add the table to data",
      ],
    },
    {
      name: "a table of another level (R72)",
      changes: {
        data: [{ database: "crm", tables: ["people"], prefixes: ["s3://lake/crm/"] }],
        classifications: {
          pii: {
            data: [{ database: "hr", prefixes: ["s3://lake/hr/"] }],
            datasets: { people: { database: "crm", table: "people", columns: { name: "STRING" } } },
          },
        },
      },
      faults: [
        "classifications.pii.datasets.people: Role B of this level reads no AwsDataCatalog.crm.people, only AwsDataCatalog.hr.*: name one of these, or add the table to data",
      ],
    },
    {
      name: "a catalog that the spoke does not have",
      changes: { datasets: { music: { ...music, catalog: "films" } } },
      faults: [
        "datasets.music: Role B of this level reads no films.default.music, only acct1dynamodb.default.music, AwsDataCatalog.sales.orders: name one of these, or add the table to data",
      ],
    },
    {
      name: "columns that nobody has written",
      changes: { datasets: { music: { ...music, columns: undefined } } },
      faults: [
        'datasets.music.columns: the columns of "music" are not known here: write the name and type of each that the dataset is to have',
      ],
    },
    {
      name: "no columns at all",
      changes: { datasets: { music: { ...music, columns: {} } } },
      faults: ["datasets.music.columns: the dataset has no columns: write the name and type of each"],
    },
    {
      name: "one column twice",
      changes: { datasets: { music: { ...music, columns: { artist: "STRING", Artist: "STRING" } } } },
      faults: [
        "datasets.music.columns: two columns differ by upper and lower case only, which Athena does not tell apart: leave one out",
      ],
    },
    {
      name: "more columns than Quick takes",
      changes: {
        datasets: {
          music: {
            ...music,
            columns: Object.fromEntries(Array.from({ length: 2049 }, (_, i) => [`c${i}`, "STRING"])),
          },
        },
      },
      faults: [
        "datasets.music.columns: the dataset has more than 2048 columns, which Quick does not take: leave some out",
      ],
    },
    {
      name: "a type of Glue's in place of Quick's",
      changes: { datasets: { music: { ...music, columns: { artist: "varchar" } } } },
      faults: [
        'datasets.music.columns.artist: "varchar" is not a column type: write STRING or INTEGER or DECIMAL or DATETIME or BOOLEAN or BIT or JSON',
      ],
    },
    {
      name: "an import mode that is none",
      changes: { datasets: { orders: { ...orders, importMode: "CACHE" } } },
      faults: ['datasets.orders.importMode: "CACHE" is not a way of importing: write DIRECT_QUERY or SPICE'],
    },
    {
      name: "names that Quick or Athena do not take",
      changes: {
        datasets: {
          "my orders": orders,
          long: { database: "d".repeat(256), table: "Orders", columns: { 'a"b': "STRING" }, name: "" },
          longer: { database: "sales", table: "t".repeat(256), columns: { ["c".repeat(128)]: "STRING" } },
        },
      },
      faults: [
        'datasets.my orders: "my orders" is not a valid dataset: use 1-64 letters, digits and -',
        "datasets.long.name: the dataset name is empty: write 1-128 characters",
        `datasets.long.database: "${"d".repeat(256)}" is not a valid database of a dataset: use 1-255 lower-case letters, digits, _ and -`,
        'datasets.long.table: "Orders" is not a valid table of a dataset: use 1-255 lower-case letters, digits and _.- (Athena shows names in lower case)',
        'datasets.long.columns.a"b: "a\\"b" is not a valid column name: use 1-127 characters without quotes',
        `datasets.longer.table: "${"t".repeat(256)}" is not a valid table of a dataset: use 1-255 lower-case letters, digits and _.- (Athena shows names in lower case)`,
        `datasets.longer.columns.${"c".repeat(128)}: "${"c".repeat(128)}" is not a valid column name: use 1-127 characters without quotes`,
      ],
    },
    {
      name: "datasets that Quick could not query",
      changes: { quick: false, sampleData: false, datasets: { music } },
      faults: ["datasets: Quick would use it, and the request says `quick: false`: leave datasets out"],
    },
  ];
  for (const { name, changes, faults } of refused)
    it(`refuse ${name}`, () => {
      expect(faultsOf(changes)).to.deep.equal(faults);
    });
});
