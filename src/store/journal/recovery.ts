/**
 * Recovery: what a journal does before it serves. The newest complete checkpoint, then every later group.
 *
 *   index chain ──▶ checkpoint: definitions, log states, where to replay from
 *   main chain  ──▶ groups from there on, each applied when its last block is seen
 *
 * Inside a group the order is: created logs and definitions, entries, placements, moves, releases, returns, drops.
 * Everything is absolute, so applying what the checkpoint already contains changes nothing. A group without its end
 * was never confirmed and is dropped if it is the last; in the middle, damage has eaten its end, and what is left of it
 * counts. Transient messages in durable logs, and logs that no definition names, end here.
 */
import { decodeDefinition } from '../../core/definition.ts';
import { BLOCK_HEADER_BYTES, type BlockHeader, FLAG_GROUP_END } from '../block.ts';
import type { BlockVisitor, Chain, Engine, Position } from '../engine.ts';
import { CheckpointReader } from './checkpoint-reader.ts';
import { readLength } from './entry-codec.ts';
import type { Journal } from './journal.ts';
import { MOVED, PAYLOAD_AT, PLACEMENT, type RecordVisitor, readRecords } from './records.ts';
import type { StoredLog } from './stored-log.ts';

/** What an operator must hear about: bytes that were confirmed once and cannot be read any more. */
export interface Damage {
  readonly chain: Chain;
  readonly position: Position;
  readonly why: string;
}

export class Recovery implements BlockVisitor, RecordVisitor {
  readonly damages: Damage[] = [];
  /** Messages and groups that were replayed; for the log line. */
  groups = 0;
  readonly #journal: Journal;
  readonly #checkpoints: CheckpointReader;
  #group = 0;
  #epoch = 0;
  #position: Position = 0;
  // The open group's records by when they are applied.
  #first: (() => void)[] = [];
  #extents: (() => void)[] = [];
  #later: (() => void)[] = [];
  #drops: number[] = [];
  readonly #coldMoves: { log: StoredLog; base: number; position: Position; bytes: number }[] = [];

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#checkpoints = new CheckpointReader(journal);
  }

  /** Answers the newest checkpoint's serial number and where it lies. */
  async run(engine: Engine, fresh: boolean): Promise<{ serial: number; positions: readonly Position[] }> {
    if (fresh) return { serial: 0, positions: [] };
    await engine.replay('index', 0, this);
    const checkpoint = this.#checkpoints.apply();
    await engine.replay('main', checkpoint?.replayFrom ?? 0, this);
    // A group without its end was never confirmed.
    this.#forget();
    // What is kept is found by position; only its end must be known.
    await engine.replay('kept', Number.POSITIVE_INFINITY, this);
    for (const writer of [this.#journal.main, this.#journal.index, this.#journal.kept]) writer.continueFromEnd();
    await this.#moveCold();
    this.#settleTransient();
    this.#dropUnnamed();
    return { serial: this.#checkpoints.serial, positions: checkpoint?.positions ?? [] };
  }

  block(chain: Chain, position: Position, bytes: Uint8Array, header: BlockHeader): void {
    if (chain === 'index') {
      this.#checkpoints.block(position, bytes, header);
      return;
    }
    // A new group while one is open: the open one was torn by a crash and never confirmed. Numbers start anew with an
    // epoch.
    if (header.group !== this.#group || header.epoch !== this.#epoch) this.#forget();
    this.#group = header.group;
    this.#epoch = header.epoch;
    this.#position = position;
    const payload = readLength(bytes, BLOCK_HEADER_BYTES);
    const records = readLength(bytes, BLOCK_HEADER_BYTES + 4);
    const at = PAYLOAD_AT + payload;
    if (at + records > bytes.length || !readRecords(bytes, at, at + records, this)) {
      this.damaged(
        chain,
        position,
        header.number,
        header.number + 1,
        'its checksum is right but its records do not fit',
      );
    }
    if ((header.flags & FLAG_GROUP_END) !== 0) this.#apply();
  }

  damaged(chain: Chain, position: Position, fromNumber: number, toNumber: number, why: string): void {
    this.damages.push({ chain, position, why: `blocks ${fromNumber} to ${toNumber - 1}: ${why}` });
    if (chain === 'main' && this.#group !== 0) this.#apply();
  }

  extent(
    kind: number,
    log: number,
    base: number,
    place: number,
    bytes: number,
    messages: number,
    transient: boolean,
  ): void {
    const position = kind === PLACEMENT || kind === MOVED ? place : this.#position + place;
    if (kind === MOVED) {
      this.#later.push(() => this.#move(log, base, position, bytes));
      return;
    }
    this.#extents.push(() => {
      const index = this.#logs(log)?.index;
      if (index === undefined || base + messages <= index.end) return;
      index.skipTo(base);
      index.append(position, bytes, messages, transient);
    });
  }

  release(log: number, from: number, to: number): void {
    this.#later.push(() => {
      const stored = this.#logs(log);
      stored?.index.release(from, to);
      stored?.forgetReturned(from, to);
    });
  }

  returned(log: number, from: number, to: number, attempts: number): void {
    this.#later.push(() => {
      const stored = this.#logs(log);
      if (stored !== undefined && !stored.index.isReleased(from)) stored.noteReturned(from, to, attempts);
    });
  }

  definition(json: string): void {
    this.#first.push(() => this.#journal.definitions.fold(decodeDefinition(json)));
  }

  created(log: number): void {
    this.#first.push(() => this.#journal.adopt(log));
  }

  drop(log: number): void {
    this.#drops.push(log);
  }

  #logs(log: number): StoredLog | undefined {
    return this.#journal.logs.get(log);
  }

  #apply(): void {
    for (const apply of this.#first) apply();
    for (const apply of this.#extents) apply();
    for (const apply of this.#later) apply();
    for (const id of this.#drops) {
      const log = this.#logs(id);
      if (log === undefined) continue;
      log.index.clear();
      log.dropped = true;
      this.#journal.logs.delete(id);
    }
    this.groups++;
    this.#forget();
  }

  #forget(): void {
    if (this.#first.length !== 0) this.#first = [];
    if (this.#extents.length !== 0) this.#extents = [];
    if (this.#later.length !== 0) this.#later = [];
    if (this.#drops.length !== 0) this.#drops = [];
    this.#group = 0;
  }

  #move(id: number, base: number, position: Position, bytes: number): void {
    const log = this.#logs(id);
    if (log !== undefined && !log.index.move(base, position, bytes))
      this.#coldMoves.push({ log, base, position, bytes });
  }

  /**
   * Moves into parts that the checkpoint left cold: those are loaded now, or their new area would count for nothing.
   */
  async #moveCold(): Promise<void> {
    for (const { log, base, position, bytes } of this.#coldMoves) {
      const part = log.index.partOf(base);
      if (part === null) continue;
      await new Promise<void>((done) => this.#journal.loadPart(log, part, done));
      log.index.move(base, position, bytes);
    }
  }

  #settleTransient(): void {
    for (const log of this.#journal.logs.values()) {
      for (const part of log.index.parts()) {
        const ranges = part.transients;
        for (let index = 0; index < ranges.length; index += 2) log.index.release(ranges[index]!, ranges[index + 1]!);
      }
    }
  }

  #dropUnnamed(): void {
    const named = this.#journal.definitions.logs();
    for (const log of [...this.#journal.logs.values()]) {
      if (!named.has(log.id)) this.#journal.drop(log);
    }
  }
}
