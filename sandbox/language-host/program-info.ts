import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";

/** Where a program is and how it wants to be run. */
export interface Program {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** Folder of the program: `main` of Pulumi.yaml, by default the same. */
  readonly folder: string;
  /** What to load, relative to `folder`. */
  readonly entryPoint: string;
  /** `runtime.options` of Pulumi.yaml. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Reads what every request of the engine says about its program. */
export function programOf(info: ProgramInfo | undefined): Program {
  if (info === undefined) throw new Error("the engine did not say which program: it is older than 3.200.0");
  return {
    root: info.getRootDirectory(),
    folder: info.getProgramDirectory(),
    entryPoint: info.getEntryPoint(),
    options: info.getOptions()?.toJavaScript() ?? {},
  };
}
