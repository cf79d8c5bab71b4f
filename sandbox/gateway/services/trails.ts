import { jsonAnswer } from "../answer";
import { jsonInput, list, requiredText } from "../call";
import type { Context, Handlers } from "../context";
import { AwsError } from "../errors";
import type { KeptTrail } from "../state";

const ALL_MANAGEMENT_EVENTS = {
  ReadWriteType: "All",
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
};

/** Trails, for who looks whether one is there and what it logs. They write nowhere, and no rule of EventBridge asks for one. */
export const trails: Handlers = {
  CreateTrail(context) {
    const { cloud, call, principal } = context;
    const input = jsonInput(call);
    const name = requiredText(input, "Name", "InvalidTrailNameException");
    const bucket = requiredText(input, "S3BucketName", "InvalidS3BucketNameException");
    const arn = `arn:aws:cloudtrail:${call.region}:${principal.account}:trail/${name}`;
    if (cloud.state.trails[arn] !== undefined)
      throw new AwsError(
        "TrailAlreadyExistsException",
        `Trail ${name} already exists for customer: ${principal.account}`,
      );
    const trail: KeptTrail = {
      arn,
      name,
      account: principal.account,
      region: call.region,
      bucket,
      multiRegion: input["IsMultiRegionTrail"] === true,
      logging: false,
      selectors: [ALL_MANAGEMENT_EVENTS],
    };
    keep(context, trail);
    return jsonAnswer(shown(trail));
  },
  DeleteTrail(context) {
    const { arn } = found(context, "Name");
    const { state } = context.cloud;
    state.trails = Object.fromEntries(Object.entries(state.trails).filter(([other]) => other !== arn));
    context.cloud.changed();
    return jsonAnswer({});
  },
  DescribeTrails({ cloud, call, principal }) {
    const input = jsonInput(call);
    const named = list(input, "trailNameList")?.map(String);
    const here = Object.values(cloud.state.trails).filter(
      ({ account, region, multiRegion }) =>
        account === principal.account &&
        (region === call.region || (multiRegion && input["includeShadowTrails"] !== false)),
    );
    return jsonAnswer({
      trailList: here
        .filter(
          ({ name, arn, region }) =>
            named === undefined ||
            named.length === 0 ||
            named.includes(arn) ||
            (named.includes(name) && region === call.region),
        )
        .map(shown),
    });
  },
  GetTrailStatus: (context) => jsonAnswer({ IsLogging: found(context, "Name").logging }),
  StartLogging: (context) => log(context, true),
  StopLogging: (context) => log(context, false),
  GetEventSelectors(context) {
    const { arn, selectors } = found(context, "TrailName");
    return jsonAnswer({ TrailARN: arn, EventSelectors: selectors });
  },
  PutEventSelectors(context) {
    const selectors = list(jsonInput(context.call), "EventSelectors") as KeptTrail["selectors"] | undefined;
    if (selectors === undefined)
      throw new AwsError("InvalidEventSelectorsException", "The sandbox keeps basic event selectors only.");
    const trail = { ...found(context, "TrailName"), selectors };
    keep(context, trail);
    return jsonAnswer({ TrailARN: trail.arn, EventSelectors: selectors });
  },
};

function log(context: Context, logging: boolean) {
  keep(context, { ...found(context, "Name"), logging });
  return jsonAnswer({});
}

function keep({ cloud }: Context, trail: KeptTrail): void {
  cloud.state.trails = { ...cloud.state.trails, [trail.arn]: trail };
  cloud.changed();
}

/** The trail that a request names: of this Region, or by ARN one that logs here. */
function found({ cloud, call, principal }: Context, parameter: string): KeptTrail {
  const named = requiredText(jsonInput(call), parameter, "InvalidTrailNameException");
  const arn = named.startsWith("arn:")
    ? named
    : `arn:aws:cloudtrail:${call.region}:${principal.account}:trail/${named}`;
  const trail = cloud.state.trails[arn];
  if (trail?.account !== principal.account || (trail.region !== call.region && !trail.multiRegion))
    throw new AwsError("TrailNotFoundException", `Unknown trail: ${arn} for the user: ${principal.account}`);
  return trail;
}

function shown({ arn, name, region, bucket, multiRegion }: KeptTrail) {
  return {
    Name: name,
    TrailARN: arn,
    HomeRegion: region,
    S3BucketName: bucket,
    IsMultiRegionTrail: multiRegion,
    IncludeGlobalServiceEvents: true,
    IsOrganizationTrail: false,
    LogFileValidationEnabled: false,
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
  };
}
