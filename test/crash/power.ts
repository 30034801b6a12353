/**
 * The power switch: after a kill, takes from the data folder what the kernel had not been asked to make durable.
 *
 * The broker runs with undo.c preloaded, which logs before-images (record format there). `cut` reads that log twice:
 *
 *   forward    follows each file through its renames, and finds for each change whether a later sync of its file (for a
 *              creation, a rename or a removal: of its folder) covers it
 *   backward   undoes what is not covered, the newest first
 *
 * A real disk may have kept any part of what was not synced, so half of the cuts undo everything and half decide
 * anew for each sector of 512 bytes how far back it falls. After a cut the log starts empty: what is in the folder then
 * is on the disk. A kill without a cut leaves the log, and the next life writes on in it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Random } from './random.ts';

const SECTOR_BYTES = 512;

/** Builds the shim; a string says why there is none. */
export function buildShim(): { readonly library: string } | string {
  if (process.platform !== 'linux') return 'the shim that undoes unsynced writes needs Linux';
  if (spawnSync('cc', ['--version']).error) return 'no C compiler (cc) to build the shim that undoes unsynced writes';
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'dragoman-undo-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const library = path.join(folder, 'undo.so');
  const source = path.join(import.meta.dirname, 'undo.c');
  try {
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'], { stdio: 'pipe' });
  } catch (error) {
    return `undo.c does not compile here: ${String(error).split('\n')[1] ?? ''}`;
  }
  return { library };
}

interface Change {
  readonly kind: 'W' | 'C' | 'R' | 'U';
  readonly at: number;
  readonly file: TrackedFile;
  readonly path: string;
  readonly to: string;
  readonly extent: number;
  readonly offset: number;
  readonly size: number;
  readonly bytes: Buffer;
  durable: boolean;
}

/** A file through its renames. */
interface TrackedFile {
  path: string | undefined;
}

export class PowerSwitch {
  readonly env: Readonly<Record<string, string>>;
  private readonly log: string;

  constructor(library: string, folder: string) {
    this.log = path.join(folder, 'undo.log');
    this.env = {
      LD_PRELOAD: library,
      UNDO_DIR: path.join(folder, 'data'),
      UNDO_LOG: this.log,
      UV_USE_IO_URING: '0', // writes through a ring would pass the shim by
    };
  }

  cut(random: Random): string {
    const changes = this.read();
    const everything = random.chance(0.5);
    const sectors = new Sectors(everything ? undefined : random);
    const lost = changes.filter((change) => !change.durable);
    for (const change of lost.reverse()) this.undo(change, sectors, everything || random.chance(0.5));
    this.forget();
    return `power cut (${lost.length} of ${changes.length} changes not synced, ${everything ? 'all' : 'some'} undone)`;
  }

  /** What is in the folder now is on the disk. */
  forget(): void {
    const folder = path.dirname(this.log);
    for (const name of fs.readdirSync(folder)) {
      if (name.startsWith('undo.log')) fs.unlinkSync(path.join(folder, name));
    }
  }

  private read(): Change[] {
    const log = fs.existsSync(this.log) ? fs.readFileSync(this.log) : Buffer.alloc(0);
    const files = new Map<string, TrackedFile>();
    const changes: Change[] = [];
    /** Changes that no sync has covered yet. */
    let open: Change[] = [];
    for (let at = 0; at + 31 <= log.length; ) {
      const kind = String.fromCharCode(log[at]!) as Change['kind'] | 'S';
      const pathEnd = at + 31 + log.readUInt16LE(at + 1);
      const end = pathEnd + log.readUInt32LE(at + 3);
      if (end > log.length) break; // killed while it wrote the record: the change itself was never made
      const name = log.toString('utf8', at + 31, pathEnd);
      const bytes = log.subarray(pathEnd, end);
      const extent = Number(log.readBigUInt64LE(at + 7));
      const file = files.get(name) ?? { path: name };
      if (kind === 'S') {
        open = open.filter((change) => {
          const covers = change.kind === 'W' ? change.file === file : path.dirname(change.to || change.path) === name;
          change.durable = covers && change.at < extent;
          return !change.durable;
        });
      } else {
        files.set(name, file);
        const offset = Number(log.readBigUInt64LE(at + 15));
        const size = Number(log.readBigUInt64LE(at + 23));
        const to = kind === 'R' ? bytes.toString() : '';
        const change = { kind, at, file, path: name, to, extent, offset, size, bytes, durable: false };
        changes.push(change);
        open.push(change);
        if (kind === 'R' || kind === 'U') files.delete(name);
        if (kind === 'R') files.set(to, file);
        file.path = kind === 'U' ? undefined : kind === 'R' ? to : name;
      }
      at = end;
    }
    return changes;
  }

  private undo(change: Change, sectors: Sectors, metadata: boolean): void {
    const kept = `${this.log}.${change.at}`;
    const { file } = change;
    if (change.kind === 'W') {
      if (file.path !== undefined && fs.existsSync(file.path)) sectors.restore(file.path, change, metadata);
    } else if (!metadata) {
      return;
    } else if (change.kind === 'C') {
      fs.rmSync(change.path, { force: true });
      file.path = undefined;
    } else if (change.kind === 'U') {
      if (fs.existsSync(kept)) fs.linkSync(kept, change.path);
      file.path = change.path;
    } else if (fs.existsSync(change.to) && !fs.existsSync(change.path)) {
      fs.renameSync(change.to, change.path);
      if (fs.existsSync(kept)) fs.linkSync(kept, change.to);
      file.path = change.path;
    }
  }
}

/** Puts before-images back, all of them or, per sector, only back to a version that chance picks. */
class Sectors {
  private readonly random: Random | undefined;
  private readonly settled = new Set<string>();

  constructor(random: Random | undefined) {
    this.random = random;
  }

  restore(file: string, change: Change, shrink: boolean): void {
    const fd = fs.openSync(file, 'r+');
    const sizeNow = fs.fstatSync(fd).size;
    // Beyond its old end the file held nothing: where the new size survives, such a sector reads as zeros.
    const before = Buffer.alloc(Math.min(change.extent, Math.max(0, sizeNow - change.offset)));
    change.bytes.copy(before);
    const end = change.offset + before.length;
    for (let at = change.offset; at < end; ) {
      const next = Math.min(end, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      if (this.falls(file, at)) fs.writeSync(fd, before, at - change.offset, next - at, at);
      at = next;
    }
    if (change.size > sizeNow) {
      fs.ftruncateSync(fd, change.size);
      fs.writeSync(fd, change.bytes, 0, change.bytes.length, change.offset);
    } else if (change.size < sizeNow && shrink) {
      fs.ftruncateSync(fd, change.size);
    }
    fs.closeSync(fd);
  }

  /** Whether this sector falls back one version more. */
  private falls(file: string, at: number): boolean {
    if (this.random === undefined) return true;
    const sector = `${file}:${Math.floor(at / SECTOR_BYTES)}`;
    if (this.settled.has(sector)) return false;
    if (this.random.chance(0.5)) return true;
    this.settled.add(sector);
    return false;
  }
}
