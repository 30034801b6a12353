/**
 * `npm run bench [name] [options]`: starts a benchmark by name; without a name, the side-by-side one of AMQP.
 *
 * A benchmark is loaded only when asked for, so a missing dependency of one does not stop another.
 */

const benches: Record<string, (args: string[]) => Promise<void>> = {
  amqp: async (args) => (await import('./macro/amqp/run.ts')).runAmqp(args),
  kafka: async (args) => (await import('./macro/kafka/run.ts')).runKafka(args),
  rocketmq: async (args) => (await import('./macro/rocketmq/run.ts')).runRocketmq(args),
  activemq: async (args) => (await import('./macro/activemq/run.ts')).runActivemq(args),
  zmq: async (args) => (await import('./macro/zmq/run.ts')).runZmq(args),
  sdk: async (args) => (await import('./macro/sdk/run.ts')).runSdk(args),
  micro: async (args) => (await import('./micro/run.ts')).runMicro(args),
};

const [first = 'amqp', ...rest] = process.argv.slice(2);
const [name, args] = first.startsWith('--') ? ['amqp', [first, ...rest]] : [first, rest];
const bench = benches[name];
if (bench === undefined) {
  console.error(`no benchmark ${name}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(1);
}
try {
  await bench(args);
  process.exit(process.exitCode ?? 0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
