/**
 * The end of a RocketMQ client. While its broker is away the library can't stop: it gives up half way when it can't say
 * goodbye, and its telemetry stream is renewed each second for ever, which keeps the process alive. So the two calls
 * that do it are replaced in a client that is over: its goodbye need not be heard, and its new stream leads nowhere.
 */
import { Duplex } from 'node:stream';

interface Client {
  shutdown(): Promise<void>;
}

/** What the library has but does not declare. */
interface Insides {
  createTelemetryStream?: () => Duplex;
  readonly rpcClientManager?: { notifyClientTermination?: () => Promise<void> };
}

const inertStream = (): Duplex =>
  new Duplex({ objectMode: true, read() {}, write: (_chunk, _encoding, written) => written() });

/** Never rejects. */
export async function end(client: Client): Promise<void> {
  const insides = client as unknown as Insides;
  insides.createTelemetryStream = inertStream;
  try {
    await client.shutdown();
  } catch {
    if (insides.rpcClientManager !== undefined) insides.rpcClientManager.notifyClientTermination = async () => {};
    await client.shutdown().catch(() => undefined);
  }
}
