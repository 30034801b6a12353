/**
 * FetchSessions: which partitions a client reads, remembered, so that it only says what changes (KIP-227).
 *
 *   id 0, epoch 0    the client offers a session, with all its partitions       ─▶ id, or 0: none
 *   id n, epoch e    its next request: partitions that changed, or are forgotten
 *   epoch -1         the last one; without a session
 *
 * An answer in a session names only partitions with news. Sessions are of the broker, not of a connection; there is
 * room for a bounded number, and one that was not used for two minutes makes room for a new one.
 */
const SESSIONS_MAX = 1_000;
const IDLE_MS = 2 * 60 * 1000;
const NUMBER_MAX = 0x7fff_ffff;

/** One partition as the client last spoke of it, and what it was last told. */
export interface FetchedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  readonly offset: number;
  readonly bytesMax: number;
  readonly leaderEpoch: number;
  /** End and floor of the log as they were last told; -1 before the first answer. */
  end: number;
  floor: number;
}

export class FetchSession {
  readonly id: number;
  /** The epoch that the next request must bear. */
  epoch = 1;
  usedAt: number;
  readonly partitions = new Map<string, FetchedPartition>();

  constructor(id: number, now: number) {
    this.id = id;
    this.usedAt = now;
  }

  /** The partition as it is now asked for; where the client says the same as before, what it was told stays. */
  put(partition: FetchedPartition): void {
    const key = keyOf(partition);
    const known = this.partitions.get(key);
    if (known !== undefined) {
      partition.end = known.end;
      partition.floor = known.floor;
    }
    this.partitions.set(key, partition);
  }

  forget(topic: string, topicId: string, index: number): void {
    this.partitions.delete(keyOf({ topic, topicId, index }));
  }

  advance(): void {
    this.epoch = this.epoch === NUMBER_MAX ? 1 : this.epoch + 1;
  }
}

function keyOf({ topic, topicId, index }: Pick<FetchedPartition, 'topic' | 'topicId' | 'index'>): string {
  return `${topicId === '' ? topic : topicId}/${index}`;
}

export class FetchSessions {
  /** Longest unused first. */
  readonly #sessions = new Map<number, FetchSession>();
  #last = 0;

  find(id: number, now: number): FetchSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    session.usedAt = now;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** null: there is no room, and the client goes on without. */
  open(now: number): FetchSession | null {
    if (this.#sessions.size >= SESSIONS_MAX) {
      const [oldest] = this.#sessions.values();
      if (oldest === undefined || now - oldest.usedAt < IDLE_MS) return null;
      this.#sessions.delete(oldest.id);
    }
    do this.#last = this.#last === NUMBER_MAX ? 1 : this.#last + 1;
    while (this.#sessions.has(this.#last));
    const session = new FetchSession(this.#last, now);
    this.#sessions.set(session.id, session);
    return session;
  }

  close(id: number): void {
    this.#sessions.delete(id);
  }
}
