import { jsonInput, record, text } from "../call";
import type { Handlers } from "../context";
import { notImplemented } from "../errors";

export const dynamoDb: Handlers = {
  async ImportTable(context) {
    const { call, cloud, owner } = context;
    const input = jsonInput(call);
    const refused = (why: string) => notImplemented("dynamodb", "ImportTable", why);
    if (text(input, "InputFormat") !== "DYNAMODB_JSON")
      throw refused("of another format than DYNAMODB_JSON is not served here");
    if (text(input, "InputCompressionType") === "ZSTD") throw refused("of ZSTD is not served here");
    const source = text(record(input, "S3BucketSource") ?? {}, "S3Bucket") ?? "";
    const bucket = await cloud.authorization.resources.bucket(source);
    if (bucket !== null && bucket.account !== owner)
      throw refused("from a bucket of another account is not served here");
    if (bucket?.keyed === true)
      throw refused("of objects that a customer's key may have encrypted is not served here");
    return context.forward();
  },
};
