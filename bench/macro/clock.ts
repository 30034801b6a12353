/**
 * One clock for all of the generator: microseconds since the process started, with fractions.
 *
 * Deliveries carry their time of sending in 32 bits (they wrap after 71 minutes), so a difference is taken modulo 2^32.
 */

export const nowUs = (): number => performance.now() * 1000;

/** The 32 bits of a time that go into a message. */
export const stampOf = (timeUs: number): number => Math.floor(timeUs) % 2 ** 32;

export const sinceStampUs = (stamp: number, timeUs: number): number => (stampOf(timeUs) - stamp) >>> 0;

/** `background` sleeps do not keep the process alive. */
export const sleep = (ms: number, background = false): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (background) timer.unref();
  });
