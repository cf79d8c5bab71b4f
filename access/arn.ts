/** ARNs and partitions, built from plain strings. No `arn:aws:` literal stands anywhere else. */

/** The partition that a Region belongs to: `aws`, `aws-cn`, `aws-us-gov` or one of the isolated ones. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("us-isob-")) return "aws-iso-b";
  if (region.startsWith("us-iso-")) return "aws-iso";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}

/** Partition -> domain, where it is another than that of most Regions. */
const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
};

/** The domain that a Region's endpoints are in: `amazonaws.com`, in China `amazonaws.com.cn`. */
export function dnsSuffixOf(region: string): string {
  return DNS_SUFFIXES[partitionOf(region)] ?? "amazonaws.com";
}

/** A service of a Region, as KMS names it in `kms:ViaService`. */
export function viaService(service: string, region: string): string {
  return `${service}.${region}.${dnsSuffixOf(region)}`;
}

/** An ARN of a regional service. */
export function arn(service: string, region: string, account: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;
}

/** A role or a user without a path, as its ARN ends: `role/analyst`, `user/analyst`. */
export type RoleOrUser = `role/${string}` | `user/${string}`;

/** The ARN of a role or a user. `region` only tells the partition; IAM is global. */
export function principalArn(region: string, account: string, principal: RoleOrUser): string {
  return `arn:${partitionOf(region)}:iam::${account}:${principal}`;
}

/** The ARN of a role without a path. */
export function roleArn(region: string, account: string, name: string): string {
  return principalArn(region, account, `role/${name}`);
}

/** The ARN of a user without a path. */
export function userArn(region: string, account: string, name: string): string {
  return principalArn(region, account, `user/${name}`);
}

/** The ARN of a managed policy without a path. */
export function policyArn(region: string, account: string, name: string): string {
  return `arn:${partitionOf(region)}:iam::${account}:policy/${name}`;
}

/** The principal that stands for a whole account. */
export function rootArn(region: string, account: string): string {
  return `arn:${partitionOf(region)}:iam::${account}:root`;
}

/** The ARN of a bucket; with `key` (which may end in `*`) that of its objects. */
export function bucketArn(region: string, bucket: string, key?: string): string {
  return `arn:${partitionOf(region)}:s3:::${bucket}${key === undefined ? "" : `/${key}`}`;
}

export function functionArn(region: string, account: string, name: string): string {
  return arn("lambda", region, account, `function:${name}`);
}

export function tableArn(region: string, account: string, name: string): string {
  return arn("dynamodb", region, account, `table/${name}`);
}

/** Every KMS key of an account: the id of one is not ours to choose. */
export function keysArn(region: string, account: string): string {
  return arn("kms", region, account, "key/*");
}

export function workgroupArn(region: string, account: string, name: string): string {
  return arn("athena", region, account, `workgroup/${name}`);
}

export function dataCatalogArn(region: string, account: string, name: string): string {
  return arn("athena", region, account, `datacatalog/${name}`);
}

/** Every Athena catalog of an account, in all Regions. */
export function anyRegionCatalogsArn(region: string, account: string): string {
  return `arn:${partitionOf(region)}:athena:*:${account}:datacatalog/*`;
}

export function dataSourceArn(region: string, hub: string, id: string): string {
  return arn("quicksight", region, hub, `datasource/${id}`);
}

export function dataSetArn(region: string, hub: string, id: string): string {
  return arn("quicksight", region, hub, `dataset/${id}`);
}

/** The ARN of a KMS key's alias: `alias/...`. */
export function aliasArn(region: string, account: string, alias: string): string {
  return arn("kms", region, account, alias);
}
