/** What the execution role of a function in a VPC needs (L13): its network interfaces, which Lambda makes as this role. */
import { arn } from "./arn";
import type { Statement } from "./document";

/** Where a function runs. */
export interface Vpc {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

const MAKE = "ec2:CreateNetworkInterface";
const CHANGE = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:DeleteNetworkInterface",
  "ec2:UnassignPrivateIpAddresses",
] as const;
const LOOK = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"] as const;

/** All that the role of a function in a VPC does with networks. */
export const NETWORK_ACTIONS = [MAKE, ...CHANGE, ...LOOK] as const;

/**
 * Network interfaces in these subnets and security groups only. Lambda manages them with the function's own role, so that
 * the function's code is denied what Lambda is allowed ("Giving Lambda functions access to resources in an Amazon VPC",
 * Lambda developer guide).
 */
export function networkInterfaces(
  { region, account }: { readonly region: string; readonly account: string },
  vpc: Vpc | undefined,
): Statement[] {
  if (vpc === undefined) return [];
  const interfaces = arn("ec2", region, account, "network-interface/*");
  return [
    {
      Sid: "MakeNetworkInterfaces",
      Effect: "Allow",
      Action: MAKE,
      Resource: [
        interfaces,
        ...vpc.subnets.map((subnet) => arn("ec2", region, account, `subnet/${subnet}`)),
        ...vpc.securityGroups.map((group) => arn("ec2", region, account, `security-group/${group}`)),
      ],
    },
    { Sid: "ChangeNetworkInterfaces", Effect: "Allow", Action: CHANGE, Resource: interfaces },
    {
      Sid: "LookAtNetwork",
      Effect: "Allow",
      Action: LOOK,
      // AWS defines no resource type for these actions; the Region is the only bound there is.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "NoNetworkByCode",
      Effect: "Deny",
      // A deny may reach everything.
      Action: "ec2:*",
      Resource: "*",
      // Lambda says of each call of a function's code which function made it, and says so of no call of its own.
      Condition: { Null: { "lambda:SourceFunctionArn": "false" } },
    },
  ];
}
