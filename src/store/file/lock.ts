/**
 * One process a data folder. The lock must vanish with its holder however it dies, so it is something that the system
 * itself takes back, never a file with a pid in it that somebody has to judge:
 *
 *   Linux         a listening socket in the abstract namespace, named after the folder's device and inode
 *   macOS, BSD    the file `dragoman.lock`, opened with the flag that locks it
 *   Windows       a listening named pipe
 *
 * The abstract namespace belongs to a network namespace: two containers that share a volume but not a network do not
 * see each other's lock.
 */
import { closeSync, constants, openSync, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Open with an exclusive lock; libc has it on macOS and the BSDs, node:fs does not name it. */
const O_EXLOCK = 0x20;

/** Gives the folder back. */
export type Unlock = () => Promise<void>;

/** Rejects with one clear line when another process holds the folder. */
export async function lockFolder(folder: string): Promise<Unlock> {
  const stats = statSync(folder, { bigint: true });
  if (process.platform === 'linux') return listen(`\0dragoman:${stats.dev}:${stats.ino}`, folder);
  if (process.platform === 'win32') {
    return listen(`\\\\.\\pipe\\dragoman-${stats.dev}-${stats.ino}`, folder);
  }
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
    const handle = openSync(join(realpathSync(folder), 'dragoman.lock'), flags, 0o600);
    return async () => closeSync(handle);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EAGAIN' || code === 'EWOULDBLOCK' ? inUse(folder) : error;
  }
}

function listen(name: string, folder: string): Promise<Unlock> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? inUse(folder) : error);
    });
    server.listen({ path: name, exclusive: true }, () => {
      resolve(() => new Promise((closed) => server.close(() => closed())));
    });
  });
}

function inUse(folder: string): Error {
  return new Error(`the data folder ${folder} is in use by another process`);
}
