import { expect } from "chai";
import fc from "fast-check";
import { FrameReader, invocationFrame } from "../../../sandbox/functions/frames";
import type { Frame } from "../../../sandbox/functions/frames";

describe("connector: frames", () => {
  it("are found again however the bytes are cut", () => {
    const kinds = ["answer", "error", "ready", "failed"] as const;
    const frame = fc.record({ kind: fc.constantFrom(...kinds), payload: fc.uint8Array({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(30)), (sent, cuts) => {
        const bytes = Buffer.concat(
          sent.flatMap(({ kind, payload }) => {
            const head = Buffer.alloc(5);
            head.writeUInt8(kinds.indexOf(kind), 0);
            head.writeUInt32BE(payload.length, 1);
            return [head, payload];
          }),
        );
        const found: Frame[] = [];
        const reader = new FrameReader((came) => found.push(came));
        let at = 0;
        for (const cut of cuts) {
          reader.take(bytes.subarray(at, at + cut));
          at = Math.min(bytes.length, at + cut);
        }
        reader.take(bytes.subarray(at));
        expect(found.map(({ kind, payload }) => [kind, payload.toString("hex")])).to.deep.equal(
          sent.map(({ kind, payload }) => [kind, Buffer.from(payload).toString("hex")]),
        );
      }),
    );
  });

  it("of an unknown kind are refused", () => {
    const reader = new FrameReader(() => undefined);
    expect(() => {
      reader.take(Buffer.from([9, 0, 0, 0, 0]));
    }).to.throw("the function's process wrote an unknown frame 9");
  });

  it("carry an invocation as Java's DataInputStream reads it", () => {
    const invocation = { requestId: "é1", functionArn: "arn", payload: Buffer.from("{}") };
    const about = { deadline: 0x0102030405, memory: 3008, logGroup: "g", logStream: "" };
    expect(invocationFrame(invocation, about).toString("hex")).to.equal(
      ["0003c3a931", "000361726e", "0000000102030405", "00000bc0", "000167", "0000", "00000002", "7b7d"].join(
        "",
      ),
    );
  });
});
