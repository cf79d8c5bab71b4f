import { Policy } from "@pulumi/aws/iam/policy";
import { User } from "@pulumi/aws/iam/user";
import { UserPolicyAttachment } from "@pulumi/aws/iam/userPolicyAttachment";
import type * as pulumi from "@pulumi/pulumi";
import { policyArn } from "../access/arn";
import { type PolicyDocument, policyText } from "../access/document";
import { spokeBoundary } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { boundedBy } from "./boundary";

/** A user of a spoke's account under the boundary, without a password or a key. */
export function createUser(
  name: string,
  request: SpokeRequest,
  userName: string,
  opts: pulumi.CustomResourceOptions,
): User {
  return new User(name, { name: userName, ...boundedBy(spokeBoundary(request)) }, opts);
}

/** A managed policy of the user's own, since IAM has no room for it inline: a user's inline policies have 2,048 characters (L2). */
export function attachPolicy(
  name: string,
  {
    request,
    user,
    policy,
    description,
    document,
  }: {
    readonly request: SpokeRequest;
    readonly user: User;
    /** Name of the policy. */
    readonly policy: string;
    readonly description: string;
    readonly document: PolicyDocument;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const made = new Policy(
    `${name}-policy`,
    { name: policy, description, policy: policyText(document) },
    opts,
  );
  new UserPolicyAttachment(
    `${name}-attachment`,
    // By name, so that a preview knows what is attached before the policy exists.
    { user: user.name, policyArn: policyArn(request.region, request.account, policy) },
    { ...opts, dependsOn: [made] },
  );
}
