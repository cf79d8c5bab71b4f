/** Every bucket that is made here: reached over TLS only, and by its own account (R8, R12). */
import { bucketArn } from "../arn";
import { administratorOf, type Cast } from "./cast";
import { anybody, type Expectation, type Party, requests, rowWriter, type Thing } from "./expectation";

export function bucketThing(
  region: string,
  bucket: string,
  account: string,
  words: string,
  madeBy: Thing["madeBy"],
): Thing {
  return { kind: "bucket", arn: bucketArn(region, bucket), account, words, madeBy };
}

/**
 * That nobody comes in the clear, not even the bucket's own administrators, and that these do come over TLS.
 *
 * @param others whether everybody of other accounts is kept out as well; a spill bucket has rows of its own for that.
 */
export function privateBucket(
  cast: Cast,
  thing: Thing,
  bucket: string,
  prefix: string,
  proves: readonly string[],
  others = false,
): Expectation[] {
  const { region, hub } = cast;
  const { may, mayNot, nothingElse } = rowWriter(prefix, proves);
  const actions = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
  const ask = (secure: boolean) =>
    requests(region, actions, [thing.arn, bucketArn(region, bucket, "any/object")], {
      resourceAccount: thing.account,
      policies: { at: thing.arn },
      context: { "aws:SecureTransport": String(secure) },
    });
  const owner = administratorOf(region, "an administrator of its account", thing.account);
  const outside: [string, Party][] = [
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    ...(hub === thing.account ? [] : [["hub", cast.hubAdministrator] as [string, Party]]),
    ["anybody", anybody],
  ];
  return [
    may("tls", owner, `use ${thing.words} over TLS`, ask(true)),
    mayNot("plain-http", owner, `use ${thing.words} over plain HTTP`, ask(false)),
    ...(others
      ? outside.map(([id, party]) => mayNot(`outside/${id}`, party, `use ${thing.words}`, ask(true)))
      : []),
    nothingElse(thing),
  ];
}
