import { notImplemented } from "../errors";
import { iamKinds } from "./iam-resources";
import { dataLakeSettings } from "./lake-resources";
import { lambdaFunction } from "./lambda-function";
import type { ResourceKind } from "./resource-kind";

/** Types that stacks can have here. */
const KINDS: Readonly<Record<string, ResourceKind>> = {
  ...iamKinds,
  "AWS::LakeFormation::DataLakeSettings": dataLakeSettings,
  "AWS::Lambda::Function": lambdaFunction,
};

/** @throws AwsError 501 for a type that is not served */
export function kindOf(type: string): ResourceKind {
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined)
    throw notImplemented("cloudformation", `stacks with ${type}`, "are not served here");
  return kind;
}
