/**
 * Health: `live` says that the process answers, `ready` that messages are taken. A full disk makes it not ready:
 * publishers are being kept waiting.
 */
import type { View } from '../view.ts';

export function health({ broker, failure, opened }: View) {
  const { pressure } = broker.store;
  const ready = failure === null && pressure !== 'disk';
  return {
    status: failure !== null ? 'failed' : ready ? 'ok' : 'blocked',
    live: true,
    ready,
    pressure,
    // What recovery had to report: parts of the journal that could not be read.
    damaged: opened.damages.length,
  };
}
