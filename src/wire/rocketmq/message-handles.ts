/**
 * Handles: texts that the broker gives out with a message and gets back when something is to be done with it. Clients
 * do not look into them.
 *
 *     recall handle    base64url("v1 topic brokerName deliverMs uniqueKey"), and from us " place"
 *     receipt handle   "startOffset popTime invisibleTime reviveQueueId kind brokerName queueId queueOffset"
 *                      and, but not everywhere, " physicalOffset"
 *
 * A receipt handle is the `extraInfo` of ACK_MESSAGE and CHANGE_MESSAGE_INVISIBLETIME, and the property POP_CK of a
 * message that was popped. Its kind says which topic is meant.
 */
import { RESPONSE } from './response-codes.ts';
import { RocketmqWireError } from './wire-error.ts';

const HANDLE_CHARACTERS_MAX = 2048;
const RECALL_VERSION = 'v1';
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;
const INTEGER = /^-?\d{1,16}$/;
const RECEIPT_FIELDS = 8;

export interface RecallHandle {
  readonly topic: string;
  readonly brokerName: string;
  readonly deliverMs: number;
  readonly uniqueKey: string;
  /** Where the broker finds the message; left out where it finds it by its key. */
  readonly place?: number;
}

export function recallHandle({ topic, brokerName, deliverMs, uniqueKey, place }: RecallHandle): string {
  const fields = [RECALL_VERSION, topic, brokerName, deliverMs, uniqueKey, ...(place === undefined ? [] : [place])];
  const text = Buffer.from(fields.join(' ')).toString('base64url');
  // Java's decoder does without padding, its encoder does not; so handles look as clients have always seen them.
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

export function parseRecallHandle(text: string): RecallHandle {
  const isText = text.length <= HANDLE_CHARACTERS_MAX && BASE64URL.test(text);
  const parts = isText ? Buffer.from(text, 'base64url').toString().split(' ') : [];
  const [version, topic = '', brokerName = '', deliverMs = '', uniqueKey = '', place = ''] = parts;
  if (version !== RECALL_VERSION || topic === '' || !INTEGER.test(deliverMs) || uniqueKey === '')
    throw new RocketmqWireError('the recall handle is invalid', RESPONSE.ILLEGAL_OPERATION);
  const handle = { topic, brokerName, deliverMs: Number(deliverMs), uniqueKey };
  return INTEGER.test(place) ? { ...handle, place: Number(place) } : handle;
}

/** Which topic a popped message lies in: the topic itself, `%RETRY%group_topic`, or `%RETRY%group+topic`. */
export const RECEIPT_KIND = { NORMAL: '0', RETRY: '1', RETRY_V2: '2' } as const;

export interface ReceiptHandle {
  /** Of the first message that was popped together with this one. */
  readonly startOffset: number;
  readonly popTimeMs: number;
  readonly invisibleTimeMs: number;
  readonly reviveQueueId: number;
  readonly kind: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  /** -1 where there is none. */
  readonly physicalOffset: number;
}

export function receiptHandle(handle: ReceiptHandle): string {
  const { startOffset, popTimeMs, invisibleTimeMs, reviveQueueId, kind, brokerName, queueId, queueOffset } = handle;
  const fields = [startOffset, popTimeMs, invisibleTimeMs, reviveQueueId, kind, brokerName, queueId, queueOffset];
  return (handle.physicalOffset < 0 ? fields : [...fields, handle.physicalOffset]).join(' ');
}

export function parseReceiptHandle(handle: string): ReceiptHandle {
  const fields = handle.length <= HANDLE_CHARACTERS_MAX ? handle.split(' ') : [];
  if (fields.length < RECEIPT_FIELDS) throw invalidReceipt();
  const number = (index: number): number => {
    const field = fields[index] ?? '-1';
    if (!INTEGER.test(field)) throw invalidReceipt();
    return Number(field);
  };
  return {
    startOffset: number(0),
    popTimeMs: number(1),
    invisibleTimeMs: number(2),
    reviveQueueId: number(3),
    kind: fields[4] as string,
    brokerName: fields[5] as string,
    queueId: number(6),
    queueOffset: number(7),
    physicalOffset: number(8),
  };
}

/** One queue's part of an answer to POP_MESSAGE. */
export interface PoppedQueue {
  readonly kind: string;
  readonly queueId: number;
  readonly offsets: readonly number[];
}

/** The answer's `startOffsetInfo`: from which offset on each queue was popped. */
export function startOffsetInfo(queues: readonly PoppedQueue[]): string {
  return queues.map(({ kind, queueId, offsets }) => `${kind} ${queueId} ${offsets[0] ?? 0}`).join(';');
}

/** The answer's `msgOffsetInfo`: which offsets of each queue were popped. */
export function messageOffsetInfo(queues: readonly PoppedQueue[]): string {
  return queues.map(({ kind, queueId, offsets }) => `${kind} ${queueId} ${offsets.join()}`).join(';');
}

/** How often the messages of an ordered queue have been handed out before. */
export interface OrderCount {
  readonly kind: string;
  readonly queueId: number;
  /** Of one message; null for the whole queue. */
  readonly queueOffset: number | null;
  readonly count: number;
}

/** The answer's `orderCountInfo`. */
export function orderCountInfo(counts: readonly OrderCount[]): string {
  return counts
    .map(({ kind, queueId, queueOffset, count }) => {
      const place = queueOffset === null ? `${queueId}` : `qo${queueId}%${queueOffset}`;
      return `${kind} ${place} ${count}`;
    })
    .join(';');
}

function invalidReceipt(): RocketmqWireError {
  return new RocketmqWireError('the receipt handle is invalid', RESPONSE.INVALID_PARAMETER);
}
