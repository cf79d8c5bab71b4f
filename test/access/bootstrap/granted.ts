import type { Statement } from "../../../access/document";

/** Name of a role or boundary -> Sid -> the rest of a statement that allows. */
export type Granted = Readonly<Record<string, Readonly<Record<string, Omit<Statement, "Sid" | "Effect">>>>>;
