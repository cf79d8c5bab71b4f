/** Zip files whose bytes depend on their contents only, so that the same code has the same hash. */
import { crc32, deflateRawSync } from "node:zlib";

/** One file; its name has slashes, on every system. */
export interface ZipEntry {
  readonly name: string;
  readonly contents: Buffer;
}

/** The first day that a zip file can name: 1 January 1980. */
const firstDay = 0x21;

/** Owner reads, writes and executes, others read and execute: what Lambda needs of a `bootstrap` file. */
const permissions = (0o100755 << 16) >>> 0;

const deflated = 8;
const version = 20;
/** Names are UTF-8. */
const utf8 = 0x0800;

/** The entries as a zip file, in the order of their names. Larger than 4 GB it cannot be. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, contents } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const data = deflateRawSync(contents);
    const nameBytes = Buffer.from(name, "utf8");
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(version, 0);
    shared.writeUInt16LE(utf8, 2);
    shared.writeUInt16LE(deflated, 4);
    shared.writeUInt16LE(firstDay, 8);
    shared.writeUInt32LE(crc32(contents), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(contents.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);

    const header = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), shared, nameBytes]);
    files.push(header, data);

    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(permissions, 6);
    entry.writeUInt32LE(offset, 10);
    // Made by version 2.0 on Unix, without which the permissions would mean nothing.
    const madeBy = Buffer.from([version, 3]);
    directory.push(Buffer.from("PK\x01\x02", "latin1"), madeBy, shared, entry, nameBytes);
    offset += header.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, central, Buffer.from("PK\x05\x06", "latin1"), end]);
}
