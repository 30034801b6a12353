/**
 * Message and correlation ids: random per process and counted in it, so one costs no system call.
 */
import { randomBytes } from 'node:crypto';

const PROCESS = randomBytes(9).toString('base64url');
let count = 0;

/** Unique among all processes, 12 + 1 + a few characters. */
export function newMessageId(): string {
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}

/** For names of queues and groups that nobody else may have: letters, digits and hyphens only. */
export function newName(): string {
  return randomBytes(8).toString('hex');
}
