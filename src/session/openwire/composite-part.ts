/**
 * A message to several destinations, as it is for one of them: that one is its destination, and the composite its
 * original one. Clients tell by the destination whether they have had a message before.
 */
import { copyBytes } from '../../bytes/copy.ts';
import { writeU16 } from '../../bytes/numbers.ts';
import type { DestinationName } from '../../core/destination/destination-name.ts';
import type { MessageLook } from '../../wire/openwire/message-look.ts';
import { modifiedBytes, writeModified } from '../../wire/openwire/modified-utf8.ts';
import { SCHEMA } from '../../wire/openwire/schema.ts';
import { structureOf } from './destination-structure.ts';

/** It is there, its type, its name is there, and how long that is. */
const HEAD_BYTES = 5;

/** A copy of the message that `look` is at. */
export function compositePart(look: MessageLook, start: number, end: number, name: DestinationName): Uint8Array {
  const { bytes } = look;
  const destinationAt = look.place('destination');
  const transactionAt = look.place('transactionId');
  const originalAt = look.place('originalDestination');
  const restAt = look.place('messageId');
  const nameBytes = modifiedBytes(name.name);
  const whole = transactionAt - destinationAt;
  const length = destinationAt - start + HEAD_BYTES + nameBytes + (originalAt - transactionAt) + whole + (end - restAt);
  const part = new Uint8Array(length);
  let at = destinationAt - start;
  copyBytes(bytes, start, destinationAt, part, 0);
  part[at] = 1;
  part[at + 1] = SCHEMA[structureOf(name).type].type;
  part[at + 2] = 1;
  writeU16(part, at + 3, nameBytes);
  writeModified(part, at + HEAD_BYTES, name.name);
  at += HEAD_BYTES + nameBytes;
  copyBytes(bytes, transactionAt, originalAt, part, at);
  at += originalAt - transactionAt;
  copyBytes(bytes, destinationAt, transactionAt, part, at);
  copyBytes(bytes, restAt, end, part, at + whole);
  return part;
}
