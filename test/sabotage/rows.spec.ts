import { expect } from "chai";
import { policyDocument } from "../../access/document";
import { configurations } from "../access/configurations";
import { PRODUCER, environmentWith, requestWith } from "../worlds";
import { STRANGER, changesOf } from "./changes";
import { bootstrapDocuments, builtDocuments } from "./documents";
import { rowsIn } from "./lanes";
import { NEEDS, ONLY_ON_AWS, UNTRIED } from "./needs";
import { rowsOf } from "./rows";
import { SCENARIOS } from "./scenario";

const ROLE_B = "arn:aws:iam::133333333333:role/b";
const SPARED = { ArnNotLike: { "aws:PrincipalArn": "arn:*:iam::*:role/OrganizationAccountAccessRole" } };

describe("sabotage", () => {
  it("takes away every statement, principal and condition of an Allow, one at a time", () => {
    const other = { Sid: "Other", Effect: "Allow", Action: "s3:GetObject", Resource: "*" } as const;
    const statement = {
      Sid: "Read",
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::133333333333:root", ROLE_B], Service: "athena.amazonaws.com" },
      Action: "s3:GetObject",
      Resource: "*",
      Condition: {
        StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes", "aws:RequestedRegion": ["us-east-1"] },
        ArnLike: { "aws:PrincipalArn": ROLE_B },
      },
    } as const;
    const { Principal, Condition } = statement;
    const { StringEquals, ArnLike } = Condition;
    const wanted = [
      ["without the statement", "closes", undefined],
      [
        "without the principal arn:aws:iam::133333333333:root",
        "closes",
        { ...statement, Principal: { ...Principal, AWS: [`arn:aws:iam::${STRANGER}:root`, ROLE_B] } },
      ],
      [
        `without the principal ${ROLE_B}`,
        "closes",
        {
          ...statement,
          Principal: {
            ...Principal,
            AWS: [Principal.AWS[0], "arn:aws:iam::133333333333:role/OrganizationAccountAccessRole"],
          },
        },
      ],
      [
        "without the principal athena.amazonaws.com",
        "closes",
        { ...statement, Principal: { ...Principal, Service: "lambda.amazonaws.com" } },
      ],
      [
        "with another aws:PrincipalOrgID",
        "closes",
        {
          ...statement,
          Condition: {
            ...Condition,
            StringEquals: { ...StringEquals, "aws:PrincipalOrgID": "o-nobody0000" },
          },
        },
      ],
      [
        "without aws:PrincipalOrgID",
        "opens",
        { ...statement, Condition: { StringEquals: { "aws:RequestedRegion": ["us-east-1"] }, ArnLike } },
      ],
      [
        "with another aws:RequestedRegion",
        "closes",
        {
          ...statement,
          Condition: { ...Condition, StringEquals: { ...StringEquals, "aws:RequestedRegion": "nobody" } },
        },
      ],
      [
        "without aws:RequestedRegion",
        "opens",
        {
          ...statement,
          Condition: { StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" }, ArnLike },
        },
      ],
      [
        "with another aws:PrincipalArn",
        "closes",
        {
          ...statement,
          Condition: {
            ...Condition,
            ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${STRANGER}:role/nobody` },
          },
        },
      ],
      ["without aws:PrincipalArn", "opens", { ...statement, Condition: { StringEquals } }],
    ];
    const changes = changesOf(policyDocument(statement, other)).filter(({ sid }) => sid === "Read");
    expect(changes.map(({ what, effect, document }) => [what, effect, document])).to.deep.equal(
      wanted.map(([what, effect, changed]) => [
        what,
        effect,
        policyDocument(changed as typeof statement | undefined, other),
      ]),
    );
  });

  it("opens by a Deny that is taken away, and spares the administrator from one that reaches further", () => {
    const statement = {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    } as const;
    const { Condition, ...always } = statement;
    expect(Condition.Bool["aws:SecureTransport"]).to.equal("false");
    expect(
      changesOf(policyDocument(statement)).map(({ what, effect, document }) => [
        what,
        effect,
        document.Statement,
      ]),
    ).to.deep.equal([
      ["without the statement", "opens", []],
      [
        "without the principal *",
        "opens",
        [{ ...statement, Principal: { AWS: `arn:aws:iam::${STRANGER}:root` } }],
      ],
      [
        "with another aws:SecureTransport",
        "opens",
        [{ ...statement, Condition: { Bool: { "aws:SecureTransport": "true" }, ...SPARED } }],
      ],
      ["without aws:SecureTransport", "closes", [{ ...always, Condition: SPARED }]],
    ]);
  });

  const faults = [
    ["a statement without Sid", policyDocument({ Effect: "Allow", Action: "a:B", Resource: "*" })],
    [
      "a Sid that is there twice",
      policyDocument(
        { Sid: "One", Effect: "Allow", Action: "a:B", Resource: "*" },
        { Sid: "One", Effect: "Allow", Action: "a:C", Resource: "*" },
      ),
    ],
    [
      "an operator that it does not know",
      policyDocument({
        Sid: "One",
        Effect: "Allow",
        Action: "a:B",
        Resource: "*",
        Condition: { NumericLessThan: { "s3:max-keys": "10" } },
      }),
    ],
  ] as const;
  for (const [fault, document] of faults)
    it(`refuses ${fault}`, () => {
      expect(() => changesOf(document)).to.throw();
    });

  const rows = SCENARIOS.flatMap(rowsIn);
  const vpc = { subnets: ["subnet-0a1b2c3d4e5f60718"], securityGroups: ["sg-0a1b2c3d4e5f60718"] };
  const connectors = { acct1dynamodb: { tables: ["Music"], vpc } };
  const others = [
    ...configurations,
    {
      environment: environmentWith({ producers: { music: { account: PRODUCER, connectors } } }),
      request: requestWith({ connectors: [{ deploy: { tables: ["Music"], vpc } }] }),
    },
    {
      environment: environmentWith(),
      request: requestWith({
        readers: { tool: { accessKey: true, externalId: "tool" }, other: { permissionsOn: "user" } },
      }),
    },
  ];
  const elsewhere = others.flatMap(({ environment, request }) =>
    rowsOf(
      [...bootstrapDocuments(environment, request), ...builtDocuments(environment, [request])],
      environment.name,
    ),
  );

  it("knows what every statement, principal and condition that access/ deploys is for", () => {
    expect(rows.filter(({ expected }) => expected.kind === "unknown").map(({ name }) => name)).to.deep.equal(
      [],
    );
  });

  it("knows which statements that access/ builds for other configurations are not tried, and why", () => {
    const unknown = elsewhere.filter(({ expected }) => expected.kind === "unknown").map(({ name }) => name);
    const isIn = (entry: string) => (name: string) => name.startsWith(`${entry} `);
    const entries = UNTRIED.flatMap(([, title, sids]) => sids.split(" ").map((sid) => `${title}: ${sid}`));
    expect(unknown.filter((name) => !entries.some((entry) => isIn(entry)(name)))).to.deep.equal([]);
    expect(entries.filter((entry) => !unknown.some(isIn(entry)))).to.deep.equal([]);
  });

  it("has no entry for what access/ does not deploy", () => {
    const names = rows.map(({ name }) => `${name} `);
    const entries = [
      ...Object.entries(NEEDS).flatMap(([title, needs]) =>
        Object.keys(needs).map((sid) => `${title}: ${sid}`),
      ),
      ...Object.keys(ONLY_ON_AWS),
    ];
    expect(entries.filter((entry) => !names.some((name) => name.startsWith(`${entry} `)))).to.deep.equal([]);
  });
});
