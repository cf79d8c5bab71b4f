import { arn, each, on, textOf } from "../need";
import type { Rule, Table } from "../need";

const trail = (parameter: string): Rule =>
  on((asked) => {
    const named = textOf(asked.input, parameter);
    return named.startsWith("arn:") ? named : arn(asked, "cloudtrail", `trail/${named}`);
  });

/** CloudTrail's trails; looking for them and into the event history takes no resource. */
export const cloudTrail: Table = {
  ...each("CreateTrail DeleteTrail GetTrailStatus StartLogging StopLogging", trail("Name")),
  ...each("GetEventSelectors PutEventSelectors", trail("TrailName")),
};
