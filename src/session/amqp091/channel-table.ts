/**
 * ChannelTable: the channels of a connection by their numbers, which the client chooses.
 */
import { Channel } from './channel.ts';
import { refuse } from './errors.ts';
import type { Host } from './host.ts';

export class ChannelTable {
  /** The highest number that was agreed on; 0 = any. */
  numberMax = 0;
  readonly #channels: (Channel | undefined)[] = [];

  /** Undefined for a number that is not open. A channel that is closing still has its number. */
  get(number: number): Channel | undefined {
    return this.#channels[number];
  }

  get count(): number {
    let count = 0;
    for (const channel of this.#channels) if (channel !== undefined) count++;
    return count;
  }

  open(host: Host, number: number): void {
    if (this.numberMax !== 0 && number > this.numberMax) throw refuse.tooManyChannels(number, this.numberMax);
    while (this.#channels.length <= number) this.#channels.push(undefined);
    this.#channels[number] = new Channel(host, number);
  }

  /** Its number may be opened again. */
  remove(number: number): void {
    this.#channels[number] = undefined;
  }

  wakeSubscribers(): void {
    for (const channel of this.#channels) channel?.wakeSubscribers();
  }

  /** All of them end. */
  end(): void {
    for (const channel of this.#channels) channel?.end();
    this.#channels.length = 0;
  }
}
