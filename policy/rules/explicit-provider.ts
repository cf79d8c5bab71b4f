import { resourceRule } from "../frame/rule";

export const explicitProvider = resourceRule({
  name: "explicit-provider",
  summary:
    "Each resource names the provider of its account; none falls into whatever account the credentials are of",
  severity: "high",
  requirements: ["R39", "R40"],
  references: [],
  remedy:
    "pass the account's provider as an option, and set pulumi:disable-default-providers so that a forgotten one fails",
  *check({ type, provider }) {
    if (/^aws(-native)?:/.test(type) && provider !== undefined && /^default(_|$)/.test(provider.name))
      yield "the resource is made by the default provider";
  },
});
