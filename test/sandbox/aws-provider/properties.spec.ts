import { expect } from "chai";
import manifest from "../../../package.json";
import { readDeclarations } from "../../../sandbox/aws-provider/generate-properties";
import properties from "../../../sandbox/aws-provider/properties.json";
import { resourceTypes } from "../../../sandbox/aws-provider/registry";
import { servedTokens } from "../../../sandbox/aws-provider/served-tokens";

describe("properties.json", () => {
  it("is made from the version of @pulumi/aws in package.json", () => {
    expect(properties.version).to.equal(manifest.dependencies["@pulumi/aws"]);
  });

  it("is what the installed declarations say", function () {
    this.timeout(60_000);
    expect(properties).to.deep.equal(readDeclarations());
  });

  it("has every type that is served, and no other", () => {
    expect([...resourceTypes.keys()].sort()).to.deep.equal([...servedTokens].sort());
    expect(Object.keys(properties.resources).sort()).to.deep.equal([...servedTokens].sort());
  });
});

describe("the rules of a resource type", () => {
  const declared = properties.resources as Record<
    string,
    { inputs: Record<string, unknown>; outputs: string[] }
  >;

  for (const type of resourceTypes.values()) {
    const { inputs = {}, outputs = [] } = declared[type.token] ?? {};
    const top = Object.keys(type.properties).filter((path) => !path.includes("."));

    it(`${type.token}: name inputs that @pulumi/aws declares`, () => {
      const named = [...top, ...type.identity, ...(type.naming === undefined ? [] : [type.naming.property])];
      expect(named.filter((name) => inputs[name] === undefined)).to.deep.equal([]);
    });

    it(`${type.token}: omit outputs only, and none that is an input here`, () => {
      const { omits = [] } = type;
      expect(omits.filter((name) => !outputs.includes(name))).to.deep.equal([]);
      const served = top.filter((name) => type.properties[name]?.unserved !== true);
      // An access control list can be given to an object, but AWS does not tell it.
      expect(omits.filter((name) => served.includes(name) && name !== "acl")).to.deep.equal([]);
    });
  }
});
