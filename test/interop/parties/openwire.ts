/** OpenWire by a client of our own: there is none on npm. ActiveMQ's Java client is in `conformance/`. */
import { readMap, writeMap } from '../../../src/wire/openwire/bodies.ts';
import type { Num, Value } from '../../../src/wire/openwire/primitives.ts';
import type { Message } from '../../../src/wire/openwire/structures.ts';
import { OpenWireClient, textOf, topic as topicOf } from '../../openwire-client.ts';
import type { HeaderValue, Letter, Party } from '../party.ts';

export const openwireParty: Party = {
  name: 'OpenWire',
  client: 'own codec',
  async open(broker) {
    const port = Number(new URL(broker.url('openwire').replace('openwire:', 'http:')).port);
    const client = await new OpenWireClient(port).open();
    return {
      send: (topic, { body, headers }) =>
        client.call({
          ...client.message(topicOf(topic), ''),
          type: 'BytesMessage',
          content: body,
          marshalledProperties: writeMap(
            new Map(Object.entries(headers).map(([name, value]) => [name, jmsValue(value)])),
          ),
        }),
      async subscribe(topic) {
        const inbox = await client.consume(topicOf(topic));
        return async (count) => {
          const letters: Letter[] = [];
          while (letters.length < count) {
            const dispatch = await inbox.next();
            inbox.acknowledge(dispatch, dispatch);
            if (dispatch.message !== null) letters.push(letterOf(dispatch.message));
          }
          return letters;
        };
      },
      async close() {
        client.close();
      },
    };
  },
};

function jmsValue(value: HeaderValue): Value {
  return typeof value === 'number' ? { type: 'int32', value, scale: 0 } : value;
}

function letterOf(message: Message): Letter {
  const headers: Record<string, HeaderValue> = {};
  const properties = message.marshalledProperties;
  for (const [name, value] of properties === null ? [] : readMap(properties)) {
    if (typeof value === 'string' || typeof value === 'boolean') headers[name] = value;
    else if (value !== null && 'type' in (value as object)) headers[name] = Number((value as Num).value);
  }
  const isText = message.type === 'TextMessage';
  return { body: isText ? Buffer.from(textOf(message)) : Buffer.from(message.content ?? []), headers };
}
