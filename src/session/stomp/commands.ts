/**
 * Commands: what a client asks for, frame by frame.
 *
 * The receipt of a frame is written when what it did, and all before it, is durable. Frames of a transaction take
 * effect together at COMMIT, in one commit group; with the connection it is rolled back.
 */
import type { GroupNumber, Store } from '../../core/ports.ts';
import type { Transaction } from '../../core/transaction.ts';
import type { Frame } from '../../wire/stomp/frame.ts';
import { chooseVersion, heartBeatMs, parseHeartBeat, SUPPORTED_VERSIONS } from '../../wire/stomp/negotiation.ts';
import { StompError } from '../../wire/stomp/protocol.ts';
import type { FrameWriter } from '../../wire/stomp/writer.ts';
import type { Client, StompNode } from './dialect.ts';
import { stompLimits } from './limits.ts';
import type { Receipts } from './receipts.ts';
import { Sending } from './sending.ts';
import { parseMessageId, type StompSubscription } from './subscription.ts';
import { type Delivering, Subscriptions } from './subscriptions.ts';

/** A connection as its commands see it. */
export interface Peer extends Delivering {
  readonly node: StompNode;
  readonly store: Store;
  readonly remoteAddress: string;
  readonly writer: FrameWriter;
  readonly receipts: Receipts;
  /** It said who it is, and that was right. */
  letIn(sendsMs: number, wantsMs: number): void;
  touch(): void;
  close(): void;
}

interface Open {
  readonly transaction: Transaction;
  /** Something in it was refused: it can't be committed any more. */
  refusal: string | null;
}

export class Commands implements Client {
  readonly node: StompNode;
  readonly session: string;
  clientId: string | null = null;
  isIn = false;
  readonly #peer: Peer;
  readonly #sending: Sending;
  readonly #subscriptions: Subscriptions;
  readonly #transactions = new Map<string, Open>();

  constructor(peer: Peer) {
    this.#peer = peer;
    this.node = peer.node;
    this.session = peer.node.freshName();
    this.#sending = new Sending(this);
    this.#subscriptions = new Subscriptions(this, peer);
  }

  /** Throws what is to be told in an ERROR frame. */
  perform(frame: Frame): void {
    if (!this.isIn) {
      if (frame.command !== 'CONNECT' && frame.command !== 'STOMP') throw new StompError('Not connected');
      this.#connect(frame);
      return;
    }
    const { receipts } = this.#peer;
    receipts.did(this.#group(frame));
    const receipt = frame.header('receipt');
    if (receipt !== null) receipts.add(receipt);
    // Farewell comes behind what is still to be said.
    if (frame.command === 'DISCONNECT') receipts.add(null);
  }

  browsed(subscription: StompSubscription): void {
    this.#subscriptions.browsed(subscription);
  }

  wake(): void {
    this.#subscriptions.wake();
  }

  end(): void {
    for (const { transaction } of this.#transactions.values()) transaction.rollback();
    this.#transactions.clear();
    this.#subscriptions.end();
    this.node.namespace.ownerEnded(this);
    if (this.clientId !== null && this.node.clients.get(this.clientId) === this)
      this.node.clients.delete(this.clientId);
  }

  #group(frame: Frame): GroupNumber {
    switch (frame.command) {
      case 'SEND':
        return this.#send(frame);
      case 'SUBSCRIBE':
        this.#subscriptions.subscribe(frame);
        return this.#peer.store.filling;
      case 'UNSUBSCRIBE':
        this.#subscriptions.unsubscribe(frame);
        return 0;
      case 'ACK':
        this.#end(frame, false);
        return 0;
      case 'NACK':
        this.#end(frame, true);
        return 0;
      case 'BEGIN':
        this.#begin(frame);
        return 0;
      case 'COMMIT':
        return this.#commit(frame);
      case 'ABORT':
        this.#take(frame).transaction.rollback();
        return 0;
      case 'DISCONNECT':
        return 0;
      case 'CONNECT':
      case 'STOMP':
        throw new StompError('Already connected');
      default:
        throw new StompError(`Unknown STOMP action: ${frame.commandText.slice(0, 64)}`);
    }
  }

  // ── Coming in ──

  #connect(frame: Frame): void {
    const { node, remoteAddress, writer } = this.#peer;
    const version = chooseVersion(frame.header('accept-version'));
    if (version === null) throw new StompError(`Supported protocol versions are ${SUPPORTED_VERSIONS}`);
    const theirs = parseHeartBeat(frame.header('heart-beat'));
    const login = frame.header('login');
    const isAllowed =
      login === null
        ? node.letsIn(remoteAddress)
        : node.authenticate(login, frame.header('passcode') ?? '', remoteAddress);
    if (!isAllowed) throw new StompError(`User name [${login ?? ''}] or password is invalid.`);
    const clientId = node.dialect.hasClientIds ? frame.header('client-id') : null;
    if (clientId !== null && node.clients.has(clientId)) {
      throw new StompError(`Broker: localhost - Client: ${clientId} already connected`);
    }
    this.clientId = clientId;
    if (clientId !== null) node.clients.set(clientId, this);
    this.isIn = true;
    // We can do what they want, within reason.
    const ours = {
      sendsMs: theirs.wantsMs === 0 ? 0 : Math.max(theirs.wantsMs, stompLimits.heartBeatMsMin),
      wantsMs: theirs.sendsMs === 0 ? 0 : Math.max(theirs.sendsMs, stompLimits.heartBeatMsMin),
    };
    writer.begin('CONNECTED');
    writer.header('version', version);
    writer.header('session', this.session);
    writer.header('server', node.dialect.server);
    writer.header('heart-beat', `${ours.sendsMs},${ours.wantsMs}`);
    writer.end();
    writer.version = version;
    this.#peer.letIn(heartBeatMs(ours, theirs), heartBeatMs(theirs, ours));
    this.#peer.touch();
  }

  // ── Messages ──

  #send(frame: Frame): GroupNumber {
    const name = frame.header('transaction');
    const open = name === null ? null : this.#find(name);
    const replyTo = frame.header('reply-to');
    if (replyTo !== null) this.#subscriptions.subscribeToReplies(replyTo);
    try {
      return this.#sending.send(frame, open?.transaction ?? null);
    } catch (error) {
      if (open !== null) open.refusal ??= (error as Error).message;
      throw error;
    }
  }

  #end(frame: Frame, isRefused: boolean): void {
    const text = frame.header(this.#peer.writer.version === '1.2' ? 'id' : 'message-id');
    if (text === null) throw new StompError(`${frame.command} without the id of a message`);
    const name = frame.header('transaction');
    const transaction = name === null ? null : this.#find(name).transaction;
    const id = parseMessageId(text);
    const subscription = id === null ? undefined : this.#subscriptions.numbered(id.number);
    if (id === null || subscription === undefined) throw unexpected(frame, text);
    const { verdict, isCumulative } = isRefused
      ? this.node.dialect.refusal(frame)
      : ({ verdict: 'settle', isCumulative: true } as const);
    const { ledger } = subscription;
    const isThrough = isCumulative && subscription.isCumulative;
    const isHeld =
      transaction !== null
        ? transaction.settle(ledger, id.tag, isThrough, verdict)
        : isThrough
          ? ledger.endThrough(id.tag, verdict)
          : ledger.end(id.tag, verdict);
    if (!isHeld) throw unexpected(frame, text);
  }

  // ── Transactions ──

  #begin(frame: Frame): void {
    const name = frame.header('transaction');
    if (name === null) throw new StompError('Must specify the transaction you are beginning');
    if (this.#transactions.has(name)) throw new StompError(`The transaction was already started: ${name}`);
    if (this.#transactions.size >= stompLimits.transactionsMax) {
      throw new StompError(`more than ${stompLimits.transactionsMax} transactions`);
    }
    this.#transactions.set(name, { transaction: this.node.broker.transaction(), refusal: null });
  }

  #commit(frame: Frame): GroupNumber {
    const { transaction, refusal } = this.#take(frame);
    if (refusal === null) return transaction.commit();
    transaction.rollback();
    throw new StompError(`The transaction was rolled back: ${refusal}`);
  }

  #take(frame: Frame): Open {
    const name = frame.header('transaction');
    if (name === null) throw new StompError('Must specify the transaction');
    const open = this.#find(name);
    this.#transactions.delete(name);
    return open;
  }

  #find(name: string): Open {
    const open = this.#transactions.get(name);
    if (open === undefined) throw new StompError(`Invalid transaction id: ${name}`);
    return open;
  }
}

function unexpected(frame: Frame, id: string): StompError {
  return new StompError(`Unexpected ${frame.command} received for message-id [${id}]`);
}
