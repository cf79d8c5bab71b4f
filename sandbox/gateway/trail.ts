import { randomBytes, randomUUID } from "node:crypto";
import { type Principal, principalArn, userId } from "./principal";
import type { GatewayState } from "./state";

/** An event of CloudTrail, in the words of its records. */
export interface TrailEvent {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** `sts.amazonaws.com` */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly username?: string;
  readonly accessKeyId?: string;
  readonly readOnly: boolean;
  readonly resources: readonly { readonly accountId: string; readonly type: string; readonly ARN: string }[];
  /** The record itself: CloudTrailEvent of LookupEvents. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** Who made a call, and with which key. */
export type TrailCaller =
  | { readonly principal: Principal; readonly key: string }
  /** A service of AWS, in the account that it works for. */
  | { readonly service: string; readonly account: string };

/** An assumption of a role. */
export interface Assumed {
  readonly by: TrailCaller;
  readonly region: string;
  readonly role: { readonly arn: string; readonly id: string };
  readonly session: string;
  readonly externalId?: string | undefined;
  /** Id of the key that it gave. */
  readonly key: string;
}

/** A call that is an event of its caller's account. */
export interface Called {
  readonly by: TrailCaller;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly errorCode?: string;
}

/** The newest that are kept; a sandbox is no archive. */
const MOST = 2000;

/** The id of a temporary key that nobody has: for sessions that services have among themselves. */
export function anyKeyId(): string {
  return `ASIA${randomBytes(10).toString("hex").toUpperCase().slice(0, 16)}`;
}

/** What CloudTrail's event history tells: what was called in each account, by whom. */
export class Trail {
  constructor(
    private readonly state: GatewayState,
    private readonly changed: () => void,
    /** Called with each new event. */
    private readonly kept: (event: TrailEvent) => void,
  ) {}

  /** A role was assumed: an event of the caller's account, and of the role's, where that is another. */
  assumed({ by, region, role, session, externalId, key }: Assumed): void {
    const owner = role.arn.split(":")[4] ?? "";
    const caller = accountOf(by);
    const name = role.arn.slice(role.arn.lastIndexOf("/") + 1);
    const resources = [{ accountId: owner, type: "AWS::IAM::Role", ARN: role.arn }];
    const shared = randomUUID();
    for (const account of new Set([caller, owner]))
      this.keep({
        account,
        region,
        name: "AssumeRole",
        source: "sts.amazonaws.com",
        readOnly: true,
        resources,
        identity: account === caller ? identityOf(by) : strangerOf(by),
        ...(account === caller ? signedBy(by) : {}),
        more: {
          requestParameters: {
            roleArn: role.arn,
            roleSessionName: session,
            ...(externalId === undefined ? {} : { externalId }),
          },
          responseElements: {
            credentials: { accessKeyId: key },
            assumedRoleUser: {
              assumedRoleId: `${role.id}:${session}`,
              arn: `arn:aws:sts::${owner}:assumed-role/${name}/${session}`,
            },
          },
          sharedEventID: shared,
        },
      });
  }

  called({ by, region, service, operation, request, response, errorCode }: Called): void {
    this.keep({
      account: accountOf(by),
      region,
      name: operation,
      source: `${service}.amazonaws.com`,
      readOnly: false,
      resources: [],
      identity: identityOf(by),
      ...signedBy(by),
      more: {
        requestParameters: request ?? null,
        responseElements: response ?? null,
        ...(errorCode === undefined ? {} : { errorCode }),
      },
    });
  }

  /** The events of an account in a Region, the newest first. */
  of(account: string, region: string): TrailEvent[] {
    return this.state.trail.filter((event) => event.account === account && event.region === region).reverse();
  }

  private keep({
    identity,
    more,
    ...event
  }: Omit<TrailEvent, "id" | "time" | "record"> & {
    readonly identity: object;
    readonly more: Readonly<Record<string, unknown>>;
  }): void {
    const id = randomUUID();
    const time = Date.now();
    const record = {
      eventVersion: "1.09",
      userIdentity: identity,
      eventTime: new Date(time).toISOString().replace(/\.\d+Z$/, "Z"),
      eventSource: event.source,
      eventName: event.name,
      awsRegion: event.region,
      eventID: id,
      readOnly: event.readOnly,
      ...(event.resources.length === 0 ? {} : { resources: event.resources }),
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: event.account,
      eventCategory: "Management",
      ...more,
    };
    const kept = { id, time, record, ...event };
    this.state.trail.push(kept);
    if (this.state.trail.length > MOST) this.state.trail.splice(0, this.state.trail.length - MOST);
    this.changed();
    this.kept(kept);
  }
}

function accountOf(by: TrailCaller): string {
  return "principal" in by ? by.principal.account : by.account;
}

function signedBy(by: TrailCaller): { username?: string; accessKeyId?: string } {
  if (!("principal" in by)) return {};
  const { principal, key } = by;
  return { username: principal.type === "user" ? principal.name : principal.session, accessKeyId: key };
}

function identityOf(by: TrailCaller): object {
  if (!("principal" in by)) return { type: "AWSService", invokedBy: by.service };
  const { principal, key } = by;
  const base = {
    principalId: userId(principal),
    arn: principalArn(principal),
    accountId: principal.account,
    accessKeyId: key,
  };
  if (principal.type === "user") return { type: "IAMUser", ...base, userName: principal.name };
  return {
    type: "AssumedRole",
    ...base,
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: principal.id,
        arn: principal.arn,
        accountId: principal.account,
        userName: principal.name,
      },
    },
  };
}

/** How the role's own account sees a caller of another. */
function strangerOf(by: TrailCaller): object {
  return "principal" in by
    ? { type: "AWSAccount", principalId: userId(by.principal), accountId: by.principal.account }
    : identityOf(by);
}
