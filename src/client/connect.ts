/**
 * `connect(url)`: the URL's scheme chooses the driver, which is loaded only then.
 */
import { type BrokerUrl, SCHEME_ALIASES, type Scheme, type SchemeOf } from './capabilities.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import type { OpenDriver } from './driver.ts';
import { ClientError } from './errors.ts';

type Load = () => Promise<{ readonly open: OpenDriver }>;

const DRIVERS: Readonly<Record<Scheme, Load>> = {
  memory: () => import('./drivers/memory.ts'),
  amqp: () => import('./drivers/amqp/driver.ts'),
  kafka: () => import('./drivers/kafka/driver.ts'),
  rocketmq: () => import('./drivers/rocketmq/driver.ts'),
  stomp: () => import('./drivers/stomp/driver.ts'),
  zmq: () => import('./drivers/zmq.ts'),
};

function driverFor(protocol: string): Load {
  const name = protocol.slice(0, -1);
  const scheme = name in SCHEME_ALIASES ? SCHEME_ALIASES[name as keyof typeof SCHEME_ALIASES] : name;
  const load = Object.hasOwn(DRIVERS, scheme) ? DRIVERS[scheme as Scheme] : undefined;
  if (load !== undefined) return load;
  throw new ClientError(`no driver for ${protocol}//; there are ${Object.keys(DRIVERS).join(', ')}`);
}

/** Connects to a broker; rejects if it is not there. */
export async function connect<const Url extends string>(
  url: string extends Url ? Url : Url extends BrokerUrl ? Url : BrokerUrl,
  options?: ConnectOptions<SchemeOf<Url>>,
): Promise<Connection<SchemeOf<Url>>> {
  const parsed = new URL(url);
  const loose = (options ?? {}) as ConnectOptions;
  const { open } = await driverFor(parsed.protocol)();
  const report = (event: 'connected' | 'disconnected', error?: Error): void => loose.onConnection?.(event, error);
  const driver = await open(parsed, { clientName: loose.clientName ?? loose.group ?? 'dragoman', report });
  try {
    return new Connection(driver, loose);
  } catch (error) {
    await driver.close();
    throw error;
  }
}
