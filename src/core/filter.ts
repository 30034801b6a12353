/**
 * Filter: which messages a consumer wants. The session that takes a selector builds one; the core only asks it.
 */
import type { Entry } from './message.ts';

/** A header that has to be a certain text, or the message is not wanted. */
export interface Pin {
  readonly name: string;
  readonly text: string;
  /** That header of any message; null if it is no text. */
  of(entry: Entry): string | null;
}

export interface Filter {
  /** Equal texts want equal messages, so consumers of one text are looked after together. */
  readonly text: string;
  /** By which it can be found without being asked. */
  readonly pin?: Pin | null;
  /** Must not throw, whatever the entry holds, and must not keep it. */
  matches(entry: Entry): boolean;
}
