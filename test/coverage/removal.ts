/** Takes a piece of syntax out of a TypeScript file, so that a test can be asked whether it misses it. */
import ts from "typescript";

/**
 * The source without one piece: the smallest that begins where the text stands, of a list that can do with one less (a
 * property, an element, an argument, a statement).
 *
 * `Sid: ...` stands for the whole policy statement, and a text that begins with a dot for that call in a chain.
 *
 * @throws Error when the text does not stand exactly once in the source, or nothing begins there that can be taken out.
 */
export function without(piece: string, source: string): string {
  const at = source.indexOf(piece);
  if (at === -1) throw new Error(`"${piece}" does not stand there`);
  if (source.includes(piece, at + 1)) throw new Error(`"${piece}" stands there more than once`);
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found = around(file, at)
    .map(spanOf(at, file))
    .find((span) => span !== undefined);
  if (found === undefined) throw new Error(`nothing begins with "${piece}" that can be taken out`);
  return source.slice(0, found.start) + found.instead + source.slice(found.end);
}

interface Span {
  readonly start: number;
  readonly end: number;
  /** What stands there then. */
  readonly instead: string;
}

/** The nodes that have this position in them, the innermost first. */
function around(node: ts.Node, at: number): ts.Node[] {
  const inner = ts.forEachChild(node, (child) =>
    child.getStart() <= at && at < child.end ? around(child, at) : undefined,
  );
  return [...(inner ?? []), node];
}

function spanOf(at: number, file: ts.SourceFile) {
  return (node: ts.Node): Span | undefined => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression, name } = node.expression;
      const dot = file.text.indexOf(".", expression.end);
      if (dot === at && dot < name.getStart()) return { start: expression.end, end: node.end, instead: "" };
    }
    if (node.getStart() !== at) return undefined;
    if (ts.isPropertyAssignment(node) && node.name.getText() === "Sid") return spanOfWhole(node.parent);
    return spanInList(node);
  };
}

/** A value wherever it stands: out of its list, or `undefined` in its place. */
function spanOfWhole(value: ts.Expression): Span {
  const { parent } = value;
  if (ts.isAsExpression(parent) || ts.isParenthesizedExpression(parent)) return spanOfWhole(parent);
  return spanInList(value) ?? { start: value.getStart(), end: value.end, instead: "undefined" };
}

function spanInList(node: ts.Node): Span | undefined {
  const list = listAround(node);
  const index = list?.indexOf(node) ?? -1;
  if (list === undefined || index === -1) return undefined;
  if (ts.isStatement(node)) return { start: node.getStart(), end: node.end, instead: "" };
  // With the comma after it, or where it is the last, the one before.
  const next = list[index + 1];
  const before = list[index - 1];
  if (next !== undefined) return { start: node.getStart(), end: next.getStart(), instead: "" };
  return { start: before?.end ?? node.getStart(), end: list.end, instead: "" };
}

function listAround({ parent }: ts.Node): (readonly ts.Node[] & { readonly end: number }) | undefined {
  if (ts.isObjectLiteralExpression(parent)) return parent.properties;
  if (ts.isArrayLiteralExpression(parent)) return parent.elements;
  if (ts.isCallExpression(parent)) return parent.arguments;
  if (ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent) || ts.isSourceFile(parent))
    return parent.statements;
  return undefined;
}
