/**
 * Filter: which messages a consumer wants. The session that takes a selector builds one; the core only asks it.
 */
import type { Entry } from './message.ts';

export interface Filter {
  /** Equal texts want equal messages, so consumers of one text are looked after together. */
  readonly text: string;
  /** Must not throw, whatever the entry holds, and must not keep it. */
  matches(entry: Entry): boolean;
}
