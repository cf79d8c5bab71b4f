import { expect } from "chai";
import { producerBootstrap, readerBootstrap } from "../../access/bootstrap";
import type { Fault } from "../../access/faults";
import { InputError } from "../../access/faults";
import {
  executionPermissions,
  executionTrust,
  tableReaders,
  tableRolePermissions,
  tableRoleTrust,
} from "../../access/table-reader";
import { environmentWith, PRODUCER } from "../worlds";

const READER = "133333333335";

function environmentReadBy(tableReadersWritten: object, changes: object = {}) {
  return environmentWith({
    producers: {
      music: {
        account: PRODUCER,
        connectors: { acct1dynamodb: { tables: ["Music"] } },
        tableReaders: tableReadersWritten,
      },
    },
    ...changes,
  });
}

function only(changes: object = {}, environment: object = {}) {
  const [reader] = tableReaders(
    environmentReadBy({ lookup: { account: READER, table: "Music", ...changes } }, environment),
  );
  if (reader === undefined) throw new Error("there is no reader");
  return reader;
}

describe("a function that reads a table of another account (R95-R102)", () => {
  it("has a role in the table's account that its execution role alone may assume (R96, R98, C3, C9, C11)", () => {
    expect(only().role).to.equal("CrossAccountDynamoDBRole");
    expect(tableRoleTrust(only())).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ExecutionRoleReadsTable",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${READER}:root` },
          Action: "sts:AssumeRole",
          Condition: {
            ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${READER}:role/table-reader-lookup` },
          },
        },
      ],
    });
  });

  it("gets items of the one table, and nothing else (R97, C10)", () => {
    expect(tableRolePermissions(only())).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "GetItem",
          Effect: "Allow",
          Action: "dynamodb:GetItem",
          Resource: "arn:aws:dynamodb:us-east-1:122222222222:table/Music",
        },
      ],
    });
  });

  it("runs under a role that Lambda assumes, and that may go on into the other (R98, R101)", () => {
    expect(executionTrust()).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "LambdaRunsTableReader",
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    });
    expect(executionPermissions(only({ region: "eu-west-1" }))).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AssumeTableRole",
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Resource: "arn:aws:iam::122222222222:role/CrossAccountDynamoDBRole",
        },
        {
          Sid: "WriteLog",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: `arn:aws:logs:eu-west-1:${READER}:log-group:/aws/lambda/lookup:*`,
        },
      ],
    });
  });

  it("takes the names of a second environment, and its own (C28)", () => {
    expect(only({}, { names: "environment" }).role).to.equal("CrossAccountDynamoDBRole-dev");
    expect(only({ role: "LookupReads" }).role).to.equal("LookupReads");
  });

  const refused: { title: string; written: object; faults: Fault[] }[] = [
    {
      title: "the table's own account",
      written: { lookup: { account: PRODUCER, table: "Music" } },
      faults: [
        {
          path: "producers.music.tableReaders.lookup.account",
          message:
            "122222222222 is the table's own account, where a function needs no second role: name the account that the function runs in",
        },
      ],
    },
    {
      title: "two readers with one role",
      written: {
        lookup: { account: READER, table: "Music" },
        second: { account: READER, table: "Music" },
      },
      faults: [
        {
          path: "producers.music.tableReaders.second.role",
          message:
            '"CrossAccountDynamoDBRole" is the role of producers.music.tableReaders.lookup too, in the same account: name another',
        },
      ],
    },
    {
      title: "a name that Lambda would refuse",
      written: { "look up": { account: READER, table: "Music" } },
      faults: [
        {
          path: "producers.music.tableReaders.look up",
          message:
            '"look up" is not a valid function name: use 1-50 letters, digits, _ and - (it names the Lambda function)',
        },
      ],
    },
    {
      title: "values that AWS would refuse, all at once",
      written: { lookup: { account: "1", table: "a", region: "Frankfurt", timeout: 901, memory: 1 } },
      faults: [
        {
          path: "producers.music.tableReaders.lookup.account",
          message: '"1" is not an account id: write its 12 digits in quotes',
        },
        {
          path: "producers.music.tableReaders.lookup.region",
          message: '"Frankfurt" is not a valid Region: write it as AWS does, for example "us-east-1"',
        },
        {
          path: "producers.music.tableReaders.lookup.table",
          message: '"a" is not a valid DynamoDB table name: use 3-255 letters, digits and _.-',
        },
        {
          path: "producers.music.tableReaders.lookup.memory",
          message: "1 is not a table reader memory: write a whole number of MB from 128 to 10240",
        },
        {
          path: "producers.music.tableReaders.lookup.timeout",
          message: "901 is not a table reader timeout: write a whole number of seconds from 1 to 900",
        },
      ],
    },
  ];
  for (const { title, written, faults } of refused)
    it(`is refused: ${title}`, () => {
      expect(faultsOf(() => environmentReadBy(written))).to.deep.equal(faults);
    });

  describe("the roles of its deployers", () => {
    const trusted = ["arn:aws:iam::100000000000:user/admin"];
    const environment = environmentReadBy({
      lookup: { account: READER, table: "Music" },
      far: { account: READER, table: "Songs", role: "FarReads", region: "eu-west-1" },
    });

    it("make what the account has for its readers, in each Region, and no more", () => {
      const { roles, boundary } = readerBootstrap(environment, READER, trusted);
      const permissions = roles.get("athena-spokes-reader-deployer-dev")?.permissions;
      expect([...roles.keys()]).to.deep.equal(["athena-spokes-reader-deployer-dev"]);
      expect(permissions?.Statement.map(({ Sid, Resource }) => [Sid, Resource])).to.deep.equal([
        ...[
          "MakeRolesUnderBoundary",
          "RemoveRolesUnderBoundary",
          "ReadAndTagRoles",
          "PassExecutionRoles",
        ].map((sid) => [
          sid,
          [`arn:aws:iam::${READER}:role/table-reader-lookup`, `arn:aws:iam::${READER}:role/table-reader-far`],
        ]),
        ["Functions", [`arn:aws:lambda:us-east-1:${READER}:function:lookup`]],
        ["ReadFunctions", [`arn:aws:lambda:us-east-1:${READER}:function:lookup`]],
        [
          "LogGroups",
          [
            `arn:aws:logs:us-east-1:${READER}:log-group:/aws/lambda/lookup`,
            `arn:aws:logs:us-east-1:${READER}:log-group:/aws/lambda/lookup:*`,
          ],
        ],
        ["FindLogGroups", "*"],
        ["Functions2", [`arn:aws:lambda:eu-west-1:${READER}:function:far`]],
        ["ReadFunctions2", [`arn:aws:lambda:eu-west-1:${READER}:function:far`]],
        [
          "LogGroups2",
          [
            `arn:aws:logs:eu-west-1:${READER}:log-group:/aws/lambda/far`,
            `arn:aws:logs:eu-west-1:${READER}:log-group:/aws/lambda/far:*`,
          ],
        ],
        ["FindLogGroups2", "*"],
        ["ReadBoundary", `arn:aws:iam::${READER}:policy/athena-spokes-reader-boundary-dev`],
      ]);
      expect(boundary).to.deep.equal({
        name: "athena-spokes-reader-boundary-dev",
        document: {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "AssumeTableRoles",
              Effect: "Allow",
              Action: "sts:AssumeRole",
              Resource: [
                "arn:aws:iam::122222222222:role/CrossAccountDynamoDBRole",
                "arn:aws:iam::122222222222:role/FarReads",
              ],
            },
            {
              Sid: "WriteLogs",
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: [
                `arn:aws:logs:us-east-1:${READER}:log-group:/aws/lambda/lookup:*`,
                `arn:aws:logs:eu-west-1:${READER}:log-group:/aws/lambda/far:*`,
              ],
            },
          ],
        },
      });
    });

    it("make the roles in the table's account, bounded to its items", () => {
      const { roles, boundary } = producerBootstrap(environment, "music", trusted);
      const [make] = roles.get("athena-spokes-producer-deployer-dev")?.permissions.Statement ?? [];
      expect(make?.Resource).to.deep.equal(
        ["athena-connector-acct1dynamodb", "CrossAccountDynamoDBRole", "FarReads"].map(
          (name) => `arn:aws:iam::122222222222:role/${name}`,
        ),
      );
      expect(boundary.document.Statement.at(-1)).to.deep.equal({
        Sid: "GetItems",
        Effect: "Allow",
        Action: "dynamodb:GetItem",
        Resource: [
          "arn:aws:dynamodb:us-east-1:122222222222:table/Music",
          "arn:aws:dynamodb:us-east-1:122222222222:table/Songs",
        ],
      });
    });
  });
});

function faultsOf(read: () => unknown): readonly Fault[] {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults;
    throw thrown;
  }
  return [];
}
