/** The two calls of the Serverless Application Repository that the provider makes, whose SDK is not used here. */
import type { CloudFormation } from "@aws-sdk/client-cloudformation";
import { SignatureV4 } from "@smithy/signature-v4";

/** What an application's stack is to be. */
export interface WantedStack {
  readonly applicationId: string;
  readonly stackName: string;
  readonly semanticVersion: string | undefined;
  readonly capabilities: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A version of an application: parameter -> default, and what has to be acknowledged. */
export interface ApplicationVersion {
  readonly defaults: Readonly<Record<string, string | undefined>>;
  readonly requiredCapabilities: readonly string[];
}

/** The repository in the Region of a CloudFormation client, with its credentials. */
export class ServerlessRepository {
  constructor(private readonly cloudFormation: Pick<CloudFormation, "config">) {}

  /** Makes a change set for the application's stack, which may not be there yet. */
  async createChangeSet(wanted: WantedStack): Promise<{ stackId: string; changeSetId: string }> {
    const { applicationId, stackName, semanticVersion, capabilities, parameters, tags } = wanted;
    const answer = await this.call("POST", `/applications/${encodeURIComponent(applicationId)}/changesets`, {
      body: JSON.stringify({
        stackName,
        semanticVersion,
        capabilities,
        parameterOverrides: Object.entries(parameters).map(([name, value]) => ({ name, value })),
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      }),
    });
    return { stackId: String(answer["stackId"]), changeSetId: String(answer["changeSetId"]) };
  }

  async version(applicationId: string, semanticVersion: string): Promise<ApplicationVersion> {
    const answer = await this.call("GET", `/applications/${encodeURIComponent(applicationId)}`, {
      query: { semanticVersion },
    });
    const { parameterDefinitions = [], requiredCapabilities = [] } = (answer["version"] ?? {}) as {
      readonly parameterDefinitions?: readonly { readonly name: string; readonly defaultValue?: string }[];
      readonly requiredCapabilities?: readonly string[];
    };
    return {
      defaults: Object.fromEntries(
        parameterDefinitions.map(({ name, defaultValue }) => [name, defaultValue]),
      ),
      requiredCapabilities,
    };
  }

  private async call(
    method: string,
    path: string,
    { query = {}, body }: { readonly query?: Record<string, string>; readonly body?: string },
  ): Promise<Readonly<Record<string, unknown>>> {
    const { credentials, sha256, region: configured } = this.cloudFormation.config;
    const region = await configured();
    const endpoint = new URL(
      process.env["AWS_ENDPOINT_URL"] ?? `https://serverlessrepo.${region}.amazonaws.com`,
    );
    const signer = new SignatureV4({ service: "serverlessrepo", region, credentials, sha256 });
    const { headers } = await signer.sign({
      method,
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      path,
      query,
      headers: { host: endpoint.host, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body,
    });
    const search = new URLSearchParams(query).toString();
    const answer = await fetch(new URL(`${path}${search === "" ? "" : `?${search}`}`, endpoint), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const read = (await answer.json()) as Readonly<Record<string, unknown>>;
    if (answer.ok) return read;
    const told = read["message"] ?? read["Message"];
    const error = new Error(typeof told === "string" ? told : `the repository answered ${answer.status}`);
    error.name = (answer.headers.get("x-amzn-errortype") ?? "UnknownError").replace(/[:#].*$/, "");
    throw error;
  }
}
