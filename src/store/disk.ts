/**
 * Disk: what the file engine asks of the world below it, so that a seeded disk in memory can take its place in tests.
 *
 * A Disk is one flat folder. Eight calls: open, write, sync, read, rename, remove, list and close. (No truncate: space
 * is given back by whole files, and a file that is used again is overwritten. Close exists because a handle is dearer
 * than a file, remove because a drained backlog must give its space back.)
 *
 * What an implementation promises, and no more:
 * - `write` has handed *all* the bytes to the system when it calls back without a fault; a crash may keep any part of
 * them.
 * - `sync(handle)` makes the writes that had called back before it was called survive a crash, the file's length
 * included.
 * - creating, renaming and removing survive a crash only after `sync(FOLDER)`.
 * - calls in flight at the same time may be carried out in any order.
 * - `write` may call back before it returns; no other call does.
 */

/** Names an open file for the other calls. */
export type Handle = number;
/** The folder itself, for `sync`. */
export const FOLDER: Handle = -1;

/** An error of the system with its code: `ENOSPC`, `EIO`, ... */
export type DiskFault = Error & { readonly code?: string | undefined };

export type Done = (fault: DiskFault | null) => void;

export interface Disk {
  /** The names of the files in the folder. */
  list(done: (fault: DiskFault | null, names: readonly string[]) => void): void;
  /** Opens a file for reading and writing, creating it if it is not there; `bytes` is its length. */
  open(name: string, done: (fault: DiskFault | null, handle: Handle, bytes: number) => void): void;
  close(handle: Handle): void;
  /** Writes the parts one after another from `at` on, extending the file where needed. */
  write(handle: Handle, parts: readonly Uint8Array[], at: number, done: Done): void;
  /** Fills `into` from `at` on; fewer bytes only at the end of the file. */
  read(handle: Handle, into: Uint8Array, at: number, done: (fault: DiskFault | null, bytes: number) => void): void;
  sync(handle: Handle, done: Done): void;
  rename(from: string, to: string, done: Done): void;
  remove(name: string, done: Done): void;
}

/** True for a fault that goes away by itself when somebody makes room. */
export function isFull(fault: DiskFault): boolean {
  return fault.code === 'ENOSPC' || fault.code === 'EDQUOT';
}

type Started<T> = (done: (fault: DiskFault | null, result: T) => void) => void;

/** The promise form, for the work that is not on the commit path: opening, replaying, filling. */
export function promised<T = void>(start: Started<T>): Promise<T> {
  return new Promise((resolve, reject) => start((fault, result) => (fault === null ? resolve(result) : reject(fault))));
}
