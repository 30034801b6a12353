/** PUSH: messages go to the peers in turn, and wait when none has room. Nothing is received. */
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import type { Pipe } from '../pipe.ts';
import { LoadBalancer } from './load-balancer.ts';
import { Pattern } from './pattern.ts';

export class PushPattern extends Pattern {
  readonly #peers = new LoadBalancer();

  override attach(pipe: Pipe): boolean {
    this.#peers.add(pipe);
    return true;
  }

  override detach(pipe: Pipe): void {
    this.#peers.remove(pipe);
  }

  override send(message: OutgoingMessage): boolean {
    return this.#peers.send(message);
  }

  override get writable(): boolean {
    return !this.#peers.mute;
  }

  override roomy(pipe: Pipe): void {
    this.#peers.add(pipe);
  }

  override accepts(): boolean {
    return false;
  }
}
