/**
 * TimeSpans: how a log's offsets relate to time, coarsely. Retention by age and "the first message since ..." ask this.
 *
 *   offsets   | span 0      | span 1   | span 2 ...            |  open span  ▶
 *             from        to=from                              to
 *   each      newest timestamp in it · payload bytes of it
 *
 * Publishers give timestamps as they like, so nothing is sorted by time: a span only says that nothing in it is newer
 * than `newest`. Who looks for a moment finds the first span that reaches it and reads on from there. A stretch whose
 * newest timestamp was lost (the open span of a process that ended) is marked inexact, and always worth a look.
 *
 * There are at most `SPANS_MAX`; one more, and neighbours are joined in pairs. So memory is bounded, and a span is at
 * most a hundredth part of a large log. Adding is idempotent: replaying definitions ends in the same spans.
 */
import type { Offset } from './ids.ts';

export interface Span {
  readonly from: Offset;
  readonly to: Offset;
  /** Milliseconds since the epoch. */
  readonly newest: number;
  readonly bytes: number;
  /** False: `newest` is a guess. */
  readonly exact: boolean;
}

export const SPANS_MAX = 256;

export class TimeSpans {
  #spans: Span[] = [];

  /** Oldest first. */
  get list(): readonly Span[] {
    return this.#spans;
  }

  /** One past the last offset that a span covers. */
  get end(): Offset {
    return this.#spans[this.#spans.length - 1]?.to ?? 0;
  }

  get bytes(): number {
    let bytes = 0;
    for (const span of this.#spans) bytes += span.bytes;
    return bytes;
  }

  /** Adds the span behind the last one; what lies between them, if anything, is taken to be as old as the new one. */
  add(span: Span): void {
    const { end } = this;
    if (span.to <= end) return;
    if (span.from > end && this.#spans.length > 0) {
      this.#spans.push({ from: end, to: span.from, newest: span.newest, bytes: 0, exact: false });
    }
    this.#spans.push(span.from >= end ? span : { ...span, from: end });
    if (this.#spans.length > SPANS_MAX) this.#join();
  }

  /** Forgets the spans that end at or before `floor`. */
  trim(floor: Offset): void {
    let dead = 0;
    while (dead < this.#spans.length && (this.#spans[dead] as Span).to <= floor) dead++;
    if (dead > 0) this.#spans.splice(0, dead);
  }

  /** Where to begin to look for the first message that is not older than `time`; `end` if no span has one. */
  since(time: number): Offset {
    for (const span of this.#spans) if (!span.exact || span.newest >= time) return span.from;
    return this.end;
  }

  #join(): void {
    const joined: Span[] = [];
    for (let index = 0; index < this.#spans.length; index += 2) {
      const one = this.#spans[index] as Span;
      const two = this.#spans[index + 1];
      joined.push(
        two === undefined
          ? one
          : {
              from: one.from,
              to: two.to,
              newest: Math.max(one.newest, two.newest),
              bytes: one.bytes + two.bytes,
              exact: one.exact && two.exact,
            },
      );
    }
    this.#spans = joined;
  }
}
