/**
 * LogProducers: the idempotent producers of one log, and how that is known again after a restart.
 *
 *   log    …───────────────|───────────────────|▶
 *                          ^ note: all of them  ^ end
 *                          as they were here    what came since is read from the batches' own headers
 *
 * A note is left with each span of the log (core/kept-log.ts), so there is never much to read. It is read when the
 * first producer writes to the log in the life of this process; that one waits, and is told by `whenReady`.
 *
 * A producer that was silent for a day is forgotten, and the longest silent one when there are too many.
 */
import type { KeptLog, LogReader } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, type Cursor, END, type Store } from '../../core/ports.ts';
import { baseSequenceOf, producerEpochOf, producerIdOf, recordCountOf } from '../../wire/kafka/record-batch.ts';
import { KAFKA_FORMAT } from './batch-message.ts';
import { lastSequenceOf, ProducerState } from './producer-state.ts';

const NOTE = 'kafka-producers';
const SILENT_MS_MAX = 24 * 60 * 60 * 1000;
const PRODUCERS_MAX = 1_000;

type Row = readonly [id: number, epoch: number, at: number, ...batches: readonly number[]];

export class LogProducers implements LogReader {
  /** Everything about them is known. */
  ready = false;
  readonly states = new Map<number, ProducerState>();
  readonly #kept: KeptLog;
  readonly #store: Store;
  readonly #cursor: Cursor;
  readonly #end: number;
  readonly #entry = new Entry();
  readonly #waiting: (() => void)[] = [];

  constructor(kept: KeptLog, store: Store) {
    this.#kept = kept;
    this.#store = store;
    const note = kept.notes.get(NOTE);
    if (note !== undefined) this.#read(note.value);
    this.#cursor = kept.log.cursor();
    this.#cursor.seek(Math.max(note?.offset ?? 0, kept.log.floor));
    this.#end = kept.log.end;
    kept.noteWithSpans({ name: NOTE, text: () => (this.ready ? this.#text() : null) });
    this.#scan();
  }

  /** Calls once, in a later turn, when it is ready. */
  whenReady(told: () => void): void {
    this.#waiting.push(told);
  }

  /** The state of a producer; a new one is given room. */
  of(id: number, epoch: number, now: number): ProducerState {
    let state = this.states.get(id);
    if (state === undefined) {
      if (this.states.size >= PRODUCERS_MAX) this.#forgetOldest();
      state = new ProducerState(epoch, now);
      this.states.set(id, state);
    }
    return state;
  }

  // ── The tail ──

  grew(): void {}

  loaded(): void {
    this.#scan();
  }

  /** Reads on as far as bytes are resident; what is cold is waited for. */
  #scan(): void {
    const entry = this.#entry;
    while (this.#cursor.offset < this.#end) {
      const state = this.#cursor.read(entry);
      if (state === END) break;
      if (state === COLD) {
        this.#kept.watch(this);
        this.#store.load(this.#kept.log, this.#cursor.offset);
        return;
      }
      if (entry.format === KAFKA_FORMAT) this.#replay(entry);
      this.#cursor.advanceEntry();
    }
    this.#kept.unwatch(this);
    this.ready = true;
    for (const told of this.#waiting.splice(0)) told();
  }

  #replay({ bytes, start, base, timestamp }: Entry): void {
    const id = producerIdOf(bytes, start);
    if (id < 0) return;
    const first = baseSequenceOf(bytes, start);
    const epoch = producerEpochOf(bytes, start);
    const last = lastSequenceOf(first, recordCountOf(bytes, start));
    const batch = { firstSequence: first, lastSequence: last, offset: base };
    this.of(id, epoch, timestamp).note(epoch, batch, timestamp);
  }

  // ── The note ──

  #text(): string {
    const rows: Row[] = [];
    for (const [id, { epoch, at, batches }] of this.states) {
      rows.push([
        id,
        epoch,
        at,
        ...batches.flatMap((batch) => [batch.firstSequence, batch.lastSequence, batch.offset]),
      ]);
    }
    return JSON.stringify(rows);
  }

  #read(text: string): void {
    for (const [id, epoch, at, ...numbers] of JSON.parse(text) as Row[]) {
      const state = new ProducerState(epoch, at);
      for (let index = 0; index + 2 < numbers.length; index += 3) {
        const [firstSequence, lastSequence, offset] = numbers.slice(index, index + 3) as [number, number, number];
        state.note(epoch, { firstSequence, lastSequence, offset }, at);
      }
      this.states.set(id, state);
    }
  }

  /** Those silent for long; if there are none, the one silent longest. */
  #forgetOldest(): void {
    let newest = 0;
    let oldest: number | null = null;
    let oldestAt = Number.POSITIVE_INFINITY;
    for (const [id, { at }] of this.states) {
      newest = Math.max(newest, at);
      if (at < oldestAt) {
        oldest = id;
        oldestAt = at;
      }
    }
    for (const [id, { at }] of this.states) if (newest - at > SILENT_MS_MAX) this.states.delete(id);
    if (oldest !== null) this.states.delete(oldest);
  }
}
