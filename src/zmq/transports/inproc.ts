/**
 * Names within one context: who has bound one, and who waits for one to be bound. Either may come first.
 */
import type { Peer } from '../../wire/zmtp/handshake.ts';
import { mayTalk } from '../../wire/zmtp/socket-type.ts';
import { ZmqError } from '../errors.ts';
import type { Pipe } from '../pipe.ts';
import { lingered } from './farewell.ts';
import type { Attachment, TransportHost } from './host.ts';
import { InprocLink } from './inproc-link.ts';

/** What both sides have to do with: the ends of connections that are theirs. */
class InprocEnd {
  readonly pipe: Pipe;
  readonly link: InprocLink;

  constructor(pipe: Pipe, ended: () => void) {
    this.pipe = pipe;
    this.link = new InprocLink(pipe, ended);
  }
}

function peerOf(host: TransportHost): Peer {
  const identity = Buffer.from(host.settings.routingId ?? '');
  return { socketType: host.type, identity, minor: 1, properties: new Map(), userId: '' };
}

export class InprocNames {
  readonly #bound = new Map<string, InprocListener>();
  readonly #waiting = new Map<string, Set<InprocDialer>>();

  bind(listener: InprocListener): void {
    if (this.#bound.has(listener.name)) throw new ZmqError('EADDRINUSE', undefined, listener.address);
    this.#bound.set(listener.name, listener);
    const waiting = this.#waiting.get(listener.name);
    this.#waiting.delete(listener.name);
    for (const dialer of waiting ?? []) listener.accept(dialer);
  }

  unbind(listener: InprocListener): void {
    this.#bound.delete(listener.name);
  }

  dial(dialer: InprocDialer): void {
    const listener = this.#bound.get(dialer.name);
    if (listener !== undefined) {
      listener.accept(dialer);
      return;
    }
    const waiting = this.#waiting.get(dialer.name) ?? new Set();
    this.#waiting.set(dialer.name, waiting.add(dialer));
  }

  giveUp(dialer: InprocDialer): void {
    const waiting = this.#waiting.get(dialer.name);
    waiting?.delete(dialer);
    if (waiting?.size === 0) this.#waiting.delete(dialer.name);
  }
}

export class InprocListener implements Attachment {
  readonly name: string;
  readonly unsent = false;
  readonly #host: TransportHost;
  readonly #names: InprocNames;
  readonly #ends = new Set<InprocEnd>();

  constructor(host: TransportHost, names: InprocNames, name: string) {
    this.#host = host;
    this.#names = names;
    this.name = name;
  }

  get address(): string {
    return `inproc://${this.name}`;
  }

  listen(): void {
    this.#names.bind(this);
  }

  accept(dialer: InprocDialer): void {
    const host = this.#host;
    const theirs = dialer.pipe;
    if (theirs === null || !mayTalk(host.type, dialer.host.type)) return;
    const pipe = host.newPipe();
    if (!host.attach(pipe)) return;
    const end = new InprocEnd(pipe, () => {
      this.#ends.delete(end);
      pipe.ended = true;
      pipe.discard();
      pipe.unplug();
      host.detach(pipe);
    });
    const link = new InprocLink(theirs, () => dialer.ended());
    InprocLink.join(end.link, link);
    if (!host.admit(pipe, peerOf(dialer.host)) || !dialer.host.admit(theirs, peerOf(host))) {
      host.detach(pipe);
      return;
    }
    this.#ends.add(end);
    dialer.link = link;
    pipe.plug(end.link);
    theirs.plug(link);
    host.connected(pipe);
    dialer.host.connected(theirs);
  }

  async close(lingerMs: number): Promise<void> {
    this.#names.unbind(this);
    await Promise.all(
      [...this.#ends].map(async ({ pipe, link }) => {
        this.#host.detach(pipe);
        await lingered(pipe, lingerMs);
        link.close();
      }),
    );
  }
}

export class InprocDialer implements Attachment {
  readonly name: string;
  readonly host: TransportHost;
  /** Null once it was given up. */
  pipe: Pipe | null = null;
  link: InprocLink | null = null;
  readonly #names: InprocNames;

  constructor(host: TransportHost, names: InprocNames, name: string) {
    this.host = host;
    this.#names = names;
    this.name = name;
  }

  get address(): string {
    return `inproc://${this.name}`;
  }

  get unsent(): boolean {
    return (this.pipe?.unsent ?? 0) > 0;
  }

  start(routingId: string | null): void {
    const pipe = this.host.newPipe();
    pipe.routingId = routingId === null ? null : Buffer.from(routingId);
    if (!this.host.attach(pipe)) return;
    this.pipe = pipe;
    this.#names.dial(this);
  }

  /** The other side is gone. It is not looked for again, as in libzmq. */
  ended(): void {
    const { pipe } = this;
    this.link = null;
    this.pipe = null;
    if (pipe === null) return;
    pipe.ended = true;
    this.host.disconnected(pipe);
    pipe.discard();
    pipe.unplug();
    this.host.detach(pipe);
  }

  async close(lingerMs: number): Promise<void> {
    const { pipe } = this;
    if (pipe !== null) {
      this.host.detach(pipe);
      await lingered(pipe, lingerMs);
    }
    this.#names.giveUp(this);
    this.pipe = null;
    this.link?.close();
  }
}
