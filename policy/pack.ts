/** The policy pack: `pulumi preview --policy-pack policy`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { RunError } from "@pulumi/pulumi/errors";
import { InputError } from "../access/faults";
import { readAcknowledgements } from "./frame/acknowledgements";
import { policiesOf } from "./frame/policies";
import { rules } from "./rules";

const FILE = "acknowledged.yaml";

function acknowledged() {
  try {
    return readAcknowledgements(
      readFileSync(join(__dirname, FILE), "utf8"),
      `policy/${FILE}`,
      rules.map(({ name }) => name),
    );
  } catch (error) {
    // Pulumi prints a RunError without a stack trace, which would say nothing to the person who wrote the fault.
    throw error instanceof InputError ? new RunError(error.message) : error;
  }
}

new PolicyPack("athena-spokes", {
  description: "Rules for cross-account Athena for Amazon Quick",
  policies: policiesOf(rules, { acknowledgements: acknowledged(), now: () => new Date() }),
});
