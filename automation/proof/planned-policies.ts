/** The policies of a stack's resources, as the engine tells them: of a plan or of a state. */
import { aliasArn, arn, bucketArn, partitionOf, policyArn, roleArn, userArn } from "../../access/arn";
import { policyDocument, type Statement } from "../../access/document";
import type { FoundDocument, FoundPolicies, FoundThing, Unplaced } from "../../access/proof";
import { grantable, lakeGrantsArn, type LakeTarget } from "../../access/mesh/lake-formation";
import type { QuickPermission } from "../../access/quick";
import { isKnown } from "../engine/words";

/** A resource with the inputs that its program gave it. */
export interface StackResource {
  readonly urn: string;
  /** Type token: `aws:iam/role:Role`. */
  readonly type: string;
  /** The account it lives in; undefined when its provider tells none. */
  readonly account: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Its id in AWS; undefined before it exists. */
  readonly id?: string | undefined;
  /** URN of the component that it is part of. */
  readonly parent?: string | undefined;
}

/** Types that carry no policy and attach none. Any other type that is not placed below is reported. */
const WITHOUT_POLICY = new Set([
  "aws:athena/dataCatalog:DataCatalog",
  "aws:athena/workgroup:Workgroup",
  "aws:cloudwatch/eventRule:EventRule",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:dynamodb/table:Table",
  "aws:dynamodb/tableItem:TableItem",
  "aws:glue/catalogDatabase:CatalogDatabase",
  "aws:glue/catalogTable:CatalogTable",
  "aws:lakeformation/optIn:OptIn",
  "aws:lakeformation/resource:Resource",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
]);

/** Types whose ARN has the path. */
const WITH_PATH = new Set(["aws:iam/role:Role", "aws:iam/user:User"]);

/** Inputs of types that carry no policy by which they would let somebody in nevertheless. */
const OPENING: Readonly<Record<string, readonly string[]>> = {
  "aws:s3/bucket:Bucket": ["acl", "grants", "policy"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["acl"],
  "aws:sns/topic:Topic": ["policy"],
};

/** Policies, and those that they name and no resource makes: ARNs of boundaries and attached policies. */
export interface PlannedPolicies extends FoundPolicies {
  readonly outside: readonly string[];
}

/**
 * Reads the policies of stacks that belong together.
 *
 * Of a bucket or function without a policy it is told that it has none, so that nobody takes it for unknown. A key is
 * found by its alias, since its own ARN is not known before it exists.
 *
 * @param region of all of them (R9).
 * @param known managed policies that none of the resources makes, by ARN.
 */
export function policiesOf(
  resources: readonly StackResource[],
  region: string,
  known: ReadonlyMap<string, FoundDocument> = new Map(),
): PlannedPolicies {
  const reader = new Reader(region, known);
  for (const resource of resources) reader.read(resource);
  return reader.finish();
}

class Reader {
  readonly #region: string;
  readonly #things = new Map<string, FoundThing>();
  readonly #unplaced: Unplaced[] = [];
  /** Managed policies by ARN, and to whom they are attached: role's or user's ARN -> policies' ARNs. */
  readonly #managed = new Map<string, FoundDocument>();
  readonly #attached = new Map<string, string[]>();
  readonly #boundaries = new Map<string, string>();
  readonly #known: ReadonlyMap<string, FoundDocument>;
  readonly #keys: StackResource[] = [];
  readonly #aliases: StackResource[] = [];
  readonly #grants: StackResource[] = [];

  constructor(region: string, known: ReadonlyMap<string, FoundDocument>) {
    this.#region = region;
    this.#known = known;
  }

  read(resource: StackResource): void {
    const { type, inputs } = resource;
    const opening = OPENING[type];
    if (opening !== undefined) {
      const used = opening.filter((key) => inputs[key] !== undefined);
      if (used.length > 0)
        this.#leave(resource, `its ${used.join(", ")} may let somebody in, which no row judges`);
      if (type === "aws:s3/bucket:Bucket")
        this.#place(resource, "bucket", (name) => bucketArn(this.#region, name), {});
      if (type === "aws:sns/topic:Topic")
        this.#place(
          resource,
          "name",
          (name) => resource.account && arn("sns", this.#region, resource.account, name),
          {},
        );
      return;
    }
    if (WITHOUT_POLICY.has(type)) return;
    switch (type) {
      case "aws:iam/role:Role": {
        this.#role(resource);
        return;
      }
      case "aws:iam/user:User": {
        this.#place(resource, "name", this.#userArn(resource), { identity: [] }, (at) => {
          this.#bound(at, inputs);
        });
        return;
      }
      case "aws:iam/userPolicy:UserPolicy": {
        this.#place(resource, "user", this.#userArn(resource), {
          identity: [documentOf(textOf(inputs.name) ?? "inline policy", inputs.policy)],
        });
        return;
      }
      case "aws:iam/userPolicyAttachment:UserPolicyAttachment": {
        this.#attachment(resource, inputs.user, userArn);
        return;
      }
      case "aws:iam/accessKey:AccessKey": {
        // Who has the key acts as its user, of whom the rows speak.
        this.#place(resource, "user", this.#userArn(resource), {});
        return;
      }
      case "aws:iam/rolePolicy:RolePolicy": {
        this.#place(resource, "role", this.#roleArn(resource), {
          identity: [documentOf(textOf(inputs.name) ?? "inline policy", inputs.policy)],
        });
        return;
      }
      case "aws:iam/policy:Policy": {
        const name = textOf(inputs.name);
        if (name === undefined || resource.account === undefined) {
          this.#leave(resource, "its name is not known yet");
          return;
        }
        const at = withPath(policyArn(this.#region, resource.account, name), inputs.path);
        this.#managed.set(at, documentOf(at, inputs.policy));
        return;
      }
      case "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        this.#attachment(resource, inputs.role, roleArn);
        return;
      }
      case "aws:s3/bucketPolicy:BucketPolicy": {
        this.#place(resource, "bucket", (name) => bucketArn(this.#region, name), {
          resource: [documentOf(`policy of bucket ${textOf(inputs.bucket) ?? ""}`, inputs.policy)],
        });
        return;
      }
      case "aws:sns/topicPolicy:TopicPolicy": {
        this.#place(resource, "arn", (at) => at, {
          resource: [documentOf("policy of the topic", resource.inputs.policy)],
        });
        return;
      }
      case "aws:lambda/function:Function":
      // The function has the name of the stack, and no policy by it.
      case "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": {
        this.#place(resource, "name", this.#functionArn(resource), { resource: [] });
        return;
      }
      case "aws:lambda/permission:Permission": {
        this.#permission(resource);
        return;
      }
      case "aws:glue/resourcePolicy:ResourcePolicy":
        if (resource.account === undefined) {
          this.#leave(resource, "its account is not known");
          return;
        }
        this.#add(arn("glue", this.#region, resource.account, "catalog"), {
          resource: [documentOf("policy of the Glue catalog", inputs.policy)],
        });
        return;
      case "aws:lakeformation/permissions:Permissions":
        this.#lakePermissions(resource);
        return;
      case "aws:kms/key:Key":
        this.#keys.push(resource);
        return;
      case "aws:kms/alias:Alias":
        this.#aliases.push(resource);
        return;
      case "aws:kms/grant:Grant":
        this.#grants.push(resource);
        return;
      case "aws-native:index:ExtensionResource": {
        this.#extension(resource);
        return;
      }
      case "aws-native:quicksight:DataSet": {
        this.#dataSet(resource);
        return;
      }
      default:
        this.#leave(resource, "it is of a type of which it is not known whether it carries policies");
    }
  }

  finish(): PlannedPolicies {
    this.#placeKeys();
    const outside = new Set<string>();
    const documentAt = (at: string): FoundDocument => {
      const made = this.#managed.get(at) ?? this.#known.get(at);
      if (made === undefined) outside.add(at);
      return made ?? { name: at, unknown: "the policy is not made by these stacks" };
    };
    for (const [at, policies] of this.#attached) this.#add(at, { identity: policies.map(documentAt) });
    for (const [at, boundary] of this.#boundaries) this.#add(at, { boundary: documentAt(boundary) });
    return { things: this.#things, unplaced: this.#unplaced, outside: [...outside] };
  }

  /** Keys by the aliases that lead to them, and the grants on them. */
  #placeKeys(): void {
    const placed = new Map<StackResource, string>();
    for (const key of this.#keys) {
      const alias = this.#aliases.find((each) => leadsTo(each, key));
      const name = textOf(alias?.inputs.name);
      if (name === undefined || key.account === undefined) {
        this.#leave(key, "no alias of it is known, by which a row could speak of it");
        continue;
      }
      const at = aliasArn(this.#region, key.account, name);
      placed.set(key, at);
      this.#add(at, { resource: [documentOf(`policy of ${name}`, key.inputs.policy)], grants: [] });
    }
    for (const alias of this.#aliases)
      if (!this.#keys.some((key) => leadsTo(alias, key)))
        this.#leave(alias, "the key that it leads to is not made by these stacks");
    for (const grant of this.#grants) this.#grant(grant, placed);
  }

  #grant(resource: StackResource, keys: ReadonlyMap<StackResource, string>): void {
    const { keyId, granteePrincipal, operations, constraints } = resource.inputs;
    const id = textOf(keyId);
    // The ARN of a key that does not exist yet is not known; a stack with one key can mean no other.
    const key = [...keys.keys()].find((each) =>
      id === undefined ? keys.size === 1 : each.id !== undefined && id.endsWith(each.id),
    );
    const at = key === undefined ? undefined : keys.get(key);
    const grantee = textOf(granteePrincipal);
    const granted = listOf(operations).map(textOf);
    const [constraint, ...more] = listOf(constraints) as {
      encryptionContextSubset?: unknown;
      encryptionContextEquals?: unknown;
    }[];
    const [subset, equals] = [
      contextOf(constraint?.encryptionContextSubset),
      contextOf(constraint?.encryptionContextEquals),
    ];
    if (at === undefined) {
      this.#leave(resource, "the key that it is for is not known yet");
      return;
    }
    if (
      grantee === undefined ||
      more.length > 0 ||
      subset === "unknown" ||
      equals === "unknown" ||
      !granted.every((operation) => operation !== undefined)
    ) {
      this.#leave(resource, "what it grants is not known yet");
      return;
    }
    this.#add(at, {
      grants: [
        {
          id: textOf(resource.inputs.name) ?? "grant",
          grantee,
          operations: granted,
          constraints: {
            ...(subset === undefined ? {} : { encryptionContextSubset: subset }),
            ...(equals === undefined ? {} : { encryptionContextEquals: equals }),
          },
        },
      ],
    });
  }

  #role(resource: StackResource): void {
    const { inputs } = resource;
    const inline = listOf(inputs.inlinePolicies).map((each) => {
      const { name, policy } = (each ?? {}) as { name?: unknown; policy?: unknown };
      return documentOf(textOf(name) ?? "inline policy", policy);
    });
    this.#place(
      resource,
      "name",
      this.#roleArn(resource),
      {
        trust: documentOf(`trust of ${textOf(inputs.name) ?? "the role"}`, inputs.assumeRolePolicy),
        identity: inline,
      },
      (at) => {
        for (const policy of listOf(inputs.managedPolicyArns))
          this.#attach(at, textOf(policy) ?? "a policy not known yet");
        this.#bound(at, inputs);
      },
    );
  }

  /** One statement of a function's policy, as Lambda writes it from the words of AddPermission. */
  #permission(resource: StackResource): void {
    const { inputs } = resource;
    const named = textOf(inputs.function);
    if (named === undefined || resource.account === undefined) {
      this.#leave(resource, "its function is not known yet");
      return;
    }
    const at = named.startsWith("arn:")
      ? named
      : arn("lambda", this.#region, resource.account, `function:${named}`);
    const known = [
      "action",
      "function",
      "principal",
      "principalOrgId",
      "sourceAccount",
      "sourceArn",
      "statementId",
    ];
    const more = Object.keys(inputs).filter(
      (key) => !known.includes(key) && !key.startsWith("__") && key !== "region",
    );
    const values = known.map((key) => inputs[key]).filter((value) => value !== undefined);
    const name = textOf(inputs.statementId) ?? "statement";
    const [action, principal] = [textOf(inputs.action), textOf(inputs.principal)];
    const statement = (): FoundDocument => {
      if (
        action === undefined ||
        principal === undefined ||
        !values.every((value) => textOf(value) !== undefined)
      )
        return { name, unknown: "the statement is not known yet" };
      if (more.length > 0) return { name, unknown: `its ${more.join(", ")} is not modelled` };
      return {
        name,
        document: policyDocument({
          Sid: name,
          Effect: "Allow",
          Principal: principalOf(principal, this.#region),
          Action: action,
          Resource: at,
          ...conditionOf(inputs),
        }),
      };
    };
    this.#add(at, { resource: [statement()] });
  }

  #lakePermissions(resource: StackResource): void {
    const { account, inputs } = resource;
    const target = lakeTargetOf(inputs);
    const principal = textOf(inputs.principal);
    const permissions = listOf(inputs.permissions).map(textOf);
    const toGrantOn = listOf(inputs.permissionsWithGrantOptions).map(textOf);
    if (account === undefined || target === undefined) {
      this.#leave(resource, "what it is on is no known database or table");
      return;
    }
    const at = lakeGrantsArn(this.#region, account, target);
    const known = [...permissions, ...toGrantOn].every((each) => each !== undefined);
    this.#add(
      at,
      principal === undefined || !known
        ? { unknown: "what it grants is not known yet" }
        : {
            sharing: [
              {
                principal,
                actions: [
                  ...permissions.filter((each) => each !== undefined),
                  ...toGrantOn.flatMap((each) => (each === undefined ? [] : [grantable(each)])),
                ],
              },
            ],
          },
    );
  }

  #extension(resource: StackResource): void {
    const { type, properties } = resource.inputs as { type?: unknown; properties?: Record<string, unknown> };
    if (type !== "AWS::QuickSight::DataSource") {
      this.#leave(
        resource,
        `it is of type ${textOf(type) ?? "unknown"}, of which it is not known whether it carries policies`,
      );
      return;
    }
    const [account, id] = [textOf(properties?.AwsAccountId), textOf(properties?.DataSourceId)];
    if (account === undefined || id === undefined) {
      this.#leave(resource, "its id is not known yet");
      return;
    }
    this.#shared(`datasource/${id}`, account, properties?.Permissions, ["Principal", "Actions"]);
  }

  /** A dataset comes with the provider's own type, whose inputs are in camel case. */
  #dataSet(resource: StackResource): void {
    const { awsAccountId, dataSetId, permissions } = resource.inputs;
    const [account, id] = [textOf(awsAccountId), textOf(dataSetId)];
    if (account === undefined || id === undefined) this.#leave(resource, "its id is not known yet");
    else this.#shared(`dataset/${id}`, account, permissions, ["principal", "actions"]);
  }

  /** Whom Quick shares something with. */
  #shared(
    what: string,
    account: string,
    permissions: unknown,
    [principalKey, actionsKey]: readonly [string, string],
  ): void {
    const sharing = listOf(permissions).map((entry): QuickPermission | undefined => {
      const written = (entry ?? {}) as Readonly<Record<string, unknown>>;
      const principal = textOf(written[principalKey]);
      const actions = listOf(written[actionsKey]).map(textOf);
      return principal === undefined || !actions.every((action) => action !== undefined)
        ? undefined
        : { principal, actions };
    });
    this.#add(
      arn("quicksight", this.#region, account, what),
      sharing.every((entry) => entry !== undefined)
        ? { sharing }
        : { unknown: `whom ${what} is shared with is not known yet` },
    );
  }

  #roleArn({ account }: StackResource) {
    return (name: string) => (account === undefined ? undefined : roleArn(this.#region, account, name));
  }

  #userArn({ account }: StackResource) {
    return (name: string) => (account === undefined ? undefined : userArn(this.#region, account, name));
  }

  #functionArn({ account }: StackResource) {
    return (name: string) =>
      account === undefined ? undefined : arn("lambda", this.#region, account, `function:${name}`);
  }

  /** Adds what was found at the thing that the input names. */
  #place(
    resource: StackResource,
    key: string,
    arnOf: (name: string) => string | undefined,
    found: FoundThing,
    then?: (at: string) => void,
  ): void {
    const name = textOf(resource.inputs[key]);
    const plain = name === undefined ? undefined : arnOf(name);
    if (plain === undefined) {
      this.#leave(resource, `its ${key} is not known yet`);
      return;
    }
    const at = withPath(plain, WITH_PATH.has(resource.type) ? resource.inputs.path : undefined);
    this.#add(at, found);
    then?.(at);
  }

  #add(at: string, found: FoundThing): void {
    const known = this.#things.get(at) ?? {};
    const lists = (["identity", "resource", "grants", "sharing"] as const).flatMap((key) =>
      known[key] === undefined && found[key] === undefined
        ? []
        : [[key, [...(known[key] ?? []), ...(found[key] ?? [])]] as const],
    );
    this.#things.set(at, { ...known, ...found, ...Object.fromEntries(lists) });
  }

  #attach(holder: string, policy: string): void {
    this.#attached.set(holder, [...(this.#attached.get(holder) ?? []), policy]);
  }

  /** @param holder the input that names who gets the policy. */
  #attachment(resource: StackResource, holder: unknown, arnOf: typeof roleArn): void {
    const policy = textOf(resource.inputs.policyArn);
    const name = textOf(holder);
    if (policy === undefined || name === undefined || resource.account === undefined) {
      this.#leave(resource, "what it attaches is not known yet");
      return;
    }
    this.#attach(arnOf(this.#region, resource.account, name), policy);
  }

  #bound(holder: string, { permissionsBoundary }: StackResource["inputs"]): void {
    if (permissionsBoundary !== undefined)
      this.#boundaries.set(holder, textOf(permissionsBoundary) ?? "a boundary not known yet");
  }

  #leave({ type, urn }: StackResource, reason: string): void {
    this.#unplaced.push({ what: `${type} ${urn.slice(urn.lastIndexOf("::") + 2)}`, reason });
  }
}

/** The database or table of permissions; undefined when it is another thing, or not known yet. */
function lakeTargetOf(inputs: Readonly<Record<string, unknown>>): LakeTarget | undefined {
  const part = (key: string) => (inputs[key] ?? {}) as Readonly<Record<string, unknown>>;
  const [database, table] = [part("database"), part("table")];
  const [databaseOwner, name] = [textOf(database.catalogId), textOf(database.name)];
  if (databaseOwner !== undefined && name !== undefined)
    return { database: { catalogId: databaseOwner, name } };
  const [catalogId, databaseName, only] = [
    textOf(table.catalogId),
    textOf(table.databaseName),
    textOf(table.name),
  ];
  if (catalogId === undefined || databaseName === undefined) return undefined;
  if (table.wildcard === true) return { table: { catalogId, databaseName, wildcard: true } };
  return only === undefined ? undefined : { table: { catalogId, databaseName, name: only } };
}

/** A text that is known; the engine writes what it does not know yet, and secrets, as markers. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && isKnown(value) ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function documentOf(name: string, policy: unknown): FoundDocument {
  if (typeof policy === "object" && policy !== null) return { name, document: JSON.stringify(policy) };
  const text = textOf(policy);
  return text === undefined ? { name, unknown: "the document is not known yet" } : { name, document: text };
}

/** Whether an alias is a key's: by its id, or where that is not known yet, as the only two of one component. */
function leadsTo({ inputs, parent }: StackResource, key: StackResource): boolean {
  // A key's id looks like the engine's marker for what is not known.
  const isById =
    typeof inputs.targetKeyId === "string" && key.id !== undefined && inputs.targetKeyId.endsWith(key.id);
  return isById || (parent !== undefined && parent === key.parent);
}

/** An encryption context; `unknown` when a part of it is not known yet. */
function contextOf(value: unknown): Readonly<Record<string, string>> | undefined | "unknown" {
  if (value === undefined) return undefined;
  const entries = Object.entries(value as Record<string, unknown>);
  const known = entries.flatMap(([key, each]) => {
    const text = textOf(each);
    return text === undefined ? [] : [[key, text] as const];
  });
  return known.length === entries.length ? Object.fromEntries(known) : "unknown";
}

function withPath(plain: string, path: unknown): string {
  return typeof path === "string" && path !== "/" ? plain.replace("/", path) : plain;
}

function principalOf(principal: string, region: string): NonNullable<Statement["Principal"]> {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${partitionOf(region)}:iam::${principal}:root` };
  return principal.startsWith("arn:") ? { AWS: principal } : { Service: principal };
}

function conditionOf(inputs: Readonly<Record<string, unknown>>): Pick<Statement, "Condition"> {
  const [organization, account, source] = ["principalOrgId", "sourceAccount", "sourceArn"].map((key) =>
    textOf(inputs[key]),
  );
  const equals = {
    ...(organization === undefined ? {} : { "aws:PrincipalOrgID": organization }),
    ...(account === undefined ? {} : { "aws:SourceAccount": account }),
  };
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(source === undefined ? {} : { ArnLike: { "aws:SourceArn": source } }),
  };
  return Object.keys(condition).length === 0 ? {} : { Condition: condition };
}
