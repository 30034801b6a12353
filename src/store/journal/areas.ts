/**
 * Areas: how many bytes of each area (file) of the main and kept chains somebody still needs, and which logs.
 *
 * That is all reclaim has to know: an area at 0 may be recycled after the next checkpoint; one that is mostly dead is
 * emptied by copying what lives. An entry that ten logs hold counts ten times, so a count can exceed the area's size:
 * it is compared with what was ever held there, not with the bytes on disk.
 */
import type { Engine, Position } from '../engine.ts';
import type { Holdings, LogIndex } from './log-index.ts';

export class Area {
  readonly ordinal: number;
  living = 0;
  /** The most that was ever living here: what `living` is compared with. */
  held = 0;
  /** Logs that hold, or held, something here. */
  readonly logs = new Set<LogIndex>();

  constructor(ordinal: number) {
    this.ordinal = ordinal;
  }
}

export class Areas implements Holdings {
  readonly #engine: Engine;
  readonly #areas = new Map<number, Area>();
  /** The area of the last `hold`: nearly always the one of the next. */
  #last: Area | null = null;
  #lastFrom = 0;
  #lastLog: LogIndex | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  hold(log: LogIndex, position: Position, bytes: number): void {
    const area = this.#at(this.#engine.areaOf(position));
    area.living += bytes;
    if (area.living > area.held) area.held = area.living;
    if (log !== this.#lastLog || area.ordinal !== this.#lastFrom) {
      area.logs.add(log);
      this.#lastLog = log;
      this.#lastFrom = area.ordinal;
    }
  }

  free(_log: LogIndex, position: Position, bytes: number): void {
    this.#at(this.#engine.areaOf(position)).living -= bytes;
  }

  freeArea(log: LogIndex, ordinal: number, bytes: number): void {
    const area = this.#at(ordinal);
    area.living -= bytes;
    if (bytes < 0) area.logs.add(log);
    if (area.living > area.held) area.held = area.living;
  }

  areaOf(position: Position): number {
    return this.#engine.areaOf(position);
  }

  /** What is known of the area `ordinal`; null when nothing was ever held there. */
  get(ordinal: number): Area | null {
    return this.#areas.get(ordinal) ?? null;
  }

  living(ordinal: number): number {
    return this.#areas.get(ordinal)?.living ?? 0;
  }

  forget(ordinal: number): void {
    this.#areas.delete(ordinal);
    if (this.#last?.ordinal === ordinal) this.#last = null;
    this.#lastLog = null;
  }

  #at(ordinal: number): Area {
    if (this.#last !== null && this.#last.ordinal === ordinal) return this.#last;
    let area = this.#areas.get(ordinal);
    if (area === undefined) {
      area = new Area(ordinal);
      this.#areas.set(ordinal, area);
    }
    this.#last = area;
    return area;
  }
}
