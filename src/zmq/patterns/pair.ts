/** PAIR: one peer and no other one. */
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import type { Pipe } from '../pipe.ts';
import { FairQueue } from './fair-queue.ts';
import { Pattern } from './pattern.ts';

export class PairPattern extends Pattern {
  #peer: Pipe | null = null;
  /** The peer's, and what former peers left behind. */
  readonly #queue = new FairQueue();

  override attach(pipe: Pipe): boolean {
    if (this.#peer !== null) return false;
    this.#peer = pipe;
    return true;
  }

  override detach(pipe: Pipe): void {
    if (this.#peer === pipe) this.#peer = null;
  }

  override send(message: OutgoingMessage): boolean {
    return this.#peer?.write(message) ?? false;
  }

  override take(): Buffer[] | null {
    return this.#queue.take();
  }

  override takeMany(max: number): Buffer[][] {
    return this.#queue.takeMany(max);
  }

  override get readable(): boolean {
    return !this.#queue.empty;
  }

  override get writable(): boolean {
    return this.#peer !== null && !this.#peer.full;
  }

  override arrived(pipe: Pipe): void {
    this.#queue.add(pipe);
  }
}
