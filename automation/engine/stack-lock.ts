/** Pulumi's own lock on a stack, as the engine's message tells of it (pulumi/pkg/backend/diy/lock.go). */
import { hostname } from "node:os";

/** Who holds the stack. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

/** The holders named in the engine's message. Pulumi Cloud names none. */
export function lockHolders(message: string): LockHolder[] {
  return [...message.matchAll(/created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
    ([, user = "", host = "", pid = "", since = ""]) => ({ user, host, pid: Number(pid), since }),
  );
}

/** Whether the holder is surely gone: a process of this machine that no longer lives. The lock itself never expires. */
export function isGone(holder: LockHolder, isAlive: (pid: number) => boolean = isAliveHere): boolean {
  return holder.host === hostname() && !isAlive(holder.pid);
}

function isAliveHere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it lives and is somebody else's.
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
