/**
 * LoadBalancer: gives each message to the next pipe that has room, in turn.
 */
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import type { Pipe } from '../pipe.ts';

export class LoadBalancer {
  /** Where the last message went. */
  to: Pipe | null = null;
  readonly #writable: Pipe[] = [];
  #next = 0;

  get mute(): boolean {
    return this.#writable.every((pipe) => pipe.full);
  }

  /** The pipe has room. */
  add(pipe: Pipe): void {
    if (pipe.writable) return;
    pipe.writable = true;
    this.#writable.push(pipe);
  }

  remove(pipe: Pipe): void {
    if (!pipe.writable) return;
    this.#drop(this.#writable.indexOf(pipe));
  }

  /** False if nobody has room. */
  send(message: OutgoingMessage): boolean {
    const writable = this.#writable;
    while (writable.length > 0) {
      if (this.#next >= writable.length) this.#next = 0;
      const at = this.#next;
      const pipe = writable[at] as Pipe;
      if (pipe.write(message)) {
        this.to = pipe;
        this.#next = at + 1;
        return true;
      }
      // It says so by `roomy` when it can take more.
      this.#drop(at);
    }
    return false;
  }

  #drop(at: number): void {
    const [pipe] = this.#writable.splice(at, 1);
    (pipe as Pipe).writable = false;
    if (at < this.#next) this.#next--;
  }
}
