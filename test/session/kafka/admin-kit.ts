/**
 * Administration over a real core: an operation is run as a connection would run it, with its request read from bytes
 * and its response written to bytes, so that a field that a version doesn't have, or must have, shows.
 */
import assert from 'node:assert/strict';
import type { KeptLog } from '../../../src/core/kept-log.ts';
import type { Topic } from '../../../src/core/topic.ts';
import { Call } from '../../../src/session/kafka/call.ts';
import { KafkaNode } from '../../../src/session/kafka/node.ts';
import type { Operation } from '../../../src/session/kafka/operation.ts';
import { PartitionReaders } from '../../../src/session/kafka/partition-readers.ts';
import type { Peer } from '../../../src/session/kafka/peer.ts';
import type { Api, ReadResponseOf, WrittenRequestOf } from '../../../src/wire/kafka/api.ts';
import { encodeRequest, encodeResponse, readRequest, readResponse } from '../../../src/wire/kafka/messages.ts';
import { RequestHeader } from '../../../src/wire/kafka/request-header.ts';
import type { Shape } from '../../../src/wire/kafka/schema.ts';
import { Kit, TextMessage } from '../../core/kit.ts';

export class AdminKit extends Kit {
  readonly node: KafkaNode;
  readonly peer: Peer;
  /** Whether the last answer waited for a commit. */
  waited = false;

  constructor(...parts: ConstructorParameters<typeof Kit>) {
    super(...parts);
    this.node = new KafkaNode({
      broker: this.broker,
      namespace: this.namespace,
      cluster: '0123456789abcdef',
      epoch: 1,
      advertise: null,
      partitions: 2,
      newId: () => 'id',
      authenticate: () => true,
      letsIn: () => true,
      onFault: (error) => assert.fail(String(error)),
    });
    this.peer = {
      node: this.node,
      remoteAddress: '127.0.0.1',
      host: 'localhost',
      port: 9092,
      user: 'guest',
      mechanism: null,
      readers: new PartitionReaders(this.store, this.broker.formats),
      waiting: null,
      touch: () => {},
      close: () => assert.fail('no administrator is cut off'),
    };
  }

  ask<Q extends Shape, S extends Shape>(
    operation: Operation,
    api: Api<Q, S>,
    version: number,
    body: WrittenRequestOf<Api<Q, S>>,
  ): ReadResponseOf<Api<Q, S>> {
    assert.equal(operation.api, api);
    const bytes = encodeRequest(api, version, 7, 'test', body);
    const header = new RequestHeader();
    header.read(bytes, 4, bytes.length);
    const request = readRequest(api, version, bytes, header.bodyAt, bytes.length);
    const call = new Call(this.peer, operation.api, version, 7, 'test', false);
    const response = operation.run(call, request as never);
    this.waited = response === null;
    if (response !== null) call.answer(response);
    else assert.equal(call.ready, false, 'not answered before it is committed');
    this.settle();
    assert.ok(call.ready && call.response !== null, `${api.name} was not answered`);
    const answer = encodeResponse(api, version, 7, call.response as never);
    return readResponse(api, version, answer, 4, answer.length) as ReadResponseOf<Api<Q, S>>;
  }

  topic(name: string, partitions = 1, settings: Readonly<Record<string, string>> = {}): Topic {
    const topic = this.node.topics.create(name, partitions, new Map(Object.entries(settings)));
    assert.ok(typeof topic !== 'number');
    this.settle();
    return topic;
  }

  /** `count` messages of 10 bytes in one of the topic's logs. */
  filled(topic: Topic, partition: number, count: number): KeptLog {
    const route = this.namespace.exchange(topic.name).wholeRoute(partition);
    for (let i = 0; i < count; i++) route?.publish(new TextMessage('x'.repeat(10)));
    this.settle();
    return topic.logs[partition] as KeptLog;
  }

  override restart(): AdminKit {
    return new AdminKit({}, this.store.crash(false));
  }
}
