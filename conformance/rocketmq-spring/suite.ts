/** An ordinary Spring Boot program over rocketmq-spring-boot-starter that prints a line a check. */
import { mavenProgram } from '../rocketmq-java/maven-program.ts';
import type { Suite } from '../suite.ts';

export const rocketmqSpring: Suite = mavenProgram({
  name: 'rocketmq-spring',
  folder: import.meta.dirname,
  listener: 'rocketmq-namesrv',
  addresses: ({ host, port }) => [`${host}:${port}`],
});
