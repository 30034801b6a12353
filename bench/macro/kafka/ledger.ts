/**
 * Proves that what was acknowledged is what is delivered: nothing lost, nothing twice, nothing out of order.
 *
 *     producer p, partition q:   base sequence 0, n, 2n, ...        as sent, counted when acknowledged
 *     partition q:               offset 0, n, 2n, ...               as given by the broker
 *
 * For every batch delivered both must go on exactly where the one before ended, and at the end of a pass every producer
 * must have been seen up to its last acknowledged record in each partition. Consumers have disjoint partitions, so all
 * of them share one ledger. `restart` begins another pass over the same records.
 */

export class Ledger {
  private readonly partitions: number;
  private readonly producers = new Map<number, number>();
  /** By producer and partition. */
  private readonly acknowledgedTo: Float64Array;
  private readonly deliveredTo: Float64Array;
  /** By partition. */
  private readonly nextOffset: Float64Array;
  private readonly ends: Float64Array;
  private lastProducerId = -1;
  private lastProducer = 0;

  constructor(producers: number, partitions: number) {
    this.partitions = partitions;
    this.acknowledgedTo = new Float64Array(producers * partitions);
    this.deliveredTo = new Float64Array(producers * partitions);
    this.nextOffset = new Float64Array(partitions);
    this.ends = new Float64Array(partitions);
  }

  /** The index of a producer under which `acknowledged` counts for it. */
  register(producerId: number): number {
    if (this.producers.has(producerId)) throw new Error(`two producers got the same id ${producerId}`);
    const producer = this.producers.size;
    this.producers.set(producerId, producer);
    return producer;
  }

  acknowledged(producer: number, partition: number, records: number): void {
    this.acknowledgedTo[producer * this.partitions + partition]! += records;
    this.ends[partition]! += records;
  }

  /** Acknowledged records of the partition that has the fewest. */
  least(): number {
    return Math.min(...this.ends);
  }

  delivered(partition: number, offset: number, records: number, producerId: number, sequence: number): void {
    const expectedOffset = this.nextOffset[partition]!;
    if (offset !== expectedOffset) throw new Error(mismatch('offset', partition, expectedOffset, offset));
    this.nextOffset[partition] = offset + records;
    if (producerId !== this.lastProducerId) {
      const producer = this.producers.get(producerId);
      if (producer === undefined) throw new Error(`partition ${partition}: records of an unknown producer`);
      this.lastProducerId = producerId;
      this.lastProducer = producer;
    }
    const at = this.lastProducer * this.partitions + partition;
    const expected = this.deliveredTo[at]!;
    if (sequence !== expected) throw new Error(mismatch('record', partition, expected, sequence));
    this.deliveredTo[at] = sequence + records;
  }

  /** Where each partition ends when everything acknowledged is in it. */
  endsNow(): Float64Array {
    return this.ends.slice();
  }

  /** Throws unless every acknowledged record of these partitions was delivered, and no other. */
  complete(partitions: readonly number[]): void {
    for (let at = 0; at < this.deliveredTo.length; at++) {
      const partition = at % this.partitions;
      const [sent, seen] = [this.acknowledgedTo[at]!, this.deliveredTo[at]!];
      if (sent === seen || !partitions.includes(partition)) continue;
      throw new Error(`partition ${partition}: ${sent} records of a producer were acknowledged, ${seen} delivered`);
    }
  }

  restart(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.nextOffset[partition] = 0;
      for (let at = partition; at < this.deliveredTo.length; at += this.partitions) this.deliveredTo[at] = 0;
    }
  }
}

function mismatch(what: string, partition: number, expected: number, found: number): string {
  const verdict = found > expected ? 'something is missing' : 'something came twice';
  return `partition ${partition}: ${what} ${found} where ${expected} is due: ${verdict}`;
}
