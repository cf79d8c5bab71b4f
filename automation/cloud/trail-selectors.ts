/** What a trail of CloudTrail logs. */
import type { GetEventSelectorsResponse } from "@aws-sdk/client-cloudtrail";

/** Whether selectors, basic or advanced, let read-only management events of STS through. */
export function logsReads({
  EventSelectors = [],
  AdvancedEventSelectors = [],
}: GetEventSelectorsResponse): boolean {
  return (
    EventSelectors.some(
      ({ IncludeManagementEvents, ReadWriteType }) =>
        IncludeManagementEvents === true && ReadWriteType !== "WriteOnly",
    ) ||
    AdvancedEventSelectors.some(({ FieldSelectors = [] }) => {
      const of = (field: string) => FieldSelectors.find(({ Field }) => Field === field);
      return (
        of("eventCategory")?.Equals?.includes("Management") === true &&
        of("readOnly")?.Equals?.includes("false") !== true &&
        of("eventSource")?.NotEquals?.includes("sts.amazonaws.com") !== true
      );
    })
  );
}
