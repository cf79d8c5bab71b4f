/** Roles with all that belongs to them: trust, inline policies, managed policies of the same stack. */
import { ROLE_A, ROLE_B } from "../../access/names";
import type { Stack, StackResource } from "../frame/resource";
import { accountOf } from "./account";
import { demanded, type DocumentStatement, statementsAt } from "./document";
import { statementsIn } from "./policy-documents";
import { knownText, refersTo } from "./references";
import { types } from "./types";

/** A role of the stack, or one of elsewhere that a policy of the stack names. */
export class StackRole {
  constructor(
    /** The role, or the policy or attachment that names one of elsewhere. */
    readonly resource: StackResource,
    readonly isHere: boolean,
    private readonly policies: readonly StackResource[],
    private readonly attached: readonly StackResource[],
    private readonly attachments: readonly StackResource[],
  ) {}

  /** The role's name. */
  get name(): string {
    return (this.isHere ? this.resource.inputs.text("name") : this.resource.inputs.text("role")) ?? "";
  }

  get trust(): readonly DocumentStatement[] {
    return this.isHere ? statementsAt(this.resource.inputs, "assumeRolePolicy") : [];
  }

  /** What the role may do, by the policies that this stack knows. */
  get permissions(): readonly DocumentStatement[] {
    const own = this.isHere ? statementsIn(this.resource, "identity") : [];
    return [
      ...own,
      ...[...this.policies, ...this.attached].flatMap((policy) => statementsIn(policy, "identity")),
    ];
  }

  /** The resources with inline policies of the role. */
  get inlinePolicies(): readonly StackResource[] {
    return this.policies;
  }

  /** ARNs of managed policies of the role that this stack does not make, so that nobody here sees what they allow. */
  get unseenPolicies(): readonly string[] {
    const own = this.isHere ? this.resource.inputs.texts("managedPolicyArns") : [];
    const foreign = this.attachments
      .filter((each) => !this.attached.some((policy) => attaches(each, policy)))
      .map(({ inputs }) => inputs.text("policyArn") ?? "");
    return [...own, ...foreign];
  }

  /** How many managed policies the role has. */
  get managedPolicies(): number {
    return this.attached.length + this.unseenPolicies.length;
  }

  /** Whether this is Role A: Quick may assume it, or it has Role A's name. */
  get isRoleA(): boolean {
    return (
      hasName(this.name, ROLE_A) ||
      this.trust.some(
        ({ allows, principals }) =>
          allows &&
          principals.some((entry) => entry.form === "service" && entry.name.startsWith("quicksight.")),
      )
    );
  }

  /** Whether this is Role B: it asks for a Quick data source as external id, or has Role B's name. */
  get isRoleB(): boolean {
    return (
      hasName(this.name, ROLE_B) ||
      this.trust.some(
        (statement) =>
          statement.allows &&
          demanded(statement, "sts:ExternalId").some(({ values }) =>
            values.some((value) => /:quicksight:.*datasource\//.test(value)),
          ),
      )
    );
  }
}

/** Whether an attachment is of this policy: by its ARN or, while AWS has not made that, by what the ARN will be. */
function attaches(attachment: StackResource, policy: StackResource): boolean {
  if (refersTo(attachment, "policyArn", policy, "arn")) return true;
  const [, account, name] =
    /^arn:[^:]*:iam::(\d{12}):policy\/(?:.*\/)?([^/]+)$/.exec(knownText(attachment, "policyArn") ?? "") ?? [];
  return name !== undefined && name === knownText(policy, "name") && account === accountOf(policy);
}

/** Whether a name is the given one, or that with a suffix. */
function hasName(name: string, begin: string): boolean {
  return name === begin || name.startsWith(`${begin}-`);
}

/** The roles that a stack makes, and those of elsewhere to which it gives policies. */
export function rolesOf(stack: Stack): readonly StackRole[] {
  const roles = stack.of(types.role);
  const inline = stack.of(types.rolePolicy);
  const attachments = stack.of(types.rolePolicyAttachment);
  const managed = stack.of(types.managedPolicy);
  const here = roles.map((role) => {
    const isOf = (policy: StackResource) => refersTo(policy, "role", role, "name");
    const arns = attachments.filter(isOf);
    const attached = managed.filter((policy) => arns.some((each) => attaches(each, policy)));
    return new StackRole(role, true, inline.filter(isOf), attached, arns);
  });
  const isElsewhere = (policy: StackResource) =>
    !roles.some((role) => refersTo(policy, "role", role, "name"));
  const elsewhere = [
    ...inline.filter(isElsewhere).map((policy) => new StackRole(policy, false, [policy], [], [])),
    ...attachments.filter(isElsewhere).map((each) => {
      const attached = managed.filter((policy) => attaches(each, policy));
      return new StackRole(each, false, [], attached, [each]);
    }),
  ];
  return [...here, ...elsewhere];
}
