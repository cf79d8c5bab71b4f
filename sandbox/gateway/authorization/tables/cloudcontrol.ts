import { each, on } from "../need";
import type { Table } from "../need";

/** Cloud Control's own actions, which are CloudFormation's; what its handlers call is asked when they do. */
export const cloudControl: Table = each(
  "CreateResource UpdateResource DeleteResource GetResource ListResources GetResourceRequestStatus " +
    "ListResourceRequests CancelResourceRequest",
  on(() => "*"),
);
