/**
 * ListOffsets and OffsetForLeaderEpoch's first half: where a partition begins and ends, and what is where in time.
 *
 *   -1 latest          one past the last committed message       -4 earliest local   as earliest: all of it is here
 *   -2 earliest        the first that is still there             -5 latest tiered    none
 *   -3 max timestamp   the message with the newest timestamp     >= 0                the first not older than that
 */
import type { KeptLog, LogReader } from '../../../core/kept-log.ts';
import type { RequestOf, ResponseOf } from '../../../wire/kafka/api.ts';
import { LIST_OFFSETS, listOffsetsApi } from '../../../wire/kafka/apis/offset-lookup.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { Call } from '../call.ts';
import type { KafkaNode } from '../node.ts';
import { operation } from '../operation.ts';
import type { Waiting } from '../peer.ts';
import { TimeSearch } from '../time-search.ts';

type Request = RequestOf<typeof listOffsetsApi>;
type Response = ResponseOf<typeof listOffsetsApi>;
type PartitionRequest = Request['topics'][number]['partitions'][number];
type PartitionResponse = Response['topics'][number]['partitions'][number];

const NOWHERE = { timestamp: -1, offset: -1, leaderEpoch: -1 };

export const listOffsets = operation(listOffsetsApi, (call: Call<Response>, request) => {
  const pending = new PendingListOffsets(call, request);
  pending.goOn();
  return null;
});

/** Answers when every search among what is asked for is over. */
class PendingListOffsets implements Waiting, LogReader {
  readonly #call: Call<Response>;
  readonly #topics: { name: string; partitions: (PartitionResponse | { index: number; search: TimeSearch })[] }[];
  readonly #watched = new Set<KeptLog>();

  constructor(call: Call<Response>, request: Request) {
    const { node } = call.peer;
    this.#call = call;
    this.#topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => lookUp(node, name, partition, call.version)),
    }));
    call.onAbandoned = () => this.#stop();
  }

  grew(): void {}

  loaded(): void {
    this.#call.peer.touch();
  }

  goOn(): void {
    let open = false;
    let again = false;
    for (const { partitions } of this.#topics) {
      for (const [position, partition] of partitions.entries()) {
        if (!('search' in partition)) continue;
        const { search, index } = partition;
        const step = search.step();
        if (step === 'done') {
          partitions[position] = foundAt(index, search.found, this.#call.version);
          continue;
        }
        open = true;
        if (step === 'again') again = true;
        else this.#watch(search.kept);
      }
    }
    if (open) {
      this.#call.peer.waiting = this;
      if (again) this.#call.peer.touch();
      return;
    }
    this.#stop();
    this.#call.answer({ throttleTimeMs: 0, topics: this.#topics as Response['topics'] });
  }

  #watch(kept: KeptLog): void {
    kept.watch(this);
    this.#watched.add(kept);
  }

  #stop(): void {
    const { peer } = this.#call;
    for (const kept of this.#watched) kept.unwatch(this);
    this.#watched.clear();
    if (peer.waiting === this) peer.waiting = null;
  }
}

function lookUp(
  node: KafkaNode,
  topic: string,
  { partitionIndex, timestamp, currentLeaderEpoch }: PartitionRequest,
  version: number,
): PartitionResponse | { index: number; search: TimeSearch } {
  const kept = node.topics.find(topic)?.logs[partitionIndex];
  if (kept === undefined) return failed(partitionIndex, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  if (currentLeaderEpoch > 0) return failed(partitionIndex, ERROR.UNKNOWN_LEADER_EPOCH);
  const { floor, end } = kept.log;
  const { store, formats } = node.broker;
  switch (timestamp) {
    case LIST_OFFSETS.latest:
      return at(partitionIndex, end, version);
    case LIST_OFFSETS.earliest:
    case LIST_OFFSETS.earliestLocal:
      return at(partitionIndex, floor, version);
    case LIST_OFFSETS.latestTiered:
    case LIST_OFFSETS.earliestPendingUpload:
      return { partitionIndex, errorCode: ERROR.NONE, ...NOWHERE };
    case LIST_OFFSETS.maxTimestamp:
      if (version < 7) return failed(partitionIndex, ERROR.UNSUPPORTED_VERSION);
      return { index: partitionIndex, search: new TimeSearch(kept, -1, store, formats) };
    default:
      if (timestamp < 0) return failed(partitionIndex, ERROR.UNSUPPORTED_VERSION);
      return { index: partitionIndex, search: new TimeSearch(kept, timestamp, store, formats) };
  }
}

function at(partitionIndex: number, offset: number, version: number): PartitionResponse {
  return { partitionIndex, errorCode: ERROR.NONE, timestamp: -1, offset, leaderEpoch: leaderEpochIn(version) };
}

function foundAt(partitionIndex: number, found: TimeSearch['found'], version: number): PartitionResponse {
  if (found === null) return { partitionIndex, errorCode: ERROR.NONE, ...NOWHERE };
  const { timestamp, offset } = found;
  return { partitionIndex, errorCode: ERROR.NONE, timestamp, offset, leaderEpoch: leaderEpochIn(version) };
}

/** Older answers have no place for it. */
function leaderEpochIn(version: number): number {
  return version < 4 ? -1 : 0;
}

function failed(partitionIndex: number, errorCode: number): PartitionResponse {
  return { partitionIndex, errorCode, ...NOWHERE };
}
