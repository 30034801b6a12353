/**
 * PendingPull: one pull from its request to its answer, however long that takes.
 *
 *   look ──messages, an offset to be corrected, or no time left──▶ answer
 *    ▲  └─▶ wait: told by the log when it grows or its cold bytes come, and by the schedule when time is up
 *    └───────┘
 *
 * No timer runs for a reader that has something to read. What a filter wants nothing of is passed over for good while
 * waiting: the answer says where to go on.
 *
 *   offset    < floor   21 OFFSET_TOO_SMALL, go on at the floor          nothing was ever there   19 or, not at 0, 21
 *             = end     19 OFFSET_OVERFLOW_ONE, or wait                  found                    0
 *             > end     21 OFFSET_OVERFLOW_BADLY, go on at the end       a filter wants none      20
 */
import type { LogReader } from '../../core/kept-log.ts';
import { Timer } from '../../core/schedule.ts';
import { answerPull } from '../../wire/rocketmq/answers.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import type { Call } from './call.ts';
import type { Waiting } from './peer.ts';
import type { QueuePlace, QueueReader } from './queue-reader.ts';
import type { MessageFilter } from './tag-filter.ts';
import { missing } from './topic-catalog.ts';

/** Of one answer, whatever the client would take. */
export const PULL_MESSAGES_MAX = 32;
export const PULL_BYTES_MAX = 256 * 1024;
/** Held no longer than this. */
const WAIT_MS_MAX = 60_000;
/** How long bytes may take to come from the disk. */
const COLD_MS_MAX = 10_000;

export interface PullTerms {
  readonly place: QueuePlace;
  readonly offset: number;
  readonly countMax: number;
  readonly bytesMax: number;
  readonly filter: MessageFilter | null;
  /** 0: answered at once. */
  readonly waitMs: number;
}

interface Finding {
  readonly code: number;
  readonly remark: string;
  readonly nextOffset: number;
}

export class PendingPull implements LogReader, Waiting {
  readonly #call: Call;
  readonly #terms: PullTerms;
  readonly #reader: QueueReader;
  readonly #timer = new Timer({ due: () => this.#end() });
  #offset: number;
  #isWaiting = false;

  constructor(call: Call, terms: PullTerms) {
    this.#call = call;
    this.#terms = terms;
    this.#offset = terms.offset;
    this.#reader = call.peer.readers.of(terms.place);
  }

  begin(): void {
    const finding = this.#look();
    const { waitMs } = this.#terms;
    if (finding === null) this.#wait(Math.max(waitMs, COLD_MS_MAX));
    else if (finding.code === RESPONSE.PULL_NOT_FOUND && waitMs > 0) this.#wait(Math.min(waitMs, WAIT_MS_MAX));
    else this.#answer(finding);
  }

  // ── Waiting ──

  grew(): void {
    this.#call.peer.wake(this);
  }

  loaded(): void {
    this.#call.peer.wake(this);
  }

  goOn(): void {
    if (!this.#isWaiting) return;
    const finding = this.#look();
    if (finding === null) return;
    const { code, nextOffset } = finding;
    const isNothing = code === RESPONSE.PULL_NOT_FOUND || code === RESPONSE.PULL_RETRY_IMMEDIATELY;
    if (isNothing && this.#terms.waitMs > 0) this.#offset = nextOffset;
    else this.#answer(finding);
  }

  abandon(): void {
    this.#stop();
  }

  #wait(ms: number): void {
    const { peer } = this.#call;
    const { broker } = peer.node;
    if (!peer.hold(this)) return this.#answer(this.#nothing());
    this.#isWaiting = true;
    this.#terms.place.kept.watch(this);
    broker.schedule.set(this.#timer, broker.clock.now + ms);
  }

  /** Time is up. */
  #end(): void {
    this.#answer(this.#look() ?? this.#nothing());
  }

  #stop(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    const { peer } = this.#call;
    this.#terms.place.kept.unwatch(this);
    peer.node.broker.schedule.cancel(this.#timer);
    peer.release(this);
  }

  // ── Looking ──

  /** null: it can't be said before bytes have come. */
  #look(): Finding | null {
    const { kept } = this.#terms.place;
    const { floor, end } = kept.log;
    const offset = this.#offset;
    const reader = this.#reader;
    reader.count = 0;
    if (end === 0) {
      const code = offset === 0 ? RESPONSE.PULL_NOT_FOUND : RESPONSE.PULL_OFFSET_MOVED;
      return { code, remark: 'NO_MESSAGE_IN_QUEUE', nextOffset: 0 };
    }
    if (offset < floor) return { code: RESPONSE.PULL_OFFSET_MOVED, remark: 'OFFSET_TOO_SMALL', nextOffset: floor };
    if (offset > end) return { code: RESPONSE.PULL_OFFSET_MOVED, remark: 'OFFSET_OVERFLOW_BADLY', nextOffset: end };
    if (offset === end) return this.#nothing();
    const { countMax, bytesMax, filter } = this.#terms;
    reader.measure(offset, countMax, bytesMax, filter);
    const { count, nextOffset, isCold } = reader;
    if (count > 0) return { code: RESPONSE.SUCCESS, remark: 'FOUND', nextOffset };
    if (isCold && nextOffset === offset) return null;
    return { code: RESPONSE.PULL_RETRY_IMMEDIATELY, remark: 'NO_MATCHED_MESSAGE', nextOffset };
  }

  #nothing(): Finding {
    return { code: RESPONSE.PULL_NOT_FOUND, remark: 'OFFSET_OVERFLOW_ONE', nextOffset: this.#offset };
  }

  #answer({ code, remark, nextOffset }: Finding): void {
    this.#stop();
    const call = this.#call;
    const { peer } = call;
    const { kept, topic } = this.#terms.place;
    if (kept.deleted) return call.answer(missing(topic));
    if (call.isOneway || peer.closed) return;
    const { floor, end } = kept.log;
    const { count, length } = this.#reader;
    const bodyBytes = code === RESPONSE.SUCCESS ? length : 0;
    answerPull(peer.writer, call, code, remark, nextOffset, floor, end, bodyBytes);
    if (count > 0 && bodyBytes > 0) this.#reader.write(peer.writer.out, peer.storeHost);
    peer.touch();
  }
}
