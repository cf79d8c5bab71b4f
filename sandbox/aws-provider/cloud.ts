/** The AWS account and Region that one provider instance acts in: its clients, and how it waits. */
import type { Athena } from "@aws-sdk/client-athena";
import type { CloudFormation } from "@aws-sdk/client-cloudformation";
import type { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import type { EventBridge } from "@aws-sdk/client-eventbridge";
import type { Glue } from "@aws-sdk/client-glue";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { LakeFormation } from "@aws-sdk/client-lakeformation";
import type { Lambda } from "@aws-sdk/client-lambda";
import type { S3 } from "@aws-sdk/client-s3";
import type { SNS } from "@aws-sdk/client-sns";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import { setTimeout as pause } from "node:timers/promises";

/** Keys, or a function that gets them. */
export type CredentialSource = NonNullable<STSClientConfig["credentials"]>;

/** What a client of any service is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly maxAttempts: number;
  readonly retryMode: string;
  /** Absent: the SDK's default chain. */
  readonly credentials?: CredentialSource;
}

/** Who the provider is, once its credentials are known. */
export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
}

/** How long a resource waits for what AWS spreads with delay (IAM principals, above all), in milliseconds. */
const propagationTime = 120_000;

/** How long a resource waits for another state of itself (a function to be active), in milliseconds. */
const settlingTime = 600_000;

/**
 * One account and Region. A service's SDK is loaded when its client is first asked for, so that a provider instance
 * starts fast and holds only what it uses.
 */
export class Cloud {
  private readonly clients = new Map<string, Promise<unknown>>();

  constructor(
    private readonly settings: ClientSettings,
    readonly identity: Identity,
    private readonly s3PathStyle: boolean,
    private readonly cancelled: AbortSignal,
  ) {}

  /** The same account in another Region. */
  in(region: string): Cloud {
    if (region === this.region) return this;
    return new Cloud({ ...this.settings, region }, this.identity, this.s3PathStyle, this.cancelled);
  }

  get region(): string {
    return this.settings.region;
  }

  get accountId(): string {
    return this.identity.accountId;
  }

  /** `aws`, `aws-cn`, `aws-us-gov`... */
  get partition(): string {
    return this.identity.arn.split(":")[1] ?? "aws";
  }

  athena(): Promise<Athena> {
    return this.client(
      "athena",
      async () => new (await import("@aws-sdk/client-athena")).Athena(this.settings),
    );
  }

  cloudFormation(): Promise<CloudFormation> {
    return this.client(
      "cloudformation",
      async () => new (await import("@aws-sdk/client-cloudformation")).CloudFormation(this.settings),
    );
  }

  cloudWatch(): Promise<CloudWatch> {
    return this.client(
      "cloudwatch",
      async () => new (await import("@aws-sdk/client-cloudwatch")).CloudWatch(this.settings),
    );
  }

  dynamodb(): Promise<DynamoDB> {
    return this.client(
      "dynamodb",
      async () => new (await import("@aws-sdk/client-dynamodb")).DynamoDB(this.settings),
    );
  }

  events(): Promise<EventBridge> {
    return this.client(
      "events",
      async () => new (await import("@aws-sdk/client-eventbridge")).EventBridge(this.settings),
    );
  }

  glue(): Promise<Glue> {
    return this.client("glue", async () => new (await import("@aws-sdk/client-glue")).Glue(this.settings));
  }

  iam(): Promise<IAM> {
    return this.client("iam", async () => new (await import("@aws-sdk/client-iam")).IAM(this.settings));
  }

  kms(): Promise<KMS> {
    return this.client("kms", async () => new (await import("@aws-sdk/client-kms")).KMS(this.settings));
  }

  lakeformation(): Promise<LakeFormation> {
    return this.client(
      "lakeformation",
      async () => new (await import("@aws-sdk/client-lakeformation")).LakeFormation(this.settings),
    );
  }

  lambda(): Promise<Lambda> {
    return this.client(
      "lambda",
      async () => new (await import("@aws-sdk/client-lambda")).Lambda(this.settings),
    );
  }

  logs(): Promise<CloudWatchLogs> {
    return this.client(
      "logs",
      async () => new (await import("@aws-sdk/client-cloudwatch-logs")).CloudWatchLogs(this.settings),
    );
  }

  s3(): Promise<S3> {
    return this.client(
      "s3",
      async () =>
        new (await import("@aws-sdk/client-s3")).S3({ ...this.settings, forcePathStyle: this.s3PathStyle }),
    );
  }

  sns(): Promise<SNS> {
    return this.client("sns", async () => new (await import("@aws-sdk/client-sns")).SNS(this.settings));
  }

  private client<Client>(service: string, make: () => Promise<Client>): Promise<Client> {
    const made = this.clients.get(service) ?? make();
    this.clients.set(service, made);
    return made as Promise<Client>;
  }

  /**
   * Repeats a call while it fails with an error that passes by itself, for up to two minutes, with growing and
   * jittered pauses. Throws the last error.
   */
  async retry<Answer>(call: () => Promise<Answer>, passes: (error: unknown) => boolean): Promise<Answer> {
    const end = Date.now() + propagationTime;
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (!passes(error) || Date.now() >= end) throw error;
        await this.wait(attempt);
      }
    }
  }

  /** Asks until there is an answer, for up to ten minutes. Throws an error that names what was waited for. */
  async until<Answer>(
    what: string,
    ask: () => Promise<Answer | undefined>,
    time: number = settlingTime,
  ): Promise<Answer> {
    const end = Date.now() + time;
    for (let attempt = 0; ; attempt++) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() >= end) throw new Error(`waited ${time / 1000} seconds in vain for ${what}`);
      await this.wait(attempt);
    }
  }

  /** Asks for a thing just made until AWS shows it, for up to two minutes. */
  appearance<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
    return this.until(`${what} to appear`, ask, propagationTime);
  }

  private async wait(attempt: number): Promise<void> {
    const longest = Math.min(5_000, 100 * 2 ** attempt);
    try {
      await pause(longest / 2 + (Math.random() * longest) / 2, undefined, { signal: this.cancelled });
    } catch {
      throw new Error("cancelled while waiting for AWS");
    }
  }
}

/** Whether the error is AWS's, with one of these codes. */
export function isError(error: unknown, ...codes: readonly string[]): error is Error {
  return error instanceof Error && codes.includes(error.name);
}

/** Whether the error is AWS's, with this code and a message that matches. */
export function isErrorSaying(error: unknown, code: string, message: RegExp): boolean {
  return isError(error, code) && message.test(error.message);
}

/** The answer of a call, or `undefined` when it fails with one of these codes: the thing asked for is gone. */
export async function unlessGone<Answer>(
  call: Promise<Answer>,
  ...codes: readonly string[]
): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isError(error, ...codes)) return undefined;
    throw error;
  }
}
