/**
 * Opening a journal: take the engine, recover, and hand the core what was there.
 */
import type { DefinitionSet } from '../../core/definition-set.ts';
import type { LogId } from '../../core/ids.ts';
import type { Log } from '../../core/ports.ts';
import type { Chain, Engine } from '../engine.ts';
import { Checkpoints } from './checkpoint.ts';
import { Journal } from './journal.ts';
import { defaultJournalOptions, type JournalOptions } from './options.ts';
import { type Damage, Recovery } from './recovery.ts';

export interface OpenedJournal {
  readonly journal: Journal;
  /** Nothing was ever stored here. */
  readonly fresh: boolean;
  /** What the core is restored from; every log that a definition names is in `logs`. */
  readonly definitions: DefinitionSet;
  readonly logs: ReadonlyMap<LogId, Log>;
  /** What could not be read any more; to be logged, and shown by /health. */
  readonly damages: readonly Damage[];
  /** Commits what is staged, writes a checkpoint, and gives the engine back. */
  close(): Promise<void>;
}

/** Rejects with a one-line Error when the engine is owned by another or cannot be read. */
export async function openJournal(engine: Engine, options: Partial<JournalOptions> = {}): Promise<OpenedJournal> {
  const { storeId, epoch, fresh } = await engine.open();
  const journal = new Journal(engine, storeId, epoch, { ...defaultJournalOptions, ...options });
  const recovery = new Recovery(journal);
  const checkpoint = await recovery.run(engine, fresh);
  // What a killed process left in the page cache is about to be seen, so it must not be lost with the power either.
  if (!fresh && journal.options.durability === 'fsync')
    for (const chain of ['main', 'kept', 'index'] as const) await synced(engine, chain);
  const checkpoints = new Checkpoints(journal, checkpoint.serial, checkpoint.positions);
  journal.upkeep = checkpoints;
  return {
    journal,
    fresh,
    definitions: journal.definitions,
    logs: journal.logs,
    damages: recovery.damages,
    async close() {
      await journal.drained();
      if (journal.failed === null) await checkpoints.last();
      await engine.close();
    },
  };
}

function synced(engine: Engine, chain: Chain): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.sync(chain, (fault) => (fault === null ? resolve() : reject(new Error(fault.message))));
  });
}
