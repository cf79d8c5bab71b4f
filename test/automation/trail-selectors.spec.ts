import type { AdvancedFieldSelector, EventSelector } from "@aws-sdk/client-cloudtrail";
import { expect } from "chai";
import { logsReads } from "../../automation/cloud/trail-selectors";

describe("what a trail logs (R73)", () => {
  const basic: readonly [string, EventSelector[], boolean][] = [
    ["nothing", [], false],
    ["all management events", [{ IncludeManagementEvents: true, ReadWriteType: "All" }], true],
    ["those that read", [{ IncludeManagementEvents: true, ReadWriteType: "ReadOnly" }], true],
    ["those that write", [{ IncludeManagementEvents: true, ReadWriteType: "WriteOnly" }], false],
    ["data events alone", [{ IncludeManagementEvents: false, ReadWriteType: "All" }], false],
    [
      "data events, and by another selector management events",
      [
        { IncludeManagementEvents: false, ReadWriteType: "All" },
        { IncludeManagementEvents: true, ReadWriteType: "All" },
      ],
      true,
    ],
  ];
  for (const [what, EventSelectors, expected] of basic)
    it(`${expected ? "has" : "has not"} AssumeRole with basic selectors of ${what}`, () => {
      expect(logsReads({ EventSelectors })).to.equal(expected);
    });

  const management = { Field: "eventCategory", Equals: ["Management"] };
  const advanced: readonly [string, AdvancedFieldSelector[], boolean][] = [
    ["management events", [management], true],
    ["data events", [{ Field: "eventCategory", Equals: ["Data"] }], false],
    ["management events that read", [management, { Field: "readOnly", Equals: ["true"] }], true],
    ["management events that write", [management, { Field: "readOnly", Equals: ["false"] }], false],
    [
      "management events but STS's",
      [management, { Field: "eventSource", NotEquals: ["kms.amazonaws.com", "sts.amazonaws.com"] }],
      false,
    ],
    [
      "management events but KMS's",
      [management, { Field: "eventSource", NotEquals: ["kms.amazonaws.com"] }],
      true,
    ],
  ];
  for (const [what, FieldSelectors, expected] of advanced)
    it(`${expected ? "has" : "has not"} AssumeRole with an advanced selector of ${what}`, () => {
      expect(logsReads({ AdvancedEventSelectors: [{ FieldSelectors }] })).to.equal(expected);
    });
});
