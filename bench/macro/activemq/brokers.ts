/**
 * The two brokers of this benchmark: Dragoman from this working copy, and ActiveMQ of Debian's packages with KahaDB, in
 * a Java machine of 1 GiB. Both sync before they answer a persistent send, which is ActiveMQ's default.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, startChild, untilReady } from '../child.ts';
import { dragomanCommand, missingDragoman } from '../dragoman-command.ts';
import { freePorts } from '../free-ports.ts';
import { type RunningBroker, startAnnounced } from '../running-broker.ts';

export interface BrokerKind {
  readonly name: 'dragoman' | 'activemq';
  readonly title: string;
  /** Undefined when it can be started here, else the reason why not. */
  missing(): string | undefined;
  start(folder: string): Promise<RunningBroker>;
}

const START_LIMIT_MS = 120_000;
const JARS = '/usr/share/java';
const NEEDED = [
  'activemq-broker',
  'activemq-client',
  'activemq-kahadb-store',
  'activemq-openwire-legacy',
  'activemq-protobuf',
  'geronimo-jms_1.1_spec',
  'geronimo-j2ee-management-1.1-spec',
  'hawtbuf',
  'slf4j-api',
  'slf4j-nop',
];

const dragoman: BrokerKind = {
  name: 'dragoman',
  title: 'Dragoman',
  missing: missingDragoman,
  start: (folder) =>
    startAnnounced('dragoman', 'openwire', dragomanCommand(['openwire'], { folder, durability: 'fsync' })),
};

const activemq: BrokerKind = {
  name: 'activemq',
  title: 'ActiveMQ 5.17 (KahaDB)',
  missing() {
    const absent = NEEDED.filter((jar) => !existsSync(join(JARS, `${jar}.jar`)));
    return absent.length === 0 ? undefined : `Debian's packages activemq and libactivemq-java are not installed`;
  },
  async start(folder) {
    const [port] = (await freePorts(1)) as [number];
    const startedAt = performance.now();
    const source = join(import.meta.dirname, 'Broker.java');
    const classPath = NEEDED.map((jar) => join(JARS, `${jar}.jar`)).join(':');
    const child = startChild('java', ['-Xmx1g', '-cp', classPath, source, String(port), join(folder, 'store')]);
    await untilReady(child, 'ActiveMQ', START_LIMIT_MS, 2, () => child.output().includes('started') || undefined);
    return {
      port,
      pid: child.pid,
      startedAt,
      readyMs: performance.now() - startedAt,
      epitaph: () => (child.running() ? undefined : child.output()),
      stop: () => endChild(child, 'SIGTERM', 60_000),
      kill: () => endChild(child, 'SIGKILL'),
    };
  },
};

export const brokers: readonly BrokerKind[] = [dragoman, activemq];
