import type { Handler, Handlers } from "../context";
import { athena } from "./athena";
import { cloudControl } from "./cloudcontrol";
import { cloudFormation } from "./cloudformation";
import { cloudTrail } from "./cloudtrail";
import { dynamoDb } from "./dynamodb";
import { glue } from "./glue";
import { iam } from "./iam";
import { kms } from "./kms";
import { lakeFormation } from "./lakeformation";
import { lambda } from "./lambda";
import { organizations } from "./organizations";
import { quickSight } from "./quicksight";
import { s3 } from "./s3";
import { serverlessRepository } from "./serverlessrepo";
import { sts } from "./sts";

/** Signing name -> operation -> handler. */
const HANDLERS: Readonly<Record<string, Handlers>> = {
  athena,
  cloudcontrolapi: cloudControl,
  cloudformation: cloudFormation,
  cloudtrail: cloudTrail,
  dynamodb: dynamoDb,
  glue,
  iam,
  kms,
  lakeformation: lakeFormation,
  lambda,
  organizations,
  quicksight: quickSight,
  s3,
  serverlessrepo: serverlessRepository,
  sts,
};

/** What the gateway does with an operation beside passing it on; undefined where that is nothing. */
export function handlerOf(service: string, operation: string): Handler | undefined {
  // Both come from the request, and objects have members that nobody put there.
  const handlers = Object.hasOwn(HANDLERS, service) ? HANDLERS[service] : undefined;
  return handlers !== undefined && Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
}
