/**
 * Storage: opens the journal on the engine that was asked for. Engines are loaded when they are used.
 */
import { randomInt } from 'node:crypto';
import type { Engine } from '../store/engine.ts';
import { type OpenedJournal, openJournal } from '../store/journal/open.ts';

/** `memory`: nothing outlives the process. Otherwise a folder, locked while in use. */
export type Storage = 'memory' | { readonly folder: string };

export type Durability = 'fsync' | 'os';

/** Rejects with an Error of one line when the folder is in use or cannot be read. */
export async function openStorage(storage: Storage, durability: Durability, now: () => number): Promise<OpenedJournal> {
  const engine = await engineOf(storage, durability);
  try {
    return await openJournal(engine, { durability, now });
  } catch (error) {
    // What failed first is the news, whatever closing says.
    await engine.close().catch(() => {});
    throw error;
  }
}

async function engineOf(storage: Storage, durability: Durability): Promise<Engine> {
  if (storage === 'memory') {
    const { MemoryEngine } = await import('../store/memory/engine.ts');
    return new MemoryEngine({ storeId: randomInt(1, 2 ** 32 - 1) });
  }
  const { fileEngine } = await import('../store/file/engine.ts');
  // Files are filled ahead for the sake of quick syncs. Where nobody waits for a sync, that is every byte written
  // twice.
  return fileEngine(storage.folder, durability === 'os' ? { ahead: 0 } : {});
}
