import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** The lines of a text as Hadoop's TextInputFormat reads them: ended by \n, \r or \r\n, the last one also by the end. */
export async function* textLines(content: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  // What a \r at the end of a piece ends is known when the next character is.
  let held = "";
  const lines = (piece: string, last: boolean): string[] => {
    const text = held + piece;
    held = !last && text.endsWith("\r") ? "\r" : "";
    const [first = "", ...others] = text.slice(0, text.length - held.length).split(/\r\n|\n|\r/);
    const whole = [rest + first, ...others];
    rest = whole.pop() ?? "";
    return whole;
  };
  for await (const piece of content) yield* lines(decoder.write(piece as Buffer), false);
  yield* lines(decoder.end(), true);
  if (rest !== "") yield rest;
}

/** Cuts a line into fields. `null` is NULL. */
export type Cut = (line: string) => (string | null)[];

/** LazySimpleSerDe: no quotes; the escape character, where there is one, takes the next character as it is. */
export function delimited(delimiter: string, escape: string | undefined, nullText: string): Cut {
  if (escape === undefined)
    return (line) => line.split(delimiter).map((field) => (field === nullText ? null : field));
  return (line) => {
    const fields: string[] = [];
    let field = "";
    for (let i = 0; i < line.length; i++) {
      if (line[i] === escape && i + 1 < line.length) field += line.charAt(++i);
      else if (line.startsWith(delimiter, i)) {
        fields.push(field);
        field = "";
        i += delimiter.length - 1;
      } else field += line.charAt(i);
    }
    return [...fields, field].map((text) => (text === nullText ? null : text));
  };
}

/** OpenCSVSerde: fields may be quoted; in quotes a doubled quote is one, and so is what follows the escape character. */
export function quotedFields(separator: string, quote: string, escape: string): Cut {
  return (line) => {
    const fields: string[] = [];
    let field = "";
    let inQuotes = false;
    for (let i = 0; i < line.length; i++) {
      const c = line.charAt(i);
      const next = line.charAt(i + 1);
      const escaped = inQuotes && c === escape && c !== quote && (next === quote || next === escape);
      if (escaped || (inQuotes && c === quote && next === quote)) {
        field += next;
        i++;
      } else if (c === quote) inQuotes = !inQuotes;
      else if (c === separator && !inQuotes) {
        fields.push(field);
        field = "";
      } else field += c;
    }
    return [...fields, field];
  };
}
