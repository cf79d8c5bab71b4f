/** Checks inputs against what @pulumi/aws declares and what this provider serves. */
import declarationsJson from "./properties.json";
import type { Declaration, Declarations, Property, PropertyType } from "./property-types";
import type { ResourceType } from "./resource-type";
import { Asset, hasUnknown, isList, isValues, Unknown, unknown, type Value, type Values } from "./values";

const declarations = declarationsJson as Declarations;

/** The version of @pulumi/aws whose resource types are served, which is this plugin's version too. */
export const packageVersion = declarations.version;

/** One faulty input. */
export interface InputFault {
  readonly property: string;
  readonly reason: string;
}

/** What @pulumi/aws declares for a type this provider serves. */
export function declarationOf(type: ResourceType): Declaration {
  const declaration = declarations.resources[type.token];
  if (declaration === undefined) {
    throw new Error(
      `properties.json has no "${type.token}": run sandbox/aws-provider/generate-properties.ts`,
    );
  }
  return declaration;
}

/** Inputs that every type has whose declaration has them. */
const shared = new Set(["region", "tags"]);

/** Every fault of the inputs: missing, unknown, of the wrong type, or not served here. Unknown values pass. */
export function faultsOf(type: ResourceType, inputs: Values): InputFault[] {
  const { inputs: declared } = declarationOf(type);
  const served = (path: string): boolean =>
    path.includes(".")
      ? type.properties[path]?.unserved !== true
      : (shared.has(path) || type.properties[path] !== undefined) && type.properties[path]?.unserved !== true;
  const faults = objectFaults(type.token, declared, inputs, "", "", served);
  const known = Object.fromEntries(Object.entries(inputs).filter(([, value]) => !(value instanceof Unknown)));
  const own = Object.entries(type.check?.(known) ?? {}).map(([property, reason]) => ({ property, reason }));
  return [...faults, ...own];
}

function objectFaults(
  owner: string,
  declared: Readonly<Record<string, Property>>,
  values: Values,
  path: string,
  rulePath: string,
  served: (rulePath: string) => boolean,
): InputFault[] {
  const faults: InputFault[] = [];
  for (const [name, property] of Object.entries(declared)) {
    if (property.required === true && values[name] === undefined) {
      faults.push({ property: path + name, reason: `is missing, and ${owner} needs it` });
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || (path === "" && name.startsWith("__"))) continue;
    const property = declared[name];
    if (property === undefined) {
      const names = Object.keys(declared).sort().join(", ");
      faults.push({
        property: path + name,
        reason: `is no property of ${owner} in @pulumi/aws ${packageVersion}; it takes ${names}`,
      });
    } else if (!served(rulePath + name)) {
      faults.push({
        property: path + name,
        reason: `is not served by the sandbox's aws provider: leave it out, or use the real provider`,
      });
    } else {
      faults.push(...typeFaults(property.type, value, path + name, rulePath + name, served));
    }
  }
  return faults;
}

function typeFaults(
  type: PropertyType,
  value: Value,
  path: string,
  rulePath: string,
  served: (rulePath: string) => boolean,
): InputFault[] {
  if (value instanceof Unknown) return [];
  const wrong = (expected: string): InputFault[] => [
    { property: path, reason: `must be ${expected}, and is ${kindOf(value)}` },
  ];
  if (typeof type === "string") {
    switch (type) {
      case "policy":
        return typeof value === "string" || isValues(value) ? [] : wrong("JSON text or an object");
      case "archive":
        return value instanceof Asset && value.archive ? [] : wrong("an archive");
      case "asset":
        return value instanceof Asset ? [] : wrong("an asset or an archive");
      default:
        return typeof value === type ? [] : wrong(`a ${type}`);
    }
  }
  if ("list" in type) {
    if (!isList(value)) return wrong("a list");
    return value.flatMap((inner, index) =>
      typeFaults(type.list, inner, `${path}[${index}]`, rulePath, served),
    );
  }
  if (!isValues(value)) return wrong("an object");
  if ("map" in type) {
    return Object.entries(value).flatMap(([name, inner]) =>
      inner === undefined
        ? []
        : typeFaults(type.map, inner, `${path}.${name}`, `${rulePath}.${name}`, served),
    );
  }
  const declared = declarations.objects[type.object];
  if (declared === undefined) throw new Error(`properties.json lacks the object "${type.object}"`);
  return objectFaults(type.object, declared, value, `${path}.`, `${rulePath}.`, served);
}

function kindOf(value: Value): string {
  if (isList(value)) return "a list";
  if (value instanceof Asset) return value.archive ? "an archive" : "an asset";
  return typeof value === "object" ? "an object" : `the ${typeof value} ${JSON.stringify(value)}`;
}

/** The inputs with policy documents that were given as objects written as text, once they are wholly known. */
export function withPolicyText(type: ResourceType, inputs: Values): Values {
  const { inputs: declared } = declarationOf(type);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      if (declared[name]?.type !== "policy" || !isValues(value)) return [name, value];
      return [name, hasUnknown(value) ? unknown : JSON.stringify(value)];
    }),
  );
}
