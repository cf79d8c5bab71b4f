/** The roles of an account with table readers (R95-R102): the environment's own stack makes their functions. */
import { arn } from "../../arn";
import { type TableReader, tableReaderLogGroup, tableReaders, tableRoleArn } from "../../table-reader";
import type { Cast } from "../cast";
import type { Expectation } from "../expectation";
import { dutiesOf, exactly, type Holder } from "./duty";
import { makingFunctions, makingRoles, passing, readingBoundary, readingFunctions } from "./shared";

export function readersIn({ environment }: Cast, account: string): TableReader[] {
  return tableReaders(environment).filter((reader) => reader.account === account);
}

export function readerDeployer(holder: Holder, boundary: string): Expectation[] {
  const readers = readersIn(holder.cast, holder.account);
  const roles = readers.map(({ executionRole }) => executionRole);
  const regions = [...new Set(readers.map(({ region }) => region))];
  return dutiesOf(holder, [
    ...makingRoles(holder, roles, boundary),
    passing(holder, roles, "lambda.amazonaws.com"),
    ...regions.flatMap((region) => {
      const names = readers.filter((reader) => reader.region === region).map(({ name }) => name);
      return [
        ...makingFunctions(holder, names, region, `/${region}`),
        readingFunctions(holder, names, region, `/${region}`),
      ];
    }),
    readingBoundary(boundary),
  ]);
}

export function readerDuties(holder: Holder) {
  const readers = readersIn(holder.cast, holder.account);
  return [
    {
      id: "assume",
      words: "go on into the roles that tables are read with",
      needs: ["sts:AssumeRole"],
      on: exactly(readers.map(tableRoleArn)),
    },
    {
      id: "log",
      words: "write their logs",
      needs: ["logs:CreateLogStream", "logs:PutLogEvents"],
      on: Object.fromEntries(
        readers.map((reader) => {
          const group = arn(
            "logs",
            reader.region,
            reader.account,
            `log-group:${tableReaderLogGroup(reader)}`,
          );
          return [`${group}:log-stream:any`, `${group}:*`];
        }),
      ),
    },
  ];
}
