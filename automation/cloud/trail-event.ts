/** One record of CloudTrail, read. */
import type { TrailEvent } from "./cloud";

interface Written {
  readonly eventTime?: string;
  readonly errorCode?: string;
  readonly userIdentity?: {
    readonly arn?: string;
    readonly accountId?: string;
    readonly invokedBy?: string;
    readonly accessKeyId?: string;
    readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } };
  };
  readonly requestParameters?: {
    readonly roleArn?: string;
    readonly roleSessionName?: string;
    readonly externalId?: string;
    readonly workGroup?: string;
  } | null;
  readonly responseElements?: {
    readonly credentials?: { readonly accessKeyId?: string };
    readonly queryExecutionId?: string;
  } | null;
}

/** @param record the text of an event's `CloudTrailEvent`. */
export function trailEvent(record: string): TrailEvent {
  const { eventTime, errorCode, userIdentity, requestParameters, responseElements } = JSON.parse(
    record,
  ) as Written;
  const { arn, accountId, invokedBy, accessKeyId, sessionContext } = userIdentity ?? {};
  return {
    time: new Date(eventTime ?? 0),
    // Of a service that acts for somebody, the record has both: who is behind it counts.
    caller: arn ?? invokedBy ?? accountId ?? "unknown",
    callerAccount: accountId,
    callerRole: sessionContext?.sessionIssuer?.arn,
    key: accessKeyId,
    assumedRole: requestParameters?.roleArn,
    session: requestParameters?.roleSessionName,
    externalId: requestParameters?.externalId,
    givenKey: responseElements?.credentials?.accessKeyId,
    workgroup: requestParameters?.workGroup,
    queryId: responseElements?.queryExecutionId,
    error: errorCode,
  };
}
