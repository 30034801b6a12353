/**
 * What a member of a group of type "consumer" says it subscribes to. The rest of its metadata is the clients' own.
 *
 *     int16 version | int32 n | n topics: int16 length, text | user data, and what newer versions add
 */

import { readText } from '../../../bytes/text.ts';
import { WireReader } from '../../../wire/kafka/reader.ts';
import { KafkaWireError } from '../../../wire/kafka/wire-error.ts';
import type { ClassicGroup } from './classic-group.ts';

const TOPIC_BYTES_MIN = 2;

/**
 * Whether a group reads `topic` as far as can be known: one that is not of consumers never does; one of consumers that
 * can't be read, or that has no protocol yet, might.
 */
export function isSubscribed(group: ClassicGroup, topic: string): boolean {
  const { protocolType, protocolName, roster } = group;
  if (protocolType !== 'consumer' || roster.size === 0) return false;
  if (protocolName === null) return true;
  for (const member of roster.members.values()) {
    if (topicsOf(member.metadataFor(protocolName))?.includes(topic) ?? true) return true;
  }
  return false;
}

/** null if it can't be read. */
function topicsOf(metadata: Uint8Array): string[] | null {
  const reader = new WireReader(metadata, 0, metadata.length, 'subscription');
  const topics: string[] = [];
  try {
    if (reader.int16() < 0) return null;
    const count = reader.int32();
    if (count < 0) return null;
    reader.expectElements(count, TOPIC_BYTES_MIN);
    for (let index = 0; index < count; index++) {
      const length = reader.int16();
      if (length < 0) return null;
      const at = reader.take(length);
      topics.push(readText(metadata, at, at + length));
    }
  } catch (error) {
    if (error instanceof KafkaWireError) return null;
    throw error;
  }
  return topics;
}
