/** Things that are found by their names, which are known without the stack that made them (C28). */
import { topicArn } from "../../access/alarms";
import { applicationStackName } from "../../access/application";
import { policyArn } from "../../access/arn";
import { ENVIRONMENT_TAG, SPOKE_TAG } from "../../access/tags";
import type { AccountView, Tagged } from "../cloud/cloud";
import type { Left, Look, Place, Staying } from "./look";

/** How one kind of thing is looked for. */
interface Kind {
  readonly noun: string;
  readonly isThere: (view: AccountView, name: string) => Promise<boolean>;
  /** Undefined where no tags are read. */
  readonly tagged?: Tagged;
  /** Whether the name is no other claimant's, having environment and spoke in it. Default: no. */
  readonly isOurName?: true;
  /** What it holds that people have put there, for which it is kept. */
  readonly contents?: {
    readonly of: string;
    readonly isThere: (view: AccountView, name: string) => Promise<boolean>;
  };
  /** The AWS CLI's command that takes it away, in its account. */
  readonly remove: (name: string, view: AccountView) => string;
}

const given = async (found: Promise<unknown>): Promise<boolean> => (await found) !== undefined;

const KINDS = {
  role: {
    noun: "role",
    isThere: (view, name) => given(view.role(name)),
    tagged: "role",
    remove: (name) => `aws iam delete-role --role-name ${name}`,
  },
  user: {
    noun: "user",
    isThere: (view, name) => given(view.user(name)),
    tagged: "user",
    remove: (name) => `aws iam delete-user --user-name ${name}`,
  },
  policy: {
    noun: "managed policy",
    isThere: (view, name) => view.hasManagedPolicy(name),
    tagged: "managed policy",
    remove: (name, { region, account }) =>
      `aws iam delete-policy --policy-arn ${policyArn(region, account, name)}`,
  },
  workgroup: {
    noun: "Athena workgroup",
    isThere: (view, name) => given(view.workgroup(name)),
    tagged: "workgroup",
    remove: (name) => `aws athena delete-work-group --recursive-delete-option --work-group ${name}`,
  },
  catalog: {
    noun: "Athena catalog",
    isThere: (view, name) => given(view.catalog(name)),
    tagged: "catalog",
    remove: (name) => `aws athena delete-data-catalog --name ${name}`,
  },
  bucket: {
    noun: "bucket",
    isThere: async (view, name) => (await view.bucketOwner(name)) === "this account",
    tagged: "bucket",
    contents: { of: "objects", isThere: (view, name) => view.hasObjects(name, new Set()) },
    remove: (name) => `aws s3api delete-bucket --bucket ${name}`,
  },
  database: {
    noun: "Glue database",
    isThere: (view, name) => view.hasDatabase(name),
    tagged: "database",
    contents: { of: "tables", isThere: async (view, name) => (await view.tables(name)).length > 0 },
    remove: (name) => `aws glue delete-database --name ${name}`,
  },
  // It holds nothing: Glue shows what is in the database that it leads to.
  link: {
    noun: "Glue database",
    isThere: (view, name) => view.hasDatabase(name),
    tagged: "database",
    remove: (name) => `aws glue delete-database --name ${name}`,
  },
  table: {
    noun: "DynamoDB table",
    isThere: (view, name) => view.hasTable(name),
    contents: { of: "items", isThere: (view, name) => view.hasItems(name, []) },
    remove: (name) => `aws dynamodb delete-table --table-name ${name}`,
  },
  function: {
    noun: "Lambda function",
    isThere: (view, name) => view.hasFunction(name),
    tagged: "function",
    remove: (name) => `aws lambda delete-function --function-name ${name}`,
  },
  application: {
    noun: "serverless application",
    isThere: (view, name) => given(view.applicationStack(name)),
    remove: (name) => `aws cloudformation delete-stack --stack-name ${applicationStackName(name)}`,
  },
  // Lambda makes one by itself, without tags, where a function writes after the stack's own is gone.
  logGroup: {
    noun: "log group",
    isThere: (view, name) => view.hasLogGroup(name),
    tagged: "log group",
    remove: (name) => `aws logs delete-log-group --log-group-name ${name}`,
  },
  alias: {
    noun: "KMS alias",
    isThere: (view, name) => given(view.key(name)),
    tagged: "key",
    remove: (name) => `aws kms delete-alias --alias-name ${name}`,
  },
  dataSet: {
    noun: "Quick dataset",
    isThere: (view, name) => given(view.dataSetPermissions(name)),
    tagged: "dataset",
    remove: (name, { account }) =>
      `aws quicksight delete-data-set --aws-account-id ${account} --data-set-id ${name}`,
  },
  dataSource: {
    noun: "Quick data source",
    isThere: (view, name) => given(view.dataSource(name)),
    tagged: "data source",
    remove: (name, { account }) =>
      `aws quicksight delete-data-source --aws-account-id ${account} --data-source-id ${name}`,
  },
  topic: {
    noun: "SNS topic",
    isOurName: true,
    isThere: (view, name) => given(view.topicPolicy(topicArn(view.region, view.account, name))),
    remove: (name, { region, account }) =>
      `aws sns delete-topic --topic-arn ${topicArn(region, account, name)}`,
  },
  rule: {
    noun: "EventBridge rule",
    isOurName: true,
    isThere: (view, name) => view.hasRule(name),
    remove: (name) => `aws events delete-rule --name ${name}`,
  },
  alarm: {
    noun: "CloudWatch alarm",
    isOurName: true,
    isThere: (view, name) => view.hasAlarm(name),
    remove: (name) => `aws cloudwatch delete-alarms --alarm-names ${name}`,
  },
  location: {
    noun: "Lake Formation location",
    isThere: (view, name) => view.hasLakeLocation(name),
    remove: (name) => `aws lakeformation deregister-resource --resource-arn ${name}`,
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type ThingKind = keyof typeof KINDS;

/** Looks for things of one kind. */
export function things(place: Place, kind: ThingKind, names: readonly string[]): Look[] {
  const { noun } = KINDS[kind];
  return [...new Set(names)].map((name) => ({
    account: place.view.account,
    what: `${noun} ${name}`,
    find: () => find(place, KINDS[kind], name),
  }));
}

async function find({ view, owner }: Place, kind: Kind, name: string): Promise<readonly (Left | Staying)[]> {
  if (!(await kind.isThere(view, name))) return [];
  const { account } = view;
  const { noun, tagged, isOurName, contents } = kind;
  let doubt = isOurName === true ? undefined : "whose tags are not read";
  if (tagged !== undefined) {
    const tags = await view.tags(tagged, name);
    const environment = tags[ENVIRONMENT_TAG];
    if (environment !== undefined && (environment !== owner.environment || tags[SPOKE_TAG] !== owner.spoke))
      return [];
    // It is told all the same: Lambda makes log groups without tags, and people take tags away. Names like `analyst` or a
    // connector's may be given by others, too.
    doubt = environment === undefined ? "without tags of ours" : undefined;
  }
  if (contents !== undefined && (await contents.isThere(view, name)))
    return [{ account, noun, name, why: `it holds ${contents.of}` }];
  return [
    { account, noun, name, ...(doubt === undefined ? {} : { doubt }), remedy: kind.remove(name, view) },
  ];
}

/**
 * Looks for keys by their tags: KMS chooses a key's id, and the alias goes before the key. One that is to be deleted stays
 * for some days.
 */
export function keysOf({ view, owner }: Place): Look {
  const { account } = view;
  return {
    account,
    what: "KMS keys without an alias",
    find: async () =>
      (await view.unnamedKeys())
        .filter(({ tags }) => tags[ENVIRONMENT_TAG] === owner.environment && tags[SPOKE_TAG] === owner.spoke)
        .map(({ id, deletion }) => ({
          account,
          noun: "KMS key",
          name: id,
          ...(deletion === undefined
            ? { remedy: `aws kms schedule-key-deletion --key-id ${id}` }
            : {
                why: `KMS deletes it on ${deletion.toISOString().slice(0, 10)}; \`aws kms cancel-key-deletion --key-id ${id}\` brings it back`,
              }),
        })),
  };
}
