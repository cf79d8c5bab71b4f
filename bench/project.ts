/** The project that is measured: one environment, and spokes by number. */
import { mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";

const ROOT = path.dirname(__dirname);

/**
 * A project with an environment of constant size, where onboarding updates nothing but the spoke.
 *
 * @param tables of the producer that its connector may read
 */
export async function projectIn(folder: string, tables: readonly string[] = ["Music"]): Promise<string> {
  const project = await mkdtemp(path.join(folder, "project-"));
  await writeFile(
    path.join(project, "Pulumi.yaml"),
    `name: athena-spokes\nmain: ${path.join(ROOT, "stacks/index.ts")}\nruntime: nodejs\nconfig:\n  pulumi:disable-default-providers:\n    value: [aws, aws-native]\n`,
  );
  await writeFile(
    path.join(project, "Pulumi.bench.yaml"),
    `config:
  athena-spokes:environment:
    region: us-east-1
    organization: o-athenaspokes
    producerGrants: organization
    hub:
      account: "111111111111"
      assumeRole: OrganizationAccountAccessRole
      quick: { owners: [group/bi-admins], authors: [group/bi-authors] }
    producers:
      music:
        account: "122222222222"
        assumeRole: OrganizationAccountAccessRole
        sampleData: true
        connectors: { acct1dynamodb: { tables: [${tables.join(", ")}] } }
`,
  );
  return project;
}

/** A request of the spoke with that number, whose account is 133333330000 and that number. */
export function requestFor(pair: number): string {
  return `spoke: s${pair}
environment: bench
account: "${133333330000 + pair}"
assumeRole: OrganizationAccountAccessRole
region: us-east-1
sampleData: true
connectors:
  - from: music
`;
}
