/**
 * Groups without sockets: a coordinator over the core's test broker, and clients that write down what they are told.
 *
 *     Kit      broker, topics, coordinator; `advance` moves time from one due timer to the next
 *     Client   one consumer: joins, syncs, beats, leaves; `joined` and `synced` are its last answers, null until then
 */
import assert from 'node:assert/strict';
import type { LogId } from '../../../../src/core/ids.ts';
import type { Topic } from '../../../../src/core/topic.ts';
import { GroupCoordinator } from '../../../../src/session/kafka/groups/coordinator.ts';
import type { GroupLimits } from '../../../../src/session/kafka/groups/limits.ts';
import type {
  GroupProtocol,
  JoinOutcome,
  JoinTerms,
  SyncOutcome,
  SyncTerms,
} from '../../../../src/session/kafka/groups/member.ts';
import { ERROR, type ErrorName } from '../../../../src/wire/kafka/error-codes.ts';
import { Kit as CoreKit } from '../../../core/kit.ts';
import type { Journal } from '../../../core/memory-store.ts';

const NAMES = new Map(Object.entries(ERROR).map(([name, code]) => [code as number, name as ErrorName]));

/** The name that Kafka gives a code. */
export function nameOf(code: number): ErrorName {
  return NAMES.get(code) as ErrorName;
}

export class Kit {
  readonly core: CoreKit;
  readonly groups: GroupCoordinator;
  readonly limits: Partial<GroupLimits>;

  constructor(limits: Partial<GroupLimits> = {}, core = new CoreKit()) {
    let ids = 0;
    this.core = core;
    this.limits = limits;
    this.groups = new GroupCoordinator({
      broker: core.broker,
      namespace: core.namespace,
      newMemberId: (name) => `${name}-${ids++}`,
      limits,
    });
    this.settle();
  }

  get now(): number {
    return this.core.clock.now;
  }

  settle(): void {
    this.core.settle();
  }

  /** Lets time pass; everything is done when it is due. */
  advance(ms: number): void {
    const { clock, broker } = this.core;
    const end = clock.now + ms;
    for (;;) {
      this.settle();
      const due = broker.schedule.nextDue;
      if (due > end) break;
      clock.now = Math.max(clock.now, due);
    }
    clock.now = end;
    this.settle();
  }

  topic(name: string, logs = 1): Topic {
    const { namespace } = this.core;
    return namespace.topics.keep(namespace.declareExchange({ name, type: 'topic', durable: true }), logs);
  }

  /** The first log of topic `name`. */
  log(name: string): LogId {
    return (this.core.namespace.topics.byName.get(name) ?? this.topic(name)).logs[0]?.log.id as LogId;
  }

  /** A new process over what is committed. */
  restart(limits = this.limits): Kit {
    const journal: Journal = this.core.store.crash(false);
    const core = new CoreKit({}, journal);
    core.clock.now = this.now;
    return new Kit(limits, core);
  }

  client(fields: Partial<ClientFields> = {}): Client {
    return new Client(this, fields);
  }

  /** Clients that joined together and have their assignments. */
  stable(count: number, fields: Partial<ClientFields> = {}): Client[] {
    const clients = Array.from({ length: count }, () => this.client(fields));
    for (const client of clients) client.join();
    this.settle();
    for (const client of clients) client.sync();
    for (const { synced } of clients) assert.equal(synced?.errorCode, ERROR.NONE);
    return clients;
  }

  stateOf(group: string): string {
    return this.groups.find(group)?.state ?? 'none';
  }

  commit(group: string, topic: string, offset: number, metadata = ''): string {
    return nameOf(this.groups.commit(group, this.log(topic), offset, metadata, -1));
  }

  positionIn(group: string, topic: string): number | undefined {
    return this.groups.positionsOf(group).get(this.log(topic))?.offset;
  }
}

export interface ClientFields {
  readonly group: string;
  readonly clientId: string;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: Readonly<Record<string, string>>;
  /** As JoinGroup from version 4 on. */
  readonly idFirst: boolean;
  /** As JoinGroup from version 9 on. */
  readonly maySkipAssignment: boolean;
}

const DEFAULTS: ClientFields = {
  group: 'g',
  clientId: 'client',
  instanceId: null,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  protocolType: 'consumer',
  protocols: { range: 'topics' },
  idFirst: false,
  maySkipAssignment: false,
};

export class Client {
  fields: ClientFields;
  memberId = '';
  generation = -1;
  joined: JoinOutcome | null = null;
  synced: SyncOutcome | null = null;
  readonly #kit: Kit;

  constructor(kit: Kit, fields: Partial<ClientFields>) {
    this.#kit = kit;
    this.fields = { ...DEFAULTS, ...fields };
  }

  get leads(): boolean {
    return this.joined?.errorCode === ERROR.NONE && this.joined.leader === this.memberId;
  }

  /** The name of the last join's error; null while it waits. */
  get joinError(): ErrorName | null {
    return this.joined && nameOf(this.joined.errorCode);
  }

  get syncError(): ErrorName | null {
    return this.synced && nameOf(this.synced.errorCode);
  }

  get assignment(): string {
    return new TextDecoder().decode(this.synced?.assignment);
  }

  /** A client that is told its id first comes again with it, as clients do. */
  join(fields: Partial<ClientFields> = {}): this {
    this.fields = { ...this.fields, ...fields };
    this.ask();
    if (this.joinError !== 'MEMBER_ID_REQUIRED') return this;
    return this.ask();
  }

  /** Once. */
  ask(): this {
    const { group, protocols, ...rest } = this.fields;
    const terms: JoinTerms = {
      ...rest,
      clientHost: '/1.2.3.4',
      memberId: this.memberId,
      protocols: bytesOf(protocols),
    };
    this.joined = null;
    this.#kit.groups.join(group, terms, {
      joined: (outcome) => {
        this.joined = outcome;
        if (outcome.errorCode === ERROR.NONE) this.generation = outcome.generation;
        if (outcome.memberId !== '') this.memberId = outcome.memberId;
      },
    });
    return this;
  }

  /** A leader assigns `to <member> in <generation>` to everybody, unless told otherwise. */
  sync(fields: Partial<SyncTerms> = {}): this {
    this.synced = null;
    const members = this.leads && this.joined !== null ? this.joined.members : [];
    const assignments = members.map(({ memberId }) => ({
      memberId,
      assignment: new TextEncoder().encode(`to ${memberId} in ${this.generation}`),
    }));
    const { memberId, generation, fields: own } = this;
    const terms = {
      memberId,
      generation,
      instanceId: own.instanceId,
      protocolType: null,
      protocolName: null,
      assignments,
    };
    const synced = (outcome: SyncOutcome): void => {
      this.synced = outcome;
    };
    this.#kit.groups.sync(own.group, { ...terms, ...fields }, { synced });
    return this;
  }

  beat(generation = this.generation): ErrorName {
    const { group, instanceId } = this.fields;
    return nameOf(this.#kit.groups.heartbeat(group, this.memberId, instanceId, generation));
  }

  leave(): ErrorName {
    const { group } = this.fields;
    const codes = this.#kit.groups.leave(group, [{ memberId: this.memberId, groupInstanceId: this.fields.instanceId }]);
    return nameOf(typeof codes === 'number' ? codes : (codes[0] as number));
  }

  mayCommit(version = 8): ErrorName {
    const { group, instanceId } = this.fields;
    return nameOf(this.#kit.groups.admitCommit(group, this.memberId, instanceId, this.generation, version));
  }
}

function bytesOf(protocols: Readonly<Record<string, string>>): GroupProtocol[] {
  return Object.entries(protocols).map(([name, text]) => ({ name, metadata: new TextEncoder().encode(text) }));
}
