/**
 * PendingFetch: one Fetch from its request to its answer, however long that takes.
 *
 *   look ──enough, an error, or no time left──▶ answer
 *    ▲  └─▶ wait: told by the logs when they grow or their cold bytes come, and by the schedule when time is up
 *    └───────┘
 *
 * No timer runs for a reader that has something to read. The answer is encoded in the turn in which it was measured.
 *
 * What partitions have to give is shared out evenly: logs that were written at the same time lie side by side on the
 * disk, and readers of many of them that keep abreast read each piece of it once.
 */
import type { KeptLog, LogReader } from '../../core/kept-log.ts';
import { Timer } from '../../core/schedule.ts';
import type { ResponseOf } from '../../wire/kafka/api.ts';
import type { fetchApi } from '../../wire/kafka/apis/fetch.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';
import type { Call } from './call.ts';
import type { FetchedPartition, FetchSession } from './fetch-sessions.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { Waiting } from './peer.ts';

export type FetchResponse = ResponseOf<typeof fetchApi>;
type TopicResponse = FetchResponse['responses'][number];
type PartitionResponse = TopicResponse['partitions'][number];

export interface FetchTerms {
  readonly session: FetchSession | null;
  /** All is to be answered, not only news: without a session, and on its first request. */
  readonly full: boolean;
  readonly partitions: readonly FetchedPartition[];
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly waitMsMax: number;
}

/** So much of the logs is given in one answer, whatever the client would take; with the rest of it 2 MiB. */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024 - 64 * 1024;
/** A partition is given this much at a time even among thousands. */
const SHARE_BYTES_MIN = 16 * 1024;

export class PendingFetch implements LogReader, Waiting {
  readonly #call: Call<FetchResponse>;
  readonly #terms: FetchTerms;
  readonly #timer = new Timer({ due: () => this.#end() });
  readonly #watched: KeptLog[] = [];
  /** A reader gives its log once in an answer, also to a client that names a partition twice. */
  readonly #seen = new Set<PartitionReader>();
  #bytes = 0;
  #failed = false;

  constructor(call: Call<FetchResponse>, terms: FetchTerms) {
    this.#call = call;
    this.#terms = terms;
  }

  begin(): void {
    const parts = this.#look();
    if (this.#enough || this.#terms.waitMsMax <= 0) this.#answer(parts);
    else this.#wait();
  }

  // ── Waiting ──

  grew(): void {
    this.#call.peer.touch();
  }

  loaded(): void {
    this.#call.peer.touch();
  }

  goOn(): void {
    const parts = this.#look();
    if (this.#enough) this.#answer(parts);
  }

  get #enough(): boolean {
    return this.#failed || this.#bytes >= this.#terms.bytesMin;
  }

  #wait(): void {
    const { peer } = this.#call;
    const { broker, topics } = peer.node;
    peer.waiting = this;
    this.#call.onAbandoned = () => this.#stop();
    for (const { topic, topicId, index } of this.#terms.partitions) {
      const kept = topics.findBy(topic, topicId)?.logs[index];
      if (kept === undefined) continue;
      kept.watch(this);
      this.#watched.push(kept);
    }
    broker.schedule.set(this.#timer, broker.clock.now + this.#terms.waitMsMax);
  }

  /** Time is up: whatever there is. */
  #end(): void {
    this.#answer(this.#look());
  }

  #stop(): void {
    const { peer } = this.#call;
    for (const kept of this.#watched) kept.unwatch(this);
    this.#watched.length = 0;
    peer.node.broker.schedule.cancel(this.#timer);
    if (peer.waiting === this) peer.waiting = null;
  }

  // ── The answer ──

  #answer(partitions: readonly PartitionResponse[]): void {
    this.#stop();
    const { session, full } = this.#terms;
    const responses: { topic: string; topicId: string; partitions: PartitionResponse[] }[] = [];
    for (const [position, { topic, topicId }] of this.#terms.partitions.entries()) {
      const partition = partitions[position] as PartitionResponse;
      const isNews = this.#isNews(position, partition);
      if (!full && !isNews) continue;
      const last = responses[responses.length - 1];
      if (last?.topic === topic && last.topicId === topicId) last.partitions.push(partition);
      else responses.push({ topic, topicId, partitions: [partition] });
    }
    const sessionId = this.#call.version >= 7 ? (session?.id ?? 0) : 0;
    this.#call.answerNow({ throttleTimeMs: 0, errorCode: ERROR.NONE, sessionId, responses });
  }

  /** Something that the session has not been told; it is told now. */
  #isNews(position: number, response: PartitionResponse): boolean {
    const partition = this.#terms.partitions[position] as FetchedPartition;
    const { highWatermark, logStartOffset = -1 } = response;
    const same = partition.end === highWatermark && partition.floor === logStartOffset;
    partition.end = highWatermark;
    partition.floor = logStartOffset;
    return !same || response.errorCode !== ERROR.NONE || response.records !== undefined;
  }

  /** Measures everything once. */
  #look(): PartitionResponse[] {
    const { partitions, bytesMax } = this.#terms;
    const { node } = this.#call.peer;
    this.#bytes = 0;
    this.#failed = false;
    this.#seen.clear();
    const limit = Math.min(bytesMax, node.fetchBudget.room(ANSWER_BYTES_MAX));
    const logs = partitions.map(({ topic, topicId, index }) => node.topics.findBy(topic, topicId)?.logs[index]);
    let hungry = 0;
    for (const [position, { offset }] of partitions.entries()) if (offset < (logs[position]?.log.end ?? 0)) hungry++;
    const share = Math.max(SHARE_BYTES_MIN, Math.floor(limit / Math.max(1, hungry)));
    return partitions.map((partition, position) => this.#lookAt(partition, logs[position], share, limit - this.#bytes));
  }

  #lookAt(
    { topicId, index, offset, leaderEpoch, bytesMax }: FetchedPartition,
    kept: KeptLog | undefined,
    share: number,
    room: number,
  ): PartitionResponse {
    if (kept === undefined) {
      return this.#refuse(index, topicId === '' ? ERROR.UNKNOWN_TOPIC_OR_PARTITION : ERROR.UNKNOWN_TOPIC_ID);
    }
    if (leaderEpoch > 0) return this.#refuse(index, ERROR.UNKNOWN_LEADER_EPOCH);
    const { floor, end } = kept.log;
    if (offset < floor || offset > end) return this.#refuse(index, ERROR.OFFSET_OUT_OF_RANGE);
    const response = {
      partitionIndex: index,
      errorCode: ERROR.NONE,
      highWatermark: end,
      lastStableOffset: end,
      logStartOffset: floor,
    };
    const reader = this.#call.peer.readers.of(kept);
    if (offset === end || this.#seen.has(reader)) return response;
    this.#seen.add(reader);
    const most = Math.min(bytesMax, room);
    reader.measure(offset, Math.min(share, most), this.#bytes === 0 ? Number.POSITIVE_INFINITY : most);
    this.#bytes += reader.length;
    return reader.length === 0 ? response : { ...response, records: reader };
  }

  #refuse(partitionIndex: number, errorCode: number): PartitionResponse {
    this.#failed = true;
    return { partitionIndex, errorCode, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 };
  }
}
