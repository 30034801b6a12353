/**
 * What a broker owes its clients, told only by what the clients saw. Pure: no sockets, no clock, no randomness.
 *
 * A message is `publisher` + `number`; each publisher counts from 1 and publishes on one channel, so its numbers are
 * the order that queues have to keep. A message has one **copy** in each queue it was routed to:
 *
 *      published ──confirm──► owed          a confirmed, persistent copy must be there after a crash, once
 *         │                    │
 *         └──────── ack ───────┴──► may be there (the ack was sent, nothing says it was kept)
 *                                        │ confirm of a later publish on the ack's own channel
 *                                        ▼
 *                                     settled: it must never be seen again
 *
 * An unconfirmed publish may survive a crash or not, but all or nothing: a copy in one queue and none in the other,
 * though neither was acked, is half a commit group. What a restart has shown to be gone must stay gone. Transient
 * messages must be gone after a crash, too.
 *
 * The ledger does not stop at the first broken promise: it collects them in `violations`.
 */

export interface MessageId {
  readonly publisher: string;
  readonly number: number;
}

type Settling = 'no' | 'sent' | 'secured';

class Copy {
  readonly message: Entry;
  readonly queue: string;
  settling: Settling = 'no';
  /** The reader that holds it unacked now. */
  holder: Reader | undefined;
  /** The broker's life in which it was last delivered, to know when `redelivered` must be set. */
  seenInLife = -1;

  constructor(message: Entry, queue: string) {
    this.message = message;
    this.queue = queue;
  }
}

class Entry {
  readonly id: MessageId;
  readonly persistent: boolean;
  confirmed = false;
  readonly copies: Copy[] = [];
  /** Published in an earlier life and not confirmed then: whether it exists is known by now. */
  decided = false;

  constructor(id: MessageId, persistent: boolean) {
    this.id = id;
    this.persistent = persistent;
  }
}

/** One publisher's messages that may still be in a queue, and how far it has counted. */
class Publisher {
  last = 0;
  readonly entries = new Map<number, Entry>();
}

/** A consumer or a getter: what it was handed and has not settled. */
export class Reader {
  readonly held = new Map<Copy, true>();
  readonly lastFresh = new Map<string, number>();
}

/** One channel: the order in which acks and publishes were sent on it. */
export class Channel {
  private readonly ledger: Ledger;
  private acks: Copy[] = [];
  private readonly acksBefore = new Map<Entry, number>();
  private dropped = 0;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  publish(id: MessageId, queues: readonly string[], persistent: boolean): void {
    const entry = this.ledger.add(id, queues, persistent);
    this.acksBefore.set(entry, this.dropped + this.acks.length);
  }

  confirm(id: MessageId): void {
    const entry = this.ledger.confirm(id);
    if (entry === undefined) return;
    const before = this.acksBefore.get(entry) ?? 0;
    this.acksBefore.delete(entry);
    const secured = this.acks.splice(0, Math.max(0, before - this.dropped));
    this.dropped += secured.length;
    for (const copy of secured) this.ledger.secure(copy);
  }

  ack(reader: Reader, queue: string, id: MessageId): void {
    const copy = this.ledger.settle(reader, queue, id);
    if (copy !== undefined) this.acks.push(copy);
  }
}

export class Ledger {
  readonly violations: string[] = [];
  readonly counts = { published: 0, confirmed: 0, delivered: 0, acked: 0, secured: 0, inspected: 0, revived: 0 };
  private readonly publishers = new Map<string, Publisher>();
  private readonly queues = new Map<string, Set<Copy>>();
  /** What the inspections since the last restart have found. */
  private readonly present = new Map<string, Set<Copy>>();
  private life = 0;
  private readonly atomicFanOut: boolean;

  constructor(options: { readonly atomicFanOut?: boolean } = {}) {
    this.atomicFanOut = options.atomicFanOut ?? true;
  }

  /** Copies that may be in the queue, for a load that wants to bound it. */
  depth(queue: string): number {
    return this.queues.get(queue)?.size ?? 0;
  }

  add(id: MessageId, queues: readonly string[], persistent: boolean): Entry {
    const publisher = this.publishers.get(id.publisher) ?? new Publisher();
    this.publishers.set(id.publisher, publisher);
    if (id.number !== publisher.last + 1) throw new Error(`${name(id)} published out of order`);
    publisher.last = id.number;
    const entry = new Entry(id, persistent);
    publisher.entries.set(id.number, entry);
    for (const queue of queues) {
      const copy = new Copy(entry, queue);
      entry.copies.push(copy);
      this.copiesOf(queue).add(copy);
    }
    this.counts.published += 1;
    return entry;
  }

  confirm(id: MessageId): Entry | undefined {
    const entry = this.publishers.get(id.publisher)?.entries.get(id.number);
    this.counts.confirmed += 1;
    if (entry !== undefined) entry.confirmed = true;
    return entry;
  }

  /** A live delivery. `fresh` is the absence of the protocol's redelivered flag. */
  delivered(reader: Reader, queue: string, id: MessageId, fresh: boolean): void {
    this.counts.delivered += 1;
    const copy = this.find(queue, id);
    if (copy === undefined) return;
    const where = `${name(id)} from ${queue}`;
    if (copy.holder !== undefined) this.report(`${where}: delivered again while a consumer held it`);
    if (copy.settling !== 'no') this.report(`${where}: delivered again after its ack`);
    if (fresh && copy.seenInLife === this.life) this.report(`${where}: delivered again without the redelivered flag`);
    if (fresh) {
      const last = reader.lastFresh.get(id.publisher) ?? 0;
      if (id.number < last) this.report(`${where}: delivered after number ${last} of the same publisher`);
      else reader.lastFresh.set(id.publisher, id.number);
    }
    copy.seenInLife = this.life;
    copy.holder = reader;
    reader.held.set(copy, true);
  }

  settle(reader: Reader, queue: string, id: MessageId): Copy | undefined {
    const copy = this.find(queue, id);
    if (copy === undefined) return undefined;
    this.counts.acked += 1;
    this.release(reader, copy);
    copy.settling = 'sent';
    return copy;
  }

  secure(copy: Copy): void {
    this.counts.secured += 1;
    copy.settling = 'secured';
    this.forget(copy);
  }

  /** The client gave one message back (nack or reject with requeue). */
  returned(reader: Reader, queue: string, id: MessageId): void {
    const copy = this.find(queue, id);
    if (copy !== undefined) this.release(reader, copy);
  }

  /** The client's channel is gone: everything it held goes back. */
  closed(reader: Reader): void {
    for (const copy of reader.held.keys()) copy.holder = undefined;
    reader.held.clear();
  }

  /** The broker died. Transient messages and the queues named are gone with it. */
  crashed(lostQueues: readonly string[]): void {
    this.life += 1;
    for (const [queue, copies] of this.queues) {
      for (const copy of copies) {
        copy.holder = undefined;
        if (!copy.message.persistent || lostQueues.includes(queue)) this.forget(copy);
      }
    }
  }

  /** All that one durable queue holds after a restart, in its order. */
  inspect(queue: string, found: readonly MessageId[]): void {
    this.counts.inspected += found.length;
    const copies = new Set<Copy>();
    const last = new Map<string, number>();
    for (const id of found) {
      const copy = this.find(queue, id);
      if (copy === undefined) continue;
      if (copies.has(copy)) this.report(`${name(id)} is twice in ${queue}`);
      copies.add(copy);
      this.copiesOf(queue).add(copy);
      const before = last.get(id.publisher) ?? 0;
      if (id.number < before) this.report(`${name(id)} stands behind number ${before} in ${queue}`);
      last.set(id.publisher, Math.max(before, id.number));
      if (copy.message.decided) this.report(`${name(id)} came back into ${queue} after a restart had shown it gone`);
      if (copy.settling === 'sent') {
        this.counts.revived += 1;
        copy.settling = 'no';
      }
    }
    this.present.set(queue, copies);
  }

  /** After `inspect` of every durable queue: what is missing. */
  reconcile(): void {
    const undecided = new Set<Entry>();
    for (const [queue, copies] of this.queues) {
      const present = this.present.get(queue);
      if (present === undefined) continue;
      for (const copy of copies) {
        if (present.has(copy)) continue;
        if (copy.message.confirmed && copy.settling === 'no') this.lost(copy);
        else if (!copy.message.confirmed) undecided.add(copy.message);
        copies.delete(copy); // no longer counted; the message still knows it, should it come back
      }
    }
    for (const entry of undecided) this.decide(entry);
    this.present.clear();
  }

  private lost(copy: Copy): void {
    this.report(`${name(copy.message.id)} was confirmed and is lost from ${copy.queue}`);
    this.forget(copy);
  }

  /** An unconfirmed message with a copy missing: if nobody acked that copy, no other may be there. */
  private decide(entry: Entry): void {
    const missing = entry.copies.filter((copy) => copy.settling === 'no' && !this.present.get(copy.queue)?.has(copy));
    const there = entry.copies.filter((copy) => this.present.get(copy.queue)?.has(copy));
    if (missing.length > 0 && there.length > 0 && this.atomicFanOut) {
      this.report(`${name(entry.id)} is in ${there[0]?.queue} but not in ${missing[0]?.queue}: half a publish`);
    }
    if (there.length === 0) entry.decided = true;
  }

  private find(queue: string, id: MessageId): Copy | undefined {
    const publisher = this.publishers.get(id.publisher);
    if (publisher === undefined || id.number > publisher.last) {
      this.report(`${name(id)} in ${queue} was never published`);
      return undefined;
    }
    const copy = publisher.entries.get(id.number)?.copies.find((each) => each.queue === queue);
    if (copy === undefined)
      this.report(`${name(id)} came back into ${queue} after it was settled, dropped or never routed there`);
    return copy;
  }

  private copiesOf(queue: string): Set<Copy> {
    const copies = this.queues.get(queue) ?? new Set<Copy>();
    this.queues.set(queue, copies);
    return copies;
  }

  private release(reader: Reader, copy: Copy): void {
    copy.holder = undefined;
    reader.held.delete(copy);
  }

  private forget(copy: Copy): void {
    this.queues.get(copy.queue)?.delete(copy);
    const { id, copies } = copy.message;
    copies.splice(copies.indexOf(copy), 1);
    if (copies.length === 0) this.publishers.get(id.publisher)?.entries.delete(id.number);
  }

  report(text: string): void {
    this.violations.push(text);
  }
}

function name(id: MessageId): string {
  return `message ${id.publisher}#${id.number}`;
}
