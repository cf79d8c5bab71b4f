import { type ArnComponents, arnComponents } from "./arn";
import { hasMarks, matcher, matches, overlap, patternOf } from "./glob";
import table from "./service-table.json";

/** What a condition key's values are, as AWS's authorization reference names it. */
export type KeyType = "String" | "ARN" | "Bool" | "Date" | "Numeric" | "IPAddress";

/** What is known of a condition key. */
export interface ConditionKey {
  readonly type: KeyType;
  /** Several values in one request: a condition on it needs ForAllValues or ForAnyValue. */
  readonly many: boolean;
}

/** An action of a service that this project uses. */
export interface ServiceAction {
  readonly service: string;
  /** Lower case, without the service. */
  readonly name: string;
  /** ARN patterns of the resource types that the action takes; empty when it takes none and `*` must be named. */
  readonly resources: readonly string[];
}

interface Service {
  readonly resourceControl: boolean;
  readonly actions: ReadonlyMap<string, ServiceAction>;
}

/**
 * AWS global condition context keys, IAM user guide; those that only other services' sessions carry are left out. With
 * `aws:SourceOwner`, the caller's account, by which SNS keeps a new topic to its own ("Default topic policy", SNS guide).
 */
const globalKeys: Readonly<Record<string, string>> = {
  String:
    "aws:CalledViaFirst aws:CalledViaLast aws:FederatedProvider aws:PrincipalAccount aws:PrincipalOrgID " +
    "aws:PrincipalServiceName aws:PrincipalTag/* aws:PrincipalType aws:RequestTag/* aws:RequestedRegion aws:ResourceAccount " +
    "aws:ResourceOrgID aws:ResourceTag/* aws:SourceAccount aws:SourceIdentity aws:SourceOrgID aws:SourceOwner aws:SourceVpc aws:SourceVpce " +
    "aws:UserAgent aws:VpceAccount aws:VpceOrgID aws:referer aws:userid aws:username",
  ARN: "aws:PrincipalArn aws:SourceArn aws:SourceVpcArn",
  Bool: "aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport aws:ViaAWSService",
  Date: "aws:CurrentTime aws:EpochTime aws:TokenIssueTime",
  Numeric: "aws:MultiFactorAuthAge",
  IPAddress: "aws:SourceIp aws:VpcSourceIp",
  ArrayOfString:
    "aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths aws:SourceOrgPaths " +
    "aws:TagKeys aws:VpceOrgPaths",
};

const exactKeys = new Map<string, ConditionKey>();
const patternKeys: { readonly covers: (key: string) => boolean; readonly key: ConditionKey }[] = [];
const services = new Map<string, Service>();

function addKeys(groups: Readonly<Record<string, string | undefined>>): void {
  for (const [group, names] of Object.entries(groups)) {
    const many = group.startsWith("ArrayOf");
    const key = { type: (many ? group.slice("ArrayOf".length) : group) as KeyType, many };
    for (const name of names?.toLowerCase().split(" ") ?? []) {
      const pattern = patternOf(name);
      if (hasMarks(pattern)) patternKeys.push({ covers: matcher(pattern), key });
      else exactKeys.set(name, key);
    }
  }
}

/**
 * Actions that the authorization reference leaves out and AWS's guides ask for, each taking what another one takes.
 * `glue:ShareResource` lets RAM share beside a Glue policy (Lake Formation developer guide, "Managing cross-account permissions
 * using both AWS Glue and Lake Formation").
 */
const unlisted = [{ service: "glue", name: "shareresource", like: "gettable" }];

addKeys(globalKeys);
/**
 * Resources that the reference leaves out: action -> ARN pattern. To make a change set of a template with macros also needs
 * CreateChangeSet on each macro ("Controlling access with IAM", CloudFormation user guide). To make a dataset is allowed on
 * the dataset by policies that AWS has written for its own solutions (docs/decisions/quick-data-source.md).
 */
const beyondReference: Readonly<Record<string, string | undefined>> = {
  "cloudformation:createchangeset": "arn:*:cloudformation:*:*:transform/*",
  "quicksight:createdataset": "arn:*:quicksight:*:*:dataset/*",
};

for (const [service, entry] of Object.entries(table.services)) {
  addKeys(entry.keys);
  const actions = new Map<string, ServiceAction>();
  for (const [group, names] of Object.entries<string>(entry.actions)) {
    const resources =
      group === "" ? [] : group.split(" ").map((n) => patternOf(entry.resources[Number(n)] ?? ""));
    for (const name of names.toLowerCase().split(" ")) {
      const more = beyondReference[`${service}:${name}`];
      actions.set(name, {
        service,
        name,
        resources: more === undefined ? resources : [...resources, patternOf(more)],
      });
    }
  }
  for (const { name, like } of unlisted.filter((each) => each.service === service))
    actions.set(name, { service, name, resources: actions.get(like)?.resources ?? [] });
  services.set(service, { actions, resourceControl: "resourceControl" in entry });
}

/** Where the table of actions, resource types and condition keys comes from, with its version. */
export const tableSource = table.source;

/** The condition key of that name (lower case), undefined when AWS has none or only services unknown here use it. */
export function conditionKey(name: string): ConditionKey | undefined {
  return exactKeys.get(name) ?? patternKeys.find((p) => p.covers(name))?.key;
}

/** The actions of a service (lower case), undefined when the service is none that this project uses. */
export function actionsOf(service: string): ReadonlyMap<string, ServiceAction> | undefined {
  return services.get(service)?.actions;
}

/** Whether resource control policies bear on the service's actions. */
export function underResourceControl(service: string): boolean {
  return services.get(service)?.resourceControl === true;
}

/** Whether an ARN is of a resource type that the action takes. */
export function takesResource(action: ServiceAction, arn: string): boolean {
  // a bucket's pattern would cover its objects, too, and a table's its indexes
  return action.resources.some(
    (type) =>
      matches(type, arn) &&
      !(type === bucket && arn.includes("/")) &&
      !(type === dynamodbTable && arn.includes("/index/")),
  );
}

/** Whether a pattern of ARNs covers any ARN of a resource type that the action takes. */
export function mayTakeResource(action: ServiceAction, arnPattern: string): boolean {
  return action.resources.some(
    (type) =>
      mayBeOf(type, arnPattern) &&
      !(type === bucket && arnPattern.includes("/") && !arnPattern.endsWith(any)) &&
      !(type === dynamodbTable && arnPattern.includes("/index/")),
  );
}

/** A pattern whose wildcards are all in its last component reaches over no colon, so that the components tell more. */
function mayBeOf(type: string, arnPattern: string): boolean {
  const parts = arnComponents(arnPattern);
  const types = componentsOf.get(type) ?? arnComponents(type);
  if (types === undefined || parts === undefined) return overlap(type, arnPattern);
  componentsOf.set(type, types);
  if (hasMarks(arnPattern) && hasMarks(parts.slice(0, 5).join(":"))) return overlap(type, arnPattern);
  return parts[2] === types[2] && types.every((component, index) => overlap(component, parts[index] ?? ""));
}

/** Resource types taken apart. */
const componentsOf = new Map<string, ArnComponents>();
const any = patternOf("*");
const bucket = patternOf("arn:*:s3:::*");
const dynamodbTable = patternOf("arn:*:dynamodb:*:*:table/*");
