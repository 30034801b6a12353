/**
 * TransactionChecker: asks a producer of a group what became of its transaction (CHECK_TRANSACTION_STATE). The answer
 * is an END_TRANSACTION, or nothing.
 *
 * The half message goes with the question, with the place by which it was known from the beginning: all checks name the
 * same one.
 */

import { copyBytes } from '../../bytes/copy.ts';
import { writeU16, writeU32 } from '../../bytes/numbers.ts';
import type { Checker } from '../../core/checks.ts';
import type { Formats } from '../../core/format.ts';
import type { Hold } from '../../core/hold-table.ts';
import type { Entry } from '../../core/message.ts';
import { numberRoom, textRoom } from '../../wire/rocketmq/command-writer.ts';
import { COMMAND_FLAG, SERIALIZE, TRANSACTION_MASK } from '../../wire/rocketmq/constants.ts';
import { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import { changedProperties, PROPERTY, readProperties } from '../../wire/rocketmq/properties.ts';
import { REQUEST } from '../../wire/rocketmq/request-codes.ts';
import { patchPlaceOfHalves, patchStoreHost, StoredMessage } from '../../wire/rocketmq/stored-message.ts';
import type { Clients } from './clients.ts';
import { isOwn, storedBytesOf } from './foreign-message.ts';
import { HELD, Locator } from './locator.ts';

const SYS_FLAG_AT = 36;
const FIELDS_ROOM = 512;

export class TransactionChecker implements Checker {
  readonly #clients: Clients;
  readonly #formats: Formats;
  readonly #brokerName: string;
  readonly #locator = new Locator();
  readonly #message = new StoredMessage();
  readonly #properties = new NamedRanges();

  constructor(clients: Clients, formats: Formats, brokerName: string) {
    this.#clients = clients;
    this.#formats = formats;
    this.#brokerName = brokerName;
  }

  ask(group: string, hold: Hold, entry: Entry): boolean {
    const channel = this.#clients.producerOf(group);
    if (channel === undefined) return false;
    const body = this.#bodyOf(hold, entry);
    const message = this.#message;
    message.open(body, 0, body.length);
    const { high, low } = this.#locator.point(HELD, hold.offset);
    patchPlaceOfHalves(body, 0, message.queueId, hold.offset, high, low);
    writeU32(body, SYS_FLAG_AT, message.sysFlag & ~TRANSACTION_MASK);
    patchStoreHost(body, 0, channel.storeHost);
    readProperties(body, message.propertiesStart, message.propertiesEnd, this.#properties);
    const key = this.#properties.text(PROPERTY.UNIQUE_KEY) ?? '';
    const topic = message.topic();
    const room = FIELDS_ROOM + textRoom('', 2 * key.length + topic.length) + numberRoom('');
    const { writer } = channel;
    writer.begin(
      SERIALIZE.JSON,
      REQUEST.CHECK_TRANSACTION_STATE,
      COMMAND_FLAG.ONEWAY,
      this.#clients.nextOpaque(),
      null,
      room,
    );
    writer.text('topic', topic);
    writer.number('tranStateTableOffset', hold.offset);
    writer.text('commitLogOffset', this.#locator.toString());
    writer.text('msgId', key);
    writer.text('transactionId', key);
    writer.offsetIdOfHalves('offsetMsgId', channel.storeHost, high, low);
    writer.text('bname', this.#brokerName);
    writer.end(body.length);
    writer.out.append(body);
    channel.touch();
    return true;
  }

  /** The stored message, and how often it was asked about with this time. */
  #bodyOf({ checks }: Hold, entry: Entry): Uint8Array {
    const old = isOwn(entry) ? entry.bytes : storedBytesOf(entry, this.#formats, '');
    const start = isOwn(entry) ? entry.start : 0;
    const message = this.#message;
    message.open(old, start, isOwn(entry) ? entry.end : old.length);
    readProperties(old, message.propertiesStart, message.propertiesEnd, this.#properties);
    const times = { [PROPERTY.TRANSACTION_CHECK_TIMES]: String(checks + 1) };
    const properties = changedProperties(this.#properties, times);
    const head = message.propertiesStart - start;
    const body = new Uint8Array(head + properties.length);
    copyBytes(old, start, message.propertiesStart, body, 0);
    copyBytes(properties, 0, properties.length, body, head);
    writeU16(body, head - 2, properties.length);
    writeU32(body, 0, body.length);
    return body;
  }
}
