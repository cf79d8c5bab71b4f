import type { Row } from "./row";
import { rows as conditions } from "./rows/conditions";
import { rows as connector } from "./rows/connector";
import { rows as dataPath } from "./rows/data-path";
import { rows as keys } from "./rows/keys";
import { rows as language } from "./rows/language";
import { rows as quickToRoleA } from "./rows/quick-to-role-a";
import { rows as roleAToRoleB } from "./rows/role-a-to-role-b";

/** The evaluator's whole table. */
export const rows: readonly Row[] = [
  ...quickToRoleA,
  ...roleAToRoleB,
  ...dataPath,
  ...connector,
  ...keys,
  ...language,
  ...conditions,
];
