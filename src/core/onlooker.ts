/**
 * What a subscription knows of those beside its consumers: who reads along (see Browser), and where the dead go (see
 * DeadLetters).
 */
import type { Entry } from './message.ts';
import type { Log, Offset } from './ports.ts';

export interface Onlooker {
  /** Cold bytes arrived. */
  wake(): void;
  /** The queue is gone. */
  end(): void;
}

export type DeathCause = 'expired' | 'refused';

export interface DeadLetterOffice {
  /** Places the entry just read; whoever read it releases it. */
  take(log: Log, entry: Entry, cause: DeathCause): void;
  /** Places what was refused, and releases it. */
  bury(log: Log, from: Offset, to: Offset): void;
  /** Cold bytes arrived. */
  retry(): void;
}
