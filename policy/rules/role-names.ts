import { ROLE_A, ROLE_B } from "../../access/names";
import { stackRule } from "../frame/rule";
import { rolesOf } from "../reading/roles";

export const roleNames = stackRule<ReturnType<typeof rolesOf>[number], { roleA: string; roleB: string }>({
  name: "role-names",
  summary: "Role A and Role B have names of the convention, by which policies, alarms and people find them",
  severity: "low",
  level: "advisory",
  requirements: ["R43", "R51", "C12", "C28"],
  references: [],
  remedy: "name the role as the convention says, or with a dash and a suffix behind it",
  parameters: {
    roleA: { type: "string", minLength: 1, description: "Name of Role A, or its beginning", default: ROLE_A },
    roleB: { type: "string", minLength: 1, description: "Name of Role B, or its beginning", default: ROLE_B },
  },
  subjects: rolesOf,
  *check(role, { roleA, roleB }) {
    for (const [is, what, wanted] of [
      [role.isRoleA, "Role A", roleA],
      [role.isRoleB, "Role B", roleB],
    ] as const)
      if (is && role.name !== wanted && !role.name.startsWith(`${wanted}-`))
        yield `${what} is named "${role.name}", not ${wanted}`;
  },
});
