/**
 * Clients: who is connected, as a producer of which groups and as a consumer of which. What heartbeats say.
 *
 *     heartbeat ─▶ member of its groups ─▶ every other member of a consumer group is told (NOTIFY_CONSUMER_IDS_CHANGED)
 *     two minutes of silence, or the end of the connection ─▶ no member any more
 *
 * Members of a consumer group divide the queues among themselves, each by the same rule over the same list of members;
 * the broker only keeps the list. Producers are kept to be asked about their transactions (check-back).
 */

import type { Clock } from '../../core/ports.ts';
import type { Schedule } from '../../core/schedule.ts';
import { Timer } from '../../core/schedule.ts';
import { notifyConsumerIdsChanged } from '../../wire/rocketmq/apis/consumption.ts';
import type { heartbeatData } from '../../wire/rocketmq/bodies/heartbeat.ts';
import type { BodyOf } from '../../wire/rocketmq/body.ts';
import { COMMAND_FLAG, SERIALIZE } from '../../wire/rocketmq/constants.ts';
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';
import { RocketmqWireError } from '../../wire/rocketmq/wire-error.ts';
import type { Channel } from './channel.ts';
import { ConsumerGroup, type Member, type SubscriptionData } from './consumer-group.ts';

export type Heartbeat = BodyOf<typeof heartbeatData>;

/** Who says so. */
export interface ClientFacts {
  readonly channel: Channel;
  /** A number of LANGUAGE. */
  readonly language: number;
  readonly version: number;
}

const SILENCE_MS_MAX = 120_000;
const LOOK_MS = 10_000;
/** Groups of one connection, of each kind. */
const GROUPS_MAX = 1_000;
/** Names under which clients wait for replies; after so many they are learnt anew. */
const ASKERS_MAX = 100_000;

/** What a connection is a member of. */
interface Registration {
  seenAt: number;
  readonly producerOf: Set<string>;
  readonly consumerOf: Set<string>;
}

export class Clients {
  readonly consumers = new Map<string, ConsumerGroup>();
  readonly producers = new Map<string, Map<Channel, Member>>();
  readonly #registrations = new Map<Channel, Registration>();
  readonly #askers = new Map<string, Channel>();
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #timer = new Timer({ due: (now) => this.#look(now) });
  #opaque = 0;
  #turn = 0;

  constructor(clock: Clock, schedule: Schedule) {
    this.#clock = clock;
    this.#schedule = schedule;
  }

  // ── Coming and going ──

  /** What a client says of itself; true if a subscription is new or another one. */
  heartbeat(facts: ClientFacts, { clientID, producerDataSet, consumerDataSet }: Heartbeat): boolean {
    const { channel } = facts;
    const registration = this.#registrationOf(channel);
    if (producerDataSet.length > GROUPS_MAX || consumerDataSet.length > GROUPS_MAX) throw tooMany();
    const member: Member = { ...facts, clientId: clientID, seenAt: this.#clock.now };
    for (const { groupName } of producerDataSet) {
      registration.producerOf.add(groupName);
      if (registration.producerOf.size > GROUPS_MAX) throw tooMany();
      const members = this.producers.get(groupName);
      if (members === undefined) this.producers.set(groupName, new Map([[channel, member]]));
      else members.set(channel, member);
    }
    let changed = false;
    for (const data of consumerDataSet) {
      registration.consumerOf.add(data.groupName);
      if (registration.consumerOf.size > GROUPS_MAX) throw tooMany();
      let group = this.consumers.get(data.groupName);
      if (group === undefined) {
        group = new ConsumerGroup(data.groupName);
        this.consumers.set(data.groupName, group);
      }
      const joined = group.join(member);
      const subscribed = group.subscribe(data);
      changed = changed || subscribed;
      if (joined || subscribed) this.#tell(group);
    }
    return changed;
  }

  unregister(channel: Channel, producerGroup: string | null, consumerGroup: string | null): void {
    const registration = this.#registrations.get(channel);
    if (registration === undefined) return;
    if (producerGroup !== null && registration.producerOf.delete(producerGroup)) {
      this.#leaveProducers(channel, producerGroup);
    }
    if (consumerGroup !== null && registration.consumerOf.delete(consumerGroup)) {
      this.#leaveConsumers(channel, consumerGroup);
    }
  }

  /** The connection is gone, or as good as gone. */
  drop(channel: Channel): void {
    const registration = this.#registrations.get(channel);
    if (registration === undefined) return;
    this.#registrations.delete(channel);
    for (const group of registration.producerOf) this.#leaveProducers(channel, group);
    for (const group of registration.consumerOf) this.#leaveConsumers(channel, group);
  }

  // ── Who is there ──

  /** What the group wants of the topic, as far as its members have said. */
  subscription(group: string, topic: string): SubscriptionData | undefined {
    return this.consumers.get(group)?.subscriptions.get(topic);
  }

  /** A producer of the group, each one in turn; undefined if there is none. */
  producerOf(group: string): Channel | undefined {
    const members = this.producers.get(group);
    if (members === undefined) return undefined;
    const channels = [...members.keys()].filter(({ closed }) => !closed);
    this.#turn = (this.#turn + 1) % 0x3fff_ffff;
    return channels[this.#turn % Math.max(1, channels.length)];
  }

  /** A client waits for replies under this name: it is remembered by the question, not only by its heartbeats. */
  asked(clientId: string, channel: Channel): void {
    if (this.#askers.get(clientId) === channel) return;
    if (this.#askers.size >= ASKERS_MAX) this.#askers.clear();
    this.#askers.set(clientId, channel);
  }

  /** The connection of the client that calls itself so. */
  channelOf(clientId: string): Channel | undefined {
    const asker = this.#askers.get(clientId);
    if (asker !== undefined && !asker.closed) return asker;
    this.#askers.delete(clientId);
    for (const members of this.producers.values()) {
      for (const member of members.values()) if (member.clientId === clientId) return member.channel;
    }
    for (const { members } of this.consumers.values()) {
      for (const member of members.values()) if (member.clientId === clientId) return member.channel;
    }
    return undefined;
  }

  /** Numbers for requests of ours. */
  nextOpaque(): number {
    this.#opaque = (this.#opaque + 1) & 0x7fff_ffff;
    return this.#opaque;
  }

  // ── Inside ──

  #registrationOf(channel: Channel): Registration {
    const { now } = this.#clock;
    let registration = this.#registrations.get(channel);
    if (registration === undefined) {
      registration = { seenAt: now, producerOf: new Set(), consumerOf: new Set() };
      this.#registrations.set(channel, registration);
    }
    registration.seenAt = now;
    if (!this.#timer.set) this.#schedule.set(this.#timer, now + LOOK_MS);
    return registration;
  }

  #leaveProducers(channel: Channel, name: string): void {
    const members = this.producers.get(name);
    if (members?.delete(channel) && members.size === 0) this.producers.delete(name);
  }

  #leaveConsumers(channel: Channel, name: string): void {
    const group = this.consumers.get(name);
    if (group === undefined || !group.leave(channel)) return;
    if (group.members.size === 0) this.consumers.delete(name);
    else this.#tell(group);
  }

  #tell(group: ConsumerGroup): void {
    const fields = { consumerGroup: group.name };
    const { code, request } = notifyConsumerIdsChanged;
    for (const { channel } of group.members.values()) {
      if (channel.closed) continue;
      const { writer } = channel;
      writer.begin(SERIALIZE.JSON, code, COMMAND_FLAG.ONEWAY, this.nextOpaque(), null, request.room(fields));
      request.write(writer, fields);
      writer.end(0);
      channel.touch();
    }
  }

  #look(now: number): void {
    for (const [channel, { seenAt }] of [...this.#registrations]) {
      if (now - seenAt < SILENCE_MS_MAX) continue;
      this.drop(channel);
      channel.close();
    }
    if (this.#registrations.size > 0) this.#schedule.set(this.#timer, now + LOOK_MS);
  }
}

function tooMany(): RocketmqWireError {
  return new RocketmqWireError(`a client of more than ${GROUPS_MAX} groups`, RESPONSE.SYSTEM_BUSY);
}
