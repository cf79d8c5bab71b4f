/**
 * Makes properties.json: what @pulumi/aws declares about each resource type that this provider serves.
 * Run it after a change of the version of @pulumi/aws or of the list of types:
 *
 *     npx tsx sandbox/aws-provider/generate-properties.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import ts from "typescript";
import type { Declaration, Declarations, Property, PropertyType } from "./property-types";
import { servedTokens } from "./served-tokens";

const packageFolder = path.dirname(require.resolve("@pulumi/aws/package.json"));

/** Reads the declarations of the installed @pulumi/aws. Throws when a declaration has a form it does not know. */
export function readDeclarations(): Declarations {
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8")) as {
    version: string;
  };
  const inputTypes = indexInterfaces(parse("types/input.d.ts"));
  const objects: Record<string, Record<string, Property>> = {};
  const resources: Record<string, Declaration> = {};

  const objectType = (name: string): PropertyType => {
    if (objects[name] === undefined) {
      const members = inputTypes.get(name);
      if (members === undefined) throw new Error(`types/input.d.ts of @pulumi/aws declares no "${name}"`);
      objects[name] = {};
      Object.assign(objects[name], properties(members));
    }
    return { object: name };
  };

  const properties = (members: ts.NodeArray<ts.TypeElement>): Record<string, Property> => {
    const found: Record<string, Property> = {};
    for (const member of members) {
      if (!ts.isPropertySignature(member) || member.type === undefined) continue;
      const type = propertyType(member.type, objectType);
      found[nameOf(member.name)] = member.questionToken === undefined ? { type, required: true } : { type };
    }
    return found;
  };

  for (const token of servedTokens) {
    const module = /^aws:(?<file>[^:]+):(?<type>\w+)$/.exec(token)?.groups;
    if (module?.["file"] === undefined || module["type"] === undefined)
      throw new Error(`"${token}" is no type token`);
    const source = parse(`${module["file"]}.d.ts`);
    const args = indexInterfaces(source).get(`${module["type"]}Args`);
    if (args === undefined) throw new Error(`@pulumi/aws declares no arguments for "${token}"`);
    resources[token] = { inputs: properties(args), outputs: outputsOf(source, module["type"]) };
  }
  return { version, resources, objects };
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(
    file,
    readFileSync(path.join(packageFolder, file), "utf8"),
    ts.ScriptTarget.Latest,
  );
}

/** Every interface of a file by its qualified name (`iam.RoleInlinePolicy`). */
function indexInterfaces(source: ts.SourceFile): Map<string, ts.NodeArray<ts.TypeElement>> {
  const found = new Map<string, ts.NodeArray<ts.TypeElement>>();
  const visit = (statements: readonly ts.Statement[], prefix: string): void => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) found.set(prefix + statement.name.text, statement.members);
      if (
        ts.isModuleDeclaration(statement) &&
        statement.body !== undefined &&
        ts.isModuleBlock(statement.body)
      ) {
        visit(statement.body.statements, `${prefix}${statement.name.text}.`);
      }
    }
  };
  visit(source.statements, "");
  return found;
}

function outputsOf(source: ts.SourceFile, type: string): string[] {
  const declared = source.statements.find((s) => ts.isClassDeclaration(s) && s.name?.text === type);
  if (declared === undefined || !ts.isClassDeclaration(declared))
    throw new Error(`no class "${type}" is declared`);
  return declared.members.filter(ts.isPropertyDeclaration).map((member) => nameOf(member.name));
}

function propertyType(node: ts.TypeNode, objectType: (name: string) => PropertyType): PropertyType {
  const again = (inner: ts.TypeNode): PropertyType => propertyType(inner, objectType);
  if (node.kind === ts.SyntaxKind.StringKeyword) return "string";
  if (node.kind === ts.SyntaxKind.NumberKeyword) return "number";
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return "boolean";
  if (ts.isArrayTypeNode(node)) return { list: again(node.elementType) };
  if (ts.isTypeLiteralNode(node)) {
    const [index] = node.members;
    if (index !== undefined && ts.isIndexSignatureDeclaration(index)) return { map: again(index.type) };
  }
  if (ts.isUnionTypeNode(node)) return unionType(node.types.filter((t) => !isUndefined(t)).map(again));
  if (ts.isTypeReferenceNode(node)) {
    const name = qualifiedName(node.typeName);
    const [argument] = node.typeArguments ?? [];
    if (name === "pulumi.Input" && argument !== undefined) return again(argument);
    if (name === "pulumi.asset.Archive") return "archive";
    if (name === "pulumi.asset.Asset") return "asset";
    if (name.endsWith(".PolicyDocument")) return "policy";
    if (name.startsWith("inputs.")) return objectType(name.slice("inputs.".length));
    // Enumerations are strings; `ARN` is an alias of string; a resource stands for its id.
    if (name.startsWith("enums.") || /^[A-Z]\w*$/.test(name)) return "string";
  }
  throw new Error(
    `a declaration of @pulumi/aws has a form this script does not know: ${ts.SyntaxKind[node.kind]}`,
  );
}

function unionType(types: readonly PropertyType[]): PropertyType {
  const distinct = [...new Set(types)];
  if (distinct.length === 1 && distinct[0] !== undefined) return distinct[0];
  if (distinct.includes("policy")) return "policy";
  if (distinct.includes("asset") && distinct.includes("archive")) return "asset";
  throw new Error(
    `a declaration of @pulumi/aws unites ${JSON.stringify(types)}, which this script does not know`,
  );
}

function isUndefined(node: ts.TypeNode): boolean {
  return node.kind === ts.SyntaxKind.UndefinedKeyword;
}

function qualifiedName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${qualifiedName(name.left)}.${name.right.text}`;
}

function nameOf(name: ts.PropertyName): string {
  if (ts.isIdentifier(name) || ts.isStringLiteral(name)) return name.text;
  throw new Error("a declaration of @pulumi/aws has a computed property name");
}

if (require.main === module) {
  const file = path.join(__dirname, "properties.json");
  const text = JSON.stringify(readDeclarations());
  void resolveConfig(file).then(async (style) => {
    writeFileSync(file, await format(text, { ...style, filepath: file }));
  });
}
