/**
 * When a message is to be delivered, as its properties say it.
 *
 *     DELAY              a level from 1 to 18; above is 18
 *     TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS      up to three days ahead; past is now
 */
import { delayOfLevelMs } from '../../wire/rocketmq/constants.ts';
import type { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { PROPERTY } from '../../wire/rocketmq/properties.ts';
import { TIMER_DELAY_MS_MAX } from './delays.ts';

/** Not to be delivered at all: too far ahead, or no time. */
export const IN_VAIN = -1;

/** Milliseconds since the epoch; 0 = at once. */
export function deliveryTime(properties: NamedRanges, now: number): number {
  const delay = properties.find(PROPERTY.DELAY);
  if (delay >= 0) {
    const level = Number(properties.textOf(delay));
    return Number.isSafeInteger(level) && level > 0 ? now + delayOfLevelMs(level) : 0;
  }
  const seconds = properties.find(PROPERTY.TIMER_DELAY_SEC);
  if (seconds >= 0) return within(now + Number(properties.textOf(seconds)) * 1000, now);
  const ms = properties.find(PROPERTY.TIMER_DELAY_MS);
  if (ms >= 0) return within(now + Number(properties.textOf(ms)), now);
  const at = properties.find(PROPERTY.TIMER_DELIVER_MS);
  return at < 0 ? 0 : within(Number(properties.textOf(at)), now);
}

function within(time: number, now: number): number {
  return Number.isSafeInteger(time) && time - now <= TIMER_DELAY_MS_MAX ? Math.max(0, time) : IN_VAIN;
}
