/** Apache RocketMQ's Java client over its own protocol (remoting): a program of ours that prints a line a check. */
import type { Suite } from '../suite.ts';
import { mavenProgram } from './maven-program.ts';

export const rocketmqJava: Suite = mavenProgram({
  name: 'rocketmq-java',
  folder: import.meta.dirname,
  listener: 'rocketmq-namesrv',
  addresses: ({ host, port }) => [`${host}:${port}`],
});
