/**
 * Holds: the messages in a hold log, and where each of them goes. What the journal remembers and what is worked with
 * (`prepared.ts`) are two of these, kept alike by the same definitions.
 *
 * Many messages go to the same place, so places have numbers. A place is forgotten with the last message for it.
 */
import { HOLD, type Hold, HoldTable } from './hold-table.ts';
import type { Offset } from './ids.ts';

export interface HoldTarget {
  readonly exchange: string;
  readonly key: string;
  /** Which log of the exchange's topic; -1 = by key. */
  readonly log: number;
  readonly priority: number;
  /** Who is asked what became of it; '' = nobody. */
  readonly group: string;
  /** What its holder calls the transaction; '' = by its offset only. */
  readonly name: string;
}

const ROW_NUMBERS = 7;
const ROWS_LISTED = 512;

/** What `Holds.rows` listed. */
export function* holdsIn(rows: readonly number[]): Generator<Hold> {
  for (let at = 0; at + ROW_NUMBERS <= rows.length; at += ROW_NUMBERS) {
    const [offset, due, born, target, count, checks, state] = rows.slice(at, at + ROW_NUMBERS) as [
      number,
      number,
      number,
      number,
      number,
      number,
      Hold['state'],
    ];
    yield { offset, at: due, born, target, count, checks, state };
  }
}

interface Counted {
  readonly target: HoldTarget;
  rows: number;
}

export class Holds {
  readonly table: HoldTable;
  private readonly targets = new Map<number, Counted>();
  private readonly numbers = new Map<string, number>();
  private next = 1;

  constructor(timed: boolean) {
    this.table = new HoldTable(timed);
  }

  target(number: number): HoldTarget {
    const known = this.targets.get(number);
    if (known === undefined) throw new Error(`messages are held for target ${number}, which nobody knows`);
    return known.target;
  }

  /** The number of a target that messages are held for already. */
  numberOf(target: HoldTarget): number | undefined {
    return this.numbers.get(identityOf(target));
  }

  /** The number for a new one. */
  freshNumber(): number {
    return this.next;
  }

  addTarget(number: number, target: HoldTarget): void {
    if (this.targets.has(number)) return;
    this.targets.set(number, { target, rows: 0 });
    this.numbers.set(identityOf(target), number);
    this.next = Math.max(this.next, number + 1);
  }

  put(hold: Hold): void {
    const isNew = this.table.find(hold.offset) < 0;
    this.table.put(hold);
    const counted = this.targets.get(hold.target);
    if (isNew && counted !== undefined) counted.rows++;
  }

  /** The transaction whose first message is at `offset` is over; nothing happens if it is not known. */
  end({ offset, count }: Pick<Hold, 'offset' | 'count'>): void {
    for (let member = offset; member < offset + count; member++) this.remove(member);
  }

  /** All that are held, and not as members of another. */
  *heads(after: Offset = -1): Generator<Hold> {
    for (const hold of this.table.after(after)) if (hold.state !== HOLD.MEMBER) yield hold;
  }

  /** All rows as numbers, some hundred a time: a million objects would be seconds at a start. */
  *rows(): Generator<readonly number[]> {
    let rows: number[] = [];
    for (const { offset, at, born, target, count, checks, state } of this.table) {
      rows.push(offset, at, born, target, count, checks, state);
      if (rows.length < ROWS_LISTED * ROW_NUMBERS) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }

  *numbered(): Generator<readonly [number, HoldTarget]> {
    for (const [number, { target }] of this.targets) yield [number, target];
  }

  private remove(offset: Offset): void {
    const row = this.table.find(offset);
    if (row < 0) return;
    const { target } = this.table.get(row);
    this.table.remove(row);
    const counted = this.targets.get(target);
    if (counted === undefined || --counted.rows > 0) return;
    this.targets.delete(target);
    this.numbers.delete(identityOf(counted.target));
  }
}

function identityOf({ exchange, key, log, priority, group, name }: HoldTarget): string {
  return JSON.stringify([exchange, key, log, priority, group, name]);
}
