/** PULL: messages of all peers, one of each in turn. Nothing is sent. */
import type { Pipe } from '../pipe.ts';
import { FairQueue } from './fair-queue.ts';
import { Pattern } from './pattern.ts';

export class PullPattern extends Pattern {
  readonly #queue = new FairQueue();

  override attach(): boolean {
    return true;
  }

  override detach(): void {}

  override take(): Buffer[] | null {
    return this.#queue.take();
  }

  override takeMany(max: number): Buffer[][] {
    return this.#queue.takeMany(max);
  }

  override get readable(): boolean {
    return !this.#queue.empty;
  }

  override arrived(pipe: Pipe): void {
    this.#queue.add(pipe);
  }
}
