/**
 * PositionReader: the positions of groups by topic and partition, for one request.
 *
 * Positions are keyed by log; to tell all of a group's, logs are given their topic and partition back. What a request
 * repeats is not told without end: the notes that clients keep with their offsets have a bound for each answer, and who
 * wants everything of the same group again is told nothing new.
 */
import type { Position } from '../../../core/group.ts';
import type { LogId } from '../../../core/ids.ts';
import type { Topic } from '../../../core/topic.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import type { TopicCatalog } from '../topic-catalog.ts';
import type { GroupCoordinator } from './coordinator.ts';

export interface AskedTopic {
  readonly name: string;
  /** '' where topics go by name. */
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

export interface ReadPosition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

export interface ReadTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: ReadPosition[];
}

interface Place {
  readonly topic: Topic;
  readonly partitionIndex: number;
}

/** Of one answer. */
const METADATA_CHARACTERS_MAX = 64 * 1024 * 1024;

export class PositionReader {
  readonly #topics: TopicCatalog;
  readonly #groups: GroupCoordinator;
  readonly #told = new Set<string>();
  #places: Map<LogId, Place> | null = null;
  #charactersLeft = METADATA_CHARACTERS_MAX;

  constructor(topics: TopicCatalog, groups: GroupCoordinator) {
    this.#topics = topics;
    this.#groups = groups;
  }

  /** null: all that there are. */
  read(groupId: string, asked: readonly AskedTopic[] | null): ReadTopic[] {
    if (asked === null) return this.#all(groupId);
    const positions = this.#groups.positionsOf(groupId);
    return asked.map(({ name, topicId, partitionIndexes }) => {
      const topic = this.#topics.findBy(name, topicId);
      const isLost = topic === undefined && topicId !== '';
      const partitions = partitionIndexes.map((partitionIndex) => {
        if (isLost) return nothingAt(partitionIndex, ERROR.UNKNOWN_TOPIC_ID);
        const kept = topic?.logs[partitionIndex];
        return this.#tell(partitionIndex, kept && positions.get(kept.log.id));
      });
      return { name, topicId, partitions };
    });
  }

  #all(groupId: string): ReadTopic[] {
    if (this.#told.has(groupId)) return [];
    this.#told.add(groupId);
    const told = new Map<Topic, ReadTopic>();
    for (const [log, position] of this.#groups.positionsOf(groupId)) {
      const place = this.#placeOf(log);
      if (place === undefined) continue;
      const { topic, partitionIndex } = place;
      let known = told.get(topic);
      if (known === undefined) {
        known = { name: topic.name, topicId: this.#topics.idOf(topic), partitions: [] };
        told.set(topic, known);
      }
      known.partitions.push(this.#tell(partitionIndex, position));
    }
    return [...told.values()];
  }

  #tell(partitionIndex: number, position: Position | undefined): ReadPosition {
    if (position === undefined) return nothingAt(partitionIndex, ERROR.NONE);
    const { offset, metadata, epoch } = position;
    this.#charactersLeft -= metadata.length;
    if (this.#charactersLeft < 0) return nothingAt(partitionIndex, ERROR.MESSAGE_TOO_LARGE);
    return { partitionIndex, committedOffset: offset, committedLeaderEpoch: epoch, metadata, errorCode: ERROR.NONE };
  }

  #placeOf(log: LogId): Place | undefined {
    this.#places ??= new Map(
      [...this.#topics.all].flatMap((topic) =>
        topic.logs.map((kept, partitionIndex) => [kept.log.id, { topic, partitionIndex }] as const),
      ),
    );
    return this.#places.get(log);
  }
}

function nothingAt(partitionIndex: number, errorCode: number): ReadPosition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode };
}
