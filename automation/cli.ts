/** The command `spokes`: a thin shell over the library. Everything heavy is loaded by the command that needs it. */
import { version } from "../package.json";
import { Command, CommanderError, Option } from "commander";
import type { BootstrapWanted } from "./bootstrap";
import type { ActAsQuick, Context } from "./context";
import { asRunnerError, RunnerError } from "./failure";
import type { RequestFlags, WrittenRequest } from "./files/request-file";
import { bearClosedPipes, type Output, type Shown, standardStreams } from "./output/output";
import { counted } from "./output/wording";
import type { Leftovers } from "./leftovers";
import type { Side } from "../access/side";
import type { Onboarded } from "./onboard";
import type { QueryOptions } from "./query";
import type { ListedSpoke } from "./spokes";
import { outcomeOfProof } from "./proof/shown";
import { outcomeOf } from "./verify/rung";

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed: the message says what, and how to go on
  2  bad input, nothing was changed: a request, a name, credentials or an endpoint to correct
  3  declined, nothing was changed: the answer was no, or there was no terminal to ask and no --yes
  4  needs the platform team: what to hand on is printed`;

interface Globals {
  readonly sandbox?: string | true;
  readonly json?: boolean;
  /** Of `query` alone. */
  readonly csv?: boolean;
  readonly project?: string;
  readonly patience?: number;
  readonly color: boolean;
}

interface PolicyFlags {
  readonly policy?: boolean;
  readonly policyConfig?: string;
}

interface Onboarding extends RequestFlags, PolicyFlags {
  readonly yes?: boolean;
  readonly side?: Side;
  readonly verify: boolean;
  readonly dataSourceWarning?: number;
}

interface Query extends QueryOptions {
  readonly spoke: string;
  readonly environment?: string;
}

/** What a command does with its context, and how its result is shown. */
type Run<Result> = (context: Context) => Promise<Result>;

/** Runs the command; the exit code is set when it is over. */
export async function main(argv: readonly string[]): Promise<void> {
  // Which Node.js is supported is this project's to say (package.json), and the SDK is pinned.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  bearClosedPipes();
  const json = argv.includes("--json");
  const program = commands(json);
  try {
    await program.parseAsync(withoutGreed(argv, program));
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // --help and --version end this way too.
    if (thrown.exitCode === 0) return;
    process.exitCode = 2;
    // For people, Commander has written what it has to say.
    if (!json) return;
    const words = thrown.message.replace(/^error: /, "");
    await (await outputFor({ json })).failure(new RunnerError("input.invalid", "input", words));
  }
}

/** `--sandbox onboard ...` and `--sandbox request.yaml` mean the default sandbox: no sandbox has a name like these. */
function withoutGreed(argv: readonly string[], program: Command): string[] {
  const names = new Set(program.commands.map((command) => command.name()));
  const isNoSandbox = (word: string) => names.has(word) || /[./\\]/.test(word);
  return argv.map((word, index) =>
    word === "--sandbox" && isNoSandbox(argv[index + 1] ?? "") ? "--sandbox=default" : word,
  );
}

function commands(json: boolean): Command {
  const program = new Command("spokes")
    .description("Cross-account Athena for Amazon Quick: onboards spokes to an environment's hub, end to end")
    .version(version)
    .exitOverride()
    // Commands that are added below do the same.
    .configureOutput(json ? { writeErr: () => undefined } : {})
    .addOption(
      new Option("--sandbox [name]", "run in a local sandbox instead of AWS (default name: default)"),
    )
    .option("--json", "one JSON object a line: events, then the result")
    .option("--project <dir>", "folder of Pulumi.yaml (default: upwards from here, else this package)")
    .option(
      "--patience <seconds>",
      "longest wait for errors that pass by themselves, as for a new role that IAM still spreads (default: 60 to 120)",
      wholeNumber,
    )
    .option("--no-color", "no colours (NO_COLOR does the same)")
    .addHelpText("after", EXIT_CODES);
  const command = (parent: Command, usage: string, description: string) =>
    parent.command(usage).description(description).exitOverride().addHelpText("after", EXIT_CODES);

  proofFlags(
    policyFlags(
      requestFlags(
        command(program, "onboard [request]", "onboard a spoke from a request file, or from flags"),
      ),
    ),
    PROOF_OF_A_PLAN,
  )
    .option("-y, --yes", "do not ask")
    .option("--no-verify", "do not verify at the end")
    .option("--data-source-warning <count>", "warn from this number of data sources in the hub", wholeNumber)
    .action(async (file: string | undefined, written: Onboarding & ProofFlags, self: Command) => {
      const { proof, explain, ...options } = written;
      await run(
        self,
        options.yes,
        async (context) => {
          const { onboard } = await import("./onboard.js");
          return onboard(context, await requestFrom(context.project, file, options), {
            verify: options.verify,
            side: options.side,
            policy: await policyOf(context, options),
            ...proofWanted({ proof, explain }),
            ...(options.dataSourceWarning === undefined
              ? {}
              : { dataSourceWarning: options.dataSourceWarning }),
          });
        },
        (result) => ({
          lines: [
            `${result.stack}: ${result.changed ? "onboarded" : "nothing changed"}`,
            ...(result.roleA === undefined ? [] : [`  Role A       ${result.roleA}`]),
            ...(result.roleB === undefined ? [] : [`  Role B       ${result.roleB}`]),
            ...(result.analyst === undefined ? [] : [`  analyst      ${result.analyst}`]),
            `  data source  ${dataSourceText(result)}`,
            ...Object.values(result.datasets ?? {}).map((id) => `  dataset      ${id}`),
            ...Object.entries(result.classifications ?? {}).flatMap(([name, level]) => [
              `  ${name}:`,
              `    Role B       ${level.roleB}`,
              `    data source  ${level.dataSource?.id ?? "none"} (${level.dataSource?.status ?? "none"})`,
              ...Object.values(level.datasets ?? {}).map((id) => `    dataset      ${id}`),
            ]),
          ],
        }),
      );
    });

  proofFlags(
    policyFlags(
      requestFlags(
        command(
          program,
          "preview [request]",
          "show what onboarding would do: a request file, a spoke, or flags",
        ),
      ),
    ),
    PROOF_OF_A_PLAN,
  ).action(async (file: string | undefined, written: Onboarding & ProofFlags, self: Command) => {
    const { proof, explain, ...options } = written;
    await run(
      self,
      undefined,
      async (context) => {
        const { preview, requestNamed } = await import("./preview.js");
        const { request, side } =
          file !== undefined && Object.keys(options).every((key) => WITH_A_SPOKE.includes(key))
            ? await requestNamed(context.project, file, options.environment, options.side)
            : { request: await requestFrom(context.project, file, options), side: options.side };
        return preview(context, request, {
          side,
          policy: await policyOf(context, options),
          ...proofWanted({ proof, explain }),
        });
      },
      ({ stack, environment, spoke, proof: proved }) => ({
        lines: [
          ...(environment === undefined && spoke.changes.length === 0
            ? [`${stack}: nothing would change`]
            : []),
          ...(proved === undefined ? [] : [`${stack}: ${outcomeOfProof(proved)}`]),
        ],
      }),
    );
  });

  proofFlags(
    command(
      program,
      "verify <spoke>",
      "verify an onboarded spoke, rung by rung: <environment>-<spoke>, or <spoke>",
    ),
    "prove who has access and who has not, from the policies that the accounts have",
  )
    .option("-e, --environment <name>", "the spoke's environment")
    .action(async (spoke: string, options: { environment?: string } & ProofFlags, self: Command) => {
      await run(
        self,
        undefined,
        async (context) => {
          const { verify } = await import("./verify.js");
          return verify(context, await spokeOf(context, spoke, options), proofWanted(options));
        },
        ({ stack, rungs, proof }) => ({
          lines: [
            `${stack}: ${outcomeOf(rungs)}`,
            ...(proof === undefined ? [] : [`${stack}: ${outcomeOfProof(proof)}`]),
          ],
        }),
      );
    });

  command(
    program,
    "query <sql>",
    "run a query in a spoke's workgroup, and show its rows and the hops it took",
  )
    .requiredOption("--spoke <name>", "which spoke: <environment>-<spoke>, or <spoke>")
    .option("-e, --environment <name>", "the spoke's environment")
    .option(
      "--as <who>",
      "analyst, role-b, quick, a role's ARN or <account>:<role> (default: analyst where it is a role, else role-b)",
    )
    .option("--classification <name>", "at the level of this classification (default: the general one)")
    .option("--catalog <name>", "catalog of names that name none (default: AwsDataCatalog)")
    .option("--database <name>", "database of names that name none")
    .option("--limit <rows>", "how many rows to show (default: 100)", wholeNumber)
    .option("--timeout <seconds>", "stop the query when it takes longer (default: 300)", wholeNumber)
    .option("--csv", "rows as CSV, and all else on standard error")
    .action(async (sql: string, { spoke, environment, ...options }: Query, self: Command) => {
      await run(
        self,
        undefined,
        async (context) => {
          const { query } = await import("./query.js");
          const named = environment === undefined ? {} : { environment };
          return query(context, await spokeOf(context, spoke, named), sql, options);
        },
        (result) => ({
          table: { columns: result.columns, rows: result.rows },
          notes: [
            `${counted(result.rows.length, "row")}${result.more ? " (there are more: --limit)" : ""}, ${result.state} as ${result.as} in workgroup ${result.workgroup}`,
            `  query ${result.id}, ${result.bytesScanned} bytes scanned, ${result.milliseconds} ms`,
            ...(result.outputLocation === undefined ? [] : [`  results in ${result.outputLocation}`]),
          ],
        }),
      );
    });

  command(
    program,
    "audit <spoke>",
    "tell from CloudTrail who went along a spoke's chain, and fail on what the chain does not explain",
  )
    .option("-e, --environment <name>", "the spoke's environment")
    .option("--days <days>", "how far back (default: 1, at most 90)", wholeNumber)
    .action(async (spoke: string, options: { environment?: string; days?: number }, self: Command) => {
      await run(
        self,
        undefined,
        async (context) => {
          const { audit } = await import("./audit.js");
          const { days } = options;
          return audit(context, await spokeOf(context, spoke, options), days === undefined ? {} : { days });
        },
        ({ sessions }) =>
          sessions.length === 0
            ? { lines: ["nobody became Role B"] }
            : {
                table: {
                  columns: ["time", "level", "Role A by", "Role B by", "session", "queries"],
                  rows: sessions.map(({ time, classification, roleABy, by, session, queries }) => [
                    time,
                    classification ?? "general",
                    roleABy ?? "not told",
                    by,
                    session,
                    queries.length === 0 ? "none" : queries.join("\n"),
                  ]),
                },
              },
      );
    });

  command(program, "costs", "add up what each spoke's queries scanned, and what that costs")
    .option("-e, --environment <name>", "only this environment")
    .option("--days <days>", "how far back (default: 30, at most 45)", wholeNumber)
    .option(
      "--price-per-tb <dollars>",
      "US dollars a terabyte scanned (default: 5, Athena's price in us-east-1; see aws.amazon.com/athena/pricing)",
      dollars,
    )
    .action(async (options: { environment?: string; days?: number; pricePerTb?: number }, self: Command) => {
      await run(
        self,
        undefined,
        async (context) => (await import("./costs.js")).costs(context, options),
        (spokes) =>
          spokes.length === 0
            ? { lines: ["no spoke has a workgroup of its own"] }
            : {
                table: {
                  columns: [
                    "spoke",
                    "account",
                    "workgroup",
                    "queries",
                    "bytes scanned",
                    "bytes billed",
                    "US dollars",
                  ],
                  rows: spokes.map(({ stack, account, workgroup, ...costs }) => [
                    stack,
                    account,
                    workgroup,
                    String(costs.queries),
                    String(costs.bytesScanned),
                    String(costs.bytesBilled),
                    costs.price.toFixed(6),
                  ]),
                },
              },
      );
    });

  command(program, "list", "list the spokes with account, Role B and the status of their data source")
    .option("-e, --environment <name>", "only this environment")
    .action(async (options: { environment?: string }, self: Command) => {
      await run(
        self,
        undefined,
        async (context) => (await import("./spokes.js")).listSpokes(context, options.environment),
        (spokes) =>
          spokes.length === 0 ? { lines: ["no spoke is onboarded"] } : { table: spokeTable(spokes) },
      );
    });

  command(
    program,
    "status <spoke>",
    "show a spoke: outputs, last update, interrupted operations, data source",
  )
    .option("-e, --environment <name>", "the spoke's environment")
    .action(async (spoke: string, options: { environment?: string }, self: Command) => {
      await run(
        self,
        undefined,
        async (context) => {
          const { spokeStatus } = await import("./spokes.js");
          return spokeStatus(context, await spokeOf(context, spoke, options));
        },
        (status) => ({
          table: {
            columns: [],
            rows: [
              ["stack", status.stack],
              ["account", status.account ?? "unknown"],
              ["resources", String(status.resources)],
              [
                "last update",
                `${status.lastUpdate ?? "never"}${status.updating ? " (another is running)" : ""}`,
              ],
              ["interrupted", status.pending.length === 0 ? "nothing" : status.pending.join("\n")],
              [
                "data source",
                `${status.dataSource ?? "unknown"}: ${status.status}${status.error === undefined ? "" : ` (${status.error})`}`,
              ],
              ...Object.entries(status.classifications ?? {}).map(([name, level]) => [
                `data source of ${name}`,
                `${level.dataSource ?? "unknown"}: ${level.status}${level.error === undefined ? "" : ` (${level.error})`}`,
              ]),
              ...Object.entries(status.outputs)
                .filter(([key]) => key !== "spoke")
                .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
            ],
          },
        }),
      );
    });

  command(
    program,
    "offboard <spoke>",
    "remove a spoke from all accounts, and look that nothing is left; what people have put into its buckets and databases is kept. Takes the request file, too: of a spoke that is gone it tells what to look for",
  )
    .option("-e, --environment <name>", "the spoke's environment")
    .addOption(sideOption("which is a stack of its own"))
    .option("-y, --yes", "do not ask")
    .option("--delete-data", "also delete the spoke's own buckets, databases and tables with all they hold")
    .action(
      async (
        spoke: string,
        options: { environment?: string; side?: Side; yes?: boolean; deleteData?: boolean },
        self: Command,
      ) => {
        await run(
          self,
          options.yes,
          async (context) => {
            const { offboard } = await import("./offboard.js");
            const { isRequestFile, readRequestFile } = await import("./files/request-file.js");
            const deleteData = options.deleteData ?? false;
            if (!isRequestFile(spoke))
              return offboard(context, await spokeOf(context, spoke, options), { deleteData });
            const { request } = await readRequestFile(spoke, context.project);
            const { spokeOfRequest } = await import("./spoke-name.js");
            return offboard(context, spokeOfRequest(request, options.side), { deleteData, request });
          },
          ({ stack, changed, leftovers }) => ({
            lines: [`${stack}: ${changed ? "offboarded" : "was gone already"}${leftText(leftovers)}`],
          }),
        );
      },
    );

  command(
    program,
    "comment <folder>",
    "print a comment for a pull request, from what `preview --json` told: <folder>/<request>.jsonl",
  ).action(async (folder: string, _: object, self: Command) => {
    await withOutput(self, async (output) => {
      const { commentFor } = await import("./comment.js");
      const comment = await commentFor(folder);
      await output.result({ comment }, { lines: [comment] });
    });
  });

  bootstrapCommands(
    command(program, "bootstrap", "write a CloudFormation template with the roles that an account needs"),
    command,
  );
  environmentCommands(
    command(program, "environment", "the platform team's part: the hub and its producers"),
    command,
  );
  sandboxCommands(command(program, "sandbox", "a local AWS for rehearsals"), command);
  return program;
}

type MakeCommand = (parent: Command, usage: string, description: string) => Command;

function environmentCommands(parent: Command, command: MakeCommand): void {
  proofFlags(
    policyFlags(command(parent, "up <environment>", "bring an environment up, or up to date")),
    PROOF_OF_A_PLAN,
  )
    .option("-y, --yes", "do not ask")
    .action(async (name: string, options: PolicyFlags & ProofFlags & { yes?: boolean }, self: Command) => {
      await run(
        self,
        options.yes,
        async (context) =>
          (await import("./environment.js")).updateEnvironment(context, name, {
            policy: await policyOf(context, options),
            ...proofWanted(options),
          }),
        ({ changed }) => ({ lines: [`${name}: ${changed ? "up" : "nothing changed"}`] }),
      );
    });
  command(parent, "destroy <environment>", "destroy an environment that has no spokes")
    .option("-y, --yes", "do not ask")
    .option("--delete-data", "also delete its buckets and tables with all they hold")
    .action(async (name: string, options: { yes?: boolean; deleteData?: boolean }, self: Command) => {
      await run(
        self,
        options.yes,
        async (context) =>
          (await import("./environment.js")).destroyEnvironment(context, name, {
            deleteData: options.deleteData ?? false,
          }),
        ({ changed, leftovers }) => ({
          lines: [`${name}: ${changed ? "destroyed" : "was gone already"}${leftText(leftovers)}`],
        }),
      );
    });
}

/** What there is of a data source after an onboarding. */
function dataSourceText({ side, roleB, dataSource }: Onboarded): string {
  if (dataSource !== undefined) return `${dataSource.id} (${dataSource.status})`;
  if (roleB === undefined) return "none: Quick does not query this spoke";
  return side === "spoke" ? "on the hub's side" : "none";
}

/** A search that found more than what is there on purpose has failed by then. */
function leftText(leftovers: Leftovers | undefined): string {
  if (leftovers === undefined) return "; whether anything is left, only its request file tells";
  const { looked, staying, unseen } = leftovers;
  return [
    `, and nothing is left of ${counted(looked, "thing")} that were looked for`,
    ...(staying.length === 0 ? [] : [`${staying.length} stay on purpose`]),
    ...(unseen.length === 0 ? [] : [`${unseen.length} could not be looked at`]),
  ].join("; ");
}

function bootstrapCommands(parent: Command, command: MakeCommand): void {
  const kind = (usage: string, description: string) =>
    command(parent, usage, description)
      .option("-e, --environment <name>", "the environment (default: the only one configured here)")
      .option("--trust <arn...>", "users and roles that may assume the roles (default: the caller)")
      .option("--out <file>", "write the template there (default: to standard output)");
  kind("hub", "the account that runs Amazon Quick").action(async (options: BootstrapFlags, self: Command) => {
    await writeBootstrap(self, { kind: "hub" }, options);
  });
  kind("producer [producer]", "an account that owns connectors")
    .option("--spokes <account...>", "accounts of the spokes that may be let in (default: any)")
    .action(
      async (
        producer: string | undefined,
        options: BootstrapFlags & { readonly spokes?: readonly string[] },
        self: Command,
      ) => {
        const { spokes } = options;
        await writeBootstrap(
          self,
          {
            kind: "producer",
            ...(producer === undefined ? {} : { producer }),
            ...(spokes === undefined ? {} : { spokes }),
          },
          options,
        );
      },
    );
  kind("reader [reader]", "an account with functions that read tables of producers").action(
    async (reader: string | undefined, options: BootstrapFlags, self: Command) => {
      await writeBootstrap(self, { kind: "reader", ...(reader === undefined ? {} : { reader }) }, options);
    },
  );
  kind(
    "spoke [request...]",
    "a spoke's account: for exactly these requests, or without any for all that has default names",
  ).action(async (requests: string[], options: BootstrapFlags, self: Command) => {
    await writeBootstrap(self, { kind: "spoke", requests }, options);
  });
  kind(
    "tables <account> [request...]",
    "an account with tables that connectors of other accounts read: producers', and those that requests deploy",
  ).action(async (account: string, requests: string[], options: BootstrapFlags, self: Command) => {
    await writeBootstrap(self, { kind: "tables", account, requests }, options);
  });
}

interface BootstrapFlags {
  readonly environment?: string;
  readonly trust?: readonly string[];
  readonly out?: string;
}

async function writeBootstrap(
  self: Command,
  wanted: BootstrapWanted,
  options: BootstrapFlags,
): Promise<void> {
  const { environment, trust, out } = options;
  await run(
    self,
    undefined,
    async (context) => {
      const { bootstrap } = await import("./bootstrap.js");
      const written = await bootstrap(context, wanted, {
        ...(environment === undefined ? {} : { environment }),
        ...(trust === undefined ? {} : { trust }),
      });
      if (out !== undefined) {
        const { writeOut } = await import("./files/written-out.js");
        await writeOut(out, `${JSON.stringify(written.template, undefined, 2)}\n`);
      }
      return written;
    },
    ({ template, stack, account }) => ({
      lines:
        out === undefined
          ? [JSON.stringify(template, undefined, 2)]
          : [
              `wrote ${out}; as an administrator of ${account === undefined ? "each spoke's account" : `account ${account}`}:`,
              `  aws cloudformation deploy --template-file ${out} --stack-name ${stack} --capabilities CAPABILITY_NAMED_IAM`,
            ],
    }),
  );
}

function sandboxCommands(parent: Command, command: MakeCommand): void {
  const named = (usage: string, description: string) =>
    command(parent, usage, description).option("--name <name>", "which sandbox (default: default)");
  named("start", 'start a sandbox and print the variables to export: eval "$(spokes sandbox start)"')
    .option("--port <port>", "port of the endpoint (default: any free one)", wholeNumber)
    .addOption(new Option("--providers <which>", "whose Pulumi providers").choices(["sandbox", "real"]))
    .option("--iam", "ask for permissions (the default of a new sandbox)")
    .option("--no-iam", "let everybody who has a key do everything")
    .action(
      async (
        options: { name?: string; port?: number; providers?: "sandbox" | "real"; iam?: boolean },
        self: Command,
      ) => {
        await withOutput(self, async (output, { json }) => {
          const { startSandbox } = await import("../sandbox/sandbox.js");
          const running = await startSandbox(options).catch((thrown: unknown) => {
            // `eval ""` succeeds, and the shell would go on with the real AWS.
            if (json !== true && !process.stdout.isTTY) standardStreams.out("false\n");
            throw thrown;
          });
          // Only the variables go to stdout, so that a shell can read them as they are.
          process.stderr.write(`sandbox ${running.name} answers at ${running.endpoint}\n`);
          const { environment, unset } = running;
          await output.result(
            { name: running.name, endpoint: running.endpoint, environment, unset },
            {
              lines: [
                ...Object.entries(environment).map(([key, value]) => `export ${key}=${quoted(value)}`),
                `unset ${unset.join(" ")}`,
              ],
            },
          );
        });
      },
    );
  named("stop", "stop a sandbox; its state stays").action(
    async (options: { name?: string }, self: Command) => {
      await withOutput(self, async (output) => {
        const { stopSandbox } = await import("../sandbox/sandbox.js");
        const stopped = await stopSandbox(options);
        await output.result({ stopped }, { lines: [stopped ? "stopped" : "was not running"] });
      });
    },
  );
  named("status", "say whether a sandbox is running").action(
    async (options: { name?: string }, self: Command) => {
      await withOutput(self, async (output) => {
        const { sandboxStatus } = await import("../sandbox/sandbox.js");
        const status = await sandboxStatus(options);
        await output.result(status, {
          lines: [
            status.state === "running"
              ? `sandbox ${status.name} answers at ${status.endpoint} since ${status.started} (${status.folder})`
              : `sandbox ${status.name} is stopped (${status.folder})`,
            ...(status.state === "running"
              ? status.processes.map(({ name, memory }) => `  ${name}: ${Math.round(memory / 2 ** 20)} MiB`)
              : []),
          ],
        });
      });
    },
  );
  named("reset", "stop a sandbox and forget everything in it").action(
    async (options: { name?: string }, self: Command) => {
      await withOutput(self, async (output) => {
        const { resetSandbox } = await import("../sandbox/sandbox.js");
        await resetSandbox(options);
        await output.result({ reset: true }, { lines: ["reset"] });
      });
    },
  );
}

function requestFlags(command: Command): Command {
  return command
    .addOption(sideOption("in a stack of its own"))
    .option("--spoke <name>", "name of the spoke (in place of a file)")
    .option("-e, --environment <name>", "its environment")
    .option("--account <id>", "its account, 12 digits")
    .option("--region <region>", "its Region, which is the environment's")
    .option("--from <producer...>", "producers whose connectors are attached")
    .option("--workgroup <name>", "an Athena workgroup instead of one of its own")
    .option("--output-location <location>", "existing place for results: s3://bucket/prefix/")
    .option("--author <principal...>", "who may build datasets: user/<name>, group/<name>")
    .option("--sample-data", "make a sample table to try things out");
}

/** @param how the side is dealt with. */
function sideOption(how: string): Option {
  return new Option(
    "--side <side>",
    `only this side of it, ${how}: what is in the spoke's account, or in hub and producers`,
  ).choices(["spoke", "hub"] satisfies Side[]);
}

function policyFlags(command: Command): Command {
  return command
    .option("--policy", "judge it by the policy pack first; a mandatory finding stops here")
    .option("--policy-config <file>", "levels and parameters of the pack's rules (JSON)");
}

/** The policy pack that a command was given; levels and parameters alone ask for it, too. */
async function policyOf({ project }: Context, { policy, policyConfig }: PolicyFlags) {
  if (policy !== true && policyConfig === undefined) return undefined;
  return (await import("./policy.js")).policyPackOf(project, policyConfig);
}

/** Flags of `preview` that say nothing of the request, so that a spoke can be named in its place. */
const WITH_A_SPOKE: readonly string[] = ["environment", "policy", "policyConfig", "side"];

interface ProofFlags {
  readonly proof?: boolean | undefined;
  readonly explain?: string | undefined;
}

const PROOF_OF_A_PLAN = "prove who would have access and who would not, and show what changes";

function proofFlags(command: Command, what: string): Command {
  return command
    .option("--proof", what)
    .option("--explain <row>", "also tell which statements decided a row of the access matrix");
}

/** To ask about a row is to ask for the proof. */
function proofWanted({ proof, explain }: ProofFlags): { proof?: { explain?: string } } {
  if (explain !== undefined) return { proof: { explain } };
  return proof === true ? { proof: {} } : {};
}

/** The spoke that a command was given. */
async function spokeOf(
  { project }: Context,
  spoke: string,
  { environment, side }: { readonly environment?: string; readonly side?: Side },
) {
  return (await import("./spoke-name.js")).spokeNamed(project, spoke, environment, side);
}

/** The request that a command was given: a file, or flags in its place. */
async function requestFrom(
  project: string,
  file: string | undefined,
  options: Onboarding,
): Promise<WrittenRequest> {
  const { readRequestFile, readRequestFlags } = await import("./files/request-file.js");
  const flags = (
    [
      "spoke",
      "environment",
      "account",
      "region",
      "from",
      "workgroup",
      "outputLocation",
      "author",
      "sampleData",
    ] as const
  ).filter((key) => options[key] !== undefined);
  if ((file === undefined) === (flags.length === 0)) throw (await import("./preview.js")).ambiguousRequest();
  return file === undefined ? readRequestFlags(options, project) : readRequestFile(file, project);
}

/** Runs an operation in its context and shows what comes of it. */
async function run<Result>(
  self: Command,
  yes: boolean | undefined,
  operation: Run<Result>,
  show: (result: Result) => Shown,
): Promise<void> {
  await withOutput(self, async (output, globals) => {
    if (globals.sandbox !== undefined) await startAndEnter(globals.sandbox);
    const { openContext } = await import("./open-context.js");
    const { listenForInterrupts } = await import("./interrupt.js");
    // A second interrupt ends the command whatever runs.
    const { signal, release } = listenForInterrupts(
      (name) => {
        output.report({ code: "note", text: `${name}: stopping after the operations that are running` });
      },
      () => process.exit(130),
    );
    try {
      const actAsQuick = await quickOfSandbox();
      const context = await openContext({
        ...(actAsQuick === undefined ? {} : { actAsQuick }),
        report: output.report,
        confirm: yes === true ? () => Promise.resolve(true) : (question) => output.confirm(question),
        signal,
        ...(globals.project === undefined ? {} : { project: globals.project }),
        ...(globals.patience === undefined ? {} : { patience: globals.patience }),
      });
      const result = await operation(context);
      await output.result(result, show(result));
    } finally {
      release();
    }
  });
}

/** Opens the output that was asked for, and turns whatever is thrown into words and an exit code. */
async function withOutput(
  self: Command,
  act: (output: Output, globals: Globals) => Promise<void>,
): Promise<void> {
  const globals: Globals = self.optsWithGlobals();
  if (!globals.color) process.env.NO_COLOR = "1";
  const output = await outputFor(globals);
  try {
    await act(output, globals);
  } catch (thrown) {
    const error = asRunnerError(thrown);
    await output.failure(error);
    process.exitCode = error.exitCode;
  }
}

async function outputFor({ json, csv }: Pick<Globals, "json" | "csv">): Promise<Output> {
  if (csv === true && json !== true) {
    const { CsvOutput } = await import("./output/csv-output.js");
    return new CsvOutput(standardStreams);
  }
  if (json !== true) return (await import("./output/people.js")).outputForPeople();
  const { JsonOutput } = await import("./output/json-output.js");
  return new JsonOutput(standardStreams);
}

/** Lets everything that follows see the sandbox in place of AWS. */
async function startAndEnter(name: string | true): Promise<void> {
  const { enterSandbox, startSandbox } = await import("../sandbox/sandbox.js");
  enterSandbox(await startSandbox(name === true ? {} : { name }));
}

/** Who acts as Quick in the sandbox that was entered, by `--sandbox` or by the shell; nobody on AWS. */
async function quickOfSandbox(): Promise<ActAsQuick | undefined> {
  // Loading the sandbox costs every command on AWS something, too.
  if (process.env.ATHENA_SPOKES_SANDBOX === undefined) return undefined;
  return (await import("../sandbox/sandbox.js")).enteredQuick();
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new CommanderError(2, "commander.invalidArgument", `"${text}" is not a whole number`);
  return value;
}

function dollars(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new CommanderError(
      2,
      "commander.invalidArgument",
      `"${text}" is no price: write US dollars, 5 or 6.25`,
    );
  return value;
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function spokeTable(spokes: readonly ListedSpoke[]) {
  return {
    columns: ["spoke", "account", "Role B", "data source", "status", "last update"],
    rows: spokes.map(({ stack, account, roleB, dataSource, status, lastUpdate }) => [
      stack,
      account ?? "unknown",
      roleB ?? "unknown",
      dataSource ?? "unknown",
      status,
      lastUpdate ?? "never",
    ]),
  };
}
