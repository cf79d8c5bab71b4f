/** Entry point of `pulumi up` and its kin. */
import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../access/faults";
import { program } from "./program";

async function main() {
  try {
    return await program();
  } catch (error) {
    // Pulumi prints a RunError without a stack trace, which would say nothing to the person who wrote the fault.
    throw error instanceof InputError ? new pulumi.RunError(error.message) : error;
  }
}

export = main;
