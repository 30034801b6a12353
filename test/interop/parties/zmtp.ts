/** ZMTP by npm zeromq (libzmq): PUSH to an endpoint that feeds an exchange, SUB at one that is fed by an exchange. */
import * as zmq from 'zeromq';
import type { EmbeddedBroker } from '../../../src/index.ts';
import { Letterbox, type Party } from '../party.ts';
import { versionOf } from '../versions.ts';

/** The endpoint that feeds a topic, and the one that is fed by it, by the order of the broker's endpoints. */
export function zmtpParty(endpointOf: (topic: string, kind: 'pull' | 'pub') => number): Party {
  return {
    name: 'ZMTP',
    client: versionOf('zeromq'),
    lacks: { headers: true },
    async open(broker: EmbeddedBroker) {
      const sockets: { close(): void }[] = [];
      const address = (topic: string, kind: 'pull' | 'pub') => broker.url(`zmq-${endpointOf(topic, kind)}`);
      return {
        async send(topic, { body }) {
          const push = new zmq.Push({ linger: 1000 });
          push.connect(address(topic, 'pull'));
          await push.send(['key', body]);
          push.close();
          await broker.idle();
        },
        async subscribe(topic) {
          const box = new Letterbox();
          const subscriber = new zmq.Subscriber({ linger: 0 });
          sockets.push(subscriber);
          const shaken = (async () => {
            for await (const { type } of subscriber.events) if (type === 'handshake') return;
          })();
          subscriber.subscribe('');
          subscriber.connect(address(topic, 'pub'));
          await shaken;
          await broker.idle();
          (async () => {
            for await (const frames of subscriber) box.put({ body: frames.at(-1) as Buffer, headers: {} });
          })().catch(() => {});
          return box.take;
        },
        async close() {
          for (const socket of sockets) socket.close();
        },
      };
    },
  };
}
