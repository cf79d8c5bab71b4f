/** What must be there before anything of Lake Formation can be made. */
import type { Cloud } from "../../../sandbox/aws-provider/cloud";
import { account } from "./lifecycle";

export const consumer = "130000000001";

/** Makes the specs' role an administrator of the data lake. */
export async function administrate(cloud: Cloud): Promise<void> {
  const lake = await cloud.lakeformation();
  await lake.putDataLakeSettings({
    DataLakeSettings: {
      DataLakeAdmins: [
        { DataLakePrincipalIdentifier: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole` },
      ],
    },
  });
}
