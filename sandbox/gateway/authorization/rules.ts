import { ruleWithoutResource } from "./need";
import type { Rule, Table } from "./need";
import { athena } from "./tables/athena";
import { cloudControl } from "./tables/cloudcontrol";
import { cloudTrail } from "./tables/cloudtrail";
import { cloudFormation } from "./tables/cloudformation";
import { cloudWatch } from "./tables/cloudwatch";
import { dynamoDb } from "./tables/dynamodb";
import { events } from "./tables/events";
import { glue } from "./tables/glue";
import { iam } from "./tables/iam";
import { kms } from "./tables/kms";
import { lambda } from "./tables/lambda";
import { logs } from "./tables/logs";
import { organizations } from "./tables/organizations";
import { quickSight } from "./tables/quicksight";
import { ram } from "./tables/ram";
import { s3 } from "./tables/s3";
import { secretsManager } from "./tables/secretsmanager";
import { serverlessRepository } from "./tables/serverlessrepo";
import { sns } from "./tables/sns";
import { sts } from "./tables/sts";

/** Signing name -> what each operation needs. */
const TABLES: Readonly<Record<string, Table>> = {
  athena,
  cloudcontrolapi: cloudControl,
  cloudformation: cloudFormation,
  cloudtrail: cloudTrail,
  dynamodb: dynamoDb,
  events,
  glue,
  iam,
  kms,
  lambda,
  logs,
  monitoring: cloudWatch,
  organizations,
  quicksight: quickSight,
  ram,
  s3,
  secretsmanager: secretsManager,
  serverlessrepo: serverlessRepository,
  sns,
  sts,
};

/**
 * What an operation needs; undefined for one that is not known, which is to be denied. Beside the tables stand the actions
 * that AWS's authorization reference lists without a resource type (Lake Formation has no others): they are on `*`.
 */
export function ruleOf(signingName: string, operation: string): Rule | undefined {
  const table = Object.hasOwn(TABLES, signingName) ? TABLES[signingName] : undefined;
  if (table !== undefined && Object.hasOwn(table, operation)) return table[operation];
  return ruleWithoutResource(signingName, operation);
}
