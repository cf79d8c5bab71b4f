export const EXPECTED: Readonly<Record<string, unknown>> = {};
