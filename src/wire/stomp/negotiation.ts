/**
 * What CONNECT and CONNECTED agree on: the version, and how often each side must be heard of.
 */
import { StompError, type StompVersion } from './protocol.ts';

/** The newest first. */
const VERSIONS: readonly StompVersion[] = ['1.2', '1.1', '1.0'];
const INTERVAL_DIGITS_MAX = 9;

/** The newest version of those in an `accept-version` header that we know; without the header, 1.0. Null: none. */
export function chooseVersion(acceptVersion: string | null): StompVersion | null {
  if (acceptVersion === null) return '1.0';
  const accepted = acceptVersion.split(',').map((version) => version.trim());
  return VERSIONS.find((version) => accepted.includes(version)) ?? null;
}

export const SUPPORTED_VERSIONS: string = VERSIONS.toReversed().join(',');

/**
 * What one side says about heart-beats: at least so often it can send, and so often it wants to hear. 0: not at all.
 */
export interface HeartBeat {
  readonly sendsMs: number;
  readonly wantsMs: number;
}

const NO_HEART_BEAT: HeartBeat = { sendsMs: 0, wantsMs: 0 };

/** The value of a `heart-beat` header; null if there is none. */
export function parseHeartBeat(text: string | null): HeartBeat {
  if (text === null) return NO_HEART_BEAT;
  const comma = text.indexOf(',');
  if (comma < 0) throw new StompError('heart-beat takes two numbers');
  return { sendsMs: milliseconds(text.slice(0, comma)), wantsMs: milliseconds(text.slice(comma + 1)) };
}

/** How often `sender` is heard of by `receiver`: 0 if one of them does not care. */
export function heartBeatMs(sender: HeartBeat, receiver: HeartBeat): number {
  if (sender.sendsMs === 0 || receiver.wantsMs === 0) return 0;
  return Math.max(sender.sendsMs, receiver.wantsMs);
}

function milliseconds(text: string): number {
  const digits = text.trim();
  let isNumber = digits.length > 0 && digits.length <= INTERVAL_DIGITS_MAX;
  for (let at = 0; at < digits.length; at++) {
    const code = digits.charCodeAt(at);
    if (code < 48 || code > 57) isNumber = false;
  }
  if (!isNumber) throw new StompError('heart-beat takes two numbers');
  return Number(digits);
}
