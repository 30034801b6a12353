/**
 * Options: everything that can be set, each declared once. The declaration gives the flag, the environment variable,
 * the key in the configuration file, the check, the default and the line in `--help`.
 *
 *   amqpPort ──▶ --amqp-port N      DRAGOMAN_AMQP_PORT=N      amqp-port: N
 *
 * A schema takes what any of the three can give (text from a flag or the environment, a scalar from YAML) and its
 * message says what would have been right. What is not one value, such as the list of users, is in the file only
 * (`config.ts`).
 */
import * as v from 'valibot';
import { defaultLimits } from '../core/limits.ts';
import { ENDPOINT_RULE, type Endpoint, parseEndpoint } from '../session/zmtp/endpoint.ts';

export interface Option<Output> {
  /** Placeholder in `--help`; null for a switch. */
  readonly value: string | null;
  readonly help: string;
  readonly initial: Output;
  readonly schema: v.GenericSchema<unknown, Output>;
}

function option<Output>(declared: Option<Output>): Option<Output> {
  return declared;
}

function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return v.picklist(choices, `one of ${choices.join(', ')}`);
}

const TEXT = v.pipe(v.string('a text'), v.nonEmpty('a text that is not empty'));

const SWITCH_WORDS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  ['1', true],
  [false, false],
  ['false', false],
  ['0', false],
]);

const SWITCH = v.pipe(
  v.unknown(),
  v.check((input) => SWITCH_WORDS.has(input), 'true or false'),
  v.transform((input) => SWITCH_WORDS.get(input) === true),
);

const PORT_RULE = 'a port number from 0 (any free port) to 65535, or off';

/** null: not started. */
const PORT = v.pipe(
  v.union([v.string(), v.number()], PORT_RULE),
  v.transform((input) => (input === 'off' ? null : /^\d{1,5}$/.test(String(input)) ? Number(input) : Number.NaN)),
  v.check((port) => port === null || port <= 65535, PORT_RULE),
);

const COUNT_RULE = 'a whole number from 1 to 1000';

const COUNT = v.pipe(
  v.union([v.string(), v.number()], COUNT_RULE),
  v.transform((input) => (/^\d{1,4}$/.test(String(input)) ? Number(input) : Number.NaN)),
  v.check((count) => count >= 1 && count <= 1000, COUNT_RULE),
);

const WHOLE_RULE = 'a whole number';

const WHOLE = v.pipe(
  v.union([v.string(), v.number()], WHOLE_RULE),
  v.transform((input) => (/^\d{1,12}$/.test(String(input)) ? Number(input) : Number.NaN)),
  v.check((count) => !Number.isNaN(count), WHOLE_RULE),
);

/** On the command line the endpoints are one text, in the file they may be a list. */
const ENDPOINTS = v.pipe(
  v.union([v.string(), v.array(v.string())], ENDPOINT_RULE),
  v.transform((input) => (typeof input === 'string' ? input.split(',') : input).map((text) => parseEndpoint(text))),
  v.check((endpoints) => !endpoints.includes(null), ENDPOINT_RULE),
  v.transform((endpoints) => endpoints.filter((endpoint): endpoint is Endpoint => endpoint !== null)),
);

/** On the command line one text, in the file it may be a list. */
const NAMES = v.pipe(
  v.union([v.string(), v.array(v.string())], 'names, separated by commas'),
  v.transform((input) => (typeof input === 'string' ? input.split(',') : input)),
);

function wholeOption(initial: number, help: string): Option<number> {
  return option<number>({ value: 'N', help, initial, schema: WHOLE });
}

function portOption(initial: number, speaks: string): Option<number | null> {
  return option<number | null>({
    value: 'N',
    help: `port of ${speaks}; 0 = any free port, off = not started`,
    initial,
    schema: PORT,
  });
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const STOMP_DIALECTS = ['activemq', 'rabbitmq'] as const;

export const DURABILITIES = ['fsync', 'os'] as const;

export const options = {
  data: option<string>({ value: 'DIR', help: 'data folder', initial: './data', schema: TEXT }),
  memory: option<boolean>({
    value: null,
    help: 'keep everything in memory, nothing on disk',
    initial: false,
    schema: SWITCH,
  }),
  host: option<string>({ value: 'ADDR', help: 'address to listen on', initial: '127.0.0.1', schema: TEXT }),
  advertise: option<string | null>({
    value: 'HOST',
    help: 'address that clients are told',
    initial: null,
    schema: TEXT,
  }),
  durability: option<(typeof DURABILITIES)[number]>({
    value: DURABILITIES.join('|'),
    help: 'what a confirm means: on the disk, or handed to the operating system',
    initial: 'fsync',
    schema: oneOf(DURABILITIES),
  }),
  logLevel: option<LogLevel>({
    value: 'LEVEL',
    help: LOG_LEVELS.join(', '),
    initial: 'info',
    schema: oneOf(LOG_LEVELS),
  }),
  amqpPort: portOption(5672, 'AMQP'),
  kafkaPort: portOption(9092, 'Kafka'),
  kafkaPartitions: option<number>({
    value: 'N',
    help: 'partitions of a Kafka topic that is created by being used',
    initial: 1,
    schema: COUNT,
  }),
  checkImmunityMs: wholeOption(
    defaultLimits.checkImmunityMs,
    'how long an undecided transaction is left in peace before it is asked about',
  ),
  checkIntervalMs: wholeOption(
    defaultLimits.checkIntervalMs,
    'time between two times of asking what became of a transaction',
  ),
  checksMax: wholeOption(defaultLimits.checksMax, 'after so many times of asking a transaction is parked'),
  rolledBackKeptMs: wholeOption(defaultLimits.rolledBackKeptMs, 'how long what was rolled back can still be looked at'),
  rocketmqPort: portOption(10911, "RocketMQ's broker"),
  rocketmqNamesrvPort: portOption(9876, "RocketMQ's name server"),
  rocketmqGrpcPort: portOption(8081, 'RocketMQ 5 (gRPC)'),
  rocketmqAutoCreate: option<boolean>({
    value: 'true|false',
    help: 'whether a RocketMQ topic is created by being sent to',
    initial: true,
    schema: SWITCH,
  }),
  openwirePort: portOption(61616, 'OpenWire (ActiveMQ, JMS), and STOMP'),
  stompPort: portOption(61613, 'STOMP'),
  wsPort: portOption(61614, 'STOMP over WebSocket'),
  stompDialect: option<(typeof STOMP_DIALECTS)[number]>({
    value: STOMP_DIALECTS.join('|'),
    help: 'whose destinations and headers STOMP clients use',
    initial: 'activemq',
    schema: oneOf(STOMP_DIALECTS),
  }),
  prioritizedQueues: option<readonly string[] | null>({
    value: 'NAME,...',
    help: "queues, or patterns of them, that honour JMS's priorities when JMS or STOMP clients make them",
    initial: null,
    schema: NAMES,
  }),
  zmqPort: portOption(5555, 'ZeroMQ: a ROUTER with Majordomo services'),
  zmqEndpoints: option<readonly Endpoint[] | null>({
    value: 'TYPE:PORT:queue/NAME,...',
    help: 'further ZeroMQ sockets, and the queue or exchange behind each',
    initial: null,
    schema: ENDPOINTS,
  }),
  httpPort: portOption(15672, 'management API, metrics and health'),
} as const;

export type OptionName = keyof typeof options;
export type OptionValues = { -readonly [Name in OptionName]: (typeof options)[Name]['initial'] };

export const optionNames = Object.keys(options) as OptionName[];

/** `amqpPort` -> `amqp-port` */
export function kebabOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function flagOf(name: OptionName): string {
  return `--${kebabOf(name)}`;
}

export function variableOf(name: OptionName | 'config'): string {
  return `DRAGOMAN_${kebabOf(name).replaceAll('-', '_').toUpperCase()}`;
}

export function initialValues(): OptionValues {
  return Object.fromEntries(optionNames.map((name) => [name, options[name].initial])) as OptionValues;
}
