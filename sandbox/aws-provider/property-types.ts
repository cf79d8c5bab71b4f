/** How properties.json, made from the declarations of @pulumi/aws, says what a property holds. */

/** The type of a property; `object` names an entry of `objects`. */
export type PropertyType =
  | "string"
  | "number"
  | "boolean"
  /** A policy document: JSON text, or the object that becomes it. */
  | "policy"
  | "archive"
  /** A file or an archive. */
  | "asset"
  | { readonly list: PropertyType }
  | { readonly map: PropertyType }
  | { readonly object: string };

/** One input property. */
export interface Property {
  readonly type: PropertyType;
  readonly required?: true;
}

/** What @pulumi/aws declares about one resource type: its inputs, and the names of its outputs. */
export interface Declaration {
  readonly inputs: Readonly<Record<string, Property>>;
  readonly outputs: readonly string[];
}

/** The whole of properties.json. */
export interface Declarations {
  /** The version of @pulumi/aws it was made from. */
  readonly version: string;
  readonly resources: Readonly<Record<string, Declaration>>;
  readonly objects: Readonly<Record<string, Readonly<Record<string, Property>>>>;
}
