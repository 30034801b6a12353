/**
 * The identity of a data folder: the small file `dragoman.store`, written when the folder is opened and when it is
 * closed.
 *
 *    0 u32 magic 'DRGS'    16 u32 area bytes (positions depend on it, so it never changes)
 *    4 u32 version = 1     24 f64 x 4: the highest block number of each chain known durable when this was written
 *    8 u32 store id        56 u32 sequence, raised by every writing
 *   12 u32 epoch           60 u32 CRC-32 of bytes [0, 60)
 *
 * There are two copies, 4096 bytes apart; a writing replaces the older one, so a torn one leaves the other. The epoch
 * must be on the disk before any block carries it: then no two lives of a store write the same one. The durable
 * numbers are what lets the next opening tell damage at the very end of a chain from a torn tail.
 */
import { crc32 } from 'node:zlib';
import { type Disk, type Handle, promised } from '../disk.ts';
import { CHAINS } from '../engine.ts';
import { IDENTITY_NAME } from './names.ts';

const MAGIC = 0x53475244;
const VERSION = 1;
const SLOT_BYTES = 64;
const SLOT_DISTANCE_BYTES = 4096;

export interface Identity {
  readonly storeId: number;
  epoch: number;
  readonly areaBytes: number;
  /** By the index in CHAINS. */
  readonly durable: number[];
  sequence: number;
}

function encode(identity: Identity): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, identity.storeId, true);
  view.setUint32(12, identity.epoch, true);
  view.setUint32(16, identity.areaBytes, true);
  for (const [index, number] of identity.durable.entries()) view.setFloat64(24 + index * 8, number, true);
  view.setUint32(56, identity.sequence, true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

function decode(bytes: Uint8Array): Identity | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < SLOT_BYTES || view.getUint32(0, true) !== MAGIC) return null;
  if (view.getUint32(60, true) !== crc32(bytes.subarray(0, 60))) return null;
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw new Error(`the data folder is of version ${version}, this program reads ${VERSION}`);
  return {
    storeId: view.getUint32(8, true),
    epoch: view.getUint32(12, true),
    areaBytes: view.getUint32(16, true),
    durable: CHAINS.map((_, index) => view.getFloat64(24 + index * 8, true)),
    sequence: view.getUint32(56, true),
  };
}

export class IdentityFile {
  readonly #disk: Disk;
  #handle: Handle = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The newest readable copy; null when there is none. */
  async load(): Promise<Identity | null> {
    const bytes = new Uint8Array(SLOT_DISTANCE_BYTES + SLOT_BYTES);
    await promised((done) =>
      this.#disk.open(IDENTITY_NAME, (fault, handle) => {
        this.#handle = handle;
        done(fault, undefined);
      }),
    );
    const found = await promised<number>((done) => this.#disk.read(this.#handle, bytes, 0, done));
    const copies = [decode(bytes.subarray(0, Math.min(SLOT_BYTES, found)))];
    if (found > SLOT_DISTANCE_BYTES) copies.push(decode(bytes.subarray(SLOT_DISTANCE_BYTES, found)));
    let newest: Identity | null = null;
    for (const copy of copies) if (copy !== null && copy.sequence >= (newest?.sequence ?? 0)) newest = copy;
    return newest;
  }

  /** Durable when it resolves, once the folder was synced after the first time. */
  async save(identity: Identity): Promise<void> {
    identity.sequence++;
    const at = (identity.sequence % 2) * SLOT_DISTANCE_BYTES;
    await promised((done) => this.#disk.write(this.#handle, [encode(identity)], at, (fault) => done(fault, undefined)));
    await promised((done) => this.#disk.sync(this.#handle, (fault) => done(fault, undefined)));
  }

  close(): void {
    this.#disk.close(this.#handle);
  }
}
