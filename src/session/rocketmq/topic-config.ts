/**
 * TopicConfig: what RocketMQ can set for a topic, and where it is kept: in the topic's settings, beside those of other
 * protocols.
 *
 *     rocketmq.perm        '6'       rocketmq.read.queues    '4'      rocketmq.order    'true'
 *     rocketmq.sysflag     '0'       rocketmq.write.queues   '4'      rocketmq.filter   'SINGLE_TAG'
 *     rocketmq.attributes  '{"message.type":"FIFO"}'                  rocketmq.group    see consumer-groups.ts
 *
 * A topic has as many queues as it has logs; fewer can be written or read, never more. Of the attributes `reserve.time`
 * is acted on: it is the topic's retention. A topic that somebody else made has the defaults.
 *
 * A settings table is replaced and never changed, so what is parsed of it is remembered as long as it is there.
 */
import type { Retention } from '../../core/kept-log.ts';
import type { Topic } from '../../core/topic.ts';
import type { Table } from '../../core/value.ts';
import { PERM } from '../../wire/rocketmq/constants.ts';

export interface TopicConfig {
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** Bits of PERM. */
  readonly perm: number;
  readonly topicFilterType: string;
  readonly topicSysFlag: number;
  readonly order: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

const PREFIX = 'rocketmq.';
/** Three days, as RocketMQ keeps messages. */
const RETENTION_MS = 72 * 3_600_000;
const RETENTION_ATTRIBUTE = 'reserve.time';
const PERM_READ_WRITE = PERM.READ | PERM.WRITE;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** What is set, whatever the number of logs. */
type Settings = Omit<TopicConfig, 'readQueueNums' | 'writeQueueNums'> & {
  readonly readQueueNums: number | null;
  readonly writeQueueNums: number | null;
};
const parsed = new WeakMap<Table, Settings>();

export function topicConfigOf({ settings, logs }: Topic): TopicConfig {
  let set = parsed.get(settings);
  if (set === undefined) {
    set = parse(settings);
    parsed.set(settings, set);
  }
  const queues = logs.length;
  return {
    ...set,
    readQueueNums: Math.min(set.readQueueNums ?? queues, queues),
    writeQueueNums: Math.min(set.writeQueueNums ?? queues, queues),
  };
}

/** The settings as before, but with this configuration. */
export function settingsWith(settings: Table, config: TopicConfig): Table {
  const changed: Table = new Map(settings);
  changed.set(`${PREFIX}perm`, String(config.perm));
  changed.set(`${PREFIX}read.queues`, String(config.readQueueNums));
  changed.set(`${PREFIX}write.queues`, String(config.writeQueueNums));
  changed.set(`${PREFIX}filter`, config.topicFilterType);
  changed.set(`${PREFIX}sysflag`, String(config.topicSysFlag));
  changed.set(`${PREFIX}order`, String(config.order));
  changed.set(`${PREFIX}attributes`, JSON.stringify(Object.fromEntries(config.attributes)));
  return changed;
}

export function retentionOf({ attributes }: Pick<TopicConfig, 'attributes'>): Retention {
  const ms = Number(attributes.get(RETENTION_ATTRIBUTE) ?? Number.NaN);
  return { ms: Number.isSafeInteger(ms) && ms > 0 ? ms : RETENTION_MS, bytes: -1 };
}

export function newTopicConfig(queues: number, perm: number = PERM_READ_WRITE): TopicConfig {
  return {
    readQueueNums: queues,
    writeQueueNums: queues,
    perm,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: NO_ATTRIBUTES,
  };
}

/** `RW-` */
export function permText(perm: number): string {
  const letter = (bit: number, text: string) => ((perm & bit) === 0 ? '-' : text);
  return letter(PERM.READ, 'R') + letter(PERM.WRITE, 'W') + letter(PERM.INHERIT, 'X');
}

function parse(settings: Table): Settings {
  return {
    readQueueNums: countOf(settings, 'read.queues'),
    writeQueueNums: countOf(settings, 'write.queues'),
    perm: countOf(settings, 'perm') ?? PERM_READ_WRITE,
    topicFilterType: textOf(settings, 'filter') ?? 'SINGLE_TAG',
    topicSysFlag: countOf(settings, 'sysflag') ?? 0,
    order: textOf(settings, 'order') === 'true',
    attributes: attributesOf(textOf(settings, 'attributes')),
  };
}

function attributesOf(text: string | null): ReadonlyMap<string, string> {
  if (text === null) return NO_ATTRIBUTES;
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, unknown>).map(([k, v]) => [k, String(v)]));
  } catch {
    return NO_ATTRIBUTES;
  }
}

function textOf(settings: Table, name: string): string | null {
  const value = settings.get(PREFIX + name);
  return typeof value === 'string' ? value : null;
}

function countOf(settings: Table, name: string): number | null {
  const text = textOf(settings, name);
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
