import type { KeyGrant } from "../../../access/evaluate";
import type { Moto } from "../moto";

/** A bucket, as decisions see it. */
export interface Bucket {
  readonly account: string;
  readonly region: string;
  readonly policy: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The customer's key that new objects are encrypted with: id, alias or ARN. */
  readonly key: string | null;
  /** Whether new objects are encrypted by way of a key of the bucket (S3 Bucket Keys). */
  readonly bucketKey: boolean;
  /** Whether any object may be encrypted with a customer's key. */
  readonly keyed: boolean;
}

/** What encrypts an object. */
export interface ObjectKey {
  /** The customer's key: id, alias or ARN. */
  readonly key: string;
  readonly bucketKey: boolean;
}

/** A KMS key. */
export interface Key {
  readonly arn: string;
  /** As DescribeKey says it. */
  readonly state: "Enabled" | "Disabled" | "PendingDeletion";
  readonly policy: string;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly grants: readonly KeyGrant[];
}

/** Something with at most one policy: a function, a table, a secret, a topic, an account's Glue catalog. */
export interface Guarded {
  readonly policy: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** A DynamoDB table. */
export interface GuardedTable extends Guarded {
  /** Name of the partition key. */
  readonly hashKey: string;
}

/**
 * What decisions must know of resources: owners, policies, keys, tags. Read from moto when first asked for, and kept
 * until something changes it.
 */
export class Resources {
  private readonly known = new Map<string, Promise<unknown>>();

  constructor(private readonly moto: Moto) {}

  bucket(name: string): Promise<Bucket | null> {
    return this.read("s3", "", "", name);
  }

  /** The key that encrypts an object; null for one that no customer's key encrypts. Not kept: objects come and go. */
  keyOfObject(bucket: string, key: string): Promise<ObjectKey | null> {
    const name = encodeURIComponent(`${bucket}/${key}`);
    return this.moto.own<ObjectKey | null>("GET", `resource/s3-object///${name}`);
  }

  function(account: string, region: string, name: string): Promise<Guarded | null> {
    return this.read("lambda", account, region, name);
  }

  /** A key by id, ARN, alias or alias ARN. With the account "" its id is looked for in all of them. */
  key(account: string, region: string, id: string): Promise<Key | null> {
    return this.read("kms", account, region, id);
  }

  catalog(account: string, region: string): Promise<Guarded | null> {
    return this.read("glue", account, region, "catalog");
  }

  table(account: string, region: string, name: string): Promise<GuardedTable | null> {
    return this.read("dynamodb", account, region, name);
  }

  secret(account: string, region: string, id: string): Promise<(Guarded & { readonly arn: string }) | null> {
    return this.read("secretsmanager", account, region, id);
  }

  topic(account: string, region: string, name: string): Promise<Guarded | null> {
    return this.read("sns", account, region, name);
  }

  /** To be called when something of a service has changed, or may have. `cloudformation` changes them all. */
  forget(service: string): void {
    if (service === "cloudformation") {
      this.known.clear();
      return;
    }
    for (const key of this.known.keys()) if (key.startsWith(`${service}/`)) this.known.delete(key);
  }

  private read<T>(service: string, account: string, region: string, id: string): Promise<T> {
    const path = [service, account, region, encodeURIComponent(id)].join("/");
    let found = this.known.get(path) as Promise<T> | undefined;
    if (found === undefined) {
      found = this.moto.own<T>("GET", `resource/${path}`);
      // Names that callers make up must not fill the memory.
      if (this.known.size >= MOST_KNOWN) this.known.clear();
      this.known.set(path, found);
      found.catch(() => this.known.delete(path));
    }
    return found;
  }
}

const MOST_KNOWN = 10_000;
