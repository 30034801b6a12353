/**
 * What every driver must do, run against a broker for each of them. What a driver cannot do by its declared
 * capabilities is not skipped: it is checked that it says so.
 */
import { describe } from 'node:test';
import { failures } from './failures.ts';
import { listeners } from './listeners.ts';
import { options } from './options.ts';
import type { Subject } from './scene.ts';
import { templates } from './templates.ts';

const TIMEOUT_MS = 90_000;

/** Declares the whole suite for one driver. */
export function conformance(subject: Subject): void {
  describe(`conformance of ${subject.name}`, { timeout: TIMEOUT_MS, concurrency: 4 }, () => {
    templates(subject);
    listeners(subject);
    failures(subject);
    options(subject);
  });
}
