/**
 * Channel: the state of one AMQP channel. What its methods do is in `exchange-methods.ts`, `queue-methods.ts` and
 * `basic-methods.ts`; frames come to it through the connection.
 *
 *     open ──error──▶ closing (channel.close sent: everything but close and close-ok is dropped) ──close-ok──▶ gone
 *       └───────────────────channel.close from the client, answered───────────────────────────────────────▶ gone
 *
 * In both cases its deliveries go back to their queues at once.
 */
import type { Ledger } from '../../core/ledger.ts';
import type { Transaction } from '../../core/transaction.ts';
import { encodeMethod, type MethodFields } from '../../wire/amqp091/methods.ts';
import type { MethodName } from '../../wire/amqp091/schema.ts';
import { Confirms } from './confirms.ts';
import type { Getter, ReceivingChannel, Subscriber } from './consumers.ts';
import { type AmqpError, refuse } from './errors.ts';
import type { Host } from './host.ts';
import { Publisher } from './publisher.ts';

export class Channel implements ReceivingChannel {
  readonly host: Host;
  readonly number: number;
  readonly ledger: Ledger;
  readonly publisher: Publisher;
  readonly subscribers = new Map<string, Subscriber>();
  /** The limit that consumers made from now on get. */
  prefetch = 0;
  /** What an empty queue name stands for. */
  lastQueue = '';
  /** channel.close was sent, close-ok has not come. */
  closing = false;
  /** A basic.get whose message is being fetched. */
  getter: Getter | null = null;

  constructor(host: Host, number: number) {
    this.host = host;
    this.number = number;
    this.ledger = host.broker.ledger();
    this.publisher = new Publisher(host, number);
  }

  reply<N extends MethodName>(name: N, fields: MethodFields<N>): void {
    this.host.send(encodeMethod(this.number, name, fields));
  }

  // ── Modes ──

  get transaction(): Transaction | null {
    return this.publisher.transaction;
  }

  get confirms(): Confirms | null {
    return this.publisher.confirms;
  }

  selectConfirms(): void {
    if (this.publisher.transaction !== null) throw refuse.modeSwitch('tx', 'confirm');
    this.publisher.confirms ??= new Confirms(this.host, this.number);
  }

  selectTransactions(): void {
    if (this.publisher.confirms !== null) throw refuse.modeSwitch('confirm', 'tx');
    this.publisher.transaction ??= this.host.broker.transaction();
  }

  // ── Settling ──

  ack(tag: number, multiple: boolean): void {
    if (this.transaction !== null) {
      if (!this.transaction.settle(this.ledger, tag, multiple, 'settle')) throw refuse.unknownTag(tag);
      return;
    }
    const known = multiple ? this.ledger.endThrough(tag, 'settle') : this.ledger.settle(tag);
    if (this.publisher.confirms !== null) this.publisher.confirms.settled = true;
    if (!known) throw refuse.unknownTag(tag);
  }

  reject(tag: number, multiple: boolean, requeue: boolean): void {
    const verdict = requeue ? 'giveBack' : 'discard';
    if (this.transaction !== null) {
      if (!this.transaction.settle(this.ledger, tag, multiple, verdict)) throw refuse.unknownTag(tag);
      return;
    }
    const known = multiple ? this.ledger.endThrough(tag, verdict) : this.ledger.end(tag, verdict);
    if (this.publisher.confirms !== null) this.publisher.confirms.settled = true;
    if (!known) throw refuse.unknownTag(tag);
  }

  // ── Consumers ──

  consumerCancelled(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber.tag);
    if (this.closing || !this.host.capabilities.consumerCancelNotify) return;
    const { host } = this;
    const frame = encodeMethod(this.number, 'basic.cancel', { consumerTag: subscriber.tag, nowait: true });
    if (host.cancels === null) host.send(frame);
    else host.cancels.push(frame);
  }

  answered(getter: Getter): void {
    if (this.getter !== getter) return;
    this.getter = null;
    this.host.hold.over();
  }

  /** Room in the outbox again: those that were not asked because of it are to be asked. */
  wakeSubscribers(): void {
    for (const subscriber of this.subscribers.values()) subscriber.wake();
  }

  /** Ends it by channel.close; the method at fault is named by its ids. */
  refuse(refusal: AmqpError, classId: number, methodId: number): void {
    this.end();
    this.reply('channel.close', { replyCode: refusal.code, replyText: refusal.message, classId, methodId });
  }

  /** Consumers leave and what is unsettled goes back. */
  end(): void {
    this.closing = true;
    for (const subscriber of this.subscribers.values()) subscriber.cancel();
    this.subscribers.clear();
    this.getter?.cancel();
    this.getter = null;
    this.publisher.transaction?.rollback();
    this.publisher.end();
    this.ledger.giveBackAll();
  }
}
