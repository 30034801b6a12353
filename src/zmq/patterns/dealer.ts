/** DEALER: messages go to the peers in turn and come from all of them; nothing is added or taken away. */
import type { OutgoingMessage } from '../../wire/zmtp/message-writer.ts';
import { EMPTY_FRAME } from '../message.ts';
import type { Pipe } from '../pipe.ts';
import type { Settings } from '../settings.ts';
import { FairQueue } from './fair-queue.ts';
import { LoadBalancer } from './load-balancer.ts';
import { Pattern, type PatternHost } from './pattern.ts';

export class DealerPattern extends Pattern {
  protected readonly peers: LoadBalancer = new LoadBalancer();
  protected readonly queue: FairQueue = new FairQueue();
  protected readonly settings: Readonly<Settings>;

  constructor(host: PatternHost, settings: Readonly<Settings>) {
    super(host);
    this.settings = settings;
  }

  override attach(pipe: Pipe): boolean {
    this.peers.add(pipe);
    return true;
  }

  override detach(pipe: Pipe): void {
    this.peers.remove(pipe);
  }

  override connected(pipe: Pipe): void {
    if (this.settings.probeRouter) pipe.write(EMPTY_FRAME);
  }

  override send(message: OutgoingMessage): boolean {
    return this.peers.send(message);
  }

  override take(): Buffer[] | null {
    return this.queue.take();
  }

  override takeMany(max: number): Buffer[][] {
    return this.queue.takeMany(max);
  }

  override get readable(): boolean {
    return !this.queue.empty;
  }

  override get writable(): boolean {
    return !this.peers.mute;
  }

  override arrived(pipe: Pipe): void {
    this.queue.add(pipe);
  }

  override roomy(pipe: Pipe): void {
    this.peers.add(pipe);
  }
}
