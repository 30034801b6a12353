/**
 * QueueLocks: which member of a group has a queue for himself, so that its messages are handled in their order.
 *
 * A lock lives for a minute from the last time it was asked for. Locks are in memory only: after a restart whoever asks
 * first gets the queue, and nobody believes to have one longer than half a minute without asking again.
 */
export const LOCK_MS = 60_000;
/** More locks than this are refused. */
const LOCKS_MAX = 200_000;

interface Lock {
  owner: string;
  until: number;
}

export class QueueLocks {
  readonly #byQueue = new Map<string, Lock>();

  /** True if the queue is the owner's now, and for LOCK_MS. */
  lock(group: string, topic: string, queueId: number, owner: string, now: number): boolean {
    const key = keyOf(group, topic, queueId);
    const lock = this.#byQueue.get(key);
    if (lock === undefined) {
      if (this.#byQueue.size >= LOCKS_MAX) this.#forget(now);
      if (this.#byQueue.size >= LOCKS_MAX) return false;
      this.#byQueue.set(key, { owner, until: now + LOCK_MS });
      return true;
    }
    if (lock.owner !== owner && lock.until > now) return false;
    lock.owner = owner;
    lock.until = now + LOCK_MS;
    return true;
  }

  unlock(group: string, topic: string, queueId: number, owner: string): void {
    const key = keyOf(group, topic, queueId);
    if (this.#byQueue.get(key)?.owner === owner) this.#byQueue.delete(key);
  }

  /** Those whose time is over. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#byQueue) if (until <= now) this.#byQueue.delete(key);
  }
}

/** No name has a blank. */
function keyOf(group: string, topic: string, queueId: number): string {
  return `${group} ${topic} ${queueId}`;
}
