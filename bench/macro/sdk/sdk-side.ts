/** The SDK's side. */
import { connect, queue } from '../../../src/client/index.ts';
import { DESTINATION, type Side, type Value } from './side.ts';

export async function sdkSide(url: string): Promise<Side> {
  const mq = await connect<string>(url);
  const Orders = queue<Value>(DESTINATION);
  return {
    send: (value) => mq.send(Orders, value),
    sendAll: (values) => mq.sendAll(Orders, values),
    async listen(window, take) {
      await mq.listen(Orders, { prefetch: window, retry: false, deadLetter: false }, async (value) => take(value));
    },
  };
}
