/** The rows of a scenario: every change of every document, with what must come of it. */
import type { PolicyDocument } from "../../access/document";
import { type Change, changesOf } from "./changes";
import type { BuiltDocument } from "./documents";
import type { CommandName } from "./lifecycle";
import { type ErrorNumber, NEEDS, ONLY_ON_AWS } from "./needs";
import type { OutsiderName } from "./outsiders";
import type { WorkName } from "./works";

/** What must come of a change. */
export type Expected =
  | {
      readonly kind: "stops";
      readonly work: WorkName | CommandName;
      readonly error: RegExp;
      readonly number: ErrorNumber | undefined;
    }
  | { readonly kind: "admits"; readonly outsider: OutsiderName }
  /** The sandbox cannot show it. */
  | { readonly kind: "only on AWS"; readonly reason: string }
  /** needs.ts does not say: a fault of the table. */
  | { readonly kind: "unknown" };

/** One thing that is taken away. */
export interface Row<Document> {
  readonly document: Document;
  readonly change: Change;
  /** Tells it from all others of its scenario. */
  readonly id: string;
  /** `Role A's trust: QuickAssumesRoleA without the statement` */
  readonly name: string;
  readonly expected: Expected;
}

/** Rows of the documents given. Sids may end in the stack of a spoke of the environment. */
export function rowsOf<Document extends BuiltDocument>(
  documents: readonly Document[],
  environment: string,
): Row<Document>[] {
  return documents.flatMap((document) =>
    changesOf(document.document).map((change) => {
      const sid = change.sid.replace(new RegExp(`-${environment}-.+$|\\d+$`), "");
      const name = `${document.title}: ${sid} ${change.what}`;
      const id = `${document.account} ${document.address} ${change.sid} ${change.what}`;
      return { document, change, id, name, expected: expectedOf(document, sid, change, name) };
    }),
  );
}

function expectedOf(
  { title, document }: BuiltDocument,
  sid: string,
  { effect, condition }: Change,
  name: string,
): Expected {
  const reason = Object.entries(ONLY_ON_AWS).find(([known]) => `${name} `.startsWith(`${known} `))?.[1];
  if (reason !== undefined) return { kind: "only on AWS", reason };
  const need = NEEDS[title][sid];
  if (need === undefined) return { kind: "unknown" };
  if (effect === "closes") {
    const [work, error, number] = need.stops;
    return {
      kind: "stops",
      work,
      error: error === "its actions" ? refusalOf(document, sid) : error,
      number: condition === "sts:ExternalId" ? "e7" : number,
    };
  }
  const outsider = typeof need.admits === "string" ? need.admits : need.admits?.[condition ?? ""];
  return outsider === undefined ? { kind: "unknown" } : { kind: "admits", outsider };
}

/** That one of the statement's actions is refused. */
function refusalOf({ Statement }: PolicyDocument, sid: string): RegExp {
  const actions = Statement.filter(({ Sid }) => Sid === sid).flatMap(({ Action }) => Action ?? []);
  return new RegExp(`is not authorized to perform: (?:${actions.join("|")})\\b`);
}

/** The form of a row: rows of different environments with the same form show the same. */
export function formOf({ name, document, change }: Row<BuiltDocument>, environment: string): string {
  const statement = document.document.Statement.find(({ Sid }) => Sid === change.sid);
  return `${name} ${JSON.stringify(statement)}`.replaceAll(environment, "*").replace(/\d{12}/g, "#");
}
