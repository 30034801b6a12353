/** ActiveMQ's Java client of JMS 1.1 (javax) over OpenWire: a program of ours that prints a line a check. */
import { mavenProgram } from '../rocketmq-java/maven-program.ts';
import type { Suite } from '../suite.ts';

export const activemqJava: Suite = mavenProgram({
  name: 'activemq-java',
  folder: import.meta.dirname,
  listener: 'openwire',
  addresses: ({ host, port }) => [`${host}:${port}`],
});
