/**
 * The bytes between a function's process and us, big-endian as Java's DataInputStream reads them (jvm/host/
 * ConnectorHost.java, node/host.js, python/host.py).
 *
 * To the process, an invocation: request id (text), function ARN (text), deadline in milliseconds since 1970 (8 bytes),
 * memory in MB (4 bytes), log group (text), log stream (text), length of the payload (4 bytes), payload. A text is its
 * length in 2 bytes and its bytes. From the process: kind (1 byte), length (4 bytes), payload.
 */
import type { Invocation } from "./invocation";

/** What a process says. `ready`: the handler is loaded; `failed`: it cannot be. */
export type FrameKind = "answer" | "error" | "ready" | "failed";

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

const KINDS: readonly FrameKind[] = ["answer", "error", "ready", "failed"];
const HEAD = 5;

/** An invocation's bytes. `deadline`: milliseconds since 1970; `memory`: MB. */
export function invocationFrame(
  { requestId, functionArn, payload }: Invocation,
  about: {
    readonly deadline: number;
    readonly memory: number;
    readonly logGroup: string;
    readonly logStream: string;
  },
): Buffer {
  const deadline = Buffer.alloc(8);
  deadline.writeBigInt64BE(BigInt(Math.round(about.deadline)));
  return Buffer.concat([
    text(requestId),
    text(functionArn),
    deadline,
    integer(about.memory),
    text(about.logGroup),
    text(about.logStream),
    integer(payload.length),
    payload,
  ]);
}

/** Cuts what a process writes into frames. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0;

  constructor(private readonly onFrame: (frame: Frame) => void) {}

  /** Takes bytes as they come. @throws Error for what no host writes. */
  take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    for (;;) {
      if (this.held < HEAD) return;
      const head = this.whole(HEAD);
      const length = HEAD + head.readUInt32BE(1);
      const kind = KINDS[head.readUInt8(0)];
      if (kind === undefined)
        throw new Error(`the function's process wrote an unknown frame ${head.readUInt8(0)}`);
      if (this.held < length) return;
      const all = this.whole(length);
      this.chunks = [all.subarray(length)];
      this.held -= length;
      this.onFrame({ kind, payload: all.subarray(HEAD, length) });
    }
  }

  /** The first bytes in one piece. Joins the chunks only when they are needed: an answer comes in hundreds of them. */
  private whole(bytes: number): Buffer {
    if ((this.chunks[0]?.length ?? 0) < bytes) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
