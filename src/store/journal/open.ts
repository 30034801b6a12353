/**
 * Opening a journal: take the engine, recover, and hand the core what was there.
 */
import type { DefinitionSet } from '../../core/definition-set.ts';
import type { LogId } from '../../core/ids.ts';
import type { Log } from '../../core/ports.ts';
import type { Engine } from '../engine.ts';
import { Checkpoints } from './checkpoint.ts';
import { defaultJournalOptions, Journal, type JournalOptions } from './journal.ts';
import { type Damage, Recovery } from './recovery.ts';

export interface OpenedJournal {
  readonly journal: Journal;
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
  const checkpoints = new Checkpoints(journal, checkpoint.serial, checkpoint.positions);
  journal.upkeep = checkpoints;
  return {
    journal,
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
