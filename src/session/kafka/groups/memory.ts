/**
 * GroupMemory: what the members of all groups make us keep, as one number with a bound.
 *
 * Estimated, with something for the objects around the bytes, so that it also bounds how many small ones there are.
 */
import type { MemberTerms } from './member.ts';

const OBJECT_BYTES = 512;
const ELEMENT_BYTES = 64;

export class GroupMemory {
  readonly bytesMax: number;
  bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  hasRoomFor(bytes: number): boolean {
    return this.bytes + bytes <= this.bytesMax;
  }
}

export function bytesOfTerms({ clientId, clientHost, protocols }: MemberTerms): number {
  let bytes = OBJECT_BYTES + clientId.length + clientHost.length;
  for (const { name, metadata } of protocols) bytes += ELEMENT_BYTES + name.length + metadata.length;
  return bytes;
}

export function bytesOfName(name: string | null): number {
  return name === null ? 0 : OBJECT_BYTES + name.length;
}
