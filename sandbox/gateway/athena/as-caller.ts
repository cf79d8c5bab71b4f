import type { Readable } from "node:stream";
import { FederatedConnector } from "../../federation/connector";
import { buffered, collect, elementText } from "../answer";
import type { Answer } from "../answer";
import type { MadeCall } from "../authorization/authorization";
import type { Context } from "../context";
import { AwsError } from "../errors";
import { whyNotAssume } from "../decisions";
import { lakeAccess, NO_LAKE } from "../lake-formation/permissions";
import type { LakeTable } from "../lake-formation/permissions";
import { parseFunctionName } from "../lambda/function-name";
import { invokeFunction } from "../lambda/invoke";
import type { DataCatalog } from "../state";
import { principalArn } from "../principal";
import { s3Refused } from "./errors";

/** An object in a listing. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** A database, perhaps of another account's catalog. */
export interface Linked {
  readonly database: string;
  /** The account, when it is not the caller's. */
  readonly catalogId?: string;
}

/** A place in S3. */
export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/**
 * What Athena does for a caller. Each call is decided at its moment with the caller's own permissions, and then made in the
 * account that owns what it is about; a refusal is an AwsError with the code of the service that was asked.
 */
export class AsCaller {
  constructor(private readonly context: Pick<Context, "cloud" | "call" | "principal" | "requestId">) {}

  get account(): string {
    return this.context.principal.account;
  }

  get region(): string {
    return this.context.call.region;
  }

  /** Asks whether the caller may make a call; returns the account that owns what it is about. @throws AwsError */
  authorize(made: MadeCall): Promise<string> {
    const { cloud, call, principal } = this.context;
    return cloud.authorization.onBehalf(call, principal, made, "athena.amazonaws.com");
  }

  /** A call of Glue. `CatalogId` is another account's catalog. @throws AwsError */
  async glue(operation: string, input: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const owner = await this.authorize({ service: "glue", operation, input });
    // moto looks in the account of the request, whatever catalog is named.
    return this.context.cloud.moto.json("glue", `AWSGlue.${operation}`, owner, this.region, input);
  }

  /**
   * Where a database's tables are: a database may be a resource link, which leads to another one. The caller has to be
   * allowed to see the link.
   */
  async linked(database: string): Promise<Linked> {
    const { cloud } = this.context;
    let found: { TargetDatabase?: { CatalogId?: string; DatabaseName?: string } };
    try {
      // Whether it is a link is looked up for nobody: no other database is asked for by this.
      found = (
        await cloud.moto.json("glue", "AWSGlue.GetDatabase", this.account, this.region, { Name: database })
      )["Database"] as typeof found;
    } catch (error) {
      if (error instanceof AwsError) return { database };
      throw error;
    }
    const { CatalogId, DatabaseName } = found.TargetDatabase ?? {};
    if (DatabaseName === undefined) return { database };
    await this.authorize({ service: "glue", operation: "GetDatabase", input: { Name: database } });
    return {
      database: DatabaseName,
      ...(CatalogId === undefined || CatalogId === this.account ? {} : { catalogId: CatalogId }),
    };
  }

  /**
   * Who reads the data of a table: the caller, or where Lake Formation's permissions decide and the location is
   * registered, the location's role, which it hands out to those who may call GetDataAccess.
   *
   * @throws AwsError where Lake Formation's permissions do not let the caller in
   */
  async readerOf(table: Omit<LakeTable, "region">): Promise<AsCaller> {
    const { cloud, principal } = this.context;
    const { state, authorization, identities } = cloud;
    if (!authorization.enforced) return this;
    const lake = (account: string, region: string) => state.lakeFormation[`${account}/${region}`] ?? NO_LAKE;
    const access = lakeAccess(lake, principal, { ...table, region: this.region });
    if (access.by === "nobody") throw new AwsError("AccessDeniedException", access.why);
    if (access.by === "iam" || access.roleArn === undefined) return this;
    await this.authorize({ service: "lakeformation", operation: "GetDataAccess", input: {} });
    const role = await identities.role(access.roleArn);
    const service = { type: "service" as const, name: "lakeformation.amazonaws.com" };
    const onBehalf = {
      "aws:SourceAccount": table.catalogId,
      "aws:SourceArn": `arn:aws:lakeformation:${this.region}:${table.catalogId}:catalog`,
    };
    if (
      role === undefined ||
      whyNotAssume(service, {}, role, onBehalf, authorization.decisions) !== undefined
    )
      throw new AwsError(
        "AccessDeniedException",
        `Lake Formation cannot assume ${access.roleArn}, the role of a registered location`,
      );
    const { arn, id } = role;
    const name = arn.slice(arn.lastIndexOf("/") + 1);
    return new AsCaller({
      ...this.context,
      principal: {
        ...{ type: "role", account: arn.split(":")[4] ?? "", name, arn, id },
        ...{ session: "AWSLF-00-AT", sessionPolicies: [], tags: {} },
      },
    });
  }

  /** All that a paged call of Glue lists under `member`. */
  async *glueList(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    member: string,
  ): AsyncGenerator<Record<string, unknown>> {
    let NextToken: unknown;
    do {
      const page = await this.glue(operation, NextToken === undefined ? input : { ...input, NextToken });
      yield* [page[member] ?? []].flat() as Record<string, unknown>[];
      NextToken = page["NextToken"];
    } while (typeof NextToken === "string" && NextToken !== "");
  }

  /** The connector of a LAMBDA catalog, for one query: one function, or one for metadata and one for rows. */
  connector({ name, parameters }: DataCatalog, queryId: string): FederatedConnector {
    const { cloud, principal, requestId } = this.context;
    const {
      function: both = "",
      "metadata-function": metadata = both,
      "record-function": records = both,
    } = parameters;
    return new FederatedConnector(
      {
        functionArn: metadata,
        recordFunctionArn: records,
        invoke: async (request, functionArn) => {
          const here = { account: principal.account, region: this.region };
          const fn = parseFunctionName(functionArn, undefined, here);
          const asked = { service: "lambda", operation: "Invoke", input: { FunctionName: functionArn } };
          await this.authorize(asked);
          const { kind, payload } = await invokeFunction(cloud, fn, requestId, request);
          return { isError: kind === "error", payload };
        },
        readObject: async (bucket, key) => {
          try {
            return await collect(await this.getObject({ bucket, key }));
          } catch (error) {
            throw s3Refused(error, `s3://${bucket}/${key}`);
          }
        },
      },
      {
        account: principal.account,
        arn: principalArn(principal),
        tags: principal.type === "role" ? principal.tags : {},
        queryId,
        catalogName: name,
      },
    );
  }

  /** s3:GetBucketLocation: the bucket's owner and Region. @throws AwsError */
  async bucket(bucket: string): Promise<{ readonly account: string; readonly region: string }> {
    await this.s3("GetBucketLocation", { Bucket: bucket });
    return this.existingBucket(bucket);
  }

  /** The objects below a prefix. @throws AwsError */
  async *listObjects(bucket: string, prefix: string): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const owner = await this.s3("ListObjectsV2", { Bucket: bucket }, { query: { prefix } });
      const search = new URLSearchParams({ "list-type": "2", "encoding-type": "url", prefix });
      if (token !== undefined) search.set("continuation-token", token);
      const { text, answer } = await buffered(
        await this.context.cloud.moto.object(owner, "GET", `/${bucket}?${search.toString()}`),
      );
      if (answer.status !== 200) throw asS3Error(answer.status, text);
      for (const [, object = ""] of text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
        const key = decodeURIComponent(elementText(object, "Key").replace(/\+/g, " "));
        yield { key, size: Number(elementText(object, "Size")) };
      }
      token = elementText(text, "NextContinuationToken") || undefined;
    } while (token !== undefined);
  }

  /** Asks whether the caller may read an object. @throws AwsError */
  async mayGetObject({ bucket, key }: Place): Promise<void> {
    await this.s3("GetObject", { Bucket: bucket, Key: key });
  }

  /** An object's content, or a range of its bytes (both ends included). @throws AwsError */
  async getObject(
    { bucket, key }: Place,
    range?: { readonly from: number; readonly to: number },
  ): Promise<Readable> {
    const owner = await this.s3("GetObject", { Bucket: bucket, Key: key });
    const headers = range === undefined ? {} : { range: `bytes=${range.from}-${range.to}` };
    const answer = await this.context.cloud.moto.object(owner, "GET", pathOf(bucket, key), headers);
    if (answer.status !== 200 && answer.status !== 206) throw await failed(answer);
    return answer.body as Readable;
  }

  /** Puts an object. @throws AwsError */
  async putObject(
    { bucket, key }: Place,
    body: Readable,
    size: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { cloud } = this.context;
    const owner = await this.s3("PutObject", { Bucket: bucket, Key: key }, { headers });
    const all = { ...headers, "content-type": "application/octet-stream", "content-length": size };
    const answer = await cloud.moto.object(owner, "PUT", pathOf(bucket, key), all, body);
    if (answer.status !== 200) throw await failed(answer);
    (answer.body as Readable).resume();
    // An object with a key of its own makes its bucket one with encrypted objects.
    if (headers["x-amz-server-side-encryption"] !== undefined) cloud.authorization.resources.forget("s3");
    cloud.changed();
  }

  /** Asks for a call of S3; returns the bucket's owner. @throws AwsError, also for a bucket that is not there */
  private async s3(
    operation: string,
    labels: { readonly Bucket: string; readonly Key?: string },
    more: Pick<MadeCall, "query" | "headers"> = {},
  ): Promise<string> {
    await this.authorize({ service: "s3", operation, input: {}, labels, ...more });
    return (await this.existingBucket(labels.Bucket)).account;
  }

  /** Names come from tables and connectors: what no bucket is called must not get into a path, where it could mean more. */
  private async existingBucket(name: string): Promise<{ readonly account: string; readonly region: string }> {
    const found = await this.context.cloud.authorization.resources.bucket(name);
    if (found === null) throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
    return found;
  }
}

function pathOf(bucket: string, key: string): string {
  return `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

async function failed(answer: Answer): Promise<AwsError> {
  const { text } = await buffered(answer);
  return asS3Error(answer.status, text);
}

function asS3Error(status: number, text: string): AwsError {
  return new AwsError(
    elementText(text, "Code") || "InternalError",
    elementText(text, "Message") || text,
    status,
  );
}
