import { expect } from "chai";
import { InputError } from "../../../access/faults";
import { type Acknowledgement, readAcknowledgements } from "../../../policy/frame/acknowledgements";
import { types } from "../../../policy/reading/types";
import { tableRecovery } from "../../../policy/rules/table-recovery";
import { told, type Written } from "../world";

const RULES = ["table-recovery", "key-rotation"];
const table: Written = {
  type: types.dynamoTable,
  name: "music",
  within: "my:index:Sample",
  props: { name: "Music" },
};
const entry: Acknowledgement = {
  rule: "table-recovery",
  resource: "music",
  reason: "the table is made anew each night",
  expires: "2026-12-31",
};

const FINDING = "the table has no point-in-time recovery: set pointInTimeRecovery: { enabled: true }";

describe("an acknowledged finding", () => {
  const outcomes = (entry: Acknowledgement, now: string) =>
    told([tableRecovery], [table], { acknowledgements: [entry], now });

  for (const [title, changes] of [
    ["by the resource's name", {}],
    ["by the component it belongs to", { resource: undefined, within: "my:index:Sample" }],
    ["in this stack only", { stack: "dev" }],
  ] as const)
    it(`is listed with its reason, ${title}`, async () => {
      expect(await outcomes({ ...entry, ...changes }, "2026-12-31T23:59:59Z")).to.deep.equal([
        {
          policy: "acknowledged",
          level: "advisory",
          on: "music",
          text: `table-recovery: ${FINDING}; acknowledged until 2026-12-31: the table is made anew each night`,
        },
      ]);
    });

  it("stops being accepted after its last day, and says so", async () => {
    expect(await outcomes(entry, "2027-01-01T00:00:00Z")).to.deep.equal([
      {
        policy: "table-recovery",
        level: "mandatory",
        on: "music",
        text: `${FINDING}; its acknowledgement ended on 2026-12-31 (the table is made anew each night): remove the cause, or acknowledge it anew in policy/acknowledged.yaml`,
      },
    ]);
  });

  for (const [title, changes] of [
    ["another rule", { rule: "key-rotation" }],
    ["another resource", { resource: "orders" }],
    ["another component", { resource: undefined, within: "my:index:Other" }],
    ["the resource's own type", { resource: undefined, within: types.dynamoTable }],
    ["another stack", { stack: "prod" }],
  ] as const)
    it(`is a finding as ever when the entry is about ${title}`, async () => {
      expect(await outcomes({ ...entry, ...changes }, "2026-11-23T00:00:00Z")).to.deep.equal([
        { policy: "table-recovery", level: "mandatory", on: "music", text: FINDING },
      ]);
    });
});

describe("acknowledged.yaml", () => {
  const good = `
acknowledged:
  - rule: table-recovery
    resource: music
    reason: the table is made anew each night
    expires: 2026-12-31
`;

  it("is read", () => {
    expect(readAcknowledgements(good, "f", RULES)).to.deep.equal([entry]);
    for (const empty of ["", "acknowledged:", "acknowledged: []", "# nothing yet"])
      expect(readAcknowledgements(empty, "f", RULES)).to.deep.equal([]);
  });

  const rows: readonly (readonly [title: string, yaml: string, faults: readonly string[]])[] = [
    [
      "a rule that does not exist",
      good.replace("table-recovery", "table-recovry"),
      ['acknowledged[0].rule: there is no rule "table-recovry": see docs/policy.md'],
    ],
    [
      "a day that does not exist",
      good.replace("12-31", "02-30"),
      ['acknowledged[0].expires: "2026-02-30" is not a day: write it as 2027-06-30'],
    ],
    [
      "a day in another form",
      good.replace("2026-12-31", "31.12.2026"),
      ['acknowledged[0].expires: "31.12.2026" is not a day: write it as 2027-06-30'],
    ],
    [
      "no day",
      good.replace(/ *expires.*\n/, ""),
      ["acknowledged[0].expires: the last day is missing: write it as 2027-06-30"],
    ],
    [
      "a reason that is none",
      good.replace(/reason: .*/, "reason: ok"),
      [
        'acknowledged[0].reason: "ok" is no reason that a reviewer could judge: use a sentence of 15 characters or more',
      ],
    ],
    [
      "nothing that it is about",
      good.replace(/ *resource.*\n/, ""),
      [
        "acknowledged[0]: say once what it is about: `resource` (its name in the program) or `within` (a component's type)",
      ],
    ],
    [
      "two things that it is about",
      good.replace("resource: music", "resource: music\n    within: my:index:Sample"),
      [
        "acknowledged[0]: say once what it is about: `resource` (its name in the program) or `within` (a component's type)",
      ],
    ],
    [
      "a key that does not exist",
      good.replace("expires", "expire"),
      [
        "acknowledged[0].expires: the last day is missing: write it as 2027-06-30",
        'acknowledged[0]: unknown key "expire": use rule, resource or within, stack, reason, expires',
      ],
    ],
    [
      "another key at the top",
      good.replace("acknowledged:", "accepted:"),
      [': unknown key "accepted": the file has one key, acknowledged'],
    ],
    ["no list", "acknowledged: yes", ["acknowledged: `acknowledged` is not a list"]],
    ["no section", "- rule: x", [": the file is not a section: write `acknowledged:` and a list below it"]],
    [
      "the same twice",
      good + good.slice(good.indexOf("  - rule")),
      ["acknowledged[1]: acknowledged[0] is about the same: keep one"],
    ],
  ];
  for (const [title, yaml, faults] of rows)
    it(`is refused with place and remedy: ${title}`, () => {
      expect(faultsOf(yaml)).to.deep.equal(faults);
    });

  it("is refused when it is no YAML", () => {
    expect(faultsOf("acknowledged: [")).to.have.length(1);
  });

  function faultsOf(yaml: string): string[] {
    try {
      readAcknowledgements(yaml, "policy/acknowledged.yaml", RULES);
      return [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.faults.map(({ path, message }) => `${path}: ${message}`);
    }
  }
});
