/** The analyst: a role of the spoke for people of the spoke's own account, who query what Quick queries (R28-R33, C8). */
import { rootArn } from "./arn";
import { type PolicyDocument, policyDocument } from "./document";
import type { Environment } from "./environment";
import type { SpokeRequest } from "./request";
import { queryStatements } from "./role-b";

/**
 * Who may assume the analyst: users and roles of the spoke's own account whose own policies allow sts:AssumeRole on it,
 * nobody from elsewhere. Which people these are, is the account's to say, and changes without a change here.
 */
export function analystTrust({ region, account }: SpokeRequest): PolicyDocument {
  return policyDocument({
    Sid: "OwnAccountAssumesAnalyst",
    Effect: "Allow",
    Principal: { AWS: rootArn(region, account) },
    Action: "sts:AssumeRole",
  });
}

/** What Athena's query editor lists without a resource (C7). */
const ATHENA_LISTS = [
  "athena:ListDataCatalogs",
  "athena:ListEngineVersions",
  "athena:ListWorkGroups",
] as const;

/** What the analyst may do: what Role B may, without the Athena actions that only Quick asks for (R31, C8). */
export function analystPermissions(request: SpokeRequest, environment: Environment): PolicyDocument {
  return policyDocument(...queryStatements(request, environment, ATHENA_LISTS));
}
