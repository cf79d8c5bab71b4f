import type { Handlers } from "../context";
import { athena } from "./athena";
import { cloudControl } from "./cloudcontrol";
import { glue } from "./glue";
import { iam } from "./iam";
import { kms } from "./kms";
import { lambda } from "./lambda";
import { organizations } from "./organizations";
import { quickSight } from "./quicksight";
import { s3 } from "./s3";
import { sts } from "./sts";

/** Signing name -> operation -> handler: everything that the gateway does beside passing requests on. */
export const HANDLERS: Readonly<Record<string, Handlers>> = {
  athena,
  cloudcontrolapi: cloudControl,
  glue,
  iam,
  kms,
  lambda,
  organizations,
  quicksight: quickSight,
  s3,
  sts,
};
