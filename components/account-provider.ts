/** The explicit provider of one account. Each account has its own; there is no default provider (see docs/architecture.md). */
import { Provider } from "@pulumi/aws/provider";
import { Provider as CloudControlProvider } from "@pulumi/aws-native/provider";
import type { Region } from "@pulumi/aws-native";
import type * as pulumi from "@pulumi/pulumi";
import { roleArn } from "../access/arn";

/** What a provider needs to know of an account. */
export interface Account {
  /** Twelve digits. Calls into any other account are refused before they are made. */
  readonly account: string;
  readonly region: string;
  /** Name of the role that the provider assumes there. */
  readonly role: string;
  /** Tags for all that the provider makes. */
  readonly tags: Readonly<Record<string, string>>;
}

const SESSION_NAME = "athena-spokes";

/** A provider for one account. */
export function accountProvider(name: string, args: Account, opts?: pulumi.ResourceOptions): Provider {
  return new Provider(
    name,
    {
      region: args.region,
      allowedAccountIds: [args.account],
      assumeRoles: [{ roleArn: roleArn(args.region, args.account, args.role), sessionName: SESSION_NAME }],
      defaultTags: { tags: { ...args.tags } },
    },
    opts,
  );
}

/** A Cloud Control provider for one account, for what @pulumi/aws does not type. It tags nothing by itself. */
export function accountCloudControl(
  name: string,
  args: Omit<Account, "tags">,
  opts?: pulumi.ResourceOptions,
): CloudControlProvider {
  return new CloudControlProvider(
    name,
    {
      region: args.region as Region,
      allowedAccountIds: [args.account],
      assumeRole: { roleArn: roleArn(args.region, args.account, args.role), sessionName: SESSION_NAME },
    },
    opts,
  );
}
