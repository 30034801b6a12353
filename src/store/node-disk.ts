/**
 * The Disk over a real folder, by node:fs.
 *
 * A trip through libuv's thread pool costs 25-50 us; a write of some KiB into the page cache costs 2. So a small write
 * is made at once on the loop's thread, a larger one asynchronously; a sync always asynchronously, because it is what
 * takes time. Short writes are real (signals, quotas, nearly full disks) and are resumed where they stopped, so that
 * the system gets to say the reason. (libuv itself repeats a call that a signal interrupted.)
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Disk, type DiskFault, type Done, FOLDER, type Handle } from './disk.ts';

/** Up to this size a write is made synchronously. */
const SYNCHRONOUS_WRITE_BYTES_MAX = 64 * 1024;
/** IOV_MAX on every system we know. */
const PARTS_MAX = 1024;

export class NodeDisk implements Disk {
  readonly folder: string;
  #folderHandle: number | null = null;

  /** Creates the folder if it is not there; throws when it can't be used. */
  constructor(folder: string) {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    this.folder = folder;
  }

  list(done: (fault: DiskFault | null, names: readonly string[]) => void): void {
    fs.readdir(this.folder, (fault, names) => done(fault, names ?? []));
  }

  open(name: string, done: (fault: DiskFault | null, handle: Handle, bytes: number) => void): void {
    fs.open(join(this.folder, name), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600, (fault, handle) => {
      if (fault !== null) return done(fault, 0, 0);
      fs.fstat(handle, (statFault, stats) => done(statFault, handle, statFault === null ? stats.size : 0));
    });
  }

  close(handle: Handle): void {
    fs.close(handle, () => {});
  }

  write(handle: Handle, parts: readonly Uint8Array[], at: number, done: Done): void {
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    if (bytes > SYNCHRONOUS_WRITE_BYTES_MAX) return this.#writeRest(handle, parts, at, bytes, done);
    let fault: DiskFault | null = null;
    try {
      for (const part of parts) {
        for (let from = 0; from < part.length; ) {
          from += wrote(fs.writeSync(handle, part, from, part.length - from, at + from));
        }
        at += part.length;
      }
    } catch (error) {
      fault = error as DiskFault;
    }
    done(fault);
  }

  read(handle: Handle, into: Uint8Array, at: number, done: (fault: DiskFault | null, bytes: number) => void): void {
    let filled = 0;
    const next = (): void => {
      fs.read(handle, into, filled, into.length - filled, at + filled, (fault, bytes) => {
        if (fault !== null) return done(fault, filled);
        filled += bytes;
        if (bytes === 0 || filled === into.length) done(null, filled);
        else next();
      });
    };
    next();
  }

  sync(handle: Handle, done: Done): void {
    if (handle !== FOLDER) return fs.fdatasync(handle, (fault) => done(fault));
    // Windows has no way to sync a folder; its file systems order these changes by themselves.
    if (process.platform === 'win32') return queueMicrotask(() => done(null));
    try {
      this.#folderHandle ??= fs.openSync(this.folder, 'r');
    } catch (error) {
      return queueMicrotask(() => done(error as DiskFault));
    }
    fs.fsync(this.#folderHandle, (fault) => done(fault));
  }

  rename(from: string, to: string, done: Done): void {
    fs.rename(join(this.folder, from), join(this.folder, to), (fault) => done(fault));
  }

  remove(name: string, done: Done): void {
    fs.unlink(join(this.folder, name), (fault) => done(fault));
  }

  #writeRest(handle: Handle, parts: readonly Uint8Array[], at: number, bytes: number, done: Done): void {
    fs.writev(handle, parts.slice(0, PARTS_MAX), at, (fault, written) => {
      if (fault !== null) return done(fault);
      if (written === bytes) return done(null);
      try {
        this.#writeRest(handle, without(parts, wrote(written)), at + written, bytes - written, done);
      } catch (error) {
        done(error as DiskFault);
      }
    });
  }
}

/** A write that takes nothing and gives no reason would be repeated for ever. */
function wrote(bytes: number): number {
  if (bytes > 0) return bytes;
  throw Object.assign(new Error('EIO: the system wrote no byte and gave no reason'), { code: 'EIO' });
}

/** The parts that are left when their first `bytes` bytes are gone. */
function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (bytes < part.length) rest.push(bytes === 0 ? part : part.subarray(bytes));
    bytes = Math.max(0, bytes - part.length);
  }
  return rest;
}
