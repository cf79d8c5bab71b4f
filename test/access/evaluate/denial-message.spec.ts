import { expect } from "chai";
import {
  type AccessRequest,
  type Policies,
  RequestError,
  decide,
  denialMessage,
} from "../../../access/evaluate";
import {
  asRoleA,
  asRoleB,
  assumesRoleB,
  connector,
  data,
  dataSource,
  does,
  key,
  quick,
  roleA,
  roleB,
  spoke,
  workgroup,
} from "./chain";
import { policy } from "./row";

const everything = policy("everything", { Effect: "Allow", Action: "*", Resource: "*" });
const nothing = policy("nothing", { Effect: "Deny", Action: "*", Resource: "*" });
const start = does(asRoleB, "athena:StartQueryExecution", workgroup);
const roleBSession = `arn:aws:sts::${spoke}:assumed-role/qs-athena-consumer-role/athena`;
const started = `User: ${roleBSession} is not authorized to perform: athena:StartQueryExecution on resource: ${workgroup}`;
const cause = (type: string, action: string): string => `because no ${type} allows the ${action} action`;

/** name, request, policies, message. */
const cases: readonly (readonly [string, AccessRequest, Policies, string])[] = [
  [
    "no identity policy",
    start,
    { identity: [] },
    `${started} ${cause("identity-based policy", start.action)}`,
  ],
  [
    "identity deny",
    start,
    { identity: [nothing] },
    `${started} with an explicit deny in an identity-based policy`,
  ],
  [
    "boundary",
    start,
    { identity: [everything], boundary: policy("b", { Effect: "Allow", Action: "s3:*", Resource: "*" }) },
    `${started} ${cause("permissions boundary", start.action)}`,
  ],
  [
    "boundary deny",
    start,
    { boundary: nothing },
    `${started} with an explicit deny in a permissions boundary`,
  ],
  [
    "session",
    start,
    { identity: [everything], session: [] },
    `${started} ${cause("session policy", start.action)}`,
  ],
  ["session deny", start, { session: [nothing] }, `${started} with an explicit deny in a session policy`],
  [
    "service control",
    start,
    { identity: [everything], serviceControl: [[]] },
    `${started} ${cause("service control policy", start.action)}`,
  ],
  [
    "service control deny",
    start,
    { serviceControl: [[nothing]] },
    `${started} with an explicit deny in a service control policy`,
  ],
  [
    "resource",
    does(asRoleB, "lambda:InvokeFunction", connector),
    { identity: [everything] },
    `User: ${roleBSession} is not authorized to perform: lambda:InvokeFunction on resource: ${connector} ${cause("resource-based policy", "lambda:InvokeFunction")}`,
  ],
  [
    "key policy",
    does(asRoleB, "kms:Decrypt", key),
    { identity: [everything] },
    `User: ${roleBSession} is not authorized to perform: kms:Decrypt on resource: ${key} ${cause("resource-based policy", "kms:Decrypt")}`,
  ],
  [
    "trust",
    assumesRoleB(asRoleA, dataSource),
    { identity: [everything] },
    `User: arn:aws:sts::110000000001:assumed-role/qs-athena-cross-account-role-a/quick is not authorized to perform: sts:AssumeRole on resource: ${roleB} ${cause("role trust policy", "sts:AssumeRole")}`,
  ],
  [
    "trust deny",
    assumesRoleB(asRoleA, dataSource),
    { resource: policy("t", { Effect: "Deny", Principal: "*", Action: "sts:*" }) },
    `User: arn:aws:sts::110000000001:assumed-role/qs-athena-cross-account-role-a/quick is not authorized to perform: sts:AssumeRole on resource: ${roleB} with an explicit deny in the role trust policy`,
  ],
  [
    "a service",
    { caller: quick, action: "sts:AssumeRole", resource: roleA },
    {},
    `User: quicksight.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${roleA} ${cause("role trust policy", "sts:AssumeRole")}`,
  ],
  [
    "a resource control policy, nobody in particular",
    does({ type: "anonymous" }, "s3:GetObject", `${data}/x`, { owner: spoke }),
    { resourceControl: [policy("r", { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" })] },
    `User: anonymous is not authorized to perform: s3:GetObject on resource: ${data}/x with an explicit deny in a resource control policy`,
  ],
  [
    "a session of a role with a path",
    does(
      { type: "role", arn: `arn:aws:iam::${spoke}:role/service-role/f`, session: "s" },
      "athena:StartQueryExecution",
      workgroup,
    ),
    { identity: [] },
    `User: arn:aws:sts::${spoke}:assumed-role/f/s is not authorized to perform: athena:StartQueryExecution on resource: ${workgroup} ${cause("identity-based policy", "athena:StartQueryExecution")}`,
  ],
];

describe("denialMessage", () => {
  for (const [name, request, policies, message] of cases) {
    it(name, () => {
      expect(denialMessage(request, decide(request, policies))).to.equal(message);
    });
  }

  it("has no words for what was allowed", () => {
    expect(() => denialMessage(start, decide(start, { identity: [everything] }))).to.throw(RequestError);
  });
});
