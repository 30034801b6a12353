/**
 * KeptLog: one of the logs that a topic keeps, with what its readers need beside the entries.
 *
 *   publishers ──Route──▶ log ──grew──▶ readers (each at its own offset)
 *                          └▶ spans: where which time lies; retention cuts off whole spans
 *
 * Nobody settles messages here: they are there for every reader until retention or an administrator moves the floor.
 * Notes are small texts that a session wants back after a restart together with the log (what it knows of a log's
 * producers, say); a new one under the same name replaces the old.
 */
import type { Offset } from './ids.ts';
import type { Limits } from './limits.ts';
import type { Log, LogWatcher, Store } from './ports.ts';
import { TimeSpans } from './time-spans.ts';

/** Told that there may be something to read; must only note it and ask for a turn. */
export interface LogReader {
  grew(kept: KeptLog): void;
  /** Cold bytes that it asked for are there. */
  loaded(kept: KeptLog): void;
}

export interface LogNote {
  /** What of the log it speaks of: everything before. */
  readonly offset: Offset;
  readonly value: string;
}

/** Leaves a note with every span: whoever reads it again has at most a span to read behind it. */
export interface Noter {
  readonly name: string;
  /** null: nothing to note now. */
  text(): string | null;
}

/** How long messages stay; -1 = for ever. */
export interface Retention {
  readonly ms: number;
  readonly bytes: number;
}

export const KEEP_ALL: Retention = { ms: -1, bytes: -1 };

/** What a kept log needs of its surroundings. */
export interface KeptLogKeeper {
  readonly namespace: string;
  readonly store: Store;
  readonly limits: Limits;
}

export class KeptLog implements LogWatcher {
  readonly log: Log;
  readonly spans = new TimeSpans();
  readonly notes = new Map<string, LogNote>();
  /** Its topic is gone, and the log with it. */
  deleted = false;
  private readonly keeper: KeptLogKeeper;
  private readonly readers = new Set<LogReader>();
  private readonly noters: Noter[] = [];
  /** The open span: where it begins, and what came since. */
  private from: Offset;
  private newest = 0;
  private bytes = 0;

  constructor(keeper: KeptLogKeeper, log: Log) {
    this.keeper = keeper;
    this.log = log;
    this.from = log.end;
    log.watcher = this;
  }

  // ── Readers ──

  /** Until `unwatch`, the reader is told. Twice is once. */
  watch(reader: LogReader): void {
    this.readers.add(reader);
  }

  unwatch(reader: LogReader): void {
    this.readers.delete(reader);
  }

  advanced(): void {
    for (const reader of this.readers) reader.grew(this);
  }

  loaded(): void {
    for (const reader of this.readers) reader.loaded(this);
  }

  /** Where to begin to look for the first message that is not older than `time`. */
  since(time: number): Offset {
    const offset = this.spans.since(time);
    return Math.max(this.log.floor, offset < this.spans.end ? offset : this.from);
  }

  /** Stretches, from and to, one of which holds the message with the newest timestamp. */
  newestIn(): readonly (readonly [from: Offset, to: Offset])[] {
    const { log, from, newest, spans } = this;
    const inexact = spans.list.filter((span) => !span.exact);
    let best = { from, to: log.end, newest };
    for (const span of spans.list) if (span.exact && span.newest > best.newest) best = span;
    return [...inexact, best].map((span) => [Math.max(span.from, log.floor), Math.min(span.to, log.end)] as const);
  }

  // ── What was published ──

  /** A message was appended here, through whichever exchange. */
  appended(timestamp: number, bytes: number): void {
    if (timestamp > this.newest) this.newest = timestamp;
    this.bytes += bytes;
    if (this.bytes >= Math.max(this.keeper.limits.spanBytes, this.log.livingBytes / 128)) this.close();
  }

  /** Ends the open span. */
  private close(): void {
    const { store, namespace } = this.keeper;
    const { log, from, newest, bytes } = this;
    const to = store.nextOffset(log);
    this.from = to;
    this.newest = 0;
    this.bytes = 0;
    if (to === from) return;
    this.spans.add({ from, to, newest, bytes, exact: true });
    if (log.durable) store.define({ kind: 'span', namespace, log: log.id, floor: log.floor, from, to, newest, bytes });
    for (const noter of this.noters) {
      const text = noter.text();
      if (text !== null) this.note(noter.name, text);
    }
  }

  noteWithSpans(noter: Noter): void {
    this.noters.push(noter);
  }

  note(name: string, value: string): void {
    const { store, namespace } = this.keeper;
    const offset = store.nextOffset(this.log);
    this.notes.set(name, { offset, value });
    if (this.log.durable) store.define({ kind: 'log-note', namespace, log: this.log.id, name, offset, value });
  }

  // ── Letting go ──

  /** Releases what retention no longer asks for, span by span; true if anything went. */
  retain(retention: Retention, now: number): boolean {
    const { log, spans } = this;
    let floor = log.floor;
    spans.trim(floor);
    const oldest = retention.ms < 0 ? Number.NEGATIVE_INFINITY : now - retention.ms;
    let excess = retention.bytes < 0 ? Number.NEGATIVE_INFINITY : log.livingBytes - retention.bytes;
    let closed = true;
    for (const span of spans.list) {
      if (span.newest >= oldest && excess < span.bytes) {
        closed = false;
        break;
      }
      excess -= span.bytes;
      floor = span.to;
    }
    // All spans are gone: the open one goes too if nothing in it is young enough, and all of it is visible.
    const next = this.keeper.store.nextOffset(log);
    const stale = this.newest < oldest && this.from < next;
    if (closed && next === log.end && (stale || (retention.bytes >= 0 && excess >= this.bytes && this.bytes > 0))) {
      floor = next;
      this.from = next;
      this.newest = 0;
      this.bytes = 0;
    }
    return this.releaseTo(floor);
  }

  /** Everything before `offset` goes. */
  releaseTo(offset: Offset): boolean {
    const { log } = this;
    const to = Math.min(offset, log.end);
    if (to <= log.floor) return false;
    this.keeper.store.release(log, log.floor, to);
    this.spans.trim(log.floor);
    return true;
  }

  // ── Journal ──

  /** What was journaled about it. The span that was open when the last process ended is known by its extent only. */
  restore(spans: TimeSpans | undefined, notes: ReadonlyMap<string, LogNote> | undefined, now: number): void {
    for (const span of spans?.list ?? []) this.spans.add(span);
    for (const [name, note] of notes ?? []) this.notes.set(name, note);
    const { log } = this;
    const from = Math.max(this.spans.end, log.floor);
    if (from < log.end) {
      const bytes = Math.max(0, log.livingBytes - this.spans.bytes);
      this.spans.add({ from, to: log.end, newest: now, bytes, exact: false });
    }
    this.spans.trim(log.floor);
    this.from = log.end;
  }
}
