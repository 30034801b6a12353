/**
 * Spans of time as people write them: `250` (milliseconds), `'30s'`, `'1.5m'`, `'2h'`.
 */
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds, or a number with a unit. */
export type Duration = number | `${number}${keyof typeof UNITS}`;

/** In milliseconds; throws a `TypeError` for what is no duration. */
export function millisecondsOf(duration: Duration): number {
  if (typeof duration === 'number') {
    if (duration >= 0 && Number.isFinite(duration)) return duration;
  } else {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration);
    if (match !== null) return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  }
  throw new TypeError(`no duration: ${JSON.stringify(duration)}; expected milliseconds or e.g. '30s', '5m', '2h'`);
}

/** The shortest way to write it, as in the names of retry lanes: `500ms`, `30s`, `2h`. */
export function durationText(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => ms >= UNITS[name] && ms % UNITS[name] === 0) ?? 'ms';
  return `${ms / UNITS[unit]}${unit}`;
}
