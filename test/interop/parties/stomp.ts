/** STOMP by @stomp/stompjs over TCP. */
import { connect } from '../../clients/stomp-kit.ts';
import type { Letter, Party } from '../party.ts';
import { versionOf } from '../versions.ts';

export const stompParty: Party = {
  name: 'STOMP',
  client: versionOf('@stomp/stompjs'),
  async open(broker) {
    const stomp = await connect(broker);
    return {
      send: (topic, { body, headers }) => {
        const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
        return stomp.sendBytes(`/topic/${topic}`, body, { ...texts, persistent: 'true' });
      },
      async subscribe(topic) {
        const inbox = stomp.subscribe(`/topic/${topic}`);
        await stomp.send('/queue/barrier', '');
        return async (count) => {
          const letters: Letter[] = [];
          while (letters.length < count) {
            const { binaryBody, headers } = await inbox.next();
            letters.push({ body: Buffer.from(binaryBody), headers: headers as Record<string, string> });
          }
          return letters;
        };
      },
      close: () => stomp.end(),
    };
  },
};
