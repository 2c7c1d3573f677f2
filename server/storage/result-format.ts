/**
 * The result inside a record's value.
 *
 *     flags: 1 omitted, 2 data, 4 content type, 8 metadata, 16 ref    1 byte
 *     size the data had when it came                                  varint
 *     data                                                            varint, bytes
 *     content type                                                    varint, UTF-8
 *     metadata: number of entries, then name and value of each        varint, UTF-8
 *     ref                                                             varint, UTF-8
 *
 * What is empty is not there. Part of the record's version: see record-format.ts.
 */
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { Result } from "./claim-record.ts";

const OMITTED = 1;
const DATA = 2;
const CONTENT_TYPE = 4;
const METADATA = 8;
const REF = 16;

/** Shared by all results that have none; nobody writes into a result. */
const NONE = new Uint8Array(0);

export function writeResult(writer: ByteWriter, result: Result): void {
  const entries = Object.entries(result.metadata);
  let flags = result.omitted ? OMITTED : 0;
  if (result.data.length > 0) flags |= DATA;
  if (result.contentType !== "") flags |= CONTENT_TYPE;
  if (entries.length > 0) flags |= METADATA;
  if (result.ref !== "") flags |= REF;
  writer.byte(flags);
  writer.varint(result.sizeBytes);
  if (result.data.length > 0) writer.sizedBytes(result.data);
  if (result.contentType !== "") writer.text(result.contentType);
  if (entries.length > 0) {
    writer.varint(entries.length);
    for (const [name, value] of entries) {
      writer.text(name);
      writer.text(value);
    }
  }
  if (result.ref !== "") writer.text(result.ref);
}

export function readResult(reader: ByteReader): Result {
  const flags = reader.byte();
  const sizeBytes = reader.varint();
  const data = (flags & DATA) === 0 ? NONE : reader.sizedBytes();
  const contentType = (flags & CONTENT_TYPE) === 0 ? "" : reader.text();
  const metadata = (flags & METADATA) === 0 ? {} : readMetadata(reader);
  const ref = (flags & REF) === 0 ? "" : reader.text();
  return { data, contentType, metadata, ref, omitted: (flags & OMITTED) !== 0, sizeBytes };
}

function readMetadata(reader: ByteReader): Record<string, string> {
  const entries: [string, string][] = [];
  for (let left = reader.varint(); left > 0; left -= 1)
    entries.push([reader.text(), reader.text()]);
  return Object.fromEntries(entries);
}
