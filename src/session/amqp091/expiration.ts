/**
 * The `expiration` property: milliseconds as decimal text, relative to when the broker took the message.
 */
import { decodeText } from '../../wire/amqp091/values.ts';
import { refuse } from './errors.ts';

/** Reads the short string at `at`. Nothing expires in the turn it came in, so that 0 means "now or never". */
export function expirationMs(bytes: Uint8Array, at: number): number {
  const end = at + 1 + (bytes[at] as number);
  let ms = 0;
  for (let index = at + 1; index < end; index++) {
    const digit = (bytes[index] as number) - 0x30;
    if (digit < 0 || digit > 9 || end - at > 16) throw refusal(bytes, at + 1, end);
    ms = ms * 10 + digit;
  }
  if (end === at + 1) throw refusal(bytes, end, end);
  return Math.max(ms, 1);
}

function refusal(bytes: Uint8Array, from: number, to: number): Error {
  const text = decodeText(bytes, from, to) ?? '';
  const problem = /^[+-]?\d+$/.test(text) ? `{value_negative,${text}}` : 'no_integer';
  if (/^\+?\d+$/.test(text)) return refuse.badExpiration(text, `{value_too_big,${text}}`);
  return refuse.badExpiration(text, problem);
}
