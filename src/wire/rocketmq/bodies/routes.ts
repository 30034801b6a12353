/**
 * Routes: which brokers have a topic, and with how many queues. What name servers answer with.
 *
 * Go clients take `brokerAddrs` apart by hand at commas and colons, which works because nothing here has white space.
 * Broker 0 is the master.
 */
import { body, flag, int, list, map, object, text } from '../body.ts';

const brokerData = object({
  cluster: text.optional(),
  brokerName: text,
  /** By broker id. */
  brokerAddrs: map(text),
  enableActingMaster: flag.optional(),
  zoneName: text.optional(),
});
const queueData = object({
  brokerName: text,
  readQueueNums: int,
  writeQueueNums: int,
  /** Bits of PERM. */
  perm: int,
  topicSysFlag: int.or(0),
});

export const topicRouteData = body({
  brokerDatas: list(brokerData),
  filterServerTable: map(list(text)).or(new Map()),
  /** For topics with a global order: `broker-a:4;broker-b:4`. */
  orderTopicConf: text.optional(),
  queueDatas: list(queueData),
});
export const clusterInfo = body({
  brokerAddrTable: map(brokerData),
  /** The names of a cluster's brokers. */
  clusterAddrTable: map(list(text)),
});
export const topicList = body({ brokerAddr: text.optional(), topicList: list(text) });
/** Of a namespace of settings, and of a broker's figures. */
export const kvTable = body({ table: map(text) });
