import { parse } from "yaml";
import { AwsError, notImplemented } from "../errors";

/** A resource as a template declares it: its values may hold functions. */
export interface Declared {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
}

/** A parameter as a template declares it. */
export interface DeclaredParameter {
  readonly type: string;
  readonly default?: string;
  readonly noEcho: boolean;
  readonly description?: string;
}

/** A template, taken apart. */
export interface Template {
  readonly description?: string;
  readonly parameters: Readonly<Record<string, DeclaredParameter>>;
  /** Logical id -> resource. */
  readonly resources: Readonly<Record<string, Declared>>;
  readonly outputs: Readonly<Record<string, { readonly value: unknown; readonly description?: string }>>;
}

/** What functions of a template read. */
export interface Surroundings {
  /** What `Ref` says of a parameter, a pseudo parameter or a resource that was made. */
  readonly ref: (name: string) => string | undefined;
  /** What `Fn::GetAtt` says of a resource that was made. */
  readonly attribute: (logicalId: string, name: string) => string | undefined;
}

const KNOWN_SECTIONS = [
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Resources",
  "Outputs",
];
const FUNCTIONS = ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join"];

/** The short forms of YAML: `!Ref x` is `{Ref: x}`. */
const shortForms = FUNCTIONS.flatMap((name) => {
  const tag = `!${name.replace("Fn::", "")}`;
  const long = (value: unknown): unknown => ({
    [name]: name === "Fn::GetAtt" && typeof value === "string" ? split(value) : value,
  });
  return [
    { tag, resolve: (text: string) => long(text) },
    {
      tag,
      collection: "seq" as const,
      resolve: (value: unknown) => long((value as { toJSON: () => unknown }).toJSON()),
    },
  ];
});

/** `Resource.Attribute`: attributes may have dots, logical ids have none. */
function split(text: string): [string, string] {
  const at = text.indexOf(".");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function fault(message: string): AwsError {
  return new AwsError("ValidationError", message);
}

/**
 * Reads a template in JSON or YAML.
 *
 * @throws AwsError ValidationError for what CloudFormation would refuse; 501 for what is not served here
 */
export function readTemplate(body: string): Template {
  let read: unknown;
  try {
    read = parse(body, { customTags: shortForms });
  } catch (error) {
    throw fault(`Template format error: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(read)) throw fault("Template format error: unsupported structure.");
  const unknown = Object.keys(read).filter((name) => !KNOWN_SECTIONS.includes(name));
  if (unknown.length > 0)
    throw notImplemented("cloudformation", `templates with ${unknown.join(", ")}`, "are not served here");
  const resources = sectionOf(read, "Resources");
  if (Object.keys(resources).length === 0)
    throw fault("Template format error: At least one Resources member must be defined.");
  const { Description } = read;
  return {
    ...(typeof Description === "string" ? { description: Description } : {}),
    parameters: Object.fromEntries(
      Object.entries(sectionOf(read, "Parameters")).map(([name, value]) => [name, parameterOf(name, value)]),
    ),
    resources: Object.fromEntries(
      Object.entries(resources).map(([name, value]) => [name, declaredOf(name, value)]),
    ),
    outputs: Object.fromEntries(
      Object.entries(sectionOf(read, "Outputs")).map(([name, output]) => [
        name,
        {
          value: isRecord(output) ? output["Value"] : undefined,
          ...(isRecord(output) && typeof output["Description"] === "string"
            ? { description: output["Description"] }
            : {}),
        },
      ]),
    ),
  };
}

function sectionOf(template: Record<string, unknown>, name: string): Record<string, unknown> {
  const section = template[name] ?? {};
  if (!isRecord(section)) throw fault(`Template format error: ${name} is not an object`);
  return section;
}

function parameterOf(name: string, value: unknown): DeclaredParameter {
  if (!isRecord(value) || typeof value["Type"] !== "string")
    throw fault(`Template format error: Every Parameters object must contain a Type member. (${name})`);
  if (value["Type"] !== "String" && value["Type"] !== "Number" && value["Type"] !== "CommaDelimitedList")
    throw notImplemented("cloudformation", `parameters of type ${value["Type"]}`, "are not served here");
  const { Default, Description, NoEcho } = value;
  return {
    type: value["Type"],
    ...(typeof Default === "string" || typeof Default === "number" ? { default: String(Default) } : {}),
    ...(typeof Description === "string" ? { description: Description } : {}),
    noEcho: NoEcho === true || NoEcho === "true",
  };
}

function declaredOf(name: string, value: unknown): Declared {
  if (!/^[A-Za-z0-9]+$/.test(name))
    throw fault(`Template format error: Resource name ${name} is non alphanumeric.`);
  if (!isRecord(value) || typeof value["Type"] !== "string")
    throw fault(
      `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
    );
  const other = Object.keys(value).filter(
    (key) => !["Type", "Properties", "DependsOn", "Metadata"].includes(key),
  );
  if (other.length > 0)
    throw notImplemented("cloudformation", `${other.join(", ")} of a resource`, "is not served here");
  const properties = value["Properties"] ?? {};
  if (!isRecord(properties))
    throw fault(`Template format error: [/Resources/${name}/Properties] is not an object`);
  const after = value["DependsOn"] ?? [];
  return {
    type: value["Type"],
    properties,
    dependsOn: (Array.isArray(after) ? after : [after]).map(String),
  };
}

/** Logical ids in an order in which each comes after what it names. @throws AwsError when they name each other */
export function inOrder(template: Template): string[] {
  const { resources } = template;
  const needs = new Map(
    Object.entries(resources).map(([name, { properties, dependsOn }]) => {
      const named = [...dependsOn, ...namesIn(properties)];
      const missing = dependsOn.find((other) => !Object.hasOwn(resources, other));
      if (missing !== undefined)
        throw fault(
          `Template format error: Unresolved resource dependencies [${missing}] in the Resources block of the template`,
        );
      return [name, new Set(named.filter((other) => Object.hasOwn(resources, other)))] as const;
    }),
  );
  const order: string[] = [];
  while (needs.size > 0) {
    const ready = [...needs].filter(([, others]) => [...others].every((other) => order.includes(other)));
    if (ready.length === 0)
      throw fault(`Circular dependency between resources: [${[...needs.keys()].join(", ")}]`);
    for (const [name] of ready) {
      order.push(name);
      needs.delete(name);
    }
  }
  return order;
}

/** Everything that functions in a value name. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isRecord(value)) return [];
  const called = functionIn(value);
  if (called === undefined) return Object.values(value).flatMap(namesIn);
  const { name, argument } = called;
  switch (name) {
    case "Ref":
      return [String(argument)];
    case "Fn::GetAtt":
      return [attributeOf(argument)[0]];
    case "Fn::Sub": {
      const [text, variables] = substitutionOf(argument);
      const own = Object.keys(variables);
      return [
        ...placeholders(text)
          .filter((placeholder) => !own.includes(placeholder))
          .map((placeholder) => split(placeholder)[0]),
        ...Object.values(variables).flatMap(namesIn),
      ];
    }
    default:
      return namesIn(argument);
  }
}

/** The value with all of its functions carried out. @throws AwsError for a name that nobody has */
export function resolved(value: unknown, surroundings: Surroundings): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, surroundings));
  if (!isRecord(value)) return value;
  const called = functionIn(value);
  if (called === undefined)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, resolved(inner, surroundings)]),
    );
  const { name, argument } = called;
  switch (name) {
    case "Ref":
      return found(surroundings.ref(String(argument)), String(argument));
    case "Fn::GetAtt": {
      const [resource, attribute] = attributeOf(argument);
      return found(surroundings.attribute(resource, attribute), `${resource}.${attribute}`);
    }
    case "Fn::Join": {
      const [separator, items] = Array.isArray(argument) ? (argument as unknown[]) : [];
      const texts = resolved(items, surroundings);
      if (typeof separator !== "string" || !Array.isArray(texts))
        throw fault(
          "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined",
        );
      return texts.join(separator);
    }
    case "Fn::Sub": {
      const [text, variables] = substitutionOf(argument);
      const own = resolved(variables, surroundings) as Record<string, unknown>;
      return text
        .replace(/\$\{([^!}][^}]*)\}/g, (_, inner: string) => {
          const placeholder = inner.trim();
          if (Object.hasOwn(own, placeholder)) return String(own[placeholder]);
          const [resource, attribute] = split(placeholder);
          return found(
            attribute === "" ? surroundings.ref(resource) : surroundings.attribute(resource, attribute),
            placeholder,
          );
        })
        .replace(/\$\{!/g, "${");
    }
  }
}

function found(value: string | undefined, name: string): string {
  if (value === undefined)
    throw fault(
      `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
    );
  return value;
}

type FunctionName = "Ref" | "Fn::GetAtt" | "Fn::Sub" | "Fn::Join";

function functionIn(
  value: Record<string, unknown>,
): { readonly name: FunctionName; readonly argument: unknown } | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0 || !(name === "Ref" || name.startsWith("Fn::")))
    return undefined;
  if (!FUNCTIONS.includes(name)) throw notImplemented("cloudformation", name, "is not served here");
  return { name: name as FunctionName, argument: value[name] };
}

function attributeOf(argument: unknown): [string, string] {
  if (typeof argument === "string") return split(argument);
  const [resource, attribute] = Array.isArray(argument) ? (argument as unknown[]) : [];
  if (typeof resource !== "string" || typeof attribute !== "string")
    throw fault(
      "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
    );
  return [resource, attribute];
}

function substitutionOf(argument: unknown): [string, Record<string, unknown>] {
  const [text, variables] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
  if (typeof text !== "string" || !isRecord(variables))
    throw fault("Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments.");
  return [text, variables];
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, inner = ""]) => inner.trim());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
