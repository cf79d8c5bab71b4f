import { expect } from "chai";
import { enterAll } from "../../automation/accounts";
import { environmentWith, requestWith } from "../worlds";
import { FakeCloud } from "./fake-cloud";

describe("the accounts of a chain", () => {
  it("are also those of tables that a level's own connectors read (C11, R72)", async () => {
    const reading = (account: string) => [{ deploy: { tables: ["Salaries"], tablesIn: { account } } }];
    const request = requestWith({
      connectors: reading("122222222228"),
      classifications: { pii: { connectors: reading("122222222229") } },
    });
    const { tables } = await enterAll(new FakeCloud(), request, environmentWith());
    expect([...tables.keys()]).to.deep.equal([
      "122222222228/athena-spokes-tables-deployer-dev",
      "122222222229/athena-spokes-tables-deployer-dev",
    ]);
  });
});
