import { expect } from "chai";
import { producerBootstrap, spokeBootstrap } from "../../access/bootstrap";
import { InputError } from "../../access/faults";
import { faultsInEnvironment } from "../../access/request";
import { sharePermissions, shareRoleTrust, sharesOf } from "../../access/share";
import { environmentWith, ORGANIZATION, PRODUCER, requestWith, SPOKE } from "../worlds";

const ADMINISTRATOR = "arn:aws:iam::100000000000:user/admin";
const producers = {
  music: {
    account: PRODUCER,
    registersCatalogs: true,
    connectors: { acct1dynamodb: { tables: ["Music"] } },
  },
};
const environment = environmentWith({ producers });
const sharing = (keys: Record<string, unknown> = {}) =>
  requestWith({ connectors: [{ from: "music", registeredBy: "producer", ...keys }] });

/** The one share of a request. */
function shareOf(request: ReturnType<typeof requestWith>, inside = environment) {
  const [share, ...more] = sharesOf(request, inside);
  if (share === undefined || more.length > 0) throw new Error(`${1 + more.length} shares`);
  return share;
}

describe("a connector that its producer shares (R14-R17, R30, R32)", () => {
  it("is shared by nobody unless the request says so (R18)", () => {
    expect(sharesOf(requestWith(), environment)).to.deep.equal([]);
  });

  for (const { shareRole, names, roles } of [
    { shareRole: undefined, names: "seed", roles: ["AthenaCrossAccountCreate-122222222222"] },
    { shareRole: "create", names: "seed", roles: ["AthenaCrossAccountCreate-122222222222"] },
    { shareRole: "federated", names: "seed", roles: ["AthenaCrossAccountFederated-122222222222"] },
    {
      shareRole: "both",
      names: "environment",
      roles: ["AthenaCrossAccountCreate-122222222222-dev", "AthenaCrossAccountFederated-122222222222-dev"],
    },
  ])
    it(`shareRole: ${shareRole ?? "left out"} with names: ${names} has the role ${roles.join(" and ")} (R30, C1, C28)`, () => {
      const request = sharing(shareRole === undefined ? {} : { shareRole });
      expect(shareOf(request, environmentWith({ names, producers })).roles).to.deep.equal(roles);
    });

  it("is registered by the producer's role alone, without an external id (R2, R16)", () => {
    const trust = (Condition: object) => ({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ProducerSharesConnector",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::122222222222:root" },
          Action: "sts:AssumeRole",
          Condition,
        },
      ],
    });
    const ArnEquals = {
      "aws:PrincipalArn": ["arn:aws:iam::122222222222:role/athena-spokes-producer-onboarder-dev"],
    };
    expect(shareRoleTrust(shareOf(sharing()), environment)).to.deep.equal(
      trust({ ArnEquals, StringEquals: { "aws:PrincipalOrgID": ORGANIZATION } }),
    );
    const without = environmentWith({ organization: undefined, roleA: "list", producers });
    expect(shareRoleTrust(shareOf(sharing()), without)).to.deep.equal(trust({ ArnEquals }));
  });

  it("is registered as the role of the producers that share, whoever else is in their account (R16, R17)", () => {
    const at = { account: PRODUCER, registersCatalogs: true };
    const shop = {
      films: { ...at, assumeRole: "FilmsOwner", connectors: { films: { tables: ["Films"] } } },
      music: { ...at, connectors: { acct1dynamodb: { tables: ["Music"] } } },
      books: { ...at, assumeRole: "BooksOwner", connectors: { books: { tables: ["Books"] } } },
    };
    const role = (name: string) => `arn:aws:iam::122222222222:role/${name}`;
    const onboarder = "athena-spokes-producer-onboarder-dev";
    for (const [from, sharedAs, trusted] of [
      [["music"], onboarder, [role(onboarder)]],
      [["books", "music"], "BooksOwner", [role("BooksOwner"), role(onboarder)]],
    ] as const) {
      const connectors = from.map((each) => ({ from: each, registeredBy: "producer" }));
      const share = shareOf(requestWith({ connectors }), environmentWith({ producers: shop }));
      expect(share).to.deep.include({ sharedAs, trusted });
    }
  });

  it("opens exactly its catalogs, from making to deleting (C26)", () => {
    const request = requestWith({
      connectors: [
        { from: "music", connector: "a", registeredBy: "producer" },
        { from: "music", connector: "b", registeredBy: "producer", catalog: "charts" },
        { from: "music", connector: "c" },
      ],
    });
    const connectors = { a: { tables: ["Music"] }, b: { tables: ["Music"] }, c: { tables: ["Music"] } };
    const several = environmentWith({
      producers: { music: { account: PRODUCER, registersCatalogs: true, connectors } },
    });
    expect(sharePermissions(shareOf(request, several), request)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ManageSharedCatalogs",
          Effect: "Allow",
          Action: [
            "athena:CreateDataCatalog",
            "athena:DeleteDataCatalog",
            "athena:GetDataCatalog",
            "athena:ListTagsForResource",
            "athena:TagResource",
            "athena:UntagResource",
            "athena:UpdateDataCatalog",
          ],
          Resource: [
            "arn:aws:athena:us-east-1:133333333333:datacatalog/a",
            "arn:aws:athena:us-east-1:133333333333:datacatalog/charts",
          ],
        },
      ],
    });
  });

  it("opens what AWS prints when somebody shares by hand, to that role (R15)", () => {
    const request = sharing({ sharePermissions: "create-only", sharedBy: "ConnectorOwner" });
    const share = shareOf(request);
    expect(share.trusted).to.deep.equal(["arn:aws:iam::122222222222:role/ConnectorOwner"]);
    expect(sharePermissions(share, request)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "CreateCatalogs",
          Effect: "Allow",
          Action: "athena:CreateDataCatalog",
          Resource: "arn:aws:athena:*:133333333333:datacatalog/*",
        },
      ],
    });
  });

  it("is refused where the producer registers nothing, whose role may become none of these then", () => {
    expect(faultsInEnvironment(sharing(), environmentWith())).to.deep.equal([
      {
        path: "connectors[0].registeredBy",
        message:
          'producer "music" registers no catalogs in spokes: write `registeredBy: consumer`, or have the platform team write `registersCatalogs: true` for it',
      },
    ]);
    const sids = (each: ReturnType<typeof environmentWith>) =>
      [...producerBootstrap(each, "music", [ADMINISTRATOR]).roles.values()].map(({ permissions }) =>
        permissions.Statement.filter(({ Sid }) => Sid === "AssumeShareRoles"),
      );
    expect(sids(environmentWith())).to.deep.equal([[], []]);
    expect(sids(environment)).to.deep.equal([
      [],
      [
        {
          Sid: "AssumeShareRoles",
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Resource: [
            "arn:aws:iam::*:role/AthenaCrossAccountCreate-122222222222",
            "arn:aws:iam::*:role/AthenaCrossAccountFederated-122222222222",
          ],
          Condition: { StringEquals: { "aws:ResourceOrgID": ORGANIZATION } },
        },
      ],
    ]);
  });

  it("has its roles in the bootstrap of the request, and their most in the boundary", () => {
    const request = sharing();
    const { roles, boundary } = spokeBootstrap(environment, SPOKE, [ADMINISTRATOR], [request]);
    const [deployer] = roles.values();
    const [made] = deployer?.permissions.Statement ?? [];
    expect(made?.Resource).to.include("arn:aws:iam::133333333333:role/AthenaCrossAccountCreate-122222222222");
    const catalogs = ["arn:aws:athena:us-east-1:133333333333:datacatalog/acct1dynamodb"];
    expect(
      deployer?.permissions.Statement.filter(({ Resource }) => /datacatalog/.test(String(Resource))),
    ).to.deep.equal([
      {
        Sid: "FindSharedCatalogs",
        Effect: "Allow",
        Action: ["athena:GetDataCatalog", "athena:ListTagsForResource"],
        Resource: catalogs,
      },
    ]);
    expect(boundary.document.Statement.at(-1)).to.deep.equal(
      sharePermissions(shareOf(request), request).Statement[0],
    );
  });
});

describe("sharing that cannot be (R4, R5, R9)", () => {
  const by = (keys: Record<string, unknown>) => ({ from: "music", registeredBy: "producer", ...keys });
  for (const { name, connectors, faults } of [
    {
      name: "a Glue catalog as a connector (R5, e10)",
      connectors: [by({ type: "GLUE" })],
      faults: [
        "connectors[0].type: a catalog of the Glue Data Catalog's type is no connector and cannot be shared as one (R5): name its databases under data, or have its owner share them through Glue or Lake Formation",
      ],
    },
    {
      name: "a Hive metastore (R4, e10)",
      connectors: [{ from: "music", type: "hive" }],
      faults: [
        "connectors[0].type: a Hive metastore's connector cannot be shared between accounts (R4): deploy it in the spoke's own account",
      ],
    },
    {
      name: "a source that is registered with the Glue Data Catalog (C19)",
      connectors: [{ from: "music", type: "FEDERATED" }],
      faults: [
        "connectors[0].type: a source that is registered with the Glue Data Catalog is shared there and not as a connector (C19): leave it out",
      ],
    },
    {
      name: "a type that is none",
      connectors: [{ from: "music", type: 1 }],
      faults: ["connectors[0].type: 1 is not a type of catalog that can be shared: write LAMBDA"],
    },
    {
      name: "keys of sharing without it",
      connectors: [{ from: "music", shareRole: "both", sharedBy: "x" }],
      faults: [
        "connectors[0].shareRole: the spoke adds this connector itself, so that no role is shared: leave shareRole out, or write `registeredBy: producer`",
        "connectors[0].sharedBy: the spoke adds this connector itself, so that no role is shared: leave sharedBy out, or write `registeredBy: producer`",
      ],
    },
    {
      name: "sharing by hand by nobody, and by somebody with the stack",
      connectors: [by({ sharePermissions: "create-only" }), by({ connector: "b", sharedBy: "x" })],
      faults: [
        "connectors[0].sharedBy: with `sharePermissions: create-only` somebody of the producer shares by hand: name the role of the producer's account that does",
        "connectors[1].sharedBy: the stack itself shares, as the producer's role that it has: leave sharedBy out, or write `sharePermissions: create-only`",
      ],
    },
  ])
    it(`refuses ${name}`, () => {
      let found: string[] = [];
      try {
        requestWith({ connectors });
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        found = thrown.faults.map(({ path, message }) => `${path}: ${message}`);
      }
      expect(found).to.deep.equal(faults);
    });

  it("refuses another Region, and different roles of one account (R9, C17)", () => {
    const connectors = { a: { tables: ["Music"] }, b: { tables: ["Music"] } };
    const several = environmentWith({
      producers: { music: { account: PRODUCER, registersCatalogs: true, connectors } },
    });
    const request = requestWith({
      connectors: [by({ connector: "a" }), by({ connector: "b", shareRole: "both", region: "eu-west-1" })],
    });
    expect(faultsInEnvironment(request, several)).to.deep.equal([
      {
        path: "connectors[1].shareRole",
        message:
          "connectors[0] is shared by the same account 122222222222, whose role has one name and one policy: write shareRole, sharePermissions and sharedBy alike",
      },
      {
        path: "connectors[1].region",
        message:
          "connectors of dev are in us-east-1: Athena runs no federated query across Regions (R9), so leave region out",
      },
    ]);
  });

  it("refuses a classification's connector that the producer would register (R72)", () => {
    expect(() => requestWith({ classifications: { confidential: { connectors: [by({})] } } })).to.throw(
      InputError,
      "classifications.confidential.connectors[0].registeredBy: the catalogs of a classification are registered by the spoke: leave registeredBy out, or attach the connector at the general level",
    );
  });
});
