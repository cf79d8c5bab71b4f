/** The policy pack: `pulumi preview --policy-pack policy`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { readAcknowledgements } from "./frame/acknowledgements";
import { policiesOf } from "./frame/policies";
import { rules } from "./rules";

const file = join(__dirname, "acknowledged.yaml");
const acknowledgements = readAcknowledgements(
  readFileSync(file, "utf8"),
  "policy/acknowledged.yaml",
  rules.map(({ name }) => name),
);

new PolicyPack("athena-spokes", {
  description: "Rules for cross-account Athena for Amazon Quick",
  policies: policiesOf(rules, { acknowledgements, now: () => new Date() }),
});
