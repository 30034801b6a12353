/** Spring's JmsTemplate and listeners over ActiveMQ's Java client: a program of ours that prints a line a check. */
import { mavenProgram } from '../rocketmq-java/maven-program.ts';
import type { Suite } from '../suite.ts';

export const activemqSpring: Suite = mavenProgram({
  name: 'activemq-spring',
  folder: import.meta.dirname,
  listener: 'openwire',
  addresses: ({ host, port }) => [`${host}:${port}`],
});
