import { expect } from "chai";
import { dataSourcePermissions } from "../../access/quick";
import { environmentWith, HUB, requestWith } from "../worlds";

describe("data source permissions (R62, R65)", () => {
  const author = [
    "quicksight:DescribeDataSource",
    "quicksight:DescribeDataSourcePermissions",
    "quicksight:PassDataSource",
  ];
  const owner = [
    ...author,
    "quicksight:UpdateDataSource",
    "quicksight:DeleteDataSource",
    "quicksight:UpdateDataSourcePermissions",
  ];

  it("owners own, authors use, and nobody stands there twice (R62, R65, C16)", () => {
    const request = requestWith({
      dataSource: { authors: ["user/ann", "group/bi-authors", "group/bi-admins"] },
    });
    expect(dataSourcePermissions(request, environmentWith())).to.deep.equal([
      { principal: "arn:aws:quicksight:us-east-1:111111111111:group/default/bi-admins", actions: owner },
      { principal: "arn:aws:quicksight:us-east-1:111111111111:group/default/bi-authors", actions: author },
      { principal: "arn:aws:quicksight:us-east-1:111111111111:user/default/ann", actions: author },
    ]);
  });

  it("principals live in the identity Region and the namespace (C29)", () => {
    const hub = {
      account: HUB,
      quick: { owners: ["user/a/b"], identityRegion: "eu-west-1", namespace: "acme" },
    };
    expect(dataSourcePermissions(requestWith(), environmentWith({ hub }))).to.deep.equal([
      { principal: "arn:aws:quicksight:eu-west-1:111111111111:user/acme/a/b", actions: owner },
    ]);
  });
});
