/** What a program registers with the engine: each resource with the provider and parent it was sent with. */
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** `<urn>::<id>` of the provider; empty when the resource would land on a default provider. */
  readonly provider: string;
  readonly parent: string;
  readonly protect: boolean;
  readonly dependencies: readonly string[];
  /** Property -> URNs of the resources that its value comes from. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The part of the engine's RegisterResourceRequest that specs look at. */
interface Request {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getProvider(): string;
  getParent(): string;
  getProtect(): boolean;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): {
    forEach(look: (sources: { getUrnsList(): string[] }, property: string) => void): void;
  };
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
type Answer = (error: unknown, response?: { getUrn(): string }) => void;
interface Monitor {
  registerResource(request: Request, callback: Answer, ...rest: unknown[]): unknown;
}

/**
 * Runs a program against mocks and records what it registers, in order.
 *
 * Mocks alone do not show the provider of a resource, so the monitor's call is watched.
 */
export async function recordRegistrations(
  program: () => unknown,
  options: { stack?: string; preview?: boolean; stackOutputs?: object } = {},
): Promise<Registered[]> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ inputs, name, type }) => ({
        id: `${name}-id`,
        state: {
          ...(inputs as object),
          ...computed(type, inputs as Record<string, unknown>),
          ...(type === "pulumi:pulumi:StackReference" ? { outputs: options.stackOutputs ?? {} } : {}),
        },
      }),
      call: ({ token }) => {
        throw new Error(`no call is expected, but ${token} was made`);
      },
    },
    "athena-spokes",
    options.stack ?? "dev",
    options.preview ?? false,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const registered: Registered[] = [];
  const original = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback, ...rest) =>
    original(
      request,
      (error, response) => {
        registered.push({
          urn: response?.getUrn() ?? "",
          type: request.getType(),
          name: request.getName(),
          custom: request.getCustom(),
          provider: request.getProvider(),
          parent: request.getParent(),
          protect: request.getProtect(),
          dependencies: request.getDependenciesList(),
          sources: sourcesOf(request),
          inputs: request.getObject()?.toJavaScript() ?? {},
        });
        callback(error, response);
      },
      ...rest,
    );
  await pulumi.runtime.runInPulumiStack(() => Promise.resolve(program()));
  await pulumi.runtime.disconnect();
  return registered.filter(({ type }) => type !== "pulumi:pulumi:Stack");
}

function sourcesOf(request: Request): Registered["sources"] {
  const sources: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((found, property) => {
    sources[property] = found.getUrnsList();
  });
  return sources;
}

/** What AWS would make up and others wait for. */
function computed(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const name = typeof inputs["name"] === "string" ? inputs["name"] : "unnamed";
  switch (type) {
    case "aws:iam/role:Role":
      return { arn: `arn:aws:iam::000000000000:role/${name}` };
    case "aws:iam/policy:Policy":
      return { arn: `arn:aws:iam::000000000000:policy/${name}` };
    case "aws:kms/key:Key":
      return { arn: "arn:aws:kms:us-east-1:000000000000:key/the-key", keyId: "the-key" };
    case "aws:lambda/function:Function":
      return { arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}` };
    default:
      return {};
  }
}
