/**
 * Counters: plain numbers since start, for /metrics and /api. They are added up when asked for: the hot path
 * increments fields of the one object at hand, and nothing else.
 */
export class Counters {
  /** Given to consumers, by push and by get. */
  delivered = 0;
  deliveredBytes = 0;
  /** Of these, the ones that had been delivered before. */
  redelivered = 0;
  /** Of these, the ones asked for one at a time. */
  got = 0;
  /** Asked for one, found none. */
  gotEmpty = 0;
  /** Settled as done, those delivered as settled included. */
  acked = 0;
  /** Of these, the ones that were settled by being delivered. */
  autoAcked = 0;
  /** Settled as refused. */
  discarded = 0;
  /** Came back undone. */
  returned = 0;
  expired = 0;
  purged = 0;

  add(other: Counters): void {
    this.delivered += other.delivered;
    this.deliveredBytes += other.deliveredBytes;
    this.redelivered += other.redelivered;
    this.got += other.got;
    this.gotEmpty += other.gotEmpty;
    this.acked += other.acked;
    this.autoAcked += other.autoAcked;
    this.discarded += other.discarded;
    this.returned += other.returned;
    this.expired += other.expired;
    this.purged += other.purged;
  }
}

/** What publishers did to a namespace. */
export class PublishCounters {
  published = 0;
  publishedBytes = 0;
  /** Of these, the ones that no queue took. */
  unroutable = 0;

  add(other: PublishCounters): void {
    this.published += other.published;
    this.publishedBytes += other.publishedBytes;
    this.unroutable += other.unroutable;
  }
}
