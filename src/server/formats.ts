/**
 * Formats: every protocol's way to encode a message, registered before the first client is served.
 *
 * What a client of one protocol reads may have been written by one of another, in the last life of this process too. So
 * all formats are there before any session is.
 */
import type { Broker } from '../core/broker.ts';
import { Amqp091Format } from '../session/amqp091/message.ts';
import { KafkaFormat } from '../session/kafka/message.ts';
import { OpenWireFormat } from '../session/openwire/message-format.ts';
import { RocketmqFormat } from '../session/rocketmq/message-format.ts';
import { StompFormat } from '../session/stomp/message-format.ts';
import { ZmtpFormat } from '../session/zmtp/message-format.ts';

export function registerFormats({ formats, limits }: Broker): void {
  formats.register(new Amqp091Format());
  formats.register(new KafkaFormat(limits.entryBytesMax));
  formats.register(new RocketmqFormat());
  formats.register(new OpenWireFormat());
  formats.register(new StompFormat());
  formats.register(new ZmtpFormat());
}
