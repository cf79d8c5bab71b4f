import type { Handlers } from "../context";
import { notImplemented } from "../errors";
import { operationsOf } from "../routes";

/** The handlers of a service whose state is kept here alone: what has none must not reach moto's idea of it. */
export function keptHere(service: string, handlers: Handlers): Handlers {
  const refused = operationsOf(service).map((operation) => [
    operation,
    () => {
      throw notImplemented(service, operation);
    },
  ]);
  return { ...(Object.fromEntries(refused) as Handlers), ...handlers };
}
