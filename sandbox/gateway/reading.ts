/** What operations that change nothing are called. The others are followed by a save. */
const READING =
  /^(Get|List|Describe|Head|Search|BatchGet|Lookup|Scan$|Query$|TransactGet|Decrypt|Encrypt|Verify|AssumeRole|Simulate)/;

/** True for an operation that changes nothing that must outlive a restart. */
export function isReading(operation: string): boolean {
  // A session must survive a restart: its key is in the gateway's state, and the handler says so itself.
  return READING.test(operation);
}
