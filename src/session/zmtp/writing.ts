/**
 * Writing a stored message to a peer: frames that are stored as on the wire are copied, all others are made of the hub
 * form.
 */

import { copyOf } from '../../bytes/copy.ts';
import type { SlabWriter } from '../../bytes/slab-writer.ts';
import type { Formats } from '../../core/format.ts';
import type { Entry } from '../../core/message.ts';
import { FLAG_MORE, LONG_HEAD_BYTES } from '../../wire/zmtp/constants.ts';
import { writeFrameHead } from '../../wire/zmtp/frame-head.ts';
import { framesOf } from './message-format.ts';
import { StoredMessage, ZMTP_FORMAT } from './stored-message.ts';

const stored = new StoredMessage();

export function writeFrame(out: SlabWriter, frame: Uint8Array, more: boolean): void {
  out.room(LONG_HEAD_BYTES);
  out.at = writeFrameHead(out.bytes, out.at, more ? FLAG_MORE : 0, frame.length);
  out.append(frame);
}

export function writeFrames(out: SlabWriter, frames: readonly Uint8Array[]): void {
  for (let index = 0; index < frames.length; index++) {
    writeFrame(out, frames[index] as Uint8Array, index < frames.length - 1);
  }
}

/** All frames, and nothing before them. */
export function writeEntry(out: SlabWriter, entry: Entry, formats: Formats): void {
  if (entry.format === ZMTP_FORMAT) {
    const { framesAt } = stored.point(entry.bytes, entry.start, entry.end);
    out.append(entry.bytes, framesAt, entry.end);
  } else {
    writeFrames(out, foreignFrames(entry, formats));
  }
}

/** The frames of a message of another protocol; one of a protocol that is not built in is its bytes. */
export function foreignFrames(entry: Entry, formats: Formats): Uint8Array[] {
  const format = formats.get(entry.format);
  return format === undefined ? [copyOf(entry.bytes, entry.start, entry.end)] : framesOf(format.toHub(entry));
}
