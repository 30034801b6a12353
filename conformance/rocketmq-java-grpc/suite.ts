/**
 * Apache RocketMQ's Java client 5, which speaks gRPC: a program of ours that prints a line a check.
 *
 * Topics with a type and groups that consume in order are made over the remoting protocol, as with the original, so it
 * needs the name server too. With --broker, ROCKETMQ_NAMESRV says where that is.
 */
import { mavenProgram } from '../rocketmq-java/maven-program.ts';
import type { Suite, Target } from '../suite.ts';

export const rocketmqJavaGrpc: Suite = mavenProgram({
  name: 'rocketmq-java-grpc',
  folder: import.meta.dirname,
  listener: 'rocketmq-grpc',
  addresses: (target) => [`${target.host}:${target.port}`, nameServer(target)],
});

function nameServer({ host, ports }: Target): string {
  const port = ports?.['rocketmq-namesrv'];
  return port === undefined ? (process.env.ROCKETMQ_NAMESRV ?? `${host}:9876`) : `${host}:${port}`;
}
