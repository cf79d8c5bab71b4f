/** A node of DuckDB's syntax tree, as `json_serialize_sql` writes it. */
export type Node = Record<string, unknown>;

/**
 * The tree in a text of JSON. Numbers that JavaScript would write otherwise than they came, long integers and fractions,
 * become texts, marked so that `treeText` knows them.
 */
export function parseTree(json: string): Node {
  const kept = json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || /^-?\d{1,15}$/.test(token) ? token : `"\\u0000${token}"`,
  );
  return JSON.parse(kept) as Node;
}

/** A tree as JSON for `json_deserialize_sql`. */
export function treeText(tree: Node): string {
  return JSON.stringify(tree).replace(/"\\u0000(-?\d[\d.eE+-]*)"/g, "$1");
}

/** An integer of the tree, whether it was marked or not. */
export function integerText(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isInteger(value)) return String(value);
  return typeof value === "string" && /^\u0000-?\d+$/.test(value) ? value.slice(1) : undefined;
}

/** What of a node is a node. */
export function child(node: Node, name: string): Node | undefined {
  const value = node[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : undefined;
}

/** What of a node is a list of nodes. */
export function children(node: Node, name: string): Node[] {
  const value: unknown = node[name];
  return (Array.isArray(value) ? value : []).filter(
    (item): item is Node => typeof item === "object" && item !== null && !Array.isArray(item),
  );
}

/** A text of a node; "" when it has none. */
export function textIn(node: Node, name: string): string {
  const value = node[name];
  return typeof value === "string" ? value : "";
}

/** The texts in a list of a node. */
export function textsIn(node: Node, name: string): string[] {
  const value: unknown = node[name];
  return (Array.isArray(value) ? value : []).filter((item): item is string => typeof item === "string");
}

/** The nodes right below a node. */
export function below(node: Node): Node[] {
  const found: Node[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === "object" && value !== null) found.push(value as Node);
  };
  Object.values(node).forEach(look);
  return found;
}
