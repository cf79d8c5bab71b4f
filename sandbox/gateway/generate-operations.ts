/**
 * Writes operations.json: the operations of the services that the gateway looks into, taken from the AWS SDK's own
 * models, with method and path for those with REST protocols. Run it after an update of the SDK:
 *
 *     npx tsx sandbox/gateway/generate-operations.ts
 */
import * as athena from "@aws-sdk/client-athena";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as cloudcontrol from "@aws-sdk/client-cloudcontrol";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as events from "@aws-sdk/client-eventbridge";
import * as glue from "@aws-sdk/client-glue";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import * as organizations from "@aws-sdk/client-organizations";
import * as quicksight from "@aws-sdk/client-quicksight";
import * as s3 from "@aws-sdk/client-s3";
import * as sns from "@aws-sdk/client-sns";
import * as sts from "@aws-sdk/client-sts";
import { writeFileSync } from "node:fs";
import path from "node:path";

/** Signing name -> the SDK's module, and whether the path tells the operation. */
const SERVICES: Readonly<Record<string, readonly [module: object, rest: boolean]>> = {
  athena: [athena, false],
  cloudcontrolapi: [cloudcontrol, false],
  cloudtrail: [cloudtrail, false],
  dynamodb: [dynamodb, false],
  events: [events, false],
  glue: [glue, false],
  iam: [iam, false],
  kms: [kms, false],
  lambda: [lambda, true],
  logs: [logs, false],
  monitoring: [cloudwatch, false],
  organizations: [organizations, false],
  quicksight: [quicksight, true],
  s3: [s3, true],
  sns: [sns, false],
  sts: [sts, false],
};

/** An operation in the SDK's schemas: [9, namespace, name, traits, input, output]. */
const OPERATION_SCHEMA = 9;

/** Service -> operation -> "METHOD /path", or "" where the request itself names the operation. */
export function operations(): Record<string, Record<string, string>> {
  const services: Record<string, Record<string, string>> = {};
  for (const [service, [module, rest]] of Object.entries(SERVICES)) {
    const found: [string, string][] = [];
    for (const value of Object.values(module)) {
      if (!Array.isArray(value) || value[0] !== OPERATION_SCHEMA) continue;
      const [, , name, traits] = value as [number, string, string, { http?: [string, string, number] }?];
      found.push([name, rest && traits?.http !== undefined ? traits.http.slice(0, 2).join(" ") : ""]);
    }
    services[service] = Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return services;
}

if (require.main === module) {
  writeFileSync(path.join(__dirname, "operations.json"), `${JSON.stringify(operations(), null, 2)}\n`);
}
