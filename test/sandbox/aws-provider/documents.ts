/** Policy documents for the specs. */

/** One statement as a document's text. */
export function document(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

/** A trust policy for a service. */
export function trust(service: string): string {
  return document({ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" });
}

/** A policy that allows one action on everything. */
export function allow(action: string): string {
  return document({ Effect: "Allow", Action: action, Resource: "*" });
}
