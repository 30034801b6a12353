/**
 * The records of a batch as objects, for comparing.
 */
import { openBatch } from '../../../src/wire/kafka/compression.ts';
import { RecordCursor } from '../../../src/wire/kafka/record-cursor.ts';
import type { RecordToWrite } from '../../../src/wire/kafka/record-writer.ts';

export interface ReadRecord extends RecordToWrite {
  readonly offsetDelta: number;
}

const DECOMPRESSED_BYTES_MAX = 10_000_000;

export function readRecords(batch: Uint8Array): ReadRecord[] {
  const cursor = new RecordCursor();
  openBatch(cursor, batch, 0, DECOMPRESSED_BYTES_MAX);
  const part = (start: number, end: number) => (start < 0 ? null : new Uint8Array(cursor.bytes.subarray(start, end)));
  const records: ReadRecord[] = [];
  while (cursor.next()) {
    const headers = [];
    while (cursor.nextHeader()) {
      const key = Buffer.from(cursor.bytes).toString('utf8', cursor.headerKeyStart, cursor.headerKeyEnd);
      headers.push({ key, value: part(cursor.headerValueStart, cursor.headerValueEnd) });
    }
    const { offsetDelta, timestampMs } = cursor;
    const [key, value] = [part(cursor.keyStart, cursor.keyEnd), part(cursor.valueStart, cursor.valueEnd)];
    records.push({ offsetDelta, key, value, headers, timestampMs });
  }
  return records;
}
