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

/** How a provider gets into an account from another one. */
export interface SharedAccount extends Omit<Account, "role"> {
  /** The other account, and the role that is assumed there first. */
  readonly from: { readonly account: string; readonly role: string };
  /**
   * ARN of the role that is assumed from there, taken from the role itself: while that is still to be made, a preview has
   * nothing to assume, and makes no provider.
   */
  readonly roleArn: pulumi.Input<string>;
}

/** A provider for one account that enters it as another account, by a role that trusts that one. */
export function sharedAccountProvider(
  name: string,
  { account, region, tags, from, roleArn: shared }: SharedAccount,
  opts?: pulumi.ResourceOptions,
): Provider {
  return new Provider(
    name,
    {
      region,
      allowedAccountIds: [account],
      assumeRoles: [
        { roleArn: roleArn(region, from.account, from.role), sessionName: SESSION_NAME },
        { roleArn: shared, sessionName: SESSION_NAME },
      ],
      defaultTags: { tags: { ...tags } },
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
