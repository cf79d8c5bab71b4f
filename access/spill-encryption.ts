/** Who may do without the connector's own encryption of what it spills (R6, R13, C25). */
import type { Environment } from "./environment";
import type { Fault } from "./faults";
import { invokersOf } from "./names";

/**
 * Connectors that spill without encryption of their own, and have more than one consumer.
 *
 * All consumers of a producer read below the same prefixes: it is the connector's key, told only to the query that the
 * block belongs to, which keeps one from reading another's rows.
 */
export function plainSpillFaults(environment: Environment): Fault[] {
  return Object.entries(environment.producers).flatMap(([producer, { connectors }]) =>
    Object.entries(connectors)
      .filter(([, { disableSpillEncryption }]) => disableSpillEncryption)
      .flatMap(([name]) => {
        const message = tooMany(environment, producer, name);
        const path = `producers.${producer}.connectors.${name}.disableSpillEncryption`;
        return message === undefined ? [] : [{ path, message }];
      }),
  );
}

function tooMany(
  { producerGrants, spokes }: Environment,
  producer: string,
  name: string,
): string | undefined {
  if (producerGrants === "organization")
    return `with \`producerGrants: organization\` every spoke can read what connector "${name}" of producer "${producer}" spills unencrypted: write \`disableSpillEncryption: false\`, or choose \`producerGrants: accounts\` and one spoke`;
  const consumers = Object.entries(spokes)
    .filter(([, spoke]) => invokersOf(spoke, producer).length > 0)
    .map(([spoke]) => spoke);
  return consumers.length <= 1
    ? undefined
    : `spokes ${consumers.join(", ")} would read from each other what connector "${name}" of producer "${producer}" spills unencrypted: write \`disableSpillEncryption: false\`, or leave the producer to one spoke`;
}
