/** A context on the real engine and the real AWS: whatever backend, endpoint and credentials the environment names. */
import { AwsCloud } from "./cloud/aws-cloud";
import type { Context } from "./context";
import { PulumiEngine } from "./engine/pulumi-engine";
import { findProject } from "./files/project";

export interface OpenOptions extends Pick<Context, "report" | "confirm" | "actAsQuick" | "patience"> {
  /** Folder of Pulumi.yaml. Default: the nearest one upwards, else the package's own. */
  readonly project?: string;
  /** Ends the operation as an interrupt from the keyboard would. Default: it is never aborted. */
  readonly signal?: AbortSignal;
}

/** Opens a context. */
export async function openContext({
  project,
  report,
  confirm,
  actAsQuick,
  patience,
  signal = new AbortController().signal,
}: OpenOptions): Promise<Context> {
  const folder = await findProject(project);
  return {
    project: folder,
    report,
    signal,
    confirm,
    ...(actAsQuick === undefined ? {} : { actAsQuick }),
    ...(patience === undefined ? {} : { patience }),
    cloud: new AwsCloud(),
    engine: new PulumiEngine({
      project: folder,
      report,
      signal,
      ...(patience === undefined ? {} : { patience }),
      program: async () => {
        const { program } = await import("../stacks/program.js");
        const waiting = { patience: patience === undefined ? undefined : patience * 1000, signal };
        return async () => ({ ...(await program(waiting)) });
      },
    }),
  };
}
