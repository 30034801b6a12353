/**
 * The two libraries behind one shape; their sockets have the same names and methods, ours some more.
 */
import type * as ours from '../../../src/zmq/index.ts';

export type Library = typeof ours;
export type LibraryName = 'dragoman' | 'zeromq';

export async function loadLibrary(name: LibraryName): Promise<Library> {
  if (name === 'dragoman') return import('../../../src/zmq/index.ts');
  return (await import('zeromq')) as unknown as Library;
}
