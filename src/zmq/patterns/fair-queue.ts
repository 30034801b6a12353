/**
 * FairQueue: takes from the pipes that have something one message each, in turn, so that a busy peer can't keep the
 * others waiting.
 */
import type { Pipe } from '../pipe.ts';

export class FairQueue {
  /** Where the last message came from. */
  from: Pipe | null = null;
  readonly #readable: Pipe[] = [];
  #next = 0;

  get empty(): boolean {
    return this.#readable.length === 0;
  }

  /** The pipe has something. */
  add(pipe: Pipe): void {
    if (pipe.readable) return;
    pipe.readable = true;
    this.#readable.push(pipe);
  }

  remove(pipe: Pipe): void {
    if (!pipe.readable) return;
    this.#drop(this.#readable.indexOf(pipe));
  }

  take(): Buffer[] | null {
    const readable = this.#readable;
    if (readable.length === 0) return null;
    if (this.#next >= readable.length) this.#next = 0;
    const at = this.#next;
    const pipe = readable[at] as Pipe;
    const parts = pipe.take() as Buffer[];
    this.from = pipe;
    if (pipe.waiting === 0) this.#drop(at);
    else this.#next = at + 1;
    return parts;
  }

  /** Up to `max` messages in the same order; without copying when they are all of one peer. */
  takeMany(max: number): Buffer[][] {
    const readable = this.#readable;
    const first = readable[0];
    if (first !== undefined && readable.length === 1 && first.waiting <= max) {
      const all = first.takeAll();
      this.from = first;
      if (first.waiting === 0) this.#drop(0);
      return all;
    }
    const taken: Buffer[][] = [];
    while (taken.length < max) {
      const parts = this.take();
      if (parts === null) break;
      taken.push(parts);
    }
    return taken;
  }

  #drop(at: number): void {
    const [pipe] = this.#readable.splice(at, 1);
    (pipe as Pipe).readable = false;
    if (at < this.#next) this.#next--;
  }
}
