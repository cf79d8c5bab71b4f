import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const workgroupEnforced = resourceRule({
  name: "workgroup-enforced",
  summary:
    "A workgroup's configuration binds its queries: clients cannot choose another output location or encryption",
  severity: "high",
  requirements: ["R71", "C5"],
  references: [
    "checkov CKV_AWS_82",
    "prowler athena_workgroup_enforce_configuration",
    "compliance-policies aws.athena.Workgroup.enforceConfiguration",
  ],
  remedy: "set configuration.enforceWorkgroupConfiguration: true",
  types: [types.workgroup],
  *check({ inputs }) {
    // The provider's default is true, but only where there is a configuration.
    const enforced = inputs.has("configuration.enforceWorkgroupConfiguration")
      ? inputs.flag("configuration.enforceWorkgroupConfiguration")
      : inputs.has("configuration");
    if (!enforced) yield "the workgroup does not enforce its configuration";
  },
});
