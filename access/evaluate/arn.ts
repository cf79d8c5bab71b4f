/** An ARN's six components; the last one may itself hold colons. */
export type ArnComponents = readonly [
  arn: string,
  partition: string,
  service: string,
  region: string,
  account: string,
  resource: string,
];

/** Splits an ARN, or the pattern of one, at its first five colons; undefined when there are fewer. */
export function arnComponents(text: string): ArnComponents | undefined {
  const parts = text.split(":");
  const [arn, partition, service, region, account, ...resource] = parts;
  if (arn === undefined || partition === undefined || service === undefined) return undefined;
  if (region === undefined || account === undefined || resource.length === 0) return undefined;
  return [arn, partition, service, region, account, resource.join(":")];
}

/** Whether the text is an AWS account id. */
export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text);
}
