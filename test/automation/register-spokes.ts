/** A process that registers spokes one after the other, as onboardings do; files.spec.ts runs several at a time. */
import { writeRegistration } from "../../automation/files/environment-file";
import { withEnvironmentLock } from "../../automation/files/environment-lock";
import { registeredSales } from "../worlds";

async function main([project = "", name = "", count = ""]: readonly string[]): Promise<void> {
  for (let index = 1; index <= Number(count); index += 1)
    await withEnvironmentLock(
      { project, report: () => undefined, signal: new AbortController().signal },
      "dev",
      () => writeRegistration(project, "dev", `${name}${index}`, registeredSales),
    );
}

void main(process.argv.slice(2));
