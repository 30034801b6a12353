/**
 * The ports of the core: the whole contract between the nouns and the world.
 *
 * The core never waits (DESIGN law 2), so every call here returns at once. What takes time comes back as an
 * event: a group was committed, a log grew, cold bytes were loaded. The journal (`store/`) implements Store, Log and
 * Cursor; a session implements Sink and CommitWaiter; the server owns the Clock and the turn.
 *
 *   session ──publish/settle──▶ core ──append/release/define──▶ store ──blocks──▶ engine ──▶ disk
 *   session ◀──Sink.deliver──── core ◀──LogWatcher.advanced──── store ◀──durable── engine
 *   session ◀────────────CommitWaiter.committed───────────────── store
 */
import type { Definition } from './definition.ts';
import type { GroupNumber, LogId, Offset } from './ids.ts';
import type { Entry, Message, Overlay } from './message.ts';

export type { GroupNumber, LogId, Offset } from './ids.ts';

/** What a cursor found. */
export const READY = 0;
/** No visible message at or after the cursor's place. */
export const END = 1;
/** There is one, but its bytes or its index are not resident: call `Store.load` and wait for `LogWatcher.loaded`. */
export const COLD = 2;
export type ReadState = typeof READY | typeof END | typeof COLD;

/** An append-only run of entries addressed by dense offset: the only thing that storage knows. */
export interface Log {
  readonly id: LogId;
  /** Durable: journaled, and visible once its group is committed. Otherwise visible at once and gone at boot. */
  readonly durable: boolean;
  /** The first offset that is not released; equals `end` when the log is empty. */
  readonly floor: Offset;
  /** One past the last visible message. */
  readonly end: Offset;
  /** Messages that are visible and not released. */
  readonly living: number;
  /** Payload bytes of them (an estimate inside a partly released extent). */
  readonly livingBytes: number;
  /** Offsets that were delivered and came back, with how often; empty for nearly every log. See `Store.returned`. */
  readonly returns: ReadonlyReturns;
  /** Who is told when the log grows or its cold bytes arrive; one, because a log has one owning Queue or Exchange. */
  watcher: LogWatcher | null;
  cursor(): Cursor;
}

/** How often offsets of a log were returned. The store keeps it because it must survive a restart. */
export interface ReadonlyReturns {
  readonly size: number;
  /** Times the message at `offset` was returned; 0 for one that never was. */
  attempts(offset: Offset): number;
}

/** Told by the store, at most once a log and turn. Must only note the fact and ask for a turn, not call the store. */
export interface LogWatcher {
  advanced(log: Log): void;
  loaded(log: Log): void;
}

/** A reader's place in one log. Holds no bytes between turns. */
export interface Cursor {
  /** The offset that the next `read` starts looking from. */
  readonly offset: Offset;
  seek(offset: Offset): void;
  /**
   * Fills `entry` with the first living message at or after `offset` and stands on it; does not move past it. A batch
   * is filled in whole, with `entry.offset` at the message that was looked for.
   */
  read(entry: Entry): ReadState;
  /** Moves past the one message just read, to the next one of its batch if there is one. */
  advance(): void;
  /** Moves past the entry just read, however many messages of it are left. */
  advanceEntry(): void;
}

/**
 * The logs that one message goes to, split by durability. Interned by the core (`LogSets`), because the store detects
 * runs by identity: consecutive appends to the same LogSet become one extent in each of its logs.
 */
export interface LogSet {
  readonly durable: readonly Log[];
  readonly transient: readonly Log[];
}

/** Told once, after the group it waits for is as durable as the store promises. */
export interface CommitWaiter {
  committed(group: GroupNumber): void;
}

/** Why the store takes no publishes now. */
export type Pressure = 'none' | 'memory' | 'disk';

/**
 * The one durable verb, spelt out: everything written between two flushes joins the group being filled, and that
 * group is committed whole or not at all. Order inside a group does not matter but for what goes to one log.
 */
export interface Store {
  /** The number of the group that what is written now will be part of. */
  readonly filling: GroupNumber;
  /** The last committed group. */
  readonly committed: GroupNumber;
  /** `memory`: the group being filled is at its limit, stop reading from publishers; `disk`: the disk is full. */
  readonly pressure: Pressure;

  /** A new empty log. A durable one must be named by a Definition in the same group, or it is dropped at boot. */
  createLog(durable: boolean): Log;
  /** The offset that the next message appended to (or placed in) `log` will have, whatever is not visible yet. */
  nextOffset(log: Log): Offset;
  /** Copies the payload once for the durable logs, once for the transient ones. `message.length` is within limits. */
  append(set: LogSet, message: Message): void;
  /**
   * Puts the living entry at `offset` of `source` into the logs of `set` too, without copying its payload when neither
   * an overlay nor a change of durability asks for it. False when it is cold: load it and call again.
   */
  place(set: LogSet, source: Log, offset: Offset, overlay: Overlay | null): boolean;
  /** Settles `[from, to)`: those offsets are never read again and their bytes become reclaimable. Idempotent. */
  release(log: Log, from: Offset, to: Offset): void;
  /** Notes that the messages at `[from, to)` came back undone for the `attempts`-th time. */
  returned(log: Log, from: Offset, to: Offset, attempts: number): void;
  /** Journals a state change of the core. */
  define(definition: Definition): void;
  /** Forgets a log and everything in it. */
  drop(log: Log): void;

  /** Calls `waiter.committed(group)` once the group is durable; never from inside this call. */
  whenCommitted(group: GroupNumber, waiter: CommitWaiter): void;
  /** Fetches what the cursor at `offset` found cold; `LogWatcher.loaded` follows. Repeated calls are merged. */
  load(log: Log, offset: Offset): void;

  /**
   * Called between two events of a turn: a large group goes down at once unless a commit is in flight, so that the disk
   * is at work while the rest of what the sockets hold is parsed.
   */
  flushLarge(): void;
  /** Called once a turn: makes transient appends visible; seals and writes the group unless a commit is in flight. */
  flush(): void;
}

/** The coarse clock: milliseconds since the epoch, refreshed once a turn, never per message. */
export interface Clock {
  readonly now: number;
}

/** Asks the server for a turn soon; calls between two turns are merged. */
export interface Waker {
  wake(): void;
}
