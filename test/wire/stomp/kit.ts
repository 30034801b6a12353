/**
 * Bytes to frames and back, for the tests: what the framer shows is copied, because it is valid for a moment only.
 */
import { SlabWriter } from '../../../src/bytes/slab-writer.ts';
import { Framer } from '../../../src/wire/stomp/framer.ts';
import type { StompLimits, StompVersion } from '../../../src/wire/stomp/protocol.ts';
import { FrameWriter } from '../../../src/wire/stomp/writer.ts';

export const limits: StompLimits = { lineBytesMax: 1024, headBytesMax: 16_384, headersMax: 50, bodyBytesMax: 100_000 };

export interface Seen {
  readonly command: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export function seenBy(framer: Framer): Seen {
  const { frame } = framer;
  const { bytes, bodyStart, bodyEnd } = frame;
  return {
    command: frame.command ?? `?${frame.commandText}`,
    headers: Array.from({ length: frame.headerCount }, (_, index) => [
      frame.headerName(index),
      frame.headerValue(index),
    ]),
    body: Buffer.from(bytes.slice(bodyStart, bodyEnd)).toString('latin1'),
  };
}

export function read(framer: Framer, chunks: readonly Uint8Array[]): Seen[] {
  const seen: Seen[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) seen.push(seenBy(framer));
    framer.letGo();
  }
  return seen;
}

export function framerOf(version: StompVersion | null = null, less: Partial<StompLimits> = {}): Framer {
  const framer = new Framer({ ...limits, ...less });
  if (version !== null) framer.version = version;
  return framer;
}

/** The frames in a text of Latin-1, where \0 ends one. */
export function readText(text: string, version: StompVersion | null = null, less: Partial<StompLimits> = {}): Seen[] {
  const framer = framerOf(version, less);
  const seen = read(framer, [Buffer.from(text, 'latin1')]);
  if (framer.fault !== null) throw framer.fault;
  return seen;
}

/** What a writer writes. */
export function written(version: StompVersion | null, write: (writer: FrameWriter) => void): Buffer {
  const pieces: Uint8Array[] = [];
  const slab = new SlabWriter({
    write(bytes, release) {
      pieces.push(bytes.slice());
      release?.();
    },
  });
  const writer = new FrameWriter(slab);
  writer.version = version;
  write(writer);
  slab.flush();
  return Buffer.concat(pieces);
}
