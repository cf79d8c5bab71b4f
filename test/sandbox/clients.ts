import type { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { HttpRequest } from "@smithy/types";
import { ADMINISTRATOR, ADMINISTRATOR_ROLE, ORGANIZATION } from "../../sandbox/world";

/** Credentials as every AWS SDK takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What clients of the AWS SDK are made with here. */
export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** One: a test that needed a second try would be hiding something. */
  readonly maxAttempts: number;
}

/** The management account's keys, which the sandbox hands out. */
export const managementCredentials: Credentials = {
  accessKeyId: ADMINISTRATOR.accessKeyId,
  secretAccessKey: ADMINISTRATOR.secretAccessKey,
};

/** Makes clients of one sandbox: `await clients.in(IAMClient, "110000000001")`. */
export class Clients {
  private readonly entered = new Map<string, Promise<Credentials>>();

  constructor(private readonly endpoint: string) {}

  /** A client as the administrator of an account. */
  async in<Client>(
    Client: new (settings: ClientSettings) => Client,
    account: string,
    region = "us-east-1",
  ): Promise<Client> {
    return this.with(Client, await this.credentials(account), region);
  }

  /** A client with the credentials given. */
  with<Client>(
    Client: new (settings: ClientSettings) => Client,
    credentials: Credentials,
    region = "us-east-1",
  ): Client {
    return new Client({ endpoint: this.endpoint, region, credentials, maxAttempts: 1 });
  }

  /** Credentials of an account's administrator role; for the management account its user's. */
  credentials(account: string): Promise<Credentials> {
    if (account === ORGANIZATION.managementAccount) return Promise.resolve(managementCredentials);
    let credentials = this.entered.get(account);
    if (credentials === undefined) {
      credentials = this.assume(managementCredentials, {
        RoleArn: `arn:aws:iam::${account}:role/${ADMINISTRATOR_ROLE}`,
      });
      this.entered.set(account, credentials);
    }
    return credentials;
  }

  /** The credentials that AssumeRole gives. */
  async assume(
    as: Credentials,
    input: {
      RoleArn: string;
      RoleSessionName?: string;
      ExternalId?: string;
      DurationSeconds?: number;
      Policy?: string;
    },
  ): Promise<Credentials> {
    const sts = this.with(STSClient, as);
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleSessionName: "test", ...input }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
  }
}

/** Has a client say that a proxy took its requests over plain HTTP, where the sandbox sees TLS otherwise. */
export function overPlainHttp<Client extends { readonly middlewareStack: S3Client["middlewareStack"] }>(
  client: Client,
): Client {
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as HttpRequest).headers["x-forwarded-proto"] = "http";
      return next(args);
    },
    { step: "build" },
  );
  return client;
}
