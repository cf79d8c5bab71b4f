/** What a stack's resources have in common, and how CloudFormation calls other services for whoever changes the stack. */
import { elementText } from "../answer";
import type { MadeCall } from "../authorization/authorization";
import type { Context } from "../context";
import { AwsError } from "../errors";
import { NO_LAKE } from "../lake-formation/permissions";
import { refuseUnknownBoundary, refuseUnknownPrincipals } from "../services/iam";

export type Properties = Readonly<Record<string, unknown>>;

/** A resource that CloudFormation made. */
export interface Made {
  /** What `Ref` says. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` says. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** How resources of a type are made, changed and deleted, each step with the permissions of whoever changes the stack. */
export interface ResourceKind {
  readonly properties: readonly string[];
  readonly required: readonly string[];
  /** Properties that only a new resource can have otherwise. */
  readonly createOnly: readonly string[];
  /** The property that names it. */
  readonly nameProperty: string;
  create(caller: StackCaller, name: string, properties: Properties): Promise<Made>;
  update(caller: StackCaller, made: Made, before: Properties, after: Properties): Promise<void>;
  delete(caller: StackCaller, made: Made, properties: Properties): Promise<void>;
}

/** A call of Lambda's REST protocol. */
export interface LambdaCall {
  readonly operation: string;
  readonly method: "DELETE" | "POST" | "PUT";
  /** With the query. */
  readonly path: string;
  /** What is asked for, the names in the path among it. */
  readonly input: Properties;
}

/** Other services as CloudFormation calls them for the caller of its own operation. */
export class StackCaller {
  constructor(private readonly context: Context) {}

  get account(): string {
    return this.context.principal.account;
  }

  /** @returns IAM's answer, XML. */
  async iam(operation: string, input: Readonly<Record<string, string>>): Promise<string> {
    const { cloud } = this.context;
    await this.authorize({ service: "iam", operation, input });
    const trust = operation === "CreateRole" ? input["AssumeRolePolicyDocument"] : undefined;
    const changed = operation === "UpdateAssumeRolePolicy" ? input["PolicyDocument"] : undefined;
    await refuseUnknownPrincipals(trust ?? changed, cloud);
    await refuseUnknownBoundary(input["PermissionsBoundary"], this.account, cloud);
    try {
      return await cloud.moto.query("iam", this.account, { Action: operation, ...input });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError(error.code, elementText(error.message, "Message") || error.message, error.status);
    } finally {
      cloud.identities.forget(this.account);
    }
  }

  /** The settings of the account's data lake in the Region. */
  async dataLakeSettings(): Promise<Properties> {
    await this.authorize({ service: "lakeformation", operation: "GetDataLakeSettings", input: {} });
    return this.lake.settings;
  }

  async putDataLakeSettings(settings: Properties): Promise<void> {
    await this.authorize({ service: "lakeformation", operation: "PutDataLakeSettings", input: {} });
    const { cloud, call } = this.context;
    cloud.state.lakeFormation[`${this.account}/${call.region}`] = { ...this.lake, settings };
  }

  private get lake() {
    const { cloud, call } = this.context;
    return cloud.state.lakeFormation[`${this.account}/${call.region}`] ?? NO_LAKE;
  }

  async lambda({ operation, method, path, input }: LambdaCall): Promise<Properties> {
    const { cloud, call } = this.context;
    const query = Object.fromEntries(new URLSearchParams(path.split("?")[1] ?? ""));
    await this.authorize({ service: "lambda", operation, input, query });
    const body = method === "DELETE" ? undefined : input;
    return cloud.moto.rest("lambda", this.account, call.region, method, path, body);
  }

  /** @throws AwsError when whoever changes the stack may not make this call */
  private async authorize(made: MadeCall): Promise<void> {
    const { cloud, call, principal } = this.context;
    await cloud.authorization.onBehalf(call, principal, made, "cloudformation.amazonaws.com");
  }
}
