/**
 * The command line: `dragoman [serve]` and `dragoman hash-password`.
 *
 *   standard output   listening amqp 127.0.0.1:5672      one line a listener
 *                     ready in 87 ms                     counted from the start of the process
 *   standard error    the log; and when it can't go on, one clear line
 *   exit code         0 after SIGTERM or SIGINT, with everything committed; 1 otherwise
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { text } from 'node:stream/consumers';
import { Command, CommanderError } from 'commander';
import { RealClock } from './clock.ts';
import { type Configuration, type Flags, readConfiguration } from './config.ts';
import { Dragoman } from './dragoman.ts';
import { endpoint } from './listener.ts';
import { Log } from './log.ts';
import { flagOf, optionNames, options, variableOf } from './options.ts';
import { hashPassword } from './password.ts';
import { PRODUCT } from './product.ts';

/** Set by bin/dragoman.js when it had to start another Node: the time of the first process. */
const STARTED_AT_VARIABLE = 'DRAGOMAN_STARTED_AT_MS';

const SETTLE_IN_DELAY_MS = 500;

const SPAWNED_AT_MS = Number(process.env[STARTED_AT_VARIABLE] ?? performance.timeOrigin);
delete process.env[STARTED_AT_VARIABLE];

process.on('uncaughtException', die);

const program = new Command('dragoman')
  .description("One message broker that speaks every client's own protocol.")
  .version(PRODUCT.version)
  .exitOverride()
  .showSuggestionAfterError(false)
  // Its errors are thrown as well, and told by `die`.
  .configureOutput({ outputError: () => {} });

const serving = program
  .command('serve', { isDefault: true })
  .description('run the broker (the default)')
  .option('--config <FILE>', `YAML file with these options and the users [${variableOf('config')}]`);
for (const name of optionNames) {
  const { value, help, initial } = options[name];
  const placeholder = value === null ? '' : ` <${value}>`;
  const preset = initial === null || initial === false ? '' : `, default ${initial}`;
  serving.option(`${flagOf(name)}${placeholder}`, `${help} [${variableOf(name)}${preset}]`);
}
serving.action((flags: Flags) => serve(readConfiguration(flags, process.env)));

program
  .command('hash-password')
  .description('read a password from standard input and print its hash for the configuration file')
  .action(async () => {
    const password = (await text(process.stdin)).replace(/\r?\n$/, '');
    if (password === '') throw new Error('hash-password: no password on standard input');
    console.log(hashPassword(password));
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError) || error.exitCode !== 0) die(error);
}

async function serve(configuration: Configuration): Promise<void> {
  const log = new Log(configuration.logLevel);
  const { checkImmunityMs, checkIntervalMs, checksMax, rolledBackKeptMs } = configuration;
  const dragoman = await Dragoman.open({
    storage: configuration.memory ? 'memory' : { folder: configuration.data },
    durability: configuration.durability,
    host: configuration.host,
    advertise: configuration.advertise,
    ports: {
      amqp: configuration.amqpPort,
      kafka: configuration.kafkaPort,
      rocketmq: configuration.rocketmqPort,
      'rocketmq-namesrv': configuration.rocketmqNamesrvPort,
      'rocketmq-grpc': configuration.rocketmqGrpcPort,
      openwire: configuration.openwirePort,
      stomp: configuration.stompPort,
      ws: configuration.wsPort,
      zmq: configuration.zmqPort,
      http: configuration.httpPort,
    },
    kafkaPartitions: configuration.kafkaPartitions,
    rocketmqAutoCreate: configuration.rocketmqAutoCreate,
    stompDialect: configuration.stompDialect,
    prioritizedQueues: configuration.prioritizedQueues ?? [],
    zmqEndpoints: configuration.zmqEndpoints ?? [],
    checks: { checkImmunityMs, checkIntervalMs, checksMax, rolledBackKeptMs },
    users: configuration.users,
    clock: new RealClock(),
    log,
  });
  dragoman.on('failed', die);

  const stop = async () => {
    try {
      await dragoman.stop();
    } catch (error) {
      die(error);
    }
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The parent that started us in its stead is gone.
  process.once('disconnect', stop);

  const lines = [...dragoman.addresses, ...dragoman.endpoints].map(
    ([name, { host, port }]) => `listening ${name} ${endpoint(host, port)}\n`,
  );
  const readyMs = Math.round(performance.timeOrigin + performance.now() - SPAWNED_AT_MS);
  process.stdout.on('error', () => {});
  process.stdout.write(`${lines.join('')}ready in ${readyMs} ms\n`);
  setTimeout(settleIn, SETTLE_IN_DELAY_MS, dragoman).unref();
}

/** What need not delay the start. */
async function settleIn(dragoman: Dragoman): Promise<void> {
  const [{ boundYoungGeneration }, { ChunkGarbage }] = await Promise.all([
    import('./young-generation.ts'),
    import('./chunk-garbage.ts'),
  ]);
  boundYoungGeneration();
  const garbage = new ChunkGarbage();
  dragoman.tellReceived((bytes) => garbage.add(bytes));
  // What was compiled now need not be next time; written here and not at exit, which a killed process never comes to.
  flushCompileCache();
}

/** At once: what is not confirmed by now must not be. */
function die(error: unknown): never {
  const { message, cause } = error as Error;
  const [line] = String(message)
    .replace(/^error: /, '')
    .split('\n');
  writeSync(2, `dragoman: ${line}\n`);
  // One of ours is a mistake in the program, and then the stack is what helps.
  const broken = cause instanceof Error ? cause : isBug(error) ? (error as Error) : null;
  if (broken !== null) writeSync(2, `${broken.stack}\n`);
  process.exit(1);
}

function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
