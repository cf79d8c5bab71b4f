import { expect } from "chai";
import { PatchError, patched } from "../../../sandbox/gateway/json-patch";
import type { PatchOperation } from "../../../sandbox/gateway/json-patch";

// The examples of RFC 6902, appendix A, and what it says of errors.
const rows: readonly [title: string, document: unknown, patch: PatchOperation[], after: unknown][] = [
  [
    "A.1 adds a member",
    { foo: "bar" },
    [{ op: "add", path: "/baz", value: "qux" }],
    { foo: "bar", baz: "qux" },
  ],
  [
    "A.2 adds to a list",
    { foo: ["bar", "baz"] },
    [{ op: "add", path: "/foo/1", value: "qux" }],
    { foo: ["bar", "qux", "baz"] },
  ],
  ["A.3 removes a member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
  [
    "A.4 removes from a list",
    { foo: ["bar", "qux", "baz"] },
    [{ op: "remove", path: "/foo/1" }],
    { foo: ["bar", "baz"] },
  ],
  [
    "A.5 replaces",
    { baz: "qux", foo: "bar" },
    [{ op: "replace", path: "/baz", value: "boo" }],
    { baz: "boo", foo: "bar" },
  ],
  [
    "A.6 moves a member",
    { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
    [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
  ],
  [
    "A.7 moves in a list",
    { foo: ["all", "grass", "cows", "eat"] },
    [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    { foo: ["all", "cows", "eat", "grass"] },
  ],
  [
    "A.8 tests",
    { baz: "qux", foo: ["a", 2, "c"] },
    [
      { op: "test", path: "/baz", value: "qux" },
      { op: "test", path: "/foo/1", value: 2 },
    ],
    { baz: "qux", foo: ["a", 2, "c"] },
  ],
  [
    "A.10 adds a nested member",
    { foo: "bar" },
    [{ op: "add", path: "/child", value: { grandchild: {} } }],
    { foo: "bar", child: { grandchild: {} } },
  ],
  ["A.14 unescapes ~", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
  [
    "A.16 adds a list to a list",
    { foo: ["bar"] },
    [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
    { foo: ["bar", ["abc", "def"]] },
  ],
  [
    "copies",
    { a: { b: 1 } },
    [
      { op: "copy", from: "/a", path: "/c" },
      { op: "replace", path: "/c/b", value: 2 },
    ],
    { a: { b: 1 }, c: { b: 2 } },
  ],
  ["replaces the whole", { a: 1 }, [{ op: "replace", path: "", value: { b: 2 } }], { b: 2 }],
];

const refused: readonly [title: string, document: unknown, patch: unknown[]][] = [
  ["A.9 a test that fails", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }]],
  ["A.12 an addition to what is not there", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }]],
  ["A.15 a number and a text", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }]],
  ["a removal of what is not there", { a: 1 }, [{ op: "remove", path: "/b" }]],
  ["a replacement of what is not there", { a: 1 }, [{ op: "replace", path: "/b", value: 1 }]],
  ["a position behind the list", { a: [1] }, [{ op: "add", path: "/a/2", value: 1 }]],
  ["a position with a leading zero", { a: [1] }, [{ op: "replace", path: "/a/00", value: 1 }]],
  ["a move into itself", { a: { b: {} } }, [{ op: "move", from: "/a", path: "/a/b/c" }]],
  ["no value", { a: 1 }, [{ op: "add", path: "/b" }]],
  ["an unknown operation", { a: 1 }, [{ op: "merge", path: "/a", value: 1 }]],
  ["a path that is none", { a: 1 }, [{ op: "remove", path: "a" }]],
  ["a member of the prototype", { a: 1 }, [{ op: "replace", path: "/toString", value: 1 }]],
];

describe("JSON patch (RFC 6902)", () => {
  for (const [title, document, patch, after] of rows) {
    it(title, () => {
      const before = structuredClone(document);
      expect(patched(document, patch)).to.deep.equal(after);
      expect(document, "the document given").to.deep.equal(before);
    });
  }

  for (const [title, document, patch] of refused) {
    it(`refuses ${title}`, () => {
      expect(() => patched(document, patch as PatchOperation[])).to.throw(PatchError);
    });
  }

  it("keeps a member called __proto__ a member", () => {
    const after = patched({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
    expect(Object.keys(after as object)).to.deep.equal(["__proto__"]);
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });
});
