/**
 * Commands: what a client asks for once it is in, command by command, and what it has: sessions, consumers,
 * producers, temporary destinations, transactions.
 *
 * A command that wants an answer gets one: a Response when what it did is durable, or an ExceptionResponse. What goes
 * wrong in one that wants none is told as a ConnectionError, which a Java client hands to its ExceptionListener.
 * Ids are composed: that of a consumer begins with that of its session, so removing a session finds what was in it.
 */
import type { Structure, StructureOf } from '../../wire/openwire/structures.ts';
import { Consumers } from './consumers.ts';
import { INVALID_CLIENT_ID, JMS_EXCEPTION, JmsError, SECURITY, throwableOf } from './exceptions.ts';
import { keyOf } from './keys.ts';
import { openwireLimits } from './limits.ts';
import type { MessageIntake } from './message-intake.ts';
import type { Member } from './node.ts';
import type { Peer } from './peer.ts';
import { Sending } from './sending.ts';
import { Temporaries } from './temporaries.ts';
import { Transactions } from './transactions.ts';

const BROKER_NAME = 'localhost';
/** What ActiveMQ reckons for a message beside its body and its properties. */
const MESSAGE_BYTES = 1024;

export class Commands implements Member {
  connectionId = '';
  clientId: string | null = null;
  readonly #connection: Peer;
  readonly #transactions: Transactions;
  readonly #sending: Sending;
  readonly #consumers: Consumers;
  readonly #temporaries: Temporaries;
  readonly #sessions = new Set<string>();
  /** Bytes that may be on their way, by producer; 0 if it does not count them. */
  readonly #producers = new Map<string, number>();
  #isIn = false;
  /** It comes back after a failure, and may send again what it has sent. */
  #isFaultTolerant = false;

  constructor(connection: Peer) {
    const { node } = connection;
    this.#connection = connection;
    this.#transactions = new Transactions(node.broker);
    this.#sending = new Sending(node, this);
    this.#consumers = new Consumers(connection, this);
    this.#temporaries = new Temporaries(node, this);
  }

  /** The form of the frames is agreed on. */
  begin(): void {
    const { node, url } = this.#connection;
    const brokerId = { type: 'BrokerId', value: node.brokerId } as const;
    this.#connection.write({ type: 'BrokerInfo', brokerId, brokerURL: url, brokerName: BROKER_NAME });
  }

  message(intake: MessageIntake, bytes: Uint8Array, start: number, end: number): void {
    intake.take(bytes, start, end);
    const { look } = intake;
    const commandId = look.number('commandId');
    const isAsked = look.bool('responseRequired');
    const transactionId = look.structure('transactionId');
    try {
      this.#checkIn();
      const transaction = this.#transactions.of(transactionId);
      const isRepeat = transaction === null && this.#isFaultTolerant && this.#connection.node.producers.isRepeat(look);
      const group = isRepeat ? 0 : this.#sending.send(look, intake.start, intake.end, transaction);
      if (isAsked) this.#connection.responses.add(commandId, group);
      else this.#acknowledge(intake);
    } catch (error) {
      this.#transactions.refused(transactionId, String((error as Error).message));
      this.#refuse(error, commandId, isAsked);
    }
  }

  perform(command: Structure): void {
    if (!('commandId' in command)) return this.#connection.close();
    const { commandId, responseRequired } = command;
    try {
      const group = this.#group(command);
      if (responseRequired && group !== null) this.#connection.responses.add(commandId, group);
    } catch (error) {
      this.#refuse(error, commandId, responseRequired);
    }
  }

  /** Something can be written again. */
  wake(): void {
    this.#consumers.wake();
  }

  replaced(): void {
    this.#connection.close();
  }

  end(): void {
    const { node } = this.#connection;
    this.#transactions.rollbackAll();
    this.#consumers.end();
    this.#temporaries.end();
    node.namespace.ownerEnded(this);
    if (node.connections.get(this.connectionId) === this) node.connections.delete(this.connectionId);
    if (this.clientId !== null && node.clients.get(this.clientId) === this) node.clients.delete(this.clientId);
  }

  /** The group that the answer has to wait for; null where the answer is given elsewhere. */
  #group(command: Structure): number | null {
    if (command.type === 'ConnectionInfo') return this.#connect(command);
    if (!this.#isIn && command.type !== 'ConnectionControl') {
      if (command.type === 'ShutdownInfo') this.#connection.close();
      if (command.type === 'KeepAliveInfo' || command.type === 'ShutdownInfo') return 0;
      this.#checkIn();
    }
    const { store } = this.#connection;
    switch (command.type) {
      case 'SessionInfo':
        this.#sessions.add(keyOf(command.sessionId));
        checkCount('sessions', this.#sessions.size, openwireLimits.sessionsMax);
        return 0;
      case 'ProducerInfo':
        this.#producers.set(keyOf(command.producerId), command.windowSize);
        checkCount('producers', this.#producers.size, openwireLimits.producersMax);
        return 0;
      case 'ConsumerInfo':
        // A durable subscription is there only when it is on the disk; the answer comes before the first message.
        return this.#consumers.add(command) ? store.filling : 0;
      case 'RemoveInfo':
        return this.#remove(command);
      case 'RemoveSubscriptionInfo':
        this.#consumers.unsubscribe(command.clientId ?? this.clientId ?? '', command.subcriptionName ?? '');
        return store.filling;
      case 'DestinationInfo':
        this.#temporaries.perform(command);
        return 0;
      case 'TransactionInfo':
        return this.#transactions.perform(command);
      case 'MessageAck':
        this.#consumers.acknowledge(command, this.#transactions);
        return 0;
      case 'MessagePull':
        this.#consumers.pull(command);
        return 0;
      case 'ConsumerControl':
        this.#consumers.control(command);
        return 0;
      case 'ConnectionControl':
        this.#isFaultTolerant ||= command.faultTolerant;
        return 0;
      case 'ShutdownInfo':
        this.#connection.close();
        return 0;
      case 'KeepAliveInfo':
      case 'FlushCommand':
      case 'ControlCommand':
      case 'ConnectionError':
      case 'BrokerInfo':
      case 'ProducerAck':
      case 'MessageDispatchNotification':
        return 0;
      default:
        throw new JmsError(JMS_EXCEPTION, `${command.type} is nothing that a client may send`);
    }
  }

  #connect(info: StructureOf<'ConnectionInfo'>): number {
    const { node, remoteAddress } = this.#connection;
    const { surroundings } = node;
    if (this.#isIn) return 0;
    const isAllowed =
      info.userName === null
        ? surroundings.letsIn(remoteAddress)
        : surroundings.authenticate(info.userName, info.password ?? '', remoteAddress);
    if (!isAllowed) {
      throw new JmsError(SECURITY, `User name [${info.userName ?? ''}] or password is invalid.`);
    }
    const id = info.connectionId?.value ?? '';
    const { clientId } = info;
    // The same connection again, because its last one broke: that one is stale.
    node.connections.get(id)?.replaced();
    if (clientId !== null && node.clients.has(clientId)) {
      const text = `Broker: ${BROKER_NAME} - Client: ${clientId} already connected`;
      throw new JmsError(INVALID_CLIENT_ID, text);
    }
    this.connectionId = id;
    this.clientId = clientId;
    this.#isFaultTolerant ||= info.faultTolerant || info.failoverReconnect;
    node.connections.set(id, this);
    if (clientId !== null) node.clients.set(clientId, this);
    this.#isIn = true;
    this.#connection.letIn();
    return 0;
  }

  #remove({ objectId, lastDeliveredSequenceId }: StructureOf<'RemoveInfo'>): number {
    switch (objectId?.type) {
      case 'ConsumerId':
        this.#consumers.remove(keyOf(objectId), lastDeliveredSequenceId);
        break;
      case 'ProducerId':
        this.#producers.delete(keyOf(objectId));
        break;
      case 'SessionId': {
        const session = keyOf(objectId);
        this.#sessions.delete(session);
        this.#consumers.removeSession(session, lastDeliveredSequenceId);
        break;
      }
    }
    return 0;
  }

  #acknowledge({ look }: MessageIntake): void {
    if (this.#producers.size === 0) return;
    const producerId = look.structure('producerId');
    if (producerId?.type !== 'ProducerId' || (this.#producers.get(keyOf(producerId)) ?? 0) <= 0) return;
    let size = MESSAGE_BYTES;
    if (look.range('content')) size += look.rangeEnd - look.rangeStart;
    if (look.range('marshalledProperties')) size += look.rangeEnd - look.rangeStart;
    this.#connection.write({ type: 'ProducerAck', producerId, size });
  }

  #refuse(error: unknown, commandId: number, isAsked: boolean): void {
    const exception = throwableOf(error);
    if (exception === null) throw error;
    if (isAsked) this.#connection.write({ type: 'ExceptionResponse', correlationId: commandId, exception });
    else this.#connection.write({ type: 'ConnectionError', exception });
    if (!this.#isIn) this.#connection.close();
  }

  #checkIn(): void {
    if (!this.#isIn) throw new JmsError('javax.jms.IllegalStateException', 'The connection has not been opened.');
  }
}

function checkCount(what: string, count: number, most: number): void {
  if (count > most) throw new JmsError(JMS_EXCEPTION, `More than ${most} ${what} of one connection`);
}
