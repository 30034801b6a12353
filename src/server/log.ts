/**
 * Log: what happened, as JSON lines on standard error. Standard output belongs to the listening and ready lines.
 *
 * The library is loaded at the first line that the level lets through, so a quiet start does not pay for it. Facts are
 * flat and chosen by the caller; passwords, hashes and message contents are never among them.
 */
import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import { LOG_LEVELS, type LogLevel } from './options.ts';

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

type WrittenLevel = Exclude<LogLevel, 'silent'>;

export class Log {
  readonly #threshold: number;
  readonly #level: LogLevel;
  #logger: Logger | null = null;

  constructor(level: LogLevel) {
    this.#level = level;
    this.#threshold = LOG_LEVELS.indexOf(level);
  }

  writes(level: WrittenLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#threshold;
  }

  debug(text: string, facts: Facts = {}): void {
    this.#write('debug', text, facts);
  }

  info(text: string, facts: Facts = {}): void {
    this.#write('info', text, facts);
  }

  warn(text: string, facts: Facts = {}): void {
    this.#write('warn', text, facts);
  }

  error(text: string, facts: Facts = {}): void {
    this.#write('error', text, facts);
  }

  #write(level: WrittenLevel, text: string, facts: Facts): void {
    if (!this.writes(level)) return;
    this.#logger ??= open(this.#level);
    this.#logger[level](facts, text);
  }
}

function open(level: LogLevel): Logger {
  const pino = createRequire(import.meta.url)('pino') as typeof import('pino');
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino.pino(settings, pino.destination({ fd: 2, sync: true }));
}
