import type { JavaInstallation } from "../functions/runtimes";

/** What the gateway's process is started with. */
export interface GatewaySettings {
  readonly name: string;
  /** Where state and sandbox.json are. */
  readonly folder: string;
  /** 0: any free one. */
  readonly port: number;
  /** Whether permissions are asked for. */
  readonly iam: boolean;
  /** True when any free port does, should this one be taken. */
  readonly otherPort: boolean;
  /** Tells this process from another one on the same port or with the same process id. */
  readonly token: string;
  /** A Python that has moto. */
  readonly python: string;
  /** sandbox/moto/serve.py */
  readonly launcher: string;
  /** DuckDB's module: the file. */
  readonly duckDb: string;
  /** sandbox/functions: what runs functions. */
  readonly hosts: string;
  /** The node_modules whose AWS SDK functions find. */
  readonly modules: string;
  /** What runs AWS's connector, where it is installed. */
  readonly connector?: JavaInstallation;
}

/** sandbox.json: written once the gateway answers. */
export interface RunningProcess {
  readonly name: string;
  readonly token: string;
  /** Lets its bearer act as Quick (POST /_sandbox/quick) and record decisions (/_sandbox/decisions). It stands in this file alone, which only its owner may read. */
  readonly secret: string;
  readonly pid: number;
  readonly motoPid: number;
  readonly port: number;
  /** Whether permissions are asked for. */
  readonly iam: boolean;
  /** ISO time. */
  readonly started: string;
}

/** What GET /_sandbox/health answers. */
export interface Health {
  readonly name: string;
  readonly token: string;
  /** Memory in bytes. */
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly memory: number }[];
}
