/**
 * Values of headers that are more than text.
 */
import type { Frame } from '../../wire/stomp/frame.ts';
import { StompError } from '../../wire/stomp/protocol.ts';

const DIGITS = /^\d{1,15}$/;

/** Null without the header; at most `most`. */
export function countOf(frame: Frame, name: string, most: number): number | null {
  const text = frame.header(name);
  if (text === null) return null;
  if (!DIGITS.test(text)) throw new StompError(`${name} is not a number`);
  return Math.min(Number(text), most);
}

/** False without the header. */
export function flagOf(frame: Frame, name: string): boolean {
  return frame.header(name) === 'true';
}
