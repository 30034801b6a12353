/**
 * CheckpointReader: gathers the newest complete checkpoint while the index chain is replayed, and applies it.
 *
 * Blocks of a checkpoint that never got its end are forgotten when the next one begins. Blocks of the chain that are
 * not flagged as checkpoint hold cold parts; they are read later, by position.
 */
import { Buffer } from 'node:buffer';
import { decodeDefinition } from '../../core/definition.ts';
import { IntervalSet } from '../../core/interval-set.ts';
import { type BlockHeader, FLAG_CHECKPOINT, FLAG_GROUP_END } from '../block.ts';
import type { Position } from '../engine.ts';
import { Input, LOG, META, META_BYTES, readPart } from './checkpoint-codec.ts';
import type { Journal } from './journal.ts';
import { DEFINITION, PAYLOAD_AT } from './records.ts';

export interface Checkpoint {
  readonly replayFrom: number;
  /** Where its blocks lie. */
  readonly positions: readonly Position[];
}

export class CheckpointReader {
  /** Serial number of the newest checkpoint seen, complete or not. */
  serial = 0;
  readonly #journal: Journal;
  #pending: Buffer[] = [];
  #pendingPositions: Position[] = [];
  #pendingSerial = 0;
  #complete: Buffer[] | null = null;
  #positions: Position[] = [];

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  block(position: Position, bytes: Uint8Array, header: BlockHeader): void {
    if ((header.flags & FLAG_CHECKPOINT) === 0) return;
    if (header.group > this.serial) this.serial = header.group;
    if (header.group !== this.#pendingSerial) {
      this.#pendingSerial = header.group;
      this.#pending = [];
      this.#pendingPositions = [];
    }
    this.#pending.push(Buffer.from(bytes.subarray(PAYLOAD_AT)));
    this.#pendingPositions.push(position);
    if ((header.flags & FLAG_GROUP_END) === 0) return;
    // Damage may have eaten one of its blocks: then the checkpoint before it still counts.
    if (readMeta(this.#pending).blocks === this.#pending.length) {
      this.#complete = this.#pending;
      this.#positions = this.#pendingPositions;
    }
    this.#pending = [];
    this.#pendingPositions = [];
    this.#pendingSerial = 0;
  }

  /** Puts the checkpoint's state into the journal; null when there is none. */
  apply(): Checkpoint | null {
    if (this.#complete === null) return null;
    const { replayFrom, nextLog } = readMeta(this.#complete);
    this.#journal.nextLog = Math.max(this.#journal.nextLog, nextLog);
    for (const body of this.#complete) {
      const input = new Input(body, 0, body.length);
      while (input.at < input.end) {
        const kind = input.u8();
        if (kind === LOG) {
          this.#log(input);
        } else if (kind === DEFINITION) {
          this.#journal.definitions.fold(decodeDefinition(input.text()));
        } else if (kind === META) {
          input.skip(META_BYTES - 1);
        } else throw new Error(`unknown record ${kind} in a checkpoint`);
      }
    }
    this.#complete = null;
    return { replayFrom, positions: this.#positions };
  }

  #log(input: Input): void {
    input.u32();
    const log = this.#journal.adopt(input.u32());
    const floor = input.f64();
    const end = input.f64();
    log.index.restore(floor, end, intervals(input.pairs()));
    const returned = input.pairs();
    for (let index = 0; index < returned.length; index += 2) {
      log.noteReturned(returned[index]!, returned[index + 1]!, 1);
    }
    for (let left = input.u32(); left > 0; left--) {
      const offset = input.f64();
      log.noteReturned(offset, offset + 1, input.u32());
    }
    for (let left = input.u32(); left > 0; left--) log.index.adopt(readPart(input));
    log.index.adopted();
  }
}

/** The record that ends the last block. */
function readMeta(bodies: readonly Buffer[]): { replayFrom: number; nextLog: number; blocks: number } {
  const last = bodies[bodies.length - 1]!;
  const input = new Input(last, last.length - META_BYTES + 1, last.length);
  return { replayFrom: input.f64(), nextLog: input.u32(), blocks: input.u32() };
}

function intervals(pairs: readonly number[]): IntervalSet | null {
  if (pairs.length === 0) return null;
  const set = new IntervalSet(pairs.length / 2);
  for (let index = 0; index < pairs.length; index += 2) set.add(pairs[index]!, pairs[index + 1]!);
  return set;
}
