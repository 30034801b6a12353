/**
 * MessageSearch: messages of a topic that have a key, newest first.
 *
 * There is no index by key: the queues are read backwards, stretch by stretch, from what is newest on. It is a tool for
 * people who look for a message, not a way to read; so it is bounded. After SCANNED_MAX messages it ends with what it
 * has found: what is older than that is not found by key (by its offset id it is).
 */
import { sameBytes } from '../../bytes/copy.ts';
import type { Formats } from '../../core/format.ts';
import type { KeptLog } from '../../core/kept-log.ts';
import { Entry } from '../../core/message.ts';
import { COLD, END, type Store } from '../../core/ports.ts';
import type { Topic } from '../../core/topic.ts';
import type { Host } from '../../wire/rocketmq/host.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { PROPERTY, readProperties } from '../../wire/rocketmq/properties.ts';
import { StoredMessage } from '../../wire/rocketmq/stored-message.ts';
import { isOwn, storedBytesOf } from './foreign-message.ts';
import type { Search, Step } from './pending-search.ts';
import { copyOfEntry } from './stored-entry.ts';

/** Messages that are read for one search, over all queues. */
export const SCANNED_MAX = 200_000;
/** What is found has at most that many bytes together. */
const FOUND_BYTES_MAX = 4 * 1024 * 1024;
const STRETCH = 2_000;
const SPACE = 0x20;

export interface SearchTerms {
  readonly key: string;
  /** Only the unique key counts. */
  readonly isUnique: boolean;
  readonly countMax: number;
  /** When it was stored; milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** One queue, read backwards. */
interface Stretch {
  readonly kept: KeptLog;
  readonly queueId: number;
  from: number;
  to: number;
}

export class MessageSearch implements Search {
  readonly found: Uint8Array[] = [];
  kept: KeptLog;
  readonly #topic: Topic;
  readonly #terms: SearchTerms;
  readonly #wanted: Uint8Array;
  readonly #store: Store;
  readonly #formats: Formats;
  readonly #host: Host;
  readonly #stretches: Stretch[];
  readonly #entry = new Entry();
  readonly #message = new StoredMessage();
  readonly #properties = new NamedRanges();
  #scanned = 0;
  #bytes = 0;

  constructor(topic: Topic, terms: SearchTerms, store: Store, formats: Formats, host: Host) {
    this.#topic = topic;
    this.#terms = terms;
    this.#wanted = Buffer.from(terms.key);
    this.#store = store;
    this.#formats = formats;
    this.#host = host;
    this.#stretches = topic.logs.map((kept, queueId) => stretchBefore(kept, queueId, kept.log.end));
    this.kept = topic.logs[0] as KeptLog;
  }

  step(): Step {
    const stretch = this.#stretches[0];
    if (stretch === undefined || this.#isEnough) return 'done';
    this.kept = stretch.kept;
    const matches: Uint8Array[] = [];
    let isOlder = stretch.from >= stretch.to;
    const entry = this.#entry;
    const cursor = stretch.kept.log.cursor();
    cursor.seek(stretch.from);
    while (cursor.offset < stretch.to) {
      const state = cursor.read(entry);
      if (state === COLD) {
        this.#store.load(stretch.kept.log, cursor.offset);
        return 'cold';
      }
      if (state === END || entry.offset >= stretch.to) break;
      isOlder ||= entry.timestamp < this.#terms.from;
      if (this.#matches()) {
        matches.push(copyOfEntry(entry, { topic: this.#topic.name, ...stretch }, this.#formats, this.#host));
      }
      cursor.advance();
    }
    this.#scanned += stretch.to - stretch.from;
    for (let index = matches.length - 1; index >= 0; index--) this.#take(matches[index] as Uint8Array);
    this.#stretches.shift();
    const { kept, queueId, from } = stretch;
    if (!isOlder && from > kept.log.floor) this.#stretches.push(stretchBefore(kept, queueId, from));
    return this.#stretches.length === 0 || this.#isEnough ? 'done' : 'again';
  }

  get #isEnough(): boolean {
    return this.found.length >= this.#terms.countMax || this.#scanned >= SCANNED_MAX;
  }

  #take(bytes: Uint8Array): void {
    if (this.found.length >= this.#terms.countMax || this.#bytes + bytes.length > FOUND_BYTES_MAX) return;
    this.#bytes += bytes.length;
    this.found.push(bytes);
  }

  #matches(): boolean {
    const entry = this.#entry;
    const { from, to, isUnique } = this.#terms;
    if (entry.timestamp < from || entry.timestamp > to) return false;
    const bytes = isOwn(entry) ? entry.bytes : storedBytesOf(entry, this.#formats, this.#topic.name);
    const start = isOwn(entry) ? entry.start : 0;
    const message = this.#message;
    const properties = this.#properties;
    message.open(bytes, start, isOwn(entry) ? entry.end : bytes.length);
    readProperties(bytes, message.propertiesStart, message.propertiesEnd, properties);
    const unique = properties.find(PROPERTY.UNIQUE_KEY);
    if (unique >= 0 && this.#is(bytes, properties.startOf(unique), properties.endOf(unique))) return true;
    const keys = isUnique ? -1 : properties.find(PROPERTY.KEYS);
    if (keys < 0) return false;
    const end = properties.endOf(keys);
    let wordStart = properties.startOf(keys);
    for (let at = wordStart; at <= end; at++) {
      if (at < end && bytes[at] !== SPACE) continue;
      if (this.#is(bytes, wordStart, at)) return true;
      wordStart = at + 1;
    }
    return false;
  }

  #is(bytes: Uint8Array, start: number, end: number): boolean {
    const wanted = this.#wanted;
    return end - start === wanted.length && sameBytes(bytes, start, wanted, 0, wanted.length);
  }
}

function stretchBefore(kept: KeptLog, queueId: number, to: number): Stretch {
  return { kept, queueId, from: Math.max(kept.log.floor, to - STRETCH), to };
}
