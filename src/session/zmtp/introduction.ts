/**
 * Introduction: one port for peers with credentials and for peers without.
 *
 * A greeting names one mechanism, and both sides must name the same. So the broker says no more than signature and
 * version at first, waits for the peer's whole greeting, and then names what the peer named: libzmq's own order, in
 * which the older side goes first.
 *
 *     us     FF 00..01 7F 03 ─────────────── 01 PLAIN .. 01 00..
 *     peer               FF 00..01 7F 03 01 PLAIN ..
 */
import { GREETING_BYTES, type Mechanism } from '../../wire/zmtp/constants.ts';
import { greeting } from '../../wire/zmtp/greeting.ts';

const SIGNATURE_BYTES = 10;
const SAID_FIRST_BYTES = 11;
const MECHANISM_AT = 12;
const PLAIN = 'PLAIN\0';

export const FIRST_WORDS: Uint8Array = greeting(1, 'NULL', true).subarray(0, SAID_FIRST_BYTES);

/** The rest of what `greeting` gives. */
export function restOfGreeting(whole: Uint8Array): Uint8Array {
  return whole.subarray(SAID_FIRST_BYTES);
}

export class Introduction {
  #heard: Buffer = Buffer.alloc(0);
  mechanism: Mechanism = 'NULL';

  /** Everything heard so far, once it is a whole greeting or can't become one; null before. */
  hear(chunk: Uint8Array): Buffer | null {
    const heard = Buffer.concat([this.#heard, chunk]);
    this.#heard = heard;
    const isForeign =
      heard[0] !== 0xff || (heard.length >= SIGNATURE_BYTES && ((heard[SIGNATURE_BYTES - 1] as number) & 1) === 0);
    if (!isForeign && heard.length < GREETING_BYTES) return null;
    const named = heard.toString('latin1', MECHANISM_AT, MECHANISM_AT + PLAIN.length);
    if (named === PLAIN) this.mechanism = 'PLAIN';
    return heard;
  }
}
