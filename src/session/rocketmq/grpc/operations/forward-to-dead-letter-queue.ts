/**
 * ForwardMessageToDeadLetterQueue: a consumer gives a message up. It is settled and put among the dead letters in one
 * commit group; answered when that is durable. Its bytes may have to be read again.
 */
import type { KeptLog, LogReader } from '../../../../core/kept-log.ts';
import { Entry } from '../../../../core/message.ts';
import { COLD, READY } from '../../../../core/ports.ts';
import type { Sharing } from '../../../../core/sharing.ts';
import type { ReceiptFields } from '../../../../core/sharing-reader.ts';
import type { Pumpable } from '../../../../core/turn.ts';
import { CODE } from '../../../../wire/rocketmq/v2/codes.ts';
import type { ResponseOf } from '../../../../wire/rocketmq/v2/shapes.ts';
import { isOwn, storedBytesOf } from '../../foreign-message.ts';
import type { Call } from '../call.ts';
import { publishDeadLetter } from '../dead-letter.ts';
import { groupNameOf, topicNameOf } from '../names.ts';
import { operation } from '../operation.ts';
import { OK, Refusal } from '../refusal.ts';

type Response = ResponseOf<'ForwardMessageToDeadLetterQueue'>;

export const forwardToDeadLetterQueue = operation('ForwardMessageToDeadLetterQueue', (call, request) => {
  const { node } = call;
  const group = groupNameOf(request.group);
  const name = topicNameOf(request.topic);
  const topic = node.topics.find(name);
  if (topic === undefined) throw new Refusal(CODE.TOPIC_NOT_FOUND, `there is no topic ${name}`);
  const receipt = node.handles.decode(request.receiptHandle, group, name);
  const kept = topic.logs.find(({ log }) => log.id === receipt?.log);
  const sharing = node.namespace.sharings.find(group, topic);
  if (receipt === null || kept === undefined || sharing === undefined || !sharing.holds(receipt)) {
    throw new Refusal(CODE.INVALID_RECEIPT_HANDLE, 'the receipt handle is not valid, or not any more');
  }
  new Forwarding(call, sharing, kept, receipt, Math.max(1, request.deliveryAttempt)).goOn();
  return null;
});

/** One message on its way to the dead letters. */
class Forwarding implements LogReader, Pumpable {
  ready = false;
  readonly #call: Call<Response>;
  readonly #sharing: Sharing;
  readonly #kept: KeptLog;
  readonly #receipt: ReceiptFields;
  readonly #attempts: number;
  readonly #entry = new Entry();

  constructor(call: Call<Response>, sharing: Sharing, kept: KeptLog, receipt: ReceiptFields, attempts: number) {
    this.#call = call;
    this.#sharing = sharing;
    this.#kept = kept;
    this.#receipt = receipt;
    this.#attempts = attempts;
  }

  goOn(): void {
    const { node } = this.#call;
    const { offset } = this.#receipt;
    const cursor = this.#kept.log.cursor();
    cursor.seek(offset);
    const state = cursor.read(this.#entry);
    if (state === COLD) {
      this.#kept.watch(this);
      this.#call.onAbandoned = () => this.#kept.unwatch(this);
      node.broker.store.load(this.#kept.log, offset);
      return;
    }
    this.#kept.unwatch(this);
    if (!this.#sharing.holds(this.#receipt)) {
      const status = { code: CODE.INVALID_RECEIPT_HANDLE, message: 'the receipt handle is not valid any more' };
      return this.#call.answer({ status });
    }
    // What retention let go meanwhile needs no place any more.
    if (state === READY && this.#entry.offset === offset) this.#publish();
    this.#sharing.settle(this.#receipt);
    this.#sharing.state();
    this.#call.answerWhenCommitted({ status: OK });
  }

  #publish(): void {
    const { node } = this.#call;
    const { group, topic } = this.#sharing;
    const entry = this.#entry;
    const bytes = isOwn(entry) ? entry.bytes : storedBytesOf(entry, node.broker.formats, topic.name);
    const start = bytes === entry.bytes ? entry.start : 0;
    const end = bytes === entry.bytes ? entry.end : bytes.length;
    publishDeadLetter(node, group, topic.name, bytes, start, end, this.#attempts);
  }

  grew(): void {}

  loaded(): void {
    this.#call.node.broker.turns.enter(this);
  }

  pump(): boolean {
    if (!this.#call.ended) this.goOn();
    return false;
  }
}
